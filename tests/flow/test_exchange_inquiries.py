"""Inquiries between departments: asked in a case, answered in time or alarmed, never needless."""

from __future__ import annotations

import json
import time
from datetime import timedelta

import boto3
import pytest

from chalicelib.aws.documents import Document, document_token
from chalicelib.certificates import readlog
from chalicelib.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    KeyReused,
    NotFound,
    OutOfTurn,
    StaleVersion,
)
from chalicelib.core.principal import OFFICE, REVIEWER, SUPERVISOR
from chalicelib.exchange import api, flow, model, service, store, workers
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.certificates_room import CASE, staff
from tests.support.exchange_room import (
    ASKED,
    ASKER,
    SECRET_TEXT,
    STRANGER,
    exchange_room,
)
from tests.support.machines import Machine, stop_executions


@pytest.fixture
def room(monkeypatch):
    with exchange_room(monkeypatch) as opened:
        yield opened


@pytest.fixture
def client(room):
    return ApiClient(compose("exchange", api.bp), ASKER)


def test_a_question_is_due_by_its_class_and_the_case_goes_on(room):
    inquiry = room.ask()
    assert inquiry.due_on.isoformat() == "2026-03-09"
    assert room.ask(reply_class="unconditional").due_on.isoformat() == "2026-03-04"
    assert store.read(inquiry.id) == inquiry
    assert "第四十五条" in model.CASE_CLOCK


@pytest.mark.parametrize(
    ("changes", "error", "pointer"),
    [
        ({"asked": "rs"}, InvalidInput, "/asked"),
        ({"asked": "nobody"}, InvalidInput, "/asked"),
        ({"topic": " "}, InvalidInput, "/topic"),
        ({"topic": "字" * 41}, InvalidInput, "/topic"),
        ({"topic": "查11010519491231002X"}, InvalidInput, "/topic"),
        ({"text": ""}, InvalidInput, "/text"),
        ({"reply_class": "soon"}, InvalidInput, "/reply_class"),
        ({"case_no": "410102-00000-00000-0"}, Forbidden, "/case_no"),
        ({"certificate_type": "11410102DEM000014W999"}, NotFound, "/type_code"),
    ],
)
def test_a_bad_question_is_refused_with_its_field(room, changes, error, pointer):
    with pytest.raises(error) as refused:
        room.ask(**changes)
    assert refused.value.errors[0].pointer == pointer
    assert service.candidates(room.clock.now().date()) == []


def test_a_case_that_is_not_theirs_or_is_closed_is_refused(room):
    with pytest.raises(Forbidden):
        room.ask(STRANGER)
    room.certificates.tie(open=False)
    with pytest.raises(Forbidden):
        room.ask()


def test_what_the_store_holds_is_not_asked(room):
    held = room.certificates.stored()
    with pytest.raises(Conflict) as refused:
        room.ask(certificate_type=held.type_code)
    assert refused.value.errors[0].pointer == "/certificate_type"
    other = room.certificates.type("id_card")["type_code"]
    assert room.ask(certificate_type=other).state is model.State.OPEN


def test_the_same_request_is_one_inquiry(room):
    first, again = room.ask(key="k"), room.ask(key="k")
    assert first == again
    with pytest.raises(KeyReused):
        room.ask(key="k", topic="别的")


def test_an_answer_settles_it_and_the_words_are_for_the_two(room):
    inquiry = room.ask()
    assert room.answer(inquiry).state is model.State.ANSWERED
    seen = service.look(ASKER, inquiry.id, room.clock.now())
    assert (seen.question, seen.answer) == (SECRET_TEXT, "未领取")
    with pytest.raises(Forbidden):
        service.look(STRANGER, inquiry.id, room.clock.now())
    watched = service.look(staff(SUPERVISOR, "jc"), inquiry.id, room.clock.now())
    assert (watched.question, watched.answer) == (None, None)


def test_that_an_answer_about_somebody_was_read_is_in_his_log(room):
    inquiry = room.ask()
    service.look(ASKER, inquiry.id, room.clock.now())
    holder = room.certificates.holder
    assert readlog.of_holder(holder, 5, None)[0] == []
    room.answer(inquiry)
    service.look(ASKED, inquiry.id, room.clock.now())
    service.look(ASKER, inquiry.id, room.clock.now())
    (line,), _ = readlog.of_holder(holder, 5, None)
    assert (line.reader.organisation, line.case_no) == ("rs", CASE)
    assert "是否领取低保" in line.purpose


def test_only_the_asked_body_answers_and_only_once(room):
    inquiry = room.ask()
    with pytest.raises(Forbidden):
        room.answer(inquiry, who=ASKER)
    room.answer(inquiry)
    assert room.answer(inquiry).state is model.State.ANSWERED  # the same request again
    with pytest.raises(OutOfTurn):
        room.answer(inquiry, text="另一答复")
    assert room.events(inquiry) == [model.OPENED, model.ANSWERED]


