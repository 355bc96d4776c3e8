"""A case of an item with a fee: ordered, paid by the fee system's word, and only then granted."""

from __future__ import annotations

import json
import uuid

import pytest

import app as composition
from chalicelib.aws.sealing import holder_key
from chalicelib.cases import store
from chalicelib.catalogue import charging_service, charging_store, ports, signatures, stand_in
from chalicelib.catalogue.charging import Callback
from chalicelib.catalogue.store import Row
from chalicelib.catalogue.workers import SOURCE, announce_catalogue
from chalicelib.core.time import to_text
from chalicelib.supervision import alarm_store
from tests.support.applications import CITIZEN, STATION, application, item_named
from tests.support.catalogue_room import CallCounter
from tests.support.engine import ACCOUNTS
from tests.support.steps import Road

FEE = "证件工本费"
WINDOW = "window.centre"


@pytest.fixture
def charged(engine):
    """The platform as the application composes it on one machine."""
    ports.wire_cases(composition.facts_of)
    ports.wire_open_cases(composition.open_cases_of)
    ports.wire_fee_system(
        lambda: stand_in.StandInFeeSystem(charging_service.callback, engine.clock.now)
    )
    yield engine
    ports.wire_fee_system(composition.fee_system)


def submit(engine, name):
    answer = engine.client(STATION).post(
        "/v1/cases",
        application(item_named(name), STATION),
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )
    assert answer.status == 201, answer.text
    return answer.json["case_no"]


@pytest.fixture
def waiting(charged):
    """A 居民身份证补领 that waits for its signature, with nothing paid."""
    return Road(charged, submit(charged, "居民身份证补领")).to_sign_off().no


def order(engine, no, account=STATION, **charge):
    body = {"case_no": no, "charges": [{"name": FEE, **charge}]}
    answer = engine.client(account).post("/v1/payment-orders", body)
    assert answer.status == 201, answer.text
    return answer.json


def sign(engine, no, **options):
    return engine.client("ga.chief").post(
        f"/v1/cases/{no}/sign-off", {"decision": "grant"}, **options
    )


def pay(engine, order_id, amount=4000):
    """The fee system calls back over HTTP, as it would."""
    said = stand_in.payment(order_id, amount, engine.clock.now())
    body = {
        "kind": said.kind,
        "order_id": said.order_id,
        "amount_fen": said.amount_fen,
        "transaction": said.transaction,
        "at": to_text(said.at),
        "signature": signatures.sign(said),
    }
    return engine.client(CITIZEN).post("/v1/payment-callbacks", body)


def alarms_of_charging(engine):
    """Hand the catalogue's stream to its worker and the bus to supervision; the alarms then known."""
    rows = [
        row
        for row in Row.scan()
        if row.sk.startswith("EVENT#") and row.pk.startswith(("FEES#", "FEE#", "FEEDAY#"))
    ]
    records = [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": str(number),
                "NewImage": {
                    "pk": {"S": row.pk},
                    "sk": {"S": row.sk},
                    "body": {"S": json.dumps(row.body, ensure_ascii=False)},
                },
            },
        }
        for number, row in enumerate(rows)
    ]
    assert announce_catalogue({"Records": records}, None) == {"batchItemFailures": []}
    assert {each["source"] for each in engine.published} >= {SOURCE}
    engine.drain_bus()
    return {alarm.rule: alarm for alarm in alarm_store.page().alarms}


def test_a_case_is_granted_once_its_fee_is_paid_and_has_a_receipt(charged, waiting):
    placed = order(charged, waiting)
    assert (placed["stage"], placed["total_fen"]) == ("due", 4000)
    mine = charged.client(CITIZEN)
    (seen,) = mine.get(f"/v1/payment-orders?case_no={waiting}").json["items"]
    assert seen["page"] == placed["page"]
    assert pay(charged, placed["id"]).json == {"id": placed["id"], "stage": "paid"}
    assert mine.get(f"/v1/payment-orders/{placed['id']}/receipt").json["total_in_words"] == (
        "肆拾元整"
    )
    signed = sign(charged, waiting)
    assert signed.status == 200, signed.text
    assert store.read_log(waiting)[-1].event.type == "case.granted"


def test_a_grant_before_payment_is_refused_and_alarmed(charged, waiting):
    for expected in ("nothing ordered", "ordered and not paid"):
        refused = sign(charged, waiting)
        assert (refused.status, refused.json["type"]) == (409, "urn:yichuang:problem:unpaid")
        if expected == "nothing ordered":
            order(charged, waiting)
    assert store.read_log(waiting)[-1].event.type == "case.reviewed"
    alarm = alarms_of_charging(charged)["F03"]
    assert (alarm.level, alarm.organisation) == ("yellow", "ga")
    assert alarm.facts["case_no"] == waiting


