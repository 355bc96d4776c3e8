"""Departments subscribe their own systems to events, and look after their subscriptions."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from pynamodb.exceptions import DeleteError, PutError

from chalicelib.aws.sealing import seal, sign_token, unseal
from chalicelib.core import access
from chalicelib.core.errors import Forbidden, KeyReused, NotFound
from chalicelib.core.principal import OFFICE, Principal
from chalicelib.core.time import to_text
from chalicelib.exchange.posting import allowed_hosts
from chalicelib.exchange.store import ExchangeItem
from chalicelib.exchange.subscriptions import (
    EVERY_BODY,
    Subscription,
    bodies_of,
    require_types,
    require_url,
    secret_from,
)

FRESH_SECONDS = 60


def subscribe(
    principal: Principal, types: Iterable[str], url: str, *, key: str, fingerprint: str
) -> tuple[Subscription, str]:
    """A subscription and its secret, which is shown now and by the same request alone.

    Raises InvalidInput (`/types/…`, `/url`), Forbidden, KeyReused.
    """
    organisation = _organisation(principal)
    subscription_id = hashlib.sha256(f"{principal.account}\n{key}".encode()).hexdigest()[:16]
    made = Subscription(
        id=subscription_id,
        organisation=organisation,
        audience=EVERY_BODY if OFFICE in principal.roles else organisation,
        types=require_types(types),
        url=require_url(url, allowed_hosts()),
        created_at=to_text(datetime.now(UTC)),
    )
    secret = _secret(principal.account, key)
    item = ExchangeItem(
        f"SUBSCRIPTIONS#{made.audience}",
        made.id,
        card=json.dumps(made.to_dict(), ensure_ascii=False),
        request=fingerprint,
        sealed=seal({"secret": secret}, _context(made.id)),
    )
    try:
        item.save(condition=ExchangeItem.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        there = ExchangeItem.get(item.pk, item.sk, consistent_read=True)
        if there.request != fingerprint:
            raise KeyReused from error
        return _subscription(there), secret
    forget()
    return made, secret


def subscriptions_of(principal: Principal) -> list[Subscription]:
    """The caller's organisation's subscriptions: one Query."""
    organisation = _organisation(principal, "subscription.read")
    audience = EVERY_BODY if OFFICE in principal.roles else organisation
    found = map(_subscription, ExchangeItem.query(f"SUBSCRIPTIONS#{audience}"))
    return [each for each in found if each.organisation == organisation]


def unsubscribe(principal: Principal, subscription_id: str) -> None:
    """End a subscription; what is on its way is dropped. Raises NotFound."""
    subscription = own(principal, subscription_id, "subscription.delete")
    item = ExchangeItem(f"SUBSCRIPTIONS#{subscription.audience}", subscription.id)
    try:
        item.delete(condition=ExchangeItem.pk.exists())
    except DeleteError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise  # a busy store is no answer about what it holds
        raise NotFound("没有这个订阅") from error
    forget()


def own(principal: Principal, subscription_id: str, act: str) -> Subscription:
    """A subscription of the caller's own organisation. Raises NotFound, Forbidden."""
    organisation = _organisation(principal, act)
    audience = EVERY_BODY if OFFICE in principal.roles else organisation
    try:
        item = ExchangeItem.get(f"SUBSCRIPTIONS#{audience}", subscription_id)
    except ExchangeItem.DoesNotExist:
        raise NotFound("没有这个订阅") from None
    found = _subscription(item)
    if found.organisation != organisation:
        raise NotFound("没有这个订阅")
    return found


def interested(event_type: str, detail: Mapping[str, Any]) -> Iterator[Subscription]:
    """Who is to hear of an event: the office's subscriptions and those of the bodies concerned."""
    bodies = bodies_of(detail)
    for audience in sorted({EVERY_BODY, *bodies}):
        for subscription in _heard_by(audience, int(time.monotonic() // FRESH_SECONDS)):
            if subscription.wants(event_type, bodies):
                yield subscription


def find(audience: str, subscription_id: str) -> Subscription | None:
    """A subscription that still exists."""
    try:
        return _subscription(ExchangeItem.get(f"SUBSCRIPTIONS#{audience}", subscription_id))
    except ExchangeItem.DoesNotExist:
        return None


def secret_of(subscription: Subscription) -> str:
    """The secret that deliveries to a subscription are signed with. Raises NotFound."""
    try:
        item = ExchangeItem.get(f"SUBSCRIPTIONS#{subscription.audience}", subscription.id)
    except ExchangeItem.DoesNotExist:
        raise NotFound("没有这个订阅") from None
    return str(unseal(item.sealed or b"", _context(subscription.id))["secret"])


def forget() -> None:
    """Read the subscriptions again at the next event."""
    _heard_by.cache_clear()


@lru_cache(maxsize=64)
def _heard_by(audience: str, minute: int) -> tuple[Subscription, ...]:
    """The subscriptions of an audience, read once a minute in a process."""
    del minute
    return tuple(map(_subscription, ExchangeItem.query(f"SUBSCRIPTIONS#{audience}")))


def _subscription(item: ExchangeItem) -> Subscription:
    return Subscription.from_dict(json.loads(item.card or ""))


def _organisation(principal: Principal, act: str = "subscription.create") -> str:
    if principal.organisation is None:
        raise Forbidden("只有单位可以订阅事件")
    access.require(principal, act, access.Resource(organisation=principal.organisation))
    return principal.organisation


def _secret(account: str, key: str) -> str:
    """The same request gives the same secret; nobody without the deployment's key can make it."""
    mac = sign_token({"account": account, "key": key}, "webhook-secret")
    return secret_from(hashlib.sha256(mac.encode()).digest())


def _context(subscription_id: str) -> str:
    return f"subscription:{subscription_id}"
