"""Taking in one range of an import file: parse, check, store, and say what became of every line.

The caller's thread parses and seals; a few others read and write the table meanwhile. What is under
way is bounded, so memory does not grow with the file.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import IO, Protocol

from chalicelib.certificates import batches, ranges, rows
from chalicelib.certificates.batches import BATCH, Entry, Stored
from chalicelib.certificates.rows import RejectedError, Scope
from chalicelib.core.errors import FieldError

WORKERS = 2
UNDER_WAY = 2 * WORKERS  # batches
BLOCK = 256 * 1024  # bytes read at once
CLASH = FieldError("/ZZBS", "该证照标识和版本已在库中,内容不同:重新颁发须用新的版本号")
TWICE = FieldError("/ZZBS", "文件中有两行是同一证照标识和版本,内容不同")


class Source(Protocol):
    """A file that can be read from any offset."""

    @property
    def size(self) -> int: ...

    def blocks(self, start: int) -> Iterator[bytes]:
        """The bytes from `start` on, in pieces, as far as they are asked for."""
        ...


@dataclass(frozen=True, slots=True)
class Part:
    """One range of the file, in bytes; parts are numbered from 0 in the file's order."""

    number: int
    start: int
    end: int


@dataclass(slots=True)
class Tally:
    """What became of a range. `lines` counts every line, blank ones too; `rows` the others.

    `rejects` gives the line within the range, from 1, and what is wrong with it.
    """

    lines: int = 0
    rows: int = 0
    stored: int = 0
    unchanged: int = 0
    rejects: list[tuple[int, Sequence[FieldError]]] = field(default_factory=list)

    @property
    def rejected(self) -> int:
        return len(self.rejects)

    @property
    def adds_up(self) -> bool:
        return self.rows == self.stored + self.unchanged + self.rejected


def run_part(
    part: Part,
    header: Sequence[str] | None,
    source: Source,
    scope: Scope,
    store: Callable[[Sequence[Entry]], Stored],
    *,
    progress: Callable[[int], None] = lambda _rows: None,
) -> Tally:
    """Take in one range. `store` stores a batch; `progress` hears how many rows were read so far."""
    found = ranges.lines(
        source.blocks(ranges.read_from(part.start)), part.start, part.end, rows.LONGEST_LINE
    )
    tally = Tally()
    with ThreadPoolExecutor(WORKERS) as pool:
        intake = _Intake(pool, store, tally, progress)
        for entry in _entries(found, header, scope, tally):
            intake.take(entry)
        intake.finish()
    tally.rejects.sort(key=lambda reject: reject[0])
    return tally


class _Intake:
    """Gathers entries into batches and has them stored, a bounded number at a time.

    `near` holds what is gathered or under way by identifier: the table does not know it yet, so
    the same identifier must not go out beside it.
    """

    def __init__(
        self,
        pool: ThreadPoolExecutor,
        store: Callable[[Sequence[Entry]], Stored],
        tally: Tally,
        progress: Callable[[int], None],
    ) -> None:
        self._pool, self._store, self._tally, self._progress = pool, store, tally, progress
        self._batch: list[Entry] = []
        self._pending: dict[Future[Stored], list[Entry]] = {}
        self._near: dict[str, Entry] = {}

    def take(self, entry: Entry) -> None:
        twin = self._near.setdefault(entry.row.draft.identifier, entry)
        if twin is not entry:
            if twin.leaf == entry.leaf:
                self._tally.unchanged += 1
            else:
                self._tally.rejects.append((entry.line, [TWICE]))
            return
        self._batch.append(entry)
        if len(self._batch) == BATCH:
            self._send()

    def finish(self) -> None:
        if self._batch:
            self._send()
        while self._pending:
            self._settle()

    def _send(self) -> None:
        if len(self._pending) >= UNDER_WAY:
            self._settle()
        self._pending[self._pool.submit(self._store, self._batch)] = self._batch
        self._batch = []

    def _settle(self) -> None:
        """Wait for a batch; a fault of storing it is raised here, and ends the range."""
        done, _ = wait(self._pending, return_when=FIRST_COMPLETED)
        for future in done:
            for entry in self._pending.pop(future):
                del self._near[entry.row.draft.identifier]
            outcome = future.result()
            self._tally.stored += outcome.stored
            self._tally.unchanged += outcome.unchanged
            self._tally.rejects += [(line, [CLASH]) for line in outcome.clashes]
        self._progress(self._tally.rows)


def write_rejects(tally: Tally, first_line: int, out: IO[bytes]) -> None:
    """Rejected lines as JSON Lines: line number in the file, and each field with its reason.

    The row itself is not repeated: it holds personal data, and the importer has the file.
    `first_line` is the number of the range's first line in the file.
    """
    for line, errors in tally.rejects:
        reasons = [{"field": each.pointer, "reason": each.message} for each in errors]
        text = json.dumps({"line": first_line + line - 1, "errors": reasons}, ensure_ascii=False)
        out.write(text.encode() + b"\n")


def _entries(
    found: Iterable[bytes | None], header: Sequence[str] | None, scope: Scope, tally: Tally
) -> Iterator[Entry]:
    for number, line in enumerate(found, 1):
        tally.lines = number
        if line is not None and not line.strip():
            continue
        tally.rows += 1
        try:
            if line is None:
                raise RejectedError.at("", f"一行超过 {rows.LONGEST_LINE // 1024} KB")
            row = rows.row_of(rows.values_of(line, header), scope)
        except RejectedError as rejected:
            tally.rejects.append((number, rejected.errors))
            continue
        yield batches.entry(number, row)
