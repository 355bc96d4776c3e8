"""Counting in constant time gives what counting on one's fingers gives."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.calendar import Notice, WorkingCalendar
from chalicelib.core.notices import shipped

DAY = timedelta(days=1)
DAYS = st.dates(date(2025, 11, 1), date(2028, 3, 1))


@st.composite
def calendars(draw):
    """Shipped 2026, and arbitrary years after it: any weekday off, any weekend day worked."""
    notices = [notice for notice in shipped() if notice.year == 2026]
    for year in draw(st.sets(st.sampled_from([2027, 2028, 2030]))):
        days = draw(st.sets(st.dates(date(year, 1, 1), date(year, 12, 31)), max_size=40))
        off = tuple(sorted(day for day in days if day.weekday() < 5 or day.day % 2))
        on = tuple(sorted(days - set(off)))
        notices.append(Notice(year, off, on))
    return WorkingCalendar(tuple(notices))


@given(calendars(), DAYS, st.integers(0, 80))
def test_adding_is_stepping_from_working_day_to_working_day(calendar, start, count):
    day, left = start, count
    while left or not calendar.is_working(day):
        day += DAY
        left -= calendar.is_working(day) if left else 0
    assert calendar.add_working_days(start, count) == day


@given(calendars(), DAYS, st.integers(0, 500))
def test_between_is_a_tally(calendar, start, length):
    end = start + length * DAY
    tally = sum(calendar.is_working(start + at * DAY) for at in range(1, length + 1))
    assert calendar.working_days_between(start, end) == tally
    assert calendar.working_days_between(end, start) == -tally


@given(calendars(), DAYS)
def test_position_steps_by_one_on_working_days_only(calendar, day):
    step = calendar.position(day) - calendar.position(day - DAY)
    assert step == calendar.is_working(day)
    if step:
        assert calendar.at(calendar.position(day)) == day


@given(calendars(), DAYS, DAYS)
def test_provisional_means_a_year_without_an_official_notice_in_between(calendar, one, other):
    start, end = sorted((one, other))
    years = {start + at * DAY for at in range((end - start).days + 1)}
    known = {notice.year for notice in calendar.notices}
    assert calendar.is_provisional(start, end) == any(day.year not in known for day in years)
