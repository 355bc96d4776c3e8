"""What a posted person does, and what clause 16 asks of them for it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from chalicelib.core.errors import FieldError, InvalidInput

EXPERIENCE_YEARS = 1


class Work(StrEnum):
    """What a posted person does."""

    STATION = "station"
    WINDOW = "window"
    ACCEPTANCE = "acceptance"
    REVIEW = "review"
    SIGN_OFF = "sign_off"
    ENFORCEMENT = "enforcement"
    SUPERVISION = "supervision"


QUALIFIED_WORK = frozenset({Work.ACCEPTANCE, Work.REVIEW, Work.SIGN_OFF})
"""Work that exercises a department's powers, so that clause 16's qualification applies to it."""

LONE_WORK = {
    Work.SIGN_OFF: "首席代表不再承担其他业务,不兼任监管工作",
    Work.SUPERVISION: "监察人员不承担办理业务,审批与监察分离",
}
"""Work that excludes any other: clause 7 for the first, clause 2 and the annex for the second."""


def anniversary(day: date, years: int) -> date:
    """The same day `years` later; the last of the month where it does not exist (民法典 202)."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


@dataclass(frozen=True, slots=True)
class Qualification:
    """How long a person has done the work, and their 《河南省行政执法证》, valid through a day."""

    experienced_since: date | None = None
    certificate_no: str = ""
    certificate_until: date | None = None

    def shortcomings(self, on: date) -> tuple[FieldError, ...]:
        """What clause 16 asks and is missing on a day."""
        found: list[FieldError] = []
        if (
            self.experienced_since is None
            or anniversary(self.experienced_since, EXPERIENCE_YEARS) > on
        ):
            found.append(FieldError("/qualification/experienced_since", "从事相关工作应满一年"))
        if not self.certificate_no or self.certificate_until is None:
            found.append(FieldError("/qualification/certificate_no", "应持有《河南省行政执法证》"))
        elif self.certificate_until < on:
            found.append(FieldError("/qualification/certificate_until", "行政执法证已过期"))
        return tuple(found)

    def to_dict(self) -> dict[str, Any]:
        return {
            "experienced_since": optional_text(self.experienced_since),
            "certificate_no": self.certificate_no,
            "certificate_until": optional_text(self.certificate_until),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Qualification:
        return cls(
            experienced_since=optional_date(raw.get("experienced_since")),
            certificate_no=raw.get("certificate_no") or "",
            certificate_until=optional_date(raw.get("certificate_until")),
        )


def check_work(work: frozenset[Work]) -> None:
    """Raises InvalidInput at `/work` for none, or for two that one person may not combine."""
    if not work:
        raise InvalidInput.at("/work", "请选择派驻人员承担的工作")
    for lone, why in LONE_WORK.items():
        if lone in work and len(work) > 1:
            raise InvalidInput.at("/work", why)


def optional_text(day: date | None) -> str | None:
    return day.isoformat() if day else None


def optional_date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
