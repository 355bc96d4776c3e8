"""Alarms in the table: raised once, changed version by version, listed without a filter."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import PutError, TransactWriteError, UpdateError

from chalicelib.aws.tables import Transaction
from chalicelib.calendars.service import working_calendar
from chalicelib.core.errors import NotFound, StaleVersion
from chalicelib.core.jsontext import compact
from chalicelib.core.time import to_text
from chalicelib.supervision import answers, cell_store, limit_store
from chalicelib.supervision.handling import counts, next_step
from chalicelib.supervision.measures import Counts, difference, from_json, to_json, total
from chalicelib.supervision.model import Alarm, AlarmState, Level
from chalicelib.supervision.store import CONDITION_FAILED, Row, dump

ALL: Final = "ALARM"
DUE: Final = "DUE"
PAGE: Final = 50


def row_of(alarm: Alarm, carried: Counts | None = None) -> Row:
    """The item of an alarm, with the keys of every list it stands in."""
    rank = f"{alarm.level.gravity}#{to_text(alarm.raised_at)}#{alarm.id}"
    of_unit = f"{ALL}#{alarm.organisation}"
    policy = limit_store.limits().alarms
    ahead = next_step(alarm, working_calendar(), alarm.raised_at, policy)
    due = f"{to_text(ahead.at)}#{alarm.id}" if ahead.act and ahead.at else None
    return Row(
        f"ALARM#{alarm.id}",
        "ALARM",
        version=alarm.version,
        card=dump(alarm.to_dict()),
        carried=compact(to_json(carried)) if carried else None,
        district_pk=ALL,
        district_sk=rank,
        district_state_pk=ALL,
        district_state_sk=f"{alarm.state.value}#{rank}",
        unit_pk=of_unit,
        unit_sk=rank,
        unit_state_pk=of_unit,
        unit_state_sk=f"{alarm.state.value}#{rank}",
        time_pk=DUE if due else None,
        time_sk=due,
    )


def put(alarm: Alarm) -> bool:
    """Raise an alarm that no case's log stands behind. False where it stands already."""
    try:
        row_of(alarm).save(condition=Row.pk.does_not_exist())
    except PutError as refused:
        if refused.cause_response_code == CONDITION_FAILED:
            return False
        raise
    return True


@dataclass(frozen=True, slots=True)
class Stored:
    """An alarm with what its item keeps beside it: the waiting token and what the wait saw."""

    alarm: Alarm
    token: str | None = None
    seen: int = 0
    carried: Counts | None = None


def read(identifier: str) -> Stored:
    """The alarm as stored, strongly consistent. Raises NotFound."""
    try:
        row = Row.get(f"ALARM#{identifier}", "ALARM", consistent_read=True)
    except Row.DoesNotExist:
        raise NotFound("没有这条预警") from None
    return Stored(
        alarm=alarm_of(row),
        token=row.token,
        seen=int(row.seen or 0),
        carried=from_json(json.loads(row.carried)) if row.carried else None,
    )


def stored_of(image: Mapping[str, Mapping[str, Any]]) -> Stored:
    """An alarm as the stream shows its item."""
    return Stored(
        alarm=Alarm.from_dict(json.loads(image["card"]["S"])),
        token=image.get("token", {}).get("S"),
        seen=int(image.get("seen", {}).get("N", 0)),
    )


def alarm_of(row: Row) -> Alarm:
    """The alarm that an item or an index entry shows."""
    return Alarm.from_dict(json.loads(row.card or "{}"))


def save(
    stored: Stored,
    changed: Alarm,
    answer: answers.Answer | None = None,
    *,
    by_time: bool = False,
) -> None:
    """Write the next version of an alarm and what it changes in the figures, in one transaction.

    The figures change by the difference of what the alarm counts, and by what it carried when it
    was raised. `by_time` says that its own machine acts, whose token is spent thereby. Raises
    StaleVersion when somebody was quicker.
    """
    counted = changed.state is not AlarmState.RAISED
    delta = difference(counts(changed), counts(stored.alarm))
    if stored.carried and counted:
        delta = total([delta, stored.carried])
    row = row_of(changed)
    actions: list[Any] = [
        Row.version.set(row.version),
        Row.card.set(row.card),
        Row.district_state_sk.set(row.district_state_sk),
        Row.unit_state_sk.set(row.unit_state_sk),
    ]
    if row.time_pk:
        actions += [Row.time_pk.set(row.time_pk), Row.time_sk.set(row.time_sk)]
    else:
        actions += [Row.time_pk.remove(), Row.time_sk.remove()]
    if stored.carried and counted:
        actions.append(Row.carried.remove())
    if by_time:
        actions += [Row.token.remove(), Row.seen.remove()]
    try:
        with Transaction() as transaction:
            transaction.update(
                Row(row.pk, row.sk),
                actions=actions,
                condition=Row.version == stored.alarm.version,
            )
            cell_store.add_to(transaction, delta)
            if answer is not None:
                answers.add_to(transaction, answer)
    except TransactWriteError as refused:
        if refused.cause_response_code == "TransactionCanceledException":
            raise StaleVersion("该预警已被他人处理,请刷新后重试") from refused
        raise


def keep_token(identifier: str, token: str, seen: int) -> bool:
    """Keep the token of a wait that saw version `seen`; False where the alarm has moved on."""
    try:
        Row(f"ALARM#{identifier}", "ALARM").update(
            [Row.token.set(token), Row.seen.set(seen)], condition=Row.version == seen
        )
    except UpdateError as refused:
        if refused.cause_response_code == CONDITION_FAILED:
            return False
        raise
    return True


@dataclass(frozen=True, slots=True)
class Page:
    """Alarms in order, and the key to go on from (None at the end)."""

    alarms: tuple[Alarm, ...]
    last_key: dict[str, Any] | None


def page(
    level: Level | None = None,
    organisation: str | None = None,
    state: AlarmState | None = None,
    limit: int = PAGE,
    start: Mapping[str, Any] | None = None,
) -> Page:
    """One page of alarms, gravest and newest first: one Query, no filter."""
    hash_key = f"{ALL}#{organisation}" if organisation else ALL
    prefix = f"{level.gravity}#" if level else ""
    index: Any
    if state:
        prefix = f"{state.value}#{prefix}"
        index = Row.unit_state if organisation else Row.district_state
        key = Row.unit_state_sk if organisation else Row.district_state_sk
    else:
        index = Row.unit if organisation else Row.district
        key = Row.unit_sk if organisation else Row.district_sk
    found = index.query(
        hash_key,
        key.startswith(prefix) if prefix else None,
        scan_index_forward=False,
        limit=limit,
        page_size=limit,
        last_evaluated_key=start,
    )
    alarms = tuple(alarm_of(row) for row in found)
    return Page(alarms, found.last_evaluated_key)


def due_before(instant: datetime, limit: int = 200) -> list[Alarm]:
    """Open alarms whose next act in time was due before that instant, the longest overdue first."""
    rows = Row.time.query(DUE, Row.time_sk < to_text(instant), limit=limit)
    return [alarm_of(row) for row in rows]


def raised_in(month: str) -> Iterator[Alarm]:
    """All alarms raised in a month (`2026-11`), gravest level first, page by page."""
    for level in sorted(Level, key=lambda level: -level.gravity):
        prefix = Row.district_sk.startswith(f"{level.gravity}#{month}")
        for row in Row.district.query(ALL, prefix, page_size=100):
            yield alarm_of(row)
