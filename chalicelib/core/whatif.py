"""What would happen to open cases if the calendar, a holiday or a suspension were otherwise.

Pure and streaming: ledgers go in one by one and only those that change come out, so the caller may
page through any number of cases. The same comparison reports what a published calendar has moved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from chalicelib.core.calendar import Notice, Status, WorkingCalendar
from chalicelib.core.deadlines import (
    DEFAULT_POLICY,
    AlertPolicy,
    Colour,
    courses,
    gravest,
)
from chalicelib.core.ledger import Ledger, Suspension
from chalicelib.core.limits import SuspensionKind


@dataclass(frozen=True, slots=True)
class Effect:
    """What changes for one case: due dates of open clocks (before, after) and its colour."""

    key: str
    moved: Mapping[str, tuple[date | None, date | None]]
    colour_before: Colour
    colour_after: Colour

    @property
    def changes_colour(self) -> bool:
        return self.colour_before is not self.colour_after


def supposing(
    calendar: WorkingCalendar, days_off: Iterable[date] = (), make_up_days: Iterable[date] = ()
) -> WorkingCalendar:
    """The calendar with some days made holidays, and others working days."""
    off, on = set(days_off), set(make_up_days)
    by_year = {notice.year: notice for notice in calendar.notices}
    for year in {day.year for day in off | on}:
        known = by_year.get(year) or Notice(year, (), (), Status.PROVISIONAL)
        by_year[year] = Notice(
            year=year,
            days_off=tuple(sorted((set(known.days_off) | _of(year, off)) - on)),
            make_up_days=tuple(sorted((set(known.make_up_days) | _of(year, on)) - off)),
            status=known.status,
            source=known.source,
            names=known.names,
        )
    return WorkingCalendar(tuple(by_year.values()))


def _of(year: int, days: set[date]) -> set[date]:
    return {day for day in days if day.year == year}


def with_suspension(
    kind: SuspensionKind, started_on: date, ended_on: date | None
) -> Callable[[Ledger], Ledger]:
    """Supposes of each open case that such a procedure interrupts it. It ends where known."""
    supposed = Suspension("what-if", kind, started_on, ended_on)

    def change(ledger: Ledger) -> Ledger:
        if ledger.ended_on is not None:
            return ledger
        return replace(ledger, suspensions=(*ledger.suspensions, supposed))

    return change


def effect(
    key: str,
    now: datetime,
    before: tuple[Ledger, WorkingCalendar],
    after: tuple[Ledger, WorkingCalendar],
    policy: AlertPolicy = DEFAULT_POLICY,
) -> Effect | None:
    """What differs for one case between two ledgers on two calendars; None where nothing does."""
    was, colour_before = _standing(*before, now, policy)
    is_now, colour_after = _standing(*after, now, policy)
    moved = {
        clock: (was.get(clock), is_now.get(clock))
        for clock in {**was, **is_now}
        if was.get(clock) != is_now.get(clock)
    }
    if not moved and colour_before is colour_after:
        return None
    return Effect(key, moved, colour_before, colour_after)


def _standing(
    ledger: Ledger, calendar: WorkingCalendar, now: datetime, policy: AlertPolicy
) -> tuple[dict[str, date | None], Colour]:
    """Due dates of the open clocks, and the case's colour: of a clock that has ended, no date
    matters any more."""
    known = [(found, found.due(calendar)) for found in courses(ledger, calendar)]
    dates = {due.clock: due.due_on for _, due in known if due.open}
    return dates, gravest(found.colour(due, calendar, now, policy) for found, due in known)


def effects(
    ledgers: Iterable[tuple[str, Ledger]],
    before: WorkingCalendar,
    now: datetime,
    *,
    after: WorkingCalendar | None = None,
    change: Callable[[Ledger], Ledger] | None = None,
    policy: AlertPolicy = DEFAULT_POLICY,
) -> Iterator[Effect]:
    """The cases, by key, of which a due date or the colour would change; nothing is written.

    `after` is another calendar, `change` another ledger for each case; either may be left out.
    """
    for key, ledger in ledgers:
        changed = change(ledger) if change else ledger
        found = effect(key, now, (ledger, before), (changed, after or before), policy)
        if found is not None:
            yield found