def test_a_refusal_and_a_sending_back_do_not_wait_for_money(charged, waiting):
    back = charged.client("ga.chief").post(
        f"/v1/cases/{waiting}/sign-off", {"decision": "send_back", "reason": "请补充审查意见"}
    )
    assert back.status == 200, back.text
    assert not [row for row in Row.scan() if row.pk == f"FEES#{waiting}"]


def test_an_order_taken_back_between_reading_and_writing_undoes_the_grant(
    charged, waiting, monkeypatch
):
    """The transaction itself holds to the payment: a check before it would come too early."""
    paid = order(charged, waiting)
    pay(charged, paid["id"])
    checked = charging_store.is_settled

    def ordered_meanwhile(case_no):
        settled = checked(case_no)
        monkeypatch.setattr(charging_store, "is_settled", checked)
        order(charged, case_no)
        return settled

    monkeypatch.setattr(charging_store, "is_settled", ordered_meanwhile)
    assert sign(charged, waiting).status == 409
    assert store.read_log(waiting)[-1].event.type == "case.reviewed"


def test_a_repeated_signature_answers_as_the_first_did(charged, waiting):
    pay(charged, order(charged, waiting)["id"])
    key = {"Idempotency-Key": "sign-once"}
    first, again = sign(charged, waiting, headers=key), sign(charged, waiting, headers=key)
    assert (first.status, first.text) == (200, again.text)


def test_charging_off_the_list_or_above_it_is_refused_and_alarmed_red(charged, waiting):
    clerk = charged.client(STATION)
    for charge in ({"name": "加急费"}, {"name": FEE, "amount_fen": 5000}):
        answer = clerk.post("/v1/payment-orders", {"case_no": waiting, "charges": [charge]})
        assert answer.status == 409, answer.text
    alarms = alarms_of_charging(charged)
    assert (alarms["F01"].level, alarms["F02"].level) == ("red", "red")


def test_the_days_books_are_compared_and_a_difference_is_alarmed(charged, waiting):
    placed = order(charged, waiting)
    pay(charged, placed["id"])
    treasury = charged.client("cz.owner")
    line = {"order_id": placed["id"], "transaction": f"LS{placed['id']}", "amount_fen": 4000}
    statement = {"day": "2026-03-02", "payments": [line]}
    assert treasury.post("/v1/payment-statements", statement).json["agrees"]
    assert alarms_of_charging(charged) == {}
    line["amount_fen"] = 3900
    assert not treasury.post("/v1/payment-statements", statement).json["agrees"]
    assert alarms_of_charging(charged)["F04"].level == "yellow"


def test_a_refund_goes_back_and_is_told(charged, waiting):
    placed = order(charged, waiting)
    pay(charged, placed["id"])
    back = charged.client("cz.owner").post(
        f"/v1/payment-orders/{placed['id']}/refund", {"amount_fen": 4000, "reason": "重复缴费"}
    )
    assert back.status == 200, back.text
    (refund,) = charging_store.read_order(placed["id"]).refunds
    assert refund.completed_at is not None


def test_a_forged_callback_pays_nothing(charged, waiting):
    placed = order(charged, waiting)
    said = Callback(placed["id"], "paid", 4000, "X1", charged.clock.now())
    body = {
        "kind": "paid",
        "order_id": said.order_id,
        "amount_fen": 4000,
        "transaction": "X1",
        "at": to_text(said.at),
        "signature": "0" * 64,
    }
    assert charged.client(CITIZEN).post("/v1/payment-callbacks", body).status == 403
    assert sign(charged, waiting).status == 409


def test_an_item_without_charges_costs_no_call_more(charged, monkeypatch):
    """One read of the head and one transaction, beside what the answer is made of."""
    road = Road(charged, submit(charged, "居住证申领")).to_sign_off()
    counter = CallCounter(monkeypatch)
    assert sign(charged, road.no).status == 200
    assert counter.calls.count("TransactWriteItems") == 1
    assert counter.calls.count("GetItem") <= 4, counter.calls
    assert not [row for row in Row.scan() if row.pk.startswith("FEES#")]


def test_the_application_knows_a_case_and_how_many_of_an_item_are_open(charged, waiting):
    charged.settle()
    facts = ports.case_facts(waiting)
    person = ACCOUNTS[CITIZEN]
    assert facts is not None
    assert facts.holder == holder_key(person["holder_id_type"], person["holder_id_number"])
    assert (facts.organisation, facts.item_version, facts.open) == ("ga", 1, True)
    assert ports.case_facts("410102-NOWHERE") is None
    assert ports.open_cases("no-such-item") == 0


def test_no_deployment_but_the_local_one_has_the_stand_in(monkeypatch):
    assert isinstance(composition.fee_system(), ports.NoFeeSystem)
