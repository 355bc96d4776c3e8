"""HTTP of the network: service points, organisations, communities and coverage."""

from __future__ import annotations

from datetime import timedelta

from chalice.app import Blueprint

from chalicelib.calendars import service as calendars
from chalicelib.core.access import Resource, require
from chalicelib.core.time import SHANGHAI
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Page, PageQuery
from chalicelib.http.view import Call, Reply, view
from chalicelib.network import ports, register, service, store
from chalicelib.network.commands import Command
from chalicelib.network.coverage import coverage
from chalicelib.network.forms import (
    CommunityForm,
    OrganisationChanges,
    OrganisationForm,
    PointChanges,
    PointForm,
    PointQuery,
)
from chalicelib.network.model import Community, Organisation, OrganisationKind
from chalicelib.network.shapes import (
    CommunityShown,
    CoverageLine,
    CoverageShown,
    OpeningDay,
    OpeningShown,
    OrganisationShown,
    PointShown,
    StaffingShown,
)
from chalicelib.network.staffing import PROPOSED, staffing

bp = Blueprint(__name__)

FRESH = {"Cache-Control": "public, max-age=60"}
OPENING_DAYS = 14
LOAD_WEEKS = 4


def command_of(call: Call, act: str) -> Command:
    """The command that a request makes."""
    return Command(call.principal, act, call.now, call.idempotency_key, call.fingerprint)


@bp.route("/v1/points", methods=["GET"])
@view(
    act="point.read",
    query=PointQuery,
    returns=Page[PointShown],
    summary="服务网点/List service points",
    public=True,
)
def list_points(call: Call[None, PointQuery]) -> Reply:
    """Points by tier and parent, in the order of the tiers. The network is in memory."""
    asked, network = call.query, service.network()
    listing = f"points:{asked.tier}:{asked.parent}"
    after = (decode_cursor(asked.cursor, listing) or {}).get("after")
    found = list(network.select(tier=asked.tier, parent=asked.parent))
    keys = [point.key for point in found]
    start = keys.index(after) + 1 if after in keys else 0
    page = found[start : start + asked.limit]
    more = start + asked.limit < len(found)
    return Reply(
        Page[PointShown](
            items=[PointShown.of(point, network) for point in page],
            next_cursor=encode_cursor({"after": page[-1].key}, listing) if more else None,
        ),
        headers=FRESH,
    )


@bp.route("/v1/points/{key}", methods=["GET"])
@view(act="point.read", returns=PointShown, summary="网点详情/Read a point", public=True)
def read_point(call: Call, key: str) -> Reply:
    """One service point with its hours, functions and windows."""
    del call
    point = service.point(key)
    return Reply(PointShown.of(point, service.network()), etag=str(point.version))


@bp.route("/v1/points/{key}/opening", methods=["GET"])
@view(act="point.read", returns=OpeningShown, summary="开放时间/Opening days", public=True)
def read_opening(call: Call, key: str) -> OpeningShown:
    """Whether it is open now, when next, and two weeks day by day.

    Service days are not working days: 365 service opens on rest days, and no limit counts them.
    """
    hours, calendar = service.point(key).hours, calendars.working_calendar()
    today = call.now.astimezone(SHANGHAI).date()
    days = [today + timedelta(days=at) for at in range(OPENING_DAYS)]
    return OpeningShown(
        open_now=hours.open_at(call.now, calendar.is_working(today)),
        next_opening=hours.next_opening(call.now, calendar.is_working),
        days=[
            OpeningDay(
                date=day,
                working_day=(working := calendar.is_working(day)),
                spans=[str(span) for span in hours.on(day, working)],
            )
            for day in days
        ],
    )


@bp.route("/v1/points", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="point.write",
    body=PointForm,
    returns=PointShown,
    status=201,
    summary="登记网点/Register a service point",
)
def register_point(call: Call[PointForm]) -> Reply:
    """Add a service point. A name off the pattern of clause 2 is refused with the right one."""
    new = register.register_point(command_of(call, "point.write"), call.body.plain())
    location = {"Location": f"/v1/points/{new.key}"}
    shown = PointShown.of(new, service.network())
    return Reply(shown, etag=str(new.version), headers=location)


@bp.route("/v1/points/{key}", methods=["PUT"], authorizer=jwt_authorizer)
@view(act="point.write", body=PointChanges, returns=PointShown, summary="变更网点/Change a point")
def change_point(call: Call[PointChanges], key: str) -> Reply:
    """Replace the fields sent; the others stay. `If-Match` guards against a change in between."""
    command = command_of(call, "point.write")
    new = register.change_point(command, key, call.body.plain(), call.if_match)
    return Reply(PointShown.of(new, service.network()), etag=str(new.version))


