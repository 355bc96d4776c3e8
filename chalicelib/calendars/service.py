"""Use cases of the calendar: what holds, and the publication of a notice."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.calendars import store
from chalicelib.calendars.model import DayChange, Difference, Publication, difference, read_notice
from chalicelib.core.calendar import Status, WorkingCalendar
from chalicelib.core.errors import Conflict, KeyReused, StaleVersion
from chalicelib.core.notices import shipped, shipped_calendar
from chalicelib.core.principal import Principal

CACHED_SECONDS: Final = 60.0
"""How long a process goes on with the calendar it has read. A publication is everywhere after it;
the re-projection of open cases may not trust other processes earlier."""


@dataclass(frozen=True, slots=True)
class _Cached:
    calendar: WorkingCalendar
    until: float
    version: int


_cached: list[_Cached] = []


def working_calendar() -> WorkingCalendar:
    """The calendar that holds: the shipped notices with the published ones in their place.

    Cached in the process for a minute; then one GetItem, and the tables are built anew only if a
    notice was published.
    """
    known = _cached[0] if _cached else None
    now = time.monotonic()
    if known is not None and now < known.until:
        return known.calendar
    return _keep(store.read_current(), known, now).calendar


def _keep(current: store.Current, known: _Cached | None, now: float) -> _Cached:
    if known is not None and known.version == current.version:
        calendar = known.calendar
    else:
        calendar = _calendar_of(current)
    kept = _Cached(calendar, now + CACHED_SECONDS, current.version)
    _cached[:] = [kept]
    return kept


def _calendar_of(current: store.Current) -> WorkingCalendar:
    notices = (publication.notice for publication in current.publications.values())
    return shipped_calendar().with_notices(notices) if current.publications else shipped_calendar()


def forget() -> None:
    """Let the next call read the calendar again."""
    _cached.clear()


@dataclass(frozen=True, slots=True)
class Published:
    """What a publication did: the year's version number, and the days it changed.

    `version_before` and `version` identify the whole calendar before and after; cases note them.
    """

    year: int
    number: int
    status: Status
    version_before: str
    version: str
    changes: Difference

    def to_dict(self) -> dict[str, Any]:
        return {
            "year": self.year,
            "number": self.number,
            "status": str(self.status),
            "status_before": str(self.changes.status_before),
            "version_before": self.version_before,
            "version": self.version,
            "days": [
                {"date": change.date.isoformat(), "working": change.working}
                for change in self.changes.days
            ],
        }


def publish(
    raw: Mapping[str, Any], principal: Principal, now: datetime, key: str, fingerprint: str
) -> dict[str, Any]:
    """Publish a year's notice; the answer is `Published.to_dict`.

    The same key and fingerprint get the first answer again. Raises InvalidInput for a notice at
    fault, Conflict where it changes nothing or would take back an official year to a guess,
    KeyReused, StaleVersion where another publication came in between.
    """
    given = store.read_answer(principal.account, key)
    if given is not None:
        return _again(given, fingerprint)
    notice = read_notice(raw)
    seen = store.read_current(consistent=True)
    before = _calendar_of(seen)
    after = before.with_notices([notice])
    changes = difference(before, after, notice.year)
    known = {each.year: each for each in before.notices}.get(notice.year)
    if known == notice:
        raise Conflict(f"{notice.year}年的放假安排与现行的完全相同,无需重复发布")
    if known and known.status is Status.OFFICIAL and notice.status is Status.PROVISIONAL:
        raise Conflict(f"{notice.year}年的放假安排已经正式公布,不能改回暂定")
    earlier = seen.publications.get(notice.year)
    publication = Publication(notice, earlier.number + 1 if earlier else 1, now, principal.account)
    published = Published(
        notice.year,
        publication.number,
        notice.status,
        before.version,
        after.version,
        changes,
    )
    answer = store.Answer(fingerprint, published.to_dict())
    try:
        store.write(publication, seen, principal.account, key, answer)
    except StaleVersion:
        # The same request may have come twice at once: then the other one's answer is ours.
        given = store.read_answer(principal.account, key)
        if given is None:
            raise
        return _again(given, fingerprint)
    forget()
    return published.to_dict()


def _again(given: store.Answer, fingerprint: str) -> dict[str, Any]:
    if given.fingerprint != fingerprint:
        raise KeyReused("这个 Idempotency-Key 已经用于另一次发布,请换一个新的")
    return dict(given.document)


def publications(year: int) -> list[Publication]:
    """Every publication of a year through this platform, oldest first."""
    return list(store.versions(year))


def is_shipped(year: int) -> bool:
    """Whether the product itself carries a notice for that year."""
    return any(notice.year == year for notice in shipped())


__all__ = [
    "DayChange",
    "Published",
    "forget",
    "is_shipped",
    "publications",
    "publish",
    "working_calendar",
]
