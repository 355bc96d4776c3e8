"""Spreading timers that fall on one instant, so that a midnight does not break the quotas.

Most deadlines end at 24:00, and with them ten thousand waits may end in the same second. Each timer
is put off by an offset of its own within a window shorter than the sweep's period, so that no alert
is later than an outage could make it anyhow. The offset follows from the subject alone: a timer that
is armed again, by whomever, ends at the same instant, and nothing needs to be stored.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Final

WINDOW: Final = timedelta(minutes=4)
"""Under the sweep's five minutes. Ten thousand timers then end at some 42 a second, which leaves
more than half of the smallest published quotas free (`benchmarks/supervision.py` shows it)."""

_STEPS: Final = 2**32


def offset(subject: str, window: timedelta = WINDOW) -> timedelta:
    """How much later this subject's timers end: in [0, window), evenly spread over subjects."""
    digest = hashlib.blake2s(subject.encode(), digest_size=4).digest()
    return window * int.from_bytes(digest, "big") / _STEPS


def spread(subject: str, at: datetime, window: timedelta = WINDOW) -> datetime:
    """The instant at which the subject's timer for `at` ends: never before `at`."""
    return at + offset(subject, window)
