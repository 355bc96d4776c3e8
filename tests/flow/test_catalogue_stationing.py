"""应进必进: an item is in the centre, or has an owner and a reason; without real delegation it is not."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.catalogue import service, stationing_api, stationing_service
from chalicelib.core.time import SHANGHAI
from chalicelib.http.app import compose
from chalicelib.network.chiefs import Appointment, ChiefRegister
from chalicelib.network.naming import Tier
from tests.support.api import ApiClient
from tests.support.catalogue_room import catalogue_room, code_of, found_district, person

ALWAYS = Appointment("a1", "ga.chief", date(2026, 1, 1), None, None, "授权书1号")


@pytest.fixture
def chiefs():
    """The registers of chief representatives, by body; tests change them."""
    return {"ga": ChiefRegister("ga", (ALWAYS,)), "mz": ChiefRegister("mz", (ALWAYS,))}


@pytest.fixture
def room(monkeypatch, chiefs):
    with catalogue_room(monkeypatch, "residence_permit", "bravery_award", "dibao") as clock:
        found_district(monkeypatch)
        monkeypatch.setattr(
            stationing_service, "read_chiefs", lambda body: chiefs.get(body, ChiefRegister(body))
        )
        yield clock


@pytest.fixture
def office(room):
    return ApiClient(compose("catalogue", stationing_api.bp), person("office", "office"))


def of(office, key):
    return office.get(f"/v1/stationing/{code_of(key)}").json


def test_an_item_says_where_it_is_handled_and_with_which_functions(office):
    permit = of(office, "residence_permit")
    assert permit["status"] == "stationed"
    tiers = {place["tier"] for place in permit["places"]}
    assert tiers >= {"centre", "subdistrict", "community"}
    station = next(place for place in permit["places"] if place["tier"] == str(Tier.COMMUNITY))
    assert {"收件", "上传", "免费代办", "送达"} <= set(station["functions"])
    assert "受理" not in station["functions"]
    award = of(office, "bravery_award")
    assert not {place["tier"] for place in award["places"]} & {"subdistrict", "community"}


def test_a_body_without_a_chief_representative_has_no_item_in_the_centre(office, chiefs):
    del chiefs["ga"]
    permit = of(office, "residence_permit")
    assert (permit["status"], permit["owner"], permit["places"]) == ("undelegated", "ga", [])
    gaps = {gap["item_code"] for gap in office.get("/v1/stationing/gaps").json["items"]}
    assert gaps == {code_of("residence_permit"), code_of("bravery_award")}


def test_an_appointment_that_leaves_an_item_out_does_not_delegate_it(office, chiefs):
    scoped = Appointment(
        "a2", "ga.chief", date(2026, 1, 1), None, frozenset({code_of("bravery_award")}), "2号"
    )
    chiefs["ga"] = ChiefRegister("ga", (scoped,))
    assert of(office, "bravery_award")["status"] == "stationed"
    assert of(office, "residence_permit")["status"] == "undelegated"
    (gap,) = office.get("/v1/stationing/gaps").json["items"]
    assert gap["item_code"] == code_of("residence_permit")


def test_what_is_not_stationed_has_an_owner_a_reason_and_an_end(office, room):
    path = f"/v1/stationing/{code_of('bravery_award')}/exemption"
    body = {"owner": "ga", "reason": "案卷涉密,改造期间在局内办理", "until": "2026-03-31"}
    exempted = office.put(path, body).json
    assert (exempted["status"], exempted["owner"]) == ("exempted", "ga")
    assert exempted["places"] == []
    (gap,) = office.get("/v1/stationing/gaps").json["items"]
    assert gap["reason"] == body["reason"]
    room.instant = room.instant.replace(month=4, day=1).astimezone(SHANGHAI)
    assert of(office, "bravery_award")["status"] == "expired"
    assert office.request("DELETE", path).json["status"] == "stationed"
    assert office.get("/v1/stationing/gaps").json["items"] == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"owner": "nobody", "reason": "r"}, "/owner"),
        ({"owner": "ga", "reason": ""}, "/reason"),
        ({"owner": "ga", "reason": "r", "until": "2026-01-01"}, "/until"),
    ],
)
def test_an_exemption_without_a_true_owner_reason_or_end_is_refused(office, body, pointer):
    path = f"/v1/stationing/{code_of('dibao')}/exemption"
    assert office.put(path, body).pointers == [pointer]


def test_only_the_office_exempts(office):
    editor = office.act_as(person("item_editor", "ga"))
    path = f"/v1/stationing/{code_of('dibao')}/exemption"
    assert editor.put(path, {"owner": "ga", "reason": "r"}).status == 403
    assert editor.get("/v1/stationing").status == 200


def test_the_rate_counts_what_is_in_force_and_names_what_is_missing(office, room, chiefs):
    assert stationing_service.rate(room.now()) == {
        "numerator": 3,
        "denominator": 3,
        "missing": [],
    }
    del chiefs["mz"]
    rate = stationing_service.rate(room.now())
    assert (rate["numerator"], rate["missing"]) == (2, [code_of("dibao")])


def test_the_list_pages_by_body(office):
    first = office.get("/v1/stationing?organisation=ga&limit=1").json
    rest = office.get(f"/v1/stationing?organisation=ga&limit=1&cursor={first['next_cursor']}").json
    codes = {each["item_code"] for each in first["items"] + rest["items"]}
    assert codes == {code_of("residence_permit"), code_of("bravery_award")}
    assert service.item_in_force(first["items"][0]["item_code"]).body == "ga"
