"""An alarm's handling under any sequence of acts and times: legal, once each, at rest in the end."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import InvalidInput, OutOfTurn
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.time import SHANGHAI
from chalicelib.supervision.handling import Act, Wait, counts, next_step, perform
from chalicelib.supervision.measures import difference, total
from chalicelib.supervision.model import (
    Alarm,
    AlarmState,
    Entry,
    Level,
    Outcome,
    ResponseKind,
    alarm_id,
)

CALENDAR = shipped_calendar()
START = datetime(2026, 11, 2, 10, 0, tzinfo=SHANGHAI)
OUTCOMES = (Outcome.EXPLAINED, Outcome.RECTIFIED, Outcome.CONFIRMED, Outcome.WITHDRAWN)


def raised(level):
    return Alarm("c1", "promise", level, "T03", "rs", START, {"due_on": "2026-11-09"}, body="rs")


hours = st.integers(0, 24 * 12)
people = st.one_of(
    st.tuples(st.just("answer"), st.sampled_from(list(ResponseKind)), st.text(max_size=3)),
    st.tuples(st.just("settle"), st.sampled_from(OUTCOMES), st.text(max_size=3)),
)
courses = st.lists(st.tuples(hours, st.none() | people), max_size=12)


def by_person(alarm, act, now):
    kind, what, text = act
    entry = Entry(now, "", "someone", "rs")
    try:
        if kind == "answer":
            return alarm.answer(what, text, entry)
        return alarm.settle(what, text, entry)
    except (OutOfTurn, InvalidInput):
        return alarm


def by_time(alarm, now):
    """Everything that is due, as the worker does it; how many acts that took."""
    for taken in range(20):
        step = next_step(alarm, CALENDAR, now)
        if step.act is None or step.at > now:
            return alarm, taken
        alarm = perform(alarm, step.act, now, CALENDAR)
    raise AssertionError("it does not come to rest")


def course(level, acts):
    """Every version of an alarm under this course."""
    alarm, now, versions = raised(level), START, []
    for later, act in acts:
        now += timedelta(hours=later)
        alarm, _ = by_time(alarm, now)
        versions.append(alarm)
        if act is not None:
            alarm = by_person(alarm, act, now)
            versions.append(alarm)
    return versions


@given(st.sampled_from(list(Level)), courses)
def test_each_act_of_time_is_done_once_and_none_after_the_end(level, acts):
    for alarm in course(level, acts):
        done = [entry.act for entry in alarm.history if entry.act in set(Act)]
        assert len(done) == len(set(done))
        closings = [at for at, entry in enumerate(alarm.history) if "closed" in entry.act]
        assert closings in ([], [len(alarm.history) - 1])
        assert (alarm.state is AlarmState.CLOSED) == bool(closings)


@given(st.sampled_from(list(Level)), courses)
def test_versions_count_the_lines_of_history(level, acts):
    for alarm in course(level, acts):
        assert alarm.version == len(alarm.history) + 1
        assert Alarm.from_dict(alarm.to_dict()) == alarm


@given(st.sampled_from(list(Level)), courses)
def test_nothing_is_settled_as_answered_without_an_answer(level, acts):
    for alarm in course(level, acts):
        if alarm.outcome in (Outcome.EXPLAINED, Outcome.RECTIFIED):
            assert {"explained", "rectified"} & {entry.act for entry in alarm.history}


@given(st.sampled_from([Level.YELLOW, Level.RED]), courses)
def test_a_card_is_never_dropped_by_time_alone(level, acts):
    for alarm in course(level, acts):
        assert alarm.outcome is not Outcome.LAPSED


@given(st.sampled_from(list(Level)))
def test_left_alone_a_warning_lapses_and_a_card_reaches_the_office(level):
    alarm, _ = by_time(raised(level), START + timedelta(days=60))
    if level is Level.WARNING:
        assert alarm.outcome is Outcome.LAPSED
    else:
        assert alarm.escalation == 0
        later, _ = by_time(alarm, START + timedelta(days=120))
        assert later.escalation == 2


@given(st.sampled_from(list(Level)), courses)
def test_what_an_alarm_counts_changes_by_its_differences(level, acts):
    before, changes = raised(level), []
    for alarm in course(level, acts):
        changes.append(difference(counts(alarm), counts(before)))
        before = alarm
    assert total(changes) == counts(before)
    gauge = sum(counter[f"alarm.{level.value}"] for counter in counts(before).values())
    assert gauge == (before.open and before.state is not AlarmState.RAISED)


@given(st.sampled_from(list(Level)), courses)
def test_an_open_alarm_always_waits_for_something(level, acts):
    for alarm in course(level, acts):
        step = next_step(alarm, CALENDAR, START + timedelta(days=30))
        assert (step.wait is not None) == alarm.open
        if alarm.open and level is Level.WARNING:
            assert step.wait is Wait.CLOCK


@given(st.text(min_size=1), st.text(min_size=1), st.sampled_from(["warning", "yellow", "red"]))
def test_an_alarms_identifier_follows_from_its_key_alone(subject, clock, rung):
    found = alarm_id(subject, clock, rung)
    assert found == alarm_id(subject, clock, rung)
    assert len(found) == 24
    assert found != alarm_id(subject, clock, "other")
