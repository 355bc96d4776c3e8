"""The cases table: heads, event logs and workflow items, and the one transaction of a command.

Item collection `CASE#<no>`: `HEAD` (state and queue keys), `EVENT#<seq>` (the log), `FLOW` (the
running execution's token, and how far the log was published). The journal index orders all events
by the minute they were written; the sweep index orders open cases by when their timer must have
fired. Both are read by the reconciler alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, TransactWriteError, UpdateError
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta, Transaction
from chalicelib.cases.model import Case, Recorded, evolve
from chalicelib.core.calendar import Notice, WorkingCalendar
from chalicelib.core.events import Actor, Event
from chalicelib.core.jsontext import compact
from chalicelib.core.time import from_text, to_text

SHARDS: Final = 4
"""Suffixes that spread the journal and sweep indexes: each takes 1,000 writes a second."""

HEAD: Final = "HEAD"
FLOW: Final = "FLOW"


class QueueIndex(GlobalSecondaryIndex["CaseItem"]):
    """What waits for whom, by due day: `<owner>#<queue>` / `<due>#<received>#<no>`."""

    class Meta(TableMeta):
        index_name = "queue"
        projection = IncludeProjection(["row"])

    queue_pk = UnicodeAttribute(hash_key=True)
    queue_sk = UnicodeAttribute(range_key=True)


class ApplicantIndex(GlobalSecondaryIndex["CaseItem"]):
    """An applicant's own cases, newest last: holder hash / `<received>#<no>`."""

    class Meta(TableMeta):
        index_name = "applicant"
        projection = KeysOnlyProjection()

    applicant_pk = UnicodeAttribute(hash_key=True)
    applicant_sk = UnicodeAttribute(range_key=True)


class JournalIndex(GlobalSecondaryIndex["CaseItem"]):
    """Every event by the quarter of an hour it was written in (real time, UTC)."""

    class Meta(TableMeta):
        index_name = "journal"
        projection = KeysOnlyProjection()

    journal_pk = UnicodeAttribute(hash_key=True)
    journal_sk = UnicodeAttribute(range_key=True)


class SweepIndex(GlobalSecondaryIndex["CaseItem"]):
    """Open cases by the instant at which their timer must have fired (real time, UTC)."""

    class Meta(TableMeta):
        index_name = "sweep"
        projection = KeysOnlyProjection()

    sweep_pk = UnicodeAttribute(hash_key=True)
    sweep_sk = UnicodeAttribute(range_key=True)


class CaseItem(Model):
    """Any item of the table. An item carries only the attributes of its kind."""

    class Meta(TableMeta):
        table_name = settings().table_cases or "yichuang-cases"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    # HEAD
    state = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    row = UnicodeAttribute(null=True)
    queue_pk = UnicodeAttribute(null=True)
    queue_sk = UnicodeAttribute(null=True)
    applicant_pk = UnicodeAttribute(null=True)
    applicant_sk = UnicodeAttribute(null=True)
    # EVENT#<seq>
    type = UnicodeAttribute(null=True)
    at = UnicodeAttribute(null=True)
    actor = UnicodeAttribute(null=True)
    data = UnicodeAttribute(null=True)
    request = UnicodeAttribute(null=True)
    sealed = BinaryAttribute(null=True, legacy_encoding=False)
    journal_pk = UnicodeAttribute(null=True)
    journal_sk = UnicodeAttribute(null=True)
    # FLOW
    published = NumberAttribute(null=True)
    machine = UnicodeAttribute(null=True)
    generation = NumberAttribute(null=True)
    token = UnicodeAttribute(null=True)
    seen = NumberAttribute(null=True)
    sweep_pk = UnicodeAttribute(null=True)
    sweep_sk = UnicodeAttribute(null=True)

    queue = QueueIndex()
    applicant = ApplicantIndex()
    journal = JournalIndex()
    sweep = SweepIndex()


TABLES: Final[tuple[type[Model], ...]] = (CaseItem,)


TABLE_NAME: Final = CaseItem.Meta.table_name


class Moved(Exception):
    """The head was not at the version the decision was made on."""


