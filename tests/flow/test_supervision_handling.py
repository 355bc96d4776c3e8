"""The handling of an alarm by its state machine: limits, reminders, escalation, settlement."""

from __future__ import annotations

import json

import boto3
import pytest

from chalicelib.core.errors import Forbidden, KeyReused, OutOfTurn
from chalicelib.core.principal import Principal
from chalicelib.supervision import alarm_store, cell_store, flow, service
from chalicelib.supervision.answers import Asked
from chalicelib.supervision.model import AlarmState, Outcome, ResponseKind
from tests.support.machines import executions, stop_executions
from tests.support.supervision_cases import Script

pytest_plugins = ["tests.support.supervision_room"]

UNIT = Principal("rs-reviewer", "", frozenset({"reviewer"}), organisation="rs")
OTHER_UNIT = Principal("ga-reviewer", "", frozenset({"reviewer"}), organisation="ga")
SUPERVISOR = Principal("supervisor", "", frozenset({"supervisor"}))


def asked(key="k1", fingerprint="f1"):
    return Asked("someone", key, fingerprint)


def one_alarm(room, clock="promise", rung="yellow"):
    (identifier,) = room.hear(Script().received().alert(clock, rung))
    return identifier


def state_of(identifier):
    return alarm_store.read(identifier).alarm.state


def acts_of(identifier):
    return [entry.act for entry in alarm_store.read(identifier).alarm.history]


def waits(identifier):
    stored = alarm_store.read(identifier)
    return stored.token is not None and stored.seen == stored.alarm.version


def test_an_alarm_is_assigned_with_a_reply_limit_in_working_days(room):
    identifier = one_alarm(room)
    room.settle(lambda: waits(identifier))
    alarm = alarm_store.read(identifier).alarm
    assert alarm.state is AlarmState.ASSIGNED
    assert alarm.reply_due_at.isoformat() == "2026-11-06T00:00:00+08:00"


def test_an_answer_and_a_settlement_take_the_machine_to_its_end(room):
    identifier = one_alarm(room)
    room.settle(lambda: waits(identifier))
    service.answer(UNIT, identifier, ResponseKind.RECTIFIED, "已补办并致歉", asked())
    room.settle(lambda: state_of(identifier) is AlarmState.ANSWERED and waits(identifier))
    service.settle(
        SUPERVISOR,
        identifier,
        asked("k2"),
        outcome=Outcome.RECTIFIED,
        reason="核查属实",
        accountable=False,
    )
    room.settle(
        lambda: (
            not executions(statusFilter="RUNNING") and bool(executions(statusFilter="SUCCEEDED"))
        )
    )
    assert acts_of(identifier) == ["assigned", "rectified", "closed:rectified"]
    counted = cell_store.all_counts(2026)
    (counter,) = counted.values()
    assert counter["11.settled.rectified"] == 1
    assert counter["alarm.yellow"] == 0


def test_silence_is_reminded_then_escalated_to_the_window_and_to_the_office(room):
    identifier = one_alarm(room)
    room.settle(lambda: waits(identifier))
    room.clock.move_to(2026, 11, 5, 0, 0)
    assert flow.advance(identifier)["step"] == "AwaitReply"
    assert acts_of(identifier)[-1] == "reminded"
    room.clock.move_to(2026, 11, 6, 0, 0)
    flow.advance(identifier)
    assert alarm_store.read(identifier).alarm.escalation == 1
    room.clock.move_to(2026, 11, 11, 0, 0)
    flow.advance(identifier)
    assert alarm_store.read(identifier).alarm.escalation == 2
    assert acts_of(identifier) == ["assigned", "reminded", "escalated:1", "escalated:2"]


def test_the_machine_itself_reminds_when_its_wait_is_over(room):
    room.clock.wait_seconds = 1
    identifier = one_alarm(room)
    room.settle(lambda: waits(identifier))
    room.clock.move_to(2026, 11, 5, 9, 0)
    room.settle(lambda: "reminded" in acts_of(identifier))


def test_an_unanswered_yellow_card_raises_a_red_one(room):
    identifier = one_alarm(room)
    room.settle(lambda: waits(identifier))
    room.clock.move_to(2026, 11, 6, 0, 0)
    flow.advance(identifier)
    room.settle(lambda: len(alarm_store.page().alarms) == 2)
    red = alarm_store.page().alarms[0]
    assert (red.rule, red.level.value, red.organisation) == ("A02", "red", "rs")
    assert red.facts["case_no"] == Script().no


def test_three_yellow_cards_in_a_quarter_raise_a_red_one_once(room):
    for number in range(4):
        script = Script(f"410102-AAAAA-0000{number}-1").received().alert("promise", "yellow")
        room.hear(script)
    room.settle(lambda: all(a.state is AlarmState.ASSIGNED for a in alarm_store.page().alarms))
    room.settle()
    reds = [alarm for alarm in alarm_store.page().alarms if alarm.rule == "A01"]
    assert [red.subject for red in reds] == ["A01:rs:zy-station:2026Q4"]


