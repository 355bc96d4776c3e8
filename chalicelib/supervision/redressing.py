"""What is done about bad ratings and objections, by the unit and by the supervision."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import StaleVersion
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import SYSTEM, Principal
from chalicelib.supervision import answers, judging, limit_store, redress_store
from chalicelib.supervision.model import Entry
from chalicelib.supervision.redress import Redress, Step, opened_by


def open_for(detail: Mapping[str, Any]) -> Redress | None:
    """Open a case of its own for a bad rating or an objection; again changes nothing."""
    redress = opened_by(detail, working_calendar(), limit_store.limits().redress)
    if redress is not None:
        redress_store.open_once(redress)
    return redress


def verify(
    principal: Principal, identifier: str, asked: answers.Asked, *, founded: bool, text: str
) -> Mapping[str, Any]:
    """The supervision says whether it is founded. Raises NotFound, Forbidden, OutOfTurn."""
    require(principal, "alarm.close")
    return _act(principal, identifier, asked, lambda known, step: known.verify(founded, text, step))


def rectify(
    principal: Principal, identifier: str, asked: answers.Asked, *, text: str
) -> Mapping[str, Any]:
    """The unit says what it has put right. Raises NotFound, Forbidden, OutOfTurn."""
    _require_own(principal, identifier)
    return _act(principal, identifier, asked, lambda known, step: known.rectify(text, step))


def answer(
    principal: Principal, identifier: str, asked: answers.Asked, *, text: str
) -> Mapping[str, Any]:
    """The unit says what it has told the applicant. Raises NotFound, Forbidden, OutOfTurn."""
    _require_own(principal, identifier)
    return _act(principal, identifier, asked, lambda known, step: known.answer(text, step))


def call_back(
    principal: Principal, identifier: str, asked: answers.Asked, *, satisfied: bool, text: str
) -> Mapping[str, Any]:
    """The supervision says what the applicant said. Raises NotFound, Forbidden, OutOfTurn."""
    require(principal, "alarm.close")
    return _act(
        principal, identifier, asked, lambda known, step: known.call_back(satisfied, text, step)
    )


def _require_own(principal: Principal, identifier: str) -> None:
    known = redress_store.read(identifier)
    own = Resource(organisation=known.organisation, point=known.point)
    require(principal, "alarm.respond", own)


def _act(
    principal: Principal,
    identifier: str,
    asked: answers.Asked,
    act: Callable[[Redress, Step], Redress],
) -> Mapping[str, Any]:
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    known = redress_store.read(identifier)
    by = Entry(clock().now(), "", principal.account, principal.organisation or principal.point)
    changed = act(known, Step(by, working_calendar(), limit_store.limits().redress))
    shown = public(changed)
    try:
        redress_store.save(known, changed, asked.answered(shown))
    except StaleVersion:
        meanwhile = answers.earlier(asked)
        if meanwhile is None:
            raise
        return meanwhile
    return shown


def chase() -> int:
    """Note every overdue step once, and let the rules judge it. Answers how many there were."""
    now = clock().now()
    late = redress_store.overdue(now)
    for known in late:
        _judge_overdue(known)
        try:
            redress_store.save(known, known.overdue_noted(now))
        except StaleVersion:
            continue  # done at this very moment, or chased by another hand
    return len(late)


def _judge_overdue(known: Redress) -> None:
    event = Event(
        subject=known.subject,
        seq=known.version,
        type="redress.overdue",
        at=known.due_at,
        actor=Actor(SYSTEM, SYSTEM),
        data={
            "redress": known.id,
            "kind": known.kind.value,
            "step": known.state.value,
            "organisation": known.organisation,
        },
    )
    about = {
        "body": known.organisation,
        "origin": known.point,
        "item_code": known.item_code,
        "item_name": known.item_name,
    }
    judging.notice(event, about, key=f"{known.id}#{known.overdue_mark}")


def public(redress: Redress) -> dict[str, Any]:
    """A case as its readers see it."""
    about = {"case_no": redress.case_no, "visit": redress.visit}
    return {"id": redress.id, **about, **redress.to_dict()}
