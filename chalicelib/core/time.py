"""What time it is, in Asia/Shanghai, by a clock that a demonstration may speed up.

All day arithmetic of the platform is in Asia/Shanghai, which has had no daylight saving time since
1991: a fixed offset is exact for every date the platform handles and needs no zone database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Protocol

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


class Clock(Protocol):
    """Tells the time and how many real seconds a span of its own time lasts."""

    def now(self) -> datetime: ...

    def real_seconds(self, span: timedelta) -> float: ...


@dataclass(frozen=True, slots=True)
class SystemClock:
    """The machine's own time."""

    def now(self) -> datetime:
        return datetime.now(UTC).astimezone(SHANGHAI)

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()


@dataclass(frozen=True, slots=True)
class ScaledClock:
    """Time that runs `factor` times as fast as real time since `anchor` (both instants).

    At `anchor` (real) it showed `shown_at_anchor`. Demonstrations use it to let a working day last
    seconds; timers divide their waits by the same factor.
    """

    anchor: datetime
    shown_at_anchor: datetime
    factor: float

    def now(self) -> datetime:
        elapsed = datetime.now(UTC) - self.anchor
        return (self.shown_at_anchor + elapsed * self.factor).astimezone(SHANGHAI)

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds() / self.factor


def parse_clock(setting: str) -> Clock:
    """The clock named by a setting: empty for the system's, or `anchor|shown|factor` (RFC 3339)."""
    if not setting:
        return SystemClock()
    anchor, shown, factor = setting.split("|")
    return ScaledClock(datetime.fromisoformat(anchor), datetime.fromisoformat(shown), float(factor))


def to_text(instant: datetime) -> str:
    """RFC 3339 with offset, Asia/Shanghai, milliseconds: the one form in which instants are kept."""
    return instant.astimezone(SHANGHAI).isoformat(timespec="milliseconds")


def from_text(text: str) -> datetime:
    """The instant that `to_text` wrote. Raises ValueError for a text without an offset."""
    instant = datetime.fromisoformat(text)
    if instant.tzinfo is None:
        raise ValueError(f"an instant needs an offset: {text}")
    return instant.astimezone(SHANGHAI)
