"""HTTP of the calendar: the working days of a year, the deadline calculator, publication."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from typing import Annotated

from chalice.app import Blueprint
from pydantic import BaseModel, ConfigDict, Field, StrictInt

from chalicelib.calendars import service
from chalicelib.calendars.model import FIRST_YEAR, LAST_YEAR
from chalicelib.calendars.preview import MOST_SUSPENSIONS, preview
from chalicelib.core.access import require
from chalicelib.core.calendar import DayKind, Status, WorkingCalendar
from chalicelib.core.errors import NotFound
from chalicelib.core.explanation import Reason
from chalicelib.core.limits import Limit, Unit
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CalendarDay(BaseModel):
    """One day of a year: whether offices work, why, and the holiday's name where it has one."""

    date: date
    working: bool
    reason: DayKind
    text: str


class CalendarYear(BaseModel):
    """A year, day by day. `provisional` until the State Council's notice for it is published."""

    year: int
    status: Status
    source: str
    version: str
    working_days: int
    days: list[CalendarDay]


@bp.route("/v1/calendars/{year}", methods=["GET"])
@view(
    act="calendar.read",
    returns=CalendarYear,
    summary="工作日历/Working days of a year",
    public=True,
)
def read_calendar(call: Call, year: str) -> Reply:
    """Every day of the year. The entity tag changes with what is shown."""
    del call
    if not (year.isascii() and year.isdigit() and FIRST_YEAR <= int(year[:5]) <= LAST_YEAR):
        raise NotFound(f"只有 {FIRST_YEAR} 到 {LAST_YEAR} 年的日历")
    shown = calendar_year(service.working_calendar(), int(year))
    etag = hashlib.sha256(shown.model_dump_json().encode()).hexdigest()[:16]
    return Reply(shown, etag=etag, headers={"Cache-Control": "max-age=60"})


def calendar_year(calendar: WorkingCalendar, year: int) -> CalendarYear:
    """A year in the public shape."""
    notice = next((each for each in calendar.notices if each.year == year), None)
    first, last = date(year, 1, 1), date(year, 12, 31)
    days = (first + timedelta(days=at) for at in range((last - first).days + 1))
    return CalendarYear(
        year=year,
        status=calendar.status(year),
        source=notice.source if notice else "国务院办公厅尚未公布,暂按周末推算",
        version=calendar.version,
        working_days=calendar.working_days_between(first - timedelta(days=1), last),
        days=[_calendar_day(calendar, day) for day in days],
    )


def _calendar_day(calendar: WorkingCalendar, day: date) -> CalendarDay:
    kind = calendar.kind(day)
    return CalendarDay(
        date=day,
        working=calendar.is_working(day),
        reason=kind,
        text=(calendar.name(day) if kind is DayKind.HOLIDAY else "") or kind.text,
    )


class LimitAsked(Strict):
    value: StrictInt = Field(ge=0)
    unit: Unit

    def limit(self) -> Limit:
        return Limit(self.value, self.unit)


class ExtensionAsked(LimitAsked):
    value: StrictInt = Field(ge=1)


Day = Annotated[date, Field(strict=True)]
"""A date as `2026-02-11`; a number or a time of day is no date."""


class SuspensionAsked(Strict):
    """Excludes the days after `from` up to and including `to`."""

    from_: Day = Field(alias="from")
    to: Day


class PreviewAsked(Strict):
    """A limit counted from the day after `start`; all dates are days in Asia/Shanghai."""

    start: Day
    limit: LimitAsked
    suspensions: list[SuspensionAsked] = Field(default=[], max_length=MOST_SUSPENSIONS)
    extension: ExtensionAsked | None = None


class PreviewDay(BaseModel):
    date: date
    counted: bool
    reason: Reason
    text: str
    number: int | None
    provisional: bool


class PreviewShown(BaseModel):
    """`provisional`: some day that matters lies in a year whose notice is not published."""

    due_on: date
    provisional: bool
    days: list[PreviewDay]


@bp.route("/v1/deadlines/preview", methods=["POST"])
@view(
    act="deadline.preview",
    body=PreviewAsked,
    returns=PreviewShown,
    summary="期限试算/Compute a due date",
    public=True,
)
def preview_deadline(call: Call[PreviewAsked]) -> PreviewShown:
    """The due date of a limit, and which days count towards it and why."""
    asked = call.body
    found = preview(
        service.working_calendar(),
        asked.start,
        asked.limit.limit(),
        [(each.from_, each.to) for each in asked.suspensions],
        asked.extension.limit() if asked.extension else None,
    )
    return PreviewShown(
        due_on=found.due_on,
        provisional=found.provisional,
        days=[
            PreviewDay(
                date=line.date,
                counted=line.counted,
                reason=line.reason,
                text=line.text,
                number=line.number,
                provisional=line.provisional,
            )
            for line in found.days
        ],
    )


class NoticeAsked(Strict):
    """A State Council notice. The room reads its days with care and points at each at fault."""

    year: StrictInt
    status: str = Status.OFFICIAL.value
    source: str = Field(max_length=200)
    days_off: list[str] = Field(max_length=60)
    makeup_working_days: list[str] = Field(default=[], max_length=60)
    names: dict[str, str] = {}


class ChangedDay(BaseModel):
    date: date
    working: bool


class PublishedShown(BaseModel):
    """The year's new version, and the days that it changes."""

    year: int
    number: int
    status: Status
    status_before: Status
    version_before: str
    version: str
    days: list[ChangedDay]


@bp.route("/v1/calendars", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="calendar.publish",
    body=NoticeAsked,
    returns=PublishedShown,
    status=201,
    summary="发布放假安排/Publish a year's notice",
)
def publish_notice(call: Call[NoticeAsked]) -> Reply:
    """Publish a notice. Open cases are re-projected afterwards, not within this request."""
    require(call.principal, "calendar.publish")
    published = service.publish(
        call.body.model_dump(), call.principal, call.now, call.idempotency_key, call.fingerprint
    )
    location = f"/v1/calendars/{published['year']}"
    return Reply(PublishedShown.model_validate(published), headers={"Location": location})
