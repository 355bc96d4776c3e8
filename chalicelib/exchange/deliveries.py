"""Delivering events to subscribed systems: tried at once, then again by a schedule, then set aside.

A delivery is an item of its own, so one endpoint that is down holds nobody else up. Its key is the
subscription, the event and, for a replay, the replay: an event that comes twice is delivered once.
What was given up stays listed as a dead letter until it expires, and can be sent again. Everything
here goes by real time: the other side's clock knows no demonstration.
"""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from pynamodb.exceptions import PutError, UpdateError

from chalicelib.core.errors import Conflict
from chalicelib.core.jsontext import compact
from chalicelib.core.time import to_text
from chalicelib.exchange.posting import Post, https_post
from chalicelib.exchange.store import ExchangeItem
from chalicelib.exchange.subscribing import find, interested, secret_of
from chalicelib.exchange.subscriptions import DeliveryState, Subscription, sign, wait_after
from chalicelib.http.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient

SHARDS = 4
KEPT = timedelta(days=30)
CLAIM = timedelta(minutes=2)
"""How long an attempt may be under way before another hand takes it for lost."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event on its way to one subscription."""

    pk: str
    key: str
    event: Mapping[str, Any]
    state: DeliveryState
    attempts: int
    reason: str

    @property
    def subscription_id(self) -> str:
        return self.pk.rpartition("#")[2]

    @property
    def message_id(self) -> str:
        """What the receiver recognises a repeated delivery by."""
        return f"{self.subscription_id}.{hashlib.sha256(self.key.encode()).hexdigest()[:24]}"


def fan_out(envelope: Mapping[str, Any], post: Post | None = None) -> int:
    """Deliver one event from the bus to whoever subscribed to it; how many deliveries are new.

    `envelope` is EventBridge's. A replay made for one subscription reaches that one alone.
    """
    detail, replay = envelope["detail"], envelope.get("replay-name", "")
    new = 0
    for subscription in interested(envelope["detail-type"], detail):
        if replay and not replay.startswith(_replay_prefix(subscription.id)):
            continue
        key = "#".join(filter(None, (detail["at"], detail["id"], replay)))
        if _put(subscription, key, detail):
            new += 1
            attempt(subscription, key, post)
    return new


def redeliver(limit: int = 200, post: Post | None = None) -> int:
    """Try again what is due; how many attempts were made."""
    now, tried = _real_now(), 0
    for shard in range(SHARDS):
        due = ExchangeItem.due_sk < f"{to_text(now)}~"
        for item in ExchangeItem.due.query(f"DUE#{shard}", due, limit=limit // SHARDS):
            _, audience, subscription_id = item.pk.split("#")
            subscription = find(audience, subscription_id)
            if subscription is None:
                ExchangeItem(item.pk, item.sk).delete()
                continue
            attempt(subscription, item.sk, post)
            tried += 1
    return tried


def attempt(subscription: Subscription, key: str, post: Post | None = None) -> DeliveryState | None:
    """Try one delivery. None where it is settled or under way in another hand."""
    delivery = _claim(subscription, key)
    if delivery is None:
        return None
    body = compact(delivery.event).encode()
    timestamp = int(time.time())
    headers = {
        "content-type": "application/json; charset=utf-8",
        "user-agent": "yichuang-webhooks",
        "webhook-id": delivery.message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secret_of(subscription), delivery.message_id, timestamp, body),
    }
    try:
        status = (post or https_post)(subscription.url, body, headers)
        reason = "" if 200 <= status < 300 else f"HTTP {status}"
    except OSError as failure:
        reason = type(failure).__name__
    return _settle(delivery, reason)


def deliveries(
    subscription: Subscription, state: DeliveryState, limit: int, start: Mapping[str, Any] | None
) -> tuple[list[Delivery], Mapping[str, Any] | None]:
    """A page of a subscription's deliveries in one state, oldest first: one Query.

    The state is a filter on the page, so a page may be shorter than `limit`.
    """
    found = ExchangeItem.query(
        _pk(subscription),
        filter_condition=ExchangeItem.state == state.value,
        limit=limit,
        page_size=limit,
        last_evaluated_key=dict(start) if start else None,
    )
    return [_delivery(item) for item in found], found.last_evaluated_key


