"""The clock against its like: one date and twenty working days, and a district's open cases.

Run `python -m benchmarks.clock`. Times are CPU times of one process, medians of repeated rounds, with
the inputs made before the watch starts; the rivals get the same days off and their fastest form.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta

import chinese_calendar
import numpy

from chalicelib.core.calendar import Notice, WorkingCalendar
from chalicelib.core.deadlines import Ledger, Limit, Origin, OriginatedLimit, Unit, alerts
from chalicelib.core.ledger import SuspensionKind
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.time import SHANGHAI
from chalicelib.core.whatif import effects

Row = tuple[str, float, str]

START = date(2026, 2, 11)
DUE = date(2026, 3, 17)
CASES = 100_000


def seconds_each(act: Callable[[], object], times: int, rounds: int = 15) -> float:
    """The median time of one call, in seconds, the loop's own cost taken off."""

    def lap(of: Callable[[], object]) -> float:
        begin = time.process_time()
        for _ in range(times):
            of()
        return (time.process_time() - begin) / times

    nothing = statistics.median(lap(lambda: None) for _ in range(rounds))
    return statistics.median(lap(act) for _ in range(rounds)) - nothing


def adding() -> list[Row]:
    """Twenty working days from one date, here and with the two libraries."""
    calendar = shipped_calendar()
    notices = calendar.notices
    off = [day for notice in notices for day in notice.days_off if day.weekday() < 5]
    worked = [day for notice in notices for day in notice.make_up_days]
    # NumPy has no make-up days: its calendar is right only where none lies in between.
    business = numpy.busdaycalendar(holidays=numpy.array(off, dtype="datetime64[D]"))
    start = numpy.datetime64(START)
    ours = seconds_each(lambda: calendar.add_working_days(START, 20), 20_000)
    theirs = seconds_each(lambda: numpy.busday_offset(start, 20, busdaycal=business), 20_000)
    # Its count begins with the date itself where that is a working day, as this one is.
    walking = seconds_each(lambda: chinese_calendar.find_workday(20, START), 5, rounds=5)
    assert calendar.add_working_days(START, 20) == DUE == chinese_calendar.find_workday(20, START)
    assert worked
    return [
        ("numpy.busday_offset ÷ adding 20 working days", theirs / ours, "≥ 2"),
        ("chinesecalendar.find_workday ÷ adding 20 working days", walking / ours, "≥ 500"),
        ("add 20 working days, ns", ours * 1e9, ""),
    ]


def open_cases(count: int) -> Iterator[tuple[str, Ledger]]:
    """Open cases as a district has them late in the year, one at a time; every tenth suspended."""
    promise = OriginatedLimit(Limit(15, Unit.WORKING_DAY), Origin.RECEIPT)
    legal = OriginatedLimit(Limit(20, Unit.WORKING_DAY), Origin.ACCEPTANCE)
    first = datetime(2026, 11, 2, 9, tzinfo=SHANGHAI)
    for number in range(count):
        received = first + timedelta(minutes=number * 7919 % 84_000)
        ledger = Ledger(received, promise, legal).accept(received.date())
        if number % 10 == 0:
            day = received.date() + timedelta(days=3)
            ledger = ledger.suspend("p", SuspensionKind.EXPERT_REVIEW, day)
            ledger = ledger.resume("p", day + timedelta(days=6))
        yield f"{number:06d}", ledger


def reprojection() -> list[Row]:
    """A published 2027: what it does to 100,000 open cases that are read from their JSON."""
    before = shipped_calendar()
    after = before.with_notices([Notice(2027, (date(2027, 1, 1),), ())])
    now = datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)
    heads = [ledger.to_dict() for _, ledger in open_cases(CASES // 100)]

    def stored() -> Iterator[tuple[str, Ledger]]:
        for number in range(CASES):
            yield str(number), Ledger.from_dict(heads[number % len(heads)])

    begin = time.process_time()
    moved = sum(1 for _ in effects(stored(), before, now, after=after))
    spent = time.process_time() - begin
    assert 0 < moved < CASES
    _, ledger = next(open_cases(1))
    schedule = seconds_each(lambda: alerts(ledger, before), 2_000)
    return [
        ("open cases read and compared on two calendars, per CPU second", CASES / spent, ""),
        ("of 100,000 open cases moved by a holiday on 2027-01-01", float(moved), ""),
        ("peak memory of that over 10,000 ÷ 1,000 cases", _memory_growth(before, after), "≤ 1.2"),
        ("alert schedule of one case, µs", schedule * 1e6, ""),
    ]


def _memory_growth(before: WorkingCalendar, after: WorkingCalendar) -> float:
    """Ten times the cases should need no more memory, for they pass one by one."""
    now = datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)

    def peak(count: int) -> int:
        tracemalloc.start()
        for _ in effects(open_cases(count), before, now, after=after):
            pass
        used = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return used

    peak(100)
    small = peak(1_000)
    return peak(10_000) / small


def run() -> list[Row]:
    """The figures: name, value, and the target where there is one."""
    return [*adding(), *reprojection()]


def main() -> None:
    """Print the figures as a table."""
    for name, value, target in run():
        print(f"{name:64} {value:>14,.2f}  {target}")


if __name__ == "__main__":
    main()
