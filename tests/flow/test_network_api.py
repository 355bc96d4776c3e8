"""The network over HTTP: what anyone may see, what the office writes, what bad input gets."""

from __future__ import annotations

import pytest
from chalice.app import Chalice

from chalicelib.calendars import service as calendars
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.principal import CITIZEN, Principal
from chalicelib.http.app import compose
from chalicelib.network import api, people_api, pilots_api, ports, service, store
from chalicelib.network.pilots import Figures
from tests.support.api import ApiClient
from tests.support.network_room import (
    CENTRE_OFFICER,
    NOW,
    OFFICER,
    WATCHER,
    chief_of,
    founded_room,
    snapshot,
)

SOMEBODY = Principal("citizen.zhang", "张示例", frozenset({CITIZEN}), holder="h" * 32)


class StoppedClock:
    def now(self):
        return NOW


@pytest.fixture(scope="module")
def app() -> Chalice:
    return compose("network", api.bp, people_api.bp, pilots_api.bp)


@pytest.fixture(autouse=True)
def room(monkeypatch):
    monkeypatch.setattr("chalicelib.http.view.clock", StoppedClock)
    monkeypatch.setattr(calendars, "working_calendar", shipped_calendar)
    monkeypatch.setattr(ports, "_sources", [])
    monkeypatch.setattr("chalicelib.network.api.encode_cursor", _encode)
    monkeypatch.setattr("chalicelib.network.api.decode_cursor", _decode)
    with founded_room() as district:
        yield district


def _encode(key, listing):
    return f"{listing}|{key['after']}" if key else None


def _decode(cursor, listing):
    return {"after": cursor.removeprefix(f"{listing}|")} if cursor else None


@pytest.fixture
def anyone(app):
    return ApiClient(app)


@pytest.fixture
def office(app):
    return ApiClient(app, OFFICER)


# --- what anyone may see -----------------------------------------------------------------------


def test_anyone_lists_the_points_tier_by_tier(anyone):
    answer = anyone.get("/v1/points")
    tiers = [point["tier"] for point in answer.json["items"]]
    assert answer.status == 200
    assert tiers == sorted(tiers, key=["centre", "sub_centre", "subdistrict", "community"].index)
    assert answer.json["next_cursor"] is None


def test_points_are_filtered_by_tier_and_parent_and_paged(anyone):
    stations = anyone.get("/v1/points", query={"tier": "community", "parent": "chunhe"}).json
    assert [point["parent"] for point in stations["items"]] == ["chunhe"] * 3
    names, cursor = [], ""
    while cursor is not None:
        query = {"limit": "4"} | ({"cursor": cursor} if cursor else {})
        page = anyone.get("/v1/points", query=query).json
        names += [point["key"] for point in page["items"]]
        cursor = page["next_cursor"]
    assert names == [point["key"] for point in anyone.get("/v1/points").json["items"]]
    assert len(names) == len(set(names)) == len(service.network().points)


@pytest.mark.parametrize("query", [{"tier": "city"}, {"limit": "0"}, {"colour": "red"}])
def test_a_filter_that_is_not_one_is_refused(anyone, query):
    answer = anyone.get("/v1/points", query=query)
    assert answer.status == 422
    assert answer.pointers == [f"/query/{next(iter(query))}"]


def test_a_point_says_what_its_hours_amount_to(anyone):
    centre = anyone.get("/v1/points/centre").json
    assert centre["name"] == "中原区政务服务中心"
    assert centre["comprehensive"] is True
    assert "监察窗口" in centre["windows"]
    hours = centre["hours"]
    assert (hours["through_noon"], hours["extended"], hours["all_year"]) == (True, True, True)
    assert anyone.get("/v1/points/nowhere").status == 404


def test_a_rest_day_can_be_a_service_day_and_stays_no_working_day(anyone):
    opening = anyone.get("/v1/points/centre/opening").json
    assert opening["open_now"] is True
    days = {day["date"]: day for day in opening["days"]}
    assert len(days) == 14
    saturday = days["2026-03-07"]
    assert (saturday["working_day"], bool(saturday["spans"])) == (False, True)
    station = anyone.get("/v1/points/wangchun/opening").json
    assert [day["spans"] for day in station["days"] if not day["working_day"]] == [[]] * 4


def test_coverage_names_what_is_missing_where(anyone):
    found = anyone.get("/v1/coverage").json
    assert found["district"]["numerator"] == 6
    assert found["district"]["denominator"] == 14
    lines = {line["subdistrict"]: line for line in found["subdistricts"]}
    assert lines["jd-chunhe"]["rate"] == 1.0
    assert "晴川社区" in [each["name"] for each in lines["jd-xiajin"]["missing"]]


# --- writing points ---------------------------------------------------------------------------


def draft(**changes):
    return {
        "key": "qingchuan",
        "tier": "community",
        "organisation": "sq-qingchuan",
        "parent": "xiajin",
        "location": {"address": "晴川社区1号", "longitude": 113.6, "latitude": 34.74},
        "hours": {
            "working_day": ["09:00-12:00", "13:30-17:30"],
            "exceptions": {"2026-05-01": []},
        },
        "functions": ["户籍"],
        "windows": ["综合窗口"],
        "communities": ["qingchuan"],
    } | changes


