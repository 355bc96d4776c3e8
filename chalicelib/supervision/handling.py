"""The handling of an alarm in time: reply limit, reminders, escalation, review, lapse.

Pure: what is due and when follows from the alarm's history, the calendar and the policy. The state
machine `alarm_handling` waits for the next time or for somebody to act, whichever comes first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import midnight
from chalicelib.supervision.measures import ONLINE, Cell, Counts
from chalicelib.supervision.model import Alarm, AlarmState, Entry, Level, Outcome

SYSTEM: Final = "system"
LONGEST_WAIT: Final = timedelta(days=30)
"""With nothing ahead, an open alarm is looked at again after this long."""


@dataclass(frozen=True, slots=True)
class Policy:
    """Limits of handling, in working days. [D]: found practice differs, so a district sets them.

    A yellow card is answered within `reply_yellow`, a red one within `reply_red`; the supervision
    checks an answer within `review`; whoever is above hears of it `escalate_again` days later.
    """

    reply_yellow: int = 3
    reply_red: int = 1
    remind_before: int = 1
    review: int = 3
    escalate_again: int = 2
    warning_lapses: int = 5

    def reply(self, level: Level) -> int | None:
        """Working days to answer; None for a warning, which asks for none."""
        return {Level.YELLOW: self.reply_yellow, Level.RED: self.reply_red}.get(level)


DEFAULT_POLICY: Final = Policy()


class Act(StrEnum):
    """What time brings about in an alarm's handling. The value stands in its history."""

    ASSIGN = "assigned"
    REMIND = "reminded"
    OVERDUE = "escalated:1"
    STILL_OVERDUE = "escalated:2"
    REVIEW_DUE = "review_due"
    REVIEW_OVERDUE = "review_overdue"
    LAPSE = "closed:lapsed"


ACT_TEXTS: Final = {
    Act.ASSIGN: "派单至责任单位",
    Act.REMIND: "答复期限将至,提醒责任单位",
    Act.OVERDUE: "逾期未答复,报监察窗口",
    Act.STILL_OVERDUE: "仍未答复,报政务服务改革管理办公室",
    Act.REVIEW_DUE: "答复待核查,提醒监察窗口",
    Act.REVIEW_OVERDUE: "答复逾期未核查,报政务服务改革管理办公室",
    Act.LAPSE: "预警期满,自动了结",
}


class Wait(StrEnum):
    """The states in which the machine waits, named for what is awaited."""

    REPLY = "AwaitReply"
    REVIEW = "AwaitReview"
    CLOCK = "AwaitClock"


@dataclass(frozen=True, slots=True)
class Step:
    """What comes next: an act at an instant, waited for in `wait`; neither for a closed alarm."""

    act: Act | None = None
    at: datetime | None = None
    wait: Wait | None = None


def reply_due(alarm: Alarm, now: datetime, calendar: WorkingCalendar, policy: Policy) -> datetime:
    """The end (24:00) of the last working day on which the unit may answer."""
    days = policy.reply(alarm.level) or policy.warning_lapses
    return _end_of(calendar.add_working_days(now.date(), days))


def _end_of(day: date) -> datetime:
    return midnight(day + timedelta(days=1))


def next_step(
    alarm: Alarm, calendar: WorkingCalendar, now: datetime, policy: Policy = DEFAULT_POLICY
) -> Step:
    """The next act that time brings, unless somebody acts before."""
    if not alarm.open:
        return Step()
    wait = _WAITS[alarm.state] if alarm.level is not Level.WARNING else Wait.CLOCK
    for at, act in _ahead(alarm, calendar, policy):
        if not alarm.did(act.value):
            return Step(act, at, wait)
    return Step(None, now + LONGEST_WAIT, wait)


_WAITS: Final = {
    AlarmState.RAISED: Wait.REPLY,
    AlarmState.ASSIGNED: Wait.REPLY,
    AlarmState.ANSWERED: Wait.REVIEW,
}