def send_again(subscription: Subscription, key: str) -> None:
    """Put a dead letter back on its way. Raises NotFound, Conflict for one that is not dead."""
    item = ExchangeItem(_pk(subscription), key)
    try:
        item.update(
            [
                ExchangeItem.state.set(DeliveryState.PENDING.value),
                ExchangeItem.attempts.set(0),
                ExchangeItem.due_pk.set(_due_pk(key)),
                ExchangeItem.due_sk.set(to_text(_real_now())),
            ],
            condition=ExchangeItem.state == DeliveryState.DEAD.value,
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise Conflict("只有投递失败的事件可以重新投递") from error


def replay(subscription: Subscription, since: datetime, until: datetime, *, key: str) -> str:
    """Replay archived events of a span of time to one subscription; the replay's name.

    The same `key` names the same replay. Raises Conflict where the span is empty or still open.
    """
    if not since < until <= _real_now():
        raise Conflict.at("/until", "重放的时间段应在现在之前,且起点早于终点")
    name = _replay_prefix(subscription.id) + hashlib.sha256(key.encode()).hexdigest()[:12]
    client = _events()
    with suppress(client.exceptions.ResourceAlreadyExistsException):
        client.start_replay(
            ReplayName=name,
            EventSourceArn=os.environ["YICHUANG_ARCHIVE"],
            EventStartTime=since,
            EventEndTime=until,
            Destination={
                "Arn": os.environ["YICHUANG_BUS_ARN"],
                "FilterArns": [os.environ["YICHUANG_FAN_OUT_RULE"]],
            },
        )
    return name


def _put(subscription: Subscription, key: str, detail: Mapping[str, Any]) -> bool:
    item = ExchangeItem(
        _pk(subscription),
        key,
        event=dict(detail),
        state=DeliveryState.PENDING.value,
        attempts=0,
        due_pk=_due_pk(key),
        due_sk=to_text(_real_now()),
        expires_at=_real_now() + KEPT,
    )
    try:
        item.save(condition=ExchangeItem.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def _claim(subscription: Subscription, key: str) -> Delivery | None:
    """Take a due delivery in hand: its next attempt moves past the time that this one may take."""
    item = ExchangeItem(_pk(subscription), key)
    now = _real_now()
    try:
        item.update(
            [
                ExchangeItem.attempts.add(1),
                ExchangeItem.due_sk.set(to_text(now + CLAIM)),
            ],
            condition=(ExchangeItem.state == DeliveryState.PENDING.value)
            & (ExchangeItem.due_sk <= to_text(now)),
        )
    except UpdateError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return None
        raise
    return _delivery(item)


def _settle(delivery: Delivery, reason: str) -> DeliveryState:
    wait = wait_after(delivery.attempts) if reason else None
    if not reason:
        state = DeliveryState.DONE
    elif wait is None:
        state = DeliveryState.DEAD
    else:
        state = DeliveryState.PENDING
    actions: list[Any] = [ExchangeItem.state.set(state.value), ExchangeItem.reason.set(reason)]
    if wait is not None:
        actions.append(ExchangeItem.due_sk.set(to_text(_real_now() + wait)))
    else:
        actions += [ExchangeItem.due_pk.remove(), ExchangeItem.due_sk.remove()]
    ExchangeItem(delivery.pk, delivery.key).update(actions)
    if state is DeliveryState.DEAD:
        logger().warning("delivery_dead", extra={"subscription": delivery.subscription_id})
    return state


def _delivery(item: ExchangeItem) -> Delivery:
    return Delivery(
        pk=item.pk,
        key=item.sk,
        event=item.event or {},
        state=DeliveryState(item.state or ""),
        attempts=int(item.attempts or 0),
        reason=item.reason or "",
    )


def _due_pk(key: str) -> str:
    return f"DUE#{hashlib.sha256(key.encode()).digest()[0] % SHARDS}"


def _pk(subscription: Subscription) -> str:
    return f"DELIVERIES#{subscription.audience}#{subscription.id}"


def _replay_prefix(subscription_id: str) -> str:
    return f"sub-{subscription_id}-"


def _real_now() -> datetime:
    return datetime.now(UTC)


@cache
def _events() -> EventBridgeClient:
    import boto3  # noqa: PLC0415 - import time

    return boto3.client("events")
