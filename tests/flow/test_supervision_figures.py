"""Indicators, their breakdown, the cases under them: exact, and each number opens its list."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from chalicelib.core.errors import InvalidInput, NotFound
from chalicelib.supervision import case_store, cell_store, figures
from chalicelib.supervision.boards import Filter

pytest_plugins = ["tests.support.supervision_room"]

NOVEMBER = "2026-11"


def value_of(answer, key):
    return next(one for one in answer["monthly"] if one["key"] == key)


def all_cards(key, wanted=Filter(), timeliness=None, day=None):
    cards, start = [], None
    while True:
        page = figures.cases(
            key, NOVEMBER, wanted, timeliness=timeliness, limit=7, start=start, day=day
        )
        cards += page.cards
        if page.next is None:
            return cards
        start = page.next


def test_a_number_is_the_length_of_its_list(autumn):
    answer = figures.indicators(NOVEMBER)
    for key in ("received", "closed"):
        assert value_of(answer, key)["numerator"] == len(all_cards(key)) > 0


def test_on_time_is_the_timely_part_of_the_list(autumn):
    found = value_of(figures.indicators(NOVEMBER), "on_time_rate")
    timely, late = (
        all_cards("on_time_rate", timeliness="timely"),
        all_cards("on_time_rate", timeliness="late"),
    )
    assert (found["numerator"], found["denominator"]) == (len(timely), len(timely) + len(late))
    assert found["rate"] == round(len(timely) / (len(timely) + len(late)), 4)


def test_sums_are_the_sums_of_their_cases_shares(autumn):
    answer = figures.indicators(NOVEMBER)
    closed = all_cards("closed")
    promised = value_of(answer, "actual_to_promised")
    timed = [card["promise_days"] for card in closed if "promise_days" in card]
    assert promised["denominator"] == sum(days[0] for days in timed)
    assert promised["numerator"] == sum(days[1] for days in timed)
    saved = sum(card.get("visits_saved", 0) for card in closed)
    assert value_of(answer, "visits_saved")["numerator"] == saved
    materials = sum(card.get("materials_saved", 0) for card in all_cards("received"))
    assert value_of(answer, "materials_saved")["numerator"] == materials


def test_ratings_open_the_cases_that_were_rated(autumn):
    found = value_of(figures.indicators(NOVEMBER), "satisfaction_rate")
    grades = [card["grade"] for card in all_cards("satisfaction_rate")]
    assert found["denominator"] == len(grades)
    assert found["numerator"] == sum(1 for grade in grades if grade <= 3)


@pytest.mark.parametrize("by", ["body", "point", "item"])
def test_the_parts_of_an_indicator_add_up_to_the_whole(autumn, by):
    whole = value_of(figures.indicators(NOVEMBER), "on_time_rate")
    rows = figures.breakdown("on_time_rate", NOVEMBER, by)["rows"]
    assert sum(row["numerator"] for row in rows) == whole["numerator"]
    assert sum(row["denominator"] for row in rows) == whole["denominator"]


@pytest.mark.parametrize("by", ["body", "point", "item"])
def test_each_part_opens_its_own_cases(autumn, by):
    for row in figures.breakdown("closed", NOVEMBER, by)["rows"]:
        cards = all_cards("closed", Filter(**{by: row["name"]}))
        assert len(cards) == row["numerator"]


@pytest.mark.parametrize("key", ["received", "closed", "alarms"])
def test_the_days_of_a_month_share_its_list_among_them(autumn, key):
    marks = {"received": "received_at", "closed": "closed_at", "alarms": "raised_at"}
    days = [date(2026, 11, number) for number in range(1, 31)]
    apart = {day: all_cards(key, day=day) for day in days}
    assert sum(map(len, apart.values())) == len(all_cards(key)) > 0
    for day, cards in apart.items():
        assert {card[marks[key]][:10] for card in cards} <= {day.isoformat()}


def test_a_day_belongs_to_its_month_and_to_numbers_that_have_days(autumn):
    with pytest.raises(InvalidInput):
        all_cards("received", day=date(2026, 12, 1))
    with pytest.raises(InvalidInput):
        all_cards("satisfaction_rate", day=date(2026, 11, 2))


def test_the_open_cases_of_the_wall_are_the_length_of_their_list(autumn):
    wall = figures.wall()
    assert len(all_cards("open")) == wall["open"] > 0
    for dimension, group in (("body", "bodies"), ("point", "points")):
        for unit in wall[group]:
            assert len(all_cards("open", Filter(**{dimension: unit["name"]}))) == unit["open"]


def test_what_never_happened_has_no_rate(autumn):
    found = value_of(figures.indicators("2026-01"), "on_time_rate")
    assert (found["numerator"], found["denominator"], found["rate"]) == (0, 0, None)


def test_an_unknown_indicator_or_month_is_refused(autumn):
    with pytest.raises(NotFound):
        figures.breakdown("happiness", NOVEMBER, "body")
    with pytest.raises(InvalidInput):
        figures.month_of("2026-13")


def test_the_cells_are_the_sum_over_everything_heard(autumn):
    total = Counter()
    for counter in cell_store.all_counts(2026).values():
        total.update(counter)
    assert total["in"] == len(autumn)
    assert total["open"] == total["in"] - total["out"]
    assert len(case_store.oldest_open(100)) == total["open"]
