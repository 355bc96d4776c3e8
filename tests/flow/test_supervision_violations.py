"""Reports of what the system cannot see: taken without a trace of who, decided, answered by code."""

from __future__ import annotations

import json
from datetime import date

import boto3
import pytest

from chalicelib.aws import sealing
from chalicelib.core.errors import Forbidden, InvalidInput, NotFound, OutOfTurn
from chalicelib.core.principal import Principal
from chalicelib.supervision import alarm_store, reporting, rule_store
from chalicelib.supervision.answers import Asked
from chalicelib.supervision.model import Level
from chalicelib.supervision.store import Row
from chalicelib.supervision.violations import UNSEEN, Kind, State
from tests.support.identity import KEYRING

pytest_plugins = ["tests.support.supervision_room"]

CLERK = Principal("window.centre.wang", "", frozenset({"window_clerk"}), point="centre")
SUPERVISOR = Principal("supervisor", "", frozenset({"supervisor"}))
CHIEF = Principal("rs-chief", "", frozenset({"chief_representative"}), organisation="rs")
TEXT = "十一月一日上午,人社窗口以号已排满为由让群众改日再来,未取号未登记。"


@pytest.fixture
def desk(tables_only):
    sealing.use(KEYRING)
    yield tables_only
    sealing.use(None)


def take(principal=CLERK, key="k1", text=TEXT, **about):
    asked = Asked(principal.account, key, key)
    place = {"organisation": "rs", "happened_on": date(2026, 11, 1), **about}
    return reporting.take(principal, asked, Kind.REFUSED_WALK_IN, text, place)


def decide(number, upheld=True, principal=SUPERVISOR):
    asked = Asked(principal.account, "d1", "d1")
    return reporting.decide(
        principal, number, asked, upheld=upheld, result="经调取录像,情况属实", level=Level.RED
    )


def whole_table():
    return json.dumps(
        boto3.client("dynamodb").scan(TableName=Row.Meta.table_name)["Items"], default=str
    )


def test_nothing_stored_tells_who_reported(desk):
    taken = take()
    assert CLERK.account not in whole_table()
    (report,) = reporting.page(SUPERVISOR, None, 10, None).reports
    assert report["number"] == taken["number"]
    assert CLERK.account not in json.dumps(report, ensure_ascii=False)


def test_the_code_alone_answers_how_it_stands(desk):
    taken = take()
    assert reporting.follow_up(taken["number"], taken["code"])["state"] == State.RECEIVED
    decide(taken["number"])
    answer = reporting.follow_up(taken["number"], taken["code"].lower())
    assert (answer["state"], answer["result"]) == (State.UPHELD, "经调取录像,情况属实")
    with pytest.raises(NotFound):
        reporting.follow_up(taken["number"], "A" * 20)
    with pytest.raises(NotFound):
        reporting.follow_up("JB202611-XXXXXXXX", taken["code"])


def test_an_upheld_report_raises_an_alarm_that_says_nothing_of_the_report_but_its_number(desk):
    taken = take()
    decide(taken["number"])
    (alarm,) = alarm_store.page().alarms
    assert (alarm.rule, alarm.level, alarm.organisation) == ("V01", Level.RED, "rs")
    shown = json.dumps(alarm.to_dict(), ensure_ascii=False)
    assert taken["number"] in shown
    assert CLERK.account not in shown
    assert "排满" not in shown


def test_a_dismissed_report_raises_nothing(desk):
    decide(take()["number"], upheld=False)
    assert alarm_store.page().alarms == ()


def test_no_unit_reads_or_decides_what_is_said_of_it(desk):
    taken = take()
    with pytest.raises(Forbidden):
        reporting.page(CHIEF, None, 10, None)
    with pytest.raises(Forbidden):
        decide(taken["number"], principal=CHIEF)
    with pytest.raises(Forbidden):
        reporting.reveal(CHIEF, taken["number"], "想知道是谁举报了我们单位的人")


def test_opening_the_seal_leaves_its_reason_on_record_first(desk):
    taken = take()
    with pytest.raises(InvalidInput):
        reporting.reveal(SUPERVISOR, taken["number"], "好奇")
    shown = reporting.reveal(SUPERVISOR, taken["number"], "须向举报人补充核实当日时间与窗口号")
    assert shown["account"] == CLERK.account
    (report,) = reporting.page(SUPERVISOR, None, 10, None).reports
    assert [entry["act"] for entry in report["history"]] == ["revealed"]


def test_the_same_key_takes_one_report(desk):
    assert take() == take()
    assert len(reporting.page(SUPERVISOR, None, 10, None).reports) == 1


def test_a_report_without_substance_or_from_the_future_is_refused(desk):
    with pytest.raises(InvalidInput) as refused:
        take(text="态度差")
    assert refused.value.errors[0].pointer == "/text"
    with pytest.raises(InvalidInput) as refused:
        take(happened_on=date(2026, 11, 3))
    assert refused.value.errors[0].pointer == "/happened_on"


def test_a_report_is_decided_once_and_by_nobody_in_their_own_cause(desk):
    supervisor_too = Principal("supervisor", "", frozenset({"supervisor", "citizen"}))
    own = take(principal=supervisor_too, key="own")
    with pytest.raises(Forbidden):
        decide(own["number"])
    taken = take(key="other")
    decide(taken["number"], upheld=False)
    with pytest.raises(OutOfTurn):
        reporting.decide(
            SUPERVISOR,
            taken["number"],
            Asked("supervisor", "d2", "d2"),
            upheld=True,
            result="改判",
            level=None,
        )


def test_what_is_unseen_is_said_of_rules_that_exist():
    assert set(UNSEEN) <= set(rule_store.shipped())
    assert all(text.endswith("系统看不到。") for text in UNSEEN.values())
