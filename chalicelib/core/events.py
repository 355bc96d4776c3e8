"""The event envelope: what a room appends to its log and what travels on the bus."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.core.time import from_text, to_text


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it, in which role, for which organisation, at which point. No personal data."""

    account: str
    role: str
    organisation: str | None = None
    point: str | None = None

    def to_dict(self) -> dict[str, str]:
        pairs = {
            "account": self.account,
            "role": self.role,
            "organisation": self.organisation,
            "point": self.point,
        }
        return {key: value for key, value in pairs.items() if value is not None}

    @classmethod
    def from_dict(cls, raw: Mapping[str, str]) -> Actor:
        return cls(raw["account"], raw["role"], raw.get("organisation"), raw.get("point"))


@dataclass(frozen=True, slots=True)
class Event:
    """One fact of one subject. `seq` counts from 1 without gaps within the subject.

    `type` is `<room noun>.<past participle>`, for example `case.accepted`. `data` is JSON and
    holds no personal data: identity numbers, names and phones are sealed elsewhere.
    """

    subject: str
    seq: int
    type: str
    at: datetime
    actor: Actor
    data: Mapping[str, Any]

    @property
    def id(self) -> str:
        """Unique over all subjects; every consumer is idempotent by it."""
        return f"{self.subject}#{self.seq}"

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "subject": self.subject,
            "seq": self.seq,
            "type": self.type,
            "at": to_text(self.at),
            "actor": self.actor.to_dict(),
            "data": dict(self.data),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Event:
        return cls(
            subject=raw["subject"],
            seq=int(raw["seq"]),
            type=raw["type"],
            at=from_text(raw["at"]),
            actor=Actor.from_dict(raw["actor"]),
            data=raw["data"],
        )
