"""Who keeps which list: the duty of the annex, and the organisation that holds it now."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.catalogue.lists import LISTS, ListKind
from chalicelib.core.errors import Conflict
from chalicelib.network import service as network
from chalicelib.network.duties import Duty

DUTIES: Mapping[ListKind, Duty] = {
    ListKind.POWERS: Duty.REVIEW_POWERS,
    ListKind.APPROVALS: Duty.REVIEW_POWERS,
    ListKind.RESPONSIBILITIES: Duty.REVIEW_RESPONSIBILITIES,
    ListKind.SERVICES: Duty.REVIEW_BASIC_SERVICES,
    ListKind.NEGATIVE: Duty.PUBLISH_CATALOGUE,
    ListKind.FEES: Duty.REVIEW_FEES,
    ListKind.FUNDS: Duty.REVIEW_FUNDS,
}
"""The document names no owner for the negative list; until one is named it falls to whoever
publishes the catalogue."""


def owner_of(kind: ListKind) -> str:
    """The organisation that keeps a list. Raises Conflict where the duty falls to nobody."""
    holders = network.duty_holders(DUTIES[kind])
    if not holders:
        raise Conflict(f"{LISTS[kind].title}尚未指定主管单位")
    return holders[0]
