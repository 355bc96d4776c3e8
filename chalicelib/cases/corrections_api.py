"""Correcting one's own data over HTTP, and deciding on a correction."""

from __future__ import annotations

from typing import Annotated, Literal

from chalice.app import Blueprint
from pydantic import Field, model_validator

from chalicelib.cases import corrections
from chalicelib.cases.model import Case
from chalicelib.cases.recording import Request
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input, Output
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)


class CorrectionIn(Input):
    """Which field of which case should hold what, and why."""

    case_no: Annotated[str, Field(min_length=1, max_length=40)]
    field: Literal["name", "phone", "address"]
    value: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=1, max_length=200, description="更正原因")]

    @model_validator(mode="after")
    def _fits(self) -> CorrectionIn:
        if self.field == "phone" and not (self.value.isdecimal() and 7 <= len(self.value) <= 15):
            raise ValueError("手机号码应为 7 至 15 位数字")
        if self.field == "name" and len(self.value) > 100:
            raise ValueError("姓名或名称不能超过 100 个字")
        return self


class CorrectionState(Output):
    """`applied`: it holds now. Else it waits for the window or the department to decide."""

    case_no: str
    applied: bool
    pending: bool
    version: int


class CorrectionAsked(Output):
    """A request that waits, in full. A line about reading it is in the person's own read log."""

    case_no: str
    field: str
    before: str
    value: str
    reason: str
    at: str


class CorrectionDecision(Input):
    """Correct it, or refuse with a reason that the person reads."""

    correct: bool
    reason: Annotated[str, Field(max_length=200)] = ""


def _request(call: Call) -> Request:
    return Request.of(call.principal.account, call.idempotency_key, call.fingerprint)


def _state(case: Case, *, applied: bool) -> Reply:
    state = CorrectionState(
        case_no=case.no,
        applied=applied,
        pending=case.correction is not None,
        version=case.version,
    )
    return Reply(state, etag=str(case.version))


@bp.route("/v1/me/corrections", methods=["POST"], authorizer=jwt_authorizer)
@view(act="person.correct", body=CorrectionIn, returns=CorrectionState, summary="更正本人信息")
def correct(call: Call[CorrectionIn]) -> Reply:
    """Contact data is changed at once; a name waits for a decision (个人信息保护法 art. 46)."""
    asked = call.body
    case = corrections.ask(
        call.principal,
        asked.case_no,
        asked.field,
        asked.value,
        reason=asked.reason,
        request=_request(call),
    )
    return _state(case, applied=asked.field in corrections.AT_ONCE)


@bp.route("/v1/cases/{no}/correction", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="person.decide_correction",
    returns=CorrectionAsked,
    refuses=(409,),
    summary="待审核的信息更正",
)
def read_correction(call: Call, no: str) -> CorrectionAsked:
    """What the person asks to have corrected, for who decides it."""
    found = corrections.pending(call.principal, no, call.now)
    return CorrectionAsked(
        case_no=no,
        field=found.field,
        before=found.before,
        value=found.value,
        reason=found.reason,
        at=found.at,
    )


@bp.route("/v1/cases/{no}/correction/decision", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="person.decide_correction",
    body=CorrectionDecision,
    returns=CorrectionState,
    summary="审核信息更正",
)
def decide(call: Call[CorrectionDecision], no: str) -> Reply:
    """Decided with the document in hand: the data is corrected, or the person is told why not."""
    asked = call.body
    case = corrections.decide_on(
        call.principal, no, correct=asked.correct, reason=asked.reason, request=_request(call)
    )
    return _state(case, applied=asked.correct)
