"""Use cases of the calendar: what holds, and the publication of a notice."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.calendars import store
from chalicelib.calendars.model import Difference, Publication, difference, read_notice
from chalicelib.core.calendar import Status, WorkingCalendar
from chalicelib.core.errors import Conflict, KeyReused, StaleVersion
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.principal import Principal

CACHED_SECONDS: Final = 60.0
"""How long a process goes on with the calendar it has read. A publication is everywhere after it;
the re-projection of open cases may not trust other processes earlier."""


@dataclass(frozen=True, slots=True)
class _Held:
    """What this process holds for the time being."""

    current: store.Current
    calendar: WorkingCalendar
    until: float


_held: list[_Held] = []


def working_calendar() -> WorkingCalendar:
    """The calendar that holds: the shipped notices with the published ones in their place.

    Cached in the process for a minute; then one GetItem, and the tables are built anew only if a
    notice was published.
    """
    return _hold().calendar


def _hold() -> _Held:
    held = _held[0] if _held else None
    now = time.monotonic()
    if held is not None and now < held.until:
        return held
    current = store.read_current()
    same = held is not None and held.current.version == current.version
    calendar = held.calendar if held and same else _calendar_of(current.publications)
    fresh = _Held(current, calendar, now + CACHED_SECONDS)
    _held[:] = [fresh]
    return fresh


def _calendar_of(publications: Mapping[int, Publication]) -> WorkingCalendar:
    if not publications:
        return shipped_calendar()
    return shipped_calendar().with_notices(known.notice for known in publications.values())


def calendar_at(instant: datetime) -> WorkingCalendar:
    """The calendar as it held at an instant: what the clocks of a case that ended then rest on.

    Costs no more than `working_calendar` unless a notice was published since; then one Query for
    each published year.
    """
    held = _hold()
    publications = held.current.publications
    if all(known.published_at <= instant for known in publications.values()):
        return held.calendar
    then: dict[int, Publication] = {}
    for year in publications:
        earlier = (known for known in store.versions(year) if known.published_at <= instant)
        then.update((year, known) for known in earlier)
    return _calendar_of(then)


def forget() -> None:
    """Let the next call read the calendar again."""
    _held.clear()


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
    before = _calendar_of(seen.publications)
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
