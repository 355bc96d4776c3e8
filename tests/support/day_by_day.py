"""The deadline rules again, by walking one day at a time: slow, plain, and sharing no code.

It knows the year 2026 from the State Council's notice as typed in here; every other day of the
week follows the weekend rule. Suspensions are lists of (from, to): the days after `from` up to and
including `to` do not count, and `to` may be None for one that lasts.
"""

from __future__ import annotations

import calendar
from datetime import date, timedelta

DAY = timedelta(days=1)
_OFF = "01-01/01-03 02-15/02-23 04-04/04-06 05-01/05-05 06-19/06-21 09-25/09-27 10-01/10-07"
MAKE_UP = {
    date(2026, 1, 4),
    date(2026, 2, 14),
    date(2026, 2, 28),
    date(2026, 5, 9),
    date(2026, 9, 20),
    date(2026, 10, 10),
}
FAR = 4000


def _holidays():
    for period in _OFF.split():
        first, last = (date.fromisoformat(f"2026-{text}") for text in period.split("/"))
        while first <= last:
            yield first
            first += DAY


HOLIDAYS = frozenset(_holidays())


def works(day):
    if day in MAKE_UP:
        return True
    return day not in HOLIDAYS and day.weekday() < 5


def suspended(day, suspensions):
    return any(start < day and (end is None or day <= end) for start, end in suspensions)


def count_off(start, value, unit, suspensions=()):
    """The day on which the count is full, before any roll; None where it never is."""
    if unit == "month":
        month = start.month - 1 + value
        year, month = start.year + month // 12, month % 12 + 1
        last = calendar.monthrange(year, month)[1]
        value = (date(year, month, min(start.day, last)) - start).days
    day, left, steps = start, value, 0
    while left:
        day += DAY
        steps += 1
        if steps > FAR:
            return None
        if suspended(day, suspensions):
            continue
        if unit != "working_day" or works(day):
            left -= 1
    return day


def settle(day, suspensions=()):
    """The first day from `day` on that is a working day and not suspended; None if there is none."""
    for _ in range(FAR):
        if works(day) and not suspended(day, suspensions):
            return day
        day += DAY
    return None


def due(start, value, unit, suspensions=(), extension=None):
    """The last day of a limit and, in another unit, of its extension; None while held up."""
    if extension and extension[1] == unit:
        value, extension = value + extension[0], None
    day = count_off(start, value, unit, suspensions)
    day = settle(day, suspensions) if day else None
    if day and extension:
        return due(day, *extension, suspensions)
    return day
