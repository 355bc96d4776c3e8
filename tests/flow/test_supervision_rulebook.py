"""Rules as data: written without a deployment, tried on the past, every version kept."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import Forbidden, InvalidInput, StaleVersion
from chalicelib.core.principal import Principal
from chalicelib.supervision import alarm_store, rule_store, rulebook, service, trying
from chalicelib.supervision.answers import Asked
from tests.support.supervision_cases import CHIEF, Script, plain
from tests.support.supervision_hearing import hear

pytest_plugins = ["tests.support.supervision_room"]

SUPERVISOR = Principal("supervisor", "", frozenset({"supervisor"}))
REVIEWER = Principal("rs-reviewer", "", frozenset({"reviewer"}), organisation="rs")

LATE_SIGNING = {
    "name": "下班后签批",
    "dimension": "integrity",
    "level": "warning",
    "basis": "区内约定",
    "on": ["case.granted"],
    "when": {"fact": "hour", "is": "at_least", "to": {"threshold": True}},
    "threshold": 18,
    "active": True,
}


def asked(key="k1"):
    return Asked("supervisor", key, key)


def write(code="X01", changes=None, key="k1", if_match=None):
    return rulebook.write(
        SUPERVISOR, code, {**LATE_SIGNING, **(changes or {})}, asked(key), if_match=if_match
    )


def evening_case(no="410102-AAAAA-00001-1"):
    return Script(no).received().accepted().reviewed().hours(9).granted()


def test_a_rule_written_now_judges_the_next_event(tables_only):
    write()
    hear(evening_case())
    assert [alarm.rule for alarm in alarm_store.page().alarms] == ["X01"]


def test_a_rule_that_is_off_raises_nothing(tables_only):
    write(changes={"active": False})
    hear(evening_case())
    assert alarm_store.page().alarms == ()


def test_a_shipped_rule_is_switched_off_without_a_deployment(tables_only):
    shipped = rule_store.shipped()["T03"].to_dict()
    rulebook.write(SUPERVISOR, "T03", {**shipped, "active": False}, asked(), if_match="1")
    hear(Script().received().alert("promise", "red"))
    assert alarm_store.page().alarms == ()


def test_every_version_is_kept_with_its_writer(tables_only):
    write(key="k1")
    write(changes={"threshold": 20}, key="k2", if_match="1")
    history = rule_store.history("X01")
    assert [one["rule"]["threshold"] for one in history] == [18, 20]
    assert {one["by"] for one in history} == {"supervisor"}
    assert rule_store.read("X01").version == 2


def test_a_stale_version_does_not_overwrite_a_newer_one(tables_only):
    write(key="k1")
    write(key="k2", if_match="1")
    with pytest.raises(StaleVersion):
        write(key="k3", if_match="1")


def test_the_same_key_writes_once(tables_only):
    assert write() == write()
    assert rule_store.read("X01").version == 1


def test_only_the_supervision_writes_rules(tables_only):
    with pytest.raises(Forbidden):
        rulebook.write(REVIEWER, "X01", LATE_SIGNING, asked(), if_match=None)


def test_a_rule_about_an_unknown_fact_is_refused_and_not_kept(tables_only):
    with pytest.raises(InvalidInput) as refused:
        write(changes={"when": {"fact": "moon.phase", "is": "equals", "to": "full"}})
    assert refused.value.errors[0].pointer == "/when/fact"
    assert "X01" not in rule_store.rulebook()


def test_a_rule_is_tried_on_the_past_and_raises_nothing(tables_only):
    hear(evening_case(), plain("410102-BBBBB-00002-2"))
    trial = trying.over(rulebook.candidate("X01", LATE_SIGNING), "2026-11")
    assert (trial.tried, trial.raised) == (2, 1)
    assert trial.examples[0]["case_no"] == "410102-AAAAA-00001-1"
    assert trial.by_organisation == {"rs": 1}
    assert alarm_store.page().alarms == ()


def test_a_trial_finds_what_the_rule_would_have_raised_had_it_stood(tables_only):
    cases = [
        Script(f"410102-AAAAA-0000{n}-1").received().accepted().reviewed().hours(n).granted()
        for n in range(5, 10)
    ]
    hear(*cases)
    trial = trying.over(rulebook.candidate("X01", LATE_SIGNING), "2026-11")
    write()
    for case in cases:
        case.no = case.no.replace("AAAAA", "BBBBB")
        again = Script(case.no).received().accepted().reviewed()
        again.hours(int(case.no[-3])).granted()
        hear(again)
    assert trial.raised == len(alarm_store.page().alarms) == 2


def test_a_month_tried_in_parts_adds_up(tables_only, monkeypatch):
    monkeypatch.setattr(trying, "A_PART", 2)
    hear(*(evening_case(f"410102-AAAAA-0000{n}-1") for n in range(5)))
    trial = trying.over(rulebook.candidate("X01", LATE_SIGNING), "2026-11")
    assert (trial.tried, trial.raised) == (5, 5)


def test_a_repeated_finding_is_tried_with_its_repetitions(tables_only):
    nightly = rule_store.shipped()["I02"]
    for number in range(4):
        at = Script().at.replace(hour=2)
        hear(
            Script(f"410102-AAAAA-0000{number}-1", at=at).received().accepted().reviewed().granted()
        )
    trial = trying.over(nightly, "2026-11")
    assert trial.raised == 1


def test_signals_of_other_rooms_are_tried_too(tables_only):
    refused = {
        "id": "visit-1#1",
        "subject": "visit-1",
        "seq": 1,
        "type": "visit.refused",
        "at": "2026-11-03T10:00:00.000+08:00",
        "actor": {"account": "clerk", "role": "window_clerk", "point": "centre"},
        "data": {"reason": "号已排满"},
        "facts": {"body": "centre", "origin": "centre"},
    }
    assert len(service.take_in(refused)) == 1
    assert service.take_in(refused) == ()
    trial = trying.over(rule_store.shipped()["P11"], "2026-11")
    assert (trial.tried, trial.raised) == (1, 1)


def test_nightly_signings_are_counted_each_once(tables_only):
    nightly = rule_store.shipped()["I02"].to_dict()
    rulebook.write(SUPERVISOR, "I02", {**nightly, "active": True}, asked(), if_match=None)
    scripts = [
        Script(f"410102-AAAAA-0000{n}-1", at=Script().at.replace(hour=2))
        .received()
        .accepted()
        .reviewed()
        .granted()
        for n in range(3)
    ]
    for script in scripts[:2]:
        hear(script, script)
    assert alarm_store.page().alarms == ()
    hear(scripts[2])
    (alarm,) = alarm_store.page().alarms
    assert alarm.subject == f"I02:{CHIEF}:2026-11-02"
