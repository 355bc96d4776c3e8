"""Where disposal is planned and recorded, in the cases table.

| pk | sk | what |
|---|---|---|
| `CASE#<no>` | `RETENTION` | a closed case's day; in the sweep index as `DISPOSE#<shard>` / `<day>#<no>` |
| `DISPOSALS#<year>` | `<instant>#<no>` | the record of a disposal |
| `RETENTION` | `CURSOR` | up to when closed cases were given their day (real time) |
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from typing import Any, Final

from pynamodb.exceptions import DoesNotExist

from chalicelib.cases.store import (
    SHARDS,
    Append,
    CaseItem,
    SweepIndex,
    case_pk,
    event_sk,
    number_of,
    shard_of,
)
from chalicelib.core.events import Event
from chalicelib.core.time import from_text, to_text

RETENTION: Final = "RETENTION"
CURSOR: Final = "CURSOR"


def plan(no: str, day: date) -> None:
    """Put a closed case on the list of the day on which it is disposed of; again is nothing."""
    item = CaseItem(case_pk(no), RETENTION)
    item.sweep_pk = f"DISPOSE#{shard_of(no)}"
    item.sweep_sk = f"{day.isoformat()}#{no}"
    item.save()


def unplan(no: str) -> None:
    """Take a case off the list."""
    CaseItem(case_pk(no), RETENTION).delete()


def planned(until: date) -> Iterator[tuple[str, date]]:
    """Cases whose day has come by `until`, with that day, shard by shard."""
    bound = SweepIndex.sweep_sk < f"{(until + timedelta(days=1)).isoformat()}#"
    for shard in range(SHARDS):
        for item in CaseItem.sweep.query(f"DISPOSE#{shard}", bound):
            yield number_of(item.pk), date.fromisoformat((item.sweep_sk or "").partition("#")[0])


def sealed_parts(no: str) -> dict[int, bytes]:
    """What is sealed beside the events of a case, by their sequence numbers."""
    bounds = CaseItem.sk.between(event_sk(1), event_sk(99999))
    items = CaseItem.query(case_pk(no), bounds, consistent_read=True)
    return {
        int(item.sk.removeprefix("EVENT#")): bytes(item.sealed)
        for item in items
        if item.sealed is not None
    }


def dispose_in(write: Append, event: Event, sealed: Iterable[int]) -> None:
    """Add to the transaction that records a disposal: the sealed parts go, the record comes."""
    no = event.subject
    for seq in sealed:
        write.transaction.update(
            CaseItem(case_pk(no), event_sk(seq)), actions=[CaseItem.sealed.remove()]
        )
    record = CaseItem(f"DISPOSALS#{event.at.year}", f"{to_text(event.at)}#{no}")
    record.data = json.dumps(
        {"case_no": no, "at": to_text(event.at), "by": event.actor.account, **event.data},
        ensure_ascii=False,
    )
    write.transaction.save(record)
    write.transaction.delete(CaseItem(case_pk(no), RETENTION))


def records(year: int) -> Iterator[dict[str, Any]]:
    """The records of a year's disposals, oldest first."""
    for item in CaseItem.query(f"DISPOSALS#{year}"):
        yield json.loads(item.data or "{}")


def read_cursor() -> datetime | None:
    """Up to when closed cases were given their day, or None before the first run."""
    try:
        return from_text(CaseItem.get(RETENTION, CURSOR).at or "")
    except DoesNotExist:
        return None


def write_cursor(at: datetime) -> None:
    item = CaseItem(RETENTION, CURSOR)
    item.at = to_text(at)
    item.save()
