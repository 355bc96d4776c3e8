"""An explanation is what a citizen checks a due date by, so its words are part of the rule."""

from __future__ import annotations

from chalicelib.core.deadlines import ClockKind, SuspensionKind, step_clock
from chalicelib.core.explanation import Reason, explain
from chalicelib.core.notices import shipped_calendar
from tests.support.ledgers import accepted, natural, on, working

CALENDAR = shipped_calendar()


def told(case, clock=ClockKind.PROMISE, today=None):
    return {line.date: line for line in explain(case, clock, CALENDAR, today)}


def test_the_days_around_the_spring_festival():
    lines = told(accepted(on(2, 11), working(5)))
    assert (lines[on(2, 11)].reason, lines[on(2, 11)].text) == (Reason.START, "起算日,不计入")
    assert (lines[on(2, 12)].number, lines[on(2, 12)].text) == (1, "工作日,计入")
    assert (lines[on(2, 14)].number, lines[on(2, 14)].text) == (3, "调休上班,计入")
    assert (lines[on(2, 17)].counted, lines[on(2, 17)].text) == (False, "春节放假,不计入")
    assert lines[on(2, 25)].number == 5
    assert max(lines) == on(2, 25)


def test_a_weekend_is_a_weekend():
    line = told(accepted(on(3, 6), working(1)))[on(3, 7)]
    assert (line.reason, line.text) == (Reason.WEEKEND, "周末,不计入")


def test_a_suspended_day_names_the_act():
    case = accepted(on(3, 30), working(10)).suspend("a", SuspensionKind.EXPERT_REVIEW, on(4, 2))
    lines = told(case.resume("a", on(4, 20)))
    assert lines[on(4, 2)].number == 3
    assert lines[on(4, 3)].reason is lines[on(4, 4)].reason is Reason.SUSPENDED
    assert lines[on(4, 20)].text == "专家评审期间,不计入"
    assert lines[on(4, 21)].number == 4


def test_of_two_overlapping_acts_each_day_names_one_that_covers_it():
    case = (
        accepted(on(3, 30), working(10))
        .suspend("a", SuspensionKind.TEST, on(4, 2))
        .resume("a", on(4, 8))
        .suspend("b", SuspensionKind.HEARING, on(4, 7))
        .resume("b", on(4, 10))
    )
    lines = told(case)
    assert lines[on(4, 7)].text.startswith("检测")
    assert lines[on(4, 9)].text.startswith("听证")


def test_a_correction_is_named_in_the_promise_of_a_sunk_item():
    case = accepted(on(3, 2), working(5))
    assert all(line.reason is not Reason.SUSPENDED for line in told(case).values())


def test_a_last_day_that_rolls_says_over_what():
    lines = told(accepted(on(4, 19), natural(15)))
    assert (lines[on(5, 4)].number, lines[on(5, 4)].text) == (15, "自然日,计入")
    assert (lines[on(5, 5)].reason, lines[on(5, 5)].text) == (Reason.HOLIDAY, "劳动节放假,顺延")
    assert lines[on(5, 6)].reason is Reason.ROLLED
    assert not lines[on(5, 6)].counted


def test_an_unpublished_year_is_told_on_every_day_that_rests_on_it():
    lines = told(accepted(on(12, 30), working(5)))
    assert not lines[on(12, 31)].provisional
    new_year = lines[on(1, 1, 2027)]
    assert new_year.provisional
    assert new_year.text == "工作日,计入(2027年放假安排尚未公布,暂按周末推算)"


def test_a_clock_held_up_is_explained_up_to_today():
    case = accepted(on(3, 2), working(10)).suspend("a", SuspensionKind.TEST, on(3, 4))
    lines = told(case, today=on(3, 20))
    assert max(lines) == on(3, 20)
    assert lines[on(3, 20)].reason is Reason.SUSPENDED
    assert max(told(case)) == on(3, 4)


def test_a_clock_that_has_not_begun_has_no_days():
    assert explain(accepted(on(3, 2)), step_clock("hearing"), CALENDAR) == ()


def test_an_extension_in_another_unit_counts_on_in_that_unit():
    case = accepted(on(4, 20), working(7), natural(15)).extend(working(3), on(5, 6))
    lines = told(case, ClockKind.STATUTORY)
    assert lines[on(5, 5)].reason is Reason.CALENDAR_DAY
    assert lines[on(5, 6)].reason is Reason.ROLLED
    assert [lines[on(5, day)].number for day in (7, 8, 9)] == [16, 17, 18]
