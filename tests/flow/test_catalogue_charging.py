"""A case pays what its item's version and the fee list say, once, and nothing else."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.aws import bus
from chalicelib.aws.settings import settings
from chalicelib.aws.tables import connection
from chalicelib.catalogue import (
    charging_api,
    charging_service,
    charging_store,
    list_store,
    ports,
    service,
    signatures,
    workers,
)
from chalicelib.catalogue.charging import Callback, Unpaid, replay
from chalicelib.catalogue.lists import ListKind
from chalicelib.catalogue.ports import CaseFacts
from chalicelib.catalogue.stand_in import StandInFeeSystem
from chalicelib.catalogue.store import Row
from chalicelib.core.events import Event
from chalicelib.core.principal import Principal
from chalicelib.core.time import to_text
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.catalogue_room import catalogue_room, code_of, found_district, person

CASE, ROADS, FREE = "410102-CASE-1", "410102-CASE-2", "410102-CASE-3"
HOLDER = "a" * 32


@pytest.fixture
def room(monkeypatch):
    with catalogue_room(monkeypatch, "id_card_reissue", "road_occupy", "dibao") as clock:
        found_district(monkeypatch)
        bus._client().create_event_bus(Name=settings().bus)
        cases = {
            CASE: CaseFacts(CASE, code_of("id_card_reissue"), 1, "ga", "centre", HOLDER),
            ROADS: CaseFacts(ROADS, code_of("road_occupy"), 1, "cg", "centre", HOLDER),
            FREE: CaseFacts(FREE, code_of("dibao"), 1, "mz", "centre", HOLDER),
        }
        ports.wire_cases(cases.get)
        ports.wire_fee_system(lambda: StandInFeeSystem(charging_service.callback, clock.now))
        yield clock
        ports.unwire()


@pytest.fixture
def client():
    return ApiClient(compose("catalogue", charging_api.bp))


@pytest.fixture
def clerk(client):
    return client.act_as(Principal("w1", "窗口", frozenset({"window_clerk"}), "xx", point="centre"))


@pytest.fixture
def treasury(client):
    return client.act_as(person("list_owner", "cz"))


@pytest.fixture
def citizen(client):
    return client.act_as(
        Principal("c1", "群众", frozenset({"citizen"}), holder=HOLDER, assurance=2)
    )


FEE = "证件工本费"


def order(clerk, case_no=CASE, **charge):
    answer = clerk.post(
        "/v1/payment-orders", {"case_no": case_no, "charges": [{"name": FEE, **charge}]}
    )
    assert answer.status == 201, answer.text
    return answer.json


def pay(order_id, amount):
    return ports.fee_system().pay(order_id, amount)


def stored_events(pk):
    return [Event.from_dict(row.body) for row in Row.query(pk, Row.sk.startswith("EVENT#"))]


def test_an_order_is_paid_by_a_signed_callback_and_has_a_receipt(room, clerk, citizen):
    placed = order(clerk)
    assert (placed["stage"], placed["total_fen"]) == ("due", 4000)
    assert placed["page"].startswith(f"/local/fees/{placed['id']}?amount_fen=4000&")
    assert citizen.get(f"/v1/payment-orders/{placed['id']}/receipt").status == 404
    pay(placed["id"], 4000)
    (paid,) = citizen.get(f"/v1/payment-orders?case_no={CASE}").json["items"]
    assert paid["stage"] == "paid"
    receipt = citizen.get(f"/v1/payment-orders/{placed['id']}/receipt").json
    assert receipt["receipt_no"].startswith("PJ20260302")
    assert receipt["total_in_words"] == "肆拾元整"


def test_an_act_waits_until_everything_is_paid(room, clerk):
    item = service.item_in_force(code_of("id_card_reissue"))
    with pytest.raises(Unpaid):
        charging_service.require_settled(item, CASE, "签批")
    placed = order(clerk)
    with pytest.raises(Unpaid, match="不能签批"):
        charging_service.require_settled(item, CASE, "签批")
    pay(placed["id"], 4000)
    charging_service.require_settled(item, CASE, "签批")
    refusals = stored_events(f"FEES#{CASE}")
    assert [event.data["rule"] for event in refusals] == ["F03", "F03"]
    assert [event.seq for event in refusals] == [1, 2]


def test_an_item_without_charges_never_waits(room):
    item = service.item_in_force(code_of("dibao"))
    charging_service.require_settled(item, FREE, "签批")
    assert stored_events(f"FEES#{FREE}") == []


def test_another_rooms_transaction_can_hold_to_the_payment(room, clerk):
    item = service.item_in_force(code_of("id_card_reissue"))

    def sign():
        transaction = TransactWrite(connection=connection())
        charging_store.settled_in(transaction, item, CASE)
        transaction.save(Row("SIGNED", CASE, body={}))
        transaction._commit()

    placed = order(clerk)
    with pytest.raises(TransactWriteError):
        sign()
    pay(placed["id"], 4000)
    sign()


@pytest.mark.parametrize(
    ("case_no", "charge", "rule"),
    [
        (CASE, {"name": "加急费"}, "F01"),
        (FREE, {"name": FEE}, "F01"),
        (CASE, {"name": FEE, "amount_fen": 5000}, "F02"),
    ],
)
def test_a_charge_off_the_list_or_above_its_standard_is_refused_and_told(
    room, clerk, case_no, charge, rule
):
    answer = clerk.post("/v1/payment-orders", {"case_no": case_no, "charges": [charge]})
    assert (answer.status, answer.json["type"]) == (409, "urn:yichuang:problem:charge-refused")
    (refusal,) = stored_events(f"FEES#{case_no}")
    assert (refusal.type, refusal.data["rule"]) == ("fee.refused", rule)
    assert clerk.get(f"/v1/payment-orders?case_no={case_no}").json["items"] == []


def test_a_fee_that_was_struck_off_the_list_can_no_longer_be_charged(room, clerk):
    list_store.entry_key(ListKind.FEES, FEE).delete()
    answer = clerk.post("/v1/payment-orders", {"case_no": CASE, "charges": [{"name": FEE}]})
    assert "不在行政事业性收费清单上" in answer.json["detail"]


def test_an_assessed_charge_needs_its_calculation(room, clerk):
    name = "城市道路占用、挖掘修复费"
    body = {"case_no": ROADS, "charges": [{"name": name}]}
    assert clerk.post("/v1/payment-orders", body).pointers == ["/charges/0/amount_fen"]
    body["charges"][0]["amount_fen"] = 240000
    assert clerk.post("/v1/payment-orders", body).pointers == ["/charges/0/calculation"]
    body["charges"][0]["calculation"] = "20平方米×120元"
    assert clerk.post("/v1/payment-orders", body).json["total_fen"] == 240000


def test_a_waiver_needs_its_basis_and_settles_without_money(room, clerk):
    refused = clerk.post(
        "/v1/payment-orders", {"case_no": CASE, "charges": [{"name": FEE, "amount_fen": 0}]}
    )
    assert refused.pointers == ["/charges/0/waiver"]
    waived = order(clerk, amount_fen=0, waiver="低保对象免收(发改价格〔2003〕2322号)")
    assert (waived["stage"], waived["receipt_no"]) == ("paid", "")
    assert charging_store.is_settled(CASE)


def test_the_same_callback_twice_is_one_payment(room, clerk):
    placed = order(clerk)
    said = pay(placed["id"], 4000)
    again = charging_service.callback(said, signatures.sign(said))
    assert again["version"] == 2
    assert len(stored_events(f"FEE#{placed['id']}")) == 2


def test_a_forged_callback_is_refused(room, client, clerk):
    placed = order(clerk)
    said = {
        "kind": "paid",
        "order_id": placed["id"],
        "amount_fen": 4000,
        "transaction": "X1",
        "at": to_text(room.now()),
        "signature": "0" * 64,
    }
    assert client.post("/v1/payment-callbacks", said).status == 403
    true = signatures.sign(Callback(placed["id"], "paid", 4000, "X1", room.now()))
    other_sum = client.post("/v1/payment-callbacks", said | {"signature": true, "amount_fen": 1})
    assert other_sum.status == 403
    assert client.post("/v1/payment-callbacks", said | {"signature": true}).json == {
        "id": placed["id"],
        "stage": "paid",
    }


@pytest.mark.parametrize("amount", [3999, 4001])
def test_another_sum_does_not_pay_an_order_and_is_told(room, clerk, amount):
    placed = order(clerk)
    with pytest.raises(Exception, match="应缴40"):
        pay(placed["id"], amount)
    assert not charging_store.is_settled(CASE)
    assert stored_events(f"FEES#{CASE}")[-1].data["rule"] is None


def test_a_void_order_is_not_owed_and_cannot_be_paid(room, clerk):
    first = order(clerk)
    assert clerk.post(f"/v1/payment-orders/{first['id']}/void").json["stage"] == "void"
    with pytest.raises(Exception, match="作废"):
        pay(first["id"], 4000)
    second = order(clerk)
    pay(second["id"], 4000)
    assert charging_store.is_settled(CASE)


def test_a_refund_goes_back_at_most_once_in_full(room, clerk, treasury):
    placed = order(clerk)
    path = f"/v1/payment-orders/{placed['id']}/refund"
    assert treasury.post(path, {"amount_fen": 100, "reason": "多收"}).status == 409
    pay(placed["id"], 4000)
    key = {"Idempotency-Key": "r1"}
    first = treasury.post(path, {"amount_fen": 3000, "reason": "多收"}, headers=key)
    again = treasury.post(path, {"amount_fen": 3000, "reason": "多收"}, headers=key)
    assert first.json == again.json
    too_much = treasury.post(path, {"amount_fen": 1001, "reason": "多收"})
    assert too_much.pointers == ["/amount_fen"]
    (refund,) = charging_store.read_order(placed["id"]).refunds
    assert refund.completed_at == room.now()
    assert charging_service.retry_refunds(placed["id"]) == 0


def test_only_the_fee_lists_owner_refunds_and_reconciles(room, client, clerk):
    placed = order(clerk)
    pay(placed["id"], 4000)
    lawyers = client.act_as(person("list_owner", "fz"))
    body = {"amount_fen": 1, "reason": "试"}
    assert lawyers.post(f"/v1/payment-orders/{placed['id']}/refund", body).status == 403
    assert clerk.post(f"/v1/payment-orders/{placed['id']}/refund", body).status == 403
    statement = {"day": "2026-03-02", "payments": []}
    assert lawyers.post("/v1/payment-statements", statement).status == 403


def test_the_days_statement_is_matched_line_by_line(room, clerk, treasury):
    paid = [order(clerk) for _ in range(3)]
    for each in paid:
        pay(each["id"], 4000)
    order(clerk)
    ids = [each["id"] for each in paid]
    statement = [
        {"order_id": ids[0], "transaction": f"LS{ids[0]}", "amount_fen": 4000},
        {"order_id": ids[1], "transaction": f"LS{ids[1]}", "amount_fen": 3900},
        {"order_id": "JFUNKNOWN", "transaction": "T9", "amount_fen": 100},
    ]
    result = treasury.post(
        "/v1/payment-statements", {"day": "2026-03-02", "payments": statement}
    ).json
    assert (result["agrees"], result["matched"]) == (False, 1)
    assert (result["ours_fen"], result["theirs_fen"]) == (12000, 8000)
    assert [each["order_id"] for each in result["only_here"]] == [ids[2]]
    assert [each["order_id"] for each in result["only_there"]] == ["JFUNKNOWN"]
    assert [each["here"]["order_id"] for each in result["differing"]] == [ids[1]]
    other_day = treasury.post("/v1/payment-statements", {"day": "2026-03-03", "payments": []})
    assert other_day.json["agrees"]


def test_a_payment_after_midnight_belongs_to_the_next_day(room, clerk, treasury):
    placed = order(clerk)
    room.instant += timedelta(hours=14, minutes=1)
    pay(placed["id"], 4000)
    assert charging_store.paid_on("2026-03-02") == []
    assert [each.order_id for each in charging_store.paid_on("2026-03-03")] == [placed["id"]]


def test_the_log_of_an_order_replays_to_it(room, clerk):
    placed = order(clerk)
    pay(placed["id"], 4000)
    events = stored_events(f"FEE#{placed['id']}")
    assert replay(events) == charging_store.read_order(placed["id"])


def test_no_order_without_a_fee_system_or_a_case(room, clerk):
    assert (
        clerk.post(
            "/v1/payment-orders", {"case_no": "410102-NOWHERE", "charges": [{"name": FEE}]}
        ).status
        == 404
    )
    ports.unwire()
    ports.wire_cases(
        {CASE: CaseFacts(CASE, code_of("id_card_reissue"), 1, "ga", "centre", HOLDER)}.get
    )
    answer = clerk.post("/v1/payment-orders", {"case_no": CASE, "charges": [{"name": FEE}]})
    assert "尚未接入财政收费系统" in answer.json["detail"]


def test_a_stranger_reads_no_order(room, client, clerk):
    order(clerk)
    stranger = client.act_as(
        Principal("c2", "他人", frozenset({"citizen"}), holder="b" * 32, assurance=2)
    )
    assert stranger.get(f"/v1/payment-orders?case_no={CASE}").status == 403


def test_what_was_refused_and_paid_goes_out_on_the_bus(room, clerk, monkeypatch):
    told = []
    monkeypatch.setattr(bus, "publish", lambda source, events: told.extend(events))
    clerk.post("/v1/payment-orders", {"case_no": CASE, "charges": [{"name": "加急费"}]})
    placed = order(clerk)
    pay(placed["id"], 4000)
    records = [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": str(number),
                "NewImage": {
                    "pk": {"S": pk},
                    "sk": {"S": f"EVENT#{event.seq:05d}"},
                    "body": {"S": json.dumps(event.to_dict(), ensure_ascii=False)},
                },
            },
        }
        for pk in (f"FEES#{CASE}", f"FEE#{placed['id']}")
        for number, event in enumerate(stored_events(pk))
    ]
    assert workers.announce_catalogue({"Records": records}, None) == {"batchItemFailures": []}
    assert [event.type for event, _ in told] == ["fee.refused", "fee.ordered", "fee.paid"]
    assert told[-1][1]["case_no"] == CASE
    assert HOLDER not in json.dumps([event.to_dict() for event, _ in told])