def test_the_office_registers_a_point_and_everyone_sees_it(office, anyone):
    answer = office.post("/v1/points", draft())
    assert answer.status == 201
    assert answer.headers["Location"] == "/v1/points/qingchuan"
    assert answer.json["name"] == "晴川社区便民服务站"
    shown = anyone.get("/v1/points/qingchuan")
    assert shown.json == answer.json
    assert shown.headers["ETag"] == '"1"'
    assert anyone.get("/v1/coverage").json["district"]["numerator"] == 7


def test_a_wrong_name_gets_a_pointer_and_the_right_one(office):
    before = snapshot()
    answer = office.post("/v1/points", draft(name="晴川社区服务大厅"))
    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.pointers == ["/name"]
    assert "“晴川社区便民服务站”" in answer.json["errors"][0]["message"]
    assert snapshot() == before


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"hours": {"working_day": ["9-12"]}}, "/hours/working_day/0"),
        ({"hours": {"working_day": ["12:00-09:00"]}}, "/hours/working_day/0"),
        ({"hours": {"working_day": [], "exceptions": {"May": []}}}, "/hours/exceptions"),
        ({"location": {"address": "x", "longitude": 200, "latitude": 0}}, "/location/longitude"),
        ({"tier": "village"}, "/tier"),
        ({"surprise": 1}, "/surprise"),
    ],
)
def test_each_wrong_field_is_pointed_at(office, changes, pointer):
    answer = office.post("/v1/points", draft(**changes))
    assert answer.status == 422
    assert any(each.startswith(pointer) for each in answer.pointers)


def test_a_repeated_key_repeats_the_answer_and_another_body_under_it_is_refused(office):
    key = {"Idempotency-Key": "k1"}
    first = office.post("/v1/points", draft(), headers=key)
    again = office.post("/v1/points", draft(), headers=key)
    assert (first.status, again.status) == (201, 201)
    assert again.json == first.json
    other = office.post("/v1/points", draft(phone="0371-1"), headers=key)
    assert other.status == 422
    assert other.json["type"].endswith("idempotency-key-reused")
    assert office.post("/v1/points", draft()).status == 409


def test_a_stale_version_is_refused_and_the_seen_one_taken(office):
    seen = office.get("/v1/points/wangchun").headers["ETag"]
    changed = office.put("/v1/points/wangchun", {"phone": "0371-1"}, headers={"If-Match": seen})
    assert (changed.status, changed.json["phone"]) == (200, "0371-1")
    stale = office.put("/v1/points/wangchun", {"phone": "0371-2"}, headers={"If-Match": seen})
    assert stale.status == 412


@pytest.mark.parametrize("principal", [SOMEBODY, WATCHER, chief_of("ga"), CENTRE_OFFICER])
def test_nobody_else_writes_points(app, principal):
    assert ApiClient(app, principal).post("/v1/points", draft()).status == 403


def test_writing_takes_a_token(anyone):
    assert anyone.post("/v1/points", draft()).status == 401


# --- organisations ----------------------------------------------------------------------------


def test_organisations_are_read_by_staff_and_written_by_the_office(app, office):
    listed = ApiClient(app, chief_of("ga")).get("/v1/organisations", query={"limit": "100"}).json
    assert {"ga", "office"} <= {each["key"] for each in listed["items"]}
    new = {
        "key": "demo",
        "name": "区演示局",
        "kind": "department",
        "uscc": "11370800MB28559184",
        "group": [{"account": "demo.chief", "post": "组长"}],
    }
    answer = office.post("/v1/organisations", new)
    assert (answer.status, answer.json["group"][0]["post"]) == (201, "组长")
    wrong = office.post("/v1/organisations", new | {"key": "demo2", "uscc": "11370800MB28559185"})
    assert (wrong.status, wrong.pointers) == (422, ["/uscc"])
    changed = office.put("/v1/organisations/demo", {"active": False})
    assert changed.json["active"] is False
    assert ApiClient(app, SOMEBODY).get("/v1/organisations").status == 403


# --- people -----------------------------------------------------------------------------------


def test_a_transfer_over_http_from_request_to_consent(app):
    chief, centre = ApiClient(app, chief_of("ga")), ApiClient(app, CENTRE_OFFICER)
    path = "/v1/postings/p-ga-reviewer/transfer"
    early = {"effective_on": "2026-06-01", "reason": "轮岗"}
    refused = chief.post(path, early)
    assert (refused.status, refused.pointers) == (422, ["/exception"])
    asked = chief.post(path, early | {"exception": "机构改革"}).json
    assert asked["transfer"]["decision"] == "pending"
    assert (asked["business_by"], asked["conduct_by"]) == ("ga", "xx")
    assert chief.post(path + "/decision", {"consent": True}).status == 403
    consented = centre.post(path + "/decision", {"consent": True}).json
    assert (consented["transfer"]["decision"], consented["active"]) == ("consented", True)
    assert centre.post(path + "/decision", {"consent": True}).status == 409


