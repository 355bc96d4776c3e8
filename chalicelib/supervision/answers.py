"""Answers kept under an Idempotency-Key, written in the transaction whose answer they are."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pynamodb.transactions import TransactWrite

from chalicelib.core.errors import KeyReused
from chalicelib.core.jsontext import compact
from chalicelib.supervision.store import Row

KEPT: Final = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under a caller's key. `fingerprint` is a digest of what was asked."""

    account: str
    key: str
    fingerprint: str

    def answered(self, body: Mapping[str, Any]) -> Answer:
        return Answer(self, body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered to a request."""

    asked: Asked
    body: Mapping[str, Any]


def add_to(transaction: TransactWrite, answer: Answer) -> None:
    """Keep the answer with what it answers; a key already used cancels the whole transaction."""
    transaction.save(_row(answer), condition=Row.pk.does_not_exist())


def _row(answer: Answer) -> Row:
    asked = answer.asked
    text = compact([asked.fingerprint, answer.body])
    return Row(f"KEY#{asked.account}", asked.key, card=text, expires_at=datetime.now(UTC) + KEPT)


def earlier(asked: Asked) -> dict[str, Any] | None:
    """The answer already given under this key, or None. Raises KeyReused for another request."""
    try:
        row = Row.get(f"KEY#{asked.account}", asked.key, consistent_read=True)
    except Row.DoesNotExist:
        return None
    known, body = json.loads(row.card or "[]")
    if known != asked.fingerprint:
        raise KeyReused
    return dict(body)
