"""Visits over HTTP: a number, the window session, the end, and what the visitor says of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.aws.sealing import holder_key
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import InvalidInput
from chalicelib.core.masking import mask_name
from chalicelib.core.principal import CITIZEN, OFFICE, SUPERVISOR, Principal
from chalicelib.hall import opinions, visit_records, visiting
from chalicelib.hall.booking import person_key
from chalicelib.hall.commands import Command
from chalicelib.hall.mandate_shapes import PartyIn
from chalicelib.hall.visiting import Arrival
from chalicelib.hall.visits import (
    OBJECTED,
    RATED,
    REFUSED,
    REGIME_NAMES,
    STATE_NAMES,
    Regime,
    State,
    Visit,
)
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Input, Output, Page, PageQuery
from chalicelib.http.view import Call, Reply, view
from chalicelib.network import service as network

bp = Blueprint(__name__)

Words = Annotated[str, Field(min_length=1, max_length=500)]


class ArrivalIn(Input):
    """Who comes where. A clerk gives a number to whoever stands there, with or without a name."""

    point: Annotated[str | None, Field(max_length=40, description="网点;窗口取号时为本网点")] = None
    appointment: Annotated[str | None, Field(max_length=40)] = None
    item_code: Annotated[str | None, Field(max_length=40)] = None
    on_behalf_of: PartyIn | None = None


class CallIn(Input):
    window: Annotated[str, Field(min_length=1, max_length=20, description="窗口号,如“3号窗口”")]


class ServiceIn(Input):
    """What the visit is about; what is left out stays as it was."""

    case_no: Annotated[str | None, Field(max_length=40)] = None
    consultation: Annotated[str | None, Field(max_length=40)] = None
    answer: Annotated[str, Field(max_length=1000, description="当场答复的内容")] = ""


class HandoverIn(Input):
    to: Annotated[str, Field(min_length=1, max_length=64, description="接手同事的账号")]
    reason: Words


class RefusalIn(Input):
    reason: Words


class RatingIn(Input):
    grade: Annotated[int, Field(ge=1, le=5, description="1 非常满意 … 5 非常不满意")]
    comment: Annotated[str, Field(max_length=500)] = ""


class CodeRatingIn(RatingIn):
    code: Annotated[str, Field(min_length=1, max_length=200, description="取号单上的评价码")]


class ObjectionIn(Input):
    text: Words


class VisitQuery(PageQuery):
    """A citizen's own; a point's of a day in one state for its clerks and who watches."""

    state: State = State.WAITING
    day: date | None = None
    point: Annotated[str | None, Field(max_length=40)] = None


class VisitShown(Output):
    """A visit's course. `visitor` is a masked name, for the clerk who has the visitor before him."""

    id: str
    version: int
    state: State
    state_name: str
    point: str
    point_name: str
    day: date
    number: int
    arrived_at: str
    regime: Regime
    regime_name: str
    appointment: str | None
    item_code: str | None
    window: str | None
    case_no: str | None
    consultation: str | None
    answered: bool
    ended_at: str | None
    grade: int | None
    objected: bool
    named: str | None
    first_asked: str | None
    server: str | None
    visitor: str | None = None
    ahead: Annotated[int | None, Field(description="前面还有几位(最多数到一百)")] = None
    rating_code: str | None = None

    @classmethod
    def of(cls, visit: Visit, who: Principal, **more: Any) -> VisitShown:
        staff = CITIZEN not in who.roles
        raw = visit.to_dict()
        return cls(
            **{key: value for key, value in raw.items() if key in cls.model_fields},
            **{
                "state_name": STATE_NAMES[visit.state],
                "point_name": network.point(visit.point).name,
                "regime_name": REGIME_NAMES[visit.regime],
                "appointment": visit.booking,
                **more,
            },
        ).model_copy(update={} if staff else {"named": None, "first_asked": None, "server": None})


class VisitOpened(VisitShown):
    """With the visitor's words, for the visitor and who watches."""

    comment: str | None = None
    objection: str | None = None
    refusal: str | None = None


class SessionShown(Output):
    """Whom the clerk has before him; null between two clients."""

    visit: VisitShown | None


def _command(call: Call[Any, Any], act: str) -> Command:
    return Command(call.principal, act, call.now, call.idempotency_key, call.fingerprint)


