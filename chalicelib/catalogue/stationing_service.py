"""Stationing as use cases: the list of a body's items, the gaps, exemptions, and the rate."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from chalicelib.aws.settings import clock
from chalicelib.catalogue import publication, store
from chalicelib.catalogue.in_force import item_in_force
from chalicelib.catalogue.model import Item
from chalicelib.catalogue.stationing import Exemption, Stationing, Status, station, status_of
from chalicelib.catalogue.store import Row, shelf_key
from chalicelib.core.access import require
from chalicelib.core.errors import InvalidInput, NotFound
from chalicelib.core.principal import Principal
from chalicelib.core.time import SHANGHAI
from chalicelib.network import service as network
from chalicelib.network.chiefs import ChiefRegister
from chalicelib.network.store import read_chiefs

EXEMPTIONS = "STATIONING"


def page(
    organisation: str | None, limit: int, start: Mapping[str, Any] | None, now: datetime
) -> tuple[list[Stationing], dict[str, Any] | None]:
    """One page of items with where they are handled: one Query of the shelf, and what it needs."""
    shelf = shelf_key(body=organisation or store.ANY)
    summaries, after = store.read_shelf(shelf, limit, start["after"] if start else None)
    found = store.standings([each["code"] for each in summaries])
    items = [found[each["code"]].item for each in summaries if each["code"] in found]
    return list(_stationed(items, now)), {"after": after} if after else None


def of_item(code: str, now: datetime) -> Stationing:
    """Where one item is handled. Raises NotFound, Conflict for a closed item."""
    (found,) = _stationed([item_in_force(code)], now)
    return found


def gaps(now: datetime) -> list[Stationing]:
    """Every item that is not in the centre, with its owner and reason.

    The recorded ones are one partition; the others are the items of bodies without a real
    delegation, and there are as many bodies as the district has.
    """
    today = now.astimezone(SHANGHAI).date()
    wanted = {exemption.item_code for exemption in exemptions()}
    for body in network.network().organisations:
        chiefs = read_chiefs(body)
        appointment = chiefs.on(today)
        if appointment is None or appointment.items is not None:
            wanted |= {code for code in _codes(body) if not chiefs.signers(code, today)}
    standings = store.standings(sorted(wanted))
    items = [standings[code].item for code in sorted(standings)]
    return [each for each in _stationed(items, now) if each.status is not Status.STATIONED]


def exempt(
    principal: Principal, code: str, owner: str, reason: str, until: date | None
) -> Stationing:
    """Record why an item is not in the centre, and who answers for it. Raises Forbidden, NotFound,
    InvalidInput."""
    require(principal, "stationing.write")
    now = clock().now()
    today = now.astimezone(SHANGHAI).date()
    item_in_force(code)
    try:
        network.organisation(owner)
    except NotFound:
        raise InvalidInput.at("/owner", "没有这个单位") from None
    if until is not None and until < today:
        raise InvalidInput.at("/until", "期限不能早于今天")
    exemption = Exemption(code, owner, reason, today, until)
    Row(EXEMPTIONS, f"ITEM#{code}", body=exemption.to_dict()).save()
    return of_item(code, now)


def bring_in(principal: Principal, code: str) -> Stationing:
    """The item is in the centre: its exemption ends. Raises Forbidden, NotFound."""
    require(principal, "stationing.write")
    Row(EXEMPTIONS, f"ITEM#{code}", body={}).delete()
    return of_item(code, clock().now())


def rate(now: datetime) -> dict[str, Any]:
    """进驻率 of the items in force: numerator, denominator, and the codes of what is missing.

    Walks the catalogue: for the indicator's daily figure, not for a page.
    """
    today = now.astimezone(SHANGHAI).date()
    recorded = {each.item_code: each for each in exemptions()}
    registers: dict[str, ChiefRegister] = {}
    missing, total = [], 0
    for item in publication.in_force(now):
        total += 1
        chiefs = registers.get(item.body) or registers.setdefault(item.body, read_chiefs(item.body))
        status = status_of(item.code, chiefs, recorded.get(item.code), today)
        if status is not Status.STATIONED:
            missing.append(item.code)
    return {"numerator": total - len(missing), "denominator": total, "missing": missing}


def exemptions() -> list[Exemption]:
    """Every recorded exemption, those that have expired too."""
    return [Exemption.from_dict(row.body) for row in Row.query(EXEMPTIONS)]


def _stationed(items: Sequence[Item], now: datetime) -> Iterator[Stationing]:
    today = now.astimezone(SHANGHAI).date()
    keys = [(EXEMPTIONS, f"ITEM#{item.code}") for item in items]
    rows = Row.batch_get(keys) if keys else []
    recorded = {row.body["item_code"]: Exemption.from_dict(row.body) for row in rows}
    points = network.network().select()
    registers = {body: read_chiefs(body) for body in {item.body for item in items}}
    for item in items:
        yield station(item, points, registers[item.body], recorded.get(item.code), today)


def _codes(body: str) -> Iterator[str]:
    after: str | None = None
    while True:
        summaries, after = store.read_shelf(shelf_key(body=body), 100, after)
        yield from (each["code"] for each in summaries)
        if after is None:
            return
