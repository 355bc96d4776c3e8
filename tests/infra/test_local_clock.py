"""The demonstration's clock: fast, still while stopped, and never going back."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.core.time import SystemClock, parse_clock
from local.clock import DemoClock

A_DAY = timedelta(days=1)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "clock.json"


def run(file: Path, day_seconds: float | None = None, *, killed: bool = False) -> DemoClock:
    """A clock that was started and then stopped, or cut off."""
    clock = DemoClock(file, day_seconds)
    clock.start()
    if killed:
        kept = json.loads(file.read_text())
        clock._stop.set()
        clock._thread.join()
        file.write_text(json.dumps(kept))
    else:
        clock.stop()
    return clock


def test_without_a_pace_it_is_the_machines_own_time(file: Path) -> None:
    clock = DemoClock(file)
    assert clock.setting == ""
    assert isinstance(parse_clock(clock.setting), SystemClock)


def test_a_day_lasts_as_many_seconds_as_asked(file: Path) -> None:
    clock = DemoClock(file, 20)
    assert parse_clock(clock.setting).real_seconds(A_DAY) == pytest.approx(20)


def test_the_functions_are_told_the_same_time(file: Path) -> None:
    clock = DemoClock(file, 20)
    told = parse_clock(clock.setting)
    before, between, after = clock.now(), told.now(), clock.now()
    assert before <= between <= after


def test_it_begins_at_the_real_time(file: Path) -> None:
    before = datetime.now(UTC)
    clock = DemoClock(file, 20)
    assert before <= clock.now() <= datetime.now(UTC) + A_DAY


def test_it_stands_still_while_stopped(file: Path) -> None:
    first = run(file, 20)
    stopped_at = datetime.fromisoformat(json.loads(file.read_text())["shown"])
    second = DemoClock(file, 20)
    assert first.now() > stopped_at  # the first one would have gone on
    assert second._clock.shown_at_anchor == stopped_at


def showed(file: Path, instant: datetime) -> None:
    """A clock that was stopped showed this last."""
    file.write_text(json.dumps({"shown": instant.isoformat(), "factor": 4320, "stopped": True}))


@pytest.mark.parametrize("then", [0.5, 20, 3600, 86_400, None])
def test_at_whatever_pace_it_goes_on_it_does_not_go_back(file: Path, then: float | None) -> None:
    ahead = datetime.now(UTC) + 100 * A_DAY
    showed(file, ahead)
    assert DemoClock(file, then).now() >= ahead


def test_a_clock_that_is_ahead_goes_on_from_there_at_the_real_pace(file: Path) -> None:
    showed(file, datetime.now(UTC) + 100 * A_DAY)
    clock = DemoClock(file)
    assert clock.setting
    assert parse_clock(clock.setting).real_seconds(A_DAY) == A_DAY.total_seconds()


def test_a_clock_that_was_stopped_long_ago_goes_on_with_today(file: Path) -> None:
    showed(file, datetime.now(UTC) - 100 * A_DAY)
    assert DemoClock(file, 20).now() >= datetime.now(UTC) - timedelta(seconds=1)


def test_after_a_power_cut_it_is_past_all_that_it_may_have_shown(file: Path) -> None:
    killed = run(file, 0.01, killed=True)
    assert DemoClock(file, 0.01).now() > killed.now()


@pytest.mark.parametrize("wrong", [0, -1, 86_401])
def test_a_day_of_no_length_or_longer_than_a_day_is_refused(file: Path, wrong: float) -> None:
    with pytest.raises(ValueError, match="a day lasts"):
        DemoClock(file, wrong)