def test_a_warning_lapses_with_the_deadline_it_warned_of(room):
    identifier = one_alarm(room, rung="warning")
    room.settle(lambda: waits(identifier))
    room.clock.move_to(2026, 11, 3, 0, 0)
    assert flow.advance(identifier)["step"] == "Settled"
    alarm = alarm_store.read(identifier).alarm
    assert (alarm.state, alarm.outcome) == (AlarmState.CLOSED, Outcome.LAPSED)


def test_an_answer_that_is_not_checked_in_time_reaches_the_office(room):
    identifier = one_alarm(room)
    room.settle(lambda: waits(identifier))
    service.answer(UNIT, identifier, ResponseKind.EXPLAINED, "系统故障", asked())
    room.clock.move_to(2026, 11, 10, 0, 0)
    flow.advance(identifier)
    assert acts_of(identifier)[-2:] == ["review_due", "review_overdue"]


def test_a_stopped_handling_is_started_again_by_the_chaser(room):
    identifier = one_alarm(room)
    room.settle(lambda: waits(identifier))
    stop_executions()
    room.clock.move_to(2026, 11, 5, 9, 0)
    assert flow.chase() == 1
    room.settle(lambda: "reminded" in acts_of(identifier))


def test_an_alarm_whose_start_was_lost_is_found_by_the_chaser(room):
    identifier = one_alarm(room)
    room.records()  # the stream's records are lost
    room.clock.move(hours=1)
    assert flow.chase() == 1
    room.settle(lambda: state_of(identifier) is AlarmState.ASSIGNED)


def test_an_answer_before_the_token_is_kept_wakes_the_wait_at_once(room):
    identifier = one_alarm(room)
    flow.advance(identifier)
    seen = alarm_store.read(identifier).alarm.version
    service.answer(UNIT, identifier, ResponseKind.EXPLAINED, "情况说明", asked())
    assert flow.keep_waiting(identifier, "a-token-too-late", seen) is False


def test_the_same_stream_record_twice_changes_nothing(room):
    identifier = one_alarm(room)
    room.settle(lambda: waits(identifier))
    stored = alarm_store.read(identifier)
    before = cell_store.all_counts(2026)
    flow.follow(stored)
    flow.follow(alarm_store.Stored(stored.alarm))
    room.settle()
    assert cell_store.all_counts(2026) == before
    assert alarm_store.read(identifier).alarm == stored.alarm


def test_units_are_told_through_the_topic_by_their_own_name(room, monkeypatch):
    topic = boto3.client("sns").create_topic(Name="alarms")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="rs")["QueueUrl"]
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
    boto3.client("sns").subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=arn["Attributes"]["QueueArn"],
        Attributes={"FilterPolicy": json.dumps({"organisation": ["rs"]})},
    )
    monkeypatch.setenv("YICHUANG_ALARM_TOPIC", topic)
    identifier = one_alarm(room)
    room.hear(Script("410102-BBBBB-00002-2", body="ga").received().alert("promise", "yellow"))
    room.settle(lambda: waits(identifier))
    room.settle()
    messages = boto3.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10)
    told = [json.loads(json.loads(m["Body"])["Message"]) for m in messages["Messages"]]
    assert {(one["alarm"], one["act"]) for one in told} == {(identifier, "assigned")}


def test_another_unit_may_not_answer(room):
    identifier = one_alarm(room)
    with pytest.raises(Forbidden):
        service.answer(OTHER_UNIT, identifier, ResponseKind.EXPLAINED, "说明", asked())


def test_the_unit_itself_may_not_settle(room):
    identifier = one_alarm(room)
    with pytest.raises(Forbidden):
        service.settle(
            UNIT, identifier, asked(), outcome=Outcome.WITHDRAWN, reason="误报", accountable=False
        )


def test_the_same_key_gets_the_same_answer_and_another_body_is_refused(room):
    identifier = one_alarm(room)
    first = service.answer(UNIT, identifier, ResponseKind.EXPLAINED, "说明", asked())
    again = service.answer(UNIT, identifier, ResponseKind.EXPLAINED, "说明", asked())
    assert again == first
    assert acts_of(identifier).count("explained") == 1
    with pytest.raises(KeyReused):
        service.answer(
            UNIT, identifier, ResponseKind.EXPLAINED, "另一说明", asked(fingerprint="f2")
        )


def test_nothing_is_settled_as_rectified_without_an_answer(room):
    identifier = one_alarm(room)
    with pytest.raises(OutOfTurn):
        service.settle(
            SUPERVISOR,
            identifier,
            asked(),
            outcome=Outcome.RECTIFIED,
            reason="已整改",
            accountable=False,
        )
