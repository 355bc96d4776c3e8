"""HTTP of subscriptions: departments' own systems hear of events, and look after what failed."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.exchange import deliveries, subscribing
from chalicelib.exchange.shapes import (
    Deliveries,
    DeliveryQuery,
    DeliveryShown,
    RedeliveryBody,
    ReplayBody,
    ReplayShown,
    SubscriptionBody,
    Subscriptions,
    SubscriptionShown,
)
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.view import Call, view

bp = Blueprint(__name__)


@bp.route("/v1/subscriptions", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="subscription.create",
    body=SubscriptionBody,
    returns=SubscriptionShown,
    status=201,
    summary="订阅事件/Subscribe a system",
)
def subscribe(call: Call[SubscriptionBody]) -> SubscriptionShown:
    """The secret to verify deliveries with is in this answer and nowhere else."""
    made, secret = subscribing.subscribe(
        call.principal,
        call.body.types,
        call.body.url,
        key=call.idempotency_key,
        fingerprint=call.fingerprint,
    )
    return SubscriptionShown.of(made, secret)


@bp.route("/v1/subscriptions", methods=["GET"], authorizer=jwt_authorizer)
@view(act="subscription.read", returns=Subscriptions, summary="本单位的订阅/Subscriptions")
def list_subscriptions(call: Call) -> Subscriptions:
    found = subscribing.subscriptions_of(call.principal)
    return Subscriptions(items=list(map(SubscriptionShown.of, found)))


@bp.route("/v1/subscriptions/{subscription_id}", methods=["DELETE"], authorizer=jwt_authorizer)
@view(act="subscription.delete", status=204, summary="取消订阅/Unsubscribe")
def unsubscribe(call: Call, subscription_id: str) -> None:
    subscribing.unsubscribe(call.principal, subscription_id)


@bp.route(
    "/v1/subscriptions/{subscription_id}/deliveries", methods=["GET"], authorizer=jwt_authorizer
)
@view(
    act="subscription.read", query=DeliveryQuery, returns=Deliveries, summary="投递情况/Deliveries"
)
def list_deliveries(call: Call[None, DeliveryQuery], subscription_id: str) -> Deliveries:
    """By default the dead letters: what was given up."""
    subscription = subscribing.own(call.principal, subscription_id, "subscription.read")
    listing = f"deliveries:{subscription_id}:{call.query.state}"
    found, last = deliveries.deliveries(
        subscription, call.query.state, call.query.limit, decode_cursor(call.query.cursor, listing)
    )
    return Deliveries(
        items=list(map(DeliveryShown.of, found)), next_cursor=encode_cursor(last, listing)
    )


@bp.route(
    "/v1/subscriptions/{subscription_id}/redelivery", methods=["POST"], authorizer=jwt_authorizer
)
@view(act="subscription.create", body=RedeliveryBody, status=202, summary="重新投递/Send again")
def redeliver(call: Call[RedeliveryBody], subscription_id: str) -> dict[str, str]:
    """Put a dead letter back on its way."""
    subscription = subscribing.own(call.principal, subscription_id, "subscription.create")
    deliveries.send_again(subscription, call.body.key)
    return {"key": call.body.key}


@bp.route("/v1/subscriptions/{subscription_id}/replay", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="subscription.create",
    body=ReplayBody,
    returns=ReplayShown,
    status=202,
    summary="重放事件/Replay from the archive",
)
def replay(call: Call[ReplayBody], subscription_id: str) -> ReplayShown:
    """Events of a span of time once more, to this subscription alone."""
    subscription = subscribing.own(call.principal, subscription_id, "subscription.create")
    since, until = call.body.since, call.body.until
    name = deliveries.replay(
        subscription, since, until, key=f"{call.principal.account}\n{call.idempotency_key}"
    )
    return ReplayShown(replay=name, since=since, until=until)
