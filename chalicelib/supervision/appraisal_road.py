"""The road of an appraisal: drafted, shown for objections, final, signed and frozen."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.errors import Conflict, InvalidInput, OutOfTurn
from chalicelib.core.jsontext import canonical
from chalicelib.core.time import from_text, to_text
from chalicelib.supervision.appraisal import Result, Scheme

OBJECTION_DAYS: Final = 5
"""[D] Working days in which a body may object to a shown draft."""


class Stage(StrEnum):
    """Where an appraisal stands."""

    DRAFTING = "drafting"
    DRAFT = "draft"
    SHOWN = "shown"
    FINAL = "final"


STAGE_NAMES: Final[Mapping[Stage, str]] = {
    Stage.DRAFTING: "计算中",
    Stage.DRAFT: "初稿",
    Stage.SHOWN: "公示中",
    Stage.FINAL: "已定稿",
}


_PERIOD: Final = re.compile(r"20\d\d(-(0[1-9]|1[0-2]))?")


@dataclass(frozen=True, slots=True)
class Period:
    """A month (`2026-11`) or a year (`2026`)."""

    text: str

    def __post_init__(self) -> None:
        if not _PERIOD.fullmatch(self.text):
            raise InvalidInput.at("/period", "考核周期须写作 2026-11 或 2026")

    @property
    def _parts(self) -> tuple[int, int | None]:
        year, _, month = self.text.partition("-")
        return int(year), int(month) if month else None

    @property
    def yearly(self) -> bool:
        return self._parts[1] is None

    @property
    def months(self) -> list[str]:
        """The months it covers, as `2026-11`."""
        year, month = self._parts
        return [f"{year}-{one:02d}" for one in ([month] if month else range(1, 13))]

    @property
    def last_day(self) -> date:
        year, month = self._parts
        after = date(year, month + 1, 1) if month and month < 12 else date(year + 1, 1, 1)
        return date.fromordinal(after.toordinal() - 1)

    @property
    def year_before(self) -> str:
        return str(self._parts[0] - 1)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """One period's appraisal. Its results are items of their own beside it."""

    period: str
    stage: Stage
    scheme: Scheme
    drafted_at: datetime
    headcount: int = 0
    quota: int = 0
    shown_at: datetime | None = None
    objections_until: datetime | None = None
    open_objections: int = 0
    final_at: datetime | None = None
    digest: str = ""
    signature: str = ""
    key_id: str = ""
    version: int = 1

    def drafted(self, headcount: int, places: int) -> Appraisal:
        """The figures are worked out."""
        self._at(Stage.DRAFTING)
        return replace(
            self, stage=Stage.DRAFT, headcount=headcount, quota=places, version=self.version + 1
        )

    def again(self, scheme: Scheme, now: datetime) -> Appraisal:
        """A draft may be worked out anew until it is shown. Raises Conflict afterwards."""
        if self.stage not in (Stage.DRAFT, Stage.DRAFTING):
            raise Conflict("考核结果已公示或定稿,不能重新计算")
        return Appraisal(self.period, Stage.DRAFTING, scheme, now, version=self.version + 1)

    def show(self, now: datetime, until: datetime) -> Appraisal:
        """Shown to the bodies, who may object until then."""
        self._at(Stage.DRAFT)
        return replace(
            self,
            stage=Stage.SHOWN,
            shown_at=now,
            objections_until=until,
            version=self.version + 1,
        )

    def objected(self, now: datetime) -> Appraisal:
        """One more objection stands open. Raises OutOfTurn out of its time."""
        self._at(Stage.SHOWN)
        if self.objections_until is not None and now >= self.objections_until:
            raise OutOfTurn("异议期已过")
        return replace(self, open_objections=self.open_objections + 1, version=self.version + 1)

    def answered(self) -> Appraisal:
        """One objection fewer stands open."""
        self._at(Stage.SHOWN)
        return replace(self, open_objections=self.open_objections - 1, version=self.version + 1)

    def finalise(self, now: datetime, digest: str, signature: str, key_id: str) -> Appraisal:
        """Final, signed, frozen. Raises OutOfTurn while objections may come or stand open."""
        self.require_ripe(now)
        return replace(
            self,
            stage=Stage.FINAL,
            final_at=now,
            digest=digest,
            signature=signature,
            key_id=key_id,
            version=self.version + 1,
        )

    def require_ripe(self, now: datetime) -> None:
        """Whether it may become final now. Raises OutOfTurn."""
        self._at(Stage.SHOWN)
        if self.objections_until is not None and now < self.objections_until:
            raise OutOfTurn("异议期未满,不能定稿")
        if self.open_objections:
            raise OutOfTurn(f"还有 {self.open_objections} 件异议未答复,不能定稿")

    def _at(self, stage: Stage) -> None:
        if self.stage is not stage:
            raise OutOfTurn(f"考核现在{STAGE_NAMES[self.stage]},不能办理此操作")

    def to_dict(self) -> dict[str, Any]:
        return {
            "period": self.period,
            "stage": self.stage.value,
            "scheme": self.scheme.to_dict(),
            "drafted_at": to_text(self.drafted_at),
            "headcount": self.headcount,
            "quota": self.quota,
            "shown_at": _text(self.shown_at),
            "objections_until": _text(self.objections_until),
            "open_objections": self.open_objections,
            "final_at": _text(self.final_at),
            "digest": self.digest,
            "signature": self.signature,
            "key_id": self.key_id,
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Appraisal:
        return cls(
            period=raw["period"],
            stage=Stage(raw["stage"]),
            scheme=Scheme(**raw["scheme"]),
            drafted_at=from_text(raw["drafted_at"]),
            headcount=raw["headcount"],
            quota=raw["quota"],
            shown_at=_instant(raw["shown_at"]),
            objections_until=_instant(raw["objections_until"]),
            open_objections=raw["open_objections"],
            final_at=_instant(raw["final_at"]),
            digest=raw["digest"],
            signature=raw["signature"],
            key_id=raw["key_id"],
            version=raw["version"],
        )


def _text(instant: datetime | None) -> str | None:
    return to_text(instant) if instant else None


def _instant(text: str | None) -> datetime | None:
    return from_text(text) if text else None


def digest_of(appraisal: Appraisal, people: Sequence[Result], bodies: Sequence[Result]) -> str:
    """SHA-256 over the canonical JSON of what is signed: period, scheme, quota, every result."""
    document = {
        "period": appraisal.period,
        "scheme": appraisal.scheme.to_dict(),
        "headcount": appraisal.headcount,
        "quota": appraisal.quota,
        "people": [one.to_dict() for one in sorted(people, key=lambda one: one.subject)],
        "bodies": [one.to_dict() for one in sorted(bodies, key=lambda one: one.subject)],
    }
    text = canonical(document)
    return hashlib.sha256(text.encode()).hexdigest()
