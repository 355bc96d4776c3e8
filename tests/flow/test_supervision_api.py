"""Supervision over HTTP: lists by any combination, answers, settlements, figures, rules, reports."""

from __future__ import annotations

import itertools

import pytest

from chalicelib.aws import sealing
from chalicelib.core.principal import Principal
from chalicelib.http.app import compose
from chalicelib.supervision import (
    api,
    appraisals_api,
    redress_api,
    rule_store,
    rules_api,
    service,
    violations_api,
)
from tests.support.api import ApiClient
from tests.support.identity import KEYRING
from tests.support.supervision_cases import Script, plain

pytest_plugins = ["tests.support.supervision_room"]

SUPERVISOR = Principal("supervisor", "", frozenset({"supervisor"}))
RS = Principal("rs-reviewer", "", frozenset({"reviewer"}), "rs", "centre")
CLERK = Principal("clerk", "", frozenset({"station_clerk"}), "committee", "zy-station")
CITIZEN = Principal("citizen", "", frozenset({"citizen"}), holder="0" * 32, assurance=2)


@pytest.fixture(scope="module")
def app():
    blueprints = (api, rules_api, redress_api, violations_api, appraisals_api)
    return compose("supervision", *(module.bp for module in blueprints))


@pytest.fixture
def client(app, tables_only):
    sealing.use(KEYRING)
    yield ApiClient(app, SUPERVISOR)
    sealing.use(None)


def hear(*scripts):
    for script in scripts:
        for detail in script.details():
            service.take_in(detail)


@pytest.fixture
def alarms(client):
    """Three levels, two units, one settled."""
    hear(
        Script("410102-AAAAA-00001-1").received().alert("promise", "warning"),
        Script("410102-AAAAA-00002-1").received().hours(1).alert("promise", "yellow"),
        Script("410102-AAAAA-00003-1", body="ga").received().hours(2).alert("statutory", "red"),
        Script("410102-AAAAA-00004-1").received().alert("delivery", "yellow", "zy-station"),
    )
    first = client.get("/v1/alarms?level=warning").json["items"][0]["id"]
    body = {"outcome": "withdrawn", "reason": "误报"}
    assert client.post(f"/v1/alarms/{first}/closure", body).status == 200
    return client


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", ["red", "yellow", "yellow", "warning"]),
        ("level=yellow", ["yellow", "yellow"]),
        ("organisation=rs", ["yellow", "warning"]),
        ("organisation=zy-station", ["yellow"]),
        ("state=closed", ["warning"]),
        ("state=raised", ["red", "yellow", "yellow"]),
        ("organisation=rs&state=raised", ["yellow"]),
        ("organisation=rs&level=red", []),
        ("level=yellow&state=raised", ["yellow", "yellow"]),
        ("level=yellow&state=raised&organisation=rs", ["yellow"]),
    ],
)
def test_any_combination_narrows_the_list_gravest_first(alarms, query, expected):
    answer = alarms.get(f"/v1/alarms?{query}")
    assert answer.status == 200
    assert [one["level"] for one in answer.json["items"]] == expected


def test_a_list_is_paged_by_a_cursor_of_its_own(alarms):
    first = alarms.get("/v1/alarms?limit=3").json
    second = alarms.get(f"/v1/alarms?limit=3&cursor={first['next_cursor']}").json
    ids = [one["id"] for one in first["items"] + second["items"]]
    assert len(set(ids)) == 4
    assert second["next_cursor"] is None
    foreign = alarms.get(f"/v1/alarms?level=red&cursor={first['next_cursor']}")
    assert foreign.status == 422


def test_an_alarm_shows_what_the_contract_names(alarms):
    one = alarms.get("/v1/alarms?level=red").json["items"][0]
    named = {"id", "case_no", "clock", "rung", "raised_at", "organisation", "item_name", "rule"}
    assert named | {"state", "facts"} <= set(one)
    assert (one["case_no"], one["rung"], one["rule"]) == ("410102-AAAAA-00003-1", "red", "T04")


