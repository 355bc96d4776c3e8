"""What one case adds to the figures, as a pure function of its log.

The counters are kept in cells, one a year, body, point and item. An event changes them by the
difference between what the log counted before it and counts after it: hearing it again, or late,
therefore changes nothing or the right thing, and the sum over all logs is the recount.

Names of measures: `<month>.<measure>` for what happened in a month (`11.closed`), a bare word for
what is the case now (`open`) or has been so far (`in`, `out`).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, NamedTuple

from chalicelib.cases.model import Case, Channel, Outcome
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import ClockKind, Course, State, course
from chalicelib.core.events import Event
from chalicelib.supervision.heard import Heard, Moment

ONLINE: Final = "online"
"""Stands for the point of a case that came in through the network."""

PLAIN_VISITS: Final = 2
"""[D] Visits that a case took before: one to hand in, one to collect. Supplements came on top."""


class Cell(NamedTuple):
    """Where a figure belongs."""

    year: int
    body: str
    point: str
    item: str


Counts = dict[Cell, Counter[str]]


@dataclass(frozen=True, slots=True)
class Timing:
    """How long a decided case was allowed and took, in working days, frozen when it closed.

    Days on which a clock stood still count on neither side. `late` says that the promise or the
    statutory limit was missed. A clock that the case did not have has (0, 0).
    """

    late: bool
    promise: tuple[int, int] = (0, 0)
    statute: tuple[int, int] = (0, 0)

    def to_list(self) -> list[int]:
        return [int(self.late), *self.promise, *self.statute]

    @classmethod
    def from_list(cls, raw: Iterable[int]) -> Timing:
        late, *days = (int(one) for one in raw)
        return cls(bool(late), (days[0], days[1]), (days[2], days[3]))


@dataclass(frozen=True, slots=True)
class Standing:
    """What supervision keeps of a case beside its log: where it stands in the lists."""

    received_at: datetime
    body: str
    point: str
    item: str
    closed_at: datetime | None = None
    timing: Timing | None = None
    materials_saved: int = 0
    visits_saved: int = 0
    grade: int | None = None
    rated_at: datetime | None = None


def timing(case: Case, calendar: WorkingCalendar) -> Timing | None:
    """The time a decided case took; None where nothing was decided (rejected, withdrawn, …)."""
    if case.ledger.decided_on is None:
        return None
    late, days = False, {}
    for kind in (ClockKind.PROMISE, ClockKind.STATUTORY):
        found = course(case.ledger, kind, calendar)
        if found is None:
            continue
        late = late or found.due(calendar).state is State.MISSED
        days[kind] = _allowed_and_used(found, calendar)
    return Timing(late, days.get(ClockKind.PROMISE, (0, 0)), days.get(ClockKind.STATUTORY, (0, 0)))


def _allowed_and_used(found: Course, calendar: WorkingCalendar) -> tuple[int, int]:
    due = found.due(calendar)
    if due.due_on is None or due.ended_on is None:
        return (0, 0)
    return (
        _counted(found, due.due_on, calendar),
        _counted(found, due.ended_on, calendar),
    )


def _counted(found: Course, until: date, calendar: WorkingCalendar) -> int:
    """Working days in (start, until] on which the clock was not held up."""
    span = found.span
    days = max(0, calendar.working_days_between(span.started_on, until))
    for pause in span.pauses:
        after = max(pause.after, span.started_on)
        end = min(pause.until or until, until)
        if after < end:
            days -= calendar.working_days_between(after, end)
    return days


def standing(heard: Heard, calendar: WorkingCalendar, known: Timing | None) -> Standing | None:
    """Where the case stands; None before its first event. `known` is the timing if frozen."""
    moments = tuple(heard.moments())
    return _standing(moments, calendar, known) if moments else None


def _standing(
    moments: tuple[Moment, ...], calendar: WorkingCalendar, known: Timing | None
) -> Standing:
    first, case = moments[0].event, moments[-1].after
    closing = _closing(moments)
    rating = next((m.event for m in moments if m.event.type == "case.rated"), None)
    return Standing(
        received_at=first.at,
        body=case.body,
        point=case.origin or ONLINE,
        item=case.item_code,
        closed_at=closing.event.at if closing else None,
        timing=(known or timing(closing.after, calendar)) if closing else None,
        materials_saved=_materials_saved(first),
        visits_saved=_visits_saved(moments, closing.after) if closing else 0,
        grade=rating.data["grade"] if rating else None,
        rated_at=rating.at if rating else None,
    )


def _closing(moments: tuple[Moment, ...]) -> Moment | None:
    return next((moment for moment in moments if not moment.after.open), None)


def counts(heard: Heard, calendar: WorkingCalendar, known: Timing | None = None) -> Counts:
    """Everything this case adds to the cells. Empty before its first event."""
    moments = tuple(heard.moments())
    if not moments:
        return {}
    where = _standing(moments, calendar, known)
    found: Counts = {}
    _count_receipt(found, where)
    if where.closed_at is not None:
        _count_closing(found, moments, where)
    for moment in moments:
        _count_voice(found, moment, where)
    return found


def _add(found: Counts, where: Standing, at: datetime, measures: Mapping[str, int]) -> None:
    cell = Cell(at.year, where.body, where.point, where.item)
    counter = found.setdefault(cell, Counter())
    for measure, number in measures.items():
        if number:
            counter[measure] += number


def _count_receipt(found: Counts, where: Standing) -> None:
    month = f"{where.received_at.month:02d}"
    _add(
        found,
        where,
        where.received_at,
        {
            f"{month}.received": 1,
            f"{month}.online": int(where.point == ONLINE),
            f"{month}.materials_saved": where.materials_saved,
            "open": int(where.closed_at is None),
            "in": 1,
        },
    )


def _count_closing(found: Counts, moments: tuple[Moment, ...], where: Standing) -> None:
    closing = _closing(moments)
    if closing is None or where.closed_at is None:
        return
    month, case = f"{where.closed_at.month:02d}", closing.after
    measures = {
        f"{month}.closed": 1,
        f"{month}.{(case.outcome or Outcome.VOIDED).value}": 1,
        f"{month}.visits_saved": where.visits_saved,
        "out": 1,
    }
    if where.timing is not None:
        measures |= {
            f"{month}.timed": 1,
            f"{month}.on_time": int(not where.timing.late),
            f"{month}.promise_allowed": where.timing.promise[0],
            f"{month}.promise_used": where.timing.promise[1],
            f"{month}.statute_allowed": where.timing.statute[0],
            f"{month}.statute_used": where.timing.statute[1],
        }
    _add(found, where, where.closed_at, measures)


def _materials_saved(received: Event) -> int:
    """Materials that the certificate store gave, so that nobody had to hand them in."""
    return sum(1 for one in received.data.get("materials", ()) if one.get("certificate"))


def _visits_saved(moments: tuple[Moment, ...], case: Case) -> int:
    """Visits that a decided case did not take, against `PLAIN_VISITS` plus one a supplement."""
    if case.ledger.decided_on is None:
        return 0
    usual, taken, channel = PLAIN_VISITS, 0, case.channel.value
    for moment in moments:
        event = moment.event
        if event.type == "case.supplemented":
            usual += 1
        if event.type in ("case.received", "case.supplemented"):
            taken += event.actor.point is not None
        if event.type == "case.delivered":
            channel = event.data.get("channel", channel)
    taken += channel in (Channel.WINDOW.value, Channel.ORIGIN_WINDOW.value)
    return max(0, usual - taken)


def _count_voice(found: Counts, moment: Moment, where: Standing) -> None:
    """What the applicant said of it afterwards."""
    event = moment.event
    month = f"{event.at.month:02d}"
    if event.type == "case.rated":
        _add(found, where, event.at, {f"{month}.rated.{event.data['grade']}": 1})
    elif event.type == "case.objected":
        _add(found, where, event.at, {f"{month}.objected": 1})


def of_visit(event: Event, about: Mapping[str, Any]) -> Counts:
    """What an event outside the cases adds: the rating of a visit, once a visit, or an objection."""
    if event.type == "visit.rated":
        measure = f"{event.at.month:02d}.visit_rated.{event.data['grade']}"
    elif event.type == "visit.objected":
        measure = f"{event.at.month:02d}.objected"
    else:
        return {}
    cell = Cell(
        event.at.year,
        str(about.get("body") or "-"),
        str(about.get("origin") or ONLINE),
        str(about.get("item_code") or "-"),
    )
    return {cell: Counter({measure: 1})}


def difference(after: Counts, before: Counts) -> Counts:
    """What must be added to the cells to go from one count to another; no zeros, no empty cells."""
    changed: Counts = {}
    for cell in after.keys() | before.keys():
        counter = Counter(after.get(cell, Counter()))
        counter.subtract(before.get(cell, Counter()))
        kept = Counter({measure: number for measure, number in counter.items() if number})
        if kept:
            changed[cell] = kept
    return changed


def total(all_counts: Iterable[Counts]) -> Counts:
    """The sum over many cases: the recount."""
    summed: Counts = {}
    for each in all_counts:
        for cell, counter in each.items():
            summed.setdefault(cell, Counter()).update(counter)
    return {
        cell: kept
        for cell, counter in summed.items()
        if (kept := Counter({measure: number for measure, number in counter.items() if number}))
    }


def to_json(found: Counts) -> list[list[Any]]:
    """Counts as they travel inside an alarm until it is assigned."""
    return [[*cell, dict(counter)] for cell, counter in sorted(found.items())]


def from_json(raw: Iterable[Iterable[Any]]) -> Counts:
    found: Counts = {}
    for year, body, point, item, counter in raw:
        found[Cell(int(year), body, point, item)] = Counter(counter)
    return found
