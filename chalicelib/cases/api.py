"""The cases room over HTTP: submit, act, look. Paths and verbs are the public contract."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from chalice.app import Blueprint

from chalicelib.aws.documents import read_document_token
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import (
    agency,
    attaching,
    forms,
    intake,
    lifecycle,
    payment,
    projection,
    queues,
    recording,
    service,
    store,
    submission,
    views,
)
from chalicelib.cases.lifecycle import Act, Draft
from chalicelib.cases.model import Case, Channel
from chalicelib.cases.ports import Authority
from chalicelib.cases.recording import Request
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import materials
from chalicelib.certificates import service as certificates
from chalicelib.core.access import NOTHING
from chalicelib.core.deadlines import clocks
from chalicelib.core.errors import Conflict, InvalidInput
from chalicelib.core.explanation import explain
from chalicelib.core.principal import CITIZEN, Principal
from chalicelib.core.whatif import supposing, with_suspension
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import PageQuery
from chalicelib.http.view import Call, Reply, view
from chalicelib.network import service as network

bp = Blueprint(__name__)


def _request(call: Call[Any, Any]) -> Request:
    return Request.of(call.principal.account, call.idempotency_key, call.fingerprint)


def _if_match(call: Call[Any, Any]) -> int | None:
    """The version that an `If-Match` names; one that is no version matches nothing."""
    tag = call.if_match
    if tag is None or tag == "*":
        return None
    return int(tag) if tag.isdecimal() else 0


def _attachments(
    given: Sequence[forms.MaterialIn], principal: Principal
) -> list[intake.Attachment]:
    return [_attachment(entry, index, principal) for index, entry in enumerate(given)]


def _attachment(entry: forms.MaterialIn, index: int, principal: Principal) -> intake.Attachment:
    pointer = f"/materials/{index}"
    if (entry.document is None) == (entry.certificate is None):
        raise InvalidInput.at(
            pointer, "每份材料请提供上传文件(document)或证照标识(certificate)其中之一。"
        )
    if entry.certificate is not None:
        return intake.Attachment(entry.material_id, certificate=entry.certificate)
    found = read_document_token(entry.document or "", principal, f"{pointer}/document")
    return intake.Attachment(
        entry.material_id, found.name, found.key, found.sha256, found.size, found.content_type
    )


def _applicant(call: Call[forms.Submission]) -> intake.Applicant:
    """Staff say for whom, citizens who they are; each under its own name.

    A citizen who acts for another names him under `on_behalf_of`, or the mandate alone, which knows
    him; either way the mandate is looked for.
    """
    own, asked = CITIZEN in call.principal.roles, call.body
    person = (asked.applicant or asked.on_behalf_of) if own else asked.on_behalf_of
    if person is None and asked.mandate is not None:
        found = agency.applicant_of(asked.mandate, call.principal)
        return replace(found, phone=asked.phone or found.phone)
    if person is None:
        field = "applicant" if own else "on_behalf_of"
        raise InvalidInput.at(f"/{field}", "请填写申请人信息。")
    return intake.Applicant(person.id_type, person.id_number.upper(), person.name, person.phone)


def _channel(asked: str | None, principal: Principal) -> Channel:
    if asked is not None:
        return Channel(asked)
    return Channel.ELECTRONIC if CITIZEN in principal.roles else Channel.ORIGIN_WINDOW


@bp.route("/v1/cases", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.submit", body=forms.Submission, status=201, summary="提交申请 / 窗口收件")
def submit(call: Call[forms.Submission]) -> Reply:
    """Take an application in and answer the receipt. The upload instant is the receipt."""
    asked, principal = call.body, call.principal
    received = submission.submit(
        principal,
        item_code=asked.item_code,
        applicant=_applicant(call),
        attachments=_attachments(asked.materials, principal),
        channel=_channel(asked.delivery.channel, principal),
        address=asked.delivery.address,
        form=asked.form,
        request=_request(call),
        concern=(asked.concern.kind, asked.concern.certificate) if asked.concern else None,
        mandate=asked.mandate,
    )
    location = {"Location": f"/v1/cases/{received.case.no}"}
    return Reply(views.receipt(received), headers=location, etag=str(received.case.version))


def _act(
    call: Call[Any, Any],
    no: str,
    name: str,
    decide: service.Decide,
    beside: Callable[[store.Append], None] | None = None,
) -> Reply:
    """Do one act and answer the case as it stands behind it."""
    case = service.act(
        call.principal,
        no,
        name,
        decide,
        request=_request(call),
        if_match=_if_match(call),
        beside=beside,
    )
    return _case(case, call.principal)


def _case(case: Case, principal: Principal) -> Reply:
    return Reply(views.case_view(case, principal), etag=str(case.version))


def _visible(call: Call[Any, Any], no: str, act: str = "case.read") -> Case:
    """The head, for a person who may see it."""
    case = recording.read(no).case
    service.authorise(call.principal, act, service.resource_of(case, call.principal, act))
    return case


@bp.route("/v1/cases/{no}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", summary="办件详情")
def read(call: Call, no: str) -> Reply:
    """The case as it stands, with the acts this caller may do now."""
    return _case(_visible(call, no), call.principal)


@bp.route("/v1/cases/{no}/events", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", query=PageQuery, summary="办理过程")
def events(call: Call[None, PageQuery], no: str) -> dict[str, Any]:
    """The log in order: what was done, when, by which role where."""
    _visible(call, no)
    listing, limit = f"events:{no}", call.query.limit
    start = decode_cursor(call.query.cursor, listing) or {"after": 0}
    log = store.read_log(no, after=start["after"])
    page, more = log[:limit], len(log) > limit
    following = {"after": page[-1].event.seq} if more else None
    return {
        "items": [views.event_view(recorded) for recorded in page],
        "next_cursor": encode_cursor(following, listing),
    }


@bp.route("/v1/cases/{no}/deadline", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", summary="时限及逐日说明")
def deadline(call: Call, no: str) -> dict[str, Any]:
    """Each clock with its days: which counted, which not, and why."""
    case = _visible(call, no)
    calendar = views.calendar_of(case)
    lights = {entry["clock"]: entry["colour"] for entry in views.clock_views(case)}
    return {
        "case_no": case.no,
        "clocks": [
            {
                **views.clock_view(due, calendar, lights[due.clock]),
                "days": explain(case.ledger, due.clock, calendar),
            }
            for due in clocks(case.ledger, calendar)
        ],
    }


@bp.route("/v1/me/cases", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.list", query=PageQuery, summary="我的办件")
def own_cases(call: Call[None, PageQuery]) -> dict[str, Any]:
    """The caller's own cases, newest first."""
    holder = call.principal.holder
    if holder is None:
        return {"items": [], "next_cursor": None}
    listing = f"me:{holder}"
    start = decode_cursor(call.query.cursor, listing)
    heads, last = store.applicant_page(holder, call.query.limit, start)
    return {
        "items": [views.summary_view(head) for head in heads],
        "next_cursor": encode_cursor(last, listing),
    }


