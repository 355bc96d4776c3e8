"""Charging as use cases: order, callback, receipt, refund, reconciliation, and the guard on acts."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from chalicelib.aws.settings import clock
from chalicelib.catalogue import charging, charging_store, list_store, ports, signatures
from chalicelib.catalogue.charging import (
    Asked,
    Callback,
    ChargeRefused,
    Facts,
    Order,
    OrderStage,
    Rule,
    Unpaid,
)
from chalicelib.catalogue.charging_views import order_view, receipt_view
from chalicelib.catalogue.commands import Command, Repeated, Request
from chalicelib.catalogue.in_force import item_version
from chalicelib.catalogue.lists import ListKind
from chalicelib.catalogue.model import Item
from chalicelib.catalogue.owners import owner_of
from chalicelib.catalogue.ports import CaseFacts
from chalicelib.catalogue.reconciliation import Received, reconcile
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import Conflict, Forbidden, NotFound, OutOfTurn
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import SYSTEM, THE_SYSTEM, Principal
from chalicelib.core.time import SHANGHAI

Answer = dict[str, Any]
SYSTEM_ACTOR = Actor(THE_SYSTEM.account, SYSTEM)


def place(principal: Principal, case_no: str, asked: Sequence[Asked], request: Request) -> Answer:
    """Order what a case owes. The answer is the order's view, with the page to pay on.

    Raises NotFound, Forbidden, ChargeRefused (told to supervision), InvalidInput, KeyReused.
    """
    answered = request.answered()
    if answered is not None:
        return answered
    case = _case(case_no)
    require(principal, "fee.order", _resource(case))
    if not case.open:
        raise Conflict("办件已经办结,不能再收费")
    now = clock().now()
    item = item_version(case.item_code, case.item_version)
    listed = list_store.find(ListKind.FEES, [each.name for each in asked])
    try:
        charges = charging.assess(item, listed, asked)
    except ChargeRefused as refused:
        _note_refusal(case, refused.rule, refused.detail, _actor(principal))
        raise
    order_id = f"JF{now:%Y%m%d}{secrets.token_hex(5).upper()}"
    total = sum(charge.amount_fen for charge in charges)
    page = ports.fee_system().place(order_id, total, item.name) if total else ""
    facts: list[Facts] = [
        (
            "fee.ordered",
            {
                "case_no": case_no,
                "item_code": item.code,
                "item_version": item.version,
                "organisation": case.organisation,
                "point": case.point,
                "holder": case.holder,
                "charges": [charge.to_dict() for charge in charges],
                "page": page,
            },
        )
    ]
    if total == 0:
        facts.append(charging.waive_all(order_id))
    events = _events(order_id, facts, _actor(principal), now)
    return _commit(None, events, request)


def callback(said: Callback, signature: str) -> Answer:
    """What the fee system reports. Raises Forbidden for a signature that is not its own.

    The same report twice is one payment. A report that cannot be, of another sum or for a void
    order, is refused and told to supervision: the money has to be sorted out by people.
    """
    if not signatures.is_signed(said, signature):
        raise Forbidden("回调签名不正确")
    order = charging_store.read_order(said.order_id)
    now = clock().now()
    try:
        if said.kind == signatures.REFUNDED:
            facts = charging.take_refund(order, said)
        else:
            facts = charging.take_payment(order, said, _receipt_no(order, now))
    except (Conflict, OutOfTurn) as refused:
        _note_refusal(_case(order.case_no), None, refused.detail, SYSTEM_ACTOR)
        raise
    if not facts:
        return order_view(order)
    return _commit(order, _events(order, facts, SYSTEM_ACTOR, now), None)


def void(principal: Principal, order_id: str, request: Request) -> Answer:
    """Take an unpaid order back. Raises Forbidden, OutOfTurn."""
    answered = request.answered()
    if answered is not None:
        return answered
    order = charging_store.read_order(order_id)
    require(principal, "fee.order", _resource(order))
    facts = charging.void(order)
    now = clock().now()
    return _commit(order, _events(order, facts, _actor(principal), now), request)


def refund(
    principal: Principal, order_id: str, amount_fen: int, reason: str, request: Request
) -> Answer:
    """Send money back, by whoever keeps the fee list. Raises Forbidden, OutOfTurn, InvalidInput."""
    answered = request.answered()
    if answered is not None:
        return answered
    require(principal, "fee.refund", Resource(list_owner=owner_of(ListKind.FEES)))
    order = charging_store.read_order(order_id)
    refund_id = f"TF{secrets.token_hex(6).upper()}"
    facts = charging.ask_refund(order, refund_id, amount_fen, reason)
    now = clock().now()
    events = _events(order, facts, _actor(principal), now)
    answer = _commit(order, events, request)
    ports.fee_system().refund(order_id, refund_id, amount_fen, reason)
    return answer


def retry_refunds(order_id: str) -> int:
    """Ask the fee system again for refunds that are not back; it knows them by their id."""
    pending = [
        each for each in charging_store.read_order(order_id).refunds if each.completed_at is None
    ]
    for each in pending:
        ports.fee_system().refund(order_id, each.id, each.amount_fen, each.reason)
    return len(pending)


def receipt(principal: Principal, order_id: str) -> Answer:
    """The receipt of a paid order. Raises Forbidden, NotFound before it is paid."""
    order = charging_store.read_order(order_id)
    require(principal, "fee.read", _resource(order))
    if order.stage is not OrderStage.PAID or not order.receipt_no:
        raise NotFound("该缴款单没有票据:尚未缴费,或已全部减免")
    return receipt_view(order)


def orders_of(principal: Principal, case_no: str) -> list[Answer]:
    """The orders of a case, oldest first. Raises Forbidden, NotFound."""
    require(principal, "fee.read", _resource(_case(case_no)))
    return [order_view(order) for order in charging_store.orders_of(case_no)]


def settle_day(
    principal: Principal, day: str, statement: Sequence[Received], request: Request
) -> Answer:
    """Compare a day's payments with the fee system's statement; kept, and told if they differ."""
    answered = request.answered()
    if answered is not None:
        return answered
    require(principal, "fee.reconcile", Resource(list_owner=owner_of(ListKind.FEES)))
    result = reconcile(day, charging_store.paid_on(day), statement).to_dict()
    command = Command()
    charging_store.append_reconciliation(command, day, _actor(principal), result, clock().now())
    command.remember(request, result)
    command.commit()
    return result


def require_settled(item: Item, case_no: str, act: str) -> None:
    """Refuse an act that has to wait for the payment (F03), and tell supervision.

    Nothing for an item without charges. Raises Unpaid.
    """
    if not item.fee.charged or charging_store.is_settled(case_no):
        return
    detail = f"“{item.name}”的费用尚未缴清,不能{act}"
    _note_refusal(_case(case_no), Rule.UNPAID, detail, SYSTEM_ACTOR)
    raise Unpaid(detail)


# --- one command ----------------------------------------------------------------------------------


def _commit(before: Order | None, events: Sequence[Event], request: Request | None) -> Answer:
    after = before
    for event in events:
        after = charging.evolve(after, event)
    if after is None:
        raise ValueError("a command appends at least one event")
    answer = order_view(after)
    command = Command()
    pk = charging_store.order_pk(after.id)
    command.events(pk, events)
    lines = charging_store.lines
    command.lines(pk, {} if before is None else lines(before), lines(after), answer)
    charging_store.put_standing(command, after, charging_store.orders_of(after.case_no))
    if request is not None:
        command.remember(request, answer)
    try:
        command.commit()
    except Repeated:
        repeated = request.answered() if request is not None else None
        if repeated is None:
            raise
        return repeated
    return answer


def _note_refusal(case: CaseFacts, rule: Rule | None, detail: str, actor: Actor) -> None:
    """Tell supervision what was tried."""
    data = {
        "case_no": case.case_no,
        "item_code": case.item_code,
        "organisation": case.organisation,
        "rule": None if rule is None else str(rule),
        "detail": detail,
    }
    charging_store.append_refusal(case.case_no, actor, data, clock().now())


def _case(case_no: str) -> CaseFacts:
    case = ports.case_facts(case_no)
    if case is None:
        raise NotFound(f"没有编号为{case_no}的办件")
    return case


def _resource(about: CaseFacts | Order) -> Resource:
    return Resource(
        holder=about.holder,
        organisation=about.organisation,
        point=about.point,
        list_owner=owner_of(ListKind.FEES),
    )


def _events(order: Order | str, facts: Sequence[Facts], actor: Actor, now: datetime) -> list[Event]:
    """Events that follow on an order; or that begin one, whose id it is."""
    subject, last = (order, 0) if isinstance(order, str) else (order.id, order.version)
    return [
        Event(subject, last + number, kind, now, actor, data)
        for number, (kind, data) in enumerate(facts, 1)
    ]


def _actor(principal: Principal) -> Actor:
    role = min(principal.roles, default=SYSTEM)
    return Actor(principal.account, role, principal.organisation, principal.point)


def _receipt_no(order: Order, now: datetime) -> str:
    """Unique by the order it belongs to; the day comes first, as archives sort by it."""
    return f"PJ{now.astimezone(SHANGHAI):%Y%m%d}{order.id[-10:]}"
