"""The lines of the lists, in the catalogue's table: a list is one partition, a page one Query."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.catalogue.lists import Entry, ListKind
from chalicelib.catalogue.store import Row


def entry_row(entry: Entry) -> Row:
    return Row(f"LIST#{entry.kind}", f"ENTRY#{entry.ref}", body=entry.to_dict())


def entry_key(kind: ListKind, ref: str) -> Row:
    """A row that only names a line, to delete it."""
    return Row(f"LIST#{kind}", f"ENTRY#{ref}", body={})


def page(kind: ListKind, limit: int, after: str | None) -> tuple[list[Entry], str | None]:
    """One page of a list by reference, and the key to read on from."""
    found = Row.query(f"LIST#{kind}", None if after is None else Row.sk > after, limit=limit)
    rows = list(found)
    return [Entry.from_dict(row.body) for row in rows], (
        rows[-1].sk if found.last_evaluated_key else None
    )


def find(kind: ListKind, refs: Sequence[str]) -> list[Entry]:
    """The lines of a list that these references name: one BatchGetItem."""
    if not refs:
        return []
    keys = [(f"LIST#{kind}", f"ENTRY#{ref}") for ref in dict.fromkeys(refs)]
    return [Entry.from_dict(row.body) for row in Row.batch_get(keys)]


def find_all(wanted: Iterable[tuple[ListKind, str]]) -> dict[tuple[ListKind, str], Entry]:
    """Lines of several lists, by list and reference."""
    keys = [(f"LIST#{kind}", f"ENTRY#{ref}") for kind, ref in dict.fromkeys(wanted)]
    rows = Row.batch_get(keys) if keys else []
    entries = [Entry.from_dict(row.body) for row in rows]
    return {(entry.kind, entry.ref): entry for entry in entries}