@bp.route("/v1/queues/{queue}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="queue.read", query=forms.QueueQuery, summary="待办队列")
def queue(call: Call[None, forms.QueueQuery], queue: str) -> dict[str, Any]:
    """What waits for the caller's office, the most urgent first."""
    asked = call.query
    listing = f"queue:{queue}:{asked.organisation}:{call.principal.account}"
    start = decode_cursor(asked.cursor, listing)
    rows, following = queues.read_queue(
        call.principal,
        queue,
        organisation=asked.organisation,
        limit=asked.limit,
        after=start["after"] if start else None,
    )
    return {
        "items": rows,
        "next_cursor": encode_cursor({"after": following} if following else None, listing),
    }


@bp.route("/v1/deadlines/what-if", methods=["POST"], authorizer=jwt_authorizer)
@view(act="deadline.what_if", body=forms.WhatIf, summary="时限推演")
def what_if(call: Call[forms.WhatIf]) -> dict[str, Any]:
    """Which open cases would change, a page of them at a time. Nothing is written."""
    asked = call.body
    service.authorise(call.principal, "deadline.what_if", NOTHING)
    after = None
    if asked.days_off or asked.make_up_days:
        after = supposing(working_calendar(), asked.days_off, asked.make_up_days)
    change = None
    if asked.suspension:
        supposed = asked.suspension
        if supposed.end is not None and supposed.end < supposed.start:
            raise InvalidInput.at("/suspension/to", "结束日期不能早于开始日期。")
        change = with_suspension(supposed.kind, supposed.start, supposed.end)
    listing = f"what-if:{call.principal.account}"
    effects, looked_at, following = projection.what_if(
        after=after, change=change, limit=asked.limit, start=decode_cursor(asked.cursor, listing)
    )
    return {
        "items": effects,
        "looked_at": looked_at,
        "next_cursor": encode_cursor(following, listing),
    }


# --- acts of the window and the department --------------------------------------------------------


@bp.route("/v1/cases/{no}/acceptance", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.accept", body=forms.Acceptance, summary="受理")
def accept(call: Call[forms.Acceptance], no: str) -> Reply:
    """Accept; the statutory clock of most items starts today."""

    def decide(case: Case, act: Act) -> list[Draft]:
        corrected = call.body.corrected
        spot = lifecycle.correct_on_the_spot(case, corrected) if corrected else []
        return spot + lifecycle.accept(case, act)

    return _act(call, no, "case.accept", decide)


@bp.route("/v1/cases/{no}/correction-notice", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.notify_correction", body=forms.CorrectionNotice, summary="一次性补正告知")
def correction_notice(call: Call[forms.CorrectionNotice], no: str) -> Reply:
    """One notice that names everything at once; a second one is refused.

    So is one that asks for what the certificate store holds, and supervision hears of it.
    """
    missing = [entry.model_dump(exclude_none=True) for entry in call.body.missing]

    def decide(case: Case, act: Act) -> list[Draft]:
        drafts = lifecycle.request_correction(case, act, missing)
        item = catalogue.item_version(case.item_code, case.item_version)
        wanted = materials.asked_for(item, missing)
        actor = certificates.actor_of(call.principal)
        certificates.refuse_asking_again(actor, case.no, case.holder, wanted, act.now)
        return drafts

    return _act(call, no, "case.notify_correction", decide)


@bp.route("/v1/cases/{no}/rejection", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.reject", body=forms.Rejection, summary="不受理 / 不予受理")
def rejection(call: Call[forms.Rejection], no: str) -> Reply:
    """Not required, or not competent with where to go instead."""
    asked = call.body
    return _act(
        call,
        no,
        "case.reject",
        lambda case, _act: lifecycle.reject(case, asked.kind, asked.reason, asked.where_to),
    )


@bp.route("/v1/cases/{no}/supplements", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.supplement", body=forms.Supplement, summary="提交补正材料")
def supplements(call: Call[forms.Supplement], no: str) -> Reply:
    """Hand in what the notice named."""
    handed_in = _attachments(call.body.materials, call.principal)

    def decide(case: Case, act: Act) -> list[Draft]:
        item = catalogue.item_version(case.item_code, case.item_version)
        checked, errors = attaching.checked(item, case.holder, handed_in, act.today)
        if errors:
            raise InvalidInput("补正材料所附证照有误。", errors)
        given = [entry.to_dict() for entry in checked]
        return lifecycle.supplement(case, given, {material.id for material in item.materials})

    return _act(call, no, "case.supplement", decide)


@bp.route("/v1/cases/{no}/review", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.review", body=forms.Review, summary="提交审查意见")
def review(call: Call[forms.Review], no: str) -> Reply:
    """The reviewer's opinion goes to the chief representative."""
    asked = call.body
    return _act(
        call,
        no,
        "case.review",
        lambda case, _act: lifecycle.review(case, asked.opinion, asked.recommendation),
    )


@bp.route("/v1/cases/{no}/special-procedures", methods=["POST"], authorizer=jwt_authorizer)
@view(act="special.start", body=forms.ProcedureIn, summary="启动特别程序")
def start_procedure(call: Call[forms.ProcedureIn], no: str) -> Reply:
    """Begin a special procedure; only the kinds of art. 45 stop the statutory clock."""
    asked = call.body
    return _act(
        call,
        no,
        "special.start",
        lambda case, act: lifecycle.start_procedure(
            case,
            act,
            kind=asked.kind,
            reason=asked.reason,
            notice=asked.notice,
            expected_days=asked.expected_days,
            held_on=asked.held_on,
        ),
    )


@bp.route("/v1/cases/{no}/hearing-notice", methods=["POST"], authorizer=jwt_authorizer)
@view(act="special.start", summary="告知听证权利")
def hearing_notice(call: Call, no: str) -> Reply:
    """Tell the applicant that he may ask for a hearing within five working days."""
    return _act(call, no, "special.start", lambda case, _act: lifecycle.offer_hearing(case))


@bp.route("/v1/cases/{no}/hearing-request", methods=["POST"], authorizer=jwt_authorizer)
@view(act="hearing.request", summary="申请听证")
def hearing_request(call: Call, no: str) -> Reply:
    """The applicant asks for the hearing, which is then held within twenty working days."""
    return _act(
        call,
        no,
        "hearing.request",
        lambda case, act: lifecycle.request_hearing(case, act, working_calendar()),
    )


@bp.route("/v1/cases/{no}/forwarding", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.review", body=forms.ForwardIn, summary="上报")
def forwarding(call: Call[forms.ForwardIn], no: str) -> Reply:
    """The lower level's opinion and all materials go up; nothing may be asked for again."""
    asked = call.body

    def decide(case: Case, _act: Act) -> list[Draft]:
        item = catalogue.item_version(case.item_code, case.item_version)
        if not item.reported_up:
            raise Conflict("本事项不是上报件,由本级决定。")
        upper = network.organisation(asked.to)
        return lifecycle.forward(case, to=upper.key, opinion=asked.opinion)

    return _act(call, no, "case.review", decide)


@bp.route(
    "/v1/cases/{no}/special-procedures/{procedure_id}/result",
    methods=["POST"],
    authorizer=jwt_authorizer,
)
@view(act="special.finish", body=forms.ProcedureResult, summary="登记特别程序结果")
def finish_procedure(call: Call[forms.ProcedureResult], no: str, procedure_id: str) -> Reply:
    """The result goes to the chief representative with the review."""
    asked = call.body
    document = None
    if asked.document:
        document = read_document_token(asked.document, call.principal, "/document").key
    return _act(
        call,
        no,
        "special.finish",
        lambda case, act: lifecycle.finish_procedure(
            case, act, procedure_id, result=asked.result, staff=asked.staff, document=document
        ),
    )


@bp.route("/v1/cases/{no}/extension", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.extend", body=forms.ExtensionIn, summary="延长办理期限")
def extension(call: Call[forms.ExtensionIn], no: str) -> Reply:
    """Extend the statutory limit once, before it expires, with a reason told to the applicant."""
    asked = call.body

    def decide(case: Case, act: Act) -> list[Draft]:
        item = catalogue.item_version(case.item_code, case.item_version)
        return lifecycle.extend(
            case,
            act,
            working_calendar(),
            allowed=item.statutory.extension,
            value=asked.value,
            reason=asked.reason,
        )

    return _act(call, no, "case.extend", decide)


@bp.route("/v1/cases/{no}/sign-off", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.sign", body=forms.SignOff, summary="首席代表签批")
def sign_off(call: Call[forms.SignOff], no: str) -> Reply:
    """The chief representative decides, by a dated and scoped appointment.

    Where the item charges, a grant waits for the payment.
    """
    asked = call.body
    grants = asked.decision == "grant"

    def decide(case: Case, _act: Act) -> list[Draft]:
        if asked.decision == "send_back":
            return lifecycle.send_back(case, asked.reason or "")
        drafts = lifecycle.sign_off(
            case,
            decision=asked.decision,
            opinion=asked.opinion,
            reason=asked.reason,
            remedies=asked.remedies,
        )
        if grants:
            payment.require_settled(case, "签批准予")
        return drafts

    return _act(call, no, "case.sign", decide, payment.hold_to_settlement if grants else None)


@bp.route("/v1/cases/{no}/delivery", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.deliver", body=forms.Delivery, summary="打印、寄出或送达")
def delivery(call: Call[forms.Delivery], no: str) -> Reply:
    """Print, dispatch, or hand the result over; handing over closes the case."""
    asked, under = call.body, list[Authority]()

    def decide(case: Case, act: Act) -> list[Draft]:
        if asked.step == "print":
            return lifecycle.print_result(case)
        if asked.step == "dispatch":
            return lifecycle.dispatch(
                case, courier=asked.courier or "", tracking=asked.tracking or ""
            )
        channel = Channel(asked.channel) if asked.channel else None
        drafts = lifecycle.deliver(case, received_by=asked.received_by, channel=channel)
        if asked.received_by != "agent":
            return drafts
        collecting = agency.require_collecting(
            asked.mandate, holder=case.holder, item_code=case.item_code, day=act.today
        )
        under[:] = [collecting]
        return [agency.noted(draft, collecting) for draft in drafts]

    def hold(write: store.Append) -> None:
        for authority in under:
            authority.hold(write.transaction)

    return _act(call, no, "case.deliver", decide, hold)


# --- acts of the applicant, and of the supervisor -------------------------------------------------


@bp.route("/v1/cases/{no}/withdrawal", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.withdraw", body=forms.Reason, summary="撤回申请")
def withdrawal(call: Call[forms.Reason], no: str) -> Reply:
    """Take the application back, before the decision."""
    return _act(
        call,
        no,
        "case.withdraw",
        lambda case, _act: lifecycle.withdraw(case, call.body.reason),
    )


@bp.route("/v1/cases/{no}/return", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.notify_correction", body=forms.Reason, summary="退件")
def returning(call: Call[forms.Reason], no: str) -> Reply:
    """What the correction notice named did not come."""
    return _act(
        call,
        no,
        "case.notify_correction",
        lambda case, _act: lifecycle.return_case(case, call.body.reason or ""),
    )


@bp.route("/v1/cases/{no}/voiding", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.void", body=forms.Reason, summary="作废误录")
def voiding(call: Call[forms.Reason], no: str) -> Reply:
    """Void an entry made in error; the supervisor who approves it is on record."""
    return _act(
        call,
        no,
        "case.void",
        lambda case, act: lifecycle.void(case, call.body.reason or "", act.account),
    )


@bp.route("/v1/cases/{no}/rating", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.rate", body=forms.Rating, summary="评价")
def rating(call: Call[forms.Rating], no: str) -> Reply:
    """One rating a case, on five grades."""
    asked = call.body
    return _act(
        call,
        no,
        "case.rate",
        lambda case, _act: lifecycle.rate(case, asked.grade, asked.comment),
    )


@bp.route("/v1/cases/{no}/objection", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.object", body=forms.Objection, summary="提出异议")
def objection(call: Call[forms.Objection], no: str) -> Reply:
    """Object to how the case was handled or decided."""
    return _act(
        call,
        no,
        "case.object",
        lambda case, _act: lifecycle.object_to(case, call.body.text),
    )