def case_pk(no: str) -> str:
    return f"CASE#{no}"


def number_of(pk: str) -> str:
    return pk.removeprefix("CASE#")


def event_sk(seq: int) -> str:
    return f"EVENT#{seq:05d}"


def shard_of(no: str) -> int:
    return hashlib.blake2s(no.encode(), digest_size=2).digest()[0] % SHARDS


def quarter(instant: datetime) -> datetime:
    """The quarter of an hour that an instant falls in: one partition of the journal."""
    utc = instant.astimezone(UTC)
    return utc.replace(minute=utc.minute - utc.minute % 15, second=0, microsecond=0)


def _journal_pk(start: datetime, shard: int) -> str:
    return f"{start:%Y-%m-%dT%H:%MZ}#{shard}"


# --- the head and the log -------------------------------------------------------------------------


class Head:
    """A stored head: the case, and the attributes that the log does not hold."""

    __slots__ = ("case", "row")

    def __init__(self, case: Case, row: Mapping[str, Any]) -> None:
        self.case = case
        self.row = row

    @classmethod
    def of(cls, item: CaseItem) -> Head:
        if item.state is None or item.version is None:
            raise ValueError(f"{item.pk} has no state")
        case = Case.from_state(
            number_of(item.pk), int(item.version), item.applicant_pk or "", item.state
        )
        return cls(case, json.loads(item.row or "{}"))


def read_head(no: str) -> Head | None:
    """One strongly consistent read of the head, or None where no such case is."""
    try:
        return Head.of(CaseItem.get(case_pk(no), HEAD, consistent_read=True))
    except DoesNotExist:
        return None


def read_heads(numbers: Sequence[str], *, consistent: bool = False) -> list[Head]:
    """The heads of up to 100 cases, in the order asked; unknown numbers are left out."""
    keys = [(case_pk(no), HEAD) for no in numbers]
    items = CaseItem.batch_get(keys, consistent_read=consistent)
    found = {number_of(item.pk): Head.of(item) for item in items}
    return [found[no] for no in numbers if no in found]


def read_log(no: str, after: int = 0) -> list[Recorded]:
    """The events of a case after sequence number `after`, in order, strongly consistent."""
    return [recorded_of(item) for item in _log_items(no, after)]


def read_log_and_seal(no: str) -> tuple[list[Recorded], bytes | None]:
    """The whole log, and the sealed part of its first event: one Query, strongly consistent."""
    items = list(_log_items(no, 0))
    return [recorded_of(item) for item in items], items[0].sealed if items else None


def _log_items(no: str, after: int) -> Iterator[CaseItem]:
    bounds = CaseItem.sk.between(event_sk(after + 1), event_sk(99999))
    yield from CaseItem.query(case_pk(no), bounds, consistent_read=True)


def read_event(no: str, seq: int) -> CaseItem | None:
    """One event item with its sealed part."""
    try:
        return CaseItem.get(case_pk(no), event_sk(seq))
    except DoesNotExist:
        return None


def recorded_of(item: CaseItem) -> Recorded:
    event = Event(
        subject=number_of(item.pk),
        seq=int(item.sk.removeprefix("EVENT#")),
        type=item.type or "",
        at=from_text(item.at or ""),
        actor=Actor.from_dict(json.loads(item.actor or "{}")),
        data=json.loads(item.data or "{}"),
    )
    return Recorded(event, item.request or "")


# --- the one transaction --------------------------------------------------------------------------


