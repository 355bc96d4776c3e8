"""What may be done to a case, by whom and when: pure decisions from a head to new events.

Each function takes the head, an `Act` (who, when) and the words of the command, and answers the
drafts of the events to append, or raises the Problem that says why not. Nothing here reads or
writes; the service appends what is decided in one transaction. Who may act at all, and that
acceptor, reviewer and signer are three people, stands in the access table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from chalicelib.cases.model import (
    HEARING_REQUEST,
    STAGE_NAMES,
    Case,
    Channel,
    Outcome,
    Stage,
)
from chalicelib.cases.procedures import PROCEDURE_KINDS
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import deemed_acceptance, due, may_extend
from chalicelib.core.errors import (
    Conflict,
    FieldError,
    InvalidInput,
    NotFound,
    OutOfTurn,
)
from chalicelib.core.limits import ClockKind, Limit, SuspensionKind, step_clock

REMEDIES: Final = "不服本决定的,可自收到决定书之日起六十日内申请行政复议,或者六个月内提起行政诉讼。"
"""Remedies every refusal names (行政许可法 art. 38; 行政复议法 art. 20; 行政诉讼法 art. 46)."""


BEFORE_DECISION: Final = (Stage.ACCEPTANCE, Stage.CORRECTION, Stage.REVIEW, Stage.SIGN_OFF)


@dataclass(frozen=True, slots=True)
class Act:
    """Who acts and when. `account` identifies a person for the separation of duties."""

    account: str
    now: datetime

    @property
    def today(self) -> date:
        return self.now.date()


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has a place in the log."""

    type: str
    data: Mapping[str, Any] = field(default_factory=dict)


ELECTRONIC_DELIVERY: Final = Draft("case.delivered", {"channel": Channel.ELECTRONIC.value})


def _at_stage(case: Case, *stages: Stage) -> None:
    if case.stage not in stages:
        wanted = "、".join(STAGE_NAMES[stage] for stage in stages)
        raise OutOfTurn(f"办件现在{STAGE_NAMES[case.stage]},此操作只能在{wanted}时办理。")


def _words(pointer: str, text: str | None, what: str) -> str:
    if not text or not text.strip():
        raise InvalidInput.at(pointer, f"请填写{what}。")
    return text.strip()


# --- acceptance 受理 (行政许可法 art. 32) -------------------------------------------------------


def accept(case: Case, act: Act, *, on_the_spot: bool = False) -> list[Draft]:
    """Accept expressly, or as it is taken in (即办件). The acceptance date is today."""
    _at_stage(case, Stage.ACCEPTANCE)
    data: dict[str, Any] = {"accepted_on": act.today.isoformat()}
    return [Draft("case.accepted", data | {"on_the_spot": True} if on_the_spot else data)]


def deem_accepted(case: Case, act: Act, calendar: WorkingCalendar) -> list[Draft]:
    """Silence past the five working days is acceptance as of receipt (art. 32 (4))."""
    if case.stage is not Stage.ACCEPTANCE:
        return []
    deemed = deemed_acceptance(case.ledger, calendar)
    if deemed is None or act.now < deemed[0]:
        return []
    return [Draft("case.accepted", {"accepted_on": deemed[1].isoformat(), "deemed": True})]


def correct_on_the_spot(case: Case, what: str) -> list[Draft]:
    """An error that could be put right there and then (art. 32 (3)) is recorded, nothing more."""
    _at_stage(case, Stage.ACCEPTANCE)
    return [Draft("case.corrected", {"what": _words("/what", what, "当场更正的内容")})]


def request_correction(case: Case, act: Act, missing: Sequence[Mapping[str, str]]) -> list[Draft]:
    """One notice that names everything at once. A second one is a violation, and refused."""
    _at_stage(case, Stage.ACCEPTANCE)
    if case.ledger.corrections:
        raise Conflict("补正内容须一次性告知,本件已发过补正告知书,不得再次要求补正。")
    if not missing:
        raise InvalidInput.at("/missing", "请列出需要补正的全部内容。")
    errors = [
        FieldError(f"/missing/{index}/text", "请说明需要补正什么。")
        for index, entry in enumerate(missing)
        if not entry.get("text", "").strip()
    ]
    if errors:
        raise InvalidInput("补正告知书没有写完整。", errors)
    return [
        Draft(
            "case.correction_requested",
            {"missing": [dict(entry) for entry in missing], "noticed_on": act.today.isoformat()},
        )
    ]


