"""Figures of points over days, for a pilot's report: the same cases, counted by their days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.supervision import figures, pilot_figures
from chalicelib.supervision.boards import Filter
from tests.support.supervision_cases import MONDAY, many, plain

pytest_plugins = ["tests.support.supervision_room"]


@pytest.fixture
def autumn(room):
    room.hear(*many(seed=21, count=20))
    room.settle()


def test_a_whole_month_agrees_with_the_indicators(autumn):
    found = {one.point: one for one in pilot_figures.figures(date(2026, 11, 1), date(2026, 11, 30))}
    for point, one in found.items():
        shown = {
            each["key"]: each
            for each in figures.indicators("2026-11", Filter(point=point))["monthly"]
        }
        assert one.received == shown["received"]["numerator"]
        assert (one.on_time, one.closed) == (
            shown["on_time_rate"]["numerator"],
            shown["on_time_rate"]["denominator"],
        )
        assert (one.days_used, one.days_promised) == (
            shown["actual_to_promised"]["numerator"],
            shown["actual_to_promised"]["denominator"],
        )
        assert (one.rated_good, one.rated) == (
            shown["satisfaction_rate"]["numerator"],
            shown["satisfaction_rate"]["denominator"],
        )


def test_days_add_up_to_their_span(autumn):
    whole = sum(
        one.received for one in pilot_figures.figures(date(2026, 11, 2), date(2026, 12, 15))
    )
    days = [date(2026, 11, 2) + timedelta(days=n) for n in range(44)]
    apart = sum(one.received for day in days for one in pilot_figures.figures(day, day))
    assert whole == apart > 0


def test_one_item_is_told_from_the_others(room):
    room.hear(plain("410102-AAAAA-00001-1"), plain("410102-BBBBB-00002-2", item="other"))
    room.settle()
    (one,) = pilot_figures.figures(MONDAY.date(), date(2026, 11, 30), "other")
    assert (one.point, one.received, one.closed, one.on_time) == ("zy-station", 1, 1, 1)