def test_two_answers_at_once_are_one(room, monkeypatch):
    inquiry = room.ask()
    stale = store.read(inquiry.id)
    room.answer(inquiry)
    monkeypatch.setattr(store, "read", lambda _: stale)
    with pytest.raises(StaleVersion):
        room.answer(inquiry, text="另一答复")


def test_the_asker_may_take_a_question_back(room):
    inquiry = room.ask()
    now = room.clock.now()
    with pytest.raises(Forbidden):
        service.withdraw(ASKED, inquiry.id, "误发", fingerprint="w", now=now)
    assert (
        service.withdraw(ASKER, inquiry.id, "误发", fingerprint="w", now=now).state
        is model.State.WITHDRAWN
    )
    with pytest.raises(OutOfTurn):
        room.answer(inquiry)


def test_no_words_lie_open_in_the_table(room):
    inquiry = room.ask()
    room.answer(inquiry, text="李四领取至2024年6月")
    text = repr(boto3.client("dynamodb").scan(TableName="yichuang-exchange")["Items"])
    for word in ("张三丰", "李四", "低保?"):
        assert word not in text
        assert word.encode("unicode_escape").decode() not in text


# --- time ------------------------------------------------------------------------------------------------


def test_alerts_come_once_each_whoever_raises_them(room):
    inquiry = room.ask()
    room.clock.move_to(2026, 3, 10, 0, 0)
    assert service.pass_time(inquiry.id, room.clock.now()).raised == ("warning", "yellow")
    assert service.pass_time(inquiry.id, room.clock.now()).raised == ("warning", "yellow")
    assert service.sweep(room.clock.now()) == []
    room.clock.move_to(2026, 3, 20, 0, 0)
    assert service.sweep(room.clock.now()) == [inquiry.id]
    events = [item.event for item in store.log(inquiry.id)]
    assert [e["data"].get("rung") for e in events[1:]] == ["warning", "yellow", "red"]
    assert {e["data"]["responsible"] for e in events[1:]} == {"mz"}


def test_the_sweep_reads_only_what_is_open_and_due(room, monkeypatch):
    settled, late = room.ask(), room.ask()
    room.answer(settled)
    early = room.ask(reply_class="complex")
    room.clock.move_to(2026, 3, 10, 0, 0)
    touched: list[str] = []
    monkeypatch.setattr(service, "pass_time", lambda inquiry_id, now: touched.append(inquiry_id))
    service.sweep(room.clock.now())
    assert touched == [late.id]
    assert early.id not in touched


@pytest.fixture
def machine(room, monkeypatch):
    made = Machine(monkeypatch, "inquiry", "chalicelib.exchange.workers")
    monkeypatch.setenv("YICHUANG_INQUIRY_MACHINE", made.arn)
    monkeypatch.setattr(workers.bus, "publish", lambda *_: 1)
    yield made
    stop_executions()


def relay(inquiry) -> dict:
    records = [
        {
            "eventName": "INSERT",
            "dynamodb": {"SequenceNumber": str(number), "NewImage": item.serialize()},
        }
        for number, item in enumerate(store.log(inquiry.id))
    ]
    return workers.relay_exchange({"Records": records}, None)


def until(check, seconds: float = 10) -> None:
    end = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def test_the_machine_waits_and_the_answer_wakes_it(room, machine):
    inquiry = room.ask()
    assert relay(inquiry) == {"batchItemFailures": []}
    until(lambda: store.token_of(inquiry.id))
    room.answer(inquiry)
    relay(inquiry)  # the question comes a second time too: the execution is there already
    (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=machine.arn)[
        "executions"
    ]
    assert execution["name"] == f"inquiry-{inquiry.id}"
    assert machine.ended(execution["executionArn"])["status"] == "SUCCEEDED"
    assert machine.entered(execution["executionArn"]) == [
        "WhereItStands",
        "WhatNext",
        "AwaitAnswer",
        "WhatNext",
        "Settled",
    ]


def test_the_machine_raises_every_rung_in_its_time(room, machine):
    inquiry = room.ask()
    room.clock.wait_seconds = 1.0
    relay(inquiry)
    for day, raised in ((9, 1), (10, 2), (13, 3)):
        room.clock.move_to(2026, 3, day, 0, 0)
        until(lambda raised=raised: len(store.read(inquiry.id).raised) == raised, 15)
    (execution,) = boto3.client("stepfunctions").list_executions(stateMachineArn=machine.arn)[
        "executions"
    ]
    assert machine.ended(execution["executionArn"])["status"] == "SUCCEEDED"
    assert store.read(inquiry.id).raised == ("warning", "yellow", "red")


def test_an_answer_that_came_before_the_token_resumes_the_machine(room, machine, monkeypatch):
    inquiry = room.ask()
    original = store.keep_token

    def answered_first(inquiry_id: str, token: str) -> None:
        room.answer(inquiry)
        original(inquiry_id, token)

    monkeypatch.setattr(store, "keep_token", answered_first)
    assert machine.run({"inquiry_id": inquiry.id})["status"] == "SUCCEEDED"


