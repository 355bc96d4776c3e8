"""An applicant's data in full: for the purpose of a case, and never without a line about it."""

from __future__ import annotations

import pytest

from chalicelib.cases import person_api
from chalicelib.certificates import readlog
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.applications import CITIZEN, STATION, person
from tests.support.engine import principal_of

NEED = {"fields": ["id_number", "phone"], "purpose": "核对户籍信息"}


@pytest.fixture
def asked(engine, residence_case):
    """Ask as an account; the engine holds the case."""
    app = compose("people", person_api.bp)

    def ask(account: str, body=NEED, path: str = "reveals"):
        client = ApiClient(app, principal_of(account))
        target = f"/v1/cases/{residence_case}/{path}"
        return client.get(target) if body is None else client.post(target, body)

    return ask


def lines() -> list:
    found, _ = readlog.of_holder(principal_of(CITIZEN).holder, 50, None)
    return found


def test_who_handles_the_case_sees_what_the_purpose_needs_and_the_person_sees_that(
    asked, residence_case
):
    answer = asked("ga.reviewer")
    expected = {name: person()[name] for name in NEED["fields"]}
    assert answer.status == 200, answer.text
    assert answer.json == {"case_no": residence_case, "fields": expected}
    assert answer.headers["Cache-Control"] == "no-store"
    (line,) = lines()
    assert (line.act, line.purpose, line.case_no) == (
        "person.reveal",
        "核对户籍信息",
        residence_case,
    )
    assert line.fields == ("id_number", "phone")
    assert (line.reader.account, line.reader.role) == ("ga.reviewer", "reviewer")
    assert expected["id_number"] not in str(line.to_dict())


@pytest.mark.parametrize("account", ["rs.reviewer", "station.shiqiao", "window.police"])
def test_who_does_not_handle_it_is_refused_and_that_is_a_line_too(asked, account):
    answer = asked(account)
    assert answer.status == 403
    assert person()["id_number"] not in answer.text
    (line,) = lines()
    assert (line.outcome, line.reader.account) == ("refused", account)


@pytest.mark.parametrize("account", ["supervisor", "office", CITIZEN])
def test_a_role_that_needs_no_full_data_gets_none(asked, account):
    assert asked(account).status == 403
    assert lines() == []


def test_without_the_log_nothing_is_shown(asked, monkeypatch):
    def broken(*_args):
        raise RuntimeError("the log cannot be written")

    monkeypatch.setattr(readlog, "append", broken)
    answer = asked("ga.reviewer")
    assert answer.status == 500
    assert person()["id_number"] not in answer.text


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"purpose": " "}, "/purpose"),
        ({"purpose": "找 410102190001010011"}, "/purpose"),
        ({"fields": []}, "/fields"),
        ({"fields": ["password"]}, "/fields/0"),
    ],
)
def test_a_reveal_needs_a_purpose_and_known_fields(asked, change, pointer):
    answer = asked(STATION, {**NEED, **change})
    assert (answer.status, answer.pointers) == (422, [pointer])
    assert lines() == []


def test_after_the_case_nobody_needs_it(asked, engine, residence_case):
    withdrawn = engine.client(CITIZEN).post(f"/v1/cases/{residence_case}/withdrawal", {})
    assert withdrawn.status == 200, withdrawn.text
    assert asked("ga.reviewer").status == 409
    assert lines() == []


def test_everybody_who_sees_a_case_is_told_what_they_may_do_with_it_and_why(asked):
    answer = asked("ga.chief", None, "access")
    verdicts = {each["act"]: each for each in answer.json["items"]}
    assert verdicts["case.read"]["allowed"]
    assert not verdicts["case.sign"]["allowed"]
    assert verdicts["case.sign"]["reason"] == "受理人、审查人不能签批同一办件"
    assert asked("rs.chief", None, "access").status == 403


def test_a_person_takes_their_own_data_away_in_full_and_nobody_elses(engine, residence_case):
    app = compose("people", person_api.bp)
    mine = ApiClient(app, principal_of(CITIZEN)).get("/v1/me/personal-data").json
    (entry,) = mine["items"]
    assert entry["case_no"] == residence_case
    assert {k: entry["submitted"][k] for k in ("name", "id_number", "phone")} == {
        k: person()[k] for k in ("name", "id_number", "phone")
    }
    assert mine["next_cursor"] is None
    other = ApiClient(app, principal_of("citizen.li")).get("/v1/me/personal-data")
    assert other.json == {"items": [], "next_cursor": None}
