"""Pilots (clauses 17 and 18), coverage, and staffing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Conflict, InvalidInput, OutOfTurn
from chalicelib.network import pilots
from chalicelib.network.coverage import coverage
from chalicelib.network.hours import Hours
from chalicelib.network.model import Community, Location, Network, PointState, ServicePoint
from chalicelib.network.naming import District, Tier
from chalicelib.network.pilots import Figures, Stage, Subject, compare
from chalicelib.network.postings import Posting
from chalicelib.network.qualification import Qualification, Work
from chalicelib.network.staffing import PROPOSED, Standard, staffing

TODAY = date(2026, 3, 2)
DISTRICT = District("410102", "中原区", "郑州市")
TIERS = {"chunhe": Tier.SUBDISTRICT, "yingchun": Tier.COMMUNITY}

counts = st.integers(0, 50)


@st.composite
def figures(draw):
    closed = draw(counts)
    rated = draw(st.integers(0, closed))
    return Figures(
        point=draw(st.sampled_from("abcdef")),
        received=closed + draw(counts),
        closed=closed,
        on_time=draw(st.integers(0, closed)),
        days_used=float(draw(counts)),
        days_promised=float(draw(counts)),
        rated=rated,
        rated_good=draw(st.integers(0, rated)),
    )


@given(st.lists(figures(), max_size=8), st.frozensets(st.sampled_from("abcdef")))
def test_pilot_and_rest_add_up_to_everything(all_figures, pilot):
    found = compare(all_figures, pilot, TODAY, TODAY)
    for count in ("received", "closed", "on_time", "days_used", "rated", "rated_good"):
        total = sum(getattr(each, count) for each in all_figures)
        assert getattr(found.pilot, count) + getattr(found.rest, count) == total
    assert found.pilot_points + found.rest_points == len({each.point for each in all_figures})


@given(st.lists(figures(), max_size=8), st.frozensets(st.sampled_from("abcdef")))
def test_a_rate_is_between_nothing_and_all_or_not_known(all_figures, pilot):
    report = compare(all_figures, pilot, TODAY, TODAY).to_dict()
    for group in (report["pilot"], report["rest"]):
        for measure in ("on_time_rate", "good_rate"):
            assert group[measure] is None or 0 <= group[measure] <= 1
        assert (group["on_time_rate"] is None) == (group["closed"] == 0)
    for measure, difference in report["difference"].items():
        unknown = report["pilot"][measure] is None or report["rest"][measure] is None
        assert (difference is None) == unknown


def started(**changes):
    fields = {"tiers": TIERS, "since": TODAY, "today": TODAY} | changes
    return pilots.start(Subject.SERVICE, "extended_hours", "延时服务", **fields)


def worked(closed=3):
    return compare([Figures("chunhe", closed, closed, closed)], frozenset(TIERS), TODAY, TODAY)


@pytest.mark.parametrize(
    "tiers",
    [
        {"chunhe": Tier.SUBDISTRICT},
        {"yingchun": Tier.COMMUNITY},
        {"centre": Tier.CENTRE, "yingchun": Tier.COMMUNITY},
    ],
)
def test_a_pilot_has_a_subdistrict_and_a_community(tiers):
    with pytest.raises(InvalidInput) as refused:
        started(tiers=tiers)
    assert refused.value.errors[0].pointer == "/points"


def test_a_pilot_is_on_at_its_points_from_its_day_and_nowhere_else():
    switch = started(since=TODAY + timedelta(days=1))
    assert not switch.on_at("chunhe", TODAY)
    assert switch.on_at("chunhe", TODAY + timedelta(days=1))
    assert not switch.on_at("xiajin", TODAY + timedelta(days=1))
    assert not switch.on_at(None, TODAY + timedelta(days=1))
    with pytest.raises(InvalidInput):
        started(since=TODAY - timedelta(days=1))


def test_what_has_no_switch_is_on_everywhere():
    network = Network(DISTRICT, {}, {}, switches={"service:extended_hours": started()})
    assert network.switched_on(Subject.SERVICE, "extended_hours", "chunhe", TODAY)
    assert not network.switched_on(Subject.SERVICE, "extended_hours", "xiajin", TODAY)
    assert network.switched_on(Subject.ITEM, "extended_hours", "xiajin", TODAY)


def test_a_pilot_is_widened_on_a_report_of_finished_cases():
    with pytest.raises(Conflict, match="尚无办结"):
        pilots.widen(started(), None, worked(closed=0), TODAY)
    wide = pilots.widen(started(), None, worked(), TODAY)
    assert (wide.stage, wide.points, wide.version) == (Stage.WIDENED, None, 2)
    assert wide.report["pilot"]["closed"] == 3
    assert wide.on_at("anywhere", TODAY)
    assert wide.on_at(None, TODAY)
    with pytest.raises(Conflict, match="已在全区"):
        pilots.widen(wide, None, worked(), TODAY)


def test_widening_keeps_the_points_it_has():
    step = pilots.widen(started(), frozenset({*TIERS, "xiajin"}), worked(), TODAY)
    assert step.on_at("xiajin", TODAY)
    for points in (frozenset(TIERS), frozenset({"xiajin", "chunhe", "qiushi"})):
        with pytest.raises(InvalidInput):
            pilots.widen(started(), points, worked(), TODAY)


def test_a_stopped_pilot_is_off_and_stays_off():
    with pytest.raises(InvalidInput):
        pilots.stop(started(), " ")
    stopped = pilots.stop(started(), "效果不佳")
    assert not stopped.on_at("chunhe", TODAY)
    with pytest.raises(OutOfTurn):
        pilots.stop(stopped, "再停")
    with pytest.raises(OutOfTurn):
        pilots.widen(stopped, None, worked(), TODAY)


@given(st.sampled_from(["start", "wide", "stop"]))
def test_a_switch_survives_its_storage(kind):
    switch = {
        "start": started(),
        "wide": pilots.widen(started(), None, worked(), TODAY),
        "stop": pilots.stop(started(), "效果不佳"),
    }[kind]
    assert pilots.Switch.from_dict(switch.to_dict()) == switch


# --- coverage -------------------------------------------------------------------------------------


def station(key, communities, state=PointState.OPEN, hours=None, tier=Tier.COMMUNITY):
    return ServicePoint(
        key=key,
        name=key,
        tier=tier,
        organisation=f"sq-{key}",
        location=Location("一号", 113.6, 34.7),
        hours=hours or Hours.from_dict({"working_day": ["09:00-12:00", "13:30-17:30"]}),
        communities=tuple(communities),
        state=state,
    )


@st.composite
def covered_networks(draw):
    communities = {
        key: Community(key, f"{key}社区", draw(st.sampled_from(["jd-a", "jd-b"])), draw(counts))
        for key in draw(st.sets(st.sampled_from("abcdefgh")))
    }
    points = {
        f"s{n}": station(
            f"s{n}",
            draw(st.lists(st.sampled_from(sorted(communities) or ["x"]), max_size=3)),
            draw(st.sampled_from(PointState)),
        )
        for n in range(draw(st.integers(0, 5)))
    }
    return Network(DISTRICT, {}, points, communities)


@given(covered_networks())
def test_every_community_is_either_covered_by_an_open_station_or_named_as_missing(network):
    found = coverage(network)
    assert {each.key for each in (*found.covered, *found.missing)} == set(network.communities)
    for community in found.covered:
        assert any(
            community.key in point.communities and point.state is PointState.OPEN
            for point in network.points.values()
        )
    assert found.rate is None if not network.communities else 0 <= found.rate <= 1
    assert found.rate != 1 or not found.missing


@given(covered_networks())
def test_the_subdistricts_add_up_to_the_district(network):
    whole = coverage(network)
    parts = [whole.within(key) for key in ("jd-a", "jd-b")]
    assert sum(part.numerator for part in parts) == whole.numerator
    assert sum(part.denominator for part in parts) == whole.denominator
    assert sum(part.households_missed for part in parts) == whole.households_missed


# --- staffing ----------------------------------------------------------------------------------------


def clerks(number, point="centre"):
    return [
        Posting(
            id=f"p{n}",
            account=f"clerk{n}",
            organisation="xx",
            point=point,
            work=frozenset({Work.WINDOW}),
            since=date(2025, 1, 1),
            qualification=Qualification(),
        )
        for n in range(number)
    ]


@given(st.integers(0, 12), st.floats(0, 2000), st.floats(0, 2000))
def test_more_cases_never_need_fewer_people(posted, fewer, more):
    point = station("centre", [])
    low, high = sorted((fewer, more))
    light = staffing(point, clerks(posted), low, TODAY)
    heavy = staffing(point, clerks(posted), high, TODAY)
    assert light.needed <= heavy.needed
    assert heavy.missing == max(0, heavy.needed - posted)


def test_the_people_needed_carry_the_load_and_one_fewer_would_not():
    standard = Standard(minutes_per_case=20, hours_per_week=40, utilisation=0.75)
    assert standard.cases_per_week == 90
    point = station("centre", [])
    assert staffing(point, clerks(1), 90, TODAY, standard).for_load == 1
    assert staffing(point, clerks(1), 91, TODAY, standard).for_load == 2


def test_long_hours_need_shifts_however_few_come():
    office = Hours.from_dict({"working_day": ["09:00-12:00", "13:30-17:30"]})
    all_year = Hours.from_dict({"working_day": ["09:00-20:00"], "rest_day": ["09:00-17:00"]})
    assert staffing(station("a", [], hours=office), [], 0, TODAY, PROPOSED).needed == 1
    long = staffing(station("a", [], hours=all_year), [], 0, TODAY, PROPOSED)
    assert (long.open_hours_per_week, long.needed, long.missing) == (71, 2, 2)


def test_only_those_present_on_the_day_and_at_the_point_count():
    here = clerks(3)
    gone = replace(here[0], last_day=TODAY - timedelta(days=1))
    found = staffing(station("centre", []), [gone, *here[1:], *clerks(2, point="estate")], 0, TODAY)
    assert found.posted == 2
