"""Ten thousand deadlines of one minute, simulated with the published quotas."""

from __future__ import annotations

import pytest

from benchmarks.supervision import STORM, Bucket, Storm


@pytest.fixture(scope="module")
def spread():
    storm = Storm(spread=True)
    storm.blow()
    return storm


def test_every_alert_becomes_one_alarm_though_some_come_twice(spread):
    assert len(spread.alarms) == STORM
    assert spread.repeated > 0


def test_the_last_alarm_is_no_later_than_the_sweeps_period(spread):
    assert spread.last <= 300


def test_no_request_meets_a_quota(spread):
    assert {bucket.name: bucket.delayed for bucket in spread.quotas.values()} == dict.fromkeys(
        (bucket.name for bucket in spread.quotas.values()), 0
    )


def test_the_busiest_second_leaves_half_of_every_quota_free(spread):
    assert max(bucket.peak for bucket in spread.quotas.values()) < 0.5


def test_unspread_the_same_storm_is_throttled():
    storm = Storm(spread=False)
    storm.blow()
    assert len(storm.alarms) == STORM
    assert storm.quotas["transitions"].delayed > STORM
    assert storm.quotas["executions"].delayed > 0


def test_a_bucket_lets_its_size_pass_at_once_and_then_its_refill():
    bucket = Bucket("q", size=3, refill=2)
    assert [bucket.take(0.0) for _ in range(5)] == [0, 0, 0, 0.5, 1.0]
    assert bucket.delayed == 2
    assert bucket.take(10.0) == 10.0
