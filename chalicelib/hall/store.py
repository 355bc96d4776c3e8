"""The hall's table: mandates, appointments, visits and consultations, each with its log.

| what | pk | sk | indexes |
|---|---|---|---|
| mandate | `MANDATE#<id>` | `HEAD` | `person`: `GIVEN#<principal>`; `agent`: `HELD#<agent>` |
| what a mandate allows now | `GRANTS#<principal>` | `<agent>#<id>` | |
| appointment | `BOOKING#<id>` | `HEAD` | `person`, `desk`: point and day, `due`: when it is missed |
| how many took a slot | `SLOTS#<point>#<day>` | `<HH:MM>#<form>` | |
| a person's time that is taken | `PERSON#<person>` | `AT#<day>T<HH:MM>` | |
| visit | `VISIT#<id>` | `HEAD` | `person`, `desk`: point, day and state, `due`: its midnight |
| the last queue number | `NUMBERS#<point>#<day>` | `LAST` | |
| whom a clerk has before him | `DESK#<account>` | `SESSION` | |
| consultation | `CONSULTATION#<id>` | `HEAD` | `person`, `desk`: owner and state, `due`: next alert |
| published answer | `ANSWERS#<all, item or body>` | `<published at>#<id>` | |
| log of any of them | its `pk` | `EVENT#<seq>` | |
| first answer to an Idempotency-Key | `ANSWER#<account>#<key>` | `ANSWER` | |

A head's version is the sequence number of its last event: head and log move together or not at
all. People stand here as keyed hashes; names, numbers and words are sealed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, Final

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import JsonText, TableMeta
from chalicelib.core.events import Event

HEAD: Final = "HEAD"
ANSWER: Final = "ANSWER"
SESSION: Final = "SESSION"
LAST: Final = "LAST"


class PersonIndex(GlobalSecondaryIndex["HallItem"]):
    """What is a person's own, of one kind, by time."""

    class Meta(TableMeta):
        index_name = "person"
        projection = IncludeProjection(["document"])

    person_pk = UnicodeAttribute(hash_key=True)
    person_sk = UnicodeAttribute(range_key=True)


class AgentIndex(GlobalSecondaryIndex["HallItem"]):
    """The mandates that somebody holds, by time."""

    class Meta(TableMeta):
        index_name = "agent"
        projection = IncludeProjection(["document"])

    agent_pk = UnicodeAttribute(hash_key=True)
    agent_sk = UnicodeAttribute(range_key=True)


class DeskIndex(GlobalSecondaryIndex["HallItem"]):
    """What waits at a point or a body, in the order in which it is taken."""

    class Meta(TableMeta):
        index_name = "desk"
        projection = IncludeProjection(["document"])

    desk_pk = UnicodeAttribute(hash_key=True)
    desk_sk = UnicodeAttribute(range_key=True)


class DueIndex(GlobalSecondaryIndex["HallItem"]):
    """What time alone will change, by when."""

    class Meta(TableMeta):
        index_name = "due"
        projection = KeysOnlyProjection()

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class HallItem(Model):
    """Any item of the table; which one, its key says."""

    class Meta(TableMeta):
        table_name = settings().table_hall or "yichuang-hall"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(null=True)
    document = JsonText(null=True)
    event = JsonText(null=True)
    sealed = BinaryAttribute(legacy_encoding=False, null=True)
    taken = NumberAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    person_pk = UnicodeAttribute(null=True)
    person_sk = UnicodeAttribute(null=True)
    agent_pk = UnicodeAttribute(null=True)
    agent_sk = UnicodeAttribute(null=True)
    desk_pk = UnicodeAttribute(null=True)
    desk_sk = UnicodeAttribute(null=True)
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)

    person = PersonIndex()
    agent = AgentIndex()
    desk = DeskIndex()
    due = DueIndex()


TABLES: Final[tuple[type[Model], ...]] = (HallItem,)

Rows = tuple[list[dict[str, Any]], Mapping[str, Any] | None]


def event_sk(seq: int) -> str:
    return f"EVENT#{seq:04d}"


def answer_pk(account: str, key: str) -> str:
    return f"ANSWER#{account}#{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def read(pk: str, sk: str = HEAD) -> dict[str, Any] | None:
    """The document of one item, strongly consistent; None where there is none."""
    item = read_item(pk, sk)
    return None if item is None else dict(item.document or {})


def read_item(pk: str, sk: str = HEAD) -> HallItem | None:
    try:
        return HallItem.get(pk, sk, consistent_read=True)
    except HallItem.DoesNotExist:
        return None


def sealed_of(pk: str, seq: int) -> bytes | None:
    """The sealed words beside one event of a subject."""
    item = read_item(pk, event_sk(seq))
    return None if item is None else item.sealed


def log(pk: str) -> list[Event]:
    """The events of a subject in order, strongly consistent."""
    items = HallItem.query(pk, HallItem.sk.startswith("EVENT#"), consistent_read=True)
    recorded: list[Any] = [item.event for item in items]
    return [Event.from_dict(raw) for raw in recorded]


def under(pk: str, prefix: str = "") -> Iterator[HallItem]:
    """The items of a collection whose sort key begins so, strongly consistent: one Query."""
    begins = HallItem.sk.startswith(prefix) if prefix else None
    yield from HallItem.query(pk, begins, consistent_read=True)


def page(
    index: str, key: str, limit: int, start: Mapping[str, Any] | None, *, newest_first: bool = True
) -> Rows:
    """A page of the documents under one key of an index: one Query."""
    found = getattr(HallItem, index).query(
        key,
        limit=limit,
        page_size=limit,
        last_evaluated_key=dict(start) if start else None,
        scan_index_forward=not newest_first,
    )
    return [dict(item.document or {}) for item in found], found.last_evaluated_key


def collection_page(pk: str, limit: int, start: Mapping[str, Any] | None) -> Rows:
    """A page of the documents of a collection, the newest first: one Query."""
    found = HallItem.query(
        pk,
        limit=limit,
        page_size=limit,
        last_evaluated_key=dict(start) if start else None,
        scan_index_forward=False,
    )
    return [dict(item.document or {}) for item in found], found.last_evaluated_key


def due(kind: str, until: str) -> Iterator[str]:
    """The keys of what fell due by an instant (its text form), the oldest first."""
    for item in HallItem.due.query(kind, HallItem.due_sk < f"{until}~"):
        yield item.pk


def read_answer(account: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """The fingerprint and the answer of the request made before under this key, if any."""
    item = read_item(answer_pk(account, key), ANSWER)
    if item is None:
        return None
    return item.fingerprint or "", dict(item.document or {})
