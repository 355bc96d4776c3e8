"""Events in any order, any number of times: alarms once, figures exact, two writes at most."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from botocore.client import BaseClient

from chalicelib.calendars.service import working_calendar
from chalicelib.supervision import alarm_store, case_store, cell_store, service
from chalicelib.supervision.handling import counts as alarm_counts
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.measures import counts, total
from chalicelib.supervision.model import Level
from tests.support.supervision_cases import Script, many, plain

pytest_plugins = ["tests.support.supervision_room"]


def recount(scripts):
    """The figures from the logs themselves, by none of the room's state."""
    calendar = working_calendar()
    logs = []
    for script in scripts:
        heard = Heard(script.no)
        for event in script.events:
            heard = heard.hear(event, script.about)
        logs.append(counts(heard, calendar))
    return total(logs)


def take_in(scripts, order):
    for detail in order(detail for script in scripts for detail in script.details()):
        service.take_in(detail)


def in_order(details):
    return list(details)


def twice_and_shuffled(details):
    doubled = list(details) * 2
    random.Random(7).shuffle(doubled)
    return doubled


@pytest.mark.parametrize("order", [in_order, twice_and_shuffled])
def test_the_counters_equal_a_recount_of_the_logs_to_the_last_digit(tables_only, order):
    scripts = list(many(seed=11, count=25))
    take_in(scripts, order)
    carried = [stored.carried for stored in _stored_alarms() if stored.carried]
    counted = total([cell_store.all_counts(2026), cell_store.all_counts(2027), *carried])
    assert counted == recount(scripts)


def _stored_alarms():
    page = alarm_store.page(limit=1000)
    return [alarm_store.read(alarm.id) for alarm in page.alarms]


def test_an_alert_is_one_alarm_however_often_and_whenever_it_comes(tables_only):
    script = (
        Script().received().accepted().days(7).alert("promise", "yellow").alert("promise", "red")
    )
    take_in([script], twice_and_shuffled)
    alarms = alarm_store.page().alarms
    assert [(a.rule, a.level, a.organisation) for a in alarms] == [
        ("T03", Level.RED, "rs"),
        ("T03", Level.YELLOW, "rs"),
    ]


def test_an_alert_is_raised_at_once_though_events_before_it_are_missing(tables_only):
    script = Script().received().accepted().alert("promise", "warning")
    assert len(service.take_in(script.details()[2])) == 1
    assert case_store.read(script.no).heard.gap


def test_an_alarms_facts_are_frozen_as_they_were(tables_only):
    script = Script().received().alert("acceptance", "yellow")
    take_in([script], in_order)
    alarm = alarm_store.page().alarms[0]
    assert alarm.facts["case_no"] == script.no
    assert alarm.facts["due_on"] == script.at.date().isoformat()
    assert alarm.facts["rule"] == {
        "version": 1,
        "basis": alarm.facts["rule"]["basis"],
        "threshold": None,
    }
    assert alarm.item_name == "居住证申领"


def test_nothing_of_the_applicant_is_kept(tables_only):
    script = Script().received()
    take_in([script], in_order)
    assert "f" * 32 not in repr(case_store.read(script.no))


def test_a_log_that_no_lawful_acts_could_have_written_is_itself_an_alarm(tables_only):
    script = Script().received().accepted().accepted()
    take_in([script], in_order)
    assert [(a.rule, a.level) for a in alarm_store.page().alarms] == [("D02", Level.RED)]


def test_an_unreadable_log_keeps_its_place_and_what_it_counted(tables_only):
    script = Script().received().accepted().accepted().then("case.reviewed", {}, "rs-reviewer")
    take_in([script], in_order)
    assert [card["case_no"] for card in case_store.oldest_open(5)] == [script.no]
    (counter,) = cell_store.all_counts(2026).values()
    assert counter["11.received"] == counter["open"] == 1
    assert len(alarm_store.page().alarms) == 1


def test_an_alert_of_an_unreadable_log_is_raised_all_the_same(tables_only):
    script = Script().received().accepted().accepted().alert("promise", "red")
    take_in([script], in_order)
    assert {alarm.rule for alarm in alarm_store.page().alarms} == {"D02", "T03"}


