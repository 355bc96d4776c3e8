"""Appraisal 考核 (clauses 15 and 16): scores from figures, the quota of the excellent, the road.

What the document fixes: 优秀 at most 20 % of the posted headcount, a weight of 5 to 7 % in the
district's total, two excellent years in a row bring a recommendation, and points are lost where the
delegation of power to the centre is not real (clause 7). How the score is put together is [D] and
stands in `Scheme`, which a district sets and which every appraisal keeps with its results.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.errors import FieldError, InvalidInput
from chalicelib.supervision.performance import Tally

QUOTA_PERCENT: Final = 20
"""Clause 15: at most this part of the posted headcount is excellent. Rounded down, so that the part
is never exceeded: 9 posted people have one excellent place, 4 have none."""

LEAST_WEIGHT, MOST_WEIGHT = Decimal(5), Decimal(7)
"""Clause 15: the weight, in per cent, in the district's total score."""


class Grade(StrEnum):
    """What an appraisal finds of a person."""

    EXCELLENT = "excellent"
    COMPETENT = "competent"
    INCOMPETENT = "incompetent"
    NOT_APPRAISED = "not_appraised"


GRADE_NAMES: Final[Mapping[Grade, str]] = {
    Grade.EXCELLENT: "优秀",
    Grade.COMPETENT: "合格",
    Grade.INCOMPETENT: "不合格",
    Grade.NOT_APPRAISED: "不参加考核",
}


@dataclass(frozen=True, slots=True)
class Scheme:
    """How scores are put together. Shares add up to 100; a share without a figure is left out and
    the others are scaled up, so that nobody gains by having no ratings."""

    person_on_time: int = 50
    person_rated_good: int = 20
    person_right_first: int = 30
    body_on_time: int = 40
    body_within_promise: int = 20
    body_rated_good: int = 20
    body_answers_cards: int = 20
    lost_by_warning: int = 1
    lost_by_yellow: int = 3
    lost_by_red: int = 10
    lost_by_unreal_delegation: int = 10
    excellent_from: int = 85
    competent_from: int = 60
    weight_percent: str = "6"

    def __post_init__(self) -> None:
        person = self.person_on_time + self.person_rated_good + self.person_right_first
        body = (
            self.body_on_time
            + self.body_within_promise
            + self.body_rated_good
            + self.body_answers_cards
        )
        errors = []
        if person != 100:
            errors.append(
                FieldError("/scheme/person_on_time", f"个人各项占比之和须为 100,现为 {person}")
            )
        if body != 100:
            errors.append(
                FieldError("/scheme/body_on_time", f"单位各项占比之和须为 100,现为 {body}")
            )
        if not LEAST_WEIGHT <= Decimal(self.weight_percent) <= MOST_WEIGHT:
            errors.append(
                FieldError("/scheme/weight_percent", "占全区总分的权重须在 5% 到 7% 之间")
            )
        if errors:
            raise InvalidInput("考核方案不符合规定", errors)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a score: so many of so many, for so many points of the share."""

    name: str
    numerator: int
    denominator: int
    share: int

    @property
    def points(self) -> Decimal | None:
        """Of 100, or None where there is nothing to go by."""
        if not self.denominator:
            return None
        ratio = min(Decimal(1), Decimal(self.numerator) / Decimal(self.denominator))
        return ratio * 100

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Deduction:
    """Points lost, for what, and the alarms or the adjustment behind it. Negative gives back."""

    reason: str
    points: int
    under: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"reason": self.reason, "points": self.points, "under": list(self.under)}


@dataclass(frozen=True, slots=True)
class Result:
    """What an appraisal finds of one posting or one body. `score` has one decimal."""

    subject: str
    organisation: str
    parts: tuple[Part, ...]
    deductions: tuple[Deduction, ...]
    cases: int
    account: str = ""
    point: str = ""
    grade: Grade | None = None
    recommended: bool = False

    @property
    def score(self) -> Decimal | None:
        """0 to 100, or None where no part has anything to go by."""
        known = [(part.points, part.share) for part in self.parts if part.points is not None]
        if not known:
            return None
        shares = sum(share for _, share in known)
        gained = sum((points * share for points, share in known), Decimal(0)) / shares
        lost = sum(deduction.points for deduction in self.deductions)
        return _one_decimal(max(Decimal(0), min(Decimal(100), gained - lost)))

    def with_deduction(self, deduction: Deduction) -> Result:
        return replace(self, deductions=(*self.deductions, deduction))

    def to_dict(self) -> dict[str, Any]:
        score = self.score
        return {
            "subject": self.subject,
            "organisation": self.organisation,
            "account": self.account,
            "point": self.point,
            "cases": self.cases,
            "parts": [part.to_dict() for part in self.parts],
            "deductions": [deduction.to_dict() for deduction in self.deductions],
            "score": str(score) if score is not None else None,
            "grade": self.grade.value if self.grade else None,
            "recommended": self.recommended,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Result:
        grade = raw.get("grade")
        return cls(
            subject=raw["subject"],
            organisation=raw["organisation"],
            parts=tuple(Part(**part) for part in raw["parts"]),
            deductions=tuple(
                Deduction(one["reason"], one["points"], tuple(one["under"]))
                for one in raw["deductions"]
            ),
            cases=raw["cases"],
            account=raw.get("account", ""),
            point=raw.get("point", ""),
            grade=Grade(grade) if grade else None,
            recommended=raw.get("recommended", False),
        )


def _one_decimal(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


@dataclass(frozen=True, slots=True)
class Posted:
    """A posting that takes part: active on the last day of the period."""

    id: str
    account: str
    organisation: str
    point: str
    since: date
    substitutes: tuple[str, ...] = ()


def of_person(posted: Posted, tally: Tally, scheme: Scheme) -> Result:
    """A posting's result, before the quota."""
    figures = tally.figures
    return Result(
        subject=posted.id,
        organisation=posted.organisation,
        account=posted.account,
        point=posted.point,
        cases=figures["cases"],
        parts=(
            Part("on_time", figures["on_time"], figures["timed"], scheme.person_on_time),
            Part("rated_good", figures["rated_good"], figures["rated"], scheme.person_rated_good),
            Part(
                "right_first",
                figures["reviewed"] - figures["sent_back"],
                figures["reviewed"],
                scheme.person_right_first,
            ),
        ),
        deductions=tuple(_lost_by_alarms(tally, scheme)),
    )


