"""Spread timers: never early, never later than the window, the same for whoever arms them."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.spreading import WINDOW, offset, spread
from chalicelib.core.time import SHANGHAI

MIDNIGHT = datetime(2026, 11, 24, tzinfo=SHANGHAI)
SWEEP = timedelta(minutes=5)


@given(st.text(min_size=1), st.timedeltas(timedelta(seconds=1), timedelta(hours=1)))
def test_an_offset_lies_in_its_window_and_is_always_the_same(subject, window):
    found = offset(subject, window)
    assert timedelta(0) <= found < window
    assert offset(subject, window) == found


@given(st.text(min_size=1))
def test_a_spread_timer_is_never_early_and_within_the_sweeps_period(subject):
    assert MIDNIGHT <= spread(subject, MIDNIGHT) < MIDNIGHT + SWEEP


def test_ten_thousand_timers_of_one_instant_are_spread_evenly():
    offsets = [offset(f"410102-{number:05d}") for number in range(10_000)]
    a_second = Counter(int(found.total_seconds()) for found in offsets)
    expected = 10_000 / WINDOW.total_seconds()
    assert len(a_second) == WINDOW.total_seconds()
    assert max(a_second.values()) < 2 * expected