class Append:
    """One command's write: new events, the advanced head, and what must hold beside them.

    Add conditions on other rooms' items to `transaction` before `commit`.
    """

    def __init__(self, before: Case | None, events: Sequence[Recorded]) -> None:
        if not events:
            raise ValueError("a command appends at least one event")
        self.transaction = Transaction()
        self._before = before
        self._events = events
        self._sealed: bytes | None = None
        self._row: Mapping[str, Any] | None = None
        after = before
        for recorded in events:
            after = evolve(after, recorded)
        assert after is not None
        self.after: Case = after

    def carry(self, sealed: bytes, row: Mapping[str, Any] | None = None) -> None:
        """Put a sealed part beside the first event, and another row into the head."""
        self._sealed, self._row = sealed, row

    def commit(
        self,
        *,
        row: Mapping[str, Any],
        queue: tuple[str, str] | None,
        applicant_sk: str | None = None,
        sealed: bytes | None = None,
        written_at: datetime,
    ) -> Case:
        """Write all or nothing. Raises Moved where the head is not where it was read."""
        row, sealed = self._row or row, self._sealed or sealed
        for index, recorded in enumerate(self._events):
            item = _event_item(recorded, written_at, sealed if index == 0 else None)
            self.transaction.put_new(TABLE_NAME, item)
        if self._before is None:
            self._create_head(row, queue, applicant_sk)
        else:
            self._advance_head(self._before, row, queue)
        try:
            self.transaction._commit()
        except TransactWriteError as error:
            reasons = {reason.code for reason in error.cancellation_reasons if reason}
            if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
                raise Moved(self.after.no) from error
            raise
        return self.after

    def _create_head(
        self, row: Mapping[str, Any], queue: tuple[str, str] | None, applicant_sk: str | None
    ) -> None:
        queue_pk, queue_sk = queue or (None, None)
        self.transaction.put_new(
            TABLE_NAME,
            {
                "pk": case_pk(self.after.no),
                "sk": HEAD,
                "state": self.after.to_state(),
                "version": self.after.version,
                "row": compact(row),
                "applicant_pk": self.after.holder,
                "applicant_sk": applicant_sk,
                "queue_pk": queue_pk,
                "queue_sk": queue_sk,
            },
        )

    def _advance_head(
        self, before: Case, row: Mapping[str, Any], queue: tuple[str, str] | None
    ) -> None:
        actions: list[Any] = [
            CaseItem.state.set(self.after.to_state()),
            CaseItem.version.set(self.after.version),
            CaseItem.row.set(compact(row)),
        ]
        if queue:
            actions += [CaseItem.queue_pk.set(queue[0]), CaseItem.queue_sk.set(queue[1])]
        else:
            actions += [CaseItem.queue_pk.remove(), CaseItem.queue_sk.remove()]
        self.transaction.update(
            CaseItem(case_pk(before.no), HEAD),
            actions=actions,
            condition=CaseItem.version == before.version,
        )


def reseal_in(transaction: TransactWrite, no: str, sealed: bytes) -> None:
    """Put other sealed personal data in place of what the case's first event carries."""
    transaction.update(
        CaseItem(case_pk(no), event_sk(1)),
        actions=[CaseItem.sealed.set(sealed)],
        condition=CaseItem.sealed.exists(),
    )


def _event_item(
    recorded: Recorded, written_at: datetime, sealed: bytes | None
) -> dict[str, str | bytes | None]:
    event = recorded.event
    return {
        "pk": case_pk(event.subject),
        "sk": event_sk(event.seq),
        "type": event.type,
        "at": to_text(event.at),
        "actor": compact(event.actor.to_dict()),
        "data": compact(event.data),
        "request": recorded.request or None,
        "sealed": sealed,
        "journal_pk": _journal_pk(quarter(written_at), shard_of(event.subject)),
        "journal_sk": f"{written_at.astimezone(UTC):%H:%M:%S.%f}#{event.id}",
    }


# --- lists ----------------------------------------------------------------------------------------


def queue_page(partition: str, limit: int, after: str | None) -> list[dict[str, Any]]:
    """Up to `limit` rows of a queue behind sort key `after`, the most urgent first: one Query.

    Each row carries its sort key as `sk`, from which the next page goes on.
    """
    behind = QueueIndex.queue_sk > after if after else None
    found = CaseItem.queue.query(partition, behind, limit=limit, page_size=limit)
    rows = []
    for item in found:
        due_on, received_at, no = (item.queue_sk or "").split("#")
        known = {"case_no": no, "due_on": due_on, "received_at": received_at, "sk": item.queue_sk}
        rows.append({**known, **json.loads(item.row or "{}")})
    return rows


