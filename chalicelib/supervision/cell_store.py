"""Counters in the table: one item a year, body, point and item, changed inside a transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pynamodb.expressions.operand import Path
from pynamodb.transactions import TransactWrite

from chalicelib.supervision.boards import BOARDS, boards_of, shard_of
from chalicelib.supervision.measures import Cell, Counts
from chalicelib.supervision.store import Row

PREFIX: Final = "CELL#"
VERSION: Final = "v"
TOUCHED: Final = "touched"


def add_to(transaction: TransactWrite, counts: Counts) -> None:
    """Add these counts to their cells: one write a cell, usually one cell."""
    for cell, counter in counts.items():
        actions: list[Any] = [Path([name]).add(number) for name, number in counter.items()]
        actions.append(Path([VERSION]).add(1))
        actions.append(Path([TOUCHED]).set(" ".join(sorted(boards_of(cell, counter)))))
        transaction.update(Row(_pk(cell.year, shard_of(cell)), _sk(cell)), actions=actions)


def _pk(year: int, shard: int) -> str:
    return f"CELLS#{year}#{shard}"


def _sk(cell: Cell) -> str:
    return f"{PREFIX}{cell.body}#{cell.point}#{cell.item}"


class CellImage:
    """A cell as the stream or a query shows it: its place, version, values, boards touched."""

    __slots__ = ("cell", "touched", "values", "version")

    def __init__(self, raw: Mapping[str, Mapping[str, Any]]) -> None:
        year = int(raw["pk"]["S"].split("#")[1])
        body, point, item = raw["sk"]["S"].removeprefix(PREFIX).split("#")
        self.cell = Cell(year, body, point, item)
        self.version = int(raw[VERSION]["N"])
        self.touched = frozenset(raw[TOUCHED]["S"].split())
        self.values = Counter(
            {
                name: int(value["N"])
                for name, value in raw.items()
                if "N" in value and name != VERSION
            }
        )


def cells_of(year: int, shard: int) -> Iterator[CellImage]:
    """All cells of a year on one shard, strongly consistent: for a rebuild or a recount."""
    start: Any = None
    while True:
        # A cell's attributes are named after measures, which a model cannot declare.
        answer: Any = Row._get_connection().query(
            _pk(year, shard),
            range_key_condition=Row.sk.startswith(PREFIX),
            exclusive_start_key=start,
            consistent_read=True,
        )
        yield from map(CellImage, answer["Items"])
        start = answer.get("LastEvaluatedKey")
        if start is None:
            return


def all_counts(year: int) -> Counts:
    """Every cell of a year, without zeros."""
    return {
        image.cell: kept
        for shard in range(BOARDS)
        for image in cells_of(year, shard)
        if (kept := Counter({name: n for name, n in image.values.items() if n}))
    }