def test_a_unit_sees_and_answers_its_own_and_nobody_elses(alarms):
    unit = alarms.act_as(RS)
    assert {one["organisation"] for one in unit.get("/v1/alarms").json["items"]} == {"rs"}
    assert unit.get("/v1/alarms?organisation=ga").status == 403
    red = alarms.get("/v1/alarms?level=red").json["items"][0]["id"]
    assert unit.get(f"/v1/alarms/{red}").status == 403
    assert unit.post(f"/v1/alarms/{red}/response", {"kind": "explained", "text": "x"}).status == 403
    own = unit.get("/v1/alarms?state=raised").json["items"][0]["id"]
    answer = unit.post(f"/v1/alarms/{own}/response", {"kind": "rectified", "text": "已补办"})
    assert answer.json["state"] == "answered"
    assert (
        unit.post(f"/v1/alarms/{own}/closure", {"outcome": "withdrawn", "reason": "x"}).status
        == 403
    )


def test_a_stations_clerk_sees_what_the_station_must_answer(alarms):
    found = alarms.act_as(CLERK).get("/v1/alarms").json["items"]
    assert [one["rule"] for one in found] == ["T05"]


def test_a_citizen_sees_no_alarms(alarms):
    assert alarms.act_as(CITIZEN).get("/v1/alarms").status == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"outcome": "lapsed", "reason": "x"}, 422),
        ({"outcome": "withdrawn", "reason": " "}, 422),
        ({"outcome": "withdrawn", "reason": "误报", "accountable": True}, 422),
        ({"outcome": "explained", "reason": "未答复"}, 409),
        ({"outcome": "confirmed", "reason": "属实", "accountable": True}, 200),
    ],
)
def test_a_settlement_is_checked(alarms, body, status):
    red = alarms.get("/v1/alarms?level=red").json["items"][0]["id"]
    assert alarms.post(f"/v1/alarms/{red}/closure", body).status == status


def test_an_unknown_alarm_is_not_found(client):
    assert client.get("/v1/alarms/nothing").status == 404
    body = {"outcome": "withdrawn", "reason": "x"}
    assert client.post("/v1/alarms/nothing/closure", body).status == 404


def test_the_same_key_settles_once_and_another_body_is_refused(alarms):
    red = alarms.get("/v1/alarms?level=red").json["items"][0]["id"]
    path, key = f"/v1/alarms/{red}/closure", {"Idempotency-Key": "once"}
    body = {"outcome": "confirmed", "reason": "属实"}
    first = alarms.post(path, body, headers=key)
    again = alarms.post(path, body, headers=key)
    assert (first.status, again.json) == (200, first.json)
    other = alarms.post(path, {**body, "reason": "另一理由"}, headers=key)
    assert other.status == 422


def test_indicators_are_public_and_their_cases_are_not(client, app):
    hear(plain())
    nobody = ApiClient(app)
    answer = nobody.get("/v1/indicators?month=2026-11")
    assert answer.status == 200
    assert len(answer.json["items"]) == 6
    assert {"key", "numerator", "denominator", "rate", "target", "missing"} <= set(
        answer.json["items"][0]
    )
    assert nobody.get("/v1/indicators/on_time_rate?by=point").status == 200
    assert nobody.get("/v1/indicators/received/cases").status == 401
    assert nobody.get("/v1/indicators?month=2026-13").status == 422
    assert nobody.get("/v1/indicators/happiness").status == 404


def test_a_body_opens_its_own_cases_only(client):
    hear(plain("410102-AAAAA-00001-1"), plain("410102-BBBBB-00001-1", body="ga"))
    unit = client.act_as(RS)
    found = unit.get("/v1/indicators/closed/cases?month=2026-11&body=rs").json["items"]
    assert [one["case_no"] for one in found] == ["410102-AAAAA-00001-1"]
    assert unit.get("/v1/indicators/closed/cases?month=2026-11&body=ga").status == 403


def test_the_wall_is_for_the_supervision(client):
    assert client.get("/v1/wall").status == 200
    assert client.act_as(RS).get("/v1/wall").status == 403


