"""What the system cannot see, said so, and reported by people: 体外循环, refusals, charges in cash.

Supervision sees what enters the platform. A file that never enters it, a seal put beside it, a
walk-in sent home without a number leave no event. Each such rule says so (`UNSEEN`), and whoever
saw it can report it. The reporter is known to nobody by default: the account is sealed, the report
and its handling never show it, and opening the seal is an act of its own with a reason on record.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.errors import InvalidInput, OutOfTurn
from chalicelib.core.time import from_text, to_text
from chalicelib.supervision.model import Entry

UNSEEN: Final[Mapping[str, str]] = {
    "P07": "由科室自行收件而不录入系统的,系统看不到。",
    "P08": "从未进入系统的审批、系统外打印的证照,系统看不到。",
    "P09": "在纸面上越权签批而不录入系统的,系统看不到。",
    "P11": "窗口当面拒绝而不取号、不登记的,系统看不到。",
    "F01": "系统外收取的费用,系统看不到。",
}
"""Rules that only see what enters the platform, and what they therefore miss."""


class Kind(StrEnum):
    """What a report is about."""

    BYPASSED_WINDOW = "bypassed_window"
    SIGNED_OUTSIDE = "signed_outside"
    REFUSED_WALK_IN = "refused_walk_in"
    CHARGED_OUTSIDE = "charged_outside"
    ASKED_AGAIN = "asked_again"
    OTHER = "other"


KIND_NAMES: Final[Mapping[Kind, str]] = {
    Kind.BYPASSED_WINDOW: "不经窗口收件或办理",
    Kind.SIGNED_OUTSIDE: "系统外签批、盖章、发证",
    Kind.REFUSED_WALK_IN: "拒绝现场受理",
    Kind.CHARGED_OUTSIDE: "系统外收费或收费不开票",
    Kind.ASKED_AGAIN: "要求提交已共享或无依据的材料",
    Kind.OTHER: "其他",
}

LEAST_WORDS: Final = 10


class State(StrEnum):
    """Where a report stands."""

    RECEIVED = "received"
    UPHELD = "upheld"
    DISMISSED = "dismissed"


@dataclass(frozen=True, slots=True)
class Report:
    """A violation that somebody reported. Nothing here tells who.

    `number` is random, and so is the code with which the reporter asks how it stands; only the
    code's hash is kept. `happened_on` and the place are as the reporter gave them.
    """

    number: str
    code_hash: str
    kind: Kind
    text: str
    received_at: datetime
    organisation: str = ""
    point: str = ""
    item_code: str = ""
    case_no: str = ""
    happened_on: date | None = None
    state: State = State.RECEIVED
    result: str = ""
    alarm: str = ""
    history: tuple[Entry, ...] = ()
    version: int = 1

    def opens_with(self, code: str) -> bool:
        """Whether this is the code that its reporter was given."""
        return secrets.compare_digest(self.code_hash, hash_of(code))

    def decide(self, upheld: bool, result: str, by: Entry, alarm: str = "") -> Report:
        """The supervision's finding; `result` is what the reporter reads."""
        if self.state is not State.RECEIVED:
            raise OutOfTurn("该举报已办结")
        if not result.strip():
            raise InvalidInput.at("/result", "请写明核查结果(举报人可见)")
        state = State.UPHELD if upheld else State.DISMISSED
        entry = replace(by, act=state.value, text=result.strip())
        return replace(
            self,
            state=state,
            result=result.strip(),
            alarm=alarm,
            history=(*self.history, entry),
            version=self.version + 1,
        )

    def revealed(self, reason: str, by: Entry) -> Report:
        """That the reporter's name was asked for, by whom and why, stands in the record."""
        if len(reason.strip()) < LEAST_WORDS:
            raise InvalidInput.at("/reason", f"请写明查看举报人身份的理由(不少于 {LEAST_WORDS} 字)")
        entry = replace(by, act="revealed", text=reason.strip())
        return replace(self, history=(*self.history, entry), version=self.version + 1)

    def to_dict(self) -> dict[str, Any]:
        return {
            "number": self.number,
            "code_hash": self.code_hash,
            "kind": self.kind.value,
            "text": self.text,
            "received_at": to_text(self.received_at),
            "organisation": self.organisation,
            "point": self.point,
            "item_code": self.item_code,
            "case_no": self.case_no,
            "happened_on": self.happened_on.isoformat() if self.happened_on else None,
            "state": self.state.value,
            "result": self.result,
            "alarm": self.alarm,
            "history": [entry.to_dict() for entry in self.history],
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Report:
        happened = raw.get("happened_on")
        return cls(
            number=raw["number"],
            code_hash=raw["code_hash"],
            kind=Kind(raw["kind"]),
            text=raw["text"],
            received_at=from_text(raw["received_at"]),
            organisation=raw.get("organisation", ""),
            point=raw.get("point", ""),
            item_code=raw.get("item_code", ""),
            case_no=raw.get("case_no", ""),
            happened_on=date.fromisoformat(happened) if happened else None,
            state=State(raw["state"]),
            result=raw.get("result", ""),
            alarm=raw.get("alarm", ""),
            history=tuple(Entry.from_dict(entry) for entry in raw.get("history", [])),
            version=raw.get("version", 1),
        )


def hash_of(code: str) -> str:
    """What is kept of a follow-up code. The code has 100 bits, so it needs no salt."""
    return hashlib.sha256(code.strip().upper().encode()).hexdigest()


_LETTERS: Final = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"


def fresh_code(length: int = 20) -> str:
    """A code to write down: 20 letters and digits that are not mistaken for one another."""
    return "".join(secrets.choice(_LETTERS) for _ in range(length))


def fresh_number(now: datetime) -> str:
    """A report's number: its month and a random part; numbers do not tell who came after whom."""
    return f"JB{now:%Y%m}-{fresh_code(8)}"


def received(kind: Kind, text: str, now: datetime, about: Mapping[str, Any]) -> tuple[Report, str]:
    """A new report and the code that its reporter alone is told. Raises InvalidInput."""
    if len(text.strip()) < LEAST_WORDS:
        raise InvalidInput.at("/text", f"请写明时间、地点和经过(不少于 {LEAST_WORDS} 字)")
    happened = about.get("happened_on")
    if happened is not None and happened > now.date():
        raise InvalidInput.at("/happened_on", "发生日期不能晚于今天")
    code = fresh_code()
    report = Report(
        number=fresh_number(now),
        code_hash=hash_of(code),
        kind=kind,
        text=text.strip(),
        received_at=now,
        organisation=about.get("organisation") or "",
        point=about.get("point") or "",
        item_code=about.get("item_code") or "",
        case_no=about.get("case_no") or "",
        happened_on=happened,
    )
    return report, code
