"""HTTP of appraisals: drafted, shown for objections, final, signed; each figure opens its cases."""

from __future__ import annotations

from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input, Output
from chalicelib.http.view import Call, Reply, view
from chalicelib.supervision import appraising
from chalicelib.supervision.api import asked_by
from chalicelib.supervision.appraisal import Grade, Scheme
from chalicelib.supervision.appraisal_road import Period, Stage
from chalicelib.supervision.shapes import Words

bp = Blueprint(__name__)

Share = Annotated[int, Field(ge=0, le=100)]


class SchemeForm(Input):
    """How scores are put together; what is not given is as proposed."""

    person_on_time: Share = 50
    person_rated_good: Share = 20
    person_right_first: Share = 30
    body_on_time: Share = 40
    body_within_promise: Share = 20
    body_rated_good: Share = 20
    body_answers_cards: Share = 20
    lost_by_warning: Share = 1
    lost_by_yellow: Share = 3
    lost_by_red: Share = 10
    lost_by_unreal_delegation: Share = 10
    excellent_from: Share = 85
    competent_from: Share = 60
    weight_percent: Annotated[str, Field(pattern=r"^\d{1,2}(\.\d{1,2})?$")] = "6"


class DraftForm(Input):
    scheme: SchemeForm = SchemeForm()


class HeadShown(Output):
    """Where a period's appraisal stands. The signature is over the hexadecimal digest."""

    period: str
    stage: Stage
    scheme: dict[str, Any]
    drafted_at: str
    headcount: int
    quota: int
    shown_at: str | None
    objections_until: str | None
    open_objections: int
    final_at: str | None
    digest: str
    signature: str
    key_id: str
    version: int


class PartShown(Output):
    name: str
    numerator: int
    denominator: int
    share: int


class DeductionShown(Output):
    reason: str
    points: int
    under: list[str]


class ResultShown(Output):
    """One posting's or body's result; `score` and `weighted` are decimal texts."""

    subject: str
    organisation: str
    account: str
    point: str
    cases: int
    parts: list[PartShown]
    deductions: list[DeductionShown]
    score: str | None
    grade: Grade | None
    recommended: bool
    weighted: str | None = None


class ObjectionShown(Output):
    id: str
    subject: str
    organisation: str
    text: str
    by: str
    at: str
    state: str
    points: int | None = None
    reason: str | None = None
    answered_by: str | None = None
    answered_at: str | None = None


class AppraisalShown(HeadShown):
    """A period with its results: `recommended` are excellent for the second year in a row."""

    people: list[ResultShown]
    bodies: list[ResultShown]
    recommended: list[str]
    excellent: int
    objections: list[ObjectionShown]


class UnderShown(Output):
    """The figures of one result and, under each, the cases (or alarms) it was counted from."""

    subject: str
    figures: dict[str, int]
    under: dict[str, list[str]]


class ObjectionForm(Input):
    subject: Annotated[str, Field(max_length=64)]
    text: Words


class AnswerForm(Input):
    """Points given back (negative: taken); zero dismisses the objection."""

    points: Annotated[int, Field(ge=-100, le=100)]
    reason: Words


@bp.route("/v1/appraisals/{period}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="appraisal.read", returns=AppraisalShown, summary="考核结果/An appraisal")
def read_appraisal(call: Call[None, None], period: str) -> Reply:
    """A body sees its own results, the office and the supervision all."""
    found = appraising.read(call.principal, Period(period))
    return Reply(AppraisalShown(**found), etag=str(found["version"]))


@bp.route("/v1/appraisals/{period}/cases/{subject}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="appraisal.read", returns=UnderShown, summary="考核数字所含办件/Cases of an appraisal")
def read_cases(call: Call[None, None], period: str, subject: str) -> UnderShown:
    """Every figure of a result with the cases under it."""
    return UnderShown(**appraising.cases_under(call.principal, Period(period), subject))


@bp.route("/v1/appraisals/{period}", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="appraisal.write",
    body=DraftForm,
    returns=HeadShown,
    status=202,
    summary="起草考核/Draft an appraisal",
)
def draft_appraisal(call: Call[DraftForm, None], period: str) -> HeadShown:
    """Begin a draft, or begin it anew; it is worked out behind the scenes within minutes."""
    scheme = Scheme(**call.body.scheme.model_dump())
    return HeadShown(**appraising.begin(call.principal, Period(period), scheme, asked_by(call)))


@bp.route("/v1/appraisals/{period}/showing", methods=["POST"], authorizer=jwt_authorizer)
@view(act="appraisal.write", returns=HeadShown, summary="公示考核初稿/Show an appraisal")
def show_appraisal(call: Call[None, None], period: str) -> HeadShown:
    """Show the draft to the bodies, who may object within five working days."""
    return HeadShown(**appraising.show(call.principal, Period(period), asked_by(call)))


@bp.route("/v1/appraisals/{period}/objections", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="appraisal.object",
    body=ObjectionForm,
    returns=ObjectionShown,
    status=201,
    summary="对考核提出异议/Object",
)
def object_to_appraisal(call: Call[ObjectionForm, None], period: str) -> ObjectionShown:
    """A body objects to its own result, or to that of one of its people."""
    body = call.body
    return ObjectionShown(
        **appraising.object_to(
            call.principal, Period(period), body.subject, body.text, asked_by(call)
        )
    )


@bp.route(
    "/v1/appraisals/{period}/objections/{identifier}/answer",
    methods=["POST"],
    authorizer=jwt_authorizer,
)
@view(act="appraisal.write", body=AnswerForm, returns=ObjectionShown, summary="答复考核异议/Answer")
def answer_objection(call: Call[AnswerForm, None], period: str, identifier: str) -> ObjectionShown:
    """The office upholds it with points, or dismisses it, with its reason on record."""
    body = call.body
    return ObjectionShown(
        **appraising.answer_objection(
            call.principal,
            Period(period),
            identifier,
            asked_by(call),
            points=body.points,
            reason=body.reason,
        )
    )


@bp.route("/v1/appraisals/{period}/finality", methods=["POST"], authorizer=jwt_authorizer)
@view(act="appraisal.write", returns=HeadShown, summary="考核定稿/Finalise an appraisal")
def finalise_appraisal(call: Call[None, None], period: str) -> HeadShown:
    """Apply what objections changed, grade again, sign and freeze."""
    return HeadShown(**appraising.finalise(call.principal, Period(period), asked_by(call)))
