"""The one clock: due dates, alerts and colours of a case from (ledger, calendar, now).

A deadline's day lasts till 24:00 in Asia/Shanghai, so a clock is overdue at 00:00 of the next day.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.ledger import (
    ClockKind,
    Correction,
    Extension,
    Ledger,
    Limit,
    Origin,
    OriginatedLimit,
    ReceiptPolicy,
    StepClock,
    Suspension,
    SuspensionKind,
    Unit,
    kind_of,
    step_clock,
)
from chalicelib.core.reckoning import ONE_DAY, Pause, Span, merge, phases
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

    def alerts(self, calendar: WorkingCalendar, policy: AlertPolicy) -> Iterator[Alert]:
        """The rungs this clock reaches before it ends or is held up."""
        due = self.due(calendar)
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


# --- the clocks of a ledger -----------------------------------------------------------------------


def course(ledger: Ledger, clock: str, calendar: WorkingCalendar) -> Course | None:
    """One clock of the ledger, or None where the ledger has none such or it has not begun."""
    kind = kind_of(clock)
    if kind is ClockKind.ACCEPTANCE:
        return _acceptance(ledger, calendar)
    if kind is ClockKind.PROMISE:
        return _main(ledger, ClockKind.PROMISE, ledger.promise, None, calendar)
    if kind is ClockKind.STATUTORY:
        extension = ledger.extension.limit if ledger.extension else None
        return _main(ledger, ClockKind.STATUTORY, ledger.statutory, extension, calendar)
    if kind is ClockKind.DELIVERY:
        if ledger.delivery is None or ledger.decided_on is None:
            return None
        span = Span(ledger.decided_on, (ledger.delivery,))
        return Course(ClockKind.DELIVERY, span, (), ledger.ended_on, completed=True)
    name = clock.partition(":")[2]
    step = next((step for step in ledger.steps if step.name == name), None)
    return _step(ledger, step) if step else None


def _acceptance(ledger: Ledger, calendar: WorkingCalendar) -> Course | None:
    """From filing to acceptance, correction notice or rejection; anew from each supplement."""
    if ledger.acceptance is None:
        return None
    ended_on = ledger.accepted_on or ledger.ended_on
    start = ledger.filing_day(calendar)
    if start is None:
        *earlier, notice = ledger.corrections
        filed = earlier[-1].supplemented_on if earlier else None
        start, ended_on = filed or ledger.receipt_day(calendar), notice.noticed_on
    span = Span(start, (ledger.acceptance,))
    deemed = ledger.deemed_on is not None
    return Course(ClockKind.ACCEPTANCE, span, (), ended_on, completed=True, deemed=deemed)


def _main(
    ledger: Ledger,
    kind: ClockKind,
    limit: OriginatedLimit | None,
    extension: Limit | None,
    calendar: WorkingCalendar,
) -> Course | None:
    """The promise or the statutory clock: to the decision, less what stops it."""
    if limit is None:
        return None
    start: date | None
    if limit.origin is Origin.ACCEPTANCE:
        start = ledger.accepted_on
    elif limit.origin is Origin.DECISION:
        start = ledger.decided_on
    elif kind is ClockKind.STATUTORY:
        start = ledger.filing_day(calendar)
    else:
        start = ledger.receipt_day(calendar)
    if start is None:
        return None
    decided = ledger.decided_on if limit.origin is not Origin.DECISION else ledger.ended_on
    ended_on = decided or ledger.ended_on
    acts = list(_procedures(ledger, ended_on if decided else None))
    if kind is ClockKind.PROMISE and ledger.correction_freezes_promise:
        acts += (
            Pause(known.noticed_on, known.supplemented_on, "补正") for known in ledger.corrections
        )
    span = Span(start, phases(limit.limit, extension), merge(acts) if acts else ())
    return Course(kind, span, tuple(acts), ended_on, completed=decided is not None)


def _step(ledger: Ledger, step: StepClock) -> Course:
    acts = tuple(_procedures(ledger, step.ended_on)) if step.suspendable else ()
    span = Span(step.started_on, (step.limit,), merge(acts))
    ended_on = step.ended_on or ledger.ended_on
    completed = step.ended_on is not None
    return Course(step_clock(step.name), span, acts, ended_on, completed)


def _procedures(ledger: Ledger, done_on: date | None) -> Iterator[Pause]:
    """The procedures that stop a clock; one left open stops it no longer than till it is done."""
    for known in ledger.suspensions:
        if known.kind.excludes_clock:
            until = known.ended_on
            if until is None and done_on is not None:
                until = max(done_on, known.started_on)
            yield Pause(known.started_on, until, known.kind.text)


def courses(ledger: Ledger, calendar: WorkingCalendar) -> Iterator[Course]:
    """Every clock that has begun: acceptance, promise, statutory, delivery, then the steps."""
    for clock in (*_CASE_CLOCKS, *(step_clock(step.name) for step in ledger.steps)):
        found = course(ledger, clock, calendar)
        if found is not None:
            yield found


_CASE_CLOCKS = (
    ClockKind.ACCEPTANCE,
    ClockKind.PROMISE,
    ClockKind.STATUTORY,
    ClockKind.DELIVERY,
)


# --- what the rooms ask ---------------------------------------------------------------------------


def due(ledger: Ledger, clock: str, calendar: WorkingCalendar) -> Due | None:
    """One clock, or None where the ledger has none such or it has not begun."""
    found = course(ledger, clock, calendar)
    return found.due(calendar) if found else None


def clocks(ledger: Ledger, calendar: WorkingCalendar) -> tuple[Due, ...]:
    """Every clock that has begun, the ended ones too."""
    return tuple(found.due(calendar) for found in courses(ledger, calendar))


def enforced_due(ledger: Ledger, calendar: WorkingCalendar) -> Due | None:
    """The earlier of promise and statute, per case; None before either has begun.

    Where one is held up and has no date, the other counts.
    """
    begun = [due(ledger, kind, calendar) for kind in (ClockKind.PROMISE, ClockKind.STATUTORY)]
    return min(
        (found for found in begun if found),
        key=lambda found: found.due_on or date.max,
        default=None,
    )


def may_extend(ledger: Ledger, calendar: WorkingCalendar, on: date) -> bool:
    """Whether the statutory limit may be extended that day: begun, once, before it expires."""
    if ledger.extension is not None or ledger.decided_on or ledger.ended_on:
        return False
    statutory = due(ledger, ClockKind.STATUTORY, calendar)
    return statutory is not None and (statutory.due_on is None or on <= statutory.due_on)


def deemed_acceptance(ledger: Ledger, calendar: WorkingCalendar) -> tuple[datetime, date] | None:
    """When silence becomes acceptance, and the day as of which: (instant, acceptance date).

    None where the case is accepted, ended, awaits a supplement, or has no acceptance clock.
    """
    found = due(ledger, ClockKind.ACCEPTANCE, calendar)
    if found is None or not found.running or found.overdue_at is None:
        return None
    return found.overdue_at, found.started_on


def alerts(
    ledger: Ledger, calendar: WorkingCalendar, policy: AlertPolicy = DEFAULT_POLICY
) -> tuple[Alert, ...]:
    """The whole schedule in order of time, what is past included.

    An alert that falls after its clock has ended, or after a procedure has begun to hold it up, is
    not in it. The rooms subtract what they have raised and arm the next.
    """
    schedule = [
        alert for found in courses(ledger, calendar) for alert in found.alerts(calendar, policy)
    ]
    return tuple(sorted(schedule, key=lambda alert: alert.at))


def colours(
    ledger: Ledger,
    calendar: WorkingCalendar,
    now: datetime,
    policy: AlertPolicy = DEFAULT_POLICY,
) -> dict[str, Colour]:
    """The colour of each clock. One that ended in time is green; one that ended late keeps the
    colour it had then; one whose case was broken off keeps its colour too."""
    standing: dict[str, Colour] = {}
    for found in courses(ledger, calendar):
        standing[found.clock] = Colour.GREEN
        if found.due(calendar).state is not State.MET:
            reached = [alert.rung for alert in found.alerts(calendar, policy) if alert.at <= now]
            if reached:
                standing[found.clock] = Colour(reached[-1])
    return standing


def colour(
    ledger: Ledger,
    calendar: WorkingCalendar,
    now: datetime,
    policy: AlertPolicy = DEFAULT_POLICY,
) -> Colour:
    """The gravest colour of the case's clocks. It freezes when the case ends."""
    standing = colours(ledger, calendar, now, policy).values()
    return max(standing, key=lambda found: found.gravity, default=Colour.GREEN)


__all__ = [
    "DEFAULT_POLICY",
    "Alert",
    "AlertPolicy",
    "ClockKind",
    "Colour",
    "Correction",
    "Course",
    "Due",
    "Extension",
    "Ledger",
    "Limit",
    "Origin",
    "OriginatedLimit",
    "ReceiptPolicy",
    "Rung",
    "State",
    "StepClock",
    "Suspension",
    "SuspensionKind",
    "Unit",
    "alerts",
    "clocks",
    "colour",
    "colours",
    "course",
    "courses",
    "deemed_acceptance",
    "due",
    "enforced_due",
    "kind_of",
    "may_extend",
    "midnight",
    "step_clock",
]
