"""Taking stock for the six rates: reads the other rooms' registers, writes one item.

Runs by the clock, never in a request. It only reads, and through the stores, for the registers of
the network, the catalogue and the certificates are the facts that the rates are about.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from chalicelib.aws.settings import clock
from chalicelib.core.time import to_text
from chalicelib.supervision import board_store, rule_store
from chalicelib.supervision.census import ItemSeen, Stock, follow_proofs, take

if TYPE_CHECKING:
    from chalicelib.catalogue.model import Item

A_PAGE: Final = 100


def take_stock() -> dict[str, Any]:
    """Count the six rates anew, check the catalogue's proofs, and keep both. Answers what was kept.

    Proofs that were found once and are found no more are removed ones, with their words and days.
    """
    at, known = to_text(clock().now()), board_store.read_census()
    census = {
        "taken_at": at,
        "rates": {one.key: one.to_dict() for one in take(_stock())},
        "proofs": follow_proofs(known.get("proofs", {}), _proofs(), at),
    }
    board_store.save_census(census)
    return census


def _stock() -> Stock:
    from chalicelib.catalogue.lists import ListKind  # noqa: PLC0415 - only this worker needs it

    return Stock(
        communities=_communities(),
        items=list(items_in_force()),
        powers=_listed(ListKind.POWERS) | _listed(ListKind.APPROVALS),
        services=_listed(ListKind.SERVICES),
        shared_types=_shared_types(),
        rules=list(rule_store.rulebook().values()),
    )


def _communities() -> dict[str, bool]:
    from chalicelib.network.coverage import coverage  # noqa: PLC0415
    from chalicelib.network.store import read_network  # noqa: PLC0415

    network = read_network()
    if network is None:
        return {}
    found = coverage(network)
    return {
        **{f"{one.name}({one.key})": True for one in found.covered},
        **{f"{one.name}({one.key})": False for one in found.missing},
    }


def items_in_force() -> Iterator[ItemSeen]:
    """Every item in force, as far as the rates need it."""
    for item in _items():
        yield ItemSeen(
            code=item.code,
            base_code=item.base_code,
            name=item.name,
            body=item.body,
            sunk=item.sunk,
            project_type=str(item.project_type),
            forms=frozenset(item.handle_forms),
            result_type=item.result.certificate_type if item.result else None,
            result_name=item.result.name if item.result else "",
        )


def _items() -> Iterator[Item]:
    """Every item in force, from the catalogue's shelf and standings, a page at a time."""
    from chalicelib.catalogue import store  # noqa: PLC0415

    now, after = clock().now(), None
    while True:
        page, after = store.read_shelf(store.shelf_key(), A_PAGE, after)
        for standing in store.standings([one["code"] for one in page]).values():
            item = standing.at(now)
            if item is not None and not standing.closed:
                yield item
        if after is None:
            return


def _proofs() -> dict[str, str]:
    """What the catalogue's own checks find in it now: circular, baseless and other odd proofs."""
    from chalicelib.catalogue import store  # noqa: PLC0415
    from chalicelib.catalogue.proof_checks import check  # noqa: PLC0415
    from chalicelib.catalogue.proof_reading import of_items  # noqa: PLC0415

    found = check(of_items(_items(), store.certificate_types())).findings
    return {
        "|".join((str(one.kind), *sorted(one.items), *sorted(one.certificates))): one.message
        for one in found
        if one.is_alarm
    }


def _listed(kind: Any) -> dict[str, str]:
    from chalicelib.catalogue import list_store  # noqa: PLC0415

    entries, after = {}, None
    while True:
        page, after = list_store.page(kind, A_PAGE, after)
        entries.update({entry.ref: entry.name for entry in page})
        if after is None:
            return entries


def _shared_types() -> dict[str, bool]:
    from chalicelib.certificates import types  # noqa: PLC0415
    from chalicelib.certificates.model import ShareClass  # noqa: PLC0415

    return {one.code: one.share_class is not ShareClass.NOT_SHARED for one in types.everything()}


def bodies() -> list[str]:
    """The bodies that have items in force."""
    return sorted({item.body for item in items_in_force()})
