"""A notice from outside is read with suspicion, and every fault is pointed at."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.calendars.model import difference, read_notice
from chalicelib.core.calendar import Status
from chalicelib.core.errors import InvalidInput
from chalicelib.core.notices import shipped, shipped_calendar

GOOD = {
    "year": 2027,
    "source": "国务院办公厅关于2027年部分节假日安排的通知",
    "days_off": ["2027-01-01", "2027-05-01", "2027-10-01", "2027-10-02", "2027-10-03"],
    "makeup_working_days": ["2027-10-09"],
    "names": {"2027-01-01": "元旦"},
}


def pointers(raw):
    with pytest.raises(InvalidInput) as refused:
        read_notice(raw)
    return [error.pointer for error in refused.value.errors]


def test_a_good_notice_is_official_and_sorted():
    notice = read_notice({**GOOD, "days_off": list(reversed(GOOD["days_off"]))})
    assert notice.status is Status.OFFICIAL
    assert notice.days_off[0] == date(2027, 1, 1)
    assert notice.make_up_days == (date(2027, 10, 9),)
    assert notice.names == {date(2027, 1, 1): "元旦"}


@pytest.mark.parametrize("notice", shipped(), ids=lambda notice: str(notice.year))
def test_the_shipped_notices_pass_their_own_check(notice):
    assert read_notice(notice.to_dict()) == notice


def test_days_may_lie_in_december_of_the_year_before():
    days = [*GOOD["days_off"], "2026-12-31"]
    assert read_notice({**GOOD, "days_off": days}).days_off[0] == date(2026, 12, 31)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"year": 1999}, "/year"),
        ({"year": "2027"}, "/year"),
        ({"year": True}, "/year"),
        ({"status": "final"}, "/status"),
        ({"status": []}, "/status"),
        ({"source": " "}, "/source"),
        ({"source": None}, "/source"),
        ({"days_off": None, "names": {}}, "/days_off"),
        ({"days_off": "2027-01-01", "names": {}}, "/days_off"),
        ({"days_off": ["2027-01-01"] * 61, "names": {}}, "/days_off"),
        ({"days_off": [*GOOD["days_off"], "2027-02-30"]}, "/days_off/5"),
        ({"days_off": [*GOOD["days_off"], "20270102"]}, "/days_off/5"),
        ({"days_off": [*GOOD["days_off"], 20270102]}, "/days_off/5"),
        ({"days_off": [*GOOD["days_off"], "2026-11-30"]}, "/days_off/5"),
        ({"days_off": [*GOOD["days_off"], "2028-01-01"]}, "/days_off/5"),
        ({"days_off": [*GOOD["days_off"], "2027-01-01"]}, "/days_off/5"),
        ({"days_off": GOOD["days_off"][1:], "names": {}}, "/days_off"),
        ({"makeup_working_days": ["2027-10-08"]}, "/makeup_working_days/0"),
        ({"makeup_working_days": ["2027-10-02"]}, "/makeup_working_days/0"),
        ({"makeup_working_days": {}}, "/makeup_working_days"),
        ({"names": ["元旦"]}, "/names"),
        ({"names": {"2027-01-02": "元旦"}}, "/names/2027-01-02"),
        ({"names": {"2027-01-01": ""}}, "/names/2027-01-01"),
        ({"names": {"a/b": "x"}}, "/names/a~1b"),
    ],
)
def test_what_is_wrong_is_pointed_at(change, pointer):
    assert pointers({**GOOD, **change}) == [pointer]


def test_everything_wrong_is_told_at_once():
    assert pointers({"year": 0, "source": "", "days_off": ["x"]}) == [
        "/year",
        "/source",
        "/days_off/0",
    ]


def test_a_provisional_notice_may_lack_the_fixed_holidays():
    notice = read_notice({**GOOD, "status": "provisional", "days_off": [], "names": {}})
    assert notice.status is Status.PROVISIONAL


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.floats(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


@given(st.dictionaries(st.sampled_from([*GOOD, "status"]), JSON))
def test_no_document_breaks_the_reader(change):
    try:
        read_notice({**GOOD, **change})
    except InvalidInput as refused:
        assert refused.errors


def test_the_difference_lists_the_days_that_changed_sides():
    before = shipped_calendar()
    after = before.with_notices([read_notice(GOOD)])
    found = difference(before, after, 2027)
    assert [(change.date, change.working) for change in found.days] == [
        (date(2027, 1, 1), False),
        (date(2027, 10, 1), False),
        (date(2027, 10, 9), True),
    ]
    assert (found.status_before, found.status_after) == (Status.PROVISIONAL, Status.OFFICIAL)
    assert difference(after, after, 2027).empty
    assert not found.empty
