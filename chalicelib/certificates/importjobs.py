"""An import on its way through the machine: look at the file, take in its ranges, close the books.

The file and its rejects lie in the documents bucket under `imports/<id>/`. The ranges' rejects are
joined at the end, when the number of lines before each range is known.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, partial
from io import BytesIO
from typing import IO, TYPE_CHECKING, Any

from chalicelib.aws import signing
from chalicelib.aws.sealing import holder_key
from chalicelib.aws.settings import clock, settings
from chalicelib.certificates import batches, imports, ranges, rows, types
from chalicelib.certificates.batches import Entry, Stored
from chalicelib.certificates.importing import BLOCK, Part, Source, run_part, write_rejects
from chalicelib.certificates.imports import Format, Import, State
from chalicelib.certificates.rows import RejectedError, Scope
from chalicelib.core.events import Actor
from chalicelib.core.principal import SYSTEM

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART_BYTES = 4 * 1024 * 1024
THE_SYSTEM = Actor("system", SYSTEM)


class StoredFile:
    """A file in the documents bucket, as a `Source`."""

    def __init__(self, key: str) -> None:
        self._key = key
        self.size = int(
            _s3().head_object(Bucket=settings().documents_bucket, Key=key)["ContentLength"]
        )

    def blocks(self, start: int) -> Iterator[bytes]:
        if start >= self.size:
            return
        answer = _s3().get_object(
            Bucket=settings().documents_bucket, Key=self._key, Range=f"bytes={start}-"
        )
        body = answer["Body"]
        try:
            yield from body.iter_chunks(BLOCK)
        finally:
            body.close()


def plan(import_id: str) -> dict[str, Any]:
    """Cut the file into ranges: `{"import_id", "parts": [{number, start, end}]}`.

    A file that cannot be taken in at all gives `{"refused": reason}`.
    """
    job = imports.read(import_id)
    try:
        header, parts = cut(StoredFile(job.file_key), job.format)
    except RejectedError as refused:
        return {"import_id": import_id, "refused": refused.errors[0].message, "parts": []}
    imports.plan(job, len(parts), header)
    return {
        "import_id": import_id,
        "parts": [{"number": p.number, "start": p.start, "end": p.end} for p in parts],
    }


def cut(source: Source, format_: Format) -> tuple[tuple[str, ...] | None, list[Part]]:
    """The columns (CSV) and the ranges of a file. Raises RejectedError for a useless header."""
    header, first = None, 0
    if format_ is Format.CSV:
        line = next(ranges.lines(source.blocks(0), 0, 1, rows.LONGEST_LINE), None)
        if line is None:
            raise RejectedError.at("", "文件是空的,或表头过长")
        header = rows.header_of(line)
        first = _after_first_line(source)
    cuts = ranges.split(first, source.size, PART_BYTES)
    return header, [Part(number, start, end) for number, (start, end) in enumerate(cuts)]


def take_in(import_id: str, raw: Mapping[str, int]) -> dict[str, int]:
    """Take in one range, unless it was before. The answer is its number alone."""
    job, part = imports.read(import_id), Part(raw["number"], raw["start"], raw["end"])
    if not imports.part_done(job, part):
        tally = run_part(
            part, job.header, StoredFile(job.file_key), scope_of(job), into_the_store()
        )
        if tally.rejected:
            out = BytesIO()
            write_rejects(tally, 1, out)
            _put(job.part_rejects_key(part.number), out.getvalue())
        imports.record_part(job, part, tally)
    return {"number": part.number}


def into_the_store() -> Callable[[Sequence[Entry]], Stored]:
    """What stores a batch of entries."""
    return partial(batches.store_batch, client=batches.dynamodb(), signer=signing.signer())


def close(import_id: str) -> dict[str, Any]:
    """Join the rejects, check that the totals add up, and end the import.

    Raises ArithmeticError where rows are unaccounted for: that is a fault, never a result.
    """
    job = imports.read(import_id)
    require_sums(job)
    if job.rejected:
        with tempfile.TemporaryFile() as joined:
            _join_rejects(job, joined)
            joined.seek(0)
            _s3().upload_fileobj(joined, settings().documents_bucket, job.rejects_key)
    imports.finish(job, State.DONE, THE_SYSTEM, clock().now())
    return {"import_id": import_id, "rows": job.rows, "rejected": job.rejected}


def require_sums(job: Import) -> None:
    """Raise ArithmeticError unless every part is done and every row is accounted for."""
    if job.rows != job.stored + job.unchanged + job.rejected or job.parts_done != job.parts:
        raise ArithmeticError(f"import {job.id}: rows do not add up")


def give_up(import_id: str, reason: str) -> dict[str, str]:
    """Record that an execution could not go on; the import may be started again."""
    imports.finish(imports.read(import_id), State.FAILED, THE_SYSTEM, clock().now(), reason)
    return {"import_id": import_id, "reason": reason}


def scope_of(job: Import) -> Scope:
    """What the rows of an import are held against."""
    return Scope(
        source=job.source,
        issuer=job.issuer,
        kinds=types.in_force,
        holder_key=holder_key,
        today=clock().now().date(),
    )


def _join_rejects(job: Import, out: IO[bytes]) -> None:
    before = 1 if job.format is Format.CSV else 0
    for part in imports.parts_of(job):
        if part.rejected:
            answer = _s3().get_object(
                Bucket=settings().documents_bucket, Key=job.part_rejects_key(part.number)
            )
            for line in answer["Body"].iter_lines():
                reject = json.loads(line)
                reject["line"] += before
                out.write(json.dumps(reject, ensure_ascii=False).encode() + b"\n")
        before += part.lines


def _after_first_line(source: Source) -> int:
    at = 0
    for block in source.blocks(0):
        end = block.find(b"\n")
        if end >= 0:
            return at + end + 1
        at += len(block)
    return at


def _put(key: str, content: bytes) -> None:
    _s3().put_object(
        Bucket=settings().documents_bucket,
        Key=key,
        Body=content,
        ContentType="application/x-ndjson",
    )


@cache
def _s3() -> S3Client:
    import boto3  # noqa: PLC0415 - import time

    return boto3.client("s3")
