"""Putting an approved version in force: the standing, the shelves, the lists, and the other units.

Everything here adds to a transaction that the caller commits with the change's own event, so that
what readers see and what the log says move together.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.catalogue import list_store, store
from chalicelib.catalogue.changes import Change, Stage
from chalicelib.catalogue.commands import Command
from chalicelib.catalogue.differences import implement, standard_differences
from chalicelib.catalogue.lists import entry_of, fee_entries, list_needed
from chalicelib.catalogue.memory import forget
from chalicelib.catalogue.model import Item, State
from chalicelib.catalogue.store import Row, Standing
from chalicelib.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Entrance:
    """A version coming into force: since when, and by which change."""

    item: Item
    since: datetime
    why: str


def schedule(command: Command, change: Change, now: datetime) -> None:
    """Write an approved version: in force at once, or noted beside the one that is."""
    entrance = Entrance(change.item, change.effective_at or now, change.id)
    standing = store.find_standing(change.item.code)
    _put_version(command, entrance)
    if change.stage is Stage.IN_FORCE:
        put_in_force(command, entrance, standing.item if standing else None)
    elif standing is None:
        _put_standing(command, Standing(entrance.item, entrance.since), None)
    else:
        beside = replace(standing, upcoming=entrance.item, upcoming_since=entrance.since)
        _put_standing(command, beside, standing.item)


def activate(command: Command, change: Change) -> None:
    """The day of a scheduled version has come. Raises NotFound where nothing was scheduled."""
    standing = store.find_standing(change.item.code)
    if standing is None or change.effective_at is None:
        raise NotFound("没有待生效的版本")
    entrance = Entrance(change.item, change.effective_at, change.id)
    put_in_force(command, entrance, standing.item)


def put_in_force(command: Command, entrance: Entrance, before: Item | None) -> None:
    """The standing, the shelves, the lines of the lists: everything that readers see."""
    item = entrance.item
    _put_standing(command, Standing(item, entrance.since), before)
    placed = store.shelf_rows(item)
    kept = {row.pk for row in placed}
    for row in store.shelf_rows(before) if before is not None else ():
        if row.pk not in kept:
            command.delete(row)
    for row in placed:
        command.put(row)
    if item.state is State.CANCELLED:
        if not [code for code in store.units_of(item.base_code) if code != item.code]:
            command.delete(list_store.entry_key(list_needed(item), item.base_code))
        return
    for entry in (
        entry_of(item, entrance.since, entrance.why),
        *fee_entries(item, entrance.since, entrance.why),
    ):
        command.put(list_store.entry_row(entry))


def followers(item: Item) -> list[Item]:
    """The other units' records of the same base record that its standard fields would change."""
    codes = [code for code in store.units_of(item.base_code) if code != item.code]
    found = store.standings(codes)
    return [
        found[code].item
        for code in codes
        if code in found and standard_differences(item, found[code].item)
    ]


def spread(change: Change, now: datetime) -> list[str]:
    """Give the other units of the base record the standard fields of a change in force.

    Can be repeated: a unit that agrees already is left alone. Answers the codes that were changed.
    """
    done = []
    for unit in followers(change.item):
        adopted = replace(implement(change.item, unit), version=unit.version + 1)
        entrance = Entrance(adopted, now, change.id)
        command = Command()
        _put_version(command, entrance)
        put_in_force(command, entrance, unit)
        command.commit()
        done.append(unit.code)
    forget()
    return done


def _put_version(command: Command, entrance: Entrance) -> None:
    row = store.version_row(entrance.item, entrance.since, entrance.why)
    command.put(row, Row.pk.does_not_exist(), f"第{entrance.item.version}版已经存在")


def _put_standing(command: Command, standing: Standing, before: Item | None) -> None:
    """The standing, unless it moved since it was read."""
    seen = Row.pk.does_not_exist() if before is None else Row.version == before.version
    command.put(store.standing_row(standing), seen)
