"""Events as the other rooms publish them, and the alarms they become."""

from __future__ import annotations

import pytest

from chalicelib.core.events import Actor, Event
from chalicelib.supervision import alarm_store, rule_store, service
from tests.support.supervision_cases import MONDAY, Script

pytest_plugins = ["tests.support.supervision_room"]

CASE = Script().no
SYSTEM = Actor("system", "system")
GA = Actor("ga.reviewer", "reviewer", "ga", "centre")


def publish(type_, data, actor=SYSTEM, facts=None, subject="NOTICE#1"):
    event = Event(subject, 1, type_, MONDAY, actor, data)
    return service.take_in({**event.to_dict(), "facts": facts or {}})


@pytest.fixture
def known_case(tables_only):
    for detail in Script().received().details():
        service.take_in(detail)


PUBLISHED = [
    (
        "I03",
        "red",
        "ga",
        (
            "certificate.read_refused",
            {"case_no": CASE, "act": "read", "reason": "无关"},
            GA,
            {"body": "ga"},
        ),
    ),
    (
        "I04",
        "yellow",
        "ga",
        ("material.asked_again", {"case_no": CASE, "certificates": ["1.2.156.3005.2.x"]}, GA, {}),
    ),
    (
        "F01",
        "red",
        "ga",
        (
            "fee.refused",
            {
                "case_no": CASE,
                "item_code": "i",
                "organisation": "ga",
                "rule": "F01",
                "detail": "不收",
            },
            GA,
            {},
        ),
    ),
    (
        "T07",
        "yellow",
        "mz",
        (
            "inquiry.alert_raised",
            {"clock": "inquiry_reply", "rung": "yellow", "responsible": "mz", "case_no": CASE},
            SYSTEM,
            {"body": "mz", "bodies": ["rs", "mz"]},
        ),
    ),
    (
        "D01",
        "yellow",
        "rs",
        (
            "certificate.missing",
            {"case_no": CASE, "certificate": None, "what": "lacks"},
            SYSTEM,
            {},
        ),
    ),
]


@pytest.mark.parametrize(("rule", "level", "unit", "published"), PUBLISHED)
def test_it_becomes_one_alarm_on_the_unit_that_must_answer(
    known_case, rule, level, unit, published
):
    (alarm,) = publish(*published)
    assert (alarm.rule, alarm.level, alarm.organisation) == (rule, level, unit)
    assert alarm.facts["case_no"] == CASE
    assert alarm.item_name == "居住证申领"
    assert publish(*published) == ()
    assert len(alarm_store.page().alarms) == 1


def test_two_refused_readings_are_two_alarms(known_case):
    data = {"case_no": CASE, "act": "read", "reason": "无关"}
    publish("certificate.read_refused", data, GA, subject="NOTICE#1")
    publish("certificate.read_refused", data, GA, subject="NOTICE#2")
    assert len(alarm_store.page().alarms) == 2


def test_what_no_rule_listens_to_is_not_kept(tables_only):
    assert publish("point.registered", {"name": "x"}) == ()
    assert list(rule_store.signals("2026-11")) == []


def test_a_rule_written_for_another_rooms_event_hears_it(tables_only):
    rule = rule_store.shipped()["P11"].to_dict()
    from chalicelib.supervision.rules import Rule

    rule_store.write(Rule.from_dict({**rule, "code": "X02", "on": ["point.registered"]}), {})
    (alarm,) = publish("point.registered", {"name": "x", "point": "centre"})
    assert (alarm.rule, alarm.organisation) == ("X02", "centre")
