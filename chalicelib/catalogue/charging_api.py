"""Charging over HTTP: orders, the fee system's callback, receipts, refunds, the day's statement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from chalice.app import Blueprint
from pydantic import AwareDatetime, Field

from chalicelib.catalogue import charging_service
from chalicelib.catalogue.charging import MOST_FEN, MOST_QUANTITY, Asked, Callback
from chalicelib.catalogue.commands import Request
from chalicelib.catalogue.reconciliation import Received
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)

Fen = Annotated[int, Field(ge=0, le=MOST_FEN)]
Id = Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_-]+$")]


class ChargeIn(Input):
    """One charge: a fee of the item by its name."""

    name: Annotated[str, Field(min_length=1, max_length=100)]
    quantity: Annotated[int, Field(ge=1, le=MOST_QUANTITY)] = 1
    amount_fen: Annotated[Fen | None, Field(description="标准不定额时核定的金额(分)")] = None
    calculation: Annotated[str, Field(max_length=1000, description="核定金额的计算过程")] = ""
    waiver: Annotated[str, Field(max_length=1000, description="减免依据")] = ""


class OrderIn(Input):
    """What a case owes."""

    case_no: Annotated[str, Field(min_length=1, max_length=40)]
    charges: Annotated[list[ChargeIn], Field(min_length=1, max_length=50)]


class CallbackIn(Input):
    """The fee system's report, signed by HMAC-SHA256 over its fields (`docs/catalogue.md`)."""

    kind: Literal["paid", "refunded"]
    order_id: Id
    amount_fen: Fen
    transaction: Id
    at: AwareDatetime
    signature: Annotated[str, Field(min_length=64, max_length=64)]


class RefundIn(Input):
    """Money to send back."""

    amount_fen: Annotated[int, Field(ge=1, le=MOST_FEN)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]


class StatementLine(Input):
    """One payment of the fee system's statement."""

    order_id: Id
    transaction: Id
    amount_fen: Fen


class Statement(Input):
    """What the fee system received on a day."""

    day: date
    payments: Annotated[list[StatementLine], Field(max_length=20_000)]


class OrdersQuery(Input):
    """Whose orders."""

    case_no: Annotated[str, Field(min_length=1, max_length=40)]


@bp.route("/v1/payment-orders", methods=["POST"], authorizer=jwt_authorizer)
@view(act="fee.order", body=OrderIn, status=201, summary="开具缴款单")
def place(call: Call[OrderIn]) -> Reply:
    """Order what a case owes by its item's version and the fee list."""
    charges = [
        Asked(each.name, each.quantity, each.amount_fen, each.calculation, each.waiver)
        for each in call.body.charges
    ]
    order = charging_service.place(call.principal, call.body.case_no, charges, _request(call))
    return _order(order, {"Location": f"/v1/payment-orders/{order['id']}"})


@bp.route("/v1/payment-orders", methods=["GET"], authorizer=jwt_authorizer)
@view(act="fee.read", query=OrdersQuery, summary="办件的缴款单")
def list_orders(call: Call[None, OrdersQuery]) -> dict[str, Any]:
    """The orders of a case, oldest first."""
    orders = charging_service.orders_of(call.principal, call.query.case_no)
    return {"items": orders, "next_cursor": None}


@bp.route("/v1/payment-orders/{order_id}/receipt", methods=["GET"], authorizer=jwt_authorizer)
@view(act="fee.read", summary="财政票据")
def read_receipt(call: Call, order_id: str) -> dict[str, Any]:
    """The receipt of a paid order."""
    return charging_service.receipt(call.principal, order_id)


@bp.route("/v1/payment-orders/{order_id}/void", methods=["POST"], authorizer=jwt_authorizer)
@view(act="fee.order", summary="作废缴款单")
def void(call: Call, order_id: str) -> Reply:
    """Take an unpaid order back."""
    return _order(charging_service.void(call.principal, order_id, _request(call)))


@bp.route("/v1/payment-orders/{order_id}/refund", methods=["POST"], authorizer=jwt_authorizer)
@view(act="fee.refund", body=RefundIn, summary="退费")
def refund(call: Call[RefundIn], order_id: str) -> Reply:
    """Send money back; the fee system reports when it is done."""
    asked = call.body
    return _order(
        charging_service.refund(
            call.principal, order_id, asked.amount_fen, asked.reason, _request(call)
        )
    )


@bp.route("/v1/payment-callbacks", methods=["POST"])
@view(act="fee.confirm", body=CallbackIn, public=True, refuses=(403,), summary="收费系统回调")
def take_callback(call: Call[CallbackIn]) -> dict[str, Any]:
    """What the fee system reports. Its signature is its authority; nothing else is asked."""
    said = call.body
    at: datetime = said.at
    callback = Callback(said.order_id, said.kind, said.amount_fen, said.transaction, at)
    order = charging_service.callback(callback, said.signature)
    return {"id": order["id"], "stage": order["stage"]}


@bp.route("/v1/payment-statements", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="fee.reconcile",
    body=Statement,
    summary="当日对账",
    body_limit=4 * 1024 * 1024,
)
def reconcile(call: Call[Statement]) -> dict[str, Any]:
    """Compare a day's payments with the fee system's statement."""
    payments = [
        Received(each.order_id, each.transaction, each.amount_fen) for each in call.body.payments
    ]
    day = call.body.day.isoformat()
    return charging_service.settle_day(call.principal, day, payments, _request(call))


def _request(call: Call[Any]) -> Request:
    return Request(call.principal.account, call.idempotency_key, call.fingerprint)


def _order(order: dict[str, Any], headers: dict[str, str] | None = None) -> Reply:
    return Reply(order, headers=headers or {}, etag=str(order["version"]))