def of_body(body: str, tally: Tally, scheme: Scheme, undelegated: Sequence[str]) -> Result:
    """A body's result. `undelegated` says on which days or for what it had no real delegation."""
    figures = tally.figures
    lost = list(_lost_by_alarms(tally, scheme))
    if undelegated:
        reason = "两集中两到位不实:" + "、".join(undelegated)
        lost.append(Deduction(reason, scheme.lost_by_unreal_delegation))
    return Result(
        subject=body,
        organisation=body,
        cases=figures["cases"],
        parts=(
            Part("on_time", figures["on_time"], figures["timed"], scheme.body_on_time),
            Part(
                "within_promise",
                figures["days_promised"],
                figures["days_used"] or figures["days_promised"],
                scheme.body_within_promise,
            ),
            Part("rated_good", figures["rated_good"], figures["rated"], scheme.body_rated_good),
            Part(
                "answers_cards",
                figures["answered_in_time"],
                figures["cards"],
                scheme.body_answers_cards,
            ),
        ),
        deductions=tuple(lost),
    )


def _lost_by_alarms(tally: Tally, scheme: Scheme) -> Iterable[Deduction]:
    for level, points in (
        ("warning", scheme.lost_by_warning),
        ("yellow", scheme.lost_by_yellow),
        ("red", scheme.lost_by_red),
    ):
        alarms = tally.under.get(f"confirmed_{level}", [])
        if alarms:
            yield Deduction(f"confirmed_{level}", points * len(alarms), tuple(alarms))


def quota(headcount: int) -> int:
    """How many of so many posted people may be excellent: 20 %, rounded down."""
    return headcount * QUOTA_PERCENT // 100


def graded(
    results: Sequence[Result], headcount: int, scheme: Scheme, excellent_before: frozenset[str]
) -> list[Result]:
    """The results with their grades. The best within the quota are excellent.

    Order: score, then the number of cases, then the posting's identifier. Nobody is excellent
    without a case, below `excellent_from`, or with a confirmed violation. `excellent_before` are
    the postings excellent the year before: excellent again, they are recommended.
    """
    ranked = sorted(results, key=lambda one: (-(one.score or 0), -one.cases, one.subject))
    places, done = quota(headcount), []
    for result in ranked:
        grade = _grade(result, scheme)
        if grade is Grade.EXCELLENT and places > 0:
            places -= 1
        elif grade is Grade.EXCELLENT:
            grade = Grade.COMPETENT
        again = grade is Grade.EXCELLENT and result.subject in excellent_before
        done.append(replace(result, grade=grade, recommended=again))
    return done


def _grade(result: Result, scheme: Scheme) -> Grade:
    score = result.score
    if score is None:
        return Grade.NOT_APPRAISED
    if score < scheme.competent_from:
        return Grade.INCOMPETENT
    if score >= scheme.excellent_from and not result.deductions:
        return Grade.EXCELLENT
    return Grade.COMPETENT


def weighted(result: Result, scheme: Scheme) -> str | None:
    """What a body's score adds to the district's total of 100, with two decimals."""
    if result.score is None:
        return None
    part = result.score * Decimal(scheme.weight_percent) / 100
    return str(part.quantize(Decimal("0.01"), ROUND_HALF_UP))
