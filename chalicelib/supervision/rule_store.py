"""Rules in the table: what the code ships, overridden and added to by what the district wrote."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, cast

from pynamodb.exceptions import TransactWriteError

from chalicelib.aws.tables import Transaction
from chalicelib.core.errors import NotFound
from chalicelib.core.jsontext import compact
from chalicelib.supervision import answers, cell_store, versions
from chalicelib.supervision.measures import Counts
from chalicelib.supervision.rules import Rule
from chalicelib.supervision.store import Row, dump

RULES: Final = "RULES"
SIGNAL: Final = "SIGNAL"
CACHED_SECONDS: Final = 30.0
"""How long a process goes on with the rules it read: a change is everywhere after it."""


@cache
def shipped() -> Mapping[str, Rule]:
    """The rules that come with the code, by code: the list of the domain reference §3."""
    text = resources.files("chalicelib.supervision").joinpath("rules.json").read_text("utf-8")
    return {raw["code"]: Rule.from_dict(raw) for raw in json.loads(text)}


@dataclass(frozen=True, slots=True)
class _Cached:
    rules: dict[str, Rule]
    until: float


_cached: list[_Cached] = []


def forget() -> None:
    """Read the rules anew at the next question."""
    _cached.clear()


def rulebook() -> Mapping[str, Rule]:
    """All rules that stand, active or not, by code: one Query, cached in the process."""
    now = time.monotonic()
    if not _cached or now >= _cached[0].until:
        written = {rule.code: rule for rule in _written()}
        _cached[:] = [_Cached({**shipped(), **written}, now + CACHED_SECONDS)]
    return _cached[0].rules


def _written() -> Iterator[Rule]:
    for row in Row.query(RULES, consistent_read=True):
        yield Rule.from_dict(json.loads(row.card or "{}"))


def read(code: str) -> Rule:
    """One rule as it stands, not from the cache. Raises NotFound."""
    try:
        row = Row.get(RULES, code, consistent_read=True)
    except Row.DoesNotExist:
        known = shipped().get(code)
        if known is None:
            raise NotFound("没有这条监察规则") from None
        return known
    return Rule.from_dict(json.loads(row.card or "{}"))


def write(rule: Rule, by: Mapping[str, Any], answer: answers.Answer | None = None) -> None:
    """Put version `rule.version` in force and keep it for good. Raises StaleVersion."""
    current = Row(RULES, rule.code, version=rule.version, card=dump(rule.to_dict()))
    kept = Row(
        f"RULE#{rule.code}",
        versions.sk_of(rule.version),
        card=dump({"rule": rule.to_dict(), **by}),
    )
    versions.put(rule.version, current, kept, answer, "规则已被他人修改,请刷新后重试")
    forget()


def history(code: str) -> list[dict[str, Any]]:
    """Every version that was written of a rule, oldest first, with who wrote it and when."""
    return versions.history(f"RULE#{code}")


# --- repetitions and signals -----------------------------------------------------------------------


def count_repetition(key: str, event_id: str) -> int:
    """Note that this event is one of a repeated finding; answers how many there are now.

    The members are a set, so an event that comes again is not counted again.
    """
    row = Row(f"REPEAT#{key}", "EVENTS")
    row.update([cast(Any, Row.members.add({event_id}))])
    return len(row.members or ())


def heard_as(event: Mapping[str, Any]) -> str | None:
    """The identifier of the event that was kept for this one, or None: a visit is rated once, so
    a second rating of it finds the first."""
    try:
        row = Row.get(_signal_key(event), SIGNAL, consistent_read=True)
    except Row.DoesNotExist:
        return None
    return str(json.loads(row.card or "{}")["id"])


def _signal_key(event: Mapping[str, Any]) -> str:
    once = event["type"] == "visit.rated"
    return f"SIGNAL#{event['subject']}#rated" if once else f"SIGNAL#{event['id']}"


def keep_signal(event: Mapping[str, Any], counted: Counts) -> bool:
    """Keep an event of another room with what it counts. False where it was kept already."""
    at = str(event["at"])
    row = Row(
        _signal_key(event),
        SIGNAL,
        time_pk=f"SIGNALS#{at[:7]}",
        time_sk=f"{at}#{event['id']}",
        card=compact(event),
    )
    try:
        with Transaction() as transaction:
            transaction.save(row, condition=Row.pk.does_not_exist())
            cell_store.add_to(transaction, counted)
    except TransactWriteError as refused:
        reason = (refused.cancellation_reasons or [None])[0]
        if reason is not None and reason.code == "ConditionalCheckFailed":
            return False
        raise
    return True


def signals(month: str) -> Iterator[dict[str, Any]]:
    """The kept events of a month (`2026-11`), in order."""
    for row in Row.time.query(f"SIGNALS#{month}", page_size=100):
        yield json.loads(row.card or "{}")