def _served(call: Call[Any, Any], visit: Visit) -> Reply:
    """To the clerk: with the visitor's masked name as long as he is before him, then no more."""
    visitor = None
    if visit.server == call.principal.account and not visit.over:
        name = visit_records.name_of(visit)
        visitor = mask_name(name) if name else "未登记姓名"
    return _private(VisitShown.of(visit, call.principal, visitor=visitor), visit)


def _private(shown: VisitShown, visit: Visit) -> Reply:
    return Reply(shown, headers={"Cache-Control": "no-store"}, etag=str(visit.version))


@bp.route("/v1/visits", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="visit.create", body=ArrivalIn, returns=VisitShown, status=201, summary="取号/Take a number"
)
def arrive(call: Call[ArrivalIn]) -> Reply:
    """The next number, with or without an appointment. The slip's code rates the visit later."""
    asked, who = call.body, call.principal
    by_self = CITIZEN in who.roles
    point = asked.point or who.point
    if point is None:
        raise InvalidInput.at("/point", "请选择网点。")
    if by_self and asked.on_behalf_of is not None:
        raise InvalidInput.at("/on_behalf_of", "请用本人的账号取号。")
    other = asked.on_behalf_of.party() if asked.on_behalf_of else None
    if other is not None and (faults := other.faults("/on_behalf_of")):
        raise InvalidInput("来访人信息有误。", faults)
    person = holder_key(other.id_type, other.id_number) if other else None
    visit = visiting.arrive(
        _command(call, "visit.create"),
        Arrival(
            point=point,
            person=person_key(who) if by_self else person,
            name=who.name if by_self else (other.name if other else ""),
            booking=asked.appointment,
            item_code=asked.item_code,
        ),
    )
    code = visit_records.rating_code(visit)
    return _private(VisitShown.of(visit, who, rating_code=code), visit)


@bp.route("/v1/visits", methods=["GET"], authorizer=jwt_authorizer)
@view(act="visit.read", query=VisitQuery, returns=Page[VisitShown], summary="来访清单/Visits")
def list_visits(call: Call[None, VisitQuery]) -> Page[VisitShown]:
    """A citizen's own, the latest first; a point's of a day, in the order in which it calls."""
    asked, who = call.query, call.principal
    if CITIZEN in who.roles:
        person = person_key(who)
        listing = f"visits:{person}"
        start = decode_cursor(asked.cursor, listing)
        found, last = visit_records.own(person, asked.limit, start)
    else:
        point, day = asked.point or who.point or "", asked.day or call.now.date()
        require(who, "visit.read", Resource(point=point))
        listing = f"visits:{point}:{day}:{asked.state}"
        start = decode_cursor(asked.cursor, listing)
        found, last = visit_records.at_point(
            point, day, asked.state, limit=asked.limit, start=start
        )
    items = [VisitShown.of(visit, who) for visit in found]
    return Page[VisitShown](items=items, next_cursor=encode_cursor(last, listing))


