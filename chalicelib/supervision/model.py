"""Alarms 预警/黄牌/红牌: what was found, frozen as it was found, and how it was dealt with.

Source: clause 19 of 中原政〔2016〕3号; the record's fields follow GB/T 39046-2020 §6.8.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.errors import InvalidInput, OutOfTurn
from chalicelib.core.time import from_text, to_text


class Level(StrEnum):
    """How grave an alarm is. A warning reminds; a card must be answered."""

    WARNING = "warning"
    YELLOW = "yellow"
    RED = "red"

    @property
    def gravity(self) -> int:
        return _GRAVITY[self]


_GRAVITY: Final = {Level.WARNING: 1, Level.YELLOW: 2, Level.RED: 3}

LEVEL_NAMES: Final[Mapping[Level, str]] = {
    Level.WARNING: "预警",
    Level.YELLOW: "黄牌",
    Level.RED: "红牌",
}


class AlarmState(StrEnum):
    """Where an alarm stands in its handling."""

    RAISED = "raised"
    ANSWERED = "answered"
    CLOSED = "closed"


STATE_NAMES: Final[Mapping[AlarmState, str]] = {
    AlarmState.RAISED: "待答复",
    AlarmState.ANSWERED: "待核查",
    AlarmState.CLOSED: "已办结",
}


class ResponseKind(StrEnum):
    """What the responsible unit says of an alarm."""

    EXPLAINED = "explained"
    RECTIFIED = "rectified"


class Outcome(StrEnum):
    """How the supervision settled an alarm."""

    EXPLAINED = "explained"
    RECTIFIED = "rectified"
    CONFIRMED = "confirmed"
    WITHDRAWN = "withdrawn"
    LAPSED = "lapsed"


OUTCOME_NAMES: Final[Mapping[Outcome, str]] = {
    Outcome.EXPLAINED: "说明成立",
    Outcome.RECTIFIED: "已整改",
    Outcome.CONFIRMED: "违规属实",
    Outcome.WITHDRAWN: "撤销(误报)",
    Outcome.LAPSED: "自动了结",
}


def alarm_id(subject: str, clock: str, rung: str) -> str:
    """The one identifier of an alarm: 24 hex digits, the same for whoever finds it again."""
    return hashlib.sha256(f"{subject}|{clock}|{rung}".encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an alarm's handling: when, which act, by which account and unit, in words."""

    at: datetime
    act: str
    account: str
    organisation: str | None = None
    text: str = ""

    def to_dict(self) -> dict[str, Any]:
        raw = {
            "at": to_text(self.at),
            "act": self.act,
            "account": self.account,
            "organisation": self.organisation,
            "text": self.text,
        }
        return {key: value for key, value in raw.items() if value not in (None, "")}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Entry:
        return cls(
            at=from_text(raw["at"]),
            act=raw["act"],
            account=raw["account"],
            organisation=raw.get("organisation"),
            text=raw.get("text", ""),
        )


