"""`yichuang access`: the table in words, and why somebody may or may not."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from chalicelib.core.access_table import TABLE
from cli import access
from cli.main import app

RUNNER = CliRunner(env={"COLUMNS": "240"})


def run(*arguments: str):
    return RUNNER.invoke(app, ["access", *arguments])


@pytest.fixture(autouse=True)
def _wide(monkeypatch):
    monkeypatch.setattr(access.console, "_width", 240)


def test_the_table_shows_every_row():
    answer = run("table")
    assert answer.exit_code == 0
    assert all(name in answer.output for name in TABLE)
    assert "受理人、审查人不能签批同一办件" in answer.output


def test_the_table_can_be_narrowed():
    answer = run("table", "--role", "reviewer", "--room", "case")
    assert "case.review" in answer.output
    assert "case.sign" not in answer.output
    assert run("table", "--role", "nobody").exit_code == 1


def test_the_acts_of_an_account_are_those_of_its_roles():
    answer = run("acts", "ga.chief")
    assert "case.sign" in answer.output
    assert "case.review" not in answer.output


def test_a_role_that_is_in_no_row_is_told_who_may():
    answer = run("explain", "citizen.zhang", "case.sign")
    assert answer.exit_code == 1
    assert "不可以" in answer.output
    assert "可以办理的是:首席代表" in answer.output


def test_the_rows_considered_are_shown_with_what_they_lack():
    answer = run("explain", "ga.chief", "case.sign")
    assert answer.exit_code == 1
    assert "✓ 首席代表" in answer.output
    assert "✗ 本单位" in answer.output


def test_what_needs_no_case_can_be_said_without_one():
    answer = run("explain", "supervisor", "alarm.close")
    assert answer.exit_code == 0
    assert "可以" in answer.output


def test_an_unknown_act_is_refused_to_everybody():
    answer = run("explain", "office", "case.conjure")
    assert answer.exit_code == 1
    assert "没有列入权限表" in answer.output


def test_an_unknown_account_is_said_to_be_one(tmp_path):
    assert run("explain", "stranger", "case.read").exit_code == 1
    own = tmp_path / "accounts.json"
    own.write_text(json.dumps([{"account": "stranger", "name": "某", "roles": ["office"]}]))
    assert run("explain", "stranger", "wall.read", "--accounts", str(own)).exit_code == 0
