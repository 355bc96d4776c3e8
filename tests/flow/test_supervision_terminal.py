"""The operator's commands over a district's figures: recount, trial, report."""

from __future__ import annotations

import json

from openpyxl import load_workbook
from typer.testing import CliRunner

from chalicelib.supervision import labels, recounting
from cli.supervision import app

pytest_plugins = ["tests.support.supervision_room"]


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


def test_the_report_is_written_as_a_spreadsheet(autumn, tmp_path, monkeypatch):
    # The district's registers are another test's.
    monkeypatch.setattr(labels, "labels", lambda: {"rs": "区人社局"})
    file = tmp_path / "report.xlsx"
    assert run("report", "2026-11", file).exit_code == 0
    assert "指标" in load_workbook(file).sheetnames