@bp.route("/v1/points/{key}/staffing", methods=["GET"], authorizer=jwt_authorizer)
@view(act="posting.read", returns=StaffingShown, summary="网点人员配置/Staff against load")
def read_staffing(call: Call, key: str) -> StaffingShown:
    """Staff posted at a point against the load of the last four weeks and the opening hours."""
    point = service.point(key)
    require(call.principal, "posting.read", Resource(organisation=point.organisation))
    today = call.now.astimezone(SHANGHAI).date()
    figures = ports.figures(today - timedelta(weeks=LOAD_WEEKS), today)
    received = sum(each.received for each in figures if each.point == key)
    postings, _ = store.postings_at(key, active=True)
    found = staffing(point, postings, received / LOAD_WEEKS, today)
    return StaffingShown(
        point=found.point,
        posted=found.posted,
        needed=found.needed,
        missing=found.missing,
        for_load=found.for_load,
        for_hours=found.for_hours,
        cases_per_week=found.cases_per_week,
        open_hours_per_week=found.open_hours_per_week,
        minutes_per_case=PROPOSED.minutes_per_case,
        hours_per_week=PROPOSED.hours_per_week,
        utilisation=PROPOSED.utilisation,
    )


@bp.route("/v1/coverage", methods=["GET"])
@view(act="point.read", returns=CoverageShown, summary="网点覆盖率/Coverage", public=True)
def read_coverage(call: Call) -> Reply:
    """Communities with a station over all, in the district and by subdistrict (clause 二)."""
    del call
    network = service.network()
    whole = coverage(network)
    offices = sorted(
        {community.subdistrict for community in network.communities.values()}
        & network.organisations.keys()
    )
    district = CoverageLine.of(whole, network.district.code, network.district.name)
    lines = [
        CoverageLine.of(whole.within(key), key, network.organisation(key).name) for key in offices
    ]
    return Reply(CoverageShown(district=district, subdistricts=lines), headers=FRESH)


@bp.route("/v1/communities", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="point.write",
    body=CommunityForm,
    returns=CommunityShown,
    status=201,
    summary="登记社区(村)/Register a community",
)
def register_community(call: Call[CommunityForm]) -> CommunityShown:
    """Add a community or village, so that coverage counts it."""
    new = Community.from_dict(call.body.model_dump())
    kept = register.register_community(command_of(call, "point.write"), new)
    return CommunityShown.model_validate(kept.to_dict())


@bp.route("/v1/organisations", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="organisation.read",
    query=PageQuery,
    returns=Page[OrganisationShown],
    summary="机构/List organisations",
)
def list_organisations(call: Call[None, PageQuery]) -> Page[OrganisationShown]:
    """All organisations, in the order of their kind and key."""
    require(call.principal, "organisation.read")
    asked = call.query
    order = {kind: rank for rank, kind in enumerate(OrganisationKind)}
    found = sorted(
        service.network().organisations.values(), key=lambda each: (order[each.kind], each.key)
    )
    keys = [each.key for each in found]
    after = (decode_cursor(asked.cursor, "organisations") or {}).get("after")
    start = keys.index(after) + 1 if after in keys else 0
    page = found[start : start + asked.limit]
    more = start + asked.limit < len(found)
    return Page[OrganisationShown](
        items=[OrganisationShown.of(each) for each in page],
        next_cursor=encode_cursor({"after": page[-1].key}, "organisations") if more else None,
    )


@bp.route("/v1/organisations/{key}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="organisation.read", returns=OrganisationShown, summary="机构详情/Read an organisation")
def read_organisation(call: Call, key: str) -> Reply:
    """One organisation with its duties and its leading group."""
    require(call.principal, "organisation.read")
    found = service.organisation(key)
    return Reply(OrganisationShown.of(found), etag=str(found.version))


@bp.route("/v1/organisations", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="organisation.write",
    body=OrganisationForm,
    returns=OrganisationShown,
    status=201,
    summary="登记机构/Register an organisation",
)
def register_organisation(call: Call[OrganisationForm]) -> Reply:
    """Add an organisation. An exclusive duty has one holder at a time."""
    draft = Organisation.from_dict(call.body.model_dump(mode="json"))
    new = register.register_organisation(command_of(call, "organisation.write"), draft)
    location = {"Location": f"/v1/organisations/{new.key}"}
    return Reply(OrganisationShown.of(new), etag=str(new.version), headers=location)


@bp.route("/v1/organisations/{key}", methods=["PUT"], authorizer=jwt_authorizer)
@view(
    act="organisation.write",
    body=OrganisationChanges,
    returns=OrganisationShown,
    summary="变更机构/Change an organisation",
)
def change_organisation(call: Call[OrganisationChanges], key: str) -> Reply:
    """Replace the fields sent. `If-Match` guards against a change in between."""
    command = command_of(call, "organisation.write")
    new = register.change_organisation(command, key, call.body.plain(), call.if_match)
    return Reply(OrganisationShown.of(new), etag=str(new.version))
