"""HTTP of supervision: alarms and what is done about them, indicators, the wall."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalice.app import Blueprint

from chalicelib.core.access import Resource, allows, require
from chalicelib.core.principal import Principal
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Page
from chalicelib.http.view import Call, Reply, view
from chalicelib.supervision import alarm_store, figures, monthly, service
from chalicelib.supervision.answers import Asked
from chalicelib.supervision.boards import Filter
from chalicelib.supervision.shapes import (
    AlarmQuery,
    AlarmShown,
    BreakdownQuery,
    BreakdownShown,
    CardsShown,
    CasesQuery,
    ClosureForm,
    FigureQuery,
    IndicatorsShown,
    ReportShown,
    ResponseForm,
    SpreadsheetShown,
    WallShown,
)

bp = Blueprint(__name__)

FRESH = {"Cache-Control": "public, max-age=5"}


def asked_by(call: Call[Any, Any]) -> Asked:
    """The request under its idempotency key."""
    return Asked(call.principal.account, call.idempotency_key, call.fingerprint)


def own_unit(principal: Principal) -> Resource:
    """What a reader who is no watcher may see: the body's for a department, else the point's."""
    body = Resource(organisation=principal.organisation)
    return body if allows(principal, "alarm.read", body) else Resource(point=principal.point)


def unit_seen_by(principal: Principal, asked: str | None) -> str | None:
    """The unit whose lists are read: the one asked for, else one's own, or all for a watcher.

    Raises Forbidden for another unit's.
    """
    if asked is None and not allows(principal, "alarm.read"):
        own = own_unit(principal)
        asked = own.organisation or own.point
    require(principal, "alarm.read", Resource(organisation=asked, point=asked))
    return asked


@bp.route("/v1/alarms", methods=["GET"], authorizer=jwt_authorizer)
@view(act="alarm.read", query=AlarmQuery, returns=Page[AlarmShown], summary="预警清单/List alarms")
def list_alarms(call: Call[None, AlarmQuery]) -> Page[AlarmShown]:
    """Gravest and newest first; a unit sees its own, the supervision all."""
    asked = call.query
    unit = unit_seen_by(call.principal, asked.organisation)
    listing = f"alarms:{asked.level}:{unit}:{asked.state}"
    page = alarm_store.page(
        asked.level,
        unit,
        asked.state,
        limit=asked.limit,
        start=decode_cursor(asked.cursor, listing),
    )
    return Page[AlarmShown](
        items=[AlarmShown(**service.public(alarm)) for alarm in page.alarms],
        next_cursor=encode_cursor(page.last_key, listing),
    )


@bp.route("/v1/alarms/{identifier}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="alarm.read", returns=AlarmShown, summary="预警详情/Read an alarm")
def read_alarm(call: Call[None, None], identifier: str) -> Reply:
    """One alarm with its frozen facts and its handling."""
    alarm = alarm_store.read(identifier).alarm
    unit_seen_by(call.principal, alarm.organisation)
    return Reply(AlarmShown(**service.public(alarm)), etag=str(alarm.version))


@bp.route("/v1/alarms/{identifier}/response", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="alarm.respond", body=ResponseForm, returns=AlarmShown, summary="答复预警/Answer an alarm"
)
def respond(call: Call[ResponseForm, None], identifier: str) -> AlarmShown:
    """The responsible unit explains, or says what it has put right."""
    answered = service.answer(
        call.principal, identifier, call.body.kind, call.body.text, asked_by(call)
    )
    return AlarmShown(**answered)


@bp.route("/v1/alarms/{identifier}/closure", methods=["POST"], authorizer=jwt_authorizer)
@view(act="alarm.close", body=ClosureForm, returns=AlarmShown, summary="办结预警/Settle an alarm")
def close(call: Call[ClosureForm, None], identifier: str) -> AlarmShown:
    """The supervision confirms, accepts the explanation or the remedy, or withdraws the alarm."""
    settled = service.settle(
        call.principal,
        identifier,
        asked_by(call),
        outcome=call.body.outcome,
        reason=call.body.reason,
        accountable=call.body.accountable,
    )
    return AlarmShown(**settled)


# --- figures -----------------------------------------------------------------------------------------


def _filter(asked: FigureQuery) -> Filter:
    return Filter(asked.body, asked.point, asked.item)


@bp.route("/v1/indicators", methods=["GET"])
@view(
    act="indicator.read",
    query=FigureQuery,
    returns=IndicatorsShown,
    summary="六个百分之百与运行指标/Indicators",
    public=True,
)
def read_indicators(call: Call[None, FigureQuery]) -> Reply:
    """The six rates with what is missing, and a month's indicators with their formulas."""
    month = figures.month_of(call.query.month)
    answer = IndicatorsShown(**figures.indicators(month, _filter(call.query)))
    return Reply(answer, headers=FRESH)


