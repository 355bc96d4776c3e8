"""A list in its owner's hands: a line put on it, or struck off with a reason.

An item is in force only while it stands on the list that its kind needs: the line, the standing of
every unit's item and the list's log move in one transaction. The shelves follow, here and again when
the stream shows the event, so a crash in between is made good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.aws.settings import clock
from chalicelib.catalogue import list_store, store
from chalicelib.catalogue.commands import Command
from chalicelib.catalogue.lists import LISTS, Entry, ListKind, list_needed
from chalicelib.catalogue.memory import forget
from chalicelib.catalogue.model import State
from chalicelib.catalogue.owners import owner_of
from chalicelib.catalogue.store import Row, Standing
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import NotFound
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import LIST_OWNER, Principal

STRUCK, PUT = "list.entry_struck", "list.entry_put"
BY_ITS_OWNER = "清单主管单位"


@dataclass(frozen=True, slots=True)
class Line:
    """A line as its owner writes it."""

    name: str
    basis: str
    standard: str = ""
    amount_fen: int | None = None


def strike(principal: Principal, kind: ListKind, ref: str, reason: str) -> list[str]:
    """Take a line off a list; the codes of the items that are closed by it.

    A charge without its line can no longer be ordered. Raises Forbidden, NotFound.
    """
    require(principal, "list.write", Resource(list_owner=owner_of(kind)))
    found = list_store.find(kind, [ref])
    if not found:
        raise NotFound(f"{LISTS[kind].title}上没有“{ref}”")
    units = [each for each in _units(kind, store.units_of(ref)) if each.closed is None]
    command = Command()
    command.delete(list_store.entry_key(kind, ref))
    _stand(command, units, f"已移出{LISTS[kind].title}:{reason}")
    data = {**found[0].to_dict(), "reason": reason}
    return _commit(command, principal, STRUCK, data, units)


def enter(principal: Principal, kind: ListKind, ref: str, line: Line) -> list[str]:
    """Put a line on a list, or word it anew; the codes of the items that are in force again by it.

    Raises Forbidden.
    """
    require(principal, "list.write", Resource(list_owner=owner_of(kind)))
    now = clock().now()
    standard, amount = line.standard, line.amount_fen
    entry = Entry(kind, ref, line.name, line.basis, now, BY_ITS_OWNER, standard, amount)
    units = [each for each in _units(kind, _closed_by(kind, ref)) if each.closed is not None]
    command = Command()
    command.put(list_store.entry_row(entry))
    _stand(command, units, None)
    return _commit(command, principal, PUT, entry.to_dict(), units)


def settle_shelves(codes: Sequence[str]) -> None:
    """Let readers' lists show these items, or not, as they stand. Can be repeated."""
    for standing in store.standings(codes).values():
        command = Command()
        for row in store.shelf_rows(standing.item):
            command.delete(row) if standing.closed else command.put(row)
        command.commit()


def log_pk(kind: ListKind) -> str:
    return f"LISTLOG#{kind}"


def _units(kind: ListKind, codes: Sequence[str]) -> list[Standing]:
    """The units' items of a base code, where this is the list that their kind needs."""
    found = store.standings(codes)
    return [
        each
        for _, each in sorted(found.items())
        if list_needed(each.item) is kind and each.item.state is not State.CANCELLED
    ]


def _closed_by(kind: ListKind, ref: str) -> list[str]:
    """The items that were closed when this line was last struck off."""
    for row in Row.query(log_pk(kind), Row.sk.startswith("EVENT#"), scan_index_forward=False):
        event = Event.from_dict(row.body)
        if event.type == STRUCK and event.data["ref"] == ref:
            return list(event.data["items"])
    return []


def _stand(command: Command, units: Iterable[Standing], closed: str | None) -> None:
    for each in units:
        row = store.standing_row(replace(each, closed=closed))
        command.put(row, Row.version == each.item.version)


def _commit(
    command: Command, principal: Principal, kind: str, data: dict[str, Any], units: list[Standing]
) -> list[str]:
    listing, codes = ListKind(data["kind"]), [each.item.code for each in units]
    pk = log_pk(listing)
    seq = Row.count(pk, Row.sk.startswith("EVENT#"), consistent_read=True) + 1
    actor = Actor(principal.account, LIST_OWNER, principal.organisation, principal.point)
    event = Event(str(listing), seq, kind, clock().now(), actor, {**data, "items": codes})
    command.events(pk, [event])
    command.commit()
    settle_shelves(codes)
    forget()
    return codes
