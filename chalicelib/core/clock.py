"""One clock of a case: what it counts, when it ends, which alerts it has and what colour.

A deadline's day lasts till 24:00 in Asia/Shanghai, so a clock is overdue at 00:00 of the next day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.limits import ClockKind, kind_of
from chalicelib.core.reckoning import ONE_DAY, Pause, Span
from chalicelib.core.time import SHANGHAI


class State(StrEnum):
    """Where a clock is.

    SUSPENDED waits for a procedure, a supplement; MET and MISSED have ended in time and late;
    FROZEN stood within its limit when the case was broken off.
    """

    RUNNING = "running"
    SUSPENDED = "suspended"
    MET = "met"
    MISSED = "missed"
    FROZEN = "frozen"


class Rung(StrEnum):
    """The steps of supervision: 预警, 黄牌, 红牌."""

    WARNING = "warning"
    YELLOW = "yellow"
    RED = "red"


class Colour(StrEnum):
    """How a clock or a case stands; the order of definition is that of gravity."""

    GREEN = "green"
    WARNING = "warning"
    YELLOW = "yellow"
    RED = "red"

    @property
    def gravity(self) -> int:
        """0 for green to 3 for red."""
        return _GRAVITY[self]


_GRAVITY = {colour: at for at, colour in enumerate(Colour)}


@dataclass(frozen=True, slots=True)
class AlertPolicy:
    """When a clock warns and when a yellow card turns red.

    [D]: practice differs between cities and no numeric rule of the province was found. A warning
    comes when 20% of the limit or one working day is left, whichever is earlier; a yellow card that
    is not put right within three working days turns red.
    """

    warning_percent: int = 20
    warning_working_days: int = 1
    rectify_working_days: int = 3
    confidence: str = "D"


DEFAULT_POLICY = AlertPolicy()


@dataclass(frozen=True, slots=True)
class Due:
    """One clock as the ledger and the calendar have it.

    `due_on` is None while an open suspension holds the clock up: then there is no date.
    `provisional` says that it rests on a year whose notice is not in.
    """

    clock: str
    started_on: date
    due_on: date | None
    provisional: bool
    state: State
    ended_on: date | None = None

    @property
    def kind(self) -> ClockKind:
        return kind_of(self.clock)

    @property
    def running(self) -> bool:
        """Whether time is counting against it now; then it has a due date."""
        return self.state is State.RUNNING

    @property
    def open(self) -> bool:
        """Whether it waits for somebody: running, or held up."""
        return self.state in (State.RUNNING, State.SUSPENDED)

    @property
    def overdue_at(self) -> datetime | None:
        """The instant at which it becomes overdue: 24:00 of the due date."""
        return midnight(self.due_on + ONE_DAY) if self.due_on else None

    def overdue(self, now: datetime) -> bool:
        """Whether it was not done in time, as of `now`."""
        if self.state is not State.RUNNING:
            return self.state is State.MISSED
        return self.overdue_at is not None and now >= self.overdue_at


@dataclass(frozen=True, slots=True)
class Alert:
    """A rung that a clock reaches at an instant, unless it is stopped or done before."""

    clock: str
    rung: Rung
    at: datetime
    due_on: date


@dataclass(frozen=True, slots=True)
class Course:
    """A clock taken from the ledger: what it counts, and how and when it ended.

    `completed` tells an act that the clock waits for from a case broken off.
    """

    clock: str
    span: Span
    acts: tuple[Pause, ...] = ()
    ended_on: date | None = None
    completed: bool = False
    deemed: bool = False

    def due(self, calendar: WorkingCalendar) -> Due:
        """The due date and the state of this clock."""
        span = self.span
        due_on = span.last_day(calendar)
        ended_on = self.ended_on
        if due_on is None:
            state = State.SUSPENDED if ended_on is None else State.FROZEN
            since = span.pauses[-1].after
            provisional = calendar.is_provisional(min(span.started_on, since), since)
            return Due(self.clock, span.started_on, None, provisional, state, ended_on)
        if self.deemed:
            ended_on, state = due_on + ONE_DAY, State.MISSED
        elif ended_on is None:
            state = State.RUNNING
        elif ended_on > due_on:
            state = State.MISSED
        else:
            state = State.MET if self.completed else State.FROZEN
        provisional = span.is_provisional(due_on, calendar)
        return Due(self.clock, span.started_on, due_on, provisional, state, ended_on)

    def colour(
        self, due: Due, calendar: WorkingCalendar, now: datetime, policy: AlertPolicy
    ) -> Colour:
        """The colour of this clock, of which `due` is known: green where it was met."""
        if due.state is State.MET:
            return Colour.GREEN
        colour = Colour.GREEN
        for alert in self.alerts(calendar, policy, due):
            if alert.at > now:
                break
            colour = Colour(alert.rung.value)
        return colour

    def alerts(
        self, calendar: WorkingCalendar, policy: AlertPolicy, due: Due | None = None
    ) -> Iterator[Alert]:
        """The rungs this clock reaches before it ends or is held up, the earliest first."""
        due = due or self.due(calendar)
        until, due_on = due.ended_on, due.due_on
        span = self.span
        if due_on is None:
            # Held up: what fell before the open pause stands, by the date that was due then.
            held = span.pauses[-1]
            span = Span(span.started_on, span.phases, span.pauses[:-1])
            due_on = span.last_day(calendar)
            until = min(held.after, until) if until else held.after
        if due_on is None:
            return
        for rung, day in _rungs(kind_of(self.clock), span, due_on, calendar, policy):
            if until is None or day <= until:
                yield Alert(self.clock, rung, midnight(day), due_on)


def _rungs(
    kind: ClockKind, span: Span, due_on: date, calendar: WorkingCalendar, policy: AlertPolicy
) -> Iterator[tuple[Rung, date]]:
    """The days at whose 00:00 a clock warns, turns yellow and turns red."""
    warning = span.day_before_last(calendar, policy.warning_percent, policy.warning_working_days)
    if warning is not None:
        yield Rung.WARNING, warning
    overdue = due_on + ONE_DAY
    if kind is ClockKind.STATUTORY:
        yield Rung.RED, overdue
        return
    yield Rung.YELLOW, overdue
    yield Rung.RED, calendar.add_working_days(overdue, policy.rectify_working_days) + ONE_DAY


def midnight(day: date) -> datetime:
    """00:00 of a day in Asia/Shanghai."""
    return datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
