"""Periods of the archives' rule, the day after them, and what holds a disposal back."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.cases.model import Recorded
from chalicelib.cases.retention import disposal_day, held_back, years_of
from chalicelib.core.events import Actor, Event
from chalicelib.core.time import SHANGHAI


@pytest.mark.parametrize(
    ("period", "years"),
    [("10年", 10), ("30 年", 30), ("永久", None), ("", None), ("长期", None), ("约10年", None)],
)
def test_what_is_not_understood_is_kept(period, years):
    assert years_of(period) == years


@given(st.dates(date(2016, 1, 1), date(2090, 1, 1)), st.integers(1, 100))
def test_a_period_counts_from_the_new_year_after_the_end(closed_on, years):
    day = disposal_day(f"{years}年", closed_on)
    assert day is not None
    assert (day.month, day.day) == (1, 1)
    assert day.replace(year=day.year - years) > closed_on
    assert day.year - years == closed_on.year + 1


def log(*types: str | tuple[str, dict]) -> list[Recorded]:
    made = []
    for seq, each in enumerate(types, start=1):
        kind, data = each if isinstance(each, tuple) else (each, {})
        at = datetime(2026, 3, 2, tzinfo=SHANGHAI)
        made.append(Recorded(Event("no", seq, kind, at, Actor("a", "system"), data)))
    return made


def held(recorded: list[Recorded], today: date = date(2040, 1, 1)) -> str | None:
    return held_back(recorded, "10年", today)


def test_what_is_open_about_a_case_holds_it_back():
    assert held(log("case.received", "case.delivered")) is None
    assert held(log("case.objected"), date(2036, 12, 31)) == "自提出异议起保管期限未满"
    assert held(log("case.objected"), date(2037, 1, 1)) is None
    asked = "case.data_correction_requested"
    assert held(log(asked)) == "更正申请尚未审核"
    assert held(log(asked, ("case.data_corrected", {}))) == "更正申请尚未审核"
    assert held(log(asked, ("case.data_corrected", {"request": 1}))) is None
    assert held(log(asked, "case.data_correction_refused")) is None
