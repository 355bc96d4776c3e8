"""HTTP of redress: bad ratings and objections, each a case with its own steps and limits."""

from __future__ import annotations

from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.core.access import Resource, require
from chalicelib.core.errors import InvalidInput
from chalicelib.core.time import to_text
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Input, Output, Page, PageQuery
from chalicelib.http.view import Call, Reply, view
from chalicelib.supervision import redress_own, redress_store, redressing
from chalicelib.supervision.api import asked_by, unit_seen_by
from chalicelib.supervision.redress import STATE_NAMES, Kind, Redress, State
from chalicelib.supervision.shapes import AlarmEntry, Words

bp = Blueprint(__name__)


class RedressShown(Output):
    """A bad rating or an objection on its way, to a case or to a visit.

    What was written stands in the log of the case, or is read with the visit.
    """

    id: str
    subject: str
    case_no: str | None
    visit: str | None
    kind: Kind
    event: str
    opened_at: str
    organisation: str
    due_at: str
    point: str
    item_code: str
    item_name: str
    grade: int | None
    state: State
    founded: bool | None
    satisfied: bool | None
    rounds: int
    history: list[AlarmEntry]
    version: int


class RedressQuery(PageQuery):
    organisation: Annotated[str | None, Field(max_length=64)] = None
    state: State | None = None


class WordTold(Output):
    """What the unit told the applicant, and when."""

    at: str
    text: str


class OwnRedressShown(Output):
    """One's own bad rating or objection: where it stands, and what was answered.

    Who handled it, and what offices wrote to each other, is not among it. `due_at` is when the
    present step must be done, null once closed; `founded` is null until it was verified.
    """

    id: str
    case_no: str | None
    visit: str | None
    item_name: str
    kind: Kind
    grade: int | None
    opened_at: str
    state: State
    state_name: str
    due_at: str | None
    founded: bool | None
    answers: list[WordTold]
    closed_at: str | None


class OwnRedressQuery(PageQuery):
    """Of one case, of one visit, or of all of the caller's."""

    case_no: Annotated[str | None, Field(max_length=40)] = None
    visit: Annotated[str | None, Field(max_length=64)] = None


class VerificationForm(Input):
    founded: bool
    text: Words


class TextForm(Input):
    text: Words


class CallBackForm(Input):
    satisfied: bool
    text: Words


@bp.route("/v1/redress", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="alarm.read",
    query=RedressQuery,
    returns=Page[RedressShown],
    summary="差评与异议/Bad ratings and objections",
)
def list_redress(call: Call[None, RedressQuery]) -> Page[RedressShown]:
    """By step and by when it is due; a unit sees its own."""
    asked = call.query
    unit = unit_seen_by(call.principal, asked.organisation)
    listing = f"redress:{unit}:{asked.state}"
    page = redress_store.page(unit, asked.state, asked.limit, decode_cursor(asked.cursor, listing))
    return Page[RedressShown](
        items=[RedressShown(**redressing.public(each)) for each in page.cases],
        next_cursor=encode_cursor(page.last_key, listing),
    )


@bp.route("/v1/redress/{identifier}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="alarm.read", returns=RedressShown, summary="差评或异议详情/Read one")
def read_redress(call: Call[None, None], identifier: str) -> Reply:
    """One case with its steps."""
    known = redress_store.read(identifier)
    facts = Resource(organisation=known.organisation, point=known.point)
    require(call.principal, "alarm.read", facts)
    return Reply(RedressShown(**redressing.public(known)), etag=str(known.version))


@bp.route("/v1/me/redress", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act=redress_own.READ,
    query=OwnRedressQuery,
    returns=Page[OwnRedressShown],
    summary="我的差评与异议/What became of mine",
)
def own_redress(call: Call[None, OwnRedressQuery]) -> Reply:
    """Of one case, of one visit, or page by page of the caller's cases and then of his visits.

    A page may be shorter than the limit, or empty, with more to come.
    """
    asked, who = call.query, call.principal
    last: dict[str, Any] | None = None
    listing = f"own-redress:{who.holder or who.account}"
    if asked.case_no is not None and asked.visit is not None:
        raise InvalidInput.at("/query/visit", "请只按办件编号或者只按来访查询。")
    if asked.case_no is not None:
        found = redress_own.of_case(who, asked.case_no)
    elif asked.visit is not None:
        found = redress_own.of_visit(who, asked.visit)
    else:
        start = decode_cursor(asked.cursor, listing)
        found, last = redress_own.of_person(who, asked.limit, start)
    page = Page[OwnRedressShown](
        items=[_told(each) for each in found], next_cursor=encode_cursor(last, listing)
    )
    return Reply(page, headers={"Cache-Control": "no-store"})


def _told(redress: Redress) -> OwnRedressShown:
    last = redress.history[-1].at if redress.history else redress.opened_at
    return OwnRedressShown(
        id=redress.id,
        case_no=redress.case_no,
        visit=redress.visit,
        item_name=redress.item_name,
        kind=redress.kind,
        grade=redress.grade,
        opened_at=to_text(redress.opened_at),
        state=redress.state,
        state_name=STATE_NAMES[redress.state],
        due_at=to_text(redress.due_at) if redress.open else None,
        founded=redress.founded,
        answers=[
            WordTold(at=to_text(entry.at), text=entry.text)
            for entry in redress.history
            if entry.act == "answered"
        ],
        closed_at=None if redress.open else to_text(last),
    )


def _shown(answer: Any) -> RedressShown:
    return RedressShown(**answer)


@bp.route("/v1/redress/{identifier}/verification", methods=["POST"], authorizer=jwt_authorizer)
@view(act="alarm.close", body=VerificationForm, returns=RedressShown, summary="核实/Verify")
def verify(call: Call[VerificationForm, None], identifier: str) -> RedressShown:
    """The supervision says whether it is founded."""
    body, asked = call.body, asked_by(call)
    return _shown(
        redressing.verify(call.principal, identifier, asked, founded=body.founded, text=body.text)
    )


@bp.route("/v1/redress/{identifier}/rectification", methods=["POST"], authorizer=jwt_authorizer)
@view(act="alarm.respond", body=TextForm, returns=RedressShown, summary="整改/Put right")
def rectify(call: Call[TextForm, None], identifier: str) -> RedressShown:
    """The unit says what it has put right."""
    return _shown(
        redressing.rectify(call.principal, identifier, asked_by(call), text=call.body.text)
    )


@bp.route("/v1/redress/{identifier}/answer", methods=["POST"], authorizer=jwt_authorizer)
@view(act="alarm.respond", body=TextForm, returns=RedressShown, summary="答复申请人/Answer")
def answer(call: Call[TextForm, None], identifier: str) -> RedressShown:
    """The unit says what it has told the applicant."""
    return _shown(
        redressing.answer(call.principal, identifier, asked_by(call), text=call.body.text)
    )


@bp.route("/v1/redress/{identifier}/call-back", methods=["POST"], authorizer=jwt_authorizer)
@view(act="alarm.close", body=CallBackForm, returns=RedressShown, summary="回访/Call back")
def call_back(call: Call[CallBackForm, None], identifier: str) -> RedressShown:
    """The supervision says whether the applicant is satisfied; if not, it is put right again."""
    body, asked = call.body, asked_by(call)
    return _shown(
        redressing.call_back(
            call.principal, identifier, asked, satisfied=body.satisfied, text=body.text
        )
    )
