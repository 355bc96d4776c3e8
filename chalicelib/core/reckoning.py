"""How a limit is counted off from a day, with interruptions: the arithmetic under every clock.

Working days are counted on the calendar's positions and calendar days on ordinals, so a due date
costs as much as there are interruptions, not as there are days.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.limits import Limit, Unit

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Pause:
    """Days that do not count: (after, until]. `until` is None while the pause lasts."""

    after: date
    until: date | None
    label: str = ""

    def covers(self, day: date) -> bool:
        """Whether that day is not counted because of this pause."""
        return self.after < day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Span:
    """A limit from the day after `started_on`, one phase after another, with its pauses.

    A second phase is an extension in another unit. `pauses` are merged: sorted and disjoint.
    """

    started_on: date
    phases: tuple[Limit, ...]
    pauses: tuple[Pause, ...] = ()

    def last_day(self, calendar: WorkingCalendar) -> date | None:
        """The last day of the limit, which lasts till its 24:00; None while a pause holds it up.

        A last day that is a day off passes to the next working day (民法典 203); so does one that
        falls into a pause, whose days lie outside the limit altogether.
        """
        day = self.full_on(calendar)
        return self._settled(day, calendar) if day is not None else None

    def full_on(self, calendar: WorkingCalendar) -> date | None:
        """The day on which the count is full, before it passes from a day off to a working day."""
        return self._counted_off(calendar, lead=None)

    def day_before_last(self, calendar: WorkingCalendar, percent: int, least: int) -> date | None:
        """The first day after which no more than that part of the last phase is left.

        The part is `percent` of it, at least `least` working days; the answer lies after the start
        and not after the last day. None where the limit is zero or a pause holds that day up.
        """
        last = self.phases[-1]
        if last.value == 0:
            return None
        day = self._counted_off(calendar, lead=(percent, least))
        if day is not None and last.unit is not Unit.WORKING_DAY:
            due = self.last_day(calendar)
            if due is not None:
                day = min(day, calendar.at(calendar.position(due) - least))
            day = max(day, self.started_on + ONE_DAY)
        return day

    def is_provisional(self, due_on: date, calendar: WorkingCalendar) -> bool:
        """Whether `due_on` rests on a year whose notice is not in.

        Working days all matter; of calendar days only the roll at the end does.
        """
        if any(phase.unit is Unit.WORKING_DAY for phase in self.phases):
            return calendar.is_provisional(min(self.started_on + ONE_DAY, due_on), due_on)
        return calendar.is_provisional(self.full_on(calendar) or due_on, due_on)

    def pause_on(self, day: date) -> Pause | None:
        """The pause that keeps that day from counting."""
        return next((pause for pause in self.pauses if pause.covers(day)), None)

    def _counted_off(self, calendar: WorkingCalendar, lead: tuple[int, int] | None) -> date | None:
        """The day on which the count is full, or full but for the lead, before any roll."""
        *earlier, last = self.phases
        start = self.started_on
        for phase in earlier:
            full = self._count_phase(start, phase, calendar, None)
            settled = self._settled(full, calendar) if full is not None else None
            if settled is None:
                return None
            start = settled
        return self._count_phase(start, last, calendar, lead)

    def _count_phase(
        self, start: date, phase: Limit, calendar: WorkingCalendar, lead: tuple[int, int] | None
    ) -> date | None:
        if phase.value == 0:
            return start
        working = phase.unit is Unit.WORKING_DAY
        place = calendar.position if working else date.toordinal
        count = phase.value
        if phase.unit is Unit.MONTH:
            count = (add_months(start, count) - start).days
        if lead is not None:
            percent, least = lead
            share = count * percent // 100
            count -= min(max(share, least) if working else share, count - 1)
        target = place(start) + count
        for pause in self.pauses:
            if pause.until is not None and pause.until <= start:
                continue
            if place(pause.after) >= target:
                break
            if pause.until is None:
                return None
            target += place(pause.until) - place(max(pause.after, start))
        return calendar.at(target) if working else date.fromordinal(target)

    def _settled(self, day: date, calendar: WorkingCalendar) -> date | None:
        while True:
            day = calendar.roll(day)
            pause = self.pause_on(day)
            if pause is None:
                return day
            if pause.until is None:
                return None
            day = pause.until + ONE_DAY


def add_months(start: date, months: int) -> date:
    """The same-numbered day that many months later, or the month's last day (民法典 202)."""
    years, month = divmod(start.month - 1 + months, 12)
    year = start.year + years
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def merge(pauses: Iterable[Pause]) -> tuple[Pause, ...]:
    """Sorted, disjoint pauses that cover the same days; touching ones become one."""
    merged: list[Pause] = []
    for pause in sorted(pauses, key=lambda pause: pause.after):
        last = merged[-1] if merged else None
        if last is None or (last.until is not None and last.until < pause.after):
            merged.append(pause)
        elif last.until is not None and (pause.until is None or pause.until > last.until):
            merged[-1] = Pause(last.after, pause.until, last.label)
    return tuple(merged)


def phases(limit: Limit, extension: Limit | None) -> tuple[Limit, ...]:
    """A limit and its extension: one longer limit where they count the same unit."""
    if extension is None:
        return (limit,)
    if extension.unit is limit.unit:
        return (Limit(limit.value + extension.value, limit.unit),)
    return (limit, extension)
