"""Changes in the catalogue's table: the log is the truth, its head and queue lines follow from it.

A command is one transaction: its events, the head at its next version, the lines of the queues, and
whatever of the item comes with it. A line `LINE#<queue>` stands in the index `queue` under the
queue's name, by when it is due; the head stands there under `timer`, by when it next wakes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.catalogue.changes import Change, replay
from chalicelib.catalogue.commands import Command
from chalicelib.catalogue.store import Row
from chalicelib.core.errors import NotFound
from chalicelib.core.events import Event
from chalicelib.core.time import to_text

TIMER = "timer"


def read(change_id: str) -> Change:
    """A change by its log: one strongly consistent Query. Raises NotFound."""
    events = log(change_id)
    if not events:
        raise NotFound(f"没有编号为{change_id}的事项变更")
    return replay(events)


def log(change_id: str) -> list[Event]:
    """The events of a change, oldest first."""
    rows = Row.query(change_pk(change_id), Row.sk.startswith("EVENT#"), consistent_read=True)
    return [Event.from_dict(row.body) for row in rows]


def waking(until: datetime, most: int = 200) -> list[str]:
    """The ids of changes whose moment has come."""
    found = Row.queue.query(TIMER, Row.queue_sk < f"{to_text(until)}~", limit=most)
    return [row.pk.removeprefix("CHANGE#") for row in found]


def put_head(
    command: Command, change: Change, summary: dict[str, Any], wakes_at: datetime | None
) -> None:
    """The head at its new version. Its events hold the condition that nobody was faster."""
    row = Row(change_pk(change.id), "HEAD", body=summary, version=change.version)
    if wakes_at is not None:
        row.queue_pk, row.queue_sk = TIMER, f"{to_text(wakes_at)}#{change.id}"
    command.put(row)


def lock(command: Command, code: str, change_id: str) -> None:
    """Take the item's one place for an open change."""
    row = Row(f"ITEM#{code}", "CHANGE", body={"id": change_id})
    command.put(row, Row.pk.does_not_exist(), "该事项已有一项变更在办,请先办结或撤回")


def unlock(command: Command, code: str) -> None:
    command.delete(Row(f"ITEM#{code}", "CHANGE", body={}))


def change_pk(change_id: str) -> str:
    return f"CHANGE#{change_id}"
