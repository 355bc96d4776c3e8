"""What a case owes, and the life of its payment order: pure decisions over an order's events.

What is owed follows from the version of the item that the case was opened under, and from the fee
list (行政许可法 art. 58-59): a charge that either does not have, or that is above its standard, is
refused. Sums are fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.catalogue.lists import Entry, off_the_list
from chalicelib.catalogue.model import FeeItem, Item
from chalicelib.catalogue.money import yuan
from chalicelib.core.errors import Conflict, InvalidInput, OutOfTurn, Problem
from chalicelib.core.events import Event

MOST_FEN = 100_000_000_00
MOST_QUANTITY = 10_000


class Rule(StrEnum):
    """The rules of supervision that a refusal here concerns."""

    OFF_THE_LIST = "F01"
    ABOVE_STANDARD = "F02"
    UNPAID = "F03"


class ChargeRefused(Problem):
    """A charge that may not be made. It is refused, and supervision is told."""

    status, slug, title = 409, "charge-refused", "不得收取此项费用"

    def __init__(self, rule: Rule, detail: str) -> None:
        super().__init__(detail)
        self.rule = rule


class Unpaid(Problem):
    """An act that has to wait for the payment."""

    status, slug, title = 409, "unpaid", "费用尚未缴清"


@dataclass(frozen=True, slots=True)
class Asked:
    """One charge as the clerk puts it.

    `amount_fen` is given where the standard leaves the sum to an assessment, with its `calculation`;
    `waiver` is the basis on which the charge is let off.
    """

    name: str
    quantity: int = 1
    amount_fen: int | None = None
    calculation: str = ""
    waiver: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """One line of an order. `amount_fen` is what is to be paid, after a waiver nothing."""

    name: str
    standard: str
    basis: str
    quantity: int
    amount_fen: int
    calculation: str = ""
    waiver: str = ""

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Charge:
        return cls(**raw)


class OrderStage(StrEnum):
    """Where an order stands."""

    DUE = "due"
    PAID = "paid"
    VOID = "void"


STAGE_WORDS: Mapping[OrderStage, str] = {
    OrderStage.DUE: "待缴费",
    OrderStage.PAID: "已缴费",
    OrderStage.VOID: "已作废",
}


@dataclass(frozen=True, slots=True)
class Refund:
    """Money on its way back, or back: `completed_at` says which."""

    id: str
    amount_fen: int
    reason: str
    asked_at: datetime
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Order:
    """A payment order as it stands; `version` is the number of its events."""

    id: str
    version: int
    stage: OrderStage
    case_no: str
    item_code: str
    item_version: int
    organisation: str
    point: str | None
    holder: str | None
    charges: tuple[Charge, ...]
    placed_at: datetime
    page: str = ""
    transaction: str = ""
    paid_at: datetime | None = None
    receipt_no: str = ""
    refunds: tuple[Refund, ...] = ()

    @property
    def total_fen(self) -> int:
        return sum(charge.amount_fen for charge in self.charges)

    @property
    def refunded_fen(self) -> int:
        return sum(refund.amount_fen for refund in self.refunds)


Facts = tuple[str, dict[str, Any]]


def assess(item: Item, listed: Iterable[Entry], asked: Sequence[Asked]) -> tuple[Charge, ...]:
    """The lines of an order for a case of this version of the item.

    Raises ChargeRefused for a charge that the item or the fee list does not have, or above its
    standard; InvalidInput with a pointer below `/charges` for one that is incomplete.
    """
    if not asked:
        raise InvalidInput.at("/charges", "请至少填写一项收费")
    fees = {fee.name: fee for fee in item.fee.items}
    entries = tuple(listed)
    names = [each.name for each in asked]
    charges = []
    for index, each in enumerate(asked):
        fee = fees.get(each.name)
        if fee is None:
            raise ChargeRefused(Rule.OFF_THE_LIST, f"“{item.name}”不收“{each.name}”")
        reason = off_the_list(fee, entries)
        if reason is not None:
            raise ChargeRefused(Rule.OFF_THE_LIST, reason)
        if names.count(each.name) > 1:
            raise InvalidInput.at(f"/charges/{index}/name", "同一收费项目请合并为一行")
        charges.append(_charge(fee, each, f"/charges/{index}"))
    return tuple(charges)


def _charge(fee: FeeItem, asked: Asked, pointer: str) -> Charge:
    if not 1 <= asked.quantity <= MOST_QUANTITY:
        raise InvalidInput.at(f"{pointer}/quantity", f"数量应在1到{MOST_QUANTITY}之间")
    amount = asked.amount_fen
    if fee.amount_fen is not None:
        by_standard = fee.amount_fen * asked.quantity
        if amount is not None and amount > by_standard:
            raise ChargeRefused(
                Rule.ABOVE_STANDARD, f"“{fee.name}”超过标准“{fee.standard}”,应为{yuan(by_standard)}"
            )
        if amount is not None and amount != by_standard and not asked.waiver.strip():
            raise InvalidInput.at(f"{pointer}/waiver", "少收须写明减免依据")
        amount = by_standard if amount is None else amount
    elif amount is None or not 0 <= amount <= MOST_FEN:
        raise InvalidInput.at(f"{pointer}/amount_fen", f"“{fee.name}”按“{fee.standard}”,请填写金额")
    elif not asked.calculation.strip():
        raise InvalidInput.at(f"{pointer}/calculation", "请写明核定金额的计算过程")
    return Charge(
        name=fee.name,
        standard=fee.standard,
        basis=fee.basis,
        quantity=asked.quantity,
        amount_fen=amount,
        calculation=asked.calculation,
        waiver=asked.waiver,
    )


# --- the order's life -----------------------------------------------------------------------------


def evolve(order: Order | None, event: Event) -> Order:
    """The order after one more event. Raises ValueError for a log that cannot be."""
    data, now = event.data, event.at
    if event.type == "fee.ordered":
        return _ordered(event)
    if order is None or event.seq != order.version + 1:
        raise ValueError(f"{event.id} does not follow")
    order = replace(order, version=event.seq)
    match event.type:
        case "fee.paid":
            return replace(
                order,
                stage=OrderStage.PAID,
                transaction=data["transaction"],
                paid_at=now,
                receipt_no=data["receipt_no"],
            )
        case "fee.voided":
            return replace(order, stage=OrderStage.VOID)
        case "fee.refund_asked":
            refund = Refund(data["refund"], data["amount_fen"], data["reason"], now)
            return replace(order, refunds=(*order.refunds, refund))
        case "fee.refunded":
            refunds = tuple(
                replace(each, completed_at=now) if each.id == data["refund"] else each
                for each in order.refunds
            )
            return replace(order, refunds=refunds)
    raise ValueError(f"unknown event {event.type}")


def replay(events: Sequence[Event]) -> Order:
    """The order that a log tells of. Raises ValueError for an empty one."""
    order: Order | None = None
    for event in events:
        order = evolve(order, event)
    if order is None:
        raise ValueError("an order has at least its placing")
    return order


def _ordered(event: Event) -> Order:
    data = event.data
    return Order(
        id=event.subject,
        version=event.seq,
        stage=OrderStage.DUE,
        case_no=data["case_no"],
        item_code=data["item_code"],
        item_version=data["item_version"],
        organisation=data["organisation"],
        point=data.get("point"),
        holder=data.get("holder"),
        charges=tuple(Charge.from_dict(each) for each in data["charges"]),
        placed_at=event.at,
        page=data.get("page", ""),
    )


@dataclass(frozen=True, slots=True)
class Callback:
    """What the fee system says has happened: an order paid, or a refund carried out."""

    order_id: str
    kind: str
    amount_fen: int
    transaction: str
    at: datetime


def take_payment(order: Order, callback: Callback, receipt_no: str) -> list[Facts]:
    """The payment is in. Nothing, for a call that repeats what is known.

    Raises Conflict where the sum or the transaction is another than the order's, OutOfTurn for a
    void order: the money is there and has to be sorted out by people.
    """
    if order.stage is OrderStage.PAID:
        if order.transaction != callback.transaction:
            raise Conflict("该缴款单已由另一笔交易缴清")
        return []
    if order.stage is OrderStage.VOID:
        raise OutOfTurn("该缴款单已作废")
    if callback.amount_fen != order.total_fen:
        raise Conflict(f"到账{yuan(callback.amount_fen)},应缴{yuan(order.total_fen)}")
    return [("fee.paid", {"transaction": callback.transaction, "receipt_no": receipt_no})]


def waive_all(order_id: str) -> Facts:
    """An order that is let off altogether is settled without money."""
    return ("fee.paid", {"transaction": f"waived-{order_id}", "receipt_no": ""})


def void(order: Order) -> list[Facts]:
    """Take an unpaid order back. Raises OutOfTurn."""
    if order.stage is not OrderStage.DUE:
        raise OutOfTurn(f"缴款单{STAGE_WORDS[order.stage]},不能作废")
    return [("fee.voided", {})]


def ask_refund(order: Order, refund_id: str, amount_fen: int, reason: str) -> list[Facts]:
    """Send money back, at most what was paid. Raises OutOfTurn, InvalidInput."""
    if order.stage is not OrderStage.PAID:
        raise OutOfTurn(f"缴款单{STAGE_WORDS[order.stage]},不能退费")
    left = order.total_fen - order.refunded_fen
    if not 0 < amount_fen <= left:
        raise InvalidInput.at("/amount_fen", f"最多可退{yuan(left)}")
    return [("fee.refund_asked", {"refund": refund_id, "amount_fen": amount_fen, "reason": reason})]


def take_refund(order: Order, callback: Callback) -> list[Facts]:
    """The fee system has sent a refund; `callback.transaction` is the refund's id. Idempotent."""
    for refund in order.refunds:
        if refund.id == callback.transaction and refund.amount_fen == callback.amount_fen:
            return [] if refund.completed_at else [("fee.refunded", {"refund": refund.id})]
    raise Conflict("没有这笔退费,或金额不符")


def is_settled(orders: Iterable[Order]) -> bool:
    """Whether a case owes nothing: something was ordered, and every order that stands is paid."""
    standing = [order for order in orders if order.stage is not OrderStage.VOID]
    return bool(standing) and all(order.stage is OrderStage.PAID for order in standing)
