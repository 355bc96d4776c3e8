"""Working days: the State Council's notices, the weekend rule, and counting in both."""

from __future__ import annotations

from datetime import date, timedelta

import chinese_calendar
import pytest

from chalicelib.core.calendar import DayKind, Notice, Status, WorkingCalendar
from chalicelib.core.notices import shipped, shipped_calendar
from tests.support import day_by_day

CALENDAR = shipped_calendar()
NEW_YEARS_EVE = date(2025, 12, 31)


def test_2026_has_248_working_days():
    assert CALENDAR.working_days_between(NEW_YEARS_EVE, date(2026, 12, 31)) == 248


@pytest.mark.parametrize("year", [2024, 2025, 2026])
def test_a_shipped_year_agrees_with_an_independent_calendar_on_every_day(year):
    day = date(year, 1, 1)
    while day.year == year:
        assert CALENDAR.is_working(day) is chinese_calendar.is_workday(day), day
        day += timedelta(days=1)


@pytest.mark.parametrize(
    ("day", "kind", "name"),
    [
        (date(2026, 2, 13), DayKind.WORKING, ""),
        (date(2026, 2, 14), DayKind.MAKE_UP, ""),
        (date(2026, 2, 17), DayKind.HOLIDAY, "春节"),
        (date(2026, 2, 15), DayKind.HOLIDAY, "春节"),
        (date(2026, 3, 7), DayKind.WEEKEND, ""),
    ],
)
def test_a_day_says_why_it_is_or_is_not_a_working_day(day, kind, name):
    assert (CALENDAR.kind(day), CALENDAR.name(day)) == (kind, name)


def test_adding_does_not_count_the_start_and_adding_none_rolls_off_a_holiday():
    assert CALENDAR.add_working_days(date(2026, 2, 13), 1) == date(2026, 2, 14)
    assert CALENDAR.add_working_days(date(2026, 2, 14), 1) == date(2026, 2, 24)
    assert CALENDAR.add_working_days(date(2026, 2, 15), 0) == date(2026, 2, 24)
    assert CALENDAR.add_working_days(date(2026, 2, 24), 0) == date(2026, 2, 24)
    with pytest.raises(ValueError, match="added"):
        CALENDAR.add_working_days(date(2026, 2, 24), -1)


def test_a_year_without_a_notice_follows_the_weekend_and_is_provisional():
    assert CALENDAR.status(2026) is Status.OFFICIAL
    assert CALENDAR.status(2027) is Status.PROVISIONAL
    assert CALENDAR.is_working(date(2027, 1, 1))
    assert not CALENDAR.is_provisional(date(2025, 12, 1), date(2026, 12, 31))
    assert CALENDAR.is_provisional(date(2026, 12, 31), date(2027, 1, 1))
    assert CALENDAR.is_provisional(date(2023, 12, 31), date(2024, 1, 1))


def test_a_calendar_without_any_notice_is_all_weekdays():
    bare = WorkingCalendar(())
    assert bare.add_working_days(date(2026, 1, 1), 5) == date(2026, 1, 8)
    assert bare.is_provisional(date(2026, 1, 1), date(2026, 1, 1))


def test_a_notice_marked_provisional_sets_days_and_leaves_the_year_provisional():
    guess = Notice(2027, (date(2027, 1, 1),), (), Status.PROVISIONAL)
    calendar = CALENDAR.with_notices([guess])
    assert not calendar.is_working(date(2027, 1, 1))
    assert calendar.status(2027) is Status.PROVISIONAL


def test_a_notice_may_reach_into_december_of_the_year_before_and_overrides_it():
    # The notice for 2023 took 2022-12-31 off, a Saturday anyway; 2019's made 2018-12-29 a make-up.
    following = Notice(2027, (date(2026, 12, 31), date(2027, 1, 1)), (date(2026, 12, 27),))
    calendar = CALENDAR.with_notices([following])
    assert calendar.kind(date(2026, 12, 27)) is DayKind.MAKE_UP
    assert calendar.kind(date(2026, 12, 31)) is DayKind.HOLIDAY
    assert calendar.add_working_days(date(2026, 12, 25), 1) == date(2026, 12, 27)


def test_a_day_that_two_notices_name_is_called_as_the_later_one_calls_it():
    day = date(2026, 12, 31)
    earlier = Notice(2026, (day,), (), names={day: "年末"})
    later = Notice(2027, (day,), (), names={day: "元旦"})
    assert WorkingCalendar((earlier, later)).name(day) == "元旦"


def test_a_lone_notice_that_reaches_back_counts_from_that_december():
    calendar = WorkingCalendar((Notice(2019, (date(2018, 12, 31),), (date(2018, 12, 29),)),))
    assert calendar.working_days_between(date(2018, 12, 28), date(2018, 12, 31)) == 1
    assert calendar.status(2018) is Status.PROVISIONAL


def test_years_between_two_notices_are_counted_by_the_weekend_rule():
    far = CALENDAR.with_notices([Notice(2031, (date(2031, 1, 1),), ())])
    assert far.working_days_between(date(2028, 12, 31), date(2029, 12, 31)) == 261
    assert far.status(2029) is Status.PROVISIONAL
    assert not far.is_working(date(2031, 1, 1))


def test_two_notices_for_one_year_are_refused():
    with pytest.raises(ValueError, match="two notices"):
        WorkingCalendar((Notice(2026, (), ()), Notice(2026, (), ())))


def test_the_version_follows_the_days_and_the_status_and_nothing_else():
    notice = shipped()[-1]
    same = Notice.from_dict({**notice.to_dict(), "source": "another copy", "names": {}})
    moved = Notice(notice.year, notice.days_off[1:], notice.make_up_days)
    guess = Notice(notice.year, notice.days_off, notice.make_up_days, Status.PROVISIONAL)
    assert same.version == notice.version
    assert len({notice.version, moved.version, guess.version}) == 3
    assert CALENDAR.with_notices([same]).version == CALENDAR.version
    assert CALENDAR.with_notices([moved]).version != CALENDAR.version


def test_a_calendar_can_key_a_cache():
    assert {CALENDAR: 1}[WorkingCalendar(shipped())] == 1


def test_a_notice_survives_json():
    for notice in shipped():
        assert Notice.from_dict(notice.to_dict()) == notice


@pytest.mark.parametrize("start", [date(1, 1, 1), date(1999, 5, 3), date(2023, 12, 30)])
def test_position_and_its_inverse_agree_outside_the_notices(start):
    for offset in range(20):
        day = start + timedelta(days=offset)
        assert CALENDAR.at(CALENDAR.position(day) + 1) > day
        if CALENDAR.is_working(day):
            assert CALENDAR.at(CALENDAR.position(day)) == day


def test_the_shipped_2026_is_the_one_the_oracle_knows():
    (notice,) = (each for each in shipped() if each.year == 2026)
    assert set(notice.days_off) == day_by_day.HOLIDAYS
    assert set(notice.make_up_days) == day_by_day.MAKE_UP
