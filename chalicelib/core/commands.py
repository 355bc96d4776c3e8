"""A request to change something, once: what the commands of several rooms have in common."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol, Self

from chalicelib.core.principal import THE_SYSTEM, Principal
from chalicelib.core.time import SHANGHAI


class Kept(Protocol):
    """A value that can be kept as an answer and read back."""

    def to_dict(self) -> dict[str, Any]: ...

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], /) -> Self: ...


@dataclass(frozen=True, slots=True)
class Command:
    """One request to change something: `act` names rows of the access table.

    `key` is the caller's Idempotency-Key and `fingerprint` what was asked under it.
    """

    principal: Principal
    act: str
    now: datetime
    key: str
    fingerprint: str

    @classmethod
    def of_the_system(cls, act: str, now: datetime, key: str) -> Self:
        """A command of the platform itself, made once for each `key`."""
        return cls(THE_SYSTEM, act, now, key, "")

    @property
    def today(self) -> date:
        return self.now.astimezone(SHANGHAI).date()
