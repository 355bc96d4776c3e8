"""What may be done to a posting, and the event that records it (clauses 14 and 16).

Each act takes a posting and today's date (Asia/Shanghai) and gives the posting after it, one
version on, with its event; or it refuses.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, OutOfTurn
from chalicelib.network.postings import Decision, Ending, Posting, Substitute, Transfer
from chalicelib.network.qualification import (
    QUALIFIED_WORK,
    Qualification,
    check_work,
    optional_text,
)


@dataclass(frozen=True, slots=True)
class Step:
    """A posting after a change, with the event's type and data that record the change."""

    posting: Posting
    type: str
    data: Mapping[str, Any]


def post(posting: Posting) -> Step:
    """Begin a posting. Raises InvalidInput with every shortcoming of clause 16 at once."""
    check_work(posting.work)
    lacking = posting.shortcomings(posting.since)
    if lacking:
        raise InvalidInput("派驻人员资格不符合要求", lacking)
    data = {
        "account": posting.account,
        "organisation": posting.organisation,
        "point": posting.point,
        "work": sorted(posting.work),
        "since": posting.since.isoformat(),
    }
    return Step(posting, "posting.started", data)


def request_transfer(posting: Posting, transfer: Transfer, today: date) -> Step:
    """The department asks to move its person; nothing moves yet.

    Raises OutOfTurn for an ended posting, Conflict while another request stands, InvalidInput for a
    past day, a missing reason, the same point, or a tenure cut short without a stated exception.
    """
    _require_present(posting, today)
    standing = posting.transfer
    if standing is not None and standing.stands and today < standing.effective_on:
        raise Conflict("已有一项调整申请在办")
    if transfer.effective_on < today:
        raise InvalidInput.at("/effective_on", "调整日期不能早于今天")
    if transfer.effective_on <= posting.since:
        raise InvalidInput.at("/effective_on", "调整日期应晚于派驻起始日期")
    if not transfer.reason.strip():
        raise InvalidInput.at("/reason", "请写明调整原因")
    if transfer.to_point == posting.point:
        raise InvalidInput.at("/to_point", "已在该网点")
    if transfer.effective_on < posting.tenure_until and not transfer.exception.strip():
        raise InvalidInput.at(
            "/exception",
            f"窗口工作未满两年(至{posting.tenure_until.isoformat()}),提前调整须写明特殊原因",
        )
    data = {
        "effective_on": transfer.effective_on.isoformat(),
        "to_point": transfer.to_point,
        "tenure_met": transfer.effective_on >= posting.tenure_until,
    }
    pending = replace(transfer, decision=Decision.PENDING, decided_by="", comment="")
    return _step(posting, "posting.transfer_requested", data, transfer=pending)


def decide_transfer(
    posting: Posting, consent: bool, decided_by: str, comment: str, today: date
) -> Step:
    """The centre consents to a transfer or refuses it, before its day (clause 14).

    Raises OutOfTurn with no request pending, Conflict when its day has begun without consent,
    Forbidden for the person who made the request, InvalidInput for a refusal without a reason.
    """
    _require_present(posting, today)
    asked = posting.transfer
    if asked is None or asked.decision is not Decision.PENDING:
        raise OutOfTurn("没有待审核的调整申请")
    if decided_by in (asked.requested_by, posting.account):
        raise Forbidden("申请人和当事人不能审核此项调整")
    if consent and today >= asked.effective_on:
        raise Conflict("调整日期已到而未经事先同意,请原单位另行申请")
    if not consent and not comment.strip():
        raise InvalidInput.at("/comment", "不同意调整时请写明理由")
    decision = Decision.CONSENTED if consent else Decision.REFUSED
    decided = replace(asked, decision=decision, decided_by=decided_by, comment=comment)
    data = {"effective_on": asked.effective_on.isoformat(), "to_point": asked.to_point}
    return _step(posting, f"posting.transfer_{decision}", data, transfer=decided)


def complete_transfer(posting: Posting, today: date) -> Step:
    """Record that a consented transfer's day has come; the posting ended the day before.

    Raises OutOfTurn before that day or without consent.
    """
    moved = posting.transfer
    if (
        posting.last_day is not None
        or moved is None
        or moved.decision is not Decision.CONSENTED
        or today < moved.effective_on
    ):
        raise OutOfTurn("没有到期且经同意的调整")
    last_day = moved.effective_on - timedelta(days=1)
    return _step(
        posting,
        "posting.transferred",
        {"to_point": moved.to_point, "last_day": last_day.isoformat()},
        last_day=last_day,
        ending=Ending.TRANSFERRED,
        ending_reason=moved.reason,
    )


