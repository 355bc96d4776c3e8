"""Timers raise each alert once: warning, yellow, red; silence becomes acceptance."""

from __future__ import annotations

from collections import Counter

from chalicelib.cases import store
from tests.support.steps import Road


def alerts_of(no: str) -> Counter[str]:
    return Counter(
        f"{recorded.event.data['clock']}:{recorded.event.data['rung']}"
        for recorded in store.read_log(no)
        if recorded.event.type == "case.alert_raised"
    )


def alarms(engine) -> list[dict[str, object]]:
    return engine.client("supervisor").get("/v1/alarms").json["items"]


def test_a_case_left_waiting_gets_its_warning_then_yellow_then_red_each_once(
    engine, residence_case
):
    road = Road(engine, residence_case).to_review()
    engine.let_timers_fire()
    for day, expected in (
        (10, {"promise:warning": 1}),
        (12, {"promise:warning": 1, "promise:yellow": 1}),
        (
            31,
            {
                "promise:warning": 1,
                "promise:yellow": 1,
                "promise:red": 1,
                "statutory:warning": 1,
                "statutory:red": 1,
            },
        ),
    ):
        engine.clock.move_to(2026, 3, day, 9, 0)
        engine.wake_timers()
        engine.settle(lambda expected=expected: alerts_of(road.no) == expected)
    engine.settle(lambda: len(alarms(engine)) >= 5)
    engine.settle()
    raised = Counter((alarm["case_no"], alarm["level"]) for alarm in alarms(engine))
    assert raised[road.no, "yellow"] == 1
    assert raised[road.no, "warning"] == 2
    assert raised[road.no, "red"] == 2


def test_silence_past_five_working_days_is_acceptance_as_of_receipt(engine, residence_case):
    road = Road(engine, residence_case).caught_up()
    engine.let_timers_fire()
    engine.clock.move_to(2026, 3, 10, 0, 0)
    engine.wake_timers()
    engine.settle(lambda: store.read_head(road.no).case.stage == "review")
    accepted = next(r.event for r in store.read_log(road.no) if r.event.type == "case.accepted")
    assert accepted.data == {"accepted_on": "2026-03-02", "deemed": True}
    assert accepted.actor.role == "system"
