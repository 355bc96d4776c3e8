"""An import as the table keeps it: what was asked for, how far it is, what came of it.

| sk | what |
|---|---|
| `HEAD` | the request, its state, and counters that every finished part adds to |
| `PART#<number>` | one finished range and its counts: there once, so it counts once |
| `EVENT#<seq>` | what happened to the import; the stream starts the machine from it |

A range that is run again finds its part there and is passed over: that is how an import resumes.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.models import Model

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta, Transaction
from chalicelib.certificates.importing import Part, Tally
from chalicelib.core.errors import Conflict, KeyReused, NotFound
from chalicelib.core.events import Actor, Event
from chalicelib.core.time import to_text

HEAD = "HEAD"
STARTED = "certificate_import.started"
FINISHED = "certificate_import.finished"
FAILED = "certificate_import.failed"


class State(StrEnum):
    """How far an import is."""

    AWAITING_FILE = "awaiting_file"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


class Format(StrEnum):
    CSV = "csv"
    JSONL = "jsonl"


class Where(StrEnum):
    """Who takes the file in: the machine, from the bucket, or an operator's terminal."""

    MACHINE = "machine"
    TERMINAL = "terminal"


STALE_SECONDS = 20 * 60
"""An import that nothing moved for longer than a function can run has lost its execution."""


class ImportItem(Model):
    """Any item of an import; each carries the attributes of its kind."""

    class Meta(TableMeta):
        table_name = settings().table_certificates or "yichuang-certificates"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    request = JSONAttribute(null=True)
    state = UnicodeAttribute(null=True)
    generation = NumberAttribute(null=True)
    parts = NumberAttribute(null=True)
    parts_done = NumberAttribute(null=True)
    rows = NumberAttribute(null=True)
    stored = NumberAttribute(null=True)
    unchanged = NumberAttribute(null=True)
    rejected = NumberAttribute(null=True)
    lines = NumberAttribute(null=True)
    header = JSONAttribute(null=True)
    moved_at = NumberAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    event = JSONAttribute(null=True)


@dataclass(frozen=True, slots=True)
class Import:
    """One import. Counts are of rows; `parts` is 0 until the file was looked at.

    `issuer` is the social credit code that rows must name, None for the office, which may bring in
    any body's. `generation` counts the executions started for it; `moved_at` is when it last made
    progress, in seconds of real time.
    """

    id: str
    organisation: str
    issuer: str | None
    format: Format
    where: Where
    fingerprint: str
    requested_at: str
    state: State
    generation: int
    parts: int
    parts_done: int
    rows: int
    stored: int
    unchanged: int
    rejected: int
    header: tuple[str, ...] | None
    moved_at: float
    reason: str

    @property
    def stuck(self) -> bool:
        """Whether it says that it runs, but nothing has run for long."""
        return self.state is State.RUNNING and time.time() - self.moved_at > STALE_SECONDS

    @property
    def source(self) -> str:
        """What certificates of this import name as their source."""
        return f"import:{self.id}"

    @property
    def file_key(self) -> str:
        return f"imports/{self.id}/file"

    @property
    def rejects_key(self) -> str:
        return f"imports/{self.id}/rejects.jsonl"

    def part_rejects_key(self, part: int) -> str:
        return f"imports/{self.id}/rejects/{part:05d}.jsonl"


@dataclass(frozen=True, slots=True)
class PartDone:
    """What a finished part says of itself."""

    number: int
    lines: int
    rejected: int


def id_of(account: str, key: str) -> str:
    """The id of the import that an account asked for under a key: asking again names the same."""
    return hashlib.sha256(f"{account}\n{key}".encode()).hexdigest()[:24]


def create(
    import_id: str,
    *,
    organisation: str,
    issuer: str | None,
    format_: Format,
    fingerprint: str,
    now: datetime,
    where: Where = Where.MACHINE,
) -> Import:
    """Write the head of a new import, or answer the one that is there.

    Raises KeyReused where the one that is there was asked for otherwise.
    """
    request = {
        "organisation": organisation,
        "issuer": issuer,
        "format": format_.value,
        "where": where.value,
        "fingerprint": fingerprint,
        "requested_at": to_text(now),
    }
    item = ImportItem(
        _pk(import_id),
        HEAD,
        request=request,
        state=State.AWAITING_FILE.value,
        generation=0,
        moved_at=int(time.time()),
    )
    transaction = Transaction()
    transaction.save(item, condition=ImportItem.pk.does_not_exist())
    try:
        transaction._commit()
    except TransactWriteError:
        there = read(import_id)
        if there.fingerprint != fingerprint:
            raise KeyReused from None
        return there
    return _of(item)


def read(import_id: str) -> Import:
    """Raises NotFound."""
    try:
        return _of(ImportItem.get(_pk(import_id), HEAD, consistent_read=True))
    except ImportItem.DoesNotExist:
        raise NotFound("没有这个导入任务") from None


