"""HTTP of inquiries between departments 信息征询."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib.aws.documents import read_document_token
from chalicelib.core import access
from chalicelib.core.errors import Forbidden
from chalicelib.core.principal import OFFICE, SUPERVISOR
from chalicelib.exchange import model, service, store
from chalicelib.exchange.service import Question
from chalicelib.exchange.shapes import (
    AnswerBody,
    Candidates,
    CandidateShown,
    Inquiries,
    InquiryOpened,
    InquiryQuery,
    InquiryShown,
    QuestionBody,
    ReplyClasses,
    ReplyClassShown,
    WithdrawalBody,
)
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)


@bp.route("/v1/inquiries", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="inquiry.create",
    body=QuestionBody,
    returns=InquiryShown,
    status=201,
    summary="发起信息征询/Ask another body",
)
def ask(call: Call[QuestionBody]) -> InquiryShown:
    """A question tied to a case of one's own; the case's clock goes on."""
    question = Question(**call.body.model_dump())
    return InquiryShown.of(
        service.ask(
            call.principal,
            question,
            key=call.idempotency_key,
            fingerprint=call.fingerprint,
            now=call.now,
        )
    )


@bp.route("/v1/inquiries", methods=["GET"], authorizer=jwt_authorizer)
@view(act="inquiry.read", query=InquiryQuery, returns=Inquiries, summary="信息征询清单/Inquiries")
def list_inquiries(call: Call[None, InquiryQuery]) -> Inquiries:
    """What one's body was asked, the most urgent first; or what it asked, the newest first."""
    body, asked = call.principal.organisation, call.query
    if body is None:
        raise Forbidden("只有单位可以查看信息征询")
    access.require(call.principal, "inquiry.read", access.Resource(organisation=body))
    listing = f"inquiries:{asked.box}:{asked.state}:{body}"
    start = decode_cursor(asked.cursor, listing)
    if asked.box == "asked":
        items, last = store.asked_of(body, asked.state, asked.limit, start)
    else:
        items, last = store.asking_of(body, asked.limit, start)
    return Inquiries(
        items=list(map(InquiryShown.of, items)), next_cursor=encode_cursor(last, listing)
    )


@bp.route("/v1/inquiries/{inquiry_id}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="inquiry.read", returns=InquiryOpened, summary="查看征询/One inquiry")
def show(call: Call, inquiry_id: str) -> Reply:
    """With its words for the two bodies; who watches sees its course."""
    opened = service.look(call.principal, inquiry_id, call.now)
    return Reply(
        InquiryOpened.opened(opened),
        etag=str(opened.inquiry.version),
        headers={"Cache-Control": "no-store"},
    )


@bp.route("/v1/inquiries/{inquiry_id}/answer", methods=["POST"], authorizer=jwt_authorizer)
@view(act="inquiry.answer", body=AnswerBody, returns=InquiryShown, summary="答复征询/Answer")
def answer(call: Call[AnswerBody], inquiry_id: str) -> InquiryShown:
    """With evidence: documents that the answering account uploaded."""
    evidence = [
        read_document_token(token, call.principal, f"/evidence/{position}")
        for position, token in enumerate(call.body.evidence)
    ]
    answered = service.answer(
        call.principal,
        inquiry_id,
        call.body.text,
        evidence,
        fingerprint=_request(call),
        now=call.now,
    )
    return InquiryShown.of(answered)


@bp.route("/v1/inquiries/{inquiry_id}/withdrawal", methods=["POST"], authorizer=jwt_authorizer)
@view(act="inquiry.create", body=WithdrawalBody, returns=InquiryShown, summary="撤回征询/Withdraw")
def withdraw(call: Call[WithdrawalBody], inquiry_id: str) -> InquiryShown:
    withdrawn = service.withdraw(
        call.principal, inquiry_id, call.body.reason, fingerprint=_request(call), now=call.now
    )
    return InquiryShown.of(withdrawn)


@bp.route("/v1/inquiry-classes", methods=["GET"], authorizer=jwt_authorizer)
@view(act="inquiry.read", returns=ReplyClasses, summary="答复时限类别/Reply limits")
def list_classes(call: Call) -> ReplyClasses:
    """The configured limits, each with its source and how sure that is."""
    del call
    return ReplyClasses(items=list(map(ReplyClassShown.of, model.reply_classes().values())))


@bp.route("/v1/inquiry-candidates", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="inquiry.read",
    returns=Candidates,
    summary="重复征询报告/Questions that should be a certificate",
)
def list_candidates(call: Call) -> Candidates:
    """Kinds of question that keep being asked, for the office to make a shared type of."""
    if not call.principal.roles & {OFFICE, SUPERVISOR}:
        raise Forbidden("重复征询报告由政务服务办和监察窗口查看")
    found = service.candidates(call.now.date())
    return Candidates(items=list(map(CandidateShown.of, found)))


def _request(call: Call[Any, Any]) -> str:
    """What a repeated request is recognised by: the account's key and what was asked under it."""
    return f"{call.principal.account}:{call.idempotency_key}:{call.fingerprint}"[:512]
