"""HTTP of pilots: switch something on at some points, compare, widen, stop."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.core.access import require
from chalicelib.core.errors import NotFound
from chalicelib.core.time import SHANGHAI
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Page
from chalicelib.http.view import Call, Reply, view
from chalicelib.network import piloting, service
from chalicelib.network.api import command_of
from chalicelib.network.forms import PilotForm, StopForm, WideningForm
from chalicelib.network.pilots import Subject, Switch, switch_key
from chalicelib.network.shapes import PilotShown, ReportShown

bp = Blueprint(__name__)

PILOT = "/v1/pilots/{subject}/{code}"


@bp.route("/v1/pilots", methods=["GET"], authorizer=jwt_authorizer)
@view(act="pilot.read", returns=Page[PilotShown], summary="试点/List pilots")
def list_pilots(call: Call) -> Page[PilotShown]:
    """Everything that is switched by place. The network is in memory: one page."""
    require(call.principal, "pilot.read")
    switches = sorted(service.network().switches.values(), key=lambda each: each.key)
    return Page[PilotShown](items=[PilotShown.of(each) for each in switches])


@bp.route("/v1/pilots", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="pilot.write",
    body=PilotForm,
    returns=PilotShown,
    status=201,
    summary="开始试点/Start a pilot",
)
def start_pilot(call: Call[PilotForm]) -> Reply:
    """One subdistrict and one community go first, at least (clause 18)."""
    asked = call.body
    switch = piloting.start_pilot(
        command_of(call, "pilot.write"),
        asked.subject,
        asked.code,
        title=asked.title,
        points=frozenset(asked.points),
        since=asked.since,
    )
    location = {"Location": f"/v1/pilots/{switch.subject}/{switch.code}"}
    return Reply(PilotShown.of(switch), etag=str(switch.version), headers=location)


@bp.route(PILOT, methods=["GET"], authorizer=jwt_authorizer)
@view(act="pilot.read", returns=PilotShown, summary="试点详情/Read a pilot")
def read_pilot(call: Call, subject: str, code: str) -> Reply:
    """One pilot, with the report that widened it."""
    require(call.principal, "pilot.read")
    switch = _find(subject, code)
    return Reply(PilotShown.of(switch), etag=str(switch.version))


@bp.route(PILOT + "/report", methods=["GET"], authorizer=jwt_authorizer)
@view(act="pilot.read", returns=ReportShown, summary="试点报告/Compare with the rest")
def read_report(call: Call, subject: str, code: str) -> ReportShown:
    """The pilot's points against all others, from its first day until today."""
    require(call.principal, "pilot.read")
    today = call.now.astimezone(SHANGHAI).date()
    return ReportShown.model_validate(piloting.pilot_report(_find(subject, code), today).to_dict())


@bp.route(PILOT + "/widening", methods=["POST"], authorizer=jwt_authorizer)
@view(act="pilot.write", body=WideningForm, returns=PilotShown, summary="推广/Widen a pilot")
def widen_pilot(call: Call[WideningForm], subject: str, code: str) -> Reply:
    """Switch on at more points, or everywhere, on today's report, which is kept."""
    points = None if call.body.points is None else frozenset(call.body.points)
    command = command_of(call, "pilot.write")
    switch = piloting.widen_pilot(command, _subject(subject), code, points, call.if_match)
    return Reply(PilotShown.of(switch), etag=str(switch.version))


@bp.route(PILOT + "/stop", methods=["POST"], authorizer=jwt_authorizer)
@view(act="pilot.write", body=StopForm, returns=PilotShown, summary="停止试点/Stop a pilot")
def stop_pilot(call: Call[StopForm], subject: str, code: str) -> Reply:
    """Switch off everywhere, with the reason."""
    command = command_of(call, "pilot.write")
    switch = piloting.stop_pilot(command, _subject(subject), code, call.body.reason, call.if_match)
    return Reply(PilotShown.of(switch), etag=str(switch.version))


def _subject(text: str) -> Subject:
    try:
        return Subject(text)
    except ValueError:
        raise NotFound("没有这项试点") from None


def _find(subject: str, code: str) -> Switch:
    switch = service.network().switches.get(switch_key(_subject(subject), code))
    if switch is None:
        raise NotFound("没有这项试点")
    return switch
