"""Figures of points over days, for a pilot's report: the same cases, counted by their days."""

from __future__ import annotations

from datetime import date, timedelta

from chalicelib.supervision import figures, pilot_figures
from chalicelib.supervision.boards import Filter

pytest_plugins = ["tests.support.supervision_room"]


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


def test_one_item_is_told_from_the_others(autumn):
    span = date(2026, 11, 1), date(2026, 12, 31)
    apart = [pilot_figures.figures(*span, f"rs-item-{n}") for n in range(3)]
    everything = pilot_figures.figures(*span)
    some = sum(one.received for item in apart for one in item)
    assert 0 < some < sum(one.received for one in everything)
    assert list(pilot_figures.figures(*span, "no-such-item")) == []