def test_a_department_sees_its_own_people_only(app, office):
    chief = ApiClient(app, chief_of("ga"))
    listed = chief.get("/v1/postings").json["items"]
    assert {each["organisation"] for each in listed} == {"ga"}
    assert chief.get("/v1/postings", query={"organisation": "rs"}).status == 403
    assert chief.get("/v1/postings", query={"point": "centre"}).status == 403
    assert chief.get("/v1/postings/p-rs-reviewer").status == 403
    at_centre = office.get("/v1/postings", query={"point": "centre"}).json["items"]
    assert {"ga", "rs", "jc"} == {each["organisation"] for each in at_centre}
    both = office.get("/v1/postings", query={"point": "centre", "organisation": "ga"})
    assert both.status == office.get("/v1/postings").status == 422


def test_a_person_without_qualification_is_refused_with_every_reason(office):
    body = {
        "account": "new",
        "organisation": "ga",
        "point": "centre",
        "work": ["review"],
        "since": "2026-03-02",
    }
    refused = office.post("/v1/postings", body)
    assert refused.pointers == [
        "/qualification/experienced_since",
        "/qualification/certificate_no",
    ]
    qualification = {
        "experienced_since": "2020-01-01",
        "certificate_no": "豫A0001",
        "certificate_until": "2029-12-31",
    }
    posted = office.post("/v1/postings", body | {"qualification": qualification})
    assert (posted.status, posted.json["tenure_until"]) == (201, "2028-03-02")
    assert posted.json["shortcomings"] == []
    path = f"/v1/postings/{posted.json['id']}"
    renewed = office.put(f"{path}/qualification", qualification)
    assert renewed.status == 200
    back = office.post(f"{path}/return", {"reason": "不适应窗口工作"}).json
    assert (back["ending"], back["last_day"]) == ("returned", "2026-03-02")


def test_signers_are_appointed_stood_in_for_and_ended(app, office):
    path = "/v1/organisations/ga/chief-representatives"
    found = ApiClient(app, chief_of("ga")).get(path).json
    assert (found["signer"], found["gaps"]) == ("ga.chief", [])
    assert ApiClient(app, chief_of("rs")).get(path).status == 403
    tomorrow = {"since": "2026-03-03", "until": "2026-03-03", "reason": "出差"}
    named = office.post(f"{path}/ga-1/stand-ins", {"account": "ga.deputy", **tomorrow})
    assert named.json["appointments"][0]["stand_ins"][0]["account"] == "ga.deputy"
    stale = office.post(f"{path}/ga-1/end", {"last_day": "2026-03-10"}, headers={"If-Match": '"1"'})
    assert stale.status == 412
    ended = office.post(f"{path}/ga-1/end", {"last_day": "2026-03-10"}).json
    assert ended["gaps"] == [{"since": "2026-03-11", "until": "2026-05-31"}]
    overlap = {
        "account": "ga.chief",
        "since": "2026-03-10",
        "document": "授权书2号",
        "items": None,
    }
    assert office.post(path, overlap).status == 409
    assert office.post(path, overlap | {"since": "2026-03-11"}).json["gaps"] == []


def test_staff_is_judged_against_load_from_where_figures_come(office):
    assert office.get("/v1/points/centre/staffing").status == 409
    ports.connect_figures(lambda since, until, item: [Figures("centre", received=4000)])
    found = office.get("/v1/points/centre/staffing").json
    posted = len(store.postings_at("centre", active=True)[0])
    assert (found["posted"], found["cases_per_week"]) == (posted, 1000)
    assert found["for_load"] == 12
    assert found["missing"] == max(0, found["needed"] - posted)


# --- pilots -----------------------------------------------------------------------------------


def test_a_pilot_over_http(app, office):
    body = {
        "subject": "service",
        "code": "extended",
        "title": "延时服务",
        "points": ["chunhe"],
        "since": "2026-03-02",
    }
    too_small = office.post("/v1/pilots", body | {"points": ["chunhe", "qiushi"]})
    assert (too_small.status, too_small.pointers) == (422, ["/points"])
    started = office.post("/v1/pilots", body | {"points": ["chunhe", "wangchun"]})
    assert started.status == 201
    path = started.headers["Location"]
    assert office.post(f"{path}/widening", {}).status == 409
    ports.connect_figures(
        lambda since, until, item: [Figures("chunhe", 5, 5, 5), Figures("centre", 5, 5, 0)]
    )
    report = ApiClient(app, WATCHER).get(f"{path}/report").json
    assert report["difference"]["on_time_rate"] == 1.0
    assert report["difference"]["good_rate"] is None
    widened = office.post(f"{path}/widening", {"points": None}).json
    assert (widened["stage"], widened["points"]) == ("widened", None)
    assert [each["code"] for each in office.get("/v1/pilots").json["items"]] == ["extended"]
    assert office.post(f"{path}/stop", {"reason": "不再需要"}).json["stage"] == "stopped"
    assert office.get("/v1/pilots/moon/x").status == 404
