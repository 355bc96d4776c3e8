"""Postings: a department's people at the windows, under dual management (clauses 14 and 16).

The centre manages a posted person's conduct, the department their business. A posting lasts at
least two years; a transfer before that needs a stated reason, and any transfer needs the centre's
consent before its day (`posting_acts`). Dates are Asia/Shanghai days; ends are included.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from chalicelib.core.errors import FieldError
from chalicelib.network.qualification import (
    QUALIFIED_WORK,
    Qualification,
    Work,
    anniversary,
    optional_date,
    optional_text,
)

TENURE_YEARS = 2


class Decision(StrEnum):
    PENDING = "pending"
    CONSENTED = "consented"
    REFUSED = "refused"
    LAPSED = "lapsed"


@dataclass(frozen=True, slots=True)
class Transfer:
    """A request to move a person on `effective_on`: to another point, or back to the department.

    `exception` is the reason for moving before two years are over.
    """

    effective_on: date
    reason: str
    requested_by: str
    to_point: str | None = None
    exception: str = ""
    decision: Decision = Decision.PENDING
    decided_by: str = ""
    comment: str = ""

    @property
    def stands(self) -> bool:
        """Whether it still waits for consent or for its day."""
        return self.decision in (Decision.PENDING, Decision.CONSENTED)

    def to_dict(self) -> dict[str, Any]:
        return {
            "effective_on": self.effective_on.isoformat(),
            "reason": self.reason,
            "requested_by": self.requested_by,
            "to_point": self.to_point,
            "exception": self.exception,
            "decision": str(self.decision),
            "decided_by": self.decided_by,
            "comment": self.comment,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Transfer:
        return cls(
            **{
                **raw,
                "effective_on": date.fromisoformat(raw["effective_on"]),
                "decision": Decision(raw["decision"]),
            }
        )


@dataclass(frozen=True, slots=True)
class Substitute:
    """Who does a posted person's work from `since` through `until`, and why."""

    account: str
    since: date
    until: date
    reason: str

    def covers(self, on: date) -> bool:
        return self.since <= on <= self.until

    def to_dict(self) -> dict[str, Any]:
        return {
            "account": self.account,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Substitute:
        return cls(
            raw["account"],
            date.fromisoformat(raw["since"]),
            date.fromisoformat(raw["until"]),
            raw["reason"],
        )


class Ending(StrEnum):
    """How a posting ended."""

    TRANSFERRED = "transferred"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Posting:
    """One person's posting by `organisation` to `point`, from `since` through `last_day` if ended.

    `recommended` are the years whose two excellent appraisals in a row brought a recommendation;
    `lapse_noted` is the end of the certificate whose lapse was recorded.
    """

    id: str
    account: str
    organisation: str
    point: str
    work: frozenset[Work]
    since: date
    qualification: Qualification
    transfer: Transfer | None = None
    substitutes: tuple[Substitute, ...] = ()
    recommended: tuple[int, ...] = ()
    lapse_noted: date | None = None
    last_day: date | None = None
    ending: Ending | None = None
    ending_reason: str = ""
    version: int = 1

    @property
    def tenure_until(self) -> date:
        """The first day on which a transfer needs no exception."""
        return anniversary(self.since, TENURE_YEARS)

    def active_on(self, day: date) -> bool:
        """Whether the person is posted here on a day, whatever has been recorded since.

        A consented transfer takes effect by its date, not by the job that records it.
        """
        if day < self.since or (self.last_day is not None and day > self.last_day):
            return False
        moved = self.transfer
        return not (
            moved is not None and moved.decision is Decision.CONSENTED and day >= moved.effective_on
        )

    def worker_on(self, day: date) -> str:
        """The account that does the work on a day: a substitute's while their dates run."""
        for each in self.substitutes:
            if each.covers(day):
                return each.account
        return self.account

    def shortcomings(self, on: date) -> tuple[FieldError, ...]:
        """What the posting's work asks of the person and is missing on a day (clause 16)."""
        return self.qualification.shortcomings(on) if self.work & QUALIFIED_WORK else ()

    @property
    def next_due(self) -> date | None:
        """The next day on which something falls due: a transfer's day, or a certificate's end."""
        if self.last_day is not None:
            return None
        days: list[date] = []
        if self.transfer is not None and self.transfer.stands:
            days.append(self.transfer.effective_on)
        expires = self.qualification.certificate_until
        if self.work & QUALIFIED_WORK and expires is not None and expires != self.lapse_noted:
            days.append(expires + timedelta(days=1))
        return min(days, default=None)

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "account": self.account,
            "organisation": self.organisation,
            "point": self.point,
            "work": sorted(self.work),
            "since": self.since.isoformat(),
            "qualification": self.qualification.to_dict(),
            "transfer": self.transfer.to_dict() if self.transfer else None,
            "substitutes": [each.to_dict() for each in self.substitutes],
            "recommended": list(self.recommended),
            "lapse_noted": optional_text(self.lapse_noted),
            "last_day": optional_text(self.last_day),
            "ending": self.ending,
            "ending_reason": self.ending_reason,
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Posting:
        return cls(
            id=raw["id"],
            account=raw["account"],
            organisation=raw["organisation"],
            point=raw["point"],
            work=frozenset(Work(each) for each in raw["work"]),
            since=date.fromisoformat(raw["since"]),
            qualification=Qualification.from_dict(raw.get("qualification") or {}),
            transfer=Transfer.from_dict(raw["transfer"]) if raw.get("transfer") else None,
            substitutes=tuple(Substitute.from_dict(each) for each in raw.get("substitutes", ())),
            recommended=tuple(raw.get("recommended", ())),
            lapse_noted=optional_date(raw.get("lapse_noted")),
            last_day=optional_date(raw.get("last_day")),
            ending=Ending(raw["ending"]) if raw.get("ending") else None,
            ending_reason=raw.get("ending_reason", ""),
            version=int(raw.get("version", 1)),
        )
