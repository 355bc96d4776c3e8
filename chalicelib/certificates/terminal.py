"""An import from an operator's terminal: a local file, the same ranges, the same books.

What was done is kept in the table as for any import, so a broken-off run goes on where it stopped,
from this machine or another that has the same file.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from chalicelib.certificates import importjobs, imports
from chalicelib.certificates.importing import BLOCK, Part, run_part, write_rejects
from chalicelib.certificates.imports import Format, Import, State, Where
from chalicelib.certificates.rows import RejectedError
from chalicelib.certificates.service import uscc_of
from chalicelib.core.errors import InvalidInput
from chalicelib.core.events import Actor


class LocalFile:
    """A file on this machine, as a `Source`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.size = path.stat().st_size

    def blocks(self, start: int) -> Iterator[bytes]:
        with self._path.open("rb") as file:
            file.seek(start)
            while block := file.read(BLOCK):
                yield block

    def sha256(self) -> str:
        with self._path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is: bytes of the file, and rows that were read in this run."""

    done_bytes: int
    total_bytes: int
    rows: int


def run(
    path: Path,
    organisation: str,
    actor: Actor,
    *,
    any_issuer: bool,
    clock: Callable[[], datetime],
    tell: Callable[[Progress], None] = lambda _: None,
) -> Import:
    """Take in a file, or what is left of it. Rejected lines go to `rejects_of(path)`.

    The same file for the same organisation is the same import: once it is done, running it again
    does nothing. Raises InvalidInput for a file that cannot be taken in at all.
    """
    file = LocalFile(path)
    job = _job(file, path, organisation, any_issuer=any_issuer, now=clock())
    if job.state is State.DONE:
        return job
    header, parts = _cut(file, job)
    job = imports.start(job, actor, clock())
    imports.plan(job, len(parts), header)
    scope, store, rows = importjobs.scope_of(job), importjobs.into_the_store(), 0
    for part in parts:
        if not imports.part_done(job, part):
            before = rows

            def told(read: int, part: Part = part, before: int = before) -> None:
                tell(Progress(part.start, file.size, before + read))

            tally = run_part(part, header, file, scope, store, progress=told)
            with _part_rejects(path, part).open("wb") as out:
                write_rejects(tally, 1, out)
            imports.record_part(job, part, tally)
            rows += tally.rows
        tell(Progress(part.end, file.size, rows))
    _join_rejects(imports.read(job.id), path, parts)
    job = imports.read(job.id)
    importjobs.require_sums(job)
    imports.finish(job, State.DONE, actor, clock())
    return imports.read(job.id)


def rejects_of(path: Path) -> Path:
    """Where the rejected lines of a file are written."""
    return path.with_name(f"{path.name}.rejects.jsonl")


def _job(
    file: LocalFile, path: Path, organisation: str, *, any_issuer: bool, now: datetime
) -> Import:
    sha256 = file.sha256()
    issuer = None if any_issuer else uscc_of(organisation)
    if issuer == "":
        raise InvalidInput.at("/organisation", "没有这个单位,或它没有统一社会信用代码")
    return imports.create(
        imports.id_of(organisation, sha256),
        organisation=organisation,
        issuer=issuer,
        format_=Format.CSV if path.suffix.lower() == ".csv" else Format.JSONL,
        fingerprint=f"{sha256}:{issuer}",
        now=now,
        where=Where.TERMINAL,
    )


def _cut(file: LocalFile, job: Import) -> tuple[tuple[str, ...] | None, list[Part]]:
    try:
        return importjobs.cut(file, job.format)
    except RejectedError as refused:
        raise InvalidInput(refused.errors[0].message) from refused


def _part_rejects(path: Path, part: Part) -> Path:
    return path.with_name(f".{path.name}.rejects.{part.number:05d}")


def _join_rejects(job: Import, path: Path, parts: list[Part]) -> None:
    """Line numbers of the file, from those of its ranges."""
    lines = {done.number: done.lines for done in imports.parts_of(job)}
    before = 1 if job.format is Format.CSV else 0
    with rejects_of(path).open("w", encoding="utf-8") as out:
        for part in parts:
            piece = _part_rejects(path, part)
            if piece.exists():
                for text in piece.read_text("utf-8").splitlines():
                    reject = json.loads(text)
                    reject["line"] += before
                    out.write(json.dumps(reject, ensure_ascii=False) + "\n")
                piece.unlink()
            before += lines[part.number]