def supplement(
    case: Case, materials: Sequence[Mapping[str, Any]], known: Collection[str]
) -> list[Draft]:
    """The applicant hands in what the notice named, or what was owed at acceptance (容缺).

    `known` are the material ids of the item's version.
    """
    if not (case.owed and case.stage is Stage.REVIEW):
        _at_stage(case, Stage.CORRECTION)
    if not materials:
        raise InvalidInput.at("/materials", "请上传补正材料。")
    strangers = [
        FieldError(f"/materials/{at}/material_id", "本事项没有这个编号的材料。")
        for at, entry in enumerate(materials)
        if entry["id"] not in known
    ]
    if strangers:
        raise InvalidInput("补正材料与本事项的材料清单不符。", strangers)
    return [Draft("case.supplemented", {"materials": [dict(entry) for entry in materials]})]


def reject(case: Case, kind: str, reason: str, where_to: str | None) -> list[Draft]:
    """Not required, or not competent with where to go instead (art. 32 (1) and (2))."""
    _at_stage(case, Stage.ACCEPTANCE)
    if kind not in (Outcome.NOT_REQUIRED, Outcome.NOT_COMPETENT):
        raise InvalidInput.at(
            "/kind", "只能是 not_required(无需办理)或 not_competent(非本机关职权)。"
        )
    data = {"kind": kind, "reason": _words("/reason", reason, "不受理的理由")}
    if kind == Outcome.NOT_COMPETENT:
        data["where_to"] = _words("/where_to", where_to, "应向哪个机关申请")
    return [Draft("case.rejected", data)]


# --- review 审查 and special procedures 特别程序 ------------------------------------------------


def review(case: Case, opinion: str, recommendation: str) -> list[Draft]:
    """The reviewer's opinion, which goes to the chief representative."""
    _at_stage(case, Stage.REVIEW)
    if case.procedures:
        names = "、".join(PROCEDURE_KINDS[p.kind].name for p in case.procedures)
        raise OutOfTurn(f"{names}尚未结束,结果出来后才能提交审查意见。")
    if case.owed and recommendation == "grant":
        raise OutOfTurn("容缺受理的材料尚未补齐,不能建议准予。")
    if recommendation not in ("grant", "refuse"):
        raise InvalidInput.at("/recommendation", "审查建议只能是 grant(准予)或 refuse(不予)。")
    text = _words("/opinion", opinion, "审查意见")
    return [Draft("case.reviewed", {"opinion": text, "recommendation": recommendation})]


HEARING_NOTICE: Final = timedelta(days=7)
"""行政许可法 art. 48: time and place are told seven days before."""


def offer_hearing(case: Case) -> list[Draft]:
    """Tell the applicant that he may ask for a hearing, before the decision (art. 47)."""
    _at_stage(case, Stage.REVIEW)
    if any(step.name == HEARING_REQUEST for step in case.ledger.steps):
        raise Conflict("已经告知过听证权利。")
    return [Draft("case.hearing_offered", {"right": "可在被告知之日起五日内申请听证,不收取费用"})]


def request_hearing(case: Case, act: Act, calendar: WorkingCalendar) -> list[Draft]:
    """The applicant asks for the hearing, within five days of being told."""
    _at_stage(case, Stage.REVIEW)
    clock = due(case.ledger, step_clock(HEARING_REQUEST), calendar)
    if clock is None or not clock.running:
        raise OutOfTurn("没有可以申请的听证。")
    if clock.overdue(act.now):
        raise OutOfTurn(f"申请听证的期限已于 {clock.due_on} 届满。")
    return [Draft("case.hearing_requested")]


def waive_hearing(case: Case, act: Act, calendar: WorkingCalendar) -> list[Draft]:
    """Nobody asked within the five days: the case goes on without a hearing."""
    clock = due(case.ledger, step_clock(HEARING_REQUEST), calendar)
    if clock is None or not clock.running or not clock.overdue(act.now):
        return []
    return [Draft("case.hearing_waived")]


def _hearing_date(act: Act, held_on: date | None) -> dict[str, str]:
    if held_on is None:
        raise InvalidInput.at("/held_on", "请填写举行听证的日期。")
    if held_on < act.today + HEARING_NOTICE:
        raise InvalidInput.at("/held_on", "听证的时间、地点须于举行七日前通知申请人。")
    return {"held_on": held_on.isoformat()}


