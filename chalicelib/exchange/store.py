"""The exchange table: inquiries with their logs, topics, subscriptions and deliveries.

| what | pk | sk | index |
|---|---|---|---|
| inquiry | `INQUIRY#<id>` | `HEAD` | `asked`: `<body>#<state>` / due; `asking`: body / asked at |
| its events | `INQUIRY#<id>` | `EVENT#<seq>` | |
| its waiting execution | `INQUIRY#<id>` | `FLOW` | |
| how often a kind of question was asked | `TOPICS#<month>` | `<asked>#<topic>` | |
| subscription | `SUBSCRIPTIONS#<body>` | id | |
| delivery of one event | `DELIVERIES#<body>#<subscription>` | `<event at>#<event id>` | `due`: shard / next attempt |

A head's version is the sequence number of its last event: head and log move together or not at all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    JSONAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.exceptions import TransactWriteError
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta, Transaction
from chalicelib.core.errors import NotFound, StaleVersion
from chalicelib.core.events import Event
from chalicelib.core.jsontext import compact
from chalicelib.exchange.model import OPENED, Inquiry, State

HEAD = "HEAD"
FLOW = "FLOW"


class AskedIndex(GlobalSecondaryIndex["ExchangeItem"]):
    """What a body was asked, by state and last day."""

    class Meta(TableMeta):
        index_name = "asked"
        projection = IncludeProjection(["card"])

    asked_pk = UnicodeAttribute(hash_key=True)
    asked_sk = UnicodeAttribute(range_key=True)


class AskingIndex(GlobalSecondaryIndex["ExchangeItem"]):
    """What a body asked, by time."""

    class Meta(TableMeta):
        index_name = "asking"
        projection = IncludeProjection(["card"])

    asking_pk = UnicodeAttribute(hash_key=True)
    asking_sk = UnicodeAttribute(range_key=True)


class DueIndex(GlobalSecondaryIndex["ExchangeItem"]):
    """Deliveries that wait for their next attempt, by when."""

    class Meta(TableMeta):
        index_name = "due"
        projection = KeysOnlyProjection()

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class ExchangeItem(Model):
    """Any item of the table; which one, its key says."""

    class Meta(TableMeta):
        table_name = settings().table_exchange or "yichuang-exchange"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    card = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    asked_pk = UnicodeAttribute(null=True)
    asked_sk = UnicodeAttribute(null=True)
    asking_pk = UnicodeAttribute(null=True)
    asking_sk = UnicodeAttribute(null=True)
    event = JSONAttribute(null=True)
    request = UnicodeAttribute(null=True)
    sealed = BinaryAttribute(legacy_encoding=False, null=True)
    token = UnicodeAttribute(null=True)
    times = NumberAttribute(null=True)
    askers = UnicodeSetAttribute(null=True)
    attempts = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    reason = UnicodeAttribute(null=True)
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)

    asked = AskedIndex()
    asking = AskingIndex()
    due = DueIndex()


TABLES: tuple[type[Model], ...] = (ExchangeItem,)

Page = tuple[list[Inquiry], Mapping[str, Any] | None]


def pk_of(inquiry_id: str) -> str:
    return f"INQUIRY#{inquiry_id}"


def read(inquiry_id: str) -> Inquiry:
    """Raises NotFound."""
    try:
        item = ExchangeItem.get(pk_of(inquiry_id), HEAD, consistent_read=True)
    except ExchangeItem.DoesNotExist:
        raise NotFound("没有这个征询") from None
    return _head(item)


def log(inquiry_id: str) -> list[ExchangeItem]:
    """The event items of an inquiry in order, with what was sealed beside each."""
    events = ExchangeItem.sk.startswith("EVENT#")
    return list(ExchangeItem.query(pk_of(inquiry_id), events, consistent_read=True))


def append(after: Inquiry, event: Event, *, request: str = "", sealed: bytes | None = None) -> None:
    """Write one event and the head after it, together. Raises StaleVersion where it moved.

    Opening an inquiry also counts its topic, in the same transaction.
    """
    transaction = Transaction()
    transaction.save(
        ExchangeItem(
            pk_of(after.id),
            f"EVENT#{event.seq:04d}",
            event=event.to_dict(),
            request=request or None,
            sealed=sealed,
        ),
        condition=ExchangeItem.pk.does_not_exist(),
    )
    head = ExchangeItem(
        pk_of(after.id),
        HEAD,
        card=compact(after.to_dict()),
        version=after.version,
        asked_pk=f"{after.asked}#{after.state.value}",
        asked_sk=f"{after.due_on.isoformat()}#{after.id}",
        asking_pk=after.asking,
        asking_sk=f"{after.asked_on.isoformat()}#{after.id}",
    )
    seen = (
        ExchangeItem.pk.does_not_exist()
        if after.version == 1
        else ExchangeItem.version == after.version - 1
    )
    transaction.save(head, condition=seen)
    if event.type == OPENED:
        _count_topic(transaction, after)
    try:
        transaction._commit()
    except TransactWriteError as error:
        codes = {reason.code for reason in error.cancellation_reasons if reason}
        if codes & {"ConditionalCheckFailed", "TransactionConflict"}:
            raise StaleVersion from error
        raise


def asked_of(body: str, state: State, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of what a body was asked, the most urgent first: one Query."""
    found = ExchangeItem.asked.query(
        f"{body}#{state.value}",
        limit=limit,
        page_size=limit,
        last_evaluated_key=dict(start) if start else None,
    )
    return [_head(item) for item in found], found.last_evaluated_key


def open_until(body: str, day: str) -> list[Inquiry]:
    """What a body has not answered and should have by a day, inclusive (YYYY-MM-DD)."""
    bound = ExchangeItem.asked_sk < f"{day}#~"
    found = ExchangeItem.asked.query(f"{body}#{State.OPEN.value}", bound)
    return [_head(item) for item in found]


def asking_of(body: str, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of what a body asked, newest first: one Query."""
    found = ExchangeItem.asking.query(
        body,
        limit=limit,
        page_size=limit,
        last_evaluated_key=dict(start) if start else None,
        scan_index_forward=False,
    )
    return [_head(item) for item in found], found.last_evaluated_key


def keep_token(inquiry_id: str, token: str) -> None:
    """Remember the token of the execution that waits for an answer."""
    ExchangeItem(pk_of(inquiry_id), FLOW, token=token).save()


def token_of(inquiry_id: str) -> str | None:
    try:
        return ExchangeItem.get(pk_of(inquiry_id), FLOW, consistent_read=True).token
    except ExchangeItem.DoesNotExist:
        return None


def topics(month: str) -> list[tuple[str, str, int, frozenset[str]]]:
    """What was asked in a month (YYYY-MM): asked body, topic, how often, by which bodies."""
    rows = []
    for item in ExchangeItem.query(f"TOPICS#{month}"):
        asked, _, topic = item.sk.partition("#")
        rows.append((asked, topic, int(item.times or 0), frozenset(item.askers or ())))
    return rows


def _count_topic(transaction: TransactWrite, inquiry: Inquiry) -> None:
    transaction.update(
        ExchangeItem(f"TOPICS#{inquiry.asked_on:%Y-%m}", f"{inquiry.asked}#{inquiry.topic}"),
        actions=[ExchangeItem.times.add(1), ExchangeItem.askers.add({inquiry.asking})],
    )


def _head(item: ExchangeItem) -> Inquiry:
    return Inquiry.from_dict(json.loads(item.card or ""))