class Writes:
    """Counts the items that a call writes."""

    def __init__(self, monkeypatch) -> None:
        self.by_event = Counter()
        self.event = ""
        original = BaseClient._make_api_call

        def counted(client, operation, arguments):
            if operation == "TransactWriteItems":
                self.by_event[self.event] += len(arguments["TransactItems"])
            elif operation in ("PutItem", "UpdateItem", "DeleteItem"):
                self.by_event[self.event] += 1
            return original(client, operation, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", counted)


def test_no_lawful_event_writes_more_than_two_items(tables_only, monkeypatch):
    """A bad rating aside, which opens a case of its own."""
    writes = Writes(monkeypatch)
    bad = set()
    for script in many(seed=5, count=15):
        for detail in script.details():
            writes.event = detail["id"]
            service.take_in(detail)
            if detail["data"].get("grade", 0) > 3:
                bad.add(detail["id"])
    assert max(n for event, n in writes.by_event.items() if event not in bad) == 2
    assert {writes.by_event[event] for event in bad} == {3}


def test_a_broken_rule_costs_one_write_more_than_the_log_and_its_figures_ride_with_it(
    tables_only, monkeypatch
):
    script = (
        Script()
        .received()
        .then("case.rejected", {"kind": "not_required", "reason": ""}, "rs-acceptor")
    )
    writes = Writes(monkeypatch)
    for detail in script.details():
        writes.event = detail["id"]
        service.take_in(detail)
    assert writes.by_event[script.events[-1].id] == 2
    (stored,) = _stored_alarms()
    assert stored.alarm.rule == "P03"
    assert stored.carried
    assert total([cell_store.all_counts(2026), stored.carried]) == recount([script])


def test_an_alarm_is_counted_as_it_is_assigned_with_what_it_carried(room):
    script = (
        Script()
        .received()
        .then("case.rejected", {"kind": "not_required", "reason": ""}, "rs-acceptor")
    )
    room.hear(script)
    room.settle(lambda: _stored_alarms()[0].alarm.state.value == "assigned")
    (stored,) = _stored_alarms()
    assert stored.carried is None
    assert cell_store.all_counts(2026) == total([recount([script]), alarm_counts(stored.alarm)])


def test_an_outage_of_the_consumer_loses_nothing_and_doubles_nothing(tables_only):
    """Everything published in ten minutes comes later, at once, twice and out of order."""
    scripts = list(many(seed=23, count=20))
    details = [detail for script in scripts for detail in script.details()]
    cut = len(details) // 3
    for detail in details[:cut]:
        service.take_in(detail)
    backlog = details[cut:] * 2
    random.Random(1).shuffle(backlog)
    for detail in backlog:
        service.take_in(detail)
    expected = {
        (e.subject, e.data["clock"], e.data["rung"])
        for script in scripts
        for e in script.events
        if e.type == "case.alert_raised"
    }
    alarms = alarm_store.page(limit=1000).alarms
    timed = [(a.subject, a.clock, a.level.value) for a in alarms if a.rule.startswith("T")]
    assert sorted(timed) == sorted(expected)
    carried = [stored.carried for stored in _stored_alarms() if stored.carried]
    counted = total([cell_store.all_counts(2026), cell_store.all_counts(2027), *carried])
    assert counted == recount(scripts)


def test_two_events_of_one_case_at_the_same_moment_are_both_heard(tables_only, monkeypatch):
    """The one that was quicker is found when the other comes to write."""
    first, second = plain().details()[:2]
    commit, once = case_store.commit, []

    def interrupted(*arguments):
        if not once:
            once.append(True)
            service.take_in(first)
        return commit(*arguments)

    monkeypatch.setattr(case_store, "commit", interrupted)
    service.take_in(second)
    assert case_store.read(first["subject"]).heard.through == 2


def test_cases_stand_in_the_list_of_the_open_until_they_close(tables_only):
    take_in([plain("410102-AAAAA-00001-1")], in_order)
    open_case = Script("410102-BBBBB-00002-2").received()
    take_in([open_case], in_order)
    assert [card["case_no"] for card in case_store.oldest_open(10)] == [open_case.no]
