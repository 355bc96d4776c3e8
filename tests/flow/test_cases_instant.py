"""即办件: taken in, accepted, decided, printed and handed over in one visit to one window."""

from __future__ import annotations

from chalicelib.cases import store
from tests.support.applications import application, item_named
from tests.support.steps import OPINION, Road

WINDOW = "window.centre"
ITEM = "开具税收完税证明"


def taken_in(engine, account: str, item: str = ITEM, body=None):
    body = body or application(item_named(item), account)
    return engine.client(account).post("/v1/cases", body, headers={"Idempotency-Key": "visit"})


def types(no: str) -> list[str]:
    return [recorded.event.type for recorded in store.read_log(no)]


def test_the_window_accepts_as_it_takes_in_and_the_visit_ends_with_the_certificate(engine):
    receipt = taken_in(engine, WINDOW)
    assert receipt.status == 201, receipt.text
    no, item = receipt.json["case_no"], item_named(ITEM)
    assert receipt.json["stage"] == "review"
    assert types(no) == ["case.received", "case.accepted"]
    road = Road(engine, no, item.body).caught_up()
    road.post(f"{item.body}.reviewer", "review", OPINION)
    road.caught_up()
    road.post(f"{item.body}.chief", "sign-off", {"decision": "grant"})
    road.caught_up()
    road.post(WINDOW, "delivery", {"received_by": "applicant"})
    engine.settle()
    closed = engine.client(WINDOW).get(f"/v1/cases/{no}").json
    assert closed["stage"] == "closed"
    assert closed["received_at"][:10] == closed["closed_on"]
    assert closed["colour"] == "green"


def test_the_same_request_again_has_the_same_answer_whatever_came_of_the_case(engine):
    body = application(item_named(ITEM), WINDOW)
    first = taken_in(engine, WINDOW, body=body)
    no = first.json["case_no"]
    Road(engine, no, item_named(ITEM).body).caught_up()
    engine.client(f"{item_named(ITEM).body}.reviewer").post(f"/v1/cases/{no}/review", OPINION)
    again = taken_in(engine, WINDOW, body=body)
    assert again.status == 201
    assert again.json == first.json
    assert types(no).count("case.accepted") == 1


def test_a_station_takes_in_and_leaves_acceptance_to_the_department(engine):
    receipt = taken_in(engine, "station.yingchun", "失业登记")
    assert receipt.json["stage"] == "acceptance"


def test_what_takes_its_days_is_accepted_on_its_own(engine):
    assert taken_in(engine, WINDOW, "医师执业注册").json["stage"] == "acceptance"


def test_the_clerk_who_accepted_at_the_window_does_not_review(engine):
    no = taken_in(engine, WINDOW).json["case_no"]
    assert engine.client(WINDOW).post(f"/v1/cases/{no}/review", OPINION).status == 403
