"""What became of one's own bad ratings and objections: the answer reaches who complained.

Supervision keeps no applicant. Whose a case is, the cases room knows: it has the person's own cases,
their logs say what was rated and objected, and the event names the case of redress that it opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from chalicelib.cases import recording, service, store
from chalicelib.core.access import require
from chalicelib.core.principal import Principal
from chalicelib.supervision import redress_store
from chalicelib.supervision.redress import Redress, identifier_of, kind_of

READ = "redress.read"


def of_case(principal: Principal, no: str) -> list[Redress]:
    """Of one case, the newest first. Raises NotFound, and Forbidden for another person's."""
    case = recording.read(no).case
    require(principal, READ, service.resource_of(case, principal, READ))
    return _newest_first(redress_store.found(_opened_in(no)))


def of_person(
    holder: str, limit: int, start: dict[str, Any] | None
) -> tuple[list[Redress], dict[str, Any] | None]:
    """Of a page of `limit` of the person's cases, and the key to go on from.

    A page may be shorter than the limit, or empty, with more to come.
    """
    heads, last = store.applicant_page(holder, limit, start)
    # Rating and objecting come after the end (`cases.views`): a case in hand has neither.
    ended = [head.case.no for head in heads if not head.case.open]
    opened = [identifier for no in ended for identifier in _opened_in(no)]
    return _newest_first(redress_store.found(opened)), last


def _opened_in(no: str) -> Iterator[str]:
    for recorded in store.read_log(no):
        event = recorded.event
        kind = kind_of(event.type, event.data.get("grade"))
        if kind is not None:
            yield identifier_of(kind, event.id)


def _newest_first(found: list[Redress]) -> list[Redress]:
    return sorted(found, key=lambda redress: redress.opened_at, reverse=True)
