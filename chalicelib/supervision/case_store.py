"""What was heard of a case, kept together with what it counts: one transaction an event.

An event costs one write (the log), one more where it changes a figure (the cell), and one more for
each alarm; where there is an alarm, the figures travel in it and are counted as it is assigned. So
a lawful event costs at most two writes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.exceptions import PutError, TransactWriteError
from pynamodb.expressions.condition import Condition

from chalicelib.aws.tables import Transaction
from chalicelib.core.jsontext import compact
from chalicelib.core.time import to_text
from chalicelib.supervision import alarm_store, cell_store
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.measures import Counts, Standing, Timing
from chalicelib.supervision.model import Alarm
from chalicelib.supervision.store import CONDITION_FAILED, Row, dump

OPEN: Final = "OPEN"
HEARD: Final = "HEARD"


class Moved(Exception):
    """Somebody else heard of this case meanwhile; read it again."""


@dataclass(frozen=True, slots=True)
class StoredCase:
    """What is kept of a case: its log as heard, the timing frozen at its end, the item's version."""

    heard: Heard
    timing: Timing | None = None
    version: int = 0


def read(no: str) -> StoredCase:
    """What was heard of a case so far, strongly consistent; empty where nothing was."""
    try:
        row = Row.get(_pk(no), HEARD, consistent_read=True)
    except Row.DoesNotExist:
        return StoredCase(Heard(no))
    return stored_of(row)


def read_many(numbers: Sequence[str]) -> list[StoredCase]:
    """What was heard of up to 100 cases, in the order asked; unknown numbers are left out."""
    rows = Row.batch_get([(_pk(no), HEARD) for no in numbers])
    found = {stored.heard.subject: stored for stored in map(stored_of, rows)}
    return [found[no] for no in numbers if no in found]


def stored_of(row: Row) -> StoredCase:
    """What an item of a case keeps."""
    timing = Timing.from_list(json.loads(row.timing)) if row.timing else None
    heard = Heard.from_bytes(number_of(row.pk), row.packed or b"")
    return StoredCase(heard, timing, int(row.version or 0))


def commit(
    known: StoredCase,
    heard: Heard,
    where: Standing | None,
    changed: Counts,
    alarms: Sequence[Alarm],
) -> tuple[Alarm, ...]:
    """Keep what was heard, what it changes in the figures, and the alarms it raises; all or nothing.

    Answers the alarms that are new: one that stands already is not raised again. Raises Moved where
    the case was written since `known` was read.
    """
    wanted = tuple(alarms)
    while True:
        standing_already = _try(known, heard, where, changed, wanted)
        if not standing_already:
            return wanted
        wanted = tuple(alarm for alarm in wanted if alarm.id not in standing_already)


def _try(
    known: StoredCase,
    heard: Heard,
    where: Standing | None,
    changed: Counts,
    alarms: Sequence[Alarm],
) -> set[str]:
    """One attempt; answers which alarms stood already, in which case nothing was written."""
    row, unmoved = _row(heard, where, known.version + 1), _unmoved(known.version)
    if not alarms and not changed:
        _save_alone(row, unmoved)
        return set()
    try:
        with Transaction() as transaction:
            transaction.save(row, condition=unmoved)
            for index, alarm in enumerate(alarms):
                carried = changed if index == 0 else None
                transaction.save(
                    alarm_store.row_of(alarm, carried), condition=Row.pk.does_not_exist()
                )
            if not alarms:
                cell_store.add_to(transaction, changed)
    except TransactWriteError as refused:
        codes = [reason.code if reason else None for reason in refused.cancellation_reasons]
        standing = {
            alarm.id
            for alarm, code in zip(alarms, codes[1:], strict=False)
            if code == "ConditionalCheckFailed"
        }
        if not standing and not {"ConditionalCheckFailed", "TransactionConflict"} & set(codes):
            raise
        if codes[0] is not None or not standing:
            raise Moved(heard.subject) from refused
        return standing
    return set()


def _save_alone(row: Row, unmoved: Condition) -> None:
    try:
        row.save(condition=unmoved)
    except PutError as refused:
        if refused.cause_response_code in (CONDITION_FAILED, "TransactionConflictException"):
            raise Moved(row.pk) from refused
        raise


def _unmoved(version: int) -> Condition:
    return Row.version == version if version else Row.pk.does_not_exist()


def _pk(no: str) -> str:
    return f"CASE#{no}"


def number_of(pk: str) -> str:
    return pk.removeprefix("CASE#")


