"""Changes in the catalogue's table: the log is the truth, its head and queue lines follow from it.

A command is one transaction: its events, the head at its next version, the lines of the queues, and
whatever of the item comes with it. A line `LINE#<queue>` stands in the index `queue` under the
queue's name, by when it is due; the head stands there under `timer`, by when it next wakes.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.aws.tables import connection
from chalicelib.catalogue.changes import Change, replay
from chalicelib.catalogue.store import Row
from chalicelib.core.errors import Conflict, KeyReused, NotFound, StaleVersion
from chalicelib.core.events import Event
from chalicelib.core.time import to_text

TIMER = "timer"
MARKER_SECONDS = 7 * 24 * 3600


def read(change_id: str) -> Change:
    """A change by its log: one strongly consistent Query. Raises NotFound."""
    events = log(change_id)
    if not events:
        raise NotFound(f"没有编号为{change_id}的事项变更")
    return replay(events)


def log(change_id: str) -> list[Event]:
    """The events of a change, oldest first."""
    rows = Row.query(_pk(change_id), Row.sk.startswith("EVENT#"), consistent_read=True)
    return [Event.from_dict(row.body) for row in rows]


def queue_page(
    queue: str, limit: int, start: Mapping[str, Any] | None
) -> tuple[list[dict[str, Any]], dict[str, Any] | None]:
    """One page of a queue, the most urgent first: one Query of the index."""
    found = Row.queue.query(
        queue, limit=limit, page_size=limit, last_evaluated_key=dict(start) if start else None
    )
    rows = [row.body for row in found]
    return rows, found.last_evaluated_key


def waking(until: datetime, most: int = 200) -> list[str]:
    """The ids of changes whose moment has come."""
    found = Row.queue.query(TIMER, Row.queue_sk < f"{to_text(until)}~", limit=most)
    return [row.pk.removeprefix("CHANGE#") for row in found]


class Command:
    """One transaction under construction."""

    def __init__(self) -> None:
        self.transaction = TransactWrite(connection=connection())
        self._refusals: list[str] = []
        """For each action, what its failed condition means to the caller."""

    def put(self, row: Row, condition: Any = None, refusal: str = "") -> None:
        self.transaction.save(row, condition=condition)
        self._refusals.append(refusal)

    def delete(self, row: Row) -> None:
        self.transaction.delete(row)
        self._refusals.append("")

    def events(self, events: Iterable[Event]) -> None:
        for event in events:
            row = Row(_pk(event.subject), f"EVENT#{event.seq:05d}", body=event.to_dict())
            self.put(row, Row.pk.does_not_exist(), "内容已被他人更新,请刷新后重试")

    def head(self, change: Change, summary: dict[str, Any], wakes_at: datetime | None) -> None:
        """The head at its new version. Its events hold the condition that nobody was faster."""
        row = Row(_pk(change.id), "HEAD", body=summary, version=change.version)
        if wakes_at is not None:
            row.queue_pk, row.queue_sk = TIMER, f"{to_text(wakes_at)}#{change.id}"
        self.put(row)

    def lines(
        self, change_id: str, before: Mapping[str, str], after: Mapping[str, str], summary: Any
    ) -> None:
        """Queue name → when it is due there: what is gone is deleted, the rest is put anew."""
        for queue in before.keys() - after.keys():
            self.delete(Row(_pk(change_id), f"LINE#{queue}", body={}))
        for queue, due in after.items():
            row = Row(_pk(change_id), f"LINE#{queue}", body=summary)
            row.queue_pk, row.queue_sk = queue, f"{due}#{change_id}"
            self.put(row)

    def lock(self, code: str, change_id: str) -> None:
        """Take the item's one place for an open change."""
        self.put(
            Row(f"ITEM#{code}", "CHANGE", body={"id": change_id}),
            Row.pk.does_not_exist(),
            "该事项已有一项变更在办,请先办结或撤回",
        )

    def unlock(self, code: str) -> None:
        self.delete(Row(f"ITEM#{code}", "CHANGE", body={}))

    def remember(self, request: Request, answer: Mapping[str, Any]) -> None:
        """Keep the answer under the request's key, for as long as a client may retry."""
        row = Row(request.pk, "MARKER", body={"of": request.fingerprint, "answer": dict(answer)})
        row.expires_at = int(time.time()) + MARKER_SECONDS
        self.put(row, Row.pk.does_not_exist(), _REPEATED)

    def commit(self) -> None:
        """All or nothing. Raises Repeated, StaleVersion or Conflict by the first failed condition."""
        try:
            self.transaction._commit()
        except TransactWriteError as error:
            for reason, refusal in zip(error.cancellation_reasons, self._refusals, strict=True):
                if reason is None:
                    continue
                if reason.code == "ConditionalCheckFailed" and refusal == _REPEATED:
                    raise Repeated from error
                if reason.code == "ConditionalCheckFailed" and "更新" not in refusal:
                    raise Conflict(refusal) from error
                if reason.code in ("ConditionalCheckFailed", "TransactionConflict"):
                    raise StaleVersion("内容已被他人更新,请刷新后重试") from error
            raise


_REPEATED = "repeated"


class Repeated(Exception):
    """This very key has been used: the answer is under its marker."""


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


def _pk(change_id: str) -> str:
    return f"CHANGE#{change_id}"
