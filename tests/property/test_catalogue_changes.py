"""However people and time act on a change, its log replays to it and it takes only roads there are."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalogue import changes
from chalicelib.catalogue.changes import Stage
from chalicelib.catalogue.differences import differences, implement, standard_differences
from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.model import Item
from chalicelib.core.errors import Problem
from chalicelib.core.events import Actor, Event
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.time import SHANGHAI
from tests.support.catalogue_room import demo_document

UNHURRIED = settings(deadline=None)

ITEMS = read_document(demo_document()).items
START = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
CALENDAR = shipped_calendar()
SOMEBODY = Actor("somebody", "office", "office")
ROADS = {
    Stage.UNDER_REVIEW: {Stage.REVIEWED, Stage.REJECTED, Stage.WITHDRAWN},
    Stage.REVIEWED: {Stage.APPROVED, Stage.IN_FORCE, Stage.REJECTED, Stage.WITHDRAWN},
    Stage.APPROVED: {Stage.IN_FORCE},
}


def proposed(owners=("fz",)):
    lists = ("powers", "fees")
    data = {
        "action": "amend",
        "item": ITEMS[0].to_dict(),
        "base_version": 1,
        "organisation": "rs",
        "reason": "调整",
        "legal_basis": "某法",
        "checks": {"summary": ""},
        "reviewers": [
            {"list": kind, "owner": owner} for kind, owner in zip(lists, owners, strict=False)
        ],
    }
    return Event("BG1", 1, "item_change.proposed", START, SOMEBODY, data)


ACTS = st.one_of(
    st.tuples(st.just("review"), st.sampled_from(["fz", "cz", "bb"]), st.booleans()),
    st.tuples(st.just("approve"), st.integers(-2, 5)),
    st.tuples(st.just("reject")),
    st.tuples(st.just("withdraw")),
    st.tuples(st.just("tend")),
    st.tuples(st.just("wait"), st.integers(1, 400)),
)


def act(change, doing, now):
    match doing:
        case ("review", owner, approved):
            return changes.review(change, owner, approved, "意见")
        case ("approve", days):
            return changes.approve(change, (now + timedelta(days=days)).date(), now)
        case ("reject",):
            return changes.reject(change, "理由")
        case ("withdraw",):
            return changes.withdraw(change, "理由")
        case ("tend",):
            return changes.raise_alerts(change, CALENDAR, now) + changes.put_in_force(change, now)
    return []


@UNHURRIED
@given(st.lists(ACTS, max_size=25), st.sampled_from([("fz",), ("fz", "cz")]))
def test_any_sequence_of_acts_keeps_to_the_roads_and_replays(acts, owners):
    now = START
    log = [proposed(owners)]
    change = changes.replay(log)
    for doing in acts:
        if doing[0] == "wait":
            now += timedelta(hours=doing[1])
            continue
        before = change
        try:
            facts = act(change, doing, now)
        except Problem:
            continue
        for kind, data in facts:
            event = Event("BG1", len(log) + 1, kind, now, SOMEBODY, data)
            log.append(Event.from_dict(event.to_dict()))
            change = changes.evolve(change, event)
        if change.stage is not before.stage:
            assert change.stage in ROADS[before.stage]
    assert changes.replay(log) == change
    if change.stage in (Stage.REVIEWED, Stage.APPROVED, Stage.IN_FORCE):
        assert all(each.approved for each in change.reviews)
    raised = [
        (event.data["clock"], event.data["rung"])
        for event in log
        if event.type == "item_change.alert_raised"
    ]
    assert len(raised) == len(set(raised))


@UNHURRIED
@given(st.sampled_from(ITEMS), st.integers(0, 3000))
def test_a_change_that_waits_always_wakes_in_the_future_or_has_something_to_do(item, hours):
    del item
    change = changes.replay([proposed()])
    now = START + timedelta(hours=hours)
    for number, (kind, data) in enumerate(changes.raise_alerts(change, CALENDAR, now), 2):
        change = changes.evolve(change, Event("BG1", number, kind, now, SOMEBODY, data))
    wakes_at = changes.wakes_at(change, CALENDAR)
    assert wakes_at is None or wakes_at > now


@UNHURRIED
@given(st.sampled_from(ITEMS))
def test_an_item_survives_its_own_json(item):
    assert Item.from_dict(item.to_dict()) == item


@UNHURRIED
@given(st.sampled_from(ITEMS), st.sampled_from(ITEMS))
def test_only_different_items_differ_and_an_implementation_differs_in_nothing_standard(one, other):
    assert bool(differences(one, other)) == (one != other)
    assert standard_differences(one, implement(one, other)) == ()
    assert implement(one, other).supervision_channel == other.supervision_channel
