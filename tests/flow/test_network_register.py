"""The register: organisations, points and pilots change whole or not at all, once, in order."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, KeyReused, StaleVersion
from chalicelib.network import piloting, pilots, ports, register, service, store
from chalicelib.network.change import Change
from chalicelib.network.model import Community, Organisation, OrganisationKind, PointState
from chalicelib.network.pilots import Figures, Stage, Subject
from tests.support.network_room import (
    CENTRE_OFFICER,
    NOW,
    OFFICER,
    WATCHER,
    chief_of,
    command,
    founded_room,
    snapshot,
)


@pytest.fixture(scope="module", autouse=True)
def district():
    with founded_room() as written:
        yield written


def qingchuan(**changes):
    """A station for a community that lacks one."""
    return {
        "key": "qingchuan",
        "tier": "community",
        "organisation": "sq-qingchuan",
        "parent": "xiajin",
        "location": {"address": "晴川社区1号", "longitude": 113.6, "latitude": 34.74},
        "hours": {"working_day": ["09:00-12:00", "13:30-17:30"]},
        "functions": ["户籍"],
        "windows": ["综合窗口"],
        "communities": ["qingchuan"],
        "state": "planned",
    } | changes


def writing(principal=OFFICER, **options):
    return command("point.write", principal, **options)


# --- points -----------------------------------------------------------------------------------


def test_a_point_without_a_name_gets_the_right_one_from_what_it_serves():
    point = register.register_point(writing(), qingchuan())
    assert (point.name, point.place) == ("晴川社区便民服务站", "晴川社区")
    assert service.point("qingchuan") == point
    (event,) = store.read_events("POINT#qingchuan")
    assert (event.type, event.actor.account, event.actor.role) == (
        "point.registered",
        "office",
        "office",
    )


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": "长堤服务站"}, "/name"),
        ({"name": "迎春社区便民服务站"}, "/name"),
        ({"place": "长堤"}, "/place"),
        ({"place": "别处社区"}, "/place"),
        ({"organisation": "nobody"}, "/organisation"),
        ({"parent": "centre"}, "/parent"),
        ({"parent": "nowhere"}, "/parent"),
        ({"communities": [], "name": "便民服务站"}, "/name"),
        ({"communities": [], "place": "长堤村"}, "/communities"),
        ({"communities": ["qingchuan"], "place": "长堤村"}, "/communities/0"),
        ({"communities": ["changdi", "nowhere"]}, "/communities/1"),
        ({"functions": ["*"]}, "/functions"),
        ({"hours": {"working_day": ["12:00-09:00"]}}, "/hours/working_day/0"),
        ({"key": "Qing Chuan"}, "/key"),
    ],
)
def test_a_point_that_does_not_fit_is_refused_at_its_field_and_nothing_is_written(changes, pointer):
    before = snapshot()
    changdi = {"key": "changdi", "parent": "dongqing", "communities": ["changdi"]}
    draft = qingchuan(**changdi | {"organisation": "sq-changdi"} | changes)
    with pytest.raises(InvalidInput) as refused:
        register.register_point(writing(), draft)
    assert refused.value.errors[0].pointer == pointer
    assert snapshot() == before


def test_a_second_centre_is_refused():
    draft = qingchuan(
        key="second", tier="centre", parent=None, communities=[], functions=["*"], place=""
    )
    with pytest.raises(InvalidInput, match="已登记"):
        register.register_point(writing(), draft | {"windows": ["监察窗口"]})


def test_a_taken_key_is_a_conflict():
    with pytest.raises(Conflict):
        register.register_point(writing(), qingchuan(key="yingchun"))


def test_changing_a_point_takes_the_version_that_was_seen():
    seen = service.point("wangchun").version
    hours = {"working_day": ["09:00-17:30"], "rest_day": ["09:30-12:00"]}
    changed = register.change_point(writing(), "wangchun", {"hours": hours}, str(seen))
    assert changed.version == seen + 1
    assert changed.hours.all_year
    with pytest.raises(StaleVersion):
        register.change_point(writing(), "wangchun", {"phone": "1"}, str(seen))
    assert service.point("wangchun") == changed


def test_renaming_follows_the_place_and_a_point_cannot_change_its_tier():
    register.register_community(
        writing(), Community("chunfeng", "春风社区", "jd-chunhe", households=10)
    )
    changed = register.change_point(
        writing(),
        "liuan",
        {"communities": ["chunfeng", "liuan"], "place": "春风社区", "tier": "centre"},
        None,
    )
    assert (changed.name, str(changed.tier)) == ("春风社区便民服务站", "community")


def test_a_point_over_open_ones_cannot_be_closed():
    with pytest.raises(Conflict, match="下级网点"):
        register.change_point(writing(), "qiushi", {"state": "closed"}, None)
    for station in ("jingui", "danfeng", "daotian"):
        closed = register.change_point(writing(), station, {"state": "closed"}, None)
        assert closed.state is PointState.CLOSED
    assert register.change_point(writing(), "qiushi", {"state": "closed"}, None)


def test_two_changes_made_on_one_reading_do_not_pass_each_other(monkeypatch):
    seen = store.read_network()
    monkeypatch.setattr(store, "read_network", lambda: seen)
    register.change_point(writing(), "yingchun", {"phone": "0371-1"}, None)
    with pytest.raises(StaleVersion):
        register.change_point(writing(), "wangchun", {"phone": "0371-2"}, None)


# --- once -------------------------------------------------------------------------------------


def community(key):
    return Community(key, "试验社区", "jd-chunhe")


def test_the_same_request_again_gets_the_first_answer_and_writes_nothing():
    asked = writing(key="again", fingerprint="f1")
    first = register.register_community(asked, community("again"))
    before = snapshot()
    assert register.register_community(asked, community("again")) == first
    assert snapshot() == before


def test_a_key_reused_for_something_else_is_refused_even_if_that_would_be_right():
    register.register_community(writing(key="reused", fingerprint="f1"), community("reused"))
    before = snapshot()
    for draft in (community("reused"), community("reused2")):
        with pytest.raises(KeyReused):
            register.register_community(writing(key="reused", fingerprint="f2"), draft)
    assert snapshot() == before


def test_the_same_key_of_another_account_is_another_request():
    register.register_community(writing(key="shared", fingerprint="f1"), community("shared1"))
    other = replace(OFFICER, account="office2")
    asked = writing(other, key="shared", fingerprint="f1")
    assert register.register_community(asked, community("shared2")).key == "shared2"


def test_of_two_at_the_same_moment_under_one_key_both_get_the_same_answer(monkeypatch):
    def ask():
        asked = writing(key="twice", fingerprint="f1")
        return register.register_community(asked, community("twice"))

    answers, commit = [], Change.commit

    def commit_second(change):
        monkeypatch.setattr(Change, "commit", commit)
        answers.append(ask())
        commit(change)

    monkeypatch.setattr(Change, "commit", commit_second)
    answers.append(ask())
    assert answers == [community("twice")] * 2


# --- organisations ----------------------------------------------------------------------------


def department(**changes):
    fields = {
        "key": "new",
        "name": "区演示局",
        "kind": OrganisationKind.DEPARTMENT,
        "uscc": "11370800MB28559184",
    } | changes
    return Organisation(**fields)


def org_writing(principal=OFFICER):
    return command("organisation.write", principal)


def test_an_organisation_is_registered_under_a_valid_code_of_its_own():
    for wrong in ("11370800MB28559185", "", service.organisation("ga").uscc):
        with pytest.raises(InvalidInput) as refused:
            register.register_organisation(org_writing(), department(uscc=wrong))
        assert refused.value.errors[0].pointer == "/uscc"
    new = register.register_organisation(org_writing(), department())
    assert service.organisation("new") == new


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"name": "区财政局"}, "/name"),
        ({"name": ""}, "/name"),
        ({"parent": "nobody"}, "/parent"),
        ({"duties": frozenset({"list.everything"})}, "/duties"),
    ],
)
def test_an_organisation_that_does_not_fit_is_refused_at_its_field(changes, pointer):
    fields = {"key": "misfit", "uscc": "91370406L24894136J", "name": "区别局"} | changes
    with pytest.raises(InvalidInput) as refused:
        register.register_organisation(org_writing(), department(**fields))
    assert refused.value.errors[0].pointer == pointer


def test_a_list_has_one_owner_and_moves_only_after_it_is_free():
    take = {"duties": ["list.fee.review"]}
    with pytest.raises(Conflict, match="已由“cz”承担"):
        register.change_organisation(org_writing(), "fz", take, None)
    register.change_organisation(org_writing(), "cz", {"duties": ["list.fund.review"]}, None)
    both = {"duties": ["list.fee.review", "list.power.review"]}
    moved = register.change_organisation(org_writing(), "fz", both, None)
    assert moved.duties == {"list.fee.review", "list.power.review"}


def test_an_organisation_that_still_runs_a_point_cannot_be_retired():
    with pytest.raises(Conflict, match="仍负责"):
        register.change_organisation(org_writing(), "ga", {"active": False}, None)
    retired = register.change_organisation(org_writing(), "xxzx", {"active": False}, None)
    assert not retired.has_duty("network.connect")


@pytest.mark.parametrize("principal", [WATCHER, chief_of("ga")])
def test_only_the_office_writes_the_register(principal):
    with pytest.raises(Forbidden):
        register.register_community(writing(principal), community("forbidden"))


def test_an_office_role_in_an_organisation_without_the_duty_does_not_write_it():
    with pytest.raises(Forbidden, match="没有“管理服务网络"):
        register.register_community(writing(CENTRE_OFFICER), community("forbidden"))


# --- pilots -----------------------------------------------------------------------------------


def piloted(principal=OFFICER):
    return command("pilot.write", principal)


def figures(since, until, item):
    assert (since, until, item) == (date(2026, 3, 2), date(2026, 3, 2), None)
    return [
        Figures("chunhe", 10, 10, 10, days_used=10, days_promised=50),
        Figures("centre", 20, 20, 15, days_used=60, days_promised=100),
    ]


def test_a_pilot_runs_is_compared_widened_and_stopped(monkeypatch):
    since = NOW.date()
    asked = {"title": "延时服务", "points": frozenset({"chunhe", "yingchun"}), "since": since}
    piloting.start_pilot(piloted(), Subject.SERVICE, "extended", **asked)
    assert service.switched_on(Subject.SERVICE, "extended", "chunhe", since)
    assert not service.switched_on(Subject.SERVICE, "extended", "xiajin", since)

    with pytest.raises(Conflict, match="已有"):
        piloting.start_pilot(piloted(), Subject.SERVICE, "extended", **asked)
    monkeypatch.setattr(ports, "_sources", [])
    with pytest.raises(Conflict, match="尚无运行数据"):
        piloting.widen_pilot(piloted(), Subject.SERVICE, "extended", None, None)

    ports.connect_figures(figures)
    wide = piloting.widen_pilot(piloted(), Subject.SERVICE, "extended", None, "1")
    assert wide.stage is Stage.WIDENED
    assert wide.report["difference"]["on_time_rate"] == pytest.approx(0.25)
    assert wide.report["difference"]["days_per_case"] == pytest.approx(-2.0)
    assert service.switched_on(Subject.SERVICE, "extended", "xiajin", since)

    with pytest.raises(StaleVersion):
        piloting.stop_pilot(piloted(), Subject.SERVICE, "extended", "不再需要", "1")
    piloting.stop_pilot(piloted(), Subject.SERVICE, "extended", "不再需要", "2")
    assert not service.switched_on(Subject.SERVICE, "extended", "chunhe", since)
    log = [event.type for event in store.read_events("SWITCH#service:extended")]
    assert log == ["pilot.started", "pilot.widened", "pilot.stopped"]


def test_a_pilot_names_points_that_exist():
    with pytest.raises(InvalidInput, match="没有网点"):
        piloting.start_pilot(
            piloted(),
            Subject.ITEM,
            "x",
            title="新事项",
            points=frozenset({"chunhe", "nowhere"}),
            since=NOW.date(),
        )
    assert pilots.switch_key(Subject.ITEM, "x") not in service.network().switches
