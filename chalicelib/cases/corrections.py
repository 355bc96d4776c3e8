"""A person corrects what a case holds of them (个人信息保护法 art. 46).

Contact data is theirs to change at once. A name decides who is certified, so it is a request, which
the window or the department decides with the document in hand. Either way the log says which field,
when and by whom; what it was, what it became and why stand sealed beside the event. An identity
number is no field: it comes from the real-name login, and another number is another person.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.aws.sealing import seal, unseal
from chalicelib.cases import recording, service, store
from chalicelib.cases.lifecycle import Act, Draft
from chalicelib.cases.model import Case
from chalicelib.cases.recording import Request
from chalicelib.certificates import readlog
from chalicelib.certificates.chain import Line, Outcome
from chalicelib.core.errors import Conflict, Gone, InvalidInput, OutOfTurn
from chalicelib.core.masking import mask_name
from chalicelib.core.principal import Principal
from chalicelib.core.time import to_text

AT_ONCE: Final = frozenset({"phone", "address"})
ASK: Final = "person.correct"
DECIDE: Final = "person.decide_correction"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for its decision: the field, what it holds, what it should hold, why."""

    field: str
    before: str
    value: str
    reason: str
    at: str


def ask(
    principal: Principal, no: str, field: str, value: str, *, reason: str, request: Request
) -> Case:
    """Correct contact data at once, or ask for the correction of a name.

    Raises NotFound, Forbidden, Gone once the case was disposed of, Conflict while another request
    waits, InvalidInput for what changes nothing.
    """

    def decide(case: Case, _act: Act) -> list[Draft]:
        if case.disposed:
            raise Gone("本件已过保管期限,个人信息已经销毁。")
        if service.person_of(no).get(field, "") == value:
            raise InvalidInput.at("/value", "与现有信息相同,不需要更正。")
        if field in AT_ONCE:
            return [Draft("case.data_corrected", {"fields": [field]})]
        if case.correction is not None:
            raise Conflict("已有一项更正申请正在审核。")
        return [Draft("case.data_correction_requested", {"fields": [field]})]

    def beside(write: store.Append) -> None:
        if field in AT_ONCE:
            _replace(write, field, value, reason)
        else:
            before = service.person_of(no).get(field, "")
            write.carry(_kept(no, field, before, value, reason))

    return service.act(principal, no, ASK, decide, request=request, beside=beside)


def pending(principal: Principal, no: str, now: datetime) -> Asked:
    """The request that waits, in full, for who decides it; a line in the read log says who looked.

    Raises NotFound, Forbidden, OutOfTurn where none waits.
    """
    case = recording.read(no).case
    role = service.authorise(principal, DECIDE, service.resource_of(case, principal, DECIDE))
    found = _asked(case)
    line = Line(
        at=now,
        act=DECIDE,
        outcome=Outcome.GIVEN,
        reader=service.actor_of(principal, role),
        purpose="审核信息更正",
        case_no=no,
        holder=case.holder,
        fields=(found.field,),
    )
    readlog.append(line)
    return found


def decide_on(
    principal: Principal, no: str, *, correct: bool, reason: str, request: Request
) -> Case:
    """Correct what was asked, or refuse with a reason that the person reads.

    Raises NotFound, Forbidden, OutOfTurn where no request waits, InvalidInput without a reason.
    """

    def decide(case: Case, _act: Act) -> list[Draft]:
        found = _asked(case)
        if correct:
            fields = [found.field]
            return [Draft("case.data_corrected", {"fields": fields, "request": case.correction})]
        if not reason.strip():
            raise InvalidInput.at("/reason", "请写明不予更正的理由。")
        data = {"request": case.correction, "reason": reason.strip()}
        return [Draft("case.data_correction_refused", data)]

    def beside(write: store.Append) -> None:
        if correct:
            found = _asked(recording.read(no).case)
            _replace(write, found.field, found.value, found.reason)

    return service.act(principal, no, DECIDE, decide, request=request, beside=beside)


def _asked(case: Case) -> Asked:
    event = store.read_event(case.no, case.correction) if case.correction is not None else None
    if event is None or event.sealed is None:
        raise OutOfTurn("本件没有待审核的更正申请。")
    kept = unseal(event.sealed, case.no)
    at = to_text(store.recorded_of(event).event.at)
    return Asked(kept["field"], kept["before"], kept["after"], kept["reason"], at)


def _replace(write: store.Append, field: str, value: str, reason: str) -> None:
    """The person's data with one field changed, in the transaction that records the change.

    The head's version guards it: of two corrections decided on one reading, one comes again.
    """
    no = write.after.no
    before = service.person_of(no)
    store.reseal_in(write.transaction, no, seal({**before, field: value}, no))
    row = _row(no, value) if field == "name" else None
    write.carry(_kept(no, field, before.get(field, ""), value, reason), row)


def _row(no: str, name: str) -> Mapping[str, Any]:
    return {**recording.read(no).row, "applicant": mask_name(name)}


def _kept(no: str, field: str, before: str, after: str, reason: str) -> bytes:
    return seal({"field": field, "before": before, "after": after, "reason": reason}, no)
