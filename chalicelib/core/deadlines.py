"""The one clock: due dates, alerts and colours of a case from (ledger, calendar, now).

What a single clock is stands in `chalicelib.core.clock`, what a case records of it in
`chalicelib.core.ledger`; this module takes the clocks from the ledger and answers the rooms.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.clock import (
    DEFAULT_POLICY,
    Alert,
    AlertPolicy,
    Colour,
    Course,
    Due,
    Rung,
    State,
    midnight,
)
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
from chalicelib.core.reckoning import Pause, Span, merge, phases


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


def lit_clocks(
    ledger: Ledger,
    calendar: WorkingCalendar,
    now: datetime,
    policy: AlertPolicy = DEFAULT_POLICY,
) -> tuple[tuple[Due, Colour], ...]:
    """Every clock that has begun with its colour, each due date reckoned once."""
    known = ((found, found.due(calendar)) for found in courses(ledger, calendar))
    return tuple((due, found.colour(due, calendar, now, policy)) for found, due in known)


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
    return {
        found.clock: found.colour(found.due(calendar), calendar, now, policy)
        for found in courses(ledger, calendar)
    }


def gravest(standing: Iterable[Colour]) -> Colour:
    """The gravest of several colours; green where there is none."""
    return max(standing, key=lambda found: found.gravity, default=Colour.GREEN)


def colour(
    ledger: Ledger,
    calendar: WorkingCalendar,
    now: datetime,
    policy: AlertPolicy = DEFAULT_POLICY,
) -> Colour:
    """The gravest colour of the case's clocks. It freezes when the case ends."""
    return gravest(colours(ledger, calendar, now, policy).values())


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
    "gravest",
    "kind_of",
    "lit_clocks",
    "may_extend",
    "midnight",
    "step_clock",
]
