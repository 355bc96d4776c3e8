"""What-if: put in a holiday, a suspension or a calendar, and see which open cases change."""

from __future__ import annotations

from itertools import count, islice

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.calendar import Notice, Status
from chalicelib.core.deadlines import ClockKind, Colour, SuspensionKind, clocks, colour
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.whatif import effects, supposing, with_suspension
from tests.support.ledgers import accepted, at, on, random_ledgers, working

CALENDAR = shipped_calendar()
NOTICE_2027 = Notice(2027, tuple(on(1, day, 2027) for day in (1, 2, 3)), (), Status.OFFICIAL)


def test_year_end_a_published_calendar_moves_a_provisional_case():
    case = accepted(on(12, 25), working(20))
    (found,) = effects(
        [("a", case)], CALENDAR, at(12, 25), after=CALENDAR.with_notices([NOTICE_2027])
    )
    assert found.moved == {ClockKind.PROMISE: (on(1, 22, 2027), on(1, 25, 2027))}
    assert not found.changes_colour


def test_a_holiday_saves_a_case_from_its_yellow_card_for_a_day():
    case = accepted(on(3, 2), working(5))
    free = supposing(CALENDAR, days_off=[on(3, 9)])
    (found,) = effects([("a", case)], CALENDAR, at(3, 10), after=free)
    assert (found.colour_before, found.colour_after) == (Colour.YELLOW, Colour.WARNING)
    assert found.changes_colour


def test_a_make_up_day_brings_cases_nearer():
    (found,) = effects(
        [("a", accepted(on(3, 2), working(5)))],
        CALENDAR,
        at(3, 3),
        after=supposing(CALENDAR, make_up_days=[on(3, 7)]),
    )
    assert found.moved[ClockKind.PROMISE] == (on(3, 9), on(3, 7))


def test_a_holiday_is_taken_back_by_supposing_it_worked():
    worked = supposing(CALENDAR, make_up_days=[on(10, 7)])
    assert worked.is_working(on(10, 7))
    assert not supposing(worked, days_off=[on(10, 7)]).is_working(on(10, 7))


def test_supposing_opens_a_year_without_a_notice_and_leaves_it_provisional():
    supposed = supposing(CALENDAR, days_off=[on(1, 1, 2027)])
    assert not supposed.is_working(on(1, 1, 2027))
    assert supposed.status(2027) is Status.PROVISIONAL
    assert supposed.status(2026) is Status.OFFICIAL


def test_a_suspension_that_stops_the_clock_changes_cases_and_one_that_does_not_does_not():
    cases = [("a", accepted(on(3, 2), working(5), working(20)))]
    hearing = with_suspension(SuspensionKind.HEARING, on(3, 3), on(3, 6))
    visit = with_suspension(SuspensionKind.SITE_VISIT, on(3, 3), on(3, 6))
    (found,) = effects(cases, CALENDAR, at(3, 10), change=hearing)
    assert found.colour_after is Colour.GREEN
    assert list(effects(cases, CALENDAR, at(3, 10), change=visit)) == []


def test_an_ended_case_is_touched_by_no_supposed_suspension():
    ended = accepted(on(3, 2), working(5)).end(on(3, 10))
    assert colour(ended, CALENDAR, at(3, 20)) is Colour.YELLOW
    hearing = with_suspension(SuspensionKind.HEARING, on(3, 3), on(3, 6))
    assert list(effects([("a", ended)], CALENDAR, at(3, 20), change=hearing)) == []


def test_any_number_of_cases_passes_through_one_at_a_time():
    endless = ((str(number), accepted(on(12, 25), working(20))) for number in count())
    after = CALENDAR.with_notices([NOTICE_2027])
    found = list(islice(effects(endless, CALENDAR, at(12, 25), after=after), 3))
    assert [each.key for each in found] == ["0", "1", "2"]


@given(st.lists(random_ledgers(), max_size=3), st.sets(st.dates(on(1, 1), on(12, 31)), max_size=20))
def test_only_and_all_cases_that_change_come_out(cases, days):
    after = supposing(CALENDAR, days_off=days)
    keyed = [(str(at), case) for at, case in enumerate(cases)]
    now = at(6, 1)
    out = {found.key: found for found in effects(keyed, CALENDAR, now, after=after)}
    for key, case in keyed:
        before = {each.clock: each.due_on for each in clocks(case, CALENDAR) if each.open}
        later = {each.clock: each.due_on for each in clocks(case, after) if each.open}
        recoloured = colour(case, CALENDAR, now) is not colour(case, after, now)
        assert (key in out) == (before != later or recoloured)
        if key in out:
            assert {clock: pair[1] for clock, pair in out[key].moved.items()} == {
                clock: day for clock, day in later.items() if before.get(clock) != day
            }
