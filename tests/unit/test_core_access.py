"""The access table: what it allows, what it refuses, and what it says about it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.core import access
from chalicelib.core.access import (
    NOTHING,
    Resource,
    Scope,
    allows,
    explain,
    may,
    require,
    rules_for,
)
from chalicelib.core.access_table import TABLE
from chalicelib.core.access_terms import ROLE_NAMES, SCOPE_NAMES, unmet, within
from chalicelib.core.errors import Forbidden
from chalicelib.core.principal import NOBODY, THE_SYSTEM, Assurance, Principal


def staff(account: str, *roles: str, organisation: str | None = None, point: str | None = None):
    return Principal(account, "示例", frozenset(roles), organisation, point)


ZHANG = Principal("zhang", "张示例", frozenset({"citizen"}), holder="a" * 32, assurance=2)
STATION = staff("station-1", "station_clerk", point="station-1")
WINDOW = staff("window-1", "window_clerk", point="centre")
ACCEPTOR = staff("ga-accept", "acceptor", organisation="ga")
REVIEWER = staff("ga-review", "reviewer", organisation="ga")
CHIEF = staff("ga-chief", "chief_representative", organisation="ga")

ROWS = [(name, rule) for name, act in TABLE.items() for rule in act.rules]
NAMES = [f"{act}-{rule.role}-{rule.scope}" for act, rule in ROWS]

CASE = Resource(
    holder="a" * 32,
    organisation="ga",
    point="station-1",
    sunk=True,
    acceptor="ga-accept",
    reviewer="ga-review",
    appointed=frozenset({"ga-chief"}),
)


def test_an_act_that_the_table_does_not_name_is_refused_to_everyone():
    for principal in (ZHANG, CHIEF, THE_SYSTEM, NOBODY):
        assert not may(principal, "case.conjure")
        verdict = explain(principal, "case.conjure", CASE)
        assert not verdict.allowed
        assert "没有列入权限表" in verdict.reason


def test_acts_are_dotted_and_rows_are_not_repeated():
    for name, act in TABLE.items():
        assert name.count(".") == 1 and name.islower()
        assert len(set(act.rules)) == len(act.rules) > 0
        assert act.title
    titles = [act.title for act in TABLE.values()]
    assert len(set(titles)) == len(titles)


def test_every_role_and_scope_of_the_table_has_a_name():
    assert {rule.role for _, rule in ROWS} <= set(ROLE_NAMES)
    assert set(SCOPE_NAMES) == set(Scope)


def test_only_public_acts_are_open_to_anyone():
    open_acts = {act for act, rule in ROWS if rule.role == "anyone"}
    assert open_acts == {
        "health.read",
        "openapi.read",
        "item.read",
        "point.read",
        "indicator.read",
        "calendar.read",
        "deadline.preview",
        "certificate.verify",
        # The fee system proves itself by its signature, not by a token.
        "fee.confirm",
        "slot.read",
        "consultation.browse",
        # The slip's code is signed, and rates one visit.
        "visit.rate_by_code",
    }
    assert all((rule.role == "anyone") == (rule.scope is Scope.PUBLIC) for _, rule in ROWS)


@pytest.mark.parametrize(("act", "rule"), ROWS, ids=NAMES)
def test_a_row_with_a_scope_or_a_condition_refuses_when_the_facts_are_left_out(act, rule):
    """Fail closed: whoever forgets to say whose the resource is gets a refusal."""
    who = Principal("somebody", "", frozenset({rule.role}), "ga", "centre", "b" * 32, assurance=1)
    open_to_all = rule.scope in (Scope.PUBLIC, Scope.DISTRICT) and not rule.conditions
    allowed = within(rule, who, NOTHING) and unmet(rule, who, NOTHING) is None
    assert allowed == open_to_all


@pytest.mark.parametrize(("act", "rule"), ROWS, ids=NAMES)
def test_a_person_without_holder_organisation_or_point_is_in_nobodys_scope(act, rule):
    """A missing fact on the person's side must not match a missing fact of the resource."""
    who = Principal("", "", frozenset({rule.role}))
    if rule.scope in (Scope.OWN, Scope.POINT, Scope.ORGANISATION):
        assert not within(rule, who, NOTHING)
        assert not within(rule, who, CASE)


@pytest.mark.parametrize(("act", "rule"), ROWS, ids=NAMES)
def test_allows_and_explain_agree(act, rule):
    for who in (ZHANG, STATION, WINDOW, ACCEPTOR, REVIEWER, CHIEF, NOBODY, THE_SYSTEM):
        for resource in (NOTHING, CASE, replace(CASE, sunk=False, comprehensive=True)):
            assert allows(who, act, resource) == explain(who, act, resource).allowed
            assert may(who, act) or not allows(who, act, resource)


def test_own_goes_by_holder_where_there_is_one_and_by_account_otherwise():
    assert allows(ZHANG, "case.read", CASE)
    assert not allows(replace(ZHANG, holder="b" * 32), "case.read", CASE)
    # The account that handed it in does not make somebody else's case one's own.
    assert not allows(replace(ZHANG, holder="b" * 32), "case.read", replace(CASE, account="zhang"))
    assert allows(ZHANG, "upload.complete", Resource(account="zhang"))
    assert not allows(ZHANG, "upload.complete", Resource(account="li"))