def applicant_page(
    holder: str, limit: int, start: dict[str, Any] | None
) -> tuple[list[Head], dict[str, Any] | None]:
    """One page of a holder's cases, newest first: one Query and one batch of heads."""
    found = CaseItem.applicant.query(
        holder, limit=limit, page_size=limit, last_evaluated_key=start, scan_index_forward=False
    )
    numbers = [number_of(item.pk) for item in found]
    return read_heads(numbers) if numbers else [], found.last_evaluated_key


# --- the workflow item ----------------------------------------------------------------------------


class Flow:
    """How far a case's log was published, and the execution that waits on it."""

    __slots__ = ("generation", "machine", "no", "published", "seen", "sweep_at", "token")

    def __init__(self, no: str, item: CaseItem | None) -> None:
        self.no = no
        self.published = int(item.published or 0) if item else 0
        self.machine = item.machine if item else None
        self.generation = int(item.generation or 0) if item else 0
        self.token = item.token if item else None
        self.seen = int(item.seen or 0) if item else 0
        self.sweep_at = item.sweep_sk if item else None


def read_flow(no: str) -> Flow:
    try:
        return Flow(no, CaseItem.get(case_pk(no), FLOW, consistent_read=True))
    except DoesNotExist:
        return Flow(no, None)


def read_flows(numbers: Sequence[str]) -> dict[str, Flow]:
    """The workflow items of up to 100 cases; a case without one has an empty Flow."""
    keys = [(case_pk(no), FLOW) for no in numbers]
    found = {
        number_of(item.pk): Flow(number_of(item.pk), item) for item in CaseItem.batch_get(keys)
    }
    return {no: found.get(no, Flow(no, None)) for no in numbers}


def mark_published(
    no: str, first: int, last: int, *, begin: str | None, closed: bool
) -> Flow | None:
    """Note that events `first`..`last` are on the bus; None where earlier ones are missing.

    `begin` names a machine whose first execution the caller is about to start; `closed` takes the
    case out of the sweep. The answer is the item as it stands, with the token to wake.
    """
    actions: list[Any] = [CaseItem.published.set(last)]
    if begin:
        actions += [
            CaseItem.machine.set(begin),
            CaseItem.generation.set(_next_generation()),
        ]
    if closed:
        actions += [CaseItem.sweep_pk.remove(), CaseItem.sweep_sk.remove()]
    condition: Any = CaseItem.published == first - 1
    if first == 1:
        condition = CaseItem.published.does_not_exist()
    item = _update_if(no, actions, condition)
    return Flow(no, item) if item is not None else None


def _next_generation() -> Any:
    return (CaseItem.generation | 0) + 1


def mark_published_up_to(no: str, known: int, last: int) -> None:
    """Move the watermark from `known` to `last`; another hand that moved it first is as good."""
    condition = CaseItem.published == known if known else CaseItem.published.does_not_exist()
    _update_if(no, [CaseItem.published.set(last)], condition)


def claim_generation(flow: Flow, machine: str, sweep_at: datetime) -> int | None:
    """Raise the generation for a restart; None where somebody else did it first.

    The sweep looks again at `sweep_at`, in case whoever claimed it does not live to start it.
    """
    condition = (
        CaseItem.generation == flow.generation
        if flow.generation
        else CaseItem.generation.does_not_exist()
    )
    claimed = _update_if(
        flow.no,
        [
            CaseItem.machine.set(machine),
            CaseItem.generation.set(flow.generation + 1),
            *_sweep_actions(flow.no, sweep_at),
        ],
        condition,
    )
    return flow.generation + 1 if claimed else None


def look_again(no: str, sweep_at: datetime) -> None:
    """Let the sweep look after this case at that instant."""
    CaseItem(case_pk(no), FLOW).update(_sweep_actions(no, sweep_at))


def leave_sweep(no: str) -> None:
    """A closed case has no timer left."""
    CaseItem(case_pk(no), FLOW).update([CaseItem.sweep_pk.remove(), CaseItem.sweep_sk.remove()])


def _sweep_actions(no: str, sweep_at: datetime) -> list[Any]:
    return [
        CaseItem.sweep_pk.set(f"SWEEP#{shard_of(no)}"),
        CaseItem.sweep_sk.set(sweep_key(sweep_at)),
    ]