@bp.route("/v1/indicators/{key}", methods=["GET"])
@view(
    act="indicator.read",
    query=BreakdownQuery,
    returns=BreakdownShown,
    summary="指标分解/One indicator by body, point or item",
    public=True,
)
def read_indicator(call: Call[None, BreakdownQuery], key: str) -> Reply:
    """One indicator apart by body, point or item; the parts add up to the whole."""
    asked = call.query
    month = figures.month_of(asked.month)
    answer = BreakdownShown(**figures.breakdown(key, month, asked.by, _filter(asked)))
    return Reply(answer, headers=FRESH)


@bp.route("/v1/indicators/{key}/cases", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="alarm.read", query=CasesQuery, returns=CardsShown, summary="指标所含办件/Cases of a number"
)
def list_indicator_cases(call: Call[None, CasesQuery], key: str) -> CardsShown:
    """The cases that a number was counted from. A body sees its own, a point its own."""
    asked = call.query
    wanted = _narrowed(call.principal, _filter(asked))
    month = figures.month_of(asked.month)
    listing = f"indicator:{key}:{month}:{wanted}:{asked.timeliness}:{asked.day}"
    page = figures.cases(
        key,
        month,
        wanted,
        timeliness=asked.timeliness,
        limit=asked.limit,
        start=decode_cursor(asked.cursor, listing),
        day=asked.day,
    )
    return CardsShown(items=list(page.cards), next_cursor=encode_cursor(page.next, listing))


def _narrowed(principal: Principal, wanted: Filter) -> Filter:
    """What this reader may open: a watcher anything, a body or a point its own."""
    if allows(principal, "alarm.read"):
        return wanted
    own = own_unit(principal)
    if own.organisation:
        wanted = replace(wanted, body=wanted.body or own.organisation)
    else:
        wanted = replace(wanted, point=wanted.point or own.point)
    require(principal, "alarm.read", Resource(organisation=wanted.body, point=wanted.point))
    return wanted


@bp.route("/v1/wall", methods=["GET"], authorizer=jwt_authorizer)
@view(act="wall.read", returns=WallShown, summary="监察大屏/The supervision wall")
def read_wall(call: Call[None, None]) -> WallShown:
    """Live counts, lights by body and point, the hours' flow, the oldest cases."""
    require(call.principal, "wall.read")
    return WallShown(**figures.wall())


@bp.route("/v1/reports/{month}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="wall.read", returns=ReportShown, summary="监察月报/The monthly report")
def read_report(call: Call[None, None], month: str) -> ReportShown:
    """The month's figures with tables and series, for a printable page."""
    require(call.principal, "wall.read")
    return ReportShown(**monthly.data(figures.month_of(month)))


@bp.route("/v1/reports/{month}/spreadsheet", methods=["GET"], authorizer=jwt_authorizer)
@view(act="wall.read", returns=SpreadsheetShown, summary="监察月报表格/The report as a spreadsheet")
def read_spreadsheet(call: Call[None, None], month: str) -> SpreadsheetShown:
    """An address that downloads the report as .xlsx for five minutes."""
    require(call.principal, "wall.read")
    return SpreadsheetShown(url=monthly.spreadsheet(figures.month_of(month)))
