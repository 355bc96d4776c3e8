"""Why a deadline falls where it falls, day by day, in words that a citizen can check."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from chalicelib.core.calendar import DayKind, WorkingCalendar
from chalicelib.core.deadlines import course
from chalicelib.core.ledger import Ledger
from chalicelib.core.limits import Unit
from chalicelib.core.reckoning import ONE_DAY, Pause, Span

LONGEST = 5000
"""No explanation has more lines; a limit of ten years has fewer."""


class Reason(StrEnum):
    """Why a day counts or does not.

    START is the day of the event, which is not counted (民法典 201). ROLLED is the working day to
    which a limit in calendar days or months passes when its last day is a day off (203).
    """

    START = "start"
    WORKING = "working"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    SUSPENDED = "suspended"
    CALENDAR_DAY = "calendar_day"
    ROLLED = "rolled"


@dataclass(frozen=True, slots=True)
class DayLine:
    """One day of the count. `number` is the running number of a day that counts, from 1."""

    date: date
    counted: bool
    reason: Reason
    text: str
    number: int | None
    provisional: bool


def explain(
    ledger: Ledger, clock: str, calendar: WorkingCalendar, today: date | None = None
) -> tuple[DayLine, ...]:
    """The days of one clock from its origin to its due date; none where it has not begun.

    While an open procedure holds the clock up there is no due date: then the lines go to `today`.
    """
    found = course(ledger, clock, calendar)
    if found is None:
        return ()
    return explain_span(found.span, calendar, found.acts, today)


def explain_span(
    span: Span, calendar: WorkingCalendar, acts: Sequence[Pause] = (), today: date | None = None
) -> tuple[DayLine, ...]:
    """The days of a span, naming the acts that interrupt it; see `explain`."""
    walk = _Walk(span, calendar, acts or span.pauses)
    lines = []
    for line in walk.lines(today):
        lines.append(line)
        if len(lines) == LONGEST:
            break
    return tuple(lines)


class _Walk:
    """Walks a span's days. The ends of the phases come from the span, so both always agree."""

    def __init__(self, span: Span, calendar: WorkingCalendar, acts: Sequence[Pause]) -> None:
        self._span = span
        self._calendar = calendar
        self._acts = acts
        self._number = 0

    def lines(self, today: date | None) -> Iterator[DayLine]:
        day = self._span.started_on
        yield self._line(day, Reason.START, "起算日,不计入")
        for count in range(1, len(self._span.phases) + 1):
            part = Span(self._span.started_on, self._span.phases[:count], self._span.pauses)
            working = part.phases[-1].unit is Unit.WORKING_DAY
            full, last = part.full_on(self._calendar), part.last_day(self._calendar)
            end = last or max(today or day, self._held_from())
            while day < end:
                day += ONE_DAY
                if full is None or day <= full:
                    yield self._counting(day, working=working)
                else:
                    yield self._rolling(day, lands=day == last)
            if last is None:
                return

    def _held_from(self) -> date:
        return self._span.pauses[-1].after

    def _counting(self, day: date, *, working: bool) -> DayLine:
        act = next((act for act in self._acts if act.covers(day)), None)
        if act is not None:
            return self._line(day, Reason.SUSPENDED, f"{act.label or '中止'}期间,不计入")
        if not working:
            return self._line(day, Reason.CALENDAR_DAY, "自然日,计入", counted=True)
        kind = self._calendar.kind(day)
        counted = kind in (DayKind.WORKING, DayKind.MAKE_UP)
        tail = "计入" if counted else "不计入"
        return self._line(day, Reason(kind), f"{self._day_text(day)},{tail}", counted=counted)

    def _rolling(self, day: date, *, lands: bool) -> DayLine:
        if lands:
            return self._line(day, Reason.ROLLED, "期限最后一日为休息日,顺延至本日届满")
        act = next((act for act in self._acts if act.covers(day)), None)
        if act is not None:
            return self._line(day, Reason.SUSPENDED, f"{act.label or '中止'}期间,顺延")
        return self._line(day, Reason(self._calendar.kind(day)), f"{self._day_text(day)},顺延")

    def _day_text(self, day: date) -> str:
        kind = self._calendar.kind(day)
        name = self._calendar.name(day) if kind is DayKind.HOLIDAY else ""
        return f"{name}放假" if name else kind.text

    def _line(self, day: date, reason: Reason, text: str, *, counted: bool = False) -> DayLine:
        number = None
        if counted:
            self._number += 1
            number = self._number
        provisional = self._calendar.is_provisional(day, day)
        if provisional and reason in _RESTS_ON_NOTICE:
            text += f"({day.year}年放假安排尚未公布,暂按周末推算)"
        return DayLine(day, counted, reason, text, number, provisional)


_RESTS_ON_NOTICE = frozenset({Reason.WORKING, Reason.WEEKEND, Reason.ROLLED})
