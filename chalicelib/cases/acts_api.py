"""What is done to a case over HTTP: by the window, the department, the applicant, the supervisor."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.aws.documents import read_document_token
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import (
    agency,
    attaching,
    forms,
    lifecycle,
    payment,
    store,
)
from chalicelib.cases.edge import attachments_of, do
from chalicelib.cases.lifecycle import Act, Draft
from chalicelib.cases.model import Case, Channel
from chalicelib.cases.ports import Authority
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import materials
from chalicelib.certificates import service as certificates
from chalicelib.core.errors import Conflict, InvalidInput
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.view import Call, Reply, view
from chalicelib.network import service as network

bp = Blueprint(__name__)


# --- acts of the window and the department --------------------------------------------------------


@bp.route("/v1/cases/{no}/acceptance", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.accept", body=forms.Acceptance, summary="受理")
def accept(call: Call[forms.Acceptance], no: str) -> Reply:
    """Accept; the statutory clock of most items starts today."""

    def decide(case: Case, act: Act) -> list[Draft]:
        corrected = call.body.corrected
        spot = lifecycle.correct_on_the_spot(case, corrected) if corrected else []
        return spot + lifecycle.accept(case, act)

    return do(call, no, "case.accept", decide)


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

    return do(call, no, "case.notify_correction", decide)


@bp.route("/v1/cases/{no}/rejection", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.reject", body=forms.Rejection, summary="不受理 / 不予受理")
def rejection(call: Call[forms.Rejection], no: str) -> Reply:
    """Not required, or not competent with where to go instead."""
    asked = call.body
    return do(
        call,
        no,
        "case.reject",
        lambda case, _act: lifecycle.reject(case, asked.kind, asked.reason, asked.where_to),
    )


@bp.route("/v1/cases/{no}/supplements", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.supplement", body=forms.Supplement, summary="提交补正材料")
def supplements(call: Call[forms.Supplement], no: str) -> Reply:
    """Hand in what the notice named."""
    handed_in = attachments_of(call.body.materials, call.principal)

    def decide(case: Case, act: Act) -> list[Draft]:
        item = catalogue.item_version(case.item_code, case.item_version)
        checked, errors = attaching.checked(item, case.holder, handed_in, act.today)
        if errors:
            raise InvalidInput("补正材料所附证照有误。", errors)
        given = [entry.to_dict() for entry in checked]
        return lifecycle.supplement(case, given, {material.id for material in item.materials})

    return do(call, no, "case.supplement", decide)


@bp.route("/v1/cases/{no}/review", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.review", body=forms.Review, summary="提交审查意见")
def review(call: Call[forms.Review], no: str) -> Reply:
    """The reviewer's opinion goes to the chief representative."""
    asked = call.body
    return do(
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
    return do(
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
    return do(call, no, "special.start", lambda case, _act: lifecycle.offer_hearing(case))


@bp.route("/v1/cases/{no}/hearing-request", methods=["POST"], authorizer=jwt_authorizer)
@view(act="hearing.request", summary="申请听证")
def hearing_request(call: Call, no: str) -> Reply:
    """The applicant asks for the hearing, which is then held within twenty working days."""
    return do(
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

    return do(call, no, "case.review", decide)


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
    return do(
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

    return do(call, no, "case.extend", decide)


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

    return do(call, no, "case.sign", decide, payment.hold_to_settlement if grants else None)


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

    return do(call, no, "case.deliver", decide, hold)


# --- acts of the applicant, and of the supervisor -------------------------------------------------


@bp.route("/v1/cases/{no}/withdrawal", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.withdraw", body=forms.Reason, summary="撤回申请")
def withdrawal(call: Call[forms.Reason], no: str) -> Reply:
    """Take the application back, before the decision."""
    return do(
        call,
        no,
        "case.withdraw",
        lambda case, _act: lifecycle.withdraw(case, call.body.reason),
    )


@bp.route("/v1/cases/{no}/return", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.notify_correction", body=forms.Reason, summary="退件")
def returning(call: Call[forms.Reason], no: str) -> Reply:
    """What the correction notice named did not come."""
    return do(
        call,
        no,
        "case.notify_correction",
        lambda case, _act: lifecycle.return_case(case, call.body.reason or ""),
    )


@bp.route("/v1/cases/{no}/voiding", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.void", body=forms.Reason, summary="作废误录")
def voiding(call: Call[forms.Reason], no: str) -> Reply:
    """Void an entry made in error; the supervisor who approves it is on record."""
    return do(
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
    return do(
        call,
        no,
        "case.rate",
        lambda case, _act: lifecycle.rate(case, asked.grade, asked.comment),
    )


@bp.route("/v1/cases/{no}/objection", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.object", body=forms.Objection, summary="提出异议")
def objection(call: Call[forms.Objection], no: str) -> Reply:
    """Object to how the case was handled or decided."""
    return do(
        call,
        no,
        "case.object",
        lambda case, _act: lifecycle.object_to(case, call.body.text),
    )
