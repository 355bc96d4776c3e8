"""Notices as they are published: read from outside with suspicion, and compared with what held."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.core.calendar import Notice, Status, WorkingCalendar
from chalicelib.core.errors import FieldError, InvalidInput
from chalicelib.core.time import from_text, to_text

FIRST_YEAR, LAST_YEAR = 2000, 2099
_MOST_DAYS = 60
_LONGEST_SOURCE = 200

FIXED_HOLIDAYS = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))
"""Days off in every year by 全国年节及纪念日放假办法; a notice without one of them is a slip."""


def read_notice(raw: Mapping[str, Any]) -> Notice:
    """A notice from a file or a request, in the form of the shipped ones.

    Raises InvalidInput that points at everything wrong: the year, a text that is no date, a day of
    another year (December of the year before is allowed), a day named twice, a make-up day on a
    weekday, an official notice that lacks one of the fixed holidays.
    """
    errors: list[FieldError] = []
    year = _year(raw.get("year"), errors)
    status = _status(raw.get("status", Status.OFFICIAL), errors)
    source = raw.get("source", "")
    if not isinstance(source, str) or not source.strip() or len(source) > _LONGEST_SOURCE:
        errors.append(FieldError("/source", f"请写明通知的名称,不超过{_LONGEST_SOURCE}字"))
    days_off = _days(raw.get("days_off"), "/days_off", year, errors)
    make_up = _days(raw.get("makeup_working_days", []), "/makeup_working_days", year, errors)
    names = _names(raw.get("names", {}), set(days_off.values()), errors)
    for at, day in make_up.items():
        if day.weekday() < 5:
            message = f"{day} 不是周末,不能作调休上班日"
            errors.append(FieldError(f"/makeup_working_days/{at}", message))
        elif day in days_off.values():
            message = f"{day} 既列为放假又列为上班"
            errors.append(FieldError(f"/makeup_working_days/{at}", message))
    if not errors and status is Status.OFFICIAL:
        errors.extend(_missing_holidays(year, set(days_off.values())))
    if errors:
        raise InvalidInput("放假安排有误", errors)
    return Notice(
        year=year,
        days_off=tuple(sorted(days_off.values())),
        make_up_days=tuple(sorted(make_up.values())),
        status=status,
        source=source.strip(),
        names=names,
    )


def _year(value: object, errors: list[FieldError]) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and FIRST_YEAR <= value <= LAST_YEAR:
        return value
    errors.append(FieldError("/year", f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间"))
    return 0


def _status(value: object, errors: list[FieldError]) -> Status:
    if isinstance(value, str) and value in set(Status):
        return Status(value)
    errors.append(FieldError("/status", "只能是 official 或 provisional"))
    return Status.PROVISIONAL


def _days(value: object, pointer: str, year: int, errors: list[FieldError]) -> dict[int, date]:
    """The dates of a list by their place in it; what is wrong with the others goes to `errors`."""
    if not isinstance(value, list) or len(value) > _MOST_DAYS:
        errors.append(FieldError(pointer, f"应为日期列表,不超过{_MOST_DAYS}天"))
        return {}
    days: dict[int, date] = {}
    for at, text in enumerate(value):
        day = _date(text)
        if day is None:
            errors.append(FieldError(f"{pointer}/{at}", "应为日期,例如 2026-02-14"))
        elif year and not (day.year == year or (day.year == year - 1 and day.month == 12)):
            errors.append(FieldError(f"{pointer}/{at}", f"{day} 不在 {year} 年"))
        elif day in days.values():
            errors.append(FieldError(f"{pointer}/{at}", f"{day} 重复"))
        else:
            days[at] = day
    return days


def _date(text: object) -> date | None:
    if not isinstance(text, str) or len(text) != len("2026-02-14"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def _names(value: object, days_off: set[date], errors: list[FieldError]) -> dict[date, str]:
    if not isinstance(value, Mapping):
        errors.append(FieldError("/names", "应为日期到节日名称的对照"))
        return {}
    names: dict[date, str] = {}
    for text, name in value.items():
        day = _date(text)
        if day not in days_off or not isinstance(name, str) or not 0 < len(name) <= 20:
            token = str(text)[:20].replace("~", "~0").replace("/", "~1")
            errors.append(FieldError(f"/names/{token}", "应为放假日期和20字以内的节日名称"))
        else:
            names[day] = name
    return names


def _missing_holidays(year: int, days_off: set[date]) -> Iterable[FieldError]:
    for month, day in FIXED_HOLIDAYS:
        fixed = date(year, month, day)
        if fixed not in days_off:
            yield FieldError("/days_off", f"缺少法定节日 {fixed}")


@dataclass(frozen=True, slots=True)
class Publication:
    """One version of a year's notice: the version counts from 1 within the year."""

    notice: Notice
    number: int
    published_at: datetime
    published_by: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "notice": self.notice.to_dict(),
            "number": self.number,
            "published_at": to_text(self.published_at),
            "published_by": self.published_by,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Publication:
        return cls(
            Notice.from_dict(raw["notice"]),
            int(raw["number"]),
            from_text(raw["published_at"]),
            raw["published_by"],
        )


@dataclass(frozen=True, slots=True)
class DayChange:
    """A day that a notice makes a working day, or takes away as one."""

    date: date
    working: bool


@dataclass(frozen=True, slots=True)
class Difference:
    """What a notice changes against the calendar that held before it."""

    year: int
    days: Sequence[DayChange]
    status_before: Status
    status_after: Status

    @property
    def empty(self) -> bool:
        """Whether nothing changes that a due date could depend on."""
        return not self.days and self.status_before is self.status_after


def difference(before: WorkingCalendar, after: WorkingCalendar, year: int) -> Difference:
    """The days on which two calendars differ, in `year` and the December before it."""
    first, last = date(year - 1, 12, 1), date(year, 12, 31)
    days = (date.fromordinal(at) for at in range(first.toordinal(), last.toordinal() + 1))
    return Difference(
        year=year,
        days=tuple(
            DayChange(day, after.is_working(day))
            for day in days
            if before.is_working(day) != after.is_working(day)
        ),
        status_before=before.status(year),
        status_after=after.status(year),
    )
