"""Handling limits in the table: what the code ships, until the district wrote its own."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from chalicelib.supervision import answers, versions
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
    kept = Row(
        LIMITS,
        versions.sk_of(changed.version),
        card=dump({"limits": changed.to_dict(), **by}),
    )
    versions.put(changed.version, current, kept, answer, "处理时限已被他人修改,请刷新后重试")
    forget()


def history() -> list[dict[str, Any]]:
    """Every version that was written, oldest first, with who wrote it and when."""
    return versions.history(LIMITS)
