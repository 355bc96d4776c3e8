"""Appointments 预约 and their slots; pure.

A booking spares waiting and is never a condition: who comes without one is served too, and nobody
is turned away because bookings are full (clause 8). Slots come from the point's opening hours, so
noon, extended and 365 service can be booked where they are offered (clause 12).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.errors import OutOfTurn
from chalicelib.core.time import SHANGHAI
from chalicelib.network.hours import Hours

BOOKED: Final = "booking.made"
CANCELLED: Final = "booking.cancelled"
KEPT: Final = "booking.kept"
MISSED: Final = "booking.missed"

LOCK_MINUTES: Final = 15
"""A person's time is taken in quarters of an hour, so slots of different points can overlap."""


class Form(StrEnum):
    """Where the person is served: at a window, or at home 上门服务."""

    WINDOW = "window"
    HOME = "home"


class State(StrEnum):
    BOOKED = "booked"
    KEPT = "kept"
    CANCELLED = "cancelled"
    MISSED = "missed"


STATE_NAMES: Final[Mapping[State, str]] = {
    State.BOOKED: "已预约",
    State.KEPT: "已到场",
    State.CANCELLED: "已取消",
    State.MISSED: "未到场",
}


@dataclass(frozen=True, slots=True)
class Booking:
    """The head of an appointment. `person` is a holder hash, or `account:<account>` without one.

    `start` is `HH:MM`; `by` is `self` or the point whose clerk booked.
    """

    id: str
    version: int
    state: State
    person: str
    point: str
    day: date
    start: str
    minutes: int
    form: Form
    item_code: str | None
    by: str
    visit: str | None = None

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.day, time.fromisoformat(self.start), SHANGHAI)

    @property
    def ends_at(self) -> datetime:
        return self.starts_at + timedelta(minutes=self.minutes)

    @property
    def locks(self) -> list[str]:
        """The quarters of an hour that it takes of the person's day."""
        return quarters(self.starts_at, self.ends_at)

    def cancel(self) -> Booking:
        """Raises OutOfTurn unless it still stands."""
        return self._leave(State.CANCELLED, "这个预约已经结束,不用再取消。")

    def keep(self, visit: str | None) -> Booking:
        """The person came. Raises OutOfTurn unless it still stands."""
        kept = self._leave(State.KEPT, "这个预约已经用过、取消或过期。")
        return replace(kept, visit=visit)

    def miss(self) -> Booking:
        """The person did not come. Raises OutOfTurn unless it still stands."""
        return self._leave(State.MISSED, "这个预约已经结束。")

    def _leave(self, state: State, otherwise: str) -> Booking:
        if self.state is not State.BOOKED:
            raise OutOfTurn(otherwise)
        return replace(self, state=state, version=self.version + 1)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "state": self.state.value,
            "person": self.person,
            "point": self.point,
            "day": self.day.isoformat(),
            "start": self.start,
            "minutes": self.minutes,
            "form": self.form.value,
            "item_code": self.item_code,
            "by": self.by,
            "visit": self.visit,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Booking:
        return cls(
            id=raw["id"],
            version=int(raw["version"]),
            state=State(raw["state"]),
            person=raw["person"],
            point=raw["point"],
            day=date.fromisoformat(raw["day"]),
            start=raw["start"],
            minutes=int(raw["minutes"]),
            form=Form(raw["form"]),
            item_code=raw["item_code"],
            by=raw["by"],
            visit=raw["visit"],
        )


def slot_starts(hours: Hours, day: date, working: bool, minutes: int) -> Iterator[str]:
    """When the slots of a day begin (`HH:MM`), in order; each lies whole within opening hours."""
    length = timedelta(minutes=minutes)
    for span in hours.on(day, working):
        begins = datetime.combine(day, span.opens)
        closes = datetime.combine(day, span.closes)
        while begins + length <= closes:
            yield f"{begins:%H:%M}"
            begins += length


def quarters(begins: datetime, ends: datetime) -> list[str]:
    """The quarters of an hour, by their beginning, that a stretch of time touches."""
    first = begins.replace(minute=begins.minute - begins.minute % LOCK_MINUTES)
    found = []
    while first < ends:
        found.append(f"{first:%Y-%m-%dT%H:%M}")
        first += timedelta(minutes=LOCK_MINUTES)
    return found
