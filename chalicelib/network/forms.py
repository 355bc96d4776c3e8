"""What the network's API takes in."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from chalicelib.http.schema import Input, PageQuery
from chalicelib.network.model import OrganisationKind, PointState
from chalicelib.network.naming import Tier
from chalicelib.network.pilots import Subject
from chalicelib.network.qualification import Work

Key = Annotated[str, Field(min_length=1, max_length=32, description="标识")]
Account = Annotated[str, Field(min_length=1, max_length=128, description="账号")]
Name = Annotated[str, Field(max_length=60)]
Words = Annotated[str, Field(max_length=500)]
Reason = Annotated[str, Field(min_length=1, max_length=500, description="理由")]
Day = Annotated[date, Field(strict=True)]
SpanText = Annotated[str, Field(pattern=r"^\d\d:\d\d-\d\d:\d\d$", description="如 09:00-12:00")]
SpanList = Annotated[list[SpanText], Field(max_length=6)]


class HoursForm(Input):
    """Opening hours: of working days, of rest days (365 service), and of single dates."""

    working_day: SpanList
    rest_day: SpanList = []
    exceptions: Annotated[dict[Day, SpanList], Field(max_length=366)] = {}

    def plain(self) -> dict[str, Any]:
        return {
            "working_day": self.working_day,
            "rest_day": self.rest_day,
            "exceptions": {day.isoformat(): spans for day, spans in self.exceptions.items()},
        }


class LocationForm(Input):
    """WGS 84 degrees and the address."""

    address: Annotated[str, Field(min_length=1, max_length=200)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    latitude: Annotated[float, Field(ge=-90, le=90)]


class PointQuery(PageQuery):
    """Filters of the list of points; all of them must hold."""

    tier: Annotated[Tier | None, Field(description="层级")] = None
    parent: Annotated[str | None, Field(max_length=32, description="上级网点")] = None
    limit: Annotated[int, Field(ge=1, le=200, description="每页条数")] = 100


class PointChanges(Input):
    """What may change on a service point. Without a name, a changed place renames it."""

    name: Name = ""
    place: Name = ""
    organisation: Annotated[str, Field(max_length=32)] = ""
    parent: Key | None = None
    location: LocationForm | None = None
    hours: HoursForm | None = None
    functions: Annotated[list[Name], Field(max_length=100)] = []
    windows: Annotated[list[Name], Field(max_length=50)] = []
    communities: Annotated[list[Key], Field(max_length=50)] = []
    phone: Annotated[str, Field(max_length=30)] = ""
    state: PointState = PointState.OPEN

    def plain(self) -> dict[str, Any]:
        """The fields that were sent, as the model's own document has them."""
        sent = self.model_dump(mode="json", exclude_unset=True)
        if self.hours is not None:
            sent["hours"] = self.hours.plain()
        return sent


class PointForm(PointChanges):
    """A new service point. Without a name, the right one is generated."""

    key: Key
    tier: Tier
    organisation: Key
    location: LocationForm
    hours: HoursForm


class SeatForm(Input):
    """A seat in an organisation's leading group: the post held, not the person's name."""

    account: Account
    post: Annotated[str, Field(min_length=1, max_length=60)]


class OrganisationChanges(Input):
    """What may change on an organisation."""

    name: Name = ""
    kind: OrganisationKind = OrganisationKind.DEPARTMENT
    uscc: Annotated[str, Field(max_length=18, description="统一社会信用代码")] = ""
    parent: Key | None = None
    duties: Annotated[list[str], Field(max_length=30)] = []
    group: Annotated[list[SeatForm], Field(max_length=50)] = []
    active: bool = True

    def plain(self) -> dict[str, Any]:
        """The fields that were sent, as the model's own document has them."""
        return self.model_dump(mode="json", exclude_unset=True)


class OrganisationForm(OrganisationChanges):
    """A new organisation."""

    key: Key
    name: Annotated[str, Field(min_length=1, max_length=60)]
    kind: OrganisationKind


class CommunityForm(Input):
    """A community or village, whether or not it has a station."""

    key: Key
    name: Annotated[str, Field(min_length=2, max_length=40, pattern="(社区|村)$")]
    subdistrict: Key
    households: Annotated[int, Field(ge=0, le=1_000_000)] = 0


class QualificationForm(Input):
    """Experience and the 《河南省行政执法证》 (clause 16)."""

    experienced_since: Day | None = None
    certificate_no: Annotated[str, Field(max_length=40)] = ""
    certificate_until: Day | None = None


class PostingQuery(PageQuery):
    """Postings of one department or at one point."""

    organisation: Annotated[str | None, Field(max_length=32)] = None
    point: Annotated[str | None, Field(max_length=32)] = None
    ended: bool = False


class PostingForm(Input):
    """A person posted by a department to a point."""

    account: Account
    organisation: Key
    point: Key
    work: Annotated[list[Work], Field(min_length=1, max_length=7)]
    since: Day
    qualification: QualificationForm = QualificationForm()


class TransferForm(Input):
    """A request to move a person on a day: to another point, or back to the department."""

    effective_on: Day
    reason: Reason
    to_point: Key | None = None
    exception: Words = ""


class TransferDecisionForm(Input):
    """The centre's consent, or its refusal with the reason."""

    consent: bool
    comment: Words = ""


class ReturnForm(Input):
    """Why a person goes back to the department."""

    reason: Reason


class StandInForm(Input):
    """Who does the work or signs, on which days, and why."""

    account: Account
    since: Day
    until: Day
    reason: Reason


class RecommendationForm(Input):
    """The years appraised as excellent, and the number of the recommending document."""

    excellent_years: Annotated[list[Annotated[int, Field(ge=2016, le=2100)]], Field(min_length=2)]
    document: Annotated[str, Field(min_length=1, max_length=100)]


class AppointmentForm(Input):
    """A chief representative's appointment; `items` null is every item of the body."""

    account: Account
    since: Day
    until: Day | None = None
    items: Annotated[list[Annotated[str, Field(max_length=36)]] | None, Field(max_length=500)] = (
        None
    )
    document: Annotated[str, Field(min_length=1, max_length=100, description="授权书文号")]


class EndForm(Input):
    """An appointment's last day."""

    last_day: Day


class PilotForm(Input):
    """Something new, where it is tried first, and from when."""

    subject: Subject
    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
    title: Annotated[str, Field(min_length=1, max_length=100)]
    points: Annotated[list[Key], Field(min_length=2, max_length=200)]
    since: Day


class WideningForm(Input):
    """Where it is on after the pilot; null is everywhere."""

    points: Annotated[list[Key] | None, Field(max_length=500)] = None


class StopForm(Input):
    """Why it is switched off."""

    reason: Reason
