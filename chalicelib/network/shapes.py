"""What the network's API gives out."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from chalicelib.http.schema import Output
from chalicelib.network.chiefs import ChiefRegister
from chalicelib.network.coverage import Coverage
from chalicelib.network.model import (
    Network,
    Organisation,
    OrganisationKind,
    PointState,
    ServicePoint,
)
from chalicelib.network.naming import Tier
from chalicelib.network.pilots import Stage, Subject, Switch
from chalicelib.network.postings import Decision, Ending, Posting
from chalicelib.network.qualification import Work


class LocationShown(Output):
    address: str
    longitude: float
    latitude: float


class HoursShown(Output):
    """Opening hours, and what they amount to: 午间不间断, 延时, 365."""

    working_day: list[str]
    rest_day: list[str]
    exceptions: dict[str, list[str]]
    through_noon: bool
    extended: bool
    all_year: bool


class PointShown(Output):
    """A service point. `comprehensive`: its windows accept every department's items."""

    key: str
    name: str
    tier: Tier
    place: str
    organisation: str
    organisation_name: str
    parent: str | None
    location: LocationShown
    hours: HoursShown
    functions: list[str]
    windows: list[str]
    communities: list[str]
    phone: str
    state: PointState
    comprehensive: bool
    version: int

    @classmethod
    def of(cls, point: ServicePoint, network: Network) -> PointShown:
        office = network.district.office_hours
        hours = {
            **point.hours.to_dict(),
            "through_noon": point.hours.through_noon(office),
            "extended": point.hours.extended(office),
            "all_year": point.hours.all_year,
        }
        runs = network.organisations.get(point.organisation)
        return cls.model_validate(
            {
                **point.to_dict(),
                "hours": hours,
                "organisation_name": runs.name if runs else "",
                "comprehensive": point.comprehensive,
            }
        )


class OpeningDay(Output):
    """One day: whether offices work by the calendar, and when this point is open all the same."""

    date: date
    working_day: bool
    spans: list[str]


class OpeningShown(Output):
    """Whether a point is open now, when it opens next, and its coming days."""

    open_now: bool
    next_opening: datetime | None
    days: list[OpeningDay]


class CommunityShown(Output):
    key: str
    name: str
    subdistrict: str
    households: int


class CoverageLine(Output):
    """Communities with a station over all, with those that lack one."""

    subdistrict: str
    subdistrict_name: str
    numerator: int
    denominator: int
    rate: float | None
    households_missed: int
    missing: list[CommunityShown]

    @classmethod
    def of(cls, found: Coverage, key: str, name: str) -> CoverageLine:
        return cls(
            subdistrict=key,
            subdistrict_name=name,
            numerator=found.numerator,
            denominator=found.denominator,
            rate=found.rate,
            households_missed=found.households_missed,
            missing=[CommunityShown.model_validate(each.to_dict()) for each in found.missing],
        )


class CoverageShown(Output):
    """网点覆盖率 of the district, and of each subdistrict."""

    district: CoverageLine
    subdistricts: list[CoverageLine]


class StaffingShown(Output):
    """Staff at a point against its load and its hours; the standard is a proposal, shown here."""

    point: str
    posted: int
    needed: int
    missing: int
    for_load: int
    for_hours: int
    cases_per_week: float
    open_hours_per_week: float
    minutes_per_case: float
    hours_per_week: float
    utilisation: float


class SeatShown(Output):
    account: str
    post: str


class OrganisationShown(Output):
    """A unit of the service system, its duties and its leading group."""

    key: str
    name: str
    kind: OrganisationKind
    uscc: str
    parent: str | None
    duties: list[str]
    group: list[SeatShown]
    active: bool
    version: int

    @classmethod
    def of(cls, organisation: Organisation) -> OrganisationShown:
        return cls.model_validate(organisation.to_dict())


class QualificationShown(Output):
    experienced_since: date | None
    certificate_no: str
    certificate_until: date | None


class TransferShown(Output):
    effective_on: date
    reason: str
    requested_by: str
    to_point: str | None
    exception: str
    decision: Decision
    decided_by: str
    comment: str


class SubstituteShown(Output):
    account: str
    since: date
    until: date
    reason: str


class PostingShown(Output):
    """A posting under dual management: the department for business, the centre for conduct."""

    id: str
    account: str
    organisation: str
    point: str
    work: list[Work]
    since: date
    tenure_until: date
    active: bool
    worker: str
    business_by: str
    conduct_by: str
    qualification: QualificationShown
    shortcomings: list[str]
    transfer: TransferShown | None
    substitutes: list[SubstituteShown]
    recommended: list[int]
    last_day: date | None
    ending: Ending | None
    ending_reason: str
    version: int

    @classmethod
    def of(cls, posting: Posting, network: Network, today: date) -> PostingShown:
        return cls.model_validate(
            {
                **posting.to_dict(),
                "tenure_until": posting.tenure_until,
                "active": posting.active_on(today),
                "worker": posting.worker_on(today),
                "business_by": posting.organisation,
                "conduct_by": network.centre.organisation,
                "shortcomings": [each.message for each in posting.shortcomings(today)],
            }
        )


class AppointmentShown(Output):
    id: str
    account: str
    since: date
    until: date | None
    items: list[str] | None
    document: str
    stand_ins: list[SubstituteShown]


class GapShown(Output):
    """A stretch of days, both included, on which nobody can sign for the body."""

    since: date
    until: date


class ChiefsShown(Output):
    """A body's chief representatives: who signs today, all appointments, and days without one."""

    organisation: str
    signer: str | None
    appointments: list[AppointmentShown]
    gaps: list[GapShown]
    version: int

    @classmethod
    def of(cls, register: ChiefRegister, today: date, horizon: date) -> ChiefsShown:
        gaps: list[dict[str, Any]] = [
            {"since": since, "until": until} for since, until in register.gaps(today, horizon)
        ]
        return cls.model_validate(
            {**register.to_dict(), "signer": register.signer(today), "gaps": gaps}
        )


class PilotShown(Output):
    """Something switched on by place; `points` null is everywhere. `report` widened it."""

    subject: Subject
    code: str
    title: str
    stage: Stage
    since: date
    points: list[str] | None
    widened_on: date | None
    report: dict[str, Any] | None
    reason: str
    version: int

    @classmethod
    def of(cls, switch: Switch) -> PilotShown:
        return cls.model_validate(switch.to_dict())


class GroupShown(Output):
    """Figures of a group of points, summed; a rate is null where nothing was counted."""

    points: int
    received: int
    closed: int
    on_time: int
    days_used: float
    days_promised: float
    rated: int
    rated_good: int
    on_time_rate: float | None
    days_per_case: float | None
    used_to_promised: float | None
    good_rate: float | None


class ReportShown(Output):
    """A pilot against the rest; differences are pilot minus rest."""

    since: date
    until: date
    pilot: GroupShown
    rest: GroupShown
    difference: dict[str, float | None]
