"""Handling limits in the table: what the code ships, until the district wrote its own."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import connection
from chalicelib.core.errors import StaleVersion
from chalicelib.supervision import answers
from chalicelib.supervision.limits import SHIPPED, HandlingLimits
from chalicelib.supervision.store import Row, dump

LIMITS: Final = "LIMITS"
CACHED_SECONDS: Final = 30.0
"""How long a process goes on with the limits it read: a change is everywhere after it."""


@dataclass(frozen=True, slots=True)
class _Cached:
    limits: HandlingLimits
    until: float


_cached: list[_Cached] = []


def forget() -> None:
    """Read the limits anew at the next question."""
    _cached.clear()


def limits() -> HandlingLimits:
    """The limits that hold: one GetItem, cached in the process."""
    now = time.monotonic()
    if not _cached or now >= _cached[0].until:
        _cached[:] = [_Cached(read(), now + CACHED_SECONDS)]
    return _cached[0].limits


def read() -> HandlingLimits:
    """The limits that hold, not from the cache."""
    try:
        row = Row.get(LIMITS, LIMITS, consistent_read=True)
    except Row.DoesNotExist:
        return SHIPPED
    return HandlingLimits.from_dict(json.loads(row.card or "{}"))


def write(
    changed: HandlingLimits, by: Mapping[str, Any], answer: answers.Answer | None = None
) -> None:
    """Put version `changed.version` in force and keep it for good. Raises StaleVersion."""
    current = Row(LIMITS, LIMITS, version=changed.version, card=dump(changed.to_dict()))
    past = Row(
        LIMITS,
        f"VERSION#{changed.version:05d}",
        card=dump({"limits": changed.to_dict(), **by}),
    )
    unmoved = Row.pk.does_not_exist() | (Row.version == changed.version - 1)
    try:
        with TransactWrite(connection=connection()) as transaction:
            transaction.save(current, condition=unmoved)
            transaction.save(past, condition=Row.pk.does_not_exist())
            if answer is not None:
                answers.add_to(transaction, answer)
    except TransactWriteError as refused:
        if refused.cause_response_code == "TransactionCanceledException":
            raise StaleVersion("处理时限已被他人修改,请刷新后重试") from refused
        raise
    forget()


def history() -> list[dict[str, Any]]:
    """Every version that was written, oldest first, with who wrote it and when."""
    found = Row.query(LIMITS, Row.sk.startswith("VERSION#"), page_size=100)
    return [json.loads(row.card or "{}") for row in found]