@dataclass(frozen=True, slots=True)
class Alarm:
    """An alarm on a subject (a case, a visit, an item). `facts` are frozen when it is raised.

    `clock` is the clock of a timed alert, or the code of the rule that was broken; `organisation`
    is the unit that must answer. `version` counts the changes, from 1.
    """

    subject: str
    clock: str
    level: Level
    rule: str
    organisation: str
    raised_at: datetime
    facts: Mapping[str, Any]
    item_code: str = ""
    item_name: str = ""
    point: str = ""
    state: AlarmState = AlarmState.RAISED
    reply_due_at: datetime | None = None
    escalation: int = 0
    outcome: Outcome | None = None
    accountable: bool = False
    history: tuple[Entry, ...] = field(default=())
    version: int = 1

    @property
    def id(self) -> str:
        return alarm_id(self.subject, self.clock, self.level.value)

    @property
    def open(self) -> bool:
        return self.state is not AlarmState.CLOSED

    def answered(self, kind: ResponseKind, text: str, by: Entry) -> Alarm:
        """The unit's answer. Raises OutOfTurn once settled, InvalidInput for an empty answer."""
        if self.state is AlarmState.CLOSED:
            raise OutOfTurn("该预警已办结,不能再答复")
        _need_words("/text", text, "请写明情况说明或整改措施")
        return self._moved(AlarmState.ANSWERED, replace(by, act=kind.value, text=text.strip()))

    def closed(self, outcome: Outcome, reason: str, by: Entry, accountable: bool = False) -> Alarm:
        """The supervision's settlement, with its reason.

        A card can be settled as explained or rectified only after the unit has answered.
        Raises OutOfTurn for a settled alarm or one not yet answered, InvalidInput for no reason.
        """
        if self.state is AlarmState.CLOSED:
            raise OutOfTurn("该预警已办结")
        if outcome in _NEEDS_ANSWER and self.state is not AlarmState.ANSWERED:
            raise OutOfTurn("责任单位尚未答复,不能按“说明成立”或“已整改”办结")
        _need_words("/reason", reason, "请写明办结理由")
        entry = replace(by, act=f"closed:{outcome.value}", text=reason.strip())
        settled = replace(self, outcome=outcome, accountable=accountable)
        return settled._moved(AlarmState.CLOSED, entry)

    def _moved(self, state: AlarmState, entry: Entry) -> Alarm:
        return replace(self, state=state, history=(*self.history, entry), version=self.version + 1)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON: the stored document."""
        return {
            "subject": self.subject,
            "clock": self.clock,
            "level": self.level.value,
            "rule": self.rule,
            "organisation": self.organisation,
            "raised_at": to_text(self.raised_at),
            "facts": dict(self.facts),
            "item_code": self.item_code,
            "item_name": self.item_name,
            "point": self.point,
            "state": self.state.value,
            "reply_due_at": to_text(self.reply_due_at) if self.reply_due_at else None,
            "escalation": self.escalation,
            "outcome": self.outcome.value if self.outcome else None,
            "accountable": self.accountable,
            "history": [entry.to_dict() for entry in self.history],
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Alarm:
        due = raw.get("reply_due_at")
        outcome = raw.get("outcome")
        return cls(
            subject=raw["subject"],
            clock=raw["clock"],
            level=Level(raw["level"]),
            rule=raw["rule"],
            organisation=raw["organisation"],
            raised_at=from_text(raw["raised_at"]),
            facts=raw["facts"],
            item_code=raw.get("item_code", ""),
            item_name=raw.get("item_name", ""),
            point=raw.get("point", ""),
            state=AlarmState(raw["state"]),
            reply_due_at=from_text(due) if due else None,
            escalation=raw.get("escalation", 0),
            outcome=Outcome(outcome) if outcome else None,
            accountable=raw.get("accountable", False),
            history=tuple(Entry.from_dict(entry) for entry in raw.get("history", [])),
            version=raw.get("version", 1),
        )


_NEEDS_ANSWER: Final = frozenset({Outcome.EXPLAINED, Outcome.RECTIFIED})


def _need_words(pointer: str, text: str, message: str) -> None:
    if not text.strip():
        raise InvalidInput.at(pointer, message)


CLOCK_RULES: Final[Mapping[str, str]] = {
    "acceptance": "T01",
    "step": "T02",
    "promise": "T03",
    "statutory": "T04",
    "delivery": "T05",
    "report": "T06",
}
"""Which time rule a running clock's alert stands under (domain reference §3)."""


def alarm_of_alert(event: Mapping[str, Any]) -> Alarm:
    """The alarm that a `case.alert_raised` event asks for: `event` is the bus event's detail."""
    data, facts = event["data"], event.get("facts", {})
    clock = str(data["clock"])
    return Alarm(
        subject=event["subject"],
        clock=clock,
        level=Level(data["rung"]),
        rule=CLOCK_RULES.get(clock.partition(":")[0], "T02"),
        organisation=data.get("responsible") or facts.get("body", ""),
        raised_at=from_text(event["at"]),
        facts={**facts, **data, "event": event["id"]},
        item_code=facts.get("item_code", ""),
        item_name=facts.get("item_name", ""),
        point=facts.get("origin") or "",
    )
