"""HTTP of violation reports: by citizens and window staff, with the reporter protected."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Input, Output, Page, PageQuery
from chalicelib.http.view import Call, view
from chalicelib.supervision import reporting
from chalicelib.supervision.api import asked_by
from chalicelib.supervision.model import Level
from chalicelib.supervision.shapes import AlarmEntry, Words
from chalicelib.supervision.violations import KIND_NAMES, UNSEEN, Kind, State

bp = Blueprint(__name__)

Name = Annotated[str | None, Field(max_length=64)]


class UnseenShown(Output):
    """What the platform cannot see by itself, and the kinds of report that tell it."""

    unseen: dict[str, str]
    kinds: dict[str, str]


class ReportForm(Input):
    """What was seen; the reporter's account is sealed and shown to nobody."""

    kind: Kind
    text: Words
    organisation: Name = None
    point: Name = None
    item_code: Name = None
    case_no: Name = None
    happened_on: date | None = None


class ReportTaken(Output):
    """The number, and the code that asks how the report stands. The code is shown once."""

    number: str
    code: str
    received_at: str


class FollowUpForm(Input):
    number: Annotated[str, Field(max_length=32)]
    code: Annotated[str, Field(max_length=32)]


class FollowUpShown(Output):
    number: str
    state: State
    received_at: str
    result: str


class ReportShown(Output):
    """A report as the supervision sees it."""

    number: str
    kind: Kind
    text: str
    received_at: str
    organisation: str
    point: str
    item_code: str
    case_no: str
    happened_on: str | None
    state: State
    result: str
    alarm: str
    history: list[AlarmEntry]
    version: int


class ReportQuery(PageQuery):
    state: State | None = None


class DecisionForm(Input):
    """`result` is what the reporter reads; `level` is the alarm's for an upheld report."""

    upheld: bool
    result: Words
    level: Level | None = None


class RevealForm(Input):
    reason: Words


class RevealShown(Output):
    number: str
    account: str


@bp.route("/v1/violation-reports/kinds", methods=["GET"])
@view(
    act="indicator.read",
    returns=UnseenShown,
    summary="系统看不到的违规与举报种类/What is unseen",
    public=True,
)
def read_unseen(call: Call[None, None]) -> UnseenShown:
    """Which rules only see what enters the platform, and what can be reported."""
    del call
    return UnseenShown(
        unseen=dict(UNSEEN), kinds={kind.value: name for kind, name in KIND_NAMES.items()}
    )


@bp.route("/v1/violation-reports", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="violation.report",
    body=ReportForm,
    returns=ReportTaken,
    status=201,
    summary="举报违规/Report a violation",
)
def report_violation(call: Call[ReportForm, None]) -> ReportTaken:
    """Take a report in. Who reported is sealed; the code is the only way to ask after it."""
    body = call.body
    about = body.model_dump(exclude={"kind", "text"})
    taken = reporting.take(call.principal, asked_by(call), body.kind, body.text, about)
    return ReportTaken(**taken)


@bp.route("/v1/violation-reports/follow-up", methods=["POST"])
@view(
    act="indicator.read",
    body=FollowUpForm,
    returns=FollowUpShown,
    summary="凭查询码查询举报/How a report stands",
    public=True,
)
def follow_up(call: Call[FollowUpForm, None]) -> FollowUpShown:
    """Needs no login, so that asking leaves no trace of who asks."""
    return FollowUpShown(**reporting.follow_up(call.body.number, call.body.code))


@bp.route("/v1/violation-reports", methods=["GET"], authorizer=jwt_authorizer)
@view(act="alarm.close", query=ReportQuery, returns=Page[ReportShown], summary="举报清单/Reports")
def list_reports(call: Call[None, ReportQuery]) -> Page[ReportShown]:
    """For the supervision window alone."""
    asked = call.query
    listing = f"violations:{asked.state}"
    page = reporting.page(
        call.principal, asked.state, asked.limit, decode_cursor(asked.cursor, listing)
    )
    return Page[ReportShown](
        items=[ReportShown(**each) for each in page.reports],
        next_cursor=encode_cursor(page.last_key, listing),
    )


@bp.route("/v1/violation-reports/{number}/decision", methods=["POST"], authorizer=jwt_authorizer)
@view(act="alarm.close", body=DecisionForm, returns=ReportShown, summary="认定举报/Decide a report")
def decide(call: Call[DecisionForm, None], number: str) -> ReportShown:
    """Uphold it, which raises an alarm on the unit, or dismiss it."""
    body = call.body
    decided: Any = reporting.decide(
        call.principal,
        number,
        asked_by(call),
        upheld=body.upheld,
        result=body.result,
        level=body.level,
    )
    return ReportShown(**decided)


@bp.route("/v1/violation-reports/{number}/reporter", methods=["POST"], authorizer=jwt_authorizer)
@view(act="alarm.close", body=RevealForm, returns=RevealShown, summary="查看举报人/Who reported")
def reveal(call: Call[RevealForm, None], number: str) -> RevealShown:
    """An act of its own: its reason stands on the report's record before the answer is given."""
    return RevealShown(**reporting.reveal(call.principal, number, call.body.reason))
