"""The reconciler: compares the log with what was published and what runs, and repairs the rest.

It reads little: the journal since its last run, for events that were not published or that no
execution has seen; and the sweep, for cases whose timer should have fired. It never reads all open
cases. Killing every execution loses nothing and doubles nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Final

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import flow, projection, relay, store
from chalicelib.cases.standing import machine_of, standing
from chalicelib.core.time import SystemClock

SETTLE: Final = timedelta(seconds=90)
"""Events younger than this may still be on their way."""

FIRST_LOOK_BACK: Final = timedelta(hours=24)
"""How far the very first run looks back: as long as a stream keeps its records."""

PAGE: Final = 50


@dataclass(slots=True)
class Report:
    """What one run found and did, as counts; `failed` cases are left to the next run."""

    looked_at: int = 0
    published: int = 0
    restarted: int = 0
    rearmed: int = 0
    projected: int = 0
    failed: list[str] = field(default_factory=list)


def run(*, everything: bool = False, now: datetime | None = None) -> Report:
    """One run. `everything` looks at all open cases, as after an outage of the whole engine.

    `now` is real time, by which the journal and the sweep are kept.
    """
    report, now = Report(), now or SystemClock().now()
    since, until = store.read_cursor() or now - FIRST_LOOK_BACK, now - SETTLE
    anew: set[str] = set()
    if since < until:
        numbers = {no for no, _ in store.journal_between(since, until)}
        for page in _pages(sorted(numbers)):
            anew |= _check_page(page, report, timers=False, now=now)
    timers = store.armed_timers() if everything else store.overdue_timers(now)
    # What the journal had started anew has not looked at its head yet: it is not behind again.
    for page in _pages(no for no in timers if no not in anew):
        _check_page(page, report, timers=True, now=now, force=everything)
    if since < until and not report.failed:
        store.write_cursor(until)
    projected = projection.catch_up()
    report.projected = projected.moved if projected else 0
    return report


def _pages(numbers: Iterable[str]) -> Iterator[list[str]]:
    iterator = iter(numbers)
    while page := list(islice(iterator, PAGE)):
        yield page


def _check_page(
    page: list[str], report: Report, *, timers: bool, now: datetime, force: bool = False
) -> set[str]:
    """Check some cases; answers those of which an execution was started."""
    anew, flows = set(), store.read_flows(page)
    for head in store.read_heads(page):
        report.looked_at += 1
        try:
            if _check(head, flows[head.case.no], report, timers=timers, now=now, force=force):
                anew.add(head.case.no)
        except Exception:
            report.failed.append(head.case.no)
    return anew


def _check(
    head: store.Head,
    where: store.Flow,
    report: Report,
    *,
    timers: bool,
    now: datetime,
    force: bool,
) -> bool:
    """Repair one case; whether an execution was started for it."""
    case = head.case
    if where.published < case.version:
        relay.catch_up(case.no, store.read_log(case.no, after=where.published))
        report.published += case.version - where.published
        where = store.read_flow(case.no)
        if case.open:
            store.look_again(case.no, now + flow.GRACE)
        if not force:
            return False
    if not case.open:
        if where.sweep_at is not None:
            store.leave_sweep(case.no)
        return False
    if force or _is_behind(head, where):
        started = flow.ensure(case, where, now)
        report.restarted += started
        return started
    if timers:
        _rearm(head, where, report, now)
    return False


def _is_behind(head: store.Head, where: store.Flow) -> bool:
    """Whether no running execution has seen the head, or its timer should have fired."""
    case, wanted = head.case, machine_of(head.case)
    if wanted is None or where.machine != wanted.value or where.seen < case.version:
        return True
    until = standing(case, wanted, working_calendar(), clock().now()).until
    return until is None or clock().real_seconds(clock().now() - until) > 0


def _rearm(head: store.Head, where: store.Flow, report: Report, now: datetime) -> None:
    """The timer is healthy and merely later than the sweep thought."""
    wanted = machine_of(head.case)
    assert wanted is not None
    until = standing(head.case, wanted, working_calendar(), clock().now()).until
    assert until is not None
    ahead = timedelta(seconds=clock().real_seconds(until - clock().now()))
    store.look_again(where.no, now + ahead + flow.GRACE)
    report.rearmed += 1
