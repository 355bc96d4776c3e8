"""A district's document becomes the catalogue in force, or is refused with every wrong field named."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.catalogue import publication, service, store
from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.samples import sample_for
from chalicelib.catalogue.store import Standing
from chalicelib.core.errors import Conflict, InvalidInput, NotFound
from tests.support.catalogue_room import (
    NOW,
    CallCounter,
    catalogue_room,
    code_of,
    demo_document,
    demo_item,
)


@pytest.fixture
def room(monkeypatch):
    with catalogue_room(monkeypatch, "dibao", "food_license") as clock:
        yield clock


@pytest.fixture
def empty(monkeypatch):
    with catalogue_room(monkeypatch, "nothing") as clock:
        yield clock


def test_the_whole_demo_catalogue_comes_into_force(empty):
    report = service.import_catalogue(demo_document())
    assert (len(report.added), report.held) == (50, {})
    for raw in demo_document()["items"]:
        item = service.item_in_force(raw["task_code"])
        assert item.disclosure == raw["public_disclosure_clause_11"]
        assert len(item.materials) == len(raw["materials"])


def test_importing_again_changes_nothing(room):
    before = publication.current()
    report = service.import_catalogue(demo_document("dibao", "food_license"))
    assert len(report.unchanged) == 2
    assert not report.added
    assert not report.changed
    assert publication.current() == before


def test_a_dry_run_reports_and_writes_nothing(empty):
    report = service.import_catalogue(demo_document("dibao"), dry_run=True)
    assert report.added == (code_of("dibao"),)
    assert store.find_standing(code_of("dibao")) is None


@pytest.mark.parametrize(
    ("wrong", "pointer"),
    [
        (lambda item: item.update(item_name=""), "/items/0/item_name"),
        (lambda item: item.pop("acceptance_conditions"), "/items/0/acceptance_conditions"),
        (lambda item: item["promise_limit"].update(unit="天"), "/items/0/promise_limit/unit"),
        (lambda item: item["promise_limit"].update(value="5"), "/items/0/promise_limit/value"),
        (lambda item: item.update(task_code="123"), "/items/0/task_code"),
        (lambda item: item.update(implementing_body="nobody"), "/items/0/implementing_body"),
        (lambda item: item.update(task_type_code="77"), "/items/0/task_type_code"),
        (
            lambda item: item["materials"][1].update(certificate_type="unheard_of"),
            "/items/0/materials/1/certificate_type",
        ),
        (
            lambda item: item["materials"][2].update(legal_basis=None),
            "/items/0/materials/2/legal_basis",
        ),
        (lambda item: item["fee"].update(charged=True), "/items/0/fee/items"),
        (lambda item: item["sunk"].update(levels=[]), "/items/0/sunk/levels"),
        (
            lambda item: item["public_disclosure_clause_11"].update(监督渠道=""),
            "/items/0/public_disclosure_clause_11/监督渠道",
        ),
        (
            lambda item: item["public_disclosure_clause_11"].update(收费标准="100元"),
            "/items/0/public_disclosure_clause_11/收费标准",
        ),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_imported(empty, wrong, pointer):
    document = demo_document("dibao")
    wrong(document["items"][0])
    with pytest.raises(InvalidInput) as refused:
        service.import_catalogue(document)
    assert pointer in [error.pointer for error in refused.value.errors]
    assert store.find_standing(code_of("dibao")) is None


def test_every_wrong_field_is_named_at_once(empty):
    document = demo_document("dibao", "food_license")
    document["items"][0]["item_name"] = 7
    document["items"][1]["statutory_limit"]["value"] = -1
    document["bodies"][0]["uscc"] = "11410102DEM0000140"
    with pytest.raises(InvalidInput) as refused:
        service.import_catalogue(document)
    pointers = {error.pointer for error in refused.value.errors}
    assert {
        "/items/0/item_name",
        "/items/1/statutory_limit/value",
        "/bodies/0/uscc",
    } <= pointers


def test_other_content_under_the_same_version_is_refused(room):
    document = demo_document("dibao")
    document["items"][0]["acceptance_conditions"].append("新增一条")
    document["items"][0].pop("public_disclosure_clause_11")
    with pytest.raises(InvalidInput) as refused:
        service.import_catalogue(document)
    assert [error.pointer for error in refused.value.errors] == ["/items/0/task_version"]


def test_a_higher_version_replaces_the_one_in_force_and_leaves_the_old_one_readable(room):
    document = demo_document("dibao")
    item = document["items"][0]
    item["task_version"] = 2
    item["domain"] = "民政"
    service.import_catalogue(document)
    code = item["task_code"]
    assert service.item_in_force(code).version == 2
    assert service.item_version(code, 1).domain == "社会救助"
    assert store.read_shelf(store.shelf_key(domain="社会救助"), 10) == ([], None)
    assert [row["version"] for row in store.read_shelf(store.shelf_key(domain="民政"), 10)[0]] == [
        2
    ]


def test_an_item_with_a_material_that_has_no_sample_is_held_back(empty):
    document = demo_document("dibao")
    document["items"][0]["materials"].append(
        document["items"][0]["materials"][0] | {"material_name": "奇特凭据"}
    )
    report = service.import_catalogue(document)
    assert report.held == {code_of("dibao"): ("材料“奇特凭据”没有示例样表",)}
    with pytest.raises(NotFound):
        service.item_in_force(code_of("dibao"))


def test_an_item_in_force_costs_one_get_item_and_then_nothing(room, monkeypatch):
    service.forget()
    counter = CallCounter(monkeypatch)
    for _ in range(3):
        service.item_in_force(code_of("dibao"))
    assert counter.calls == ["GetItem"]
    service.item_version(code_of("dibao"), 1)
    service.item_version(code_of("dibao"), 1)
    assert counter.calls == ["GetItem", "GetItem"]


def test_a_version_decided_beforehand_is_in_force_from_its_very_instant(room):
    code = code_of("dibao")
    now_in_force = service.item_in_force(code)
    document = demo_document("dibao")
    document["items"][0] |= {"task_version": 2}
    later = NOW + timedelta(days=1)
    next_one = read_document(document, sample_for).items[0]
    store.write_all([store.standing_row(Standing(now_in_force, NOW, next_one, later))])
    service.forget()
    room.instant = later - timedelta(milliseconds=1)
    assert service.item_in_force(code).version == 1
    room.instant = later
    assert service.item_in_force(code).version == 2


@pytest.mark.parametrize(("state", "word"), [("2", "暂停"), ("3", "取消")])
def test_a_suspended_or_cancelled_item_is_closed(empty, state, word):
    document = demo_document("dibao")
    document["items"][0]["task_state"] = state
    service.import_catalogue(document)
    with pytest.raises(Conflict, match=word):
        service.item_in_force(code_of("dibao"))


def test_an_unknown_item_is_not_found(room):
    with pytest.raises(NotFound):
        service.item_in_force("0" * 31)
    with pytest.raises(NotFound):
        service.item_version(code_of("dibao"), 9)


def test_every_demo_material_has_a_sample_that_says_something(empty):
    service.import_catalogue(demo_document())
    for raw in demo_document()["items"]:
        for material in service.item_in_force(raw["task_code"]).materials:
            assert material.sample is not None
            assert len(material.sample.lines) >= 2


def test_the_demo_item_helper_gives_copies():
    assert demo_item("dibao") is not demo_item("dibao")
