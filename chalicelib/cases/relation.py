"""What a case says to the rooms below: about reading certificates in it, and about charging."""

from __future__ import annotations

from chalicelib.cases import recording, store
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.ports import CaseFacts
from chalicelib.certificates.ports import CaseTie


def tie_of(case_no: str) -> CaseTie | None:
    """Who a case is about, who acts in it, and which certificates its item's version needs."""
    head = store.read_head(case_no)
    if head is None:
        return None
    case = head.case
    item = catalogue.item_version(case.item_code, case.item_version)
    points = {case.origin} if case.origin else set()
    needs = {m.certificate_type: None for m in item.materials if m.certificate_type}
    if item.result and case.certificate:
        needs[item.result.certificate_type] = None
    return CaseTie(
        case_no=case.no,
        holders=frozenset({case.holder}),
        organisations=frozenset(filter(None, (case.body, case.forwarded))),
        points=frozenset({*points, recording.holding_point(case)}),
        needs=needs,
        open=case.open,
    )


def facts_of(case_no: str) -> CaseFacts | None:
    """What is charged by: the pinned version of the item, who decides, where, and for whom."""
    head = store.read_head(case_no)
    if head is None:
        return None
    case = head.case
    return CaseFacts(
        case_no=case.no,
        item_code=case.item_code,
        item_version=case.item_version,
        organisation=case.body,
        point=recording.holding_point(case),
        holder=case.holder,
        open=case.open,
    )
