"""Boards and the census in the table: a fixed number of items for whoever reads figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from pynamodb.exceptions import PutError

from chalicelib.core.jsontext import compact
from chalicelib.supervision.boards import BOARDS, Board, Sheet, cell_of
from chalicelib.supervision.store import CONDITION_FAILED, Row

ATTEMPTS: Final = 8
CENSUS: Final = "CENSUS"


def read(names: Sequence[str]) -> dict[str, Sheet]:
    """The sheets of these months (`2026-11`, or `now`): four items each, in one call."""
    keys = [(_pk(name), str(shard)) for name in names for shard in range(BOARDS)]
    found = {(row.pk, row.sk): _board(row) for row in Row.batch_get(keys)}
    return {
        name: Sheet(found.get((_pk(name), str(shard)), Board()) for shard in range(BOARDS))
        for name in names
    }


def change(name: str, shard: int, apply: Callable[[Board], Board]) -> None:
    """Apply a change to one board; again from the start when somebody was quicker.

    Raises RuntimeError after `ATTEMPTS`, so that the stream's batch comes again.
    """
    for _ in range(ATTEMPTS):
        known = _read_one(name, shard)
        if _save(name, shard, known.version, apply(known)):
            return
    raise RuntimeError(f"board {name}/{shard} is too busy")


def merge(name: str, shard: int, built: Board) -> None:
    """Bring a board up to what was built from the cells; a newer copy on it stays."""

    def apply(board: Board) -> Board:
        for key, (version, values) in built.rows.items():
            board = board.take(cell_of(key), version, values)
        return board

    change(name, shard, apply)


def _read_one(name: str, shard: int) -> Board:
    try:
        return _board(Row.get(_pk(name), str(shard), consistent_read=True))
    except Row.DoesNotExist:
        return Board()


def _save(name: str, shard: int, version: int, board: Board) -> bool:
    row = _row(name, shard, board, version + 1)
    unmoved = Row.version == version if version else Row.pk.does_not_exist()
    try:
        row.save(condition=unmoved)
    except PutError as refused:
        if refused.cause_response_code == CONDITION_FAILED:
            return False
        raise
    return True


def _row(name: str, shard: int, board: Board, version: int) -> Row:
    return Row(_pk(name), str(shard), version=version, packed=board.to_bytes())


def _board(row: Row) -> Board:
    return Board.from_bytes(row.packed or b"", int(row.version or 0))


def _pk(name: str) -> str:
    return f"BOARD#{name}"


def read_census() -> dict[str, Any]:
    """What the six rates were last counted from, with `taken_at`; empty before the first count."""
    try:
        return dict(json.loads(Row.get(CENSUS, CENSUS).card or "{}"))
    except Row.DoesNotExist:
        return {}


def save_census(census: Mapping[str, Any]) -> None:
    """Keep a new count of the six rates."""
    text = compact(census)
    Row(CENSUS, CENSUS, card=text).save()