def test_a_stale_token_is_harmless(room):
    inquiry = room.ask()
    store.keep_token(inquiry.id, "no-such-token")
    room.answer(inquiry)
    flow.wake(inquiry.id)


def test_an_unknown_inquiry_is_settled(room, machine):
    assert machine.run({"inquiry_id": "unknown"})["status"] == "SUCCEEDED"


def test_events_name_the_bodies_they_concern_and_hold_no_words(room, monkeypatch):
    published: list = []
    monkeypatch.setattr(workers.bus, "publish", lambda source, events: published.extend(events))
    monkeypatch.setattr(flow, "start", lambda _: None)
    inquiry = room.ask()
    relay(inquiry)
    ((event, facts),) = published
    assert facts == {"body": "mz", "bodies": ["rs", "mz"]}
    assert "张三丰" not in json.dumps(event.to_dict(), ensure_ascii=False)


# --- the report ------------------------------------------------------------------------------------------


def test_a_question_that_keeps_being_asked_is_a_candidate(room):
    for _ in range(3):
        room.ask()
    room.ask(topic="别的")
    room.certificates.tie(organisations=frozenset({"ga"}))
    room.ask(staff(REVIEWER, "ga"))
    (candidate,) = service.candidates(room.clock.now().date())
    assert (candidate.asked, candidate.topic, candidate.times) == ("mz", "是否领取低保", 4)
    assert candidate.askers == ("ga", "rs")
    assert service.candidates(room.clock.now().date() + timedelta(days=150)) == []


# --- over HTTP -------------------------------------------------------------------------------------------


def test_asked_listed_answered_with_evidence_and_read(room, client):
    body = {"asked": "mz", "case_no": CASE, "topic": "是否领取低保", "text": SECRET_TEXT}
    made = client.post("/v1/inquiries", body, headers={"Idempotency-Key": "k"})
    assert made.status == 201
    assert "照常计算" in made.json["case_clock"]
    assert made.json["asked_name"] == room.certificates.body("mz")["name"]
    assert SECRET_TEXT not in made.text

    asked = client.act_as(ASKED)
    (listed,) = asked.get("/v1/inquiries").json["items"]
    assert listed["id"] == made.json["id"]
    (own,) = client.get("/v1/inquiries", query={"box": "asking"}).json["items"]
    assert own["id"] == made.json["id"]

    document = Document("documents/x/1", "证明.pdf", "ab" * 32, 10, "application/pdf")
    token = document_token(document, ASKED)
    where = f"/v1/inquiries/{made.json['id']}"
    answer = asked.post(f"{where}/answer", {"text": "未领取", "evidence": [token]})
    assert answer.json["state"] == "answered"
    shown = client.get(where).json
    assert (shown["text"], shown["answer"]) == (SECRET_TEXT, "未领取")
    assert shown["evidence"][0]["name"] == "证明.pdf"
    assert asked.get("/v1/inquiries").json["items"] == []
    assert len(asked.get("/v1/inquiries", query={"state": "answered"}).json["items"]) == 1


def test_evidence_of_another_account_is_refused_with_its_place(room, client):
    inquiry = room.ask()
    document = Document("documents/x/1", "证明.pdf", "ab" * 32, 10, "application/pdf")
    token = document_token(document, ASKER)
    answer = client.act_as(ASKED).post(
        f"/v1/inquiries/{inquiry.id}/answer", {"text": "x", "evidence": [token]}
    )
    assert answer.pointers == ["/evidence/0"]


def test_a_list_is_paged(room, client):
    for _ in range(3):
        room.ask()
    asked = client.act_as(ASKED)
    first = asked.get("/v1/inquiries", query={"limit": "2"}).json
    rest = asked.get("/v1/inquiries", query={"limit": "2", "cursor": first["next_cursor"]}).json
    assert len(first["items"]) == 2
    assert len(rest["items"]) == 1
    other = client.get("/v1/inquiries", query={"cursor": first["next_cursor"]})
    assert other.pointers == ["/query/cursor"]


def test_the_report_is_the_offices(room, client):
    for _ in range(3):
        room.ask()
    assert client.get("/v1/inquiry-candidates").status == 403
    supervisor = client.act_as(staff(SUPERVISOR, "jc"))
    assert supervisor.get("/v1/inquiry-candidates").json["items"][0]["times"] == 3
    office = client.act_as(staff(OFFICE, "office"))
    assert office.get("/v1/inquiry-candidates").status == 200


def test_the_limits_are_shown_with_their_sources(room, client):
    items = client.get("/v1/inquiry-classes").json["items"]
    assert {item["key"] for item in items} == set(model.reply_classes())
    assert all(item["source"] and item["confidence"] for item in items)
