"""The shipped rules, each fired by one log and left alone by another, and the rule language."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.core.errors import InvalidInput
from chalicelib.core.events import Actor, Event
from chalicelib.core.notices import shipped_calendar
from chalicelib.supervision.findings import of_case, of_event
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.model import Level
from chalicelib.supervision.rule_store import shipped
from chalicelib.supervision.rules import Rule, holds, read_rule
from chalicelib.supervision.vocabulary import FAMILIES, WORDS, known
from tests.support.supervision_cases import ACCEPTOR, CHIEF, MONDAY, REVIEWER, Script, plain

CALENDAR = shipped_calendar()


def fired(script, *codes):
    """The codes that a whole log fires; of every shipped rule, the inactive too."""
    heard = Heard(script.no)
    for event in script.events:
        heard = heard.hear(event, script.about)
    found = of_case(Heard(script.no), heard, list(shipped().values()), CALENDAR)
    return {finding.rule.code for finding in found}


def noticed(type_, data=None, role="window_clerk", **about):
    """The codes that one event of another room fires."""
    event = Event("X1", 1, type_, MONDAY, Actor("a", role, "rs"), data or {})
    found = of_event(event, {"body": "rs", **about}, list(shipped().values()), CALENDAR)
    return {finding.rule.code for finding in found}


def reviewing(**options):
    return Script(**options).received().hours(1).accepted().days(1)


CASES = {
    "T01": (
        Script().received().alert("acceptance", "yellow"),
        Script().received().alert("promise", "yellow"),
    ),
    "T02": (
        reviewing().alert("step:hearing", "yellow"),
        reviewing().alert("statutory", "warning"),
    ),
    "T03": (reviewing().alert("promise", "red"), reviewing().alert("delivery", "yellow")),
    "T04": (reviewing().alert("statutory", "red"), reviewing().alert("acceptance", "yellow")),
    "T05": (reviewing().alert("delivery", "yellow"), reviewing().alert("promise", "yellow")),
    "T06": (
        reviewing()
        .days(40)
        .then("case.forwarded", {"to": "city", "opinion": "同意上报"}, REVIEWER),
        reviewing()
        .days(10)
        .then("case.forwarded", {"to": "city", "opinion": "同意上报"}, REVIEWER),
    ),
    "P01": (
        Script().received().corrected().supplemented().corrected(("另一材料",)),
        Script().received().corrected().supplemented(),
    ),
    "P02": (Script().received().corrected(()), Script().received().corrected()),
    "P03": (reviewing().reviewed().refused(remedies=" "), reviewing().reviewed().refused()),
    "P04": (reviewing().procedure(notice=""), reviewing().procedure()),
    "P05": (
        reviewing().procedure().days(1).procedure_ended().procedure(),
        reviewing(promise="20w@receipt").procedure().days(1).procedure_ended(),
    ),
    "P06": (
        reviewing().procedure(expected=3).days(5).procedure_ended(),
        reviewing().procedure(expected=3).days(3).procedure_ended(),
    ),
    "P07": (Script().received(by=REVIEWER), Script().received()),
    "P08": (
        Script().received().granted(),
        plain(),
    ),
    "P09": (reviewing().reviewed().granted(role="reviewer"), reviewing().reviewed().granted()),
    "P10": (reviewing().reviewed().granted(by=REVIEWER), reviewing().reviewed().granted()),
    "P12": (
        reviewing().procedure("site_visit", stops=[]).procedure_ended(("甲",)),
        reviewing().procedure("site_visit", stops=[]).procedure_ended(("甲", "乙")),
    ),
    "I01": (
        reviewing()
        .reviewed()
        .then("case.granted", {}, CHIEF, "chief_representative", timedelta(seconds=20)),
        reviewing().reviewed().hours(1).granted(),
    ),
    "I02": (
        Script(at=MONDAY.replace(hour=2)).received().accepted().reviewed().granted(),
        reviewing().reviewed().granted(),
    ),
    "D01": (
        reviewing().reviewed().granted().then("case.delivered", {"channel": "window"}, "clerk"),
        plain(),
    ),
}

NOTICED = {
    "P08": (
        ("certificate.issued_without_case", {}),
        ("certificate.issued", {}),
    ),
    "P11": (("visit.refused", {"reason": "号已排满"}), ("visit.closed", {})),
    "T07": (
        ("inquiry.alert_raised", {"clock": "inquiry_reply", "rung": "yellow", "responsible": "ga"}),
        ("inquiry.answered", {}),
    ),
    "T08": (
        ("item_change.alert_raised", {"clock": "review", "rung": "red", "responsible": ["fz"]}),
        ("item_change.approved", {}),
    ),
    "T09": (
        (
            "consultation.alert_raised",
            {"clock": "consultation_reply", "rung": "warning", "responsible": "ga"},
        ),
        ("consultation.answered", {"late": True}),
    ),
    "F01": (("fee.refused", {"rule": "F01"}), ("fee.refused", {"rule": "F02"})),
    "F02": (("fee.refused", {"rule": "F02"}), ("fee.refused", {"rule": "F01"})),
    "F03": (("fee.refused", {"rule": "F03"}), ("fee.refused", {"rule": "F01"})),
    "F04": (("fee.day_reconciled", {"agrees": False}), ("fee.day_reconciled", {"agrees": True})),
    "I03": (("certificate.read_refused", {"reason": "无办件"}), ("certificate.read", {})),
    "I04": (("material.asked_again", {"type": "身份证"}), ("material.attached", {})),
    "D01": (("certificate.missing", {}), ("certificate.stored", {})),
    "D02": (("log.unreadable", {}), ("log.read", {})),
    "S01": (
        ("posting.qualification_lapsed", {"certificate_until": "2026-11-01"}),
        ("posting.qualification_renewed", {}),
    ),
    "E01": (("redress.overdue", {"step": "verify"}), ("redress.closed", {})),
    "A01": (("alarm.raised", {"level": "yellow"}), ("alarm.raised", {"level": "red"})),
    "A02": (("alarm.overdue", {"level": "yellow"}), ("alarm.overdue", {"level": "red"})),
}


@pytest.mark.parametrize("code", CASES)
def test_a_log_fires_the_rule(code):
    assert code in fired(CASES[code][0])


@pytest.mark.parametrize("code", CASES)
def test_a_log_beside_it_does_not(code):
    assert code not in fired(CASES[code][1])


@pytest.mark.parametrize("code", NOTICED)
def test_an_event_of_another_room_fires_the_rule(code):
    assert code in noticed(*NOTICED[code][0])


@pytest.mark.parametrize("code", NOTICED)
def test_an_event_beside_it_does_not(code):
    assert code not in noticed(*NOTICED[code][1])


def test_every_shipped_rule_is_shown_firing_and_not_firing():
    assert set(shipped()) == set(CASES) | set(NOTICED)


def test_a_plain_case_fires_nothing():
    assert fired(plain()) == set()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        (reviewing().procedure("site_visit"), "P04"),
        (reviewing().procedure(reason=""), "P04"),
        (reviewing(promise="5w@receipt").days(6).procedure(), "P05"),
        (reviewing().reviewed(by=ACCEPTOR), "P10"),
        (reviewing().granted(), "P10"),
        (
            Script().received().then("case.rejected", {"kind": "not_competent", "reason": "x"}),
            "P03",
        ),
    ],
)
def test_each_branch_of_a_rule_fires_by_itself(script, code):
    assert code in fired(script)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ({"basis": "", "amount": 5}, "F01"),
        ({"basis": "豫发改", "on_list": False}, "F01"),
        ({"basis": "豫发改", "amount": 20, "standard": 10}, "F02"),
    ],
)
def test_a_charge_that_was_made_is_judged_by_its_basis_and_standard(data, code):
    assert noticed("fee.charged", data) == {code}
    assert noticed("fee.charged", {"basis": "豫发改", "amount": 10, "standard": 10}) == set()


def test_a_payment_that_does_not_fit_its_order_is_a_matter_of_payment():
    assert noticed("fee.refused", {"detail": "金额不符"}) == {"F03"}


def test_an_overdue_list_owner_answers_for_a_change_by_name():
    data = {"clock": "review", "rung": "yellow", "responsible": ["fz", "cz"]}
    event = Event("BG1", 4, "item_change.alert_raised", MONDAY, Actor("system", "system"), data)
    (finding,) = of_event(event, {"body": "rs"}, [shipped()["T08"]], CALENDAR)
    alarm = finding.alarm()
    assert (alarm.organisation, alarm.clock, alarm.level) == ("fz", "review", Level.YELLOW)


def test_only_the_events_newly_understood_are_judged():
    script = Script().received(by=REVIEWER).accepted()
    before = Heard(script.no).hear(script.events[0], script.about)
    after = before.hear(script.events[1], script.about)
    assert list(of_case(before, after, [shipped()["P07"]], CALENDAR)) == []


def test_a_rule_waits_until_nothing_before_its_event_is_missing():
    script = Script().received().granted()
    late = Heard(script.no).hear(script.events[1], script.about)
    rules = [shipped()["P08"]]
    assert list(of_case(Heard(script.no), late, rules, CALENDAR)) == []
    whole = late.hear(script.events[0], script.about)
    assert [f.rule.code for f in of_case(late, whole, rules, CALENDAR)] == ["P08"]


def test_a_repeated_finding_is_keyed_by_its_values_and_its_span():
    script = CASES["I02"][0]
    heard = Heard(script.no)
    for event in script.events:
        heard = heard.hear(event, script.about)
    (finding,) = of_case(Heard(script.no), heard, [shipped()["I02"]], CALENDAR)
    assert finding.repeat_key == f"I02:{CHIEF}:2026-11-02"
    assert finding.alarm().subject == finding.repeat_key


def test_a_threshold_is_changed_without_touching_the_condition():
    rule = shipped()["P06"]
    script = CASES["P06"][0]
    heard = Heard(script.no)
    for event in script.events:
        heard = heard.hear(event, script.about)
    lenient = replace(rule, threshold=7)
    assert list(of_case(Heard(script.no), heard, [lenient], CALENDAR)) == []


def test_timed_rules_take_the_rung_they_came_with_and_the_others_their_own():
    levels = {code: rule.level for code, rule in shipped().items()}
    assert {code for code, level in levels.items() if level is None} == {
        "T01",
        "T02",
        "T03",
        "T04",
        "T05",
        "T07",
        "T08",
        "T09",
    }
    assert levels["P09"] is Level.RED


def test_what_ships_would_be_accepted_from_a_person_too():
    for rule in shipped().values():
        assert read_rule(rule.to_dict(), known) == rule


@pytest.mark.parametrize(
    ("condition", "facts", "expected"),
    [
        ({"fact": "hour", "is": "less_than", "to": 6}, {"hour": 5}, True),
        ({"fact": "hour", "is": "less_than", "to": 6}, {}, False),
        ({"fact": "hour", "is": "less_than", "to": "six"}, {"hour": 5}, False),
        ({"fact": "count.granted", "is": "equals", "to": 0}, {}, True),
        ({"fact": "data.reason", "is": "blank"}, {"data.reason": "  "}, True),
        ({"fact": "data.reason", "is": "filled"}, {}, False),
        ({"fact": "data.reason", "is": "present"}, {"data.reason": ""}, True),
        ({"fact": "data.reason", "is": "absent"}, {}, True),
        ({"not": {"fact": "sunk", "is": "equals", "to": True}}, {"sunk": False}, True),
        ({"all": []}, {}, True),
        ({"any": [{"all": []}]}, {}, True),
        ({"fact": "body", "is": "one_of", "to": ["rs", "ga"]}, {"body": "rs"}, True),
        ({"fact": "body", "is": "none_of", "to": ["rs"]}, {"body": "rs"}, False),
        ({"fact": "hour", "is": "at_least", "to": {"threshold": True}}, {"hour": 9}, False),
        (
            {"fact": "actor.account", "is": "differs", "to": {"fact": "case.acceptor"}},
            {"actor.account": "a", "case.acceptor": "b"},
            True,
        ),
    ],
)
def test_conditions_hold_as_they_read(condition, facts, expected):
    assert holds(condition, facts) is expected


def test_everything_wrong_with_a_rule_is_said_at_once():
    raw = {
        "code": "X1",
        "name": "",
        "dimension": "weather",
        "level": "purple",
        "basis": "x",
        "on": [],
        "when": {
            "any": [
                {"fact": "case.acceptr", "is": "equals", "to": 1},
                {"fact": "hour", "is": "resembles", "to": 1},
                {"fact": "body", "is": "one_of", "to": "rs"},
            ]
        },
        "repeat": {"by": ["nobody"], "times": 1, "window": "year"},
    }
    with pytest.raises(InvalidInput) as refused:
        read_rule(raw, known)
    assert {error.pointer for error in refused.value.errors} == {
        "/name",
        "/dimension",
        "/level",
        "/on",
        "/when/any/0/fact",
        "/when/any/1/is",
        "/when/any/2/to",
        "/repeat/by",
        "/repeat/times",
        "/repeat/window",
    }


def test_a_condition_that_nests_too_deep_is_refused():
    condition = {"fact": "hour", "is": "equals", "to": 1}
    for _ in range(8):
        condition = {"not": condition}
    with pytest.raises(InvalidInput):
        read_rule({**shipped()["P07"].to_dict(), "when": condition}, known)


def test_the_vocabulary_explains_every_word_in_chinese():
    assert all(
        any("\u4e00" <= c <= "\u9fff" for c in text) for text in {**WORDS, **FAMILIES}.values()
    )


def test_a_rule_survives_its_own_writing():
    for rule in shipped().values():
        assert Rule.from_dict(rule.to_dict()) == rule
