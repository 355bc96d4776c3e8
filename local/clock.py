"""The deployment's time, when a demonstration lets a day last seconds.

The clock stands still while the deployment does, and never goes back: what it showed last is
written every second, and the next start goes on from there, at whatever pace.
"""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from chalicelib.core.time import SHANGHAI, ScaledClock

SECONDS_OF_A_DAY = 86_400
WRITTEN_EVERY_SECONDS = 1.0


@dataclass
class DemoClock:
    """A clock of `day_seconds` real seconds a day whose last time is kept in `file`.

    Without `day_seconds` it is the machine's own time, unless that would go back.
    """

    file: Path
    day_seconds: float | None = None

    def __post_init__(self) -> None:
        if self.day_seconds is not None and not 0 < self.day_seconds <= SECONDS_OF_A_DAY:
            raise ValueError(f"a day lasts 1 to {SECONDS_OF_A_DAY} seconds: {self.day_seconds}")
        now = datetime.now(UTC)
        factor = SECONDS_OF_A_DAY / (self.day_seconds or SECONDS_OF_A_DAY)
        self._clock = ScaledClock(now, self._begins_at(now), factor)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._keep_writing, name="clock", daemon=True)

    @property
    def setting(self) -> str:
        """`YICHUANG_CLOCK`, as `chalicelib.core.time.parse_clock` reads it."""
        clock = self._clock
        if clock.factor == 1 and clock.shown_at_anchor == clock.anchor:
            return ""
        return f"{clock.anchor.isoformat()}|{clock.shown_at_anchor.isoformat()}|{clock.factor!r}"

    def now(self) -> datetime:
        """What the deployment's clock shows."""
        return self._clock.now()

    def start(self) -> None:
        """Keep what is shown, from now on."""
        self._write()
        self._thread.start()

    def stop(self) -> None:
        """Keep what is shown last."""
        self._stop.set()
        self._thread.join()
        self._write()

    def _begins_at(self, now: datetime) -> datetime:
        """The real time at first; later, just after anything that could have been shown before."""
        if not self.file.is_file():
            return now.astimezone(SHANGHAI)
        kept = json.loads(self.file.read_text("utf-8"))
        # A killed process may have shown up to a period more than it wrote; two are on the safe
        # side of a machine under load.
        unwritten = timedelta(seconds=2 * WRITTEN_EVERY_SECONDS * float(kept["factor"]))
        margin = timedelta() if kept["stopped"] else unwritten
        shown = datetime.fromisoformat(kept["shown"]) + margin
        return max(shown, now).astimezone(SHANGHAI)

    def _keep_writing(self) -> None:
        while not self._stop.wait(WRITTEN_EVERY_SECONDS):
            self._write()

    def _write(self) -> None:
        kept = {
            "shown": self.now().isoformat(),
            "factor": self._clock.factor,
            "stopped": self._stop.is_set(),
        }
        fresh = self.file.with_suffix(".new")
        fresh.write_text(json.dumps(kept), "utf-8")
        fresh.replace(self.file)
