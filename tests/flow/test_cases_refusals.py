"""What bad input gets: a problem that points at the field, and nothing half written."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from chalicelib.cases import store
from chalicelib.catalogue import service as catalogue
from tests.support.applications import (
    CITIZEN,
    STATION,
    application,
    document_for,
    item_named,
    person,
    residence_permit,
)
from tests.support.steps import Road


def stored_cases(engine) -> int:
    return sum(item.sk == store.HEAD for item in store.CaseItem.scan())


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"item_code": "11410102DEM00009XJ4999999999999"}, 404, None),
        ({"materials": []}, 422, "/materials/m1"),
        (
            {"on_behalf_of": {**person(), "id_number": "410102199001011230"}},
            422,
            "/on_behalf_of/id_number",
        ),
        ({"on_behalf_of": {**person(), "id_type": "001"}}, 422, "/on_behalf_of/id_number"),
        ({"on_behalf_of": {**person(), "name": ""}}, 422, "/on_behalf_of/name"),
        (
            {"materials": [{"material_id": "m1", "document": "forged"}]},
            422,
            "/materials/0/document",
        ),
        ({"materials": [{"material_id": "m1"}]}, 422, "/materials/0"),
        ({"delivery": {"channel": "pigeon"}}, 422, "/delivery/channel"),
        ({"nonsense": 1}, 422, "/nonsense"),
    ],
)
def test_a_wrong_application_is_refused_with_its_field_and_writes_nothing(
    engine, change, status, pointer
):
    body = {**application(item_named("居住证申领"), STATION), **change}
    answer = engine.client(STATION).post("/v1/cases", body)
    assert answer.status == status, answer.text
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    if pointer:
        assert pointer in answer.pointers
    assert stored_cases(engine) == 0


def test_every_fault_of_an_application_is_said_at_once(engine):
    body = application(item_named("居住证申领"), STATION)
    body |= {"on_behalf_of": {**person(), "id_number": "1", "name": ""}, "materials": []}
    answer = engine.client(STATION).post("/v1/cases", body)
    assert {"/on_behalf_of/id_number", "/on_behalf_of/name", "/materials/m1"} <= set(
        answer.pointers
    )


def test_of_an_any_of_group_one_is_asked_for_and_whichever_is_enough(engine):
    item = item_named("居住证申领")
    group = [m for m in item.materials if m.alternative_group]
    alone = [m for m in item.materials if m.required]
    assert len(group) == 3
    assert not any(m.required for m in group)

    def handed_in(*materials):
        papers = [
            {"material_id": m.id, "document": document_for(STATION, m.name)} for m in materials
        ]
        body = application(item, STATION, materials=papers)
        return engine.client(STATION).post("/v1/cases", body)

    refused = handed_in(*alone)
    assert refused.status == 422
    assert refused.pointers == [f"/materials/{group[0].id}"]
    assert all(m.name in refused.text for m in group)
    assert stored_cases(engine) == 0
    for material in group:
        assert handed_in(*alone, material).status == 201


def test_a_citizen_applies_for_himself_and_nobody_else(engine):
    other = next(a for a in ("citizen.li", "citizen.wang", "citizen.chen") if a != CITIZEN)
    body = application(item_named("居住证申领"), CITIZEN)
    body["applicant"] = person(other)
    assert engine.client(CITIZEN).post("/v1/cases", body).status == 403
    assert stored_cases(engine) == 0


def test_another_account_cannot_hand_in_a_document_that_is_not_its_own(engine):
    item = item_named("居住证申领")
    body = application(item, STATION, materials=application(item, CITIZEN)["materials"])
    answer = engine.client(STATION).post("/v1/cases", body)
    assert answer.pointers == ["/materials/0/document"]


def test_the_same_key_twice_answers_the_same_receipt(engine):
    body, key = application(item_named("居住证申领"), STATION), {"Idempotency-Key": "k"}
    first, second = (engine.client(STATION).post("/v1/cases", body, headers=key) for _ in range(2))
    assert (first.status, second.status) == (201, 201)
    assert first.json == second.json
    assert stored_cases(engine) == 1


def test_the_same_key_at_the_same_moment_makes_one_case(engine):
    body = application(item_named("居住证申领"), STATION)
    together = threading.Barrier(2)

    def submit(_: int):
        together.wait()
        return engine.client(STATION).post("/v1/cases", body, headers={"Idempotency-Key": "tap"})

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(submit, range(2)))
    assert [answer.status for answer in answers] == [201, 201]
    assert answers[0].json["case_no"] == answers[1].json["case_no"]
    assert stored_cases(engine) == 1


def test_a_key_that_comes_again_with_another_body_is_refused(engine):
    residence_permit(engine, key="k")
    body = application(item_named("就业登记"), STATION)
    answer = engine.client(STATION).post("/v1/cases", body, headers={"Idempotency-Key": "k"})
    assert answer.status == 422
    assert answer.json["type"].endswith("idempotency-key-reused")
    assert stored_cases(engine) == 1


def test_an_act_repeated_under_its_key_answers_as_the_first_time(engine, residence_case):
    acceptor = engine.client("ga.acceptor")
    path, key = f"/v1/cases/{residence_case}/acceptance", {"Idempotency-Key": "a1"}
    first = acceptor.post(path, {}, headers=key)
    engine.client("ga.reviewer").post(
        f"/v1/cases/{residence_case}/review", {"opinion": "可", "recommendation": "grant"}
    )
    again = acceptor.post(path, {}, headers=key)
    assert (first.status, again.status) == (200, 200)
    assert again.json["version"] == first.json["version"] == 2
    assert again.json["stage"] == "review"
    other = acceptor.post(path, {"corrected": "改正笔误"}, headers=key)
    assert other.json["type"].endswith("idempotency-key-reused")
    assert len(store.read_log(residence_case)) == 3


def test_a_key_older_than_the_head_remembers_is_found_in_the_log(engine, residence_case):
    road = Road(engine, residence_case)
    road.caught_up()
    path = f"/v1/cases/{road.no}/acceptance"
    first = engine.client("ga.acceptor").post(path, {}, headers={"Idempotency-Key": "old"})
    engine.client("ga.reviewer").post(
        f"/v1/cases/{road.no}/review", {"opinion": "可", "recommendation": "grant"}
    )
    engine.client("ga.chief").post(f"/v1/cases/{road.no}/sign-off", {"decision": "grant"})
    again = engine.client("ga.acceptor").post(path, {}, headers={"Idempotency-Key": "old"})
    assert again.status == 200
    assert again.json["version"] == first.json["version"]


def test_an_act_out_of_turn_is_refused_and_says_where_the_case_stands(engine, residence_case):
    answer = engine.client("ga.chief").post(
        f"/v1/cases/{residence_case}/sign-off", {"decision": "grant"}
    )
    assert answer.status in (403, 409)
    accepted = engine.client("ga.acceptor")
    assert accepted.post(f"/v1/cases/{residence_case}/acceptance", {}).status == 200
    twice = accepted.post(f"/v1/cases/{residence_case}/acceptance", {})
    assert twice.status == 409
    assert "审查中" in twice.json["detail"]


def test_a_stale_version_is_refused(engine, residence_case):
    stale = engine.client("ga.acceptor").post(
        f"/v1/cases/{residence_case}/acceptance", {}, headers={"If-Match": '"7"'}
    )
    assert stale.status == 412
    fresh = engine.client("ga.acceptor").post(
        f"/v1/cases/{residence_case}/acceptance", {}, headers={"If-Match": '"1"'}
    )
    assert fresh.status == 200
    assert fresh.headers["ETag"] == '"2"'


def test_a_closed_item_takes_no_application(engine, monkeypatch):
    import dataclasses

    from chalicelib.catalogue.model import State

    body = application(item_named("居住证申领"), STATION)
    item = dataclasses.replace(item_named("居住证申领"), state=State.SUSPENDED)
    monkeypatch.setattr(catalogue, "item_in_force", lambda code: item)
    answer = engine.client(STATION).post("/v1/cases", body)
    assert answer.status == 409
    assert stored_cases(engine) == 0


def test_an_unknown_case_is_not_found(engine):
    answer = engine.client("ga.acceptor").get("/v1/cases/410102-00000-00000-0")
    assert answer.status == 404


def test_personal_data_is_in_no_key_no_event_and_no_queue_row(engine, residence_case):
    Road(engine, residence_case).to_closure()
    secret = person()
    for item in store.CaseItem.scan():
        for name, value in item.attribute_values.items():
            text = value if isinstance(value, str) else repr(value)
            assert secret["id_number"] not in text, (item.sk, name)
            assert secret["name"] not in text, (item.sk, name)
            assert secret["phone"] not in text, (item.sk, name)