def start_procedure(
    case: Case,
    act: Act,
    *,
    kind: str,
    reason: str,
    notice: str | None = None,
    expected_days: int | None = None,
    held_on: date | None = None,
) -> list[Draft]:
    """Begin a special procedure; one that stops the clock tells the applicant the time needed."""
    _at_stage(case, Stage.REVIEW)
    if kind not in PROCEDURE_KINDS:
        raise InvalidInput.at("/kind", f"特别程序种类只能是:{'、'.join(PROCEDURE_KINDS)}。")
    known = PROCEDURE_KINDS[kind]
    if any(p.kind == kind for p in case.procedures):
        raise Conflict(f"{known.name}正在进行,不能重复启动。")
    data: dict[str, Any] = {
        "id": f"p{case.version + 1}",
        "kind": kind,
        "name": known.name,
        "reason": _words("/reason", reason, "启动的理由和依据"),
        "started_on": act.today.isoformat(),
        "stops": known.stops_clock,
    }
    if known.stops_clock:
        # art. 45: the time needed is told to the applicant in writing.
        data["notice"] = _words("/notice", notice, "书面告知申请人的文书内容")
        if not expected_days or expected_days < 1:
            raise InvalidInput.at("/expected_days", "请填写所需时间(天),须书面告知申请人。")
    if kind == SuspensionKind.HEARING:
        data |= _hearing_date(act, held_on)
    if expected_days:
        expected = act.today + timedelta(days=expected_days)
        data |= {"expected_days": expected_days, "expected_on": expected.isoformat()}
    return [Draft("case.procedure_started", data)]


def finish_procedure(
    case: Case,
    act: Act,
    procedure_id: str,
    *,
    result: str,
    staff: Sequence[str],
    document: str | None,
) -> list[Draft]:
    """Record the result; it goes to the chief representative with the review."""
    _at_stage(case, Stage.REVIEW)
    running = next((p for p in case.procedures if p.id == procedure_id), None)
    if running is None:
        raise NotFound("没有正在进行的这项特别程序。")
    known = PROCEDURE_KINDS[running.kind]
    people = sorted({name.strip() for name in staff if name.strip()})
    if len(people) < known.minimum_staff:
        raise InvalidInput.at(
            "/staff", f"{known.name}须由{known.minimum_staff}名以上工作人员进行。"
        )
    data: dict[str, Any] = {
        "id": running.id,
        "kind": running.kind,
        "name": known.name,
        "result": _words("/result", result, "结果"),
        "staff": people,
        "ended_on": act.today.isoformat(),
    }
    if document:
        data["document"] = document
    return [Draft("case.procedure_finished", data)]


def extend(
    case: Case,
    act: Act,
    calendar: WorkingCalendar,
    *,
    allowed: Limit | None,
    value: int,
    reason: str,
) -> list[Draft]:
    """Extend the statutory limit once, before it has run out, with a reason (art. 42)."""
    _at_stage(case, Stage.REVIEW, Stage.SIGN_OFF)
    if case.ledger.extension is not None:
        raise Conflict("办理期限只能延长一次,本件已经延长过。")
    if allowed is None:
        raise Conflict("本事项依法不得延长办理期限。")
    if not 1 <= value <= allowed.value:
        raise InvalidInput.at("/value", f"延长期限须在 1 到 {allowed.value} 之间。")
    if not may_extend(case.ledger, calendar, act.today):
        clock = due(case.ledger, ClockKind.STATUTORY, calendar)
        expired = f"已于 {clock.due_on} 届满" if clock and clock.due_on else "尚未开始"
        raise OutOfTurn(f"法定期限{expired},只能在期满前延长。")
    limit = Limit(value, allowed.unit)
    return [
        Draft(
            "case.extended",
            {
                "limit": limit.encode(),
                "reason": _words("/reason", reason, "延长的理由(将告知申请人)"),
            },
        )
    ]


def forward(case: Case, *, to: str, opinion: str) -> list[Draft]:
    """上报件: the lower level's opinion and all materials go up (art. 35)."""
    _at_stage(case, Stage.REVIEW)
    if case.forwarded:
        raise Conflict("本件已经上报。")
    return [Draft("case.forwarded", {"to": to, "opinion": _words("/opinion", opinion, "初审意见")})]


# --- sign-off 签批 (clause 7) and what follows ---------------------------------------------------


def sign_off(
    case: Case,
    *,
    decision: str,
    opinion: str | None = None,
    reason: str | None = None,
    remedies: str | None = None,
) -> list[Draft]:
    """The chief representative decides. A refusal carries its reasons and the remedies (art. 38).

    A decision that yields no certificate reaches an electronic applicant as it is made.
    """
    _at_stage(case, Stage.SIGN_OFF)
    if decision == "grant":
        decided = Draft("case.granted", {"opinion": (opinion or "").strip() or "同意"})
    elif decision == "refuse":
        grounds = {
            "reason": _words("/reason", reason, "不予的理由"),
            "remedies": (remedies or "").strip() or REMEDIES,
        }
        decided = Draft("case.refused", grounds)
    else:
        raise InvalidInput.at("/decision", "签批决定只能是 grant(准予)或 refuse(不予)。")
    awaits_certificate = decision == "grant" and case.result is not None
    if case.channel is Channel.ELECTRONIC and not awaits_certificate:
        return [decided, ELECTRONIC_DELIVERY]
    return [decided]


