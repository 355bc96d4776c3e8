"""The operator's commands: the recount that agrees and the one that says where it does not."""

from __future__ import annotations

import json

import pytest
from openpyxl import load_workbook
from pynamodb.expressions.operand import Path as Attribute
from typer.testing import CliRunner

from chalicelib.supervision import recounting, service
from chalicelib.supervision.boards import shard_of
from chalicelib.supervision.measures import Cell
from chalicelib.supervision.store import Row
from cli.supervision import app
from tests.support.supervision_cases import Script, many, plain

pytest_plugins = ["tests.support.supervision_room"]


@pytest.fixture
def autumn(room):
    scripts = [*many(seed=8, count=10), plain("410102-AAAAA-00001-1").rated(5)]
    room.hear(*scripts)
    room.settle()
    return {script.no: script for script in scripts}


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)


def test_a_recount_of_the_logs_agrees_with_the_counters(autumn):
    answer = run("recount", 2026)
    assert answer.exit_code == 0, answer.output
    assert f"重算办件 {len(autumn)} 件" in answer.output


def test_a_recount_from_the_cases_own_logs_agrees_too(autumn):
    found = recounting.recount(2026, lambda no: autumn[no].events)
    assert found.agrees
    assert found.cases == len(autumn)


def test_a_counter_that_was_tampered_with_is_named(autumn):
    cell = Cell(2026, "rs", "zy-station", plain().item)
    row = Row(f"CELLS#2026#{shard_of(cell)}", f"CELL#{cell.body}#{cell.point}#{cell.item}")
    row.update([Attribute(["11.closed"]).add(3)])
    answer = run("recount", 2026)
    assert answer.exit_code == 1
    assert "11.closed" in answer.output
    assert "-3" in answer.output


def test_an_event_that_was_never_heard_is_found_in_the_recount_from_the_log(room):
    script = plain("410102-AAAAA-00001-1")
    for detail in script.details()[:-1]:
        service.take_in(detail)
    room.settle()
    found = recounting.recount(2026, lambda _: script.events)
    (missing,) = found.differs.values()
    assert missing["11.closed"] == 1
    assert missing["open"] == -1


def test_a_board_left_behind_is_named_and_rebuilt(room):
    room.hear(plain("410102-AAAAA-00001-1"))
    room.settle()
    room.hear(plain("410102-BBBBB-00002-2"))
    room.records()  # the stream's records are lost
    assert run("recount", 2026).exit_code == 1
    assert run("rebuild", 2026).exit_code == 0
    assert run("recount", 2026).exit_code == 0


def test_a_rule_is_tried_from_a_file(autumn, tmp_path):
    draft = tmp_path / "rule.json"
    draft.write_text(
        json.dumps(
            {
                "name": "收件",
                "dimension": "process",
                "level": "warning",
                "basis": "试",
                "on": ["case.received"],
                "when": {"all": []},
            }
        )
    )
    answer = run("try", "X01", "2026-11", "--file", draft)
    assert answer.exit_code == 0
    assert "会发出" in answer.output


def test_rules_are_listed_with_what_they_rest_on(tables_only):
    answer = run("rules")
    assert "T03" in answer.output
    assert "P09" in answer.output


def test_the_report_is_written_as_a_spreadsheet(autumn, tmp_path):
    file = tmp_path / "report.xlsx"
    assert run("report", "2026-11", file).exit_code == 0
    assert "指标" in load_workbook(file).sheetnames


def test_alarms_and_redress_count_in_the_recount(room):
    room.hear(Script("410102-AAAAA-00001-1").received().alert("promise", "yellow"))
    room.settle(lambda: run("recount", 2026).exit_code == 0)