def test_a_department_sees_its_own_cases_only():
    for who in (ACCEPTOR, REVIEWER, CHIEF):
        assert allows(who, "case.read", CASE)
        verdict = explain(who, "case.read", replace(CASE, organisation="rs"))
        assert (verdict.allowed, verdict.reason) == (False, "只能办理本单位的办件")


def test_a_station_takes_in_at_its_own_point_and_cannot_accept():
    assert allows(STATION, "case.submit", Resource(point="station-1"))
    assert not allows(STATION, "case.submit", Resource(point="station-2"))
    assert explain(STATION, "case.accept", CASE).reason == (
        "当前角色不能办理“受理”,可以办理的是:综合窗口、受理人"
    )


def test_a_comprehensive_window_accepts_for_every_body_but_not_what_is_sunk():
    case = replace(CASE, sunk=False, comprehensive=True, organisation="rs")
    assert allows(WINDOW, "case.accept", case)
    assert "综合窗口" in explain(WINDOW, "case.accept", replace(case, comprehensive=False)).reason
    assert "下沉事项" in explain(WINDOW, "case.accept", replace(case, sunk=True)).reason
    assert "下沉事项" in explain(WINDOW, "case.accept", replace(case, sunk=None)).reason


def test_accepting_reviewing_and_signing_are_three_people():
    many = frozenset({"acceptor", "reviewer", "chief_representative"})
    acceptor, reviewer = replace(ACCEPTOR, roles=many), replace(REVIEWER, roles=many)
    everyone = replace(CASE, appointed=frozenset({"ga-accept", "ga-review", "ga-chief"}))
    assert "受理人不能审查" in explain(acceptor, "case.review", everyone).reason
    assert allows(reviewer, "case.review", everyone)
    for who in (acceptor, reviewer):
        assert "不能签批" in explain(who, "case.sign", everyone).reason
    assert allows(CHIEF, "case.sign", everyone)


def test_signing_needs_a_valid_appointment_and_both_steps_before_it():
    assert "任命" in explain(CHIEF, "case.sign", replace(CASE, appointed=frozenset())).reason
    assert not allows(CHIEF, "case.sign", replace(CASE, reviewer=None))
    assert not allows(CHIEF, "case.sign", replace(CASE, acceptor=None))


def test_the_result_is_delivered_by_the_point_that_holds_it():
    assert allows(STATION, "case.deliver", CASE)
    assert not allows(WINDOW, "case.deliver", CASE)


def test_a_mandate_lets_an_agent_act_without_making_the_case_theirs():
    agent = Principal("li", "李演示", frozenset({"citizen"}), holder="c" * 32, assurance=2)
    mandated = replace(CASE, agents=frozenset({"c" * 32}), assurance=Assurance.REAL_NAME)
    for act in ("case.submit", "case.read", "case.supplement", "case.withdraw"):
        assert allows(agent, act, mandated)
        assert not allows(agent, act, CASE)
    # What is the applicant's alone, no mandate gives away.
    for act in ("case.rate", "case.object", "person.read", "certificate.present"):
        assert not allows(agent, act, mandated)
    # Nobody's empty holder matches nobody's empty mandate.
    assert not allows(replace(agent, holder=None), "case.read", replace(CASE, agents=frozenset()))


def test_an_item_asks_for_the_login_that_an_application_needs():
    plain = replace(ZHANG, assurance=Assurance.PLAIN)
    for asked, who, allowed in (
        (Assurance.REAL_NAME, ZHANG, True),
        (Assurance.REAL_NAME, plain, False),
        (Assurance.PLAIN, ZHANG, True),
        (Assurance.PLAIN, plain, True),
        (Assurance.PLAIN, replace(plain, assurance=Assurance.NONE), False),
        (None, ZHANG, False),
    ):
        assert allows(who, "case.submit", replace(CASE, assurance=asked)) == allowed
    refused = explain(plain, "case.submit", replace(CASE, assurance=Assurance.REAL_NAME))
    assert refused.reason == "该事项需要实名认证后办理"


def test_supervision_reads_everything_and_writes_alarms_and_their_rules_only():
    supervisor = staff("watch", "supervisor", point="centre")
    allowed = {act for act in access.acts() if may(supervisor, act)}
    everybody = {act for act, rule in ROWS if rule.role == "anyone"}
    writing = {act for act in allowed - everybody if not act.endswith((".read", ".what_if"))}
    assert writing == {"alarm.close", "case.void", "catalogue.check", "rule.write"}
    assert allows(supervisor, "case.read", CASE)


def test_no_role_but_the_system_advances_cases_by_itself():
    assert {rule.role for rule in rules_for("case.advance")} == {"system"}


def test_require_raises_with_the_reason_that_explain_gives():
    with pytest.raises(Forbidden) as refused:
        require(REVIEWER, "case.sign", CASE)
    assert refused.value.detail == explain(REVIEWER, "case.sign", CASE).reason
    require(CHIEF, "case.sign", CASE)


def test_the_reason_is_that_of_the_row_that_came_nearest():
    """Out of scope in one row, one condition short in another: the second helps more."""
    both = replace(WINDOW, roles=frozenset({"window_clerk", "acceptor"}), organisation="ga")
    verdict = explain(both, "case.accept", replace(CASE, organisation="rs", sunk=True))
    assert "下沉事项" in verdict.reason
