"""Scores, quota, weight, recommendation: the arithmetic of clauses 15 and 16."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import InvalidInput
from chalicelib.supervision.appraisal import (
    Deduction,
    Grade,
    Part,
    Posted,
    Result,
    Scheme,
    graded,
    of_body,
    of_person,
    quota,
    weighted,
)
from chalicelib.supervision.appraisal_road import Period
from chalicelib.supervision.performance import Ledger, Tally

SCHEME = Scheme()


def result(subject, score, cases=10, deductions=()):
    return Result(subject, "rs", (Part("on_time", score, 100, 50),), deductions, cases)


@pytest.mark.parametrize(
    ("headcount", "places"), [(0, 0), (4, 0), (5, 1), (9, 1), (10, 2), (77, 15), (100, 20)]
)
def test_the_quota_is_a_fifth_rounded_down(headcount, places):
    assert quota(headcount) == places


@given(st.integers(0, 10_000))
def test_the_quota_never_exceeds_a_fifth_and_wastes_less_than_a_place(headcount):
    assert 0 <= headcount / 5 - quota(headcount) < 1


@pytest.mark.parametrize(
    ("weight", "allowed"),
    [("5", True), ("7", True), ("6.5", True), ("4.99", False), ("7.01", False)],
)
def test_the_weight_is_five_to_seven_per_cent(weight, allowed):
    if allowed:
        assert Scheme(weight_percent=weight).weight_percent == weight
    else:
        with pytest.raises(InvalidInput) as refused:
            Scheme(weight_percent=weight)
        assert refused.value.errors[0].pointer == "/scheme/weight_percent"


def test_shares_that_do_not_add_up_are_refused():
    with pytest.raises(InvalidInput):
        Scheme(person_on_time=60)


def test_a_share_without_figures_is_left_out_and_the_others_are_scaled_up():
    parts = (
        Part("on_time", 9, 10, 50),
        Part("rated_good", 0, 0, 20),
        Part("right_first", 3, 3, 30),
    )
    assert Result("p", "rs", parts, (), 10).score == Decimal("93.8")


def test_nobody_is_scored_who_has_nothing_to_go_by():
    (one,) = graded(
        [Result("p", "rs", (Part("on_time", 0, 0, 50),), (), 0)], 10, SCHEME, frozenset()
    )
    assert one.score is None
    assert one.grade is Grade.NOT_APPRAISED


def test_the_best_within_the_quota_are_excellent_and_no_more():
    results = [result(f"p{n}", 90 + n) for n in range(6)]
    grades = {one.subject: one.grade for one in graded(results, 10, SCHEME, frozenset())}
    assert {name for name, grade in grades.items() if grade is Grade.EXCELLENT} == {"p5", "p4"}
    assert grades["p3"] is Grade.COMPETENT


def test_equal_scores_go_by_cases_and_then_by_posting():
    results = [result("b", 95, cases=5), result("a", 95, cases=5), result("c", 95, cases=9)]
    order = [one.subject for one in graded(results, 5, SCHEME, frozenset())]
    assert order == ["c", "a", "b"]


def test_a_confirmed_violation_or_a_low_score_keeps_anyone_from_excellence():
    violated = result("v", 100, deductions=(Deduction("confirmed_warning", 1, ("a",)),))
    low, failed = result("l", 84), result("f", 59)
    grades = {
        one.subject: one.grade for one in graded([violated, low, failed], 100, SCHEME, frozenset())
    }
    assert grades == {"v": Grade.COMPETENT, "l": Grade.COMPETENT, "f": Grade.INCOMPETENT}


def test_two_excellent_years_in_a_row_bring_a_recommendation():
    results = [result("p1", 99), result("p2", 98), result("p3", 97)]
    found = graded(results, 10, SCHEME, frozenset({"p2", "p3"}))
    assert [one.subject for one in found if one.recommended] == ["p2"]


@given(
    st.lists(st.tuples(st.integers(0, 100), st.integers(0, 50)), max_size=40), st.integers(0, 60)
)
def test_excellent_people_never_exceed_the_quota_nor_stand_below_others(scores, headcount):
    results = [result(f"p{at:02d}", score, cases) for at, (score, cases) in enumerate(scores)]
    found = graded(results, headcount, SCHEME, frozenset())
    excellent = [one for one in found if one.grade is Grade.EXCELLENT]
    assert len(excellent) <= quota(headcount)
    best_left_out = max((one.score for one in found if one not in excellent), default=Decimal(0))
    assert all(one.score >= best_left_out for one in excellent)


def test_a_body_loses_points_where_its_delegation_is_not_real():
    tally = Tally()
    tally.add("timed", "c1")
    tally.add("on_time", "c1")
    real, unreal = of_body("rs", tally, SCHEME, []), of_body("rs", tally, SCHEME, ["无首席代表"])
    assert real.score - unreal.score == SCHEME.lost_by_unreal_delegation
    assert "两集中两到位" in unreal.deductions[0].reason


def test_a_body_adds_its_weighted_score_to_the_districts_total():
    tally = Tally()
    tally.add("timed", "c1", 4)
    tally.add("on_time", "c1", 3)
    assert weighted(of_body("rs", tally, SCHEME, []), SCHEME) == "4.50"


def test_alarms_cost_points_by_their_level_and_name_themselves():
    ledger = Ledger()
    tally = ledger.account("a")
    tally.add("timed", "c1")
    tally.add("on_time", "c1")
    for level, alarm in (("yellow", "y1"), ("yellow", "y2"), ("red", "r1")):
        tally.add(f"confirmed_{level}", alarm)
    found = of_person(Posted("p", "a", "rs", "centre", date(2024, 1, 1)), tally, SCHEME)
    assert found.score == Decimal("84.0")
    assert {d.reason: (d.points, d.under) for d in found.deductions} == {
        "confirmed_yellow": (6, ("y1", "y2")),
        "confirmed_red": (10, ("r1",)),
    }


def test_results_survive_their_own_writing():
    one = graded([result("p1", 99, deductions=(Deduction("x", -2),))], 10, SCHEME, frozenset())[0]
    assert Result.from_dict(one.to_dict()) == one


@pytest.mark.parametrize("text", ["2026-13", "26-11", "2026-1", "2026-", "twenty", "2026-11-01"])
def test_a_period_is_a_month_or_a_year(text):
    with pytest.raises(InvalidInput):
        Period(text)


def test_periods_know_their_months_and_their_last_day():
    assert Period("2026-02").last_day == date(2026, 2, 28)
    assert Period("2026-12").last_day == date(2026, 12, 31)
    assert Period("2026").last_day == date(2026, 12, 31)
    assert Period("2026").months[0::11] == ["2026-01", "2026-12"]
    assert Period("2026").year_before == "2025"
