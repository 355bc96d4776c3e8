"""Staff of a service point against its load and its opening hours (clause 3).

The document asks for staffing without a number, so the standard is configuration: a proposal of the
product, shown with every figure and never presented as law.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from math import ceil

from chalicelib.network.hours import Spans
from chalicelib.network.model import ServicePoint
from chalicelib.network.postings import Posting

WORKING_DAYS_A_WEEK = 5
REST_DAYS_A_WEEK = 2


@dataclass(frozen=True, slots=True)
class Standard:
    """How much one person does: minutes a case, hours a week, the share spent with clients."""

    minutes_per_case: float = 20.0
    hours_per_week: float = 40.0
    utilisation: float = 0.75
    least_open: int = 1

    @property
    def cases_per_week(self) -> float:
        """How many cases one person takes in a week."""
        return self.hours_per_week * 60 * self.utilisation / self.minutes_per_case


PROPOSED = Standard()


@dataclass(frozen=True, slots=True)
class Staffing:
    """How many are posted at a point and how many its load and its hours ask for."""

    point: str
    posted: int
    for_load: int
    for_hours: int
    cases_per_week: float
    open_hours_per_week: float

    @property
    def needed(self) -> int:
        return max(self.for_load, self.for_hours)

    @property
    def missing(self) -> int:
        """How many more are needed; nothing where enough are posted."""
        return max(0, self.needed - self.posted)


def staffing(
    point: ServicePoint,
    postings: Iterable[Posting],
    cases_per_week: float,
    on: date,
    standard: Standard = PROPOSED,
) -> Staffing:
    """Judge one point's staff on a day, given how many cases a week it takes.

    A point needs people for its cases, and at least `least_open` at every hour it is open: extended
    hours and 365 service ask for more shifts however few come.
    """
    posted = {each.account for each in postings if each.point == point.key and each.active_on(on)}
    hours = WORKING_DAYS_A_WEEK * _hours(point.hours.working_day) + REST_DAYS_A_WEEK * _hours(
        point.hours.rest_day
    )
    return Staffing(
        point=point.key,
        posted=len(posted),
        for_load=ceil(cases_per_week / standard.cases_per_week),
        for_hours=ceil(standard.least_open * hours / standard.hours_per_week),
        cases_per_week=cases_per_week,
        open_hours_per_week=hours,
    )


def _hours(spans: Spans) -> float:
    day = date.min
    seconds = (
        (datetime.combine(day, span.closes) - datetime.combine(day, span.opens)).total_seconds()
        for span in spans
    )
    return sum(seconds) / 3600
