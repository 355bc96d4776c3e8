"""Consultations 咨询: a question, who must answer it by when, the answer; pure.

Routed to the body that decides the item, to the body that was named, or to the centre's windows.
Handing it on (首问负责: to somebody named) does not start its limit anew. The words are sealed; a
head knows bodies, days and the asker's hash.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import midnight
from chalicelib.core.errors import Conflict, InvalidInput, OutOfTurn
from chalicelib.hall.regimes import ConsultationRules

ASKED: Final = "consultation.asked"
HANDED_ON: Final = "consultation.handed_on"
ANSWERED: Final = "consultation.answered"
PUBLISHED: Final = "consultation.published"
ALERT_RAISED: Final = "consultation.alert_raised"

CLOCK: Final = "consultation_reply"


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


class Rung(StrEnum):
    """What is raised, in this order."""

    WARNING = "warning"
    YELLOW = "yellow"
    RED = "red"


@dataclass(frozen=True, slots=True)
class Desk:
    """Who has to answer: a body, or a service point's windows."""

    organisation: str | None = None
    point: str | None = None

    @property
    def key(self) -> str:
        return f"body:{self.organisation}" if self.organisation else f"point:{self.point}"

    @property
    def responsible(self) -> str:
        """The unit an alarm goes to."""
        return self.organisation or self.point or ""


@dataclass(frozen=True, slots=True)
class Consultation:
    """The head. `person` is a holder hash, `account:<account>`, or None at a window.

    `desk` answers for it, `asked_at` is the point whose clerk wrote it down, `visit` the visit in
    which he did; `raised` are the rungs that were raised.
    """

    id: str
    version: int
    state: State
    person: str | None
    desk: Desk
    item_code: str | None
    asked_on: date
    due_on: date
    asked_at: str | None = None
    visit: str | None = None
    answered_at: str | None = None
    published: bool = False
    raised: tuple[str, ...] = ()

    def hand_on(self, desk: Desk) -> Consultation:
        """Raises OutOfTurn once answered, InvalidInput where it would not move."""
        self._open()
        if desk == self.desk:
            raise InvalidInput.at("/organisation", "这个咨询已经在该单位,请选择其他单位。")
        return self._next(desk=desk)

    def answer(self, at: str) -> Consultation:
        """Raises OutOfTurn once answered."""
        self._open()
        return self._next(state=State.ANSWERED, answered_at=at)

    def publish(self) -> Consultation:
        """Raises OutOfTurn before the answer, Conflict the second time."""
        if self.state is not State.ANSWERED:
            raise OutOfTurn("答复以后才能公开为常见问题。")
        if self.published:
            raise Conflict("这个咨询已经公开过。")
        return self._next(published=True)

    def raise_alert(self, rung: Rung) -> Consultation:
        self._open()
        return self._next(raised=(*self.raised, rung.value))

    def _open(self) -> None:
        if self.state is not State.OPEN:
            raise OutOfTurn("这个咨询已经答复。")

    def _next(self, **changes: Any) -> Consultation:
        return replace(self, version=self.version + 1, **changes)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "state": self.state.value,
            "person": self.person,
            "organisation": self.desk.organisation,
            "point": self.desk.point,
            "item_code": self.item_code,
            "asked_on": self.asked_on.isoformat(),
            "due_on": self.due_on.isoformat(),
            "asked_at": self.asked_at,
            "visit": self.visit,
            "answered_at": self.answered_at,
            "published": self.published,
            "raised": list(self.raised),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Consultation:
        return cls(
            id=raw["id"],
            version=int(raw["version"]),
            state=State(raw["state"]),
            person=raw["person"],
            desk=Desk(raw["organisation"], raw["point"]),
            item_code=raw["item_code"],
            asked_on=date.fromisoformat(raw["asked_on"]),
            due_on=date.fromisoformat(raw["due_on"]),
            asked_at=raw["asked_at"],
            visit=raw["visit"],
            answered_at=raw["answered_at"],
            published=bool(raw["published"]),
            raised=tuple(raw["raised"]),
        )


def alerts(
    consultation: Consultation, calendar: WorkingCalendar, rules: ConsultationRules
) -> Iterator[tuple[Rung, datetime]]:
    """When each rung is raised if nobody answers: at midnight, Asia/Shanghai.

    A warning as the last day begins, a yellow card as the day after it begins, a red one as the day
    after so many more working days begins.
    """
    due_on = consultation.due_on
    yield Rung.WARNING, midnight(due_on)
    yield Rung.YELLOW, midnight(due_on + timedelta(days=1))
    last = calendar.add_working_days(due_on, rules.red_after_working_days)
    yield Rung.RED, midnight(last + timedelta(days=1))


def alerts_left(
    consultation: Consultation, calendar: WorkingCalendar, rules: ConsultationRules
) -> list[tuple[Rung, datetime]]:
    """The rungs that were not raised, the next one first; none once it is answered."""
    if consultation.state is not State.OPEN:
        return []
    return [
        (rung, at)
        for rung, at in alerts(consultation, calendar, rules)
        if rung.value not in consultation.raised
    ]


PERSONAL: Final = re.compile(r"(?<!\d)(?:1[3-9]\d{9}|\d{17}[\dXx]|\d{15})(?!\d)")
"""Numbers of a mobile phone or of an identity card, wherever they stand."""


def check_public(pointer: str, words: str, name: str) -> None:
    """Refuse words that would make a person's data public. Raises InvalidInput at `pointer`."""
    if PERSONAL.search(words.replace(" ", "").replace("-", "")):
        raise InvalidInput.at(pointer, "公开的内容不能含有手机号码、身份证号码。")
    if len(name.strip()) > 1 and name.strip() in words:
        raise InvalidInput.at(pointer, "公开的内容不能含有咨询人的姓名。")
