"""Payment orders in the catalogue's table: logs, the case's standing, the day's payments, refusals.

The log of an order is the truth (`FEE#<order>`); a case's standing (`FEES#<case>` / `STATE`) moves
with it in the same transaction, so another room can hold its own transaction to it. What was
refused stands in the case's log, from where the stream tells supervision.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from pynamodb.transactions import TransactWrite

from chalicelib.catalogue import charging
from chalicelib.catalogue.charging import Order, OrderStage
from chalicelib.catalogue.commands import Command
from chalicelib.catalogue.model import Item
from chalicelib.catalogue.reconciliation import Received
from chalicelib.catalogue.store import Row
from chalicelib.core.errors import NotFound, StaleVersion
from chalicelib.core.events import Actor, Event
from chalicelib.core.time import SHANGHAI, to_text

MOST_TRIES = 5


def read_order(order_id: str) -> Order:
    """An order by its log. Raises NotFound."""
    rows = Row.query(order_pk(order_id), Row.sk.startswith("EVENT#"), consistent_read=True)
    events = [Event.from_dict(row.body) for row in rows]
    if not events:
        raise NotFound(f"没有编号为{order_id}的缴款单")
    return charging.replay(events)


def put_standing(command: Command, changed: Order, known: Sequence[Order]) -> None:
    """The case's standing, on the condition that no other order of it moved in between."""
    orders = {order.id: order for order in known} | {changed.id: changed}
    row = Row(
        case_pk(changed.case_no),
        "STATE",
        body={"orders": list(orders)},
        version=sum(order.version for order in orders.values()),
        closed="settled" if charging.is_settled(orders.values()) else "owing",
    )
    seen = sum(order.version for order in known)
    command.put(row, Row.version == seen if seen else Row.pk.does_not_exist())


def orders_of(case_no: str) -> list[Order]:
    try:
        row = Row.get(case_pk(case_no), "STATE", consistent_read=True)
    except Row.DoesNotExist:
        return []
    return [read_order(order_id) for order_id in row.body["orders"]]


def lines(order: Order) -> dict[str, str]:
    """A paid order stands under its day, for the reconciliation."""
    if order.stage is not OrderStage.PAID or order.paid_at is None:
        return {}
    day = order.paid_at.astimezone(SHANGHAI).date().isoformat()
    return {f"paid#{day}": to_text(order.paid_at)}


def settled_in(transaction: TransactWrite, item: Item, case_no: str) -> None:
    """Make another room's transaction fail unless the case owes nothing when it is written."""
    if item.fee.charged:
        transaction.condition_check(
            Row, case_pk(case_no), "STATE", condition=Row.closed == "settled"
        )


def is_settled(case_no: str) -> bool:
    """Whether everything that was ordered for a case is paid, and something was. One GetItem."""
    try:
        return Row.get(case_pk(case_no), "STATE", consistent_read=True).closed == "settled"
    except Row.DoesNotExist:
        return False


def append_refusal(case_no: str, actor: Actor, data: Mapping[str, Any], now: datetime) -> None:
    """Note what was tried. Losing the race for a number only means trying the next."""
    pk = case_pk(case_no)
    for _ in range(MOST_TRIES):
        seq = Row.count(pk, Row.sk.startswith("EVENT#"), consistent_read=True) + 1
        command = Command()
        command.events(pk, [Event(case_no, seq, "fee.refused", now, actor, data)])
        try:
            command.commit()
        except StaleVersion:
            continue
        return


def paid_on(day: str) -> list[Received]:
    """The payments of a day (Asia/Shanghai) that money came in for."""
    return [
        Received(row.body["id"], row.body["transaction"], row.body["total_fen"])
        for row in Row.queue.query(f"paid#{day}")
        if row.body["total_fen"]
    ]


def append_reconciliation(
    command: Command, day: str, actor: Actor, result: Mapping[str, Any], now: datetime
) -> None:
    """Keep a day's reconciliation; a day may be reconciled again with a better statement."""
    pk = f"FEEDAY#{day}"
    seq = Row.count(pk, Row.sk.startswith("EVENT#"), consistent_read=True) + 1
    command.events(pk, [Event(day, seq, "fee.day_reconciled", now, actor, result)])


def order_pk(order_id: str) -> str:
    return f"FEE#{order_id}"


def case_pk(case_no: str) -> str:
    return f"FEES#{case_no}"
