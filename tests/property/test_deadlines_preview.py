"""The public calculator: what it answers is right, and what it refuses it points at."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import app
from chalicelib.calendars import service
from chalicelib.calendars.preview import preview
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.errors import InvalidInput
from chalicelib.core.limits import Limit, Unit
from chalicelib.core.notices import shipped, shipped_calendar
from tests.support import day_by_day
from tests.support.api import ApiClient
from tests.support.ledgers import DATES, on, working

CALENDAR = WorkingCalendar(tuple(notice for notice in shipped() if notice.year == 2026))
UNITS = st.sampled_from([unit.value for unit in Unit])


@pytest.fixture(scope="module")
def client():
    """The app on the shipped notices, with nothing behind it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(service, "working_calendar", shipped_calendar)
        yield ApiClient(app)


@st.composite
def questions(draw):
    start = draw(DATES)
    periods = draw(st.lists(st.tuples(st.integers(-5, 80), st.integers(0, 30)), max_size=5))
    suspensions = [
        (start + timedelta(days=after), start + timedelta(days=after + length))
        for after, length in periods
    ]
    limit = Limit(draw(st.integers(0, 40)), draw(st.sampled_from(Unit)))
    extension = draw(st.none() | st.builds(Limit, st.integers(1, 20), st.sampled_from(Unit)))
    if extension and extension.unit is Unit.MONTH:
        extension = Limit(extension.value % 3 + 1, Unit.MONTH)
    if limit.unit is Unit.MONTH:
        limit = Limit(limit.value % 6, Unit.MONTH)
    return start, limit, suspensions, extension


@given(questions())
def test_the_preview_is_the_date_found_by_walking(question):
    start, limit, suspensions, extension = question
    found = preview(CALENDAR, start, limit, suspensions, extension)
    expected = day_by_day.due(
        start,
        limit.value,
        limit.unit,
        suspensions,
        extension and (extension.value, extension.unit),
    )
    assert found.due_on == expected == found.days[-1].date
    if Unit.MONTH not in (limit.unit, extension and extension.unit):
        total = limit.value + (extension.value if extension else 0)
        assert sum(line.counted for line in found.days) == total


@pytest.mark.parametrize(
    ("suspensions", "limit", "extension", "pointers"),
    [
        ([(on(3, 9), on(3, 8))], working(5), None, ["/suspensions/0/to"]),
        ([], working(751), None, ["/limit/value"]),
        ([], working(5), Limit(37, Unit.MONTH), ["/extension/value"]),
        ([(on(1, 1, 1999), on(1, 2, 2091))], working(5), None, ["from", "to"]),
        ([(on(1, 1, 2020), on(12, 31, 2026))], working(5), None, ["/suspensions"]),
        ([(on(3, 9), on(3, 9))] * 51, working(5), None, ["/suspensions"]),
    ],
)
def test_what_is_out_of_bounds_is_pointed_at(suspensions, limit, extension, pointers):
    with pytest.raises(InvalidInput) as refused:
        preview(CALENDAR, on(3, 2), limit, suspensions, extension)
    found = [error.pointer for error in refused.value.errors]
    assert len(found) == len(pointers)
    assert all(full.endswith(part) for full, part in zip(found, pointers, strict=True))


def ask(client, **changes):
    body = {"start": "2026-03-02", "limit": {"value": 5, "unit": "working_day"}, **changes}
    return client.post("/v1/deadlines/preview", body)


def test_an_answer_has_the_shape_of_the_contract(client):
    answer = ask(
        client,
        start="2026-03-30",
        limit={"value": 10, "unit": "working_day"},
        suspensions=[{"from": "2026-04-02", "to": "2026-04-20"}],
    )
    assert answer.status == 200
    assert answer.json["due_on"] == "2026-04-29"
    assert answer.json["provisional"] is False
    assert answer.json["days"][1] == {
        "date": "2026-03-31",
        "counted": True,
        "reason": "working",
        "text": "工作日,计入",
        "number": 1,
        "provisional": False,
    }


def test_year_end_is_provisional(client):
    answer = ask(client, start="2026-12-25", limit={"value": 20, "unit": "working_day"})
    assert answer.json["provisional"] is True


