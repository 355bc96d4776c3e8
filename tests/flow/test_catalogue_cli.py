"""`yichuang catalogue`: what an operator types, and what comes back."""

from __future__ import annotations

import json

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner

from chalicelib.catalogue import service, store
from chalicelib.core.errors import NotFound
from cli.catalogue import app
from tests.support.catalogue_room import DATA, catalogue_room, code_of, demo_document

RUNNER = CliRunner(env={"COLUMNS": "200"})


@pytest.fixture
def empty(monkeypatch):
    with catalogue_room(monkeypatch, "nothing") as clock:
        yield clock


@pytest.fixture
def room(monkeypatch):
    with catalogue_room(monkeypatch, "dibao", "birth_hukou") as clock:
        yield clock


@pytest.fixture
def file(tmp_path):
    """A JSON catalogue of two items."""
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(demo_document("dibao", "birth_hukou")), encoding="utf-8")
    return path


def run(*arguments):
    return RUNNER.invoke(app, [str(each) for each in arguments])


def test_a_trial_import_says_what_would_happen_and_writes_nothing(empty, file):
    result = run("import", file, "--dry-run")
    assert result.exit_code == 0, result.output
    assert "试导入(未写入)" in result.output
    assert store.find_standing(code_of("dibao")) is None


def test_a_trial_import_needs_no_deployment(file, monkeypatch):
    from chalicelib.catalogue import importing

    class Nowhere:
        table_catalogue = ""

    monkeypatch.setattr(importing, "settings", Nowhere)
    assert run("import", file, "--dry-run").exit_code == 0


def test_an_import_puts_the_items_in_force(empty, file):
    assert run("import", file).exit_code == 0
    assert service.item_in_force(code_of("dibao")).version == 1


def test_a_wrong_document_is_refused_field_by_field(empty, tmp_path):
    document = demo_document("dibao")
    document["items"][0]["promise_limit"]["unit"] = "天"
    path = tmp_path / "wrong.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    result = run("import", path)
    assert result.exit_code == 1
    assert "/items/0/promise_limit/unit" in result.output
    with pytest.raises(NotFound):
        service.item_in_force(code_of("dibao"))


def test_a_workbook_is_refused_cell_by_cell_even_for_what_the_store_says(room, tmp_path):
    book_path = tmp_path / "目录.xlsx"
    assert run("export", book_path).exit_code == 0
    book = load_workbook(book_path)
    headings = [cell.value for cell in book["事项"][1]]
    name = book["事项"].cell(2, headings.index("事项名称") + 1)
    name.value = "改了名字没有改版本"
    book.save(book_path)
    result = run("import", book_path)
    assert result.exit_code == 1
    version = book["事项"].cell(2, headings.index("版本") + 1).coordinate
    assert f"事项!{version}" in result.output


def test_what_is_exported_can_be_imported_again_without_a_change(room, tmp_path):
    for name in ("a.json", "a.xlsx"):
        path = tmp_path / name
        assert run("export", path).exit_code == 0
        result = run("import", path)
        assert result.exit_code == 0, result.output
        assert "没有变化" in result.output
        assert service.item_in_force(code_of("dibao")).version == 1
    assert run("export", tmp_path / "a.csv").exit_code == 0
    assert run("export", tmp_path / "a.pdf").exit_code == 2


def test_the_check_tells_each_finding_and_fails_on_it(empty):
    result = run("check", DATA / "circular_proofs.json")
    assert result.exit_code == 1
    assert "循环证明" in result.output
    assert run("check", DATA / "demo_catalogue.json").exit_code == 0
    machine = run("check", DATA / "circular_proofs.json", "--json")
    assert json.loads(machine.output)["counts"]["circular"] == 1


def test_search_and_publish_answer(room):
    assert "出生登记" in run("search", "孩子上户口").output
    again = run("publish")
    assert "第1期,2个事项" in again.output


def test_the_fee_key_is_shown_and_is_the_one_that_signs(room):
    assert len(run("fee-key").output.strip()) == 64


def test_what_is_no_catalogue_is_refused(empty, tmp_path):
    for name, content in (("a.json", "{"), ("b.json", "[]"), ("c.xlsx", "x")):
        path = tmp_path / name
        path.write_text(content, encoding="utf-8")
        assert run("import", path).exit_code == 1
