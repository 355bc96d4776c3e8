"""A clock that a test moves. Its waits last as long as the test says, not as long as days do."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.core.time import SHANGHAI


class TestClock:
    """Stands still until it is moved; a waiting machine's seconds are `wait_seconds` real ones."""

    __test__ = False

    def __init__(self, shown: datetime) -> None:
        self.shown = shown
        self.wait_seconds: float = 3600.0

    @classmethod
    def at(cls, *parts: int) -> TestClock:
        return cls(datetime(*parts, tzinfo=SHANGHAI))  # type: ignore[misc,arg-type]

    def now(self) -> datetime:
        return self.shown

    def real_seconds(self, span: timedelta) -> float:
        """A span that is over is over; one ahead takes as long as the test lets it."""
        return min(span.total_seconds(), self.wait_seconds)

    def move_to(self, *parts: int) -> None:
        self.shown = datetime(*parts, tzinfo=SHANGHAI)  # type: ignore[misc,arg-type]

    def move(self, **span: float) -> None:
        self.shown += timedelta(**span)
