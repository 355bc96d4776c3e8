"""The six rates: numerators, denominators, what is missing, and rules that can concern an item."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.supervision.census import (
    ItemSeen,
    Stock,
    could_hold,
    follow_proofs,
    is_watched,
    must_hold,
    take,
)
from chalicelib.supervision.indicators import SIX_RATES, six_rates
from chalicelib.supervision.rule_store import shipped
from chalicelib.supervision.rules import holds

RULES = list(shipped().values())
PERMIT = ItemSeen("c1", "b1", "许可事项", "rs", True, "2", frozenset({"1", "2"}), "T1", "许可证")
SERVICE = ItemSeen("c2", "b2", "服务事项", "mz", False, "1", frozenset({"3"}))
STOCK = Stock(
    communities={"甲社区": True, "乙社区": False},
    items=[PERMIT, SERVICE],
    powers={"b1": "许可事项", "b9": "未上线事项"},
    services={"b2": "服务事项"},
    shared_types={"T1": True},
    rules=RULES,
)


def rates(stock=STOCK):
    return {one.key: (one.numerator, one.denominator, one.missing) for one in take(stock)}


def test_each_rate_counts_and_names_what_is_missing():
    assert rates() == {
        "point_coverage": (1, 2, ("乙社区",)),
        "certificate_sharing": (1, 1, ()),
        "online_application": (2, 2, ()),
        "online_operation": (1, 2, ("未上线事项(b9)",)),
        "supervision": (2, 3, ("未上线事项(b9)",)),
        "stationing": (0, 1, ("服务事项(b2)",)),
    }


def test_a_type_that_is_not_to_be_shared_is_not_missing():
    assert rates(replace(STOCK, shared_types={"T1": False}))["certificate_sharing"] == (0, 0, ())


def test_a_type_that_the_store_does_not_know_is_missing():
    assert rates(replace(STOCK, shared_types={}))["certificate_sharing"] == (0, 1, ("许可证(T1)",))


def test_nothing_of_nothing_is_no_rate():
    empty = Stock({}, [], {}, {}, {}, [])
    shown = six_rates({one.key: one.to_dict() for one in take(empty)})
    assert {one["rate"] for one in shown} == {None}


def test_the_public_shape_has_target_and_date_for_each_of_the_six():
    shown = six_rates({one.key: one.to_dict() for one in take(STOCK)})
    assert [one["key"] for one in shown] == [one.key for one in SIX_RATES]
    assert {one["target"] for one in shown} == {1.0}
    assert {one["target_date"] for one in shown} == {"2016-06-30", "2016-12-31"}
    assert shown[0]["rate"] == 0.5


@pytest.mark.parametrize("dimension", ["time", "process"])
def test_an_item_needs_both_a_time_rule_and_a_process_rule(dimension):
    kept = [rule for rule in RULES if rule.dimension != dimension]
    assert is_watched(PERMIT, RULES)
    assert not is_watched(PERMIT, kept)


def test_a_rule_that_is_off_or_about_another_body_does_not_watch_an_item():
    time = next(rule for rule in RULES if rule.code == "T03")
    process = next(rule for rule in RULES if rule.code == "P07")
    elsewhere = {"all": [{"fact": "body", "is": "equals", "to": "ga"}, process.when]}
    assert is_watched(PERMIT, [time, process])
    assert not is_watched(PERMIT, [time, replace(process, active=False)])
    assert not is_watched(PERMIT, [time, replace(process, when=elsewhere)])


def test_a_proof_that_is_found_no_more_is_removed_and_one_that_returns_stands_again():
    first = follow_proofs({}, {"a": "循环一", "b": "无依据"}, "day 1")
    assert [one["key"] for one in first["standing"]] == ["a", "b"]
    second = follow_proofs(first, {"b": "无依据"}, "day 2")
    assert second["removed"] == [
        {"key": "a", "message": "循环一", "found_at": "day 1", "removed_at": "day 2"}
    ]
    assert follow_proofs(second, {"b": "无依据"}, "day 3") == second
    back = follow_proofs(second, {"a": "循环一", "b": "无依据"}, "day 4")
    assert back["removed"] == []
    assert len(back["standing"]) == 2


FACTS = {"body": ["rs", "ga"], "sunk": [True, False], "hour": [3, 12], "count.accepted": [0, 1]}
leaves = st.sampled_from(
    [
        {"fact": name, "is": operator, "to": value}
        for name, values in FACTS.items()
        for value in values
        for operator in ("equals", "differs")
    ]
)
conditions = st.recursive(
    leaves,
    lambda inner: st.one_of(
        st.builds(lambda parts: {"all": parts}, st.lists(inner, max_size=3)),
        st.builds(lambda parts: {"any": parts}, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: {"not": part}, inner),
    ),
    max_leaves=8,
)
worlds = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in FACTS.items()})


@given(conditions, worlds)
def test_what_could_not_hold_never_holds_and_what_must_always_does(condition, world):
    known = {"body": world["body"], "sunk": world["sunk"]}
    truth = holds(condition, world)
    assert could_hold(condition, known) or not truth
    assert truth or not must_hold(condition, known)
