"""Reading the lists that a catalogue document brings."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.catalogue.lists import Entry, ListKind
from chalicelib.catalogue.reading import Problems, Reader
from chalicelib.core.errors import FieldError

CHARGES = (ListKind.FEES, ListKind.FUNDS)
KINDS = {str(kind): kind for kind in ListKind}


def read_entries(
    raw: Mapping[str, Any], since: datetime, source: str
) -> tuple[list[Entry] | None, tuple[FieldError, ...]]:
    """The lines under `lists`, and what is wrong with them; None for a document without lists.

    A line has `list`, `ref` (a base code, or a charge's name), `name` and `basis`; one of the fee
    and fund lists its `standard`, and `amount_cny` where the standard fixes the sum.
    """
    if raw.get("lists") is None:
        return None, ()
    problems = Problems()
    entries: dict[tuple[ListKind, str], Entry] = {}
    for reader in Reader(raw, "", problems).children("lists"):
        kind = reader.choice("list", KINDS)
        if kind is None:
            continue
        charge = kind in CHARGES
        entry = Entry(
            kind=kind,
            ref=reader.text("ref"),
            name=reader.text("name"),
            basis=reader.text("basis"),
            since=since,
            source=source,
            standard=reader.text("standard", empty=not charge),
            amount_fen=reader.optional_money("amount_cny"),
        )
        if (kind, entry.ref) in entries:
            reader.refuse("ref", "在同一清单中重复")
        entries[kind, entry.ref] = entry
    return list(entries.values()), tuple(problems.found)
