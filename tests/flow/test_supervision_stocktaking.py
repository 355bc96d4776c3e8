"""The six rates of the demo district, counted from its own registers and shown to anyone."""

from __future__ import annotations

import pytest

from chalicelib.supervision import stocktaking
from tests.support.api import ApiClient


@pytest.fixture
def counted(engine):
    stocktaking.take_stock()
    return engine


def test_anyone_reads_the_six_rates_with_what_is_missing(counted):
    answer = ApiClient(counted.app).get("/v1/indicators")
    assert answer.status == 200, answer.text
    rates = {one["key"]: one for one in answer.json["items"]}
    assert len(rates) == 6
    for one in rates.values():
        assert one["denominator"] - one["numerator"] == len(one["missing"])
        assert one["rate"] == round(one["numerator"] / one["denominator"], 4)
    coverage = rates["point_coverage"]
    assert coverage["numerator"] < coverage["denominator"]
    assert rates["supervision"]["rate"] == 1.0


def test_counting_again_finds_the_same(counted):
    first, second = stocktaking.take_stock(), stocktaking.take_stock()
    assert first["rates"] == second["rates"]
