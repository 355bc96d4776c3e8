"""How payment orders and receipts are shown."""

from __future__ import annotations

from typing import Any

from chalicelib.catalogue import charging
from chalicelib.catalogue.charging import Order
from chalicelib.catalogue.money import in_capitals, yuan
from chalicelib.core.time import to_text


def order_view(order: Order) -> dict[str, Any]:
    """An order as its payer and the clerks see it."""
    return {
        "id": order.id,
        "version": order.version,
        "stage": str(order.stage),
        "stage_text": charging.STAGE_WORDS[order.stage],
        "case_no": order.case_no,
        "item_code": order.item_code,
        "item_version": order.item_version,
        "charges": [charge.to_dict() for charge in order.charges],
        "total_fen": order.total_fen,
        "total_text": yuan(order.total_fen),
        "page": order.page,
        "placed_at": to_text(order.placed_at),
        "paid_at": order.paid_at and to_text(order.paid_at),
        "transaction": order.transaction,
        "receipt_no": order.receipt_no,
        "refunds": [
            {
                "id": each.id,
                "amount_fen": each.amount_fen,
                "reason": each.reason,
                "completed_at": each.completed_at and to_text(each.completed_at),
            }
            for each in order.refunds
        ],
    }


def receipt_view(order: Order) -> dict[str, Any]:
    """The receipt of a paid order."""
    return {
        "receipt_no": order.receipt_no,
        "order_id": order.id,
        "case_no": order.case_no,
        "charges": [charge.to_dict() for charge in order.charges],
        "total_fen": order.total_fen,
        "total_in_words": in_capitals(order.total_fen),
        "refunded_fen": order.refunded_fen,
        "paid_at": order.paid_at and to_text(order.paid_at),
        "transaction": order.transaction,
    }