def start(job: Import, actor: Actor, now: datetime) -> Import:
    """Set an import going, for the first time or again after it broke off. Raises Conflict.

    One in the terminal may be taken up again at any time: its process is the operator's to know.
    """
    running = job.state is State.RUNNING and job.where is Where.MACHINE and not job.stuck
    if running or job.state is State.DONE:
        raise Conflict("导入正在进行或已经完成")
    generation = job.generation + 1
    _move(job, State.RUNNING, STARTED, actor, now, generation=generation)
    return read(job.id)


def finish(job: Import, state: State, actor: Actor, now: datetime, reason: str = "") -> None:
    """Record the end of an execution; a second time changes nothing."""
    if job.state is not State.RUNNING:
        return
    _move(job, state, FINISHED if state is State.DONE else FAILED, actor, now, reason=reason)


def plan(job: Import, parts: int, header: tuple[str, ...] | None) -> None:
    """Note into how many ranges the file was cut, and its columns."""
    actions: list[Any] = [ImportItem.parts.set(parts)]
    if header is not None:
        actions.append(ImportItem.header.set(list(header)))
    ImportItem(_pk(job.id), HEAD).update(actions, condition=ImportItem.pk.exists())


def part_done(job: Import, part: Part) -> bool:
    """Whether a range is finished."""
    try:
        ImportItem.get(_pk(job.id), _part_sk(part.number), consistent_read=True)
    except ImportItem.DoesNotExist:
        return False
    return True


def record_part(job: Import, part: Part, tally: Tally) -> None:
    """Note a finished range and add its counts to the import's, together and once."""
    transaction = Transaction()
    transaction.save(
        ImportItem(
            _pk(job.id),
            _part_sk(part.number),
            lines=tally.lines,
            rows=tally.rows,
            stored=tally.stored,
            unchanged=tally.unchanged,
            rejected=tally.rejected,
        ),
        condition=ImportItem.pk.does_not_exist(),
    )
    transaction.update(
        ImportItem(_pk(job.id), HEAD),
        actions=[
            ImportItem.moved_at.set(int(time.time())),
            ImportItem.parts_done.add(1),
            ImportItem.rows.add(tally.rows),
            ImportItem.stored.add(tally.stored),
            ImportItem.unchanged.add(tally.unchanged),
            ImportItem.rejected.add(tally.rejected),
        ],
        condition=ImportItem.pk.exists(),
    )
    for _ in range(20):
        try:
            transaction._commit()
        except TransactWriteError as error:
            codes = [reason.code if reason else None for reason in error.cancellation_reasons]
            if codes[0] == "ConditionalCheckFailed":
                return  # somebody else finished the same range
            if "TransactionConflict" not in codes:
                raise
        else:
            return
    raise Conflict("导入进度更新冲突")


def parts_of(job: Import) -> Iterator[PartDone]:
    """The finished ranges in the file's order."""
    for item in ImportItem.query(_pk(job.id), ImportItem.sk.startswith("PART#")):
        number = int(item.sk.removeprefix("PART#"))
        yield PartDone(number, int(item.lines or 0), int(item.rejected or 0))


def _move(
    job: Import,
    state: State,
    event_type: str,
    actor: Actor,
    now: datetime,
    *,
    generation: int | None = None,
    reason: str = "",
) -> None:
    seq = 2 * (generation or job.generation) - (1 if event_type == STARTED else 0)
    event = Event(
        subject=f"IMPORT#{job.id}",
        seq=seq,
        type=event_type,
        at=now,
        actor=actor,
        data={
            "import_id": job.id,
            "generation": generation or job.generation,
            "where": job.where.value,
            "reason": reason,
        },
    )
    actions: list[Any] = [
        ImportItem.state.set(state.value),
        ImportItem.reason.set(reason),
        ImportItem.moved_at.set(int(time.time())),
    ]
    if generation is not None:
        actions.append(ImportItem.generation.set(generation))
    transaction = Transaction()
    transaction.update(
        ImportItem(_pk(job.id), HEAD),
        actions=actions,
        condition=(ImportItem.state == job.state.value) & (ImportItem.generation == job.generation),
    )
    transaction.save(
        ImportItem(_pk(job.id), f"EVENT#{seq:04d}", event=event.to_dict()),
        condition=ImportItem.pk.does_not_exist(),
    )
    try:
        transaction._commit()
    except TransactWriteError as error:
        raise Conflict("导入任务刚刚被他人操作") from error


def _of(item: ImportItem) -> Import:
    asked = item.request or {}
    return Import(
        id=item.pk.removeprefix("IMPORT#"),
        organisation=asked["organisation"],
        issuer=asked["issuer"],
        format=Format(asked["format"]),
        where=Where(asked["where"]),
        fingerprint=asked["fingerprint"],
        requested_at=asked["requested_at"],
        state=State(item.state or ""),
        generation=int(item.generation or 0),
        parts=int(item.parts or 0),
        parts_done=int(item.parts_done or 0),
        rows=int(item.rows or 0),
        stored=int(item.stored or 0),
        unchanged=int(item.unchanged or 0),
        rejected=int(item.rejected or 0),
        header=tuple(item.header) if item.header else None,
        moved_at=float(item.moved_at or 0),
        reason=item.reason or "",
    )


def _pk(import_id: str) -> str:
    return f"IMPORT#{import_id}"


def _part_sk(number: int) -> str:
    return f"PART#{number:05d}"
