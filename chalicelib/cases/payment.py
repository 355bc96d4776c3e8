"""Acts that wait for the applicant's payment: a grant, where the item's version charges.

An item without charges costs nothing here: its version is cached, and is read for the answer anyway.
"""

from __future__ import annotations

from chalicelib.cases import store
from chalicelib.cases.model import Case
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.model import Item


def require_settled(case: Case, act: str) -> None:
    """Refuse an act before payment, and tell supervision (F03). Raises Unpaid."""
    item = _item(case)
    if item.fee.charged:
        # Few items charge, and the others' cold starts can spare the module.
        from chalicelib.catalogue import charging_service  # noqa: PLC0415

        charging_service.require_settled(item, case.no, act)


def hold_to_settlement(write: store.Append) -> None:
    """Make the act's own transaction fail unless the case owes nothing as it is written."""
    item = _item(write.after)
    if item.fee.charged:
        from chalicelib.catalogue import charging_store  # noqa: PLC0415

        charging_store.settled_in(write.transaction, item, write.after.no)


def _item(case: Case) -> Item:
    return catalogue.item_version(case.item_code, case.item_version)
