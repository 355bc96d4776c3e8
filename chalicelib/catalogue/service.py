"""The catalogue's use cases that every other room leans on: the item in force, and its versions."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from chalicelib.aws.settings import clock
from chalicelib.catalogue import publication, store
from chalicelib.catalogue.document import Document, read_document
from chalicelib.catalogue.gate import missing_for_publication
from chalicelib.catalogue.model import Item, State
from chalicelib.catalogue.samples import sample_for
from chalicelib.catalogue.store import Standing
from chalicelib.core.errors import Conflict, FieldError, InvalidInput, NotFound

CACHED_SECONDS = 60.0
_standings: dict[str, tuple[float, Standing]] = {}


def item_in_force(code: str) -> Item:
    """The version of an item that a case may be opened under now.

    One GetItem for a miss of the process's cache, which keeps an item 60 s; a version decided
    beforehand comes into force at its instant all the same, for the cache holds both. Raises
    NotFound for an item the catalogue does not have, Conflict for one that is closed.
    """
    standing = _standing(code)
    item = None if standing is None else standing.at(clock().now())
    if standing is None or item is None:
        raise NotFound(f"目录中没有编码为{code}的事项,或尚未生效")
    if standing.closed is not None:
        raise Conflict(f"事项“{item.name}”现在不能办理:{standing.closed}")
    if item.state is not State.IN_USE:
        words = "暂停办理" if item.state is State.SUSPENDED else "已取消"
        raise Conflict(f"事项“{item.name}”{words}")
    return item


@lru_cache(maxsize=1024)
def item_version(code: str, version: int) -> Item:
    """One version, which never changes: cached without end. Raises NotFound."""
    item = store.find_version(code, version)
    if item is None:
        raise NotFound(f"目录中没有编码为{code}的事项的第{version}版")
    return item


def forget() -> None:
    """Empty this process's caches, after a write or between tests."""
    _standings.clear()
    item_version.cache_clear()
    publication.forget()


def _standing(code: str) -> Standing | None:
    now = time.monotonic()
    kept = _standings.get(code)
    if kept is not None and kept[0] > now:
        return kept[1]
    standing = store.find_standing(code)
    if standing is not None:
        _standings[code] = (now + CACHED_SECONDS, standing)
    return standing


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, item codes by outcome. `held` maps an item to what it lacks."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    certificate_types: int = 0
    dry_run: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "added": list(self.added),
            "changed": list(self.changed),
            "unchanged": list(self.unchanged),
            "held": {code: list(reasons) for code, reasons in self.held.items()},
            "certificate_types": self.certificate_types,
            "dry_run": self.dry_run,
        }


def import_catalogue(
    document: Mapping[str, Any],
    *,
    dry_run: bool = False,
    publish: bool = True,
    why: str = "目录导入",
) -> ImportReport:
    """Take over a catalogue document, all of it or none, and publish what is then in force.

    Raises InvalidInput with a pointer for every field that is wrong. An item that is the same as
    stored is left alone, so an import can be repeated; one whose content differs needs a higher
    version. An item that the publication gate holds back is reported and not put in force.
    """
    read = read_document(document, sample_for)
    if read.problems:
        raise InvalidInput(f"目录有{len(read.problems)}处错误,未导入任何事项", read.problems)
    stored = store.standings([item.code for item in read.items])
    report = _plan(read, stored, dry_run)
    if not dry_run:
        _write(read, stored, report, clock().now(), why)
        if publish:
            publication.publish(clock().now())
    return report


def _plan(read: Document, stored: Mapping[str, Standing], dry_run: bool) -> ImportReport:
    added, changed, unchanged, stale = [], [], [], []
    held: dict[str, tuple[str, ...]] = {}
    for index, item in enumerate(read.items):
        lacking = missing_for_publication(item)
        known = stored.get(item.code)
        if lacking:
            held[item.code] = lacking
        elif known is None:
            added.append(item.code)
        elif known.item == item:
            unchanged.append(item.code)
        elif item.version > known.item.version:
            changed.append(item.code)
        else:
            stale.append(
                FieldError(
                    f"/items/{index}/task_version",
                    f"内容与已有的第{known.item.version}版不同,应使用更高的版本号",
                )
            )
    if stale:
        raise InvalidInput("目录与已有版本冲突,未导入任何事项", stale)
    return ImportReport(
        tuple(added), tuple(changed), tuple(unchanged), held, len(read.certificate_types), dry_run
    )


def _write(
    read: Document,
    stored: Mapping[str, Standing],
    report: ImportReport,
    now: datetime,
    why: str,
) -> None:
    """Shelves and versions first, what is in force last: an import cut short can be repeated."""
    store.put_named(read)
    fresh = {*report.added, *report.changed}
    items = [item for item in read.items if item.code in fresh]
    old = [stored[item.code].item for item in items if item.code in stored]
    store.delete_all(row for item in old for row in store.shelf_rows(item, reaches(item)))
    store.write_all(store.version_row(item, now, why) for item in items)
    store.write_all(row for item in items for row in store.shelf_rows(item, reaches(item)))
    store.write_all(store.standing_row(Standing(item, now)) for item in items)
    forget()


REACHES = {"街道": "subdistrict", "社区": "community"}


def reaches(item: Item) -> tuple[str, ...]:
    """Where a citizen can have it handled, as a list can be asked for it."""
    lower = tuple(REACHES[level] for level in item.sunk_levels)
    return (*lower, "sunk" if item.sunk else "centre_only")
