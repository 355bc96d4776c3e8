"""Showing an applicant's data in full: to staff who hold the case, for a purpose, with a line.

Everywhere else the data is masked. A reveal names the fields it needs, the purpose and the case; the
line is in the read log before the answer leaves, and the person finds it among the reads of their
data. Who asks out of scope is refused, and that is a line too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.cases import recording, service, store
from chalicelib.cases.model import Case
from chalicelib.certificates import readlog
from chalicelib.certificates.chain import Line, Outcome
from chalicelib.certificates.sharing import require_purpose
from chalicelib.core.access import explain, title_of
from chalicelib.core.errors import Forbidden, OutOfTurn
from chalicelib.core.events import Actor
from chalicelib.core.principal import Principal

FIELDS = ("name", "id_number", "phone", "address")
ACT = "person.reveal"


def reveal(
    principal: Principal, no: str, fields: Sequence[str], purpose: str, now: datetime
) -> dict[str, str]:
    """The asked fields of the applicant in full.

    Raises NotFound, InvalidInput for a purpose that is none, OutOfTurn once the case is closed, and
    Forbidden to whoever does not hold the case.
    """
    require_purpose(purpose, no)
    case = recording.read(no).case
    verdict = explain(principal, ACT, service.resource_of(case, principal, ACT))
    role = verdict.rule.role if verdict.rule else min(principal.roles, default="")
    line = Line(
        at=now,
        act=ACT,
        outcome=Outcome.GIVEN if verdict.allowed else Outcome.REFUSED,
        reader=Actor(principal.account, role, principal.organisation, principal.point),
        purpose=purpose,
        case_no=case.no,
        holder=case.holder,
        fields=tuple(sorted(set(fields))),
        reason="" if verdict.allowed else verdict.reason,
    )
    if not verdict.allowed:
        readlog.append(line)
        raise Forbidden(verdict.reason)
    if not case.open:
        raise OutOfTurn("办件已经办结,不能再查看申请人的完整信息。")
    person = service.person_of(no)
    readlog.append(line)
    return {name: person.get(name, "") for name in line.fields}


def explained(principal: Principal, case: Case, acts: Sequence[str]) -> list[dict[str, Any]]:
    """For each act, whether this person may do it on this case by the access table, and why."""
    shown = []
    for act in acts:
        verdict = explain(principal, act, service.resource_of(case, principal, act))
        shown.append(
            {
                "act": act,
                "title": title_of(act),
                "allowed": verdict.allowed,
                "reason": verdict.reason,
            }
        )
    return shown


def own_data(
    holder: str, limit: int, start: dict[str, Any] | None
) -> tuple[list[dict[str, Any]], Any]:
    """One page of a person's own cases with everything that they entered, and where to go on."""
    heads, last = store.applicant_page(holder, limit, start)
    page = [
        {"case_no": head.case.no, "submitted": service.person_of(head.case.no)} for head in heads
    ]
    return page, last
