"""The person behind a case, over HTTP: reveal with a purpose, one's own data, and who may do what."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.cases import disclosure, recording, service
from chalicelib.core.access_table import TABLE
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Input, Output, Page, PageQuery
from chalicelib.http.view import Call, view

bp = Blueprint(__name__)

ABOUT_A_CASE = tuple(name for name in TABLE if name.startswith(("case.", "special.", "person.")))


class RevealIn(Input):
    """Which fields are needed in full, and what for."""

    fields: Annotated[
        list[Literal["name", "id_number", "phone", "address"]], Field(min_length=1, max_length=4)
    ]
    purpose: Annotated[str, Field(min_length=1, max_length=200, description="事由,将告知当事人")]


class Revealed(Output):
    """The fields asked for, in full. A line about it is in the person's own read log."""

    case_no: str
    fields: dict[str, str]


class ActExplained(Output):
    """One act on this case: whether the caller may do it, and why or why not."""

    act: str
    title: str
    allowed: bool
    reason: str


class Submitted(Output):
    """What the person entered in one case, in full."""

    case_no: str
    submitted: dict[str, Any]


@bp.route("/v1/cases/{no}/reveals", methods=["POST"], authorizer=jwt_authorizer)
@view(act="person.reveal", body=RevealIn, returns=Revealed, summary="查看申请人完整信息")
def reveal(call: Call[RevealIn], no: str) -> Revealed:
    """Show the applicant's data unmasked, for a purpose that the applicant can read."""
    asked = call.body
    shown = disclosure.reveal(call.principal, no, asked.fields, asked.purpose, call.now)
    return Revealed(case_no=no, fields=shown)


@bp.route("/v1/cases/{no}/access", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", returns=Page[ActExplained], summary="我对本件的权限及原因")
def case_access(call: Call, no: str) -> dict[str, Any]:
    """Every act on a case with the access table's verdict for the caller, and its reason."""
    case = recording.read(no).case
    facts = service.resource_of(case, call.principal, "case.read")
    service.authorise(call.principal, "case.read", facts)
    items = disclosure.explained(call.principal, case, ABOUT_A_CASE)
    return {"items": items, "next_cursor": None}


@bp.route("/v1/me/personal-data", methods=["GET"], authorizer=jwt_authorizer)
@view(act="person.read", query=PageQuery, returns=Page[Submitted], summary="导出我提交的信息")
def personal_data(call: Call[None, PageQuery]) -> dict[str, Any]:
    """Everything that the caller entered, case by case, newest first (个人信息保护法 art. 45)."""
    holder = call.principal.holder
    if holder is None:
        return {"items": [], "next_cursor": None}
    listing = f"personal:{holder}"
    start = decode_cursor(call.query.cursor, listing)
    items, last = disclosure.own_data(holder, call.query.limit, start)
    return {"items": items, "next_cursor": encode_cursor(last, listing)}
