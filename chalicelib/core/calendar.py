"""Which days are working days, counted in constant time.

Working days come from the State Council's yearly notice: weekdays, less the days off, plus the
make-up days. A year without an official notice follows the weekend rule and is *provisional*:
whoever shows a date that depends on it must say so.

Counting rests on one number a day: how many working days there have been up to and including it.
Inside the span of the notices that number is looked up; outside it, the weekend rule has a closed
form. Both directions are O(1), for every date that `datetime.date` can hold.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from itertools import accumulate
from typing import Any


class Status(StrEnum):
    """Whether a year's days are the State Council's, or still a guess."""

    OFFICIAL = "official"
    PROVISIONAL = "provisional"


class DayKind(StrEnum):
    """Why a day is a working day or is not."""

    WORKING = "working"
    MAKE_UP = "make_up"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"

    @property
    def text(self) -> str:
        """The kind as a citizen reads it."""
        return _KIND_TEXTS[self]


_KIND_TEXTS = {
    DayKind.WORKING: "工作日",
    DayKind.MAKE_UP: "调休上班",
    DayKind.WEEKEND: "周末",
    DayKind.HOLIDAY: "节假日",
}


@dataclass(frozen=True, slots=True)
class Notice:
    """The working days of one year, as one notice announces them.

    `days_off` and `make_up_days` are sorted and may reach into December of the year before, as
    the notices for 2019 and 2023 did. `names` gives days off their holiday's name where known.
    """

    year: int
    days_off: tuple[date, ...]
    make_up_days: tuple[date, ...]
    status: Status = Status.OFFICIAL
    source: str = ""
    names: Mapping[date, str] = field(default_factory=dict, hash=False)

    @property
    def version(self) -> str:
        """Twelve hex digits that change when, and only when, a day or the status changes."""
        import hashlib  # noqa: PLC0415 - only publication and audit ask; cold starts do not

        days = (",".join(map(str, kind)) for kind in (self.days_off, self.make_up_days))
        text = "|".join((str(self.year), self.status, *days))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def to_dict(self) -> dict[str, Any]:
        """JSON, in the shape of the notice files."""
        return {
            "year": self.year,
            "status": str(self.status),
            "source": self.source,
            "days_off": [day.isoformat() for day in self.days_off],
            "makeup_working_days": [day.isoformat() for day in self.make_up_days],
            "names": {day.isoformat(): name for day, name in self.names.items()},
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Notice:
        """What `to_dict` wrote. Trusts its input: a notice from outside goes through
        `chalicelib.calendars.model.read_notice`."""
        day = date.fromisoformat
        return cls(
            year=int(raw["year"]),
            days_off=tuple(map(day, raw["days_off"])),
            make_up_days=tuple(map(day, raw["makeup_working_days"])),
            status=Status(raw.get("status", Status.OFFICIAL)),
            source=raw.get("source", ""),
            names={day(text): name for text, name in raw.get("names", {}).items()},
        )


def _weekdays_until(ordinal: int) -> int:
    """How many Mondays to Fridays there are from 0001-01-01, a Monday, to that day inclusive."""
    weeks, days = divmod(ordinal, 7)
    return weeks * 5 + min(days, 5)


def _weekday_at(position: int) -> int:
    """The ordinal of the n-th weekday since 0001-01-01: the inverse of `_weekdays_until`."""
    weeks, days = divmod(position - 1, 5)
    return weeks * 7 + days + 1


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Working days of every year, official where a notice is given, provisional elsewhere.

    One notice a year; where a notice reaches into the year before, it overrides that year's own.
    """

    notices: tuple[Notice, ...]
    _first: int = field(init=False, repr=False, compare=False)
    _before: int = field(init=False, repr=False, compare=False)
    _shift: int = field(init=False, repr=False, compare=False)
    _until: list[int] = field(init=False, repr=False, compare=False)
    _days: list[date] = field(init=False, repr=False, compare=False)
    _exceptions: dict[date, bool] = field(init=False, repr=False, compare=False)
    _official: frozenset[int] = field(init=False, repr=False, compare=False)
    _version: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        notices = tuple(sorted(self.notices, key=lambda notice: notice.year))
        years = [notice.year for notice in notices]
        if len(set(years)) != len(years):
            raise ValueError(f"two notices for one year: {years}")
        exceptions: dict[date, bool] = {}
        for notice in notices:
            exceptions.update(dict.fromkeys(notice.days_off, False))
            exceptions.update(dict.fromkeys(notice.make_up_days, True))
        if notices:
            begin = min(date(years[0], 1, 1), min(exceptions, default=date.max))
            first, last = begin.toordinal(), date(years[-1], 12, 31).toordinal()
        else:
            first, last = 1, 0
        works = [ordinal % 7 in _WEEKDAYS for ordinal in range(first, last + 1)]
        for day, working in exceptions.items():
            works[day.toordinal() - first] = working
        before = _weekdays_until(first - 1)
        until = list(accumulate(works, initial=before))[1:]
        days = [date.fromordinal(first + at) for at, working in enumerate(works) if working]
        put = object.__setattr__
        put(self, "notices", notices)
        put(self, "_first", first)
        put(self, "_before", before)
        put(self, "_shift", before + len(days) - _weekdays_until(last))
        put(self, "_until", until)
        put(self, "_days", days)
        put(self, "_exceptions", exceptions)
        put(self, "_version", "")
        put(self, "_official", frozenset(n.year for n in notices if n.status is Status.OFFICIAL))

    def position(self, day: date) -> int:
        """How many working days there are up to and including `day`, since 0001-01-01."""
        ordinal = day.toordinal()
        at = ordinal - self._first
        if at < 0:
            return _weekdays_until(ordinal)
        if at < len(self._until):
            return self._until[at]
        return _weekdays_until(ordinal) + self._shift

    def at(self, position: int) -> date:
        """The working day with that position. Raises OverflowError or ValueError past year 9999."""
        place = position - self._before - 1
        if place < 0:
            return date.fromordinal(_weekday_at(position))
        if place < len(self._days):
            return self._days[place]
        return date.fromordinal(_weekday_at(position - self._shift))

    def is_working(self, day: date) -> bool:
        """Whether public offices work on that day."""
        exception = self._exceptions.get(day)
        return day.weekday() < 5 if exception is None else exception

    def kind(self, day: date) -> DayKind:
        """Why the day is a working day or is not."""
        exception = self._exceptions.get(day)
        if exception is None:
            return DayKind.WORKING if day.weekday() < 5 else DayKind.WEEKEND
        return DayKind.MAKE_UP if exception else DayKind.HOLIDAY

    def name(self, day: date) -> str:
        """The holiday's name, or an empty string where the day has none."""
        for notice in reversed(self.notices):
            if day in notice.names:
                return notice.names[day]
        return ""

    def add_working_days(self, start: date, count: int) -> date:
        """The `count`-th working day after `start`, which is itself not counted (民法典 201).

        Zero gives `start`, or the next working day where `start` is a day off (民法典 203).
        """
        if count > 0:
            # The common case, on its own: both tables hit, no further call.
            at = start.toordinal() - self._first
            if 0 <= at < len(self._until):
                place = self._until[at] + count - self._before - 1
                if place < len(self._days):
                    return self._days[place]
            return self.at(self.position(start) + count)
        if count < 0:
            raise ValueError(f"days are added, not taken: {count}")
        return self.roll(start)

    def roll(self, day: date) -> date:
        """`day`, or the first working day after it where it is a day off (民法典 203)."""
        return day if self.is_working(day) else self.at(self.position(day) + 1)

    def working_days_between(self, start: date, end: date) -> int:
        """How many working days lie in (start, end]; negative where `end` is before `start`."""
        return self.position(end) - self.position(start)

    def status(self, year: int) -> Status:
        """Whether that year's days are official."""
        return Status.OFFICIAL if year in self._official else Status.PROVISIONAL

    def is_provisional(self, start: date, end: date) -> bool:
        """Whether any day from `start` to `end`, both included, lies in a provisional year."""
        if start.year == end.year:
            return start.year not in self._official
        return not self._official.issuperset(range(start.year, end.year + 1))

    @property
    def version(self) -> str:
        """Twelve hex digits over the versions of all notices; reckoned once."""
        if not self._version:
            import hashlib  # noqa: PLC0415 - as in Notice.version

            text = ",".join(notice.version for notice in self.notices)
            found = hashlib.sha256(text.encode()).hexdigest()[:12]
            object.__setattr__(self, "_version", found)
        return self._version

    def with_notices(self, notices: Iterable[Notice]) -> WorkingCalendar:
        """This calendar with these notices in place of its own for the same years."""
        by_year = {notice.year: notice for notice in self.notices}
        by_year.update((notice.year, notice) for notice in notices)
        return WorkingCalendar(tuple(by_year.values()))


_WEEKDAYS = frozenset({1, 2, 3, 4, 5})
