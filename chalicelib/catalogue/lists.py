"""The lists of the annex: which there are, who keeps each, and on which an item must stand.

Pure. Zhengzhou counts 五单一网; a provincial wording counts the lists of powers and of
responsibilities apart. So lists are types, not "the five".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.catalogue.model import FeeItem, Item
from chalicelib.core.errors import NotFound
from chalicelib.core.time import from_text, to_text


class ListKind(StrEnum):
    """The lists that the document and the city's notices name."""

    POWERS = "powers"
    RESPONSIBILITIES = "responsibilities"
    APPROVALS = "approvals"
    SERVICES = "public_services"
    NEGATIVE = "negative"
    FEES = "fees"
    FUNDS = "funds"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its title, and where the document speaks of it."""

    title: str
    source: str


LISTS: Mapping[ListKind, Listing] = {
    ListKind.POWERS: Listing("权力清单", "附(一)"),
    ListKind.RESPONSIBILITIES: Listing("责任清单", "附(二)"),
    ListKind.APPROVALS: Listing("行政审批事项清单", "附(一)"),
    ListKind.SERVICES: Listing("基本公共服务清单", "附(二)"),
    ListKind.NEGATIVE: Listing("产业集聚区企业投资项目管理负面清单", "原文未定主管单位"),
    ListKind.FEES: Listing("行政事业性收费清单", "附(三)"),
    ListKind.FUNDS: Listing("政府性基金清单", "附(三)"),
}

PERMIT, PUBLIC_SERVICE = "01", "20"


def list_named(name: str) -> ListKind:
    """The list that a path names. Raises NotFound."""
    try:
        return ListKind(name)
    except ValueError:
        raise NotFound(f"没有名为{name}的清单;现有:{'、'.join(ListKind)}") from None


def list_needed(item: Item) -> ListKind:
    """The list on which an item of its kind must stand to be in force."""
    if item.type_code == PERMIT:
        return ListKind.APPROVALS
    if item.type_code == PUBLIC_SERVICE:
        return ListKind.SERVICES
    return ListKind.POWERS


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a list.

    `ref` is the item's base code, or a fee's or fund's name. A fee or a fund has its `standard`,
    and its sum in fen where the standard fixes one.
    """

    kind: ListKind
    ref: str
    name: str
    basis: str
    since: datetime
    source: str
    standard: str = ""
    amount_fen: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "ref": self.ref,
            "name": self.name,
            "basis": self.basis,
            "since": to_text(self.since),
            "source": self.source,
            "standard": self.standard,
            "amount_fen": self.amount_fen,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Entry:
        return cls(
            **(dict(raw) | {"kind": ListKind(raw["kind"]), "since": from_text(raw["since"])})
        )


def entry_of(item: Item, since: datetime, source: str) -> Entry:
    """The line that an item takes on the list that its kind needs."""
    return Entry(list_needed(item), item.base_code, item.name, item.statutory.basis, since, source)


def fee_entries(item: Item, since: datetime, source: str) -> list[Entry]:
    """The lines that an item's charges take on the fee list."""
    return [
        Entry(
            kind=ListKind.FEES,
            ref=fee.name,
            name=fee.name,
            basis=fee.basis,
            since=since,
            source=source,
            standard=fee.standard,
            amount_fen=fee.amount_fen,
        )
        for fee in item.fee.items
    ]


def off_the_list(fee: FeeItem, entries: Iterable[Entry]) -> str | None:
    """Why a charge may not be made, in words; None where the fee list has it, with this standard.

    法不授权不可收: a charge exists only on the list, with basis and standard (行政许可法 art. 58-59).
    """
    for entry in entries:
        if entry.ref != fee.name:
            continue
        if (entry.standard, entry.amount_fen) != (fee.standard, fee.amount_fen):
            return f"收费“{fee.name}”的标准与收费清单(“{entry.standard}”)不一致"
        if entry.basis != fee.basis:
            return f"收费“{fee.name}”的依据与收费清单(“{entry.basis}”)不一致"
        return None
    return f"收费“{fee.name}”不在行政事业性收费清单上"
