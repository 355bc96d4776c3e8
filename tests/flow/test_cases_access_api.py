"""Why somebody may or may not: the page and the command line say it row by row."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from chalicelib.network import standing
from cli import access as access_cli
from cli.main import app as cli
from tests.support.engine import Engine

PATH = "/v1/access/explanation"


@pytest.fixture
def why(engine: Engine, residence_case: str):
    def ask(caller: str, act: str, account: str | None = None, case: str | None = residence_case):
        query = {"act": act} | ({"case_no": case} if case else {})
        return engine.client(caller).get(
            PATH, query=query | ({"account": account} if account else {})
        )

    return ask


def test_a_clerk_learns_by_which_row_he_may(why):
    shown = why("ga.acceptor", "case.accept").json
    assert shown["allowed"] is True
    (mine,) = [row for row in shown["rows"] if row["allows"]]
    assert (mine["role"], mine["scope"], mine["holds"], mine["within"]) == (
        "acceptor",
        "organisation",
        True,
        True,
    )


def test_the_office_learns_what_another_lacks_part_by_part(why):
    shown = why("office", "case.sign", "ga.chief").json
    assert (shown["account"], shown["organisation"], shown["allowed"]) == ("ga.chief", "ga", False)
    assert shown["roles"] == ["首席代表"]
    (row,) = shown["rows"]
    met = {each["text"]: each["met"] for each in row["conditions"]}
    assert (row["holds"], row["within"], row["allows"]) == (True, True, False)
    assert met == {
        "没有覆盖该事项的有效首席代表任命": True,
        "受理人、审查人不能签批同一办件": False,
    }
    assert shown["reason"] == "受理人、审查人不能签批同一办件"


def test_another_department_is_out_of_scope_and_the_window_lacks_the_role(why):
    other = why("supervisor", "case.accept", "rs.acceptor").json
    assert [row["within"] for row in other["rows"] if row["holds"]] == [False]
    window = why("supervisor", "case.review", "window.centre").json
    assert (window["allowed"], [row["holds"] for row in window["rows"]]) == (False, [False])


def test_without_a_case_the_duties_of_the_organisation_count(why):
    assert why("office", "point.write", case=None).json["allowed"] is True
    assert why("supervisor", "case.dispose", case=None).json["allowed"] is False


@pytest.mark.parametrize("caller", ["ga.acceptor", "window.centre", "citizen.zhang", "ga.editor"])
def test_nobody_else_asks_about_others(why, caller):
    assert why(caller, "case.sign", "ga.chief").status == 403


def test_who_is_not_posted_is_not_guessed_at(why):
    answer = why("office", "case.read", "citizen.zhang")
    assert (answer.status, "派驻记录" in answer.json["detail"]) == (404, True)
    unknown = why("office", "no.such", case=None).json
    assert (unknown["allowed"], unknown["rows"]) == (False, [])


def test_an_account_on_record_holds_what_its_posting_backs(engine: Engine):
    today = engine.clock.now().date()
    assert standing.on_record("ga.deputy", today).roles == {"reviewer"}
    assert standing.on_record("ga.chief", today).roles == {"chief_representative"}
    assert standing.on_record("station.yingchun", today).roles == {"station_clerk"}
    assert standing.on_record("nobody", today) is None


def test_the_command_line_names_the_roles_that_do_not_stand(
    engine: Engine, residence_case, monkeypatch
):
    monkeypatch.setattr(access_cli.console, "_width", 200)
    arguments = ["access", "explain", "ga.deputy", "case.sign", residence_case]
    answer = CliRunner().invoke(cli, arguments)
    assert answer.exit_code == 1
    assert "今天不成立 首席代表:本人今天没有有效的首席代表任命或代理" in answer.output