def send_back(case: Case, reason: str) -> list[Draft]:
    """The chief representative asks for another review instead of deciding."""
    _at_stage(case, Stage.SIGN_OFF)
    return [Draft("case.sent_back", {"reason": _words("/reason", reason, "退回复审的理由")})]


def renew_tacitly(case: Case, act: Act) -> list[Draft]:
    """No decision before the old certificate's last day is a renewal granted (art. 50)."""
    concern = case.concern
    if concern is None or concern.expires_on is None or case.stage not in BEFORE_DECISION:
        return []
    if act.today <= concern.expires_on:
        return []
    words = f"有效期于 {concern.expires_on} 届满前未作决定,视为准予延续"
    return [Draft("case.granted", {"opinion": words, "deemed": True})]


def store_certificate(case: Case, identifier: str) -> list[Draft]:
    """The certificate is in the store; an electronic delivery is thereby done."""
    if case.stage is not Stage.CERTIFICATE:
        return []
    drafts = [Draft("case.certificate_stored", {"identifier": identifier, "type": case.result})]
    if case.channel is Channel.ELECTRONIC:
        drafts.append(ELECTRONIC_DELIVERY)
    return drafts


def print_result(case: Case) -> list[Draft]:
    """The window that holds the result has printed it."""
    _at_stage(case, Stage.DELIVERY)
    return [Draft("case.printed")]


def dispatch(case: Case, *, courier: str, tracking: str) -> list[Draft]:
    """Hand the result to a courier; the case closes when it has arrived."""
    _at_stage(case, Stage.DELIVERY)
    if case.channel is not Channel.COURIER:
        raise Conflict("申请人没有选择快递送达。")
    data = {
        "courier": _words("/courier", courier, "快递公司"),
        "tracking": _words("/tracking", tracking, "运单号"),
    }
    return [Draft("case.dispatched", data)]


def deliver(case: Case, *, received_by: str, channel: Channel | None) -> list[Draft]:
    """Hand the result over; that closes the case. A certificate must be in the store before."""
    _at_stage(case, Stage.DELIVERY)
    if case.outcome is Outcome.GRANTED and case.result and not case.certificate:
        raise OutOfTurn("证照尚未入库,不能办结。")
    if received_by not in ("applicant", "agent", "courier"):
        raise InvalidInput.at(
            "/received_by", "签收人只能是 applicant(本人)、agent(代办人)或 courier(快递)。"
        )
    data = {"channel": (channel or case.channel).value, "received_by": received_by}
    return [Draft("case.delivered", data)]


# --- exits and afterwards ------------------------------------------------------------------------


def withdraw(case: Case, reason: str | None) -> list[Draft]:
    """The applicant takes the application back, before the decision."""
    _at_stage(case, *BEFORE_DECISION)
    return [Draft("case.withdrawn", {"reason": (reason or "").strip()})]


def return_case(case: Case, reason: str) -> list[Draft]:
    """退件: what the correction notice named did not come, or does not do."""
    _at_stage(case, Stage.CORRECTION)
    return [Draft("case.returned", {"reason": _words("/reason", reason, "退件的理由")})]


def void(case: Case, reason: str, approved_by: str) -> list[Draft]:
    """作废: an entry made in error, approved by a supervisor, before the decision."""
    _at_stage(case, *BEFORE_DECISION)
    data = {"reason": _words("/reason", reason, "作废的理由"), "approved_by": approved_by}
    return [Draft("case.voided", data)]


def rate(case: Case, grade: int, comment: str | None) -> list[Draft]:
    """One rating a case, on the five national grades (GB/T 39046: 1 best … 5 worst)."""
    if case.open:
        raise OutOfTurn("办结后才能评价。")
    if case.rated is not None:
        raise Conflict("本件已经评价过,一件一评。")
    if grade not in range(1, 6):
        raise InvalidInput.at("/grade", "评价只能是 1(非常满意)到 5(非常不满意)。")
    data: dict[str, Any] = {"grade": grade}
    if comment and comment.strip():
        data["comment"] = comment.strip()
    return [Draft("case.rated", data)]


def object_to(case: Case, text: str) -> list[Draft]:
    """The applicant objects to how the case was handled or decided."""
    return [Draft("case.objected", {"text": _words("/text", text, "异议内容")})]