def _ahead(
    alarm: Alarm, calendar: WorkingCalendar, policy: Policy
) -> Iterator[tuple[datetime, Act]]:
    """The acts of this state in order of time, those already done included."""
    if alarm.state is AlarmState.RAISED:
        yield alarm.raised_at, Act.ASSIGN
        return
    if alarm.level is Level.WARNING:
        yield _lapses_at(alarm, calendar, policy), Act.LAPSE
        return
    if alarm.state is AlarmState.ASSIGNED and alarm.reply_due_at is not None:
        last_day = (alarm.reply_due_at - timedelta(seconds=1)).date()
        before = calendar.at(calendar.position(last_day) - policy.remind_before + 1)
        yield midnight(before), Act.REMIND
        yield alarm.reply_due_at, Act.OVERDUE
        again = calendar.add_working_days(last_day, policy.escalate_again)
        yield _end_of(again), Act.STILL_OVERDUE
    answered = max((e.at for e in alarm.history if e.act in _ANSWERS), default=None)
    if alarm.state is AlarmState.ANSWERED and answered is not None:
        review = calendar.add_working_days(answered.date(), policy.review)
        yield _end_of(review), Act.REVIEW_DUE
        again = calendar.add_working_days(review, policy.escalate_again)
        yield _end_of(again), Act.REVIEW_OVERDUE


_ANSWERS: Final = frozenset({"explained", "rectified"})


def _lapses_at(alarm: Alarm, calendar: WorkingCalendar, policy: Policy) -> datetime:
    """A warning ends with the deadline it warned of, or after some days where it has none."""
    due_on = alarm.facts.get("due_on")
    if isinstance(due_on, str):
        return _end_of(date.fromisoformat(due_on))
    return _end_of(calendar.add_working_days(alarm.raised_at.date(), policy.warning_lapses))


def perform(
    alarm: Alarm,
    act: Act,
    now: datetime,
    calendar: WorkingCalendar,
    policy: Policy = DEFAULT_POLICY,
) -> Alarm:
    """The alarm after an act that time brought."""
    entry = Entry(now, act.value, SYSTEM, text=ACT_TEXTS[act])
    match act:
        case Act.ASSIGN:
            due = reply_due(alarm, now, calendar, policy)
            needs_reply = policy.reply(alarm.level) is not None
            return alarm.moved(
                entry,
                state=AlarmState.ASSIGNED,
                reply_due_at=due if needs_reply else None,
            )
        case Act.OVERDUE | Act.REVIEW_DUE:
            return alarm.moved(entry, escalation=max(1, alarm.escalation))
        case Act.STILL_OVERDUE | Act.REVIEW_OVERDUE:
            return alarm.moved(entry, escalation=2)
        case Act.LAPSE:
            return alarm.moved(entry, state=AlarmState.CLOSED, outcome=Outcome.LAPSED)
    return alarm.moved(entry)


def counts(alarm: Alarm) -> Counts:
    """What an alarm adds to the cells: nothing until it is assigned, then its level, rule and end.

    All of it belongs to the month in which it was raised, so a month's figures settle as its alarms
    do. `alarm.<level>` counts those that are open now.
    """
    if alarm.state is AlarmState.RAISED:
        return {}
    raised = alarm.raised_at
    month = f"{raised.month:02d}"
    level = alarm.level.value
    counter = Counter(
        {
            f"{month}.raised.{level}": 1,
            f"{month}.rule.{alarm.rule}": 1,
            f"{month}.late_reply": int(alarm.did(Act.OVERDUE.value)),
            f"{month}.accountable": int(alarm.accountable),
            f"alarm.{level}": int(alarm.open),
        }
    )
    if alarm.outcome is not None:
        counter[f"{month}.settled.{alarm.outcome.value}"] = 1
    kept = Counter({measure: number for measure, number in counter.items() if number})
    cell = Cell(
        raised.year, alarm.body or alarm.organisation, alarm.point or ONLINE, alarm.item_code or "-"
    )
    return {cell: kept}
