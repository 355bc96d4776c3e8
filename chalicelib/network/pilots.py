"""Units, items, services and workflows, switched on by place: first a pilot, then the rest.

Clauses 17 and 18: one subdistrict and one community go first; only a report that compares them with
the rest widens a pilot. What has no switch is on everywhere: a switch is made for what is new.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any, Protocol

from chalicelib.core.errors import Conflict, InvalidInput, OutOfTurn
from chalicelib.network.naming import Tier


class Subject(StrEnum):
    """What kind of thing is switched."""

    UNIT = "unit"
    ITEM = "item"
    SERVICE = "service"
    WORKFLOW = "workflow"


class Stage(StrEnum):
    PILOT = "pilot"
    WIDENED = "widened"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Figures:
    """What happened at one point in a period, or at several together.

    `days_used` and `days_promised` are working days, summed over the closed cases; `rated` counts
    ratings given and `rated_good` grades 1 to 3 of five (GB/T 39735).
    """

    point: str
    received: int = 0
    closed: int = 0
    on_time: int = 0
    days_used: float = 0.0
    days_promised: float = 0.0
    rated: int = 0
    rated_good: int = 0

    def __add__(self, other: Figures) -> Figures:
        return Figures(
            self.point,
            self.received + other.received,
            self.closed + other.closed,
            self.on_time + other.on_time,
            self.days_used + other.days_used,
            self.days_promised + other.days_promised,
            self.rated + other.rated,
            self.rated_good + other.rated_good,
        )

    @property
    def on_time_rate(self) -> float | None:
        """Share of the closed cases that were on time; None where none was closed."""
        return self.on_time / self.closed if self.closed else None

    @property
    def days_per_case(self) -> float | None:
        return self.days_used / self.closed if self.closed else None

    @property
    def used_to_promised(self) -> float | None:
        return self.days_used / self.days_promised if self.days_promised else None

    @property
    def good_rate(self) -> float | None:
        """Share of good ratings among those given: no rating is not a good one."""
        return self.rated_good / self.rated if self.rated else None


MEASURES = ("on_time_rate", "days_per_case", "used_to_promised", "good_rate")


class FigureSource(Protocol):
    """Where figures come from; the application connects it to the indicators."""

    def __call__(self, since: date, until: date, item: str | None) -> Iterable[Figures]: ...


@dataclass(frozen=True, slots=True)
class Comparison:
    """The pilot's points against the rest, over a period; differences are pilot minus rest."""

    since: date
    until: date
    pilot: Figures
    rest: Figures
    pilot_points: int
    rest_points: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
            "pilot": _described(self.pilot, self.pilot_points),
            "rest": _described(self.rest, self.rest_points),
            "difference": {
                measure: _difference(getattr(self.pilot, measure), getattr(self.rest, measure))
                for measure in MEASURES
            },
        }


def compare(
    figures: Iterable[Figures], pilot: frozenset[str], since: date, until: date
) -> Comparison:
    """Sum the figures of the pilot's points and of all others."""
    inside, outside = Figures("pilot"), Figures("rest")
    points: tuple[set[str], set[str]] = (set(), set())
    for each in figures:
        if each.point in pilot:
            inside += each
            points[0].add(each.point)
        else:
            outside += each
            points[1].add(each.point)
    return Comparison(since, until, inside, outside, len(points[0]), len(points[1]))


def _described(figures: Figures, points: int) -> dict[str, Any]:
    counted = asdict(figures)
    del counted["point"]
    return {"points": points, **counted, **{each: getattr(figures, each) for each in MEASURES}}


def _difference(pilot: float | None, rest: float | None) -> float | None:
    return None if pilot is None or rest is None else pilot - rest


@dataclass(frozen=True, slots=True)
class Switch:
    """Where something new is on: at `points`, or everywhere when `points` is None."""

    subject: Subject
    code: str
    title: str
    stage: Stage
    since: date
    points: frozenset[str] | None
    widened_on: date | None = None
    report: Mapping[str, Any] | None = field(default=None, hash=False)
    reason: str = ""
    version: int = 1

    @property
    def key(self) -> str:
        return switch_key(self.subject, self.code)

    def on_at(self, point: str | None, day: date) -> bool:
        """Whether it is on at a point (None: online, which counts as everywhere) on a day."""
        if self.stage is Stage.STOPPED or day < self.since:
            return False
        return self.points is None or point in self.points

    def to_dict(self) -> dict[str, Any]:
        return {
            "subject": str(self.subject),
            "code": self.code,
            "title": self.title,
            "stage": str(self.stage),
            "since": self.since.isoformat(),
            "points": None if self.points is None else sorted(self.points),
            "widened_on": self.widened_on.isoformat() if self.widened_on else None,
            "report": self.report,
            "reason": self.reason,
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Switch:
        return cls(
            subject=Subject(raw["subject"]),
            code=raw["code"],
            title=raw["title"],
            stage=Stage(raw["stage"]),
            since=date.fromisoformat(raw["since"]),
            points=None if raw["points"] is None else frozenset(raw["points"]),
            widened_on=date.fromisoformat(raw["widened_on"]) if raw["widened_on"] else None,
            report=raw["report"],
            reason=raw["reason"],
            version=int(raw["version"]),
        )


def switch_key(subject: Subject, code: str) -> str:
    return f"{subject}:{code}"


def start(
    subject: Subject,
    code: str,
    title: str,
    *,
    tiers: Mapping[str, Tier],
    since: date,
    today: date,
) -> Switch:
    """A pilot at the points in `tiers`, which gives each one's tier.

    Raises InvalidInput at `/points` unless a subdistrict centre and a community station take part
    (clause 18), at `/since` for a past day.
    """
    present = set(tiers.values())
    if not {Tier.SUBDISTRICT, Tier.COMMUNITY} <= present:
        raise InvalidInput.at("/points", "试点至少包括一个街道中心和一个社区(村)服务站")
    if since < today:
        raise InvalidInput.at("/since", "试点不能从过去的日期开始")
    return Switch(subject, code, title, Stage.PILOT, since, frozenset(tiers))


def widen(
    switch: Switch, points: frozenset[str] | None, comparison: Comparison, today: date
) -> Switch:
    """The switch on at more points, or everywhere (None), with the report frozen into it.

    Raises OutOfTurn for a stopped switch, Conflict while nothing was closed in the pilot or where
    a point of the pilot would be lost.
    """
    if switch.stage is Stage.STOPPED:
        raise OutOfTurn("试点已停止")
    if switch.points is None:
        raise Conflict("已在全区推行")
    if not comparison.pilot.closed:
        raise Conflict("试点网点尚无办结的办件,不能据以推广")
    if points is not None and not switch.points < points:
        raise InvalidInput.at("/points", "推广范围应包括并大于现有范围")
    return replace(
        switch,
        stage=Stage.WIDENED,
        points=points,
        widened_on=today,
        report=comparison.to_dict(),
        version=switch.version + 1,
    )


def stop(switch: Switch, reason: str) -> Switch:
    """The switch off everywhere. Raises OutOfTurn when it is, InvalidInput without a reason."""
    if switch.stage is Stage.STOPPED:
        raise OutOfTurn("试点已停止")
    if not reason.strip():
        raise InvalidInput.at("/reason", "请写明停止的原因")
    return replace(switch, stage=Stage.STOPPED, reason=reason, version=switch.version + 1)
