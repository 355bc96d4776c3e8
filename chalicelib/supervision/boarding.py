"""From cells to boards: the copies that readers read, kept as cells change and built anew at will."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from chalicelib.aws.settings import clock
from chalicelib.supervision import board_store, cell_store
from chalicelib.supervision.boards import BOARDS, NOW, Board, shard_of, split
from chalicelib.supervision.cell_store import CellImage


def keep(images: Iterable[CellImage]) -> int:
    """Copy changed cells onto their boards: one write a board, however many cells changed on it.

    Answers how many boards were written. Copies are idempotent, so a batch may come again.
    """
    by_board: dict[tuple[str, int], list[CellImage]] = {}
    for image in images:
        for name in image.touched:
            by_board.setdefault((name, shard_of(image.cell)), []).append(image)
    for (name, shard), changed in by_board.items():
        _copy(name, shard, changed)
    return len(by_board)


def _copy(name: str, shard: int, changed: Sequence[CellImage]) -> None:
    now = clock().now()

    def apply(board: Board) -> Board:
        after = board
        for image in changed:
            values = split(image.cell, image.values).get(name, {})
            after = after.take(image.cell, image.version, values)
        if name != NOW:
            return after
        return after.at_hour(now, before=board).without_the_past(now.year)

    board_store.change(name, shard, apply)


def rebuild(year: int) -> int:
    """Build all boards of a year anew from its cells. Answers how many cells were copied."""
    copied = 0
    for shard in range(BOARDS):
        boards: dict[str, Board] = {}
        for image in cell_store.cells_of(year, shard):
            copied += 1
            for name, values in split(image.cell, image.values).items():
                board = boards.get(name, Board())
                boards[name] = board.take(image.cell, image.version, values)
        for name, board in boards.items():
            board_store.merge(name, shard, board)
    return copied
