"""Taking over a catalogue document: what a district does once, and whenever it is handed a new one.

A document is taken over whole or not at all. It may bring its lists; then an item or a charge that
stands on none of them is refused or held back. One without lists is itself the decision of what is
on them, and its lines say so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.aws.settings import clock, settings
from chalicelib.catalogue import list_store, publication, store
from chalicelib.catalogue.differences import standard_differences
from chalicelib.catalogue.document import Document, read_document
from chalicelib.catalogue.gate import missing_for_publication
from chalicelib.catalogue.list_reading import read_entries
from chalicelib.catalogue.lists import (
    LISTS,
    Entry,
    ListKind,
    entry_of,
    fee_entries,
    list_needed,
    off_the_list,
)
from chalicelib.catalogue.memory import forget
from chalicelib.catalogue.model import Item
from chalicelib.catalogue.samples import sample_for
from chalicelib.catalogue.store import Standing
from chalicelib.core.errors import FieldError, InvalidInput


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did, item codes by outcome. `held` maps an item to what it lacks."""

    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    held: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    certificate_types: int = 0
    entries: int = 0
    dry_run: bool = False

    def to_dict(self) -> dict[str, Any]:
        return {
            "added": list(self.added),
            "changed": list(self.changed),
            "unchanged": list(self.unchanged),
            "held": {code: list(reasons) for code, reasons in self.held.items()},
            "certificate_types": self.certificate_types,
            "entries": self.entries,
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
    version. An item that the publication gate holds back, or that stands on no list, is reported
    and not put in force.
    """
    now = clock().now()
    read = read_document(document, sample_for)
    entries, list_problems = read_entries(document, now, why)
    problems = (*read.problems, *list_problems)
    if problems:
        raise InvalidInput(f"目录有{len(problems)}处错误,未导入任何事项", problems)
    if entries is None:
        entries = _entries_of(read.items, now, why)
    # A trial needs no deployment; with one, it is held against what is stored there.
    deployed = bool(settings().table_catalogue) or not dry_run
    stored = store.standings([item.code for item in read.items]) if deployed else {}
    report = _plan(read, entries, stored)
    if dry_run:
        return replace(report, dry_run=True)
    _write(read, entries, stored, report, _Decision(now, why))
    if publish:
        publication.publish(now)
    return report


def _entries_of(items: Sequence[Item], now: datetime, why: str) -> list[Entry]:
    return [
        entry
        for item in items
        for entry in (entry_of(item, now, why), *fee_entries(item, now, why))
    ]


def _plan(read: Document, entries: Sequence[Entry], stored: Mapping[str, Standing]) -> ImportReport:
    listed = _Listed(entries)
    added, changed, unchanged = [], [], []
    wrong: list[FieldError] = list(_differing_units(read.items))
    held: dict[str, tuple[str, ...]] = {}
    for index, item in enumerate(read.items):
        lacking = (*missing_for_publication(item), *listed.lacking(item))
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
            wrong.append(
                FieldError(
                    f"/items/{index}/task_version",
                    f"内容与已有的第{known.item.version}版不同,应使用更高的版本号",
                )
            )
    if wrong:
        raise InvalidInput("目录前后不一致,未导入任何事项", wrong)
    return ImportReport(
        added=tuple(added),
        changed=tuple(changed),
        unchanged=tuple(unchanged),
        held=held,
        certificate_types=len(read.certificate_types),
        entries=len(entries),
    )


class _Listed:
    """What the lists that come with a document allow."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._refs = {(entry.kind, entry.ref) for entry in entries}
        self._fees = {entry.ref: entry for entry in entries if entry.kind is ListKind.FEES}

    def lacking(self, item: Item) -> Iterator[str]:
        needed = list_needed(item)
        if (needed, item.base_code) not in self._refs:
            yield f"未列入{LISTS[needed].title}"
        for fee in item.fee.items:
            entry = self._fees.get(fee.name)
            reason = off_the_list(fee, () if entry is None else (entry,))
            if reason is not None:
                yield reason


def _differing_units(items: Sequence[Item]) -> Iterator[FieldError]:
    """Clause 13: units that implement one base record may differ in their local fields only."""
    standards: dict[str, Item] = {}
    for index, item in enumerate(items):
        standard = standards.setdefault(item.base_code, item)
        for each in standard_differences(standard, item):
            yield FieldError(
                f"/items/{index}",
                f"与“{standard.body_name}”的同一事项不一致:{each.sentence}(不是可由本单位自定的要素)",
            )


@dataclass(frozen=True, slots=True)
class _Decision:
    """Since when, and by what, the imported versions hold."""

    now: datetime
    why: str


def _write(
    read: Document,
    entries: Sequence[Entry],
    stored: Mapping[str, Standing],
    report: ImportReport,
    decision: _Decision,
) -> None:
    """Shelves and versions first, what is in force last: an import cut short can be repeated."""
    fresh = {*report.added, *report.changed}
    items = [item for item in read.items if item.code in fresh]
    old = [stored[item.code].item for item in items if item.code in stored]
    store.put_named(read.bodies.values(), read.certificate_types.values())
    store.write_all(_new_entries(entries))
    store.delete_all(row for item in old for row in store.shelf_rows(item))
    store.write_all(store.version_row(item, decision.now, decision.why) for item in items)
    store.write_all(row for item in items for row in store.shelf_rows(item))
    store.write_all(store.standing_row(Standing(item, decision.now)) for item in items)
    forget()


def _new_entries(entries: Sequence[Entry]) -> Iterator[store.Row]:
    """Lines that are new or say something new; a repeated import leaves the dates of the old."""
    known = list_store.find_all((entry.kind, entry.ref) for entry in entries)
    seen: set[tuple[ListKind, str]] = set()
    for entry in entries:
        key = (entry.kind, entry.ref)
        old = known.get(key)
        if key not in seen and (old is None or replace(old, since=entry.since) != entry):
            yield list_store.entry_row(entry)
        seen.add(key)
