"""A published calendar moves open cases: re-projected page by page, each told in its own log.

The open cases are walked by the sweep index, a page at a time, so memory does not grow with them.
A case whose dates move gets one event that names both calendars and every date that moved; the
relay then re-arms its timer. Running it again changes nothing, since the event's calendar is kept
on the head. What-if walks the same pages and writes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import recording, store
from chalicelib.cases.lifecycle import Draft
from chalicelib.cases.model import Case
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import alerts
from chalicelib.core.ledger import Ledger
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.whatif import Effect, effect

PAGE: Final = 100


@dataclass(slots=True)
class Projection:
    """What a new calendar did: how many cases were looked at, moved, and changed colour.

    `cases` names those that moved, with their effects, up to `KEPT`; the counts are of all.
    """

    before: str
    after: str
    looked_at: int = 0
    moved: int = 0
    recoloured: int = 0
    cases: list[Mapping[str, Any]] = field(default_factory=list)

    KEPT = 1000


def effect_view(found: Effect) -> dict[str, Any]:
    """One case's effect as JSON: dates before and after of each clock, and the two colours."""
    return {
        "case_no": found.key,
        "moved": {
            clock: [_iso(was), _iso(becomes)] for clock, (was, becomes) in found.moved.items()
        },
        "colour_before": found.colour_before.value,
        "colour_after": found.colour_after.value,
    }


def _iso(day: Any) -> str | None:
    return day.isoformat() if day else None


def open_heads() -> Iterator[store.Head]:
    """Every open case that has a workflow, a page of heads at a time."""
    start: dict[str, Any] | None = None
    while True:
        heads, start = store.open_page(PAGE, start)
        yield from (head for head in heads if head.case.open)
        if start is None:
            return


def decide(
    case: Case, before: WorkingCalendar, after: WorkingCalendar, now: datetime
) -> tuple[Effect | None, list[Draft]]:
    """What the new calendar does to one case, and the event that says so."""
    if not case.open or case.calendar == after.version:
        return None, []
    found = effect(case.no, now, (case.ledger, before), (case.ledger, after))
    if found is None:
        return None, []
    ahead = {f"{a.clock}:{a.rung.value}" for a in alerts(case.ledger, after) if a.at > now}
    data = {
        **effect_view(found),
        "calendar_before": before.version,
        "calendar": after.version,
        "unmade": sorted(case.raised & ahead),
    }
    del data["case_no"]
    return found, [Draft("case.calendar_changed", data)]


def project(
    before: WorkingCalendar,
    after: WorkingCalendar,
    tell: Callable[[Projection], None] | None = None,
) -> Projection:
    """Carry a new calendar into every open case. `tell` is called after each case looked at."""
    report = Projection(before.version, after.version)
    for head in open_heads():
        report.looked_at += 1
        found = _project_one(head, before, after)
        if found is not None:
            report.moved += 1
            report.recoloured += found.changes_colour
            if len(report.cases) < Projection.KEPT:
                report.cases.append(effect_view(found))
        if tell:
            tell(report)
    return report


def _project_one(
    head: store.Head, before: WorkingCalendar, after: WorkingCalendar
) -> Effect | None:
    """Decided on the page's head; a case that moved meanwhile is read and decided again."""
    for _ in range(recording.ATTEMPTS):
        found, drafts = decide(head.case, before, after, clock().now())
        if not drafts:
            return None
        try:
            recording.append(head, drafts, recording.THE_SYSTEM)
        except store.Moved:
            head = recording.read(head.case.no)
            continue
        return found
    raise RuntimeError(f"{head.case.no} kept moving while its dates were projected")


def catch_up(tell: Callable[[Projection], None] | None = None) -> Projection | None:
    """Project the calendar in force, if it is not the one that the cases were last projected on.

    Broken off half-way, it begins again with the same two calendars; cases done stay done.
    """
    after, before = working_calendar(), store.read_projected() or shipped_calendar()
    if before.version == after.version:
        return None
    report = project(before, after, tell)
    store.write_projected(after)
    return report


def what_if(
    *,
    after: WorkingCalendar | None,
    change: Callable[[Ledger], Ledger] | None,
    limit: int,
    start: dict[str, Any] | None,
) -> tuple[list[dict[str, Any]], int, dict[str, Any] | None]:
    """Effects on one page of open cases, how many were looked at, and where to go on.

    Only cases that change are in the list. Nothing is written.
    """
    before, now = working_calendar(), clock().now()
    heads, following = store.open_page(limit, start)
    found = [
        effect(
            head.case.no,
            now,
            (head.case.ledger, before),
            (change(head.case.ledger) if change else head.case.ledger, after or before),
        )
        for head in heads
        if head.case.open
    ]
    return [effect_view(each) for each in found if each], len(heads), following
