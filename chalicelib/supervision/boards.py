"""Boards: the cells of a month, and of this moment, copied onto a fixed number of items.

A reader takes all boards of a month, four items however many cases there were, and sums by body,
point or item itself. A board row is a copy of a cell with the cell's version, so applying a change
twice or late leaves the newest: boards need no exactness of their own, the cells have it.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from chalicelib.core.jsontext import compact
from chalicelib.supervision.measures import Cell

BOARDS: Final = 4
"""Items that a month's figures are spread over. Reading a month reads this many."""

NOW: Final = "now"
"""The board of what is the case at this moment."""

HOURS_KEPT: Final = 25

_GAUGES: Final = ("open", "alarm.warning", "alarm.yellow", "alarm.red")

Row = tuple[int, Mapping[str, int]]


def shard_of(cell: Cell) -> int:
    """The board that a cell's copy stands on, the same every month."""
    text = f"{cell.body}|{cell.point}|{cell.item}"
    return hashlib.blake2s(text.encode(), digest_size=2).digest()[0] % BOARDS


def split(cell: Cell, values: Mapping[str, int]) -> dict[str, dict[str, int]]:
    """A cell's values by board: `2026-11` for that month's measures, `now` for the gauges."""
    by_board: dict[str, dict[str, int]] = {NOW: {}}
    for name, number in values.items():
        month, _, measure = name.partition(".")
        if month.isdigit():
            by_board.setdefault(f"{cell.year}-{month}", {})[measure] = number
        else:
            by_board[NOW][name] = number
    return by_board


def boards_of(cell: Cell, changed: Iterable[str]) -> set[str]:
    """The boards that a change of these measures concerns."""
    names = set()
    for name in changed:
        month = name.partition(".")[0]
        names.add(f"{cell.year}-{month}" if month.isdigit() else NOW)
    return names


@dataclass(frozen=True, slots=True)
class Board:
    """Copies of cells, keyed `year|body|point|item`, each with the version of the cell it copies.

    `hours` holds, for the last hours in which something changed, the totals received and closed so
    far as of that hour's last change (keyed `2026-11-23T10`): the board of now alone has it.
    """

    rows: Mapping[str, Row] = field(default_factory=dict)
    hours: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    version: int = 0

    def take(self, cell: Cell, version: int, values: Mapping[str, int]) -> Board:
        """With this copy of the cell, unless a newer one is there. Empty copies keep their place,
        for an older one may still come."""
        key = "|".join(map(str, cell))
        known = self.rows.get(key)
        if known is not None and known[0] >= version:
            return self
        kept = {name: number for name, number in values.items() if number}
        return replace(self, rows={**self.rows, key: (version, kept)})

    def flow(self) -> tuple[int, int]:
        """How many cases came in and went out so far, by the rows of this board."""
        rows = [values for _, values in self.rows.values()]
        return sum(one.get("in", 0) for one in rows), sum(one.get("out", 0) for one in rows)

    def at_hour(self, now: datetime, before: Board) -> Board:
        """With the running totals noted for this hour; `before` is the board as it was read."""
        hours = dict(self.hours) or {_mark(now, 1): before.flow()}
        hours[_mark(now)] = self.flow()
        return replace(self, hours=dict(sorted(hours.items())[-HOURS_KEPT:]))

    def without_the_past(self, year: int) -> Board:
        """Without rows of long ago in which nothing is open any more."""
        kept = {
            key: row
            for key, row in self.rows.items()
            if int(key.partition("|")[0]) >= year - 1 or any(row[1].get(g) for g in _GAUGES)
        }
        return replace(self, rows=kept)

    def to_bytes(self) -> bytes:
        """Compressed JSON: some ten bytes a figure."""
        raw = {"rows": {key: [v, dict(n)] for key, (v, n) in self.rows.items()}}
        text = compact({**raw, "hours": self.hours})
        return zlib.compress(text.encode())

    @classmethod
    def from_bytes(cls, packed: bytes, version: int) -> Board:
        raw = json.loads(zlib.decompress(packed))
        rows = {key: (int(v), n) for key, (v, n) in raw["rows"].items()}
        hours = {key: (int(i), int(o)) for key, (i, o) in raw["hours"].items()}
        return cls(rows, hours, version)


def cell_of(key: str) -> Cell:
    """The cell that a board's row is a copy of."""
    year, body, point, item = key.split("|")
    return Cell(int(year), body, point, item)


@dataclass(frozen=True, slots=True)
class Filter:
    """Which cells a figure is about; what is not named is everything."""

    body: str | None = None
    point: str | None = None
    item: str | None = None

    def takes(self, cell: Cell) -> bool:
        return (
            self.body in (None, cell.body)
            and self.point in (None, cell.point)
            and self.item in (None, cell.item)
        )


EVERYTHING: Final = Filter()


class Sheet:
    """A month, or this moment, as read: the rows of all its boards."""

    def __init__(self, boards: Iterable[Board]) -> None:
        self.boards = tuple(boards)
        self.rows: dict[Cell, Mapping[str, int]] = {}
        for board in self.boards:
            for key, (_, values) in board.rows.items():
                self.rows[cell_of(key)] = values

    def total(self, wanted: Filter = EVERYTHING) -> Counter[str]:
        """All measures of the cells asked for."""
        summed: Counter[str] = Counter()
        for cell, values in self.rows.items():
            if wanted.takes(cell):
                summed.update(values)
        return summed

    def by(self, dimension: str, wanted: Filter = EVERYTHING) -> dict[str, Counter[str]]:
        """The same, apart by `body`, `point` or `item`."""
        apart: dict[str, Counter[str]] = {}
        for cell, values in self.rows.items():
            if wanted.takes(cell):
                apart.setdefault(getattr(cell, dimension), Counter()).update(values)
        return apart

    def hourly(self, now: datetime, hours: int) -> list[dict[str, Any]]:
        """Received and closed in each of the last hours, the present one last.

        A shard that did not change in an hour has its totals from before it.
        """
        marks = [_mark(now, back) for back in range(hours, -1, -1)]
        totals = [
            tuple(sum(_as_of(board, mark)[way] for board in self.boards) for way in (0, 1))
            for mark in marks
        ]
        return [
            {"hour": mark, "received": after[0] - before[0], "closed": after[1] - before[1]}
            for mark, before, after in zip(marks[1:], totals, totals[1:], strict=False)
        ]


def _mark(now: datetime, back: int = 0) -> str:
    return f"{now - timedelta(hours=back):%Y-%m-%dT%H}"


def _as_of(board: Board, mark: str) -> tuple[int, int]:
    """A board's running totals at the end of an hour."""
    earlier = [hour for hour in board.hours if hour <= mark]
    if earlier:
        return board.hours[max(earlier)]
    return board.hours[min(board.hours)] if board.hours else (0, 0)