@pytest.mark.parametrize(
    ("changes", "pointers"),
    [
        ({"limit": {"value": -1, "unit": "working_day"}}, ["/limit/value"]),
        ({"limit": {"value": 1.5, "unit": "working_day"}}, ["/limit/value"]),
        ({"limit": {"value": "5", "unit": "working_day"}}, ["/limit/value"]),
        ({"limit": {"value": True, "unit": "working_day"}}, ["/limit/value"]),
        ({"limit": {"value": 10**30, "unit": "month"}}, ["/limit/value"]),
        ({"limit": {"value": 5, "unit": "week"}}, ["/limit/unit"]),
        ({"limit": {"value": 5}}, ["/limit/unit"]),
        ({"limit": None}, ["/limit"]),
        ({"start": "2026-02-30"}, ["/start"]),
        ({"start": "1999-12-31"}, ["/start"]),
        ({"start": "9999-12-31"}, ["/start"]),
        ({"start": 1770768000}, ["/start"]),
        ({"start": "2026-02-11T00:00:00Z"}, ["/start"]),
        ({"suspensions": [{"from": "2026-03-04", "to": "2026-03-03"}]}, ["/suspensions/0/to"]),
        ({"suspensions": [{"from": "2026-03-04"}]}, ["/suspensions/0/to"]),
        ({"suspensions": {}}, ["/suspensions"]),
        ({"extension": {"value": 0, "unit": "month"}}, ["/extension/value"]),
        ({"holiday": "2026-03-03"}, ["/holiday"]),
        (
            {"start": None, "limit": {"value": -1, "unit": "x"}},
            ["/start", "/limit/value", "/limit/unit"],
        ),
    ],
)
def test_a_wrong_question_is_a_problem_that_points_at_the_field(client, changes, pointers):
    answer = ask(client, **changes)
    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.pointers == pointers


@given(questions())
def test_overlapping_and_unordered_suspensions_are_taken_as_they_come(client, question):
    start, limit, suspensions, _ = question
    asked = [{"from": str(begin), "to": str(end)} for begin, end in suspensions]
    changes = {"start": str(start), "limit": {"value": limit.value, "unit": limit.unit.value}}
    one = ask(client, suspensions=asked, **changes)
    other = ask(client, suspensions=[*reversed(asked), *asked], **changes)
    assert one.status == other.status == 200
    assert one.json["due_on"] == other.json["due_on"]


WILD_DATES = st.one_of(
    st.dates().map(str),
    st.sampled_from(["", "0000-00-00", "10000-01-01", "2026-2-1", "昨天", "2026-02-29", "\u0000"]),
    st.integers(),
    st.none(),
)
WILD_LIMITS = st.fixed_dictionaries(
    {},
    optional={
        "value": st.integers() | st.floats() | st.text(max_size=3),
        "unit": UNITS | st.text(),
    },
)
WILD = st.fixed_dictionaries(
    {},
    optional={
        "start": WILD_DATES,
        "limit": WILD_LIMITS | st.none(),
        "extension": WILD_LIMITS | st.none(),
        "suspensions": st.lists(
            st.fixed_dictionaries({}, optional={"from": WILD_DATES, "to": WILD_DATES}), max_size=4
        )
        | st.none(),
    },
)


@given(WILD)
def test_no_question_breaks_the_calculator(client, body):
    answer = client.post("/v1/deadlines/preview", json.dumps(body))
    assert answer.status in (200, 400, 422)
    if answer.status == 422:
        assert answer.pointers


@given(st.binary(max_size=60) | st.text(max_size=60))
def test_no_bytes_break_the_calculator(client, body):
    assert client.post("/v1/deadlines/preview", body).status in (400, 422)


@pytest.mark.parametrize("unit", list(Unit))
def test_the_longest_question_is_answered(client, unit):
    longest = {"working_day": 750, "calendar_day": 1100, "month": 36}[unit]
    answer = ask(
        client,
        start="2090-12-31",
        limit={"value": longest, "unit": unit},
        extension={"value": longest, "unit": unit},
        suspensions=[{"from": "2087-12-31", "to": "2090-12-31"}],
    )
    assert answer.status == 200
    assert answer.json["provisional"] is True
