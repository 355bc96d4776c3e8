"""What became of one's own bad ratings and objections: the answer reaches who complained.

Supervision keeps no applicant. Whose a case is, the cases room knows, and the hall whose a visit is:
each has the person's own, their logs say what was rated and objected, and the event names the case
of redress that it opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from chalicelib.cases import recording, service
from chalicelib.cases import store as cases
from chalicelib.core.access import require
from chalicelib.core.events import Event
from chalicelib.core.principal import Principal
from chalicelib.hall import store as hall
from chalicelib.hall import visit_records
from chalicelib.hall.booking import person_key
from chalicelib.hall.visits import Visit
from chalicelib.supervision import redress_store
from chalicelib.supervision.redress import BAD_FROM, Redress, identifier_of, kind_of

READ: Final = "redress.read"

VISITS: Final = "visits"
"""The mark of a key to go on from once the cases are through."""

Start = dict[str, Any] | None


def of_case(principal: Principal, no: str) -> list[Redress]:
    """Of one case, the newest first. Raises NotFound, and Forbidden for another person's."""
    case = recording.read(no).case
    require(principal, READ, service.resource_of(case, principal, READ))
    return _found(_opened_by(_log_of_case(no)))


def of_visit(principal: Principal, visit_id: str) -> list[Redress]:
    """Of one visit, the newest first. Raises NotFound, and Forbidden for another person's."""
    visit = visit_records.read(visit_id)
    require(principal, READ, visit_records.facts_of(visit))
    return _found(_opened_in_visits([visit]))


def of_person(principal: Principal, limit: int, start: Start) -> tuple[list[Redress], Start]:
    """Of a page of `limit` of the person's cases, then of his visits, and the key to go on from.

    A page may be shorter than the limit, or empty, with more to come.
    """
    if principal.holder is not None and VISITS not in (start or {}):
        heads, last = cases.applicant_page(principal.holder, limit, start)
        # Rating and objecting come after the end (`cases.views`): a case in hand has neither.
        ended = [head.case.no for head in heads if not head.case.open]
        opened = [each for no in ended for each in _opened_by(_log_of_case(no))]
        return _found(opened), last or {VISITS: None}
    visits, last_visit = visit_records.own(person_key(principal), limit, (start or {}).get(VISITS))
    return _found(_opened_in_visits(visits)), {VISITS: dict(last_visit)} if last_visit else None


def _opened_in_visits(visits: Iterable[Visit]) -> Iterator[str]:
    """Only a visit that was rated badly or objected to has its log read."""
    for visit in visits:
        if visit.objected or (visit.grade or 0) >= BAD_FROM:
            yield from _opened_by(hall.log(visit_records.visit_pk(visit.id)))


def _log_of_case(no: str) -> list[Event]:
    return [recorded.event for recorded in cases.read_log(no)]


def _opened_by(log: Iterable[Event]) -> Iterator[str]:
    for event in log:
        kind = kind_of(event.type, event.data.get("grade"))
        if kind is not None:
            yield identifier_of(kind, event.id)


def _found(identifiers: Iterable[str]) -> list[Redress]:
    known = redress_store.found(identifiers)
    return sorted(known, key=lambda redress: redress.opened_at, reverse=True)
