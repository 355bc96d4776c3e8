"""Lists of items: by search over the published index, or by shelf, one Query a page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass
from typing import Any

from chalicelib.catalogue import publication, store
from chalicelib.catalogue.search import (
    BODY,
    CODE,
    DOMAIN,
    REACH,
    REACH_BITS,
    Row,
    SearchIndex,
)
from chalicelib.core.errors import InvalidInput, NotFound

Page = tuple[list[dict[str, Any]], dict[str, Any] | None]

LOWER_TIERS: Mapping[str, str] = {"subdistrict": "街道", "community": "社区"}
"""The tiers below the centre, as a sunk item names them. The centre handles every item."""
MOST_FOUND = 200


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list of items is asked for; None where it does not matter."""

    domain: str | None = None
    organisation: str | None = None
    tier: str | None = None
    sunk: bool | None = None

    def key(self) -> str:
        return "|".join("" if value is None else str(value) for value in astuple(self))

    @property
    def reach(self) -> str | None:
        """The shelf's third part; None where the filters exclude each other."""
        if self.tier in LOWER_TIERS:
            return None if self.sunk is False else self.tier
        if self.sunk is None:
            return store.ANY
        return "sunk" if self.sunk else "centre_only"

    def admits(self, row: Row, index: SearchIndex) -> bool:
        """The same question, asked of a row of the search index."""
        reach: int = row[REACH]
        level = LOWER_TIERS.get(self.tier or "")
        return (
            (self.domain is None or index.domains[row[DOMAIN]] == self.domain)
            and (self.organisation is None or index.bodies[row[BODY]][0] == self.organisation)
            and (level is None or bool(reach & REACH_BITS[level]))
            and (self.sunk is None or bool(reach) == self.sunk)
        )


def browse(filters: Filters, limit: int, start: Mapping[str, Any] | None) -> Page:
    """One page of summaries, by code: one Query."""
    if filters.reach is None:
        return [], None
    shelf = store.shelf_key(
        filters.domain or store.ANY, filters.organisation or store.ANY, filters.reach
    )
    found, after = store.read_shelf(shelf, limit, start["after"] if start else None)
    return found, {"after": after} if after else None


def search(query: str, filters: Filters, limit: int, start: Mapping[str, Any] | None) -> Page:
    """One page of summaries, best first: the index is in memory, the page is one BatchGetItem."""
    index = publication.search_index(publication.current())
    found = index.find(query, MOST_FOUND, lambda row: filters.admits(row, index))
    at = start["at"] if start else 0
    codes = [each.row[CODE] for each in found[at : at + limit]]
    following = {"at": at + limit} if at + limit < len(found) else None
    return store.summaries(codes), following


def versions(code: str) -> list[dict[str, Any]]:
    """The versions of an item, newest first. Raises NotFound."""
    rows = store.versions(code)
    if not rows:
        raise NotFound(f"目录中没有编码为{code}的事项")
    return [
        {
            "version": row.body["version"],
            "name": row.body["name"],
            "since": row.since,
            "why": row.body["why"],
        }
        for row in rows
    ]


def version_number(text: str) -> int:
    """A version as a path names it. Raises InvalidInput."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 100_000):
        raise InvalidInput.at("/path/version", "版本号应为正整数")
    return int(text)