@bp.route("/v1/visits/{visit_id}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="visit.read", returns=VisitOpened, summary="查看来访/One visit")
def show_visit(call: Call, visit_id: str) -> Reply:
    """The visitor sees how many are before him; his words are for him and who watches."""
    visit, who = visit_records.look(call.principal, visit_id), call.principal
    more: dict[str, Any] = {}
    if visit.person is not None and visit.person == person_key(who):
        more["rating_code"] = visit_records.rating_code(visit)
        more["ahead"] = visit_records.ahead_of(visit)
    if "rating_code" in more or who.roles & {SUPERVISOR, OFFICE}:
        words = visit_records.words_of(visit)
        more["comment"], more["objection"] = words.get(RATED), words.get(OBJECTED)
        more["refusal"] = words.get(REFUSED)
    return _private(VisitOpened.of(visit, who, **more), visit)


@bp.route("/v1/window-session", methods=["GET"], authorizer=jwt_authorizer)
@view(act="visit.serve", returns=SessionShown, summary="当前接待/The window session")
def session(call: Call) -> Reply:
    """The one client whom this clerk has before him, or nobody."""
    visit = visit_records.session_of(call.principal)
    headers = {"Cache-Control": "no-store"}
    if visit is None:
        return Reply(SessionShown(visit=None), headers=headers)
    return Reply(SessionShown(visit=_served(call, visit).body), headers=headers)


@bp.route("/v1/visit-calls", methods=["POST"], authorizer=jwt_authorizer)
@view(act="visit.serve", body=CallIn, returns=VisitShown, summary="叫下一位/Call next")
def call_next(call: Call[CallIn]) -> Reply:
    """Call who is next at the clerk's own point to a window: one client a session."""
    return _served(call, visiting.call_next(_command(call, "visit.serve"), call.body.window))


@bp.route("/v1/visits/{visit_id}/service", methods=["POST"], authorizer=jwt_authorizer)
@view(act="visit.serve", body=ServiceIn, returns=VisitShown, summary="接待/Serve")
def serve(call: Call[ServiceIn], visit_id: str) -> Reply:
    """The visitor is there; note the case, the consultation or the answer given on the spot."""
    asked = call.body
    visit = visiting.serve(
        _command(call, "visit.serve"),
        visit_id,
        case_no=asked.case_no,
        consultation=asked.consultation,
        answer=asked.answer,
    )
    return _served(call, visit)


@bp.route("/v1/visits/{visit_id}/handover", methods=["POST"], authorizer=jwt_authorizer)
@view(act="visit.serve", body=HandoverIn, returns=VisitShown, summary="转交同事/Hand over")
def hand_over(call: Call[HandoverIn], visit_id: str) -> Reply:
    """To a colleague of this point by name: whoever was asked first answers or hands over."""
    asked = call.body
    visit = visiting.hand_over(_command(call, "visit.serve"), visit_id, asked.to, asked.reason)
    return _served(call, visit)


@bp.route("/v1/visits/{visit_id}/end", methods=["POST"], authorizer=jwt_authorizer)
@view(act="visit.serve", returns=VisitShown, summary="结束接待/End")
def end(call: Call, visit_id: str) -> Reply:
    """Over; the window is free, and shows nothing of this client any more."""
    return _served(call, visiting.end(_command(call, "visit.serve"), visit_id))


@bp.route("/v1/visits/{visit_id}/absence", methods=["POST"], authorizer=jwt_authorizer)
@view(act="visit.serve", returns=VisitShown, summary="过号/Not there")
def absent(call: Call, visit_id: str) -> Reply:
    """Called, and nobody came."""
    return _served(call, visiting.note_absent(_command(call, "visit.serve"), visit_id))


@bp.route("/v1/visits/{visit_id}/refusal", methods=["POST"], authorizer=jwt_authorizer)
@view(act="visit.refuse", body=RefusalIn, returns=VisitShown, summary="登记拒绝接待/Turned away")
def refuse(call: Call[RefusalIn], visit_id: str) -> Reply:
    """Turned away: recorded with the reason and by whom; supervision is told at once."""
    command = _command(call, "visit.refuse")
    visit = visiting.refuse(command, visit_id, call.body.reason)
    return _private(VisitShown.of(visit, call.principal), visit)


@bp.route("/v1/visits/{visit_id}/rating", methods=["POST"], authorizer=jwt_authorizer)
@view(act="visit.rate", body=RatingIn, returns=VisitShown, summary="评价来访/Rate")
def rate(call: Call[RatingIn], visit_id: str) -> Reply:
    """Once a visit, on the five national grades."""
    asked = call.body
    visit = opinions.rate(_command(call, "visit.rate"), visit_id, asked.grade, asked.comment)
    return _private(VisitShown.of(visit, call.principal), visit)


@bp.route("/v1/visits/{visit_id}/objection", methods=["POST"], authorizer=jwt_authorizer)
@view(act="visit.object", body=ObjectionIn, returns=VisitShown, summary="对来访提出异议/Object")
def object_to(call: Call[ObjectionIn], visit_id: str) -> Reply:
    """Answered like an objection to a case, with limits of its own."""
    visit = opinions.object_to(_command(call, "visit.object"), visit_id, call.body.text)
    return _private(VisitShown.of(visit, call.principal), visit)


class RatedShown(Output):
    """What the terminal says after a rating."""

    visit: str
    grade: int


@bp.route("/v1/visit-ratings", methods=["POST"])
@view(
    act="visit.rate_by_code",
    body=CodeRatingIn,
    returns=RatedShown,
    status=201,
    summary="扫码评价/Rate by the slip's code",
    public=True,
)
def rate_by_code(call: Call[CodeRatingIn]) -> RatedShown:
    """For whoever holds the slip, on the terminal before the window or a phone: once a visit."""
    asked = call.body
    command = _command(call, "visit.rate_by_code")
    visit = opinions.rate_by_code(command, asked.code, asked.grade, asked.comment)
    return RatedShown(visit=visit.id, grade=asked.grade)