def test_a_rule_is_read_written_with_its_version_and_tried(client):
    shown = client.get("/v1/rules")
    assert {one["code"] for one in shown.json["items"]} == set(rule_store.shipped())
    rule = client.get("/v1/rules/I01")
    draft = {key: value for key, value in rule.json.items() if key not in ("code", "version")}
    switched = {**draft, "active": True}
    stale = client.request("PUT", "/v1/rules/I01", switched, headers={"If-Match": '"7"'})
    assert stale.status == 412
    written = client.request(
        "PUT", "/v1/rules/I01", switched, headers={"If-Match": rule.headers["ETag"]}
    )
    assert (written.status, written.json["version"], written.json["active"]) == (200, 2, True)
    trial = client.post("/v1/rules/I01/trials", {"month": "2026-11", "rule": draft})
    assert (trial.status, trial.json["raised"]) == (200, 0)
    assert len(client.get("/v1/rules/I01/versions").json["items"]) == 1
    wrong = client.request("PUT", "/v1/rules/I01", {**draft, "when": {"fact": "x"}})
    assert wrong.status == 422
    assert "/when/fact" in wrong.pointers


def test_only_the_supervision_writes_rules(client):
    rule = client.get("/v1/rules/I01").json
    draft = {key: value for key, value in rule.items() if key not in ("code", "version")}
    office = Principal("office", "", frozenset({"office"}))
    assert client.act_as(office).get("/v1/rules/I01").status == 200
    assert client.act_as(office).request("PUT", "/v1/rules/I01", draft).status == 403


def test_a_bad_rating_takes_its_road(client):
    hear(plain().rated(5))
    (case,) = client.get("/v1/redress?state=verify").json["items"]
    path = f"/v1/redress/{case['id']}"
    client.post(f"{path}/verification", {"founded": True, "text": "属实"})
    unit = client.act_as(RS)
    assert unit.post(f"{path}/rectification", {"text": "整改"}).json["state"] == "answer"
    assert unit.post(f"{path}/answer", {"text": "致歉"}).json["state"] == "call_back"
    closed = client.post(f"{path}/call-back", {"satisfied": True, "text": "满意"})
    assert closed.json["state"] == "closed"
    assert client.get(path).json["rounds"] == 1


def test_a_citizen_reports_and_asks_after_it_without_a_login(client, app):
    body = {"kind": "refused_walk_in", "text": "窗口以号满为由拒绝现场受理", "organisation": "rs"}
    taken = client.act_as(CITIZEN).post("/v1/violation-reports", body)
    assert taken.status == 201
    nobody = ApiClient(app)
    pair = {"number": taken.json["number"], "code": taken.json["code"]}
    assert nobody.post("/v1/violation-reports/follow-up", pair).json["state"] == "received"
    assert nobody.post("/v1/violation-reports/follow-up", {**pair, "code": "X"}).status == 404
    assert client.act_as(CITIZEN).get("/v1/violation-reports").status == 403
    number = taken.json["number"]
    decided = client.post(
        f"/v1/violation-reports/{number}/decision", {"upheld": True, "result": "属实"}
    )
    assert (decided.status, decided.json["state"]) == (200, "upheld")
    assert "P08" in nobody.get("/v1/violation-reports/kinds").json["unseen"]


def test_an_appraisal_that_was_not_begun_is_not_found_and_a_strange_period_refused(client):
    office = client.act_as(Principal("office", "", frozenset({"office"})))
    assert office.get("/v1/appraisals/2026-10").status == 404
    assert office.get("/v1/appraisals/autumn").status == 422
    begun = office.post("/v1/appraisals/2026-10", {"scheme": {"weight_percent": "7"}})
    assert (begun.status, begun.json["stage"]) == (202, "drafting")
    heavy = office.post("/v1/appraisals/2026-09", {"scheme": {"weight_percent": "8"}})
    assert heavy.status == 422
    assert office.get("/v1/appraisals/2026-10").json["people"] == []


def test_every_route_names_an_act_of_the_table(app):
    from chalicelib.core.access import acts
    from chalicelib.http.view import declaration_of

    entries = itertools.chain.from_iterable(routes.values() for routes in app.routes.values())
    declared = [declaration_of(entry.view_function) for entry in entries]
    assert len(declared) > 20
    assert {each.act for each in declared} <= acts()