def _update_if(no: str, actions: list[Any], condition: Any) -> CaseItem | None:
    """Update a workflow item where the condition holds; None where it does not."""
    item = CaseItem(case_pk(no), FLOW)
    try:
        item.update(actions, condition=condition)
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    return item


def store_token(
    no: str, *, machine: str, generation: int, token: str, seen: int, sweep_at: datetime
) -> bool:
    """Keep the token of the execution that waits; False where it is of an older generation."""
    stored = _update_if(
        no,
        [CaseItem.token.set(token), CaseItem.seen.set(seen), *_sweep_actions(no, sweep_at)],
        (CaseItem.generation == generation) & (CaseItem.machine == machine),
    )
    return stored is not None


def sweep_key(instant: datetime) -> str:
    """The minute that an instant falls in, rounded up.

    A case that waits for the same alert in its next stage keeps its place in the index so, and an
    index entry that does not move costs nothing.
    """
    minute = (instant + timedelta(seconds=60, microseconds=-1)).astimezone(UTC)
    return f"{minute:%Y-%m-%dT%H:%MZ}"


# --- what the reconciler reads --------------------------------------------------------------------


def journal_between(since: datetime, until: datetime) -> Iterator[tuple[str, int]]:
    """Case number and sequence number of every event written in [since, until), shard by shard."""
    start = quarter(since)
    while start < until.astimezone(UTC):
        first = max(since.astimezone(UTC), start)
        written_later = CaseItem.journal_sk >= f"{first:%H:%M:%S.%f}"
        for shard in range(SHARDS):
            for item in CaseItem.journal.query(_journal_pk(start, shard), written_later):
                yield number_of(item.pk), int(item.sk.removeprefix("EVENT#"))
        start += timedelta(minutes=15)


def overdue_timers(now: datetime) -> Iterator[str]:
    """Numbers of open cases whose timer should have fired before `now`."""
    for shard in range(SHARDS):
        condition = CaseItem.sweep_sk < sweep_key(now)
        for item in CaseItem.sweep.query(f"SWEEP#{shard}", condition):
            yield number_of(item.pk)


def armed_timers() -> Iterator[str]:
    """Numbers of all open cases with a workflow: for a revival after an outage of everything."""
    for shard in range(SHARDS):
        for item in CaseItem.sweep.query(f"SWEEP#{shard}"):
            yield number_of(item.pk)


def open_page(limit: int, start: dict[str, Any] | None) -> tuple[list[Head], dict[str, Any] | None]:
    """A page of open cases with a workflow, and where the next begins (None behind the last)."""
    shard, key = (start["shard"], start["key"]) if start else (0, None)
    found = CaseItem.sweep.query(
        f"SWEEP#{shard}", limit=limit, page_size=limit, last_evaluated_key=key
    )
    heads = read_heads([number_of(item.pk) for item in found], consistent=True)
    if found.last_evaluated_key:
        return heads, {"shard": shard, "key": found.last_evaluated_key}
    return heads, {"shard": shard + 1, "key": None} if shard + 1 < SHARDS else None


# --- the reconciler's own place -------------------------------------------------------------------


def read_cursor() -> datetime | None:
    """Up to where the journal was checked, or None before the first run."""
    try:
        return from_text(CaseItem.get("RECONCILER", "CURSOR").at or "")
    except DoesNotExist:
        return None


def write_cursor(at: datetime) -> None:
    item = CaseItem("RECONCILER", "CURSOR")
    item.at = to_text(at)
    item.save()


def read_projected() -> WorkingCalendar | None:
    """The calendar that the open cases were last projected on, or None before the first one."""
    try:
        raw = json.loads(CaseItem.get("RECONCILER", "CALENDAR").data or "[]")
    except DoesNotExist:
        return None
    return WorkingCalendar(tuple(map(Notice.from_dict, raw)))


def write_projected(calendar: WorkingCalendar) -> None:
    item = CaseItem("RECONCILER", "CALENDAR")
    item.data = compact([notice.to_dict() for notice in calendar.notices])
    item.save()
