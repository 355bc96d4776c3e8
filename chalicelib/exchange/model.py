"""Inquiries between departments 信息征询: a question tied to a case, a reply limit, an answer; pure.

The case's clock goes on: an inquiry is none of the eight procedures whose time is left out of the
limit (行政许可法 art. 45), so waiting for another body is the deciding body's own time. What was
asked and answered is sealed with the events; a head holds nothing of a person but the keyed hash.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any, Final

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.errors import InvalidInput, OutOfTurn
from chalicelib.core.events import Event
from chalicelib.core.time import SHANGHAI

OPENED: Final = "inquiry.opened"
ANSWERED: Final = "inquiry.answered"
WITHDRAWN: Final = "inquiry.withdrawn"
ALERT_RAISED: Final = "inquiry.alert_raised"

CLOCK: Final = "inquiry_reply"
CASE_CLOCK: Final = "征询不属于行政许可法第四十五条所列程序,办件时限照常计算"
RED_AFTER_WORKING_DAYS: Final = 3
"""A yellow card that is not put right turns red; our own default, like the cases'."""


class State(StrEnum):
    """Where an inquiry stands."""

    OPEN = "open"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


class Rung(StrEnum):
    """What is raised, in this order."""

    WARNING = "warning"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class ReplyClass:
    """A reply limit, with where it comes from and how sure that is."""

    key: str
    label: str
    working_days: int
    source: str
    confidence: str


@cache
def reply_classes() -> Mapping[str, ReplyClass]:
    """The reply limits by class, from `reply_limits.json`: configuration, not law."""
    raw = json.loads((Path(__file__).parent / "reply_limits.json").read_text("utf-8"))
    return {each["key"]: ReplyClass(**each) for each in raw["classes"]}


def reply_class(key: str) -> ReplyClass:
    """Raises InvalidInput at `/reply_class` for one that is not configured."""
    try:
        return reply_classes()[key]
    except KeyError:
        raise InvalidInput.at("/reply_class", "没有此答复时限类别") from None


@dataclass(frozen=True, slots=True)
class Inquiry:
    """The head of an inquiry. `asking` and `asked` are organisation keys.

    `topic` names the kind of question in a few words; `due_on` is the last day to answer;
    `raised` are the rungs that were raised. `version` is the sequence number of the last event.
    """

    id: str
    version: int
    state: State
    asking: str
    asked: str
    case_no: str
    holder: str | None
    topic: str
    reply_class: str
    asked_on: date
    due_on: date
    answered_at: str | None = None
    raised: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "state": self.state.value,
            "asking": self.asking,
            "asked": self.asked,
            "case_no": self.case_no,
            "holder": self.holder,
            "topic": self.topic,
            "reply_class": self.reply_class,
            "asked_on": self.asked_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "answered_at": self.answered_at,
            "raised": list(self.raised),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Inquiry:
        return cls(
            id=raw["id"],
            version=int(raw["version"]),
            state=State(raw["state"]),
            asking=raw["asking"],
            asked=raw["asked"],
            case_no=raw["case_no"],
            holder=raw["holder"],
            topic=raw["topic"],
            reply_class=raw["reply_class"],
            asked_on=date.fromisoformat(raw["asked_on"]),
            due_on=date.fromisoformat(raw["due_on"]),
            answered_at=raw["answered_at"],
            raised=tuple(raw["raised"]),
        )


def evolve(inquiry: Inquiry | None, event: Event) -> Inquiry:
    """The head after one more event. Raises ValueError where the log has a gap or a stranger."""
    if inquiry is None:
        if event.type != OPENED or event.seq != 1:
            raise ValueError(f"an inquiry begins with {OPENED}, not {event.id} {event.type}")
        return _opened(event)
    if event.seq != inquiry.version + 1:
        raise ValueError(f"{inquiry.id} at {inquiry.version} cannot take {event.id}")
    moved = replace(inquiry, version=event.seq)
    match event.type:
        case "inquiry.answered":
            return replace(moved, state=State.ANSWERED, answered_at=event.to_dict()["at"])
        case "inquiry.withdrawn":
            return replace(moved, state=State.WITHDRAWN)
        case "inquiry.alert_raised":
            return replace(moved, raised=(*inquiry.raised, event.data["rung"]))
    raise ValueError(f"unknown event {event.type}")


def _opened(event: Event) -> Inquiry:
    data = event.data
    return Inquiry(
        id=event.subject.removeprefix("INQUIRY#"),
        version=1,
        state=State.OPEN,
        asking=data["asking"],
        asked=data["asked"],
        case_no=data["case_no"],
        holder=data["holder"],
        topic=data["topic"],
        reply_class=data["reply_class"],
        asked_on=event.at.astimezone(SHANGHAI).date(),
        due_on=date.fromisoformat(data["due_on"]),
    )


def require_open(inquiry: Inquiry) -> None:
    """Raise OutOfTurn unless the inquiry still waits for its answer."""
    if inquiry.state is not State.OPEN:
        raise OutOfTurn("征询已经答复或撤回")


def alerts(inquiry: Inquiry, calendar: WorkingCalendar) -> Iterator[tuple[Rung, datetime]]:
    """When each rung is raised, if nobody answers: at midnight, Asia/Shanghai.

    A warning as the last day begins, a yellow card as the day after it begins, a red one as the
    day after `RED_AFTER_WORKING_DAYS` more working days begins.
    """
    yield Rung.WARNING, _midnight(inquiry.due_on)
    yield Rung.YELLOW, _midnight(inquiry.due_on + timedelta(days=1))
    last = calendar.add_working_days(inquiry.due_on, RED_AFTER_WORKING_DAYS)
    yield Rung.RED, _midnight(last + timedelta(days=1))


def due_alerts(inquiry: Inquiry, calendar: WorkingCalendar, now: datetime) -> list[Rung]:
    """The rungs that are due and were not raised; none for an inquiry that is settled."""
    if inquiry.state is not State.OPEN:
        return []
    return [
        rung
        for rung, at in alerts(inquiry, calendar)
        if at <= now and rung.value not in inquiry.raised
    ]


def next_alert(inquiry: Inquiry, calendar: WorkingCalendar) -> datetime | None:
    """When the next rung is raised; None where none is left or the inquiry is settled."""
    if inquiry.state is not State.OPEN:
        return None
    left = [at for rung, at in alerts(inquiry, calendar) if rung.value not in inquiry.raised]
    return min(left, default=None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
