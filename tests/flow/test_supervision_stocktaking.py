"""The six rates of the demo district, counted from its own registers and shown to anyone."""

from __future__ import annotations

from chalicelib.supervision import stocktaking
from chalicelib.supervision.labels import labels
from tests.support.api import ApiClient


def test_anyone_reads_the_six_rates_with_what_is_missing(engine):
    first, second = stocktaking.take_stock(), stocktaking.take_stock()
    assert first["rates"] == second["rates"]
    answer = ApiClient(engine.app).get("/v1/indicators")
    assert answer.status == 200, answer.text
    rates = {one["key"]: one for one in answer.json["items"]}
    assert len(rates) == 6
    for one in rates.values():
        assert one["denominator"] - one["numerator"] == len(one["missing"])
        assert one["rate"] == round(one["numerator"] / one["denominator"], 4)
    coverage = rates["point_coverage"]
    assert coverage["numerator"] < coverage["denominator"]
    assert rates["supervision"]["rate"] == 1.0
    proofs = next(one for one in answer.json["monthly"] if one["key"] == "proofs_removed")
    assert proofs["numerator"] == 0
    standing = first["proofs"]["standing"]
    assert proofs["denominator"] == len(standing)


def test_a_sheet_names_bodies_points_and_items(engine):
    named = labels()
    assert named["ga"] == "市公安局区分局"
    assert named["yingchun"] == "迎春社区便民服务站"
    assert named["online"] == "网上申请"
    assert "居住证申领" in named.values()
