"""Opening hours: service days are not working days (clause 12)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import InvalidInput
from chalicelib.core.time import SHANGHAI
from chalicelib.network.hours import Hours, Span
from chalicelib.network.naming import OFFICE_HOURS

MONDAY = date(2026, 3, 2)


def weekdays(day):
    return day.weekday() < 5


@st.composite
def span_lists(draw, least=0):
    edges = draw(st.lists(st.integers(0, 95), min_size=2 * least, max_size=6, unique=True))
    edges = sorted(edges)[: len(edges) // 2 * 2]
    clock = [time(edge // 4, edge % 4 * 15) for edge in edges]
    return tuple(Span(*pair) for pair in zip(clock[::2], clock[1::2], strict=True))


@st.composite
def hours(draw):
    exceptions = draw(
        st.dictionaries(
            st.integers(0, 20).map(lambda n: MONDAY + timedelta(days=n)), span_lists(), max_size=3
        )
    )
    return Hours(draw(span_lists()), draw(span_lists()), exceptions)


instants = st.integers(0, 14 * 24 * 4).map(
    lambda quarter: datetime(2026, 3, 2, tzinfo=SHANGHAI) + timedelta(minutes=15 * quarter)
)


@given(hours())
def test_hours_survive_their_storage(given_hours):
    assert Hours.from_dict(given_hours.to_dict()) == given_hours


@given(hours(), instants)
def test_the_next_opening_is_the_first_open_instant(given_hours, after):
    found = given_hours.next_opening(after, weekdays)
    moment = after
    while moment < after + timedelta(days=20):
        if given_hours.open_at(moment, weekdays(moment.date())):
            assert found == moment
            return
        moment += timedelta(minutes=15)
    assert found is None or found >= moment


@given(hours(), instants)
def test_a_rest_day_is_a_service_day_only_with_365_service(given_hours, instant):
    if given_hours.open_at(instant, working=False) and instant.date() not in given_hours.exceptions:
        assert given_hours.all_year


@pytest.mark.parametrize(
    ("working_day", "noon", "extended"),
    [
        (["09:00-12:00", "13:30-17:30"], False, False),
        (["09:00-17:30"], True, False),
        (["09:00-12:30", "12:30-17:30"], True, False),
        (["09:00-12:00", "12:30-17:30"], False, False),
        (["09:00-12:00", "13:30-19:00"], False, True),
        (["08:30-12:00", "13:30-17:30"], False, True),
        (["09:00-17:30", "18:30-20:00"], True, True),
        ([], False, False),
    ],
)
def test_noon_and_extended_service_are_read_off_the_hours(working_day, noon, extended):
    given_hours = Hours.from_dict({"working_day": working_day})
    assert given_hours.through_noon(OFFICE_HOURS) is noon
    assert given_hours.extended(OFFICE_HOURS) is extended
    assert given_hours.all_year is False


def test_an_exception_closes_or_opens_a_single_date():
    given_hours = Hours.from_dict(
        {
            "working_day": ["09:00-17:30"],
            "exceptions": {"2026-03-03": [], "2026-03-07": ["10:00-12:00"]},
        }
    )
    assert given_hours.on(date(2026, 3, 3), working=True) == ()
    assert given_hours.on(date(2026, 3, 7), working=False) == (Span.parse("10:00-12:00"),)
    assert given_hours.on(date(2026, 3, 8), working=False) == ()


@pytest.mark.parametrize(
    ("raw", "pointer"),
    [
        ({"working_day": ["12:00-09:00"]}, "/hours/working_day/0"),
        ({"working_day": ["25:00-26:00"]}, "/hours/working_day/0"),
        ({"working_day": ["09:00"]}, "/hours/working_day/0"),
        ({"working_day": ["09:00-12:00", "11:00-13:00"]}, "/hours/working_day/1"),
        ({"working_day": [], "rest_day": ["x-y"]}, "/hours/rest_day/0"),
        ({"working_day": [], "exceptions": {"soon": []}}, "/hours/exceptions"),
    ],
)
def test_wrong_hours_are_refused_at_their_place(raw, pointer):
    with pytest.raises(InvalidInput) as refused:
        Hours.from_dict(raw)
    assert refused.value.errors[0].pointer == pointer
