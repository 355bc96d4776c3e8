"""Alarms 预警/黄牌/红牌: what was found, frozen as it was found, and how it was dealt with.

Source: clause 19 of 中原政〔2016〕3号; the record's fields follow GB/T 39046-2020 §6.8.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
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
        """1 for a warning to 3 for a red card: lists put the gravest first."""
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
    ASSIGNED = "assigned"
    ANSWERED = "answered"
    CLOSED = "closed"


STATE_NAMES: Final[Mapping[AlarmState, str]] = {
    AlarmState.RAISED: "待派单",
    AlarmState.ASSIGNED: "待答复",
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

_NEEDS_ANSWER: Final = frozenset({Outcome.EXPLAINED, Outcome.RECTIFIED})


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
    """An alarm on a subject (a case, a visit, a unit). `facts` are frozen when it is raised.

    `clock` is the clock of a timed alert, or the code of the rule that was broken; `organisation`
    is the unit that must answer, a body or a service point. `escalation` is 0 for the unit alone,
    1 when the supervision window was told, 2 when the office was. `version` counts from 1.
    """

    subject: str
    clock: str
    level: Level
    rule: str
    organisation: str
    raised_at: datetime
    facts: Mapping[str, Any]
    rule_name: str = ""
    dimension: str = ""
    body: str = ""
    point: str = ""
    item_code: str = ""
    item_name: str = ""
    state: AlarmState = AlarmState.RAISED
    reply_due_at: datetime | None = None
    escalation: int = 0
    outcome: Outcome | None = None
    accountable: bool = False
    history: tuple[Entry, ...] = ()
    version: int = 1

    @property
    def id(self) -> str:
        return alarm_id(self.subject, self.clock, self.level.value)

    @property
    def open(self) -> bool:
        return self.state is not AlarmState.CLOSED

    def did(self, act: str) -> bool:
        """Whether that act stands in the handling's history."""
        return any(entry.act == act for entry in self.history)

    def since(self, state_act: str) -> datetime | None:
        """When that act was last done, or None."""
        return next((e.at for e in reversed(self.history) if e.act == state_act), None)

    def answer(self, kind: ResponseKind, text: str, by: Entry) -> Alarm:
        """The unit's answer; a later one completes it until the alarm is settled.

        Raises OutOfTurn once settled, InvalidInput for an empty answer.
        """
        if not self.open:
            raise OutOfTurn("该预警已办结,不能再答复")
        entry = replace(by, act=kind.value, text=_words("/text", text, "请写明情况说明或整改措施"))
        return self.moved(entry, state=AlarmState.ANSWERED)

    def settle(self, outcome: Outcome, reason: str, by: Entry, accountable: bool = False) -> Alarm:
        """The supervision's settlement, with its reason.

        An alarm is settled as explained or rectified only on the unit's answer; accountability
        follows only from a confirmed violation. Raises OutOfTurn for a settled alarm or one not yet
        answered, InvalidInput for no reason or for accountability without a violation.
        """
        if not self.open:
            raise OutOfTurn("该预警已办结")
        if outcome in _NEEDS_ANSWER and self.state is not AlarmState.ANSWERED:
            raise OutOfTurn("责任单位尚未答复,不能按“说明成立”或“已整改”办结")
        if accountable and outcome is not Outcome.CONFIRMED:
            raise InvalidInput.at("/accountable", "只有违规属实的,才能追究责任")
        text = _words("/reason", reason, "请写明办结理由")
        entry = replace(by, act=f"closed:{outcome.value}", text=text)
        return self.moved(entry, state=AlarmState.CLOSED, outcome=outcome, accountable=accountable)

    def moved(self, entry: Entry, **changes: Any) -> Alarm:
        """The next version, with one more line of history."""
        return replace(self, **changes, history=(*self.history, entry), version=self.version + 1)

    def to_dict(self) -> dict[str, Any]:
        """Everything, as JSON: the stored document."""
        return {
            "subject": self.subject,
            "clock": self.clock,
            "level": self.level.value,
            "rule": self.rule,
            "rule_name": self.rule_name,
            "dimension": self.dimension,
            "organisation": self.organisation,
            "raised_at": to_text(self.raised_at),
            "facts": dict(self.facts),
            "body": self.body,
            "point": self.point,
            "item_code": self.item_code,
            "item_name": self.item_name,
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
        due, outcome = raw.get("reply_due_at"), raw.get("outcome")
        return cls(
            subject=raw["subject"],
            clock=raw["clock"],
            level=Level(raw["level"]),
            rule=raw["rule"],
            rule_name=raw.get("rule_name", ""),
            dimension=raw.get("dimension", ""),
            organisation=raw["organisation"],
            raised_at=from_text(raw["raised_at"]),
            facts=raw.get("facts", {}),
            body=raw.get("body", ""),
            point=raw.get("point", ""),
            item_code=raw.get("item_code", ""),
            item_name=raw.get("item_name", ""),
            state=AlarmState(raw["state"]),
            reply_due_at=from_text(due) if due else None,
            escalation=raw.get("escalation", 0),
            outcome=Outcome(outcome) if outcome else None,
            accountable=raw.get("accountable", False),
            history=tuple(Entry.from_dict(entry) for entry in raw.get("history", [])),
            version=raw.get("version", 1),
        )


def _words(pointer: str, text: str, message: str) -> str:
    if not text.strip():
        raise InvalidInput.at(pointer, message)
    return text.strip()