def _row(heard: Heard, where: Standing | None, version: int) -> Row:
    row = Row(_pk(heard.subject), HEARD, version=version, packed=heard.to_bytes())
    if where is None:
        return row
    received = to_text(where.received_at)
    mark = f"{received}#{heard.subject}"
    row.time_pk = f"RECEIVED#{received[:7]}#{where.body}"
    row.time_sk = mark
    row.card = _card(heard, where)
    if where.closed_at is None:
        row.district_pk, row.district_sk = OPEN, mark
        group = OPEN
    else:
        closed = to_text(where.closed_at)
        group, mark = f"CLOSED#{closed[:7]}", f"{_timeliness(where)}#{closed}#{heard.subject}"
        if where.timing is not None:
            row.timing = compact(where.timing.to_list())
        if where.rated_at is not None:
            rated = to_text(where.rated_at)
            row.district_pk = f"RATED#{rated[:7]}#{where.body}"
            row.district_sk = f"{where.grade}#{rated}#{heard.subject}"
    row.unit_pk, row.unit_sk = f"{group}#{where.body}", mark
    row.point_pk, row.point_sk = f"{group}#{where.point}", mark
    return row


def _timeliness(where: Standing) -> str:
    if where.timing is None:
        return "untimed"
    return "late" if where.timing.late else "timely"


def _card(heard: Heard, where: Standing) -> str:
    """What a list shows of a case: its share in every number that it is counted in. It changes
    only as the case opens, closes and is rated. `…_days` are working days allowed and used."""
    return dump(
        {
            "case_no": heard.subject,
            "item_code": where.item,
            "item_name": heard.facts.get("item_name"),
            "organisation": where.body,
            "point": where.point,
            "received_at": to_text(where.received_at),
            "closed_at": to_text(where.closed_at) if where.closed_at else None,
            "timeliness": _timeliness(where) if where.closed_at else None,
            "materials_saved": where.materials_saved or None,
            "visits_saved": where.visits_saved or None,
            "promise_days": list(where.timing.promise) if where.timing else None,
            "statutory_days": list(where.timing.statute) if where.timing else None,
            "grade": where.grade,
            "rated_at": to_text(where.rated_at) if where.rated_at else None,
        }
    )


# --- lists ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shelf:
    """One partition of an index that a list walks through, and the prefix it is narrowed to."""

    index: str
    key: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What lists show, in order, and where to go on from (None at the end)."""

    cards: tuple[dict[str, Any], ...]
    next: dict[str, Any] | None


MOST_QUERIES: Final = 20
"""Queries that one page may take; a page that finds little so far is short and says go on."""


def walk(
    shelves: Sequence[Shelf],
    takes: Callable[[Mapping[str, Any]], bool],
    limit: int,
    start: Mapping[str, Any] | None,
) -> Page:
    """One page through these shelves, one after the other: usually one Query."""
    at, key = (int(start["shelf"]), start.get("key")) if start else (0, None)
    found: list[dict[str, Any]] = []
    for _ in range(MOST_QUERIES):
        if at >= len(shelves):
            return Page(tuple(found), None)
        rows, key = _look(shelves[at], limit - len(found), key)
        found += [card for card in rows if takes(card)]
        if key is None:
            at += 1
        if len(found) >= limit:
            break
    done = at >= len(shelves)
    return Page(tuple(found), None if done else {"shelf": at, "key": key})


def _look(
    shelf: Shelf, limit: int, start: Mapping[str, Any] | None
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    query: Any = getattr(Row, shelf.index).query
    key = getattr(Row, f"{shelf.index}_sk")
    found = query(
        shelf.key,
        key.startswith(shelf.prefix) if shelf.prefix else None,
        limit=limit,
        page_size=limit,
        last_evaluated_key=start,
    )
    return [json.loads(row.card or "{}") for row in found], found.last_evaluated_key


def oldest_open(limit: int) -> tuple[dict[str, Any], ...]:
    """The open cases that were received first, district-wide: reads `limit` entries."""
    return walk([Shelf("district", OPEN)], lambda _: True, limit, None).cards


def received_in(month: str, body: str) -> Iterator[str]:
    """Numbers of all cases of a body received in a month (`2026-11`), page by page."""
    for row in Row.time.query(f"RECEIVED#{month}#{body}", page_size=100):
        yield number_of(row.pk)


def closed_in(month: str, body: str) -> Iterator[str]:
    """Numbers of all cases of a body closed in a month, page by page."""
    for row in Row.unit.query(f"CLOSED#{month}#{body}", page_size=100):
        yield number_of(row.pk)


def rated_in(month: str, body: str) -> Iterator[str]:
    """Numbers of all cases of a body rated in a month, page by page."""
    for row in Row.district.query(f"RATED#{month}#{body}", page_size=100):
        yield number_of(row.pk)
