"""One transaction of the catalogue's table, and the answer that a repeated request gets again."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from pynamodb.exceptions import TransactWriteError

from chalicelib.aws.tables import Transaction
from chalicelib.catalogue.store import Row
from chalicelib.core.errors import Conflict, KeyReused, StaleVersion
from chalicelib.core.events import Event

MARKER_SECONDS = 7 * 24 * 3600
MOVED = "内容已被他人更新,请刷新后重试"
_REPEATED = "repeated"


class Repeated(Exception):
    """This very key has been used: the answer is under its marker."""


class Command:
    """One transaction under construction. Each condition comes with what its failure means."""

    def __init__(self) -> None:
        self.transaction = Transaction()
        self._refusals: list[str] = []

    def put(self, row: Row, condition: Any = None, refusal: str = MOVED) -> None:
        self.transaction.save(row, condition=condition)
        self._refusals.append(refusal)

    def delete(self, row: Row) -> None:
        self.transaction.delete(row)
        self._refusals.append(MOVED)

    def events(self, pk: str, events: Iterable[Event]) -> None:
        """Append to a log. Whoever was faster has taken the next number."""
        for event in events:
            row = Row(pk, f"EVENT#{event.seq:05d}", body=event.to_dict())
            self.put(row, Row.pk.does_not_exist())

    def lines(
        self, pk: str, before: Mapping[str, str], after: Mapping[str, str], body: dict[str, Any]
    ) -> None:
        """Places in queues, queue → what orders it there: what is gone is deleted, the rest put."""
        for queue in before.keys() - after.keys():
            self.delete(Row(pk, f"LINE#{queue}", body={}))
        for queue, order in after.items():
            row = Row(pk, f"LINE#{queue}", body=body)
            row.queue_pk, row.queue_sk = queue, f"{order}#{pk.partition('#')[2]}"
            self.put(row)

    def remember(self, request: Request, answer: Mapping[str, Any]) -> None:
        """Keep the answer under the request's key, for as long as a client may retry."""
        row = Row(request.pk, "MARKER", body={"of": request.fingerprint, "answer": dict(answer)})
        row.expires_at = int(time.time()) + MARKER_SECONDS
        self.put(row, Row.pk.does_not_exist(), _REPEATED)

    def commit(self) -> None:
        """All or nothing. Raises Repeated, StaleVersion, or Conflict with a condition's own words."""
        try:
            self.transaction._commit()
        except TransactWriteError as error:
            reasons = [reason.code if reason else None for reason in error.cancellation_reasons]
            failed = [
                refusal
                for code, refusal in zip(reasons, self._refusals, strict=True)
                if code == "ConditionalCheckFailed"
            ]
            if _REPEATED in failed:
                raise Repeated from error
            if any(refusal != MOVED for refusal in failed):
                raise Conflict(next(each for each in failed if each != MOVED)) from error
            if failed or "TransactionConflict" in reasons:
                raise StaleVersion(MOVED) from error
            raise


class Request:
    """A caller's Idempotency-Key and the digest of what was asked under it."""

    def __init__(self, account: str, key: str, fingerprint: str) -> None:
        digest = hashlib.sha256(json.dumps([account, key]).encode()).hexdigest()
        self.pk = f"KEY#{digest[:40]}"
        self.fingerprint = fingerprint

    def answered(self) -> dict[str, Any] | None:
        """The first answer under this key, or None. Raises KeyReused for another request."""
        try:
            row = Row.get(self.pk, "MARKER", consistent_read=True)
        except Row.DoesNotExist:
            return None
        if row.body["of"] != self.fingerprint:
            raise KeyReused("这个重复提交标识已经用于另一份内容,请换一个新的")
        answer: dict[str, Any] = row.body["answer"]
        return answer


def queue_page(
    queue: str, limit: int, start: Mapping[str, Any] | None
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """One page of a queue, the most urgent first: one Query of the index."""
    found = Row.queue.query(
        queue, limit=limit, page_size=limit, last_evaluated_key=dict(start) if start else None
    )
    rows = [row.body for row in found]
    return rows, found.last_evaluated_key