def fall_due(posting: Posting, today: date) -> Step | None:
    """What the calendar alone does to a posting by today, one step at a time; None when nothing.

    A consented transfer takes effect; one without consent lapses on its day (clause 14); the end of
    a certificate is recorded once (clause 16).
    """
    if posting.last_day is not None:
        return None
    asked = posting.transfer
    if asked is not None and asked.stands and asked.effective_on <= today:
        if asked.decision is Decision.CONSENTED:
            return complete_transfer(posting, today)
        lapsed = replace(asked, decision=Decision.LAPSED, comment="到期未经同意")
        data = {"effective_on": asked.effective_on.isoformat()}
        return _step(posting, "posting.transfer_lapsed", data, transfer=lapsed)
    due = posting.next_due
    expires = posting.qualification.certificate_until
    if due is not None and expires is not None and due <= today and expires < today:
        data = {"certificate_until": expires.isoformat()}
        return _step(posting, "posting.qualification_lapsed", data, lapse_noted=expires)
    return None


def send_back(posting: Posting, reason: str, today: date) -> Step:
    """The centre returns an unfit person to the department from tomorrow on (clause 16).

    Raises OutOfTurn for an ended posting, InvalidInput without a reason.
    """
    _require_present(posting, today)
    if not reason.strip():
        raise InvalidInput.at("/reason", "退回原单位须写明理由")
    return _step(
        posting,
        "posting.returned",
        {"last_day": today.isoformat()},
        last_day=today,
        ending=Ending.RETURNED,
        ending_reason=reason,
        transfer=None,
    )


def name_substitute(posting: Posting, substitute: Substitute, today: date) -> Step:
    """Somebody else does the work for some days. Raises OutOfTurn, InvalidInput or Conflict."""
    _require_present(posting, today)
    if substitute.account == posting.account:
        raise InvalidInput.at("/account", "顶岗人员不能是本人")
    if not substitute.reason.strip():
        raise InvalidInput.at("/reason", "请写明顶岗原因")
    if substitute.until < substitute.since:
        raise InvalidInput.at("/until", "截止日期不能早于起始日期")
    if substitute.since < max(today, posting.since):
        raise InvalidInput.at("/since", "顶岗只能从今天起安排")
    for other in posting.substitutes:
        if substitute.since <= other.until and other.since <= substitute.until:
            raise Conflict("同一天只能安排一名顶岗人员")
    ordered = sorted((*posting.substitutes, substitute), key=lambda each: each.since)
    data = {
        "account": substitute.account,
        "since": substitute.since.isoformat(),
        "until": substitute.until.isoformat(),
    }
    return _step(posting, "posting.substitute_named", data, substitutes=tuple(ordered))


def renew_qualification(posting: Posting, qualification: Qualification, today: date) -> Step:
    """Record a renewed certificate. Raises OutOfTurn, or InvalidInput with every shortcoming."""
    _require_present(posting, today)
    lacking = qualification.shortcomings(today) if posting.work & QUALIFIED_WORK else ()
    if lacking:
        raise InvalidInput("派驻人员资格不符合要求", lacking)
    data = {"certificate_until": optional_text(qualification.certificate_until)}
    return _step(posting, "posting.qualification_renewed", data, qualification=qualification)


def recommend(posting: Posting, excellent_years: frozenset[int], document: str) -> Step:
    """Recommend a person excellent in two years in a row, once for the later year (clause 16).

    Raises Conflict where no two such years follow each other or the recommendation was made.
    """
    pairs = [year for year in excellent_years if year - 1 in excellent_years]
    new = sorted(year for year in pairs if year not in posting.recommended)
    if not new:
        raise Conflict("没有尚未推荐的连续两年优秀")
    if not document.strip():
        raise InvalidInput.at("/document", "请填写推荐文件的文号")
    return _step(
        posting,
        "posting.recommended",
        {"years": [new[-1] - 1, new[-1]], "document": document},
        recommended=(*posting.recommended, new[-1]),
    )


def _require_present(posting: Posting, today: date) -> None:
    if posting.last_day is not None or (
        posting.transfer is not None
        and posting.transfer.decision is Decision.CONSENTED
        and today >= posting.transfer.effective_on
    ):
        raise OutOfTurn("派驻已结束")


def _step(
    posting: Posting,
    kind: str,
    data: Mapping[str, Any],
    **changes: Any,
) -> Step:
    return Step(replace(posting, version=posting.version + 1, **changes), kind, data)
