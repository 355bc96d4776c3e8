"""An appraisal's road: from closed cases to a signed result, each figure open down to its cases."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.aws import signing
from chalicelib.core.errors import Conflict, Forbidden, OutOfTurn
from chalicelib.core.principal import Principal
from chalicelib.supervision import (
    alarm_store,
    appraisal_store,
    appraising,
    roster,
    service,
    stocktaking,
)
from chalicelib.supervision.answers import Asked
from chalicelib.supervision.appraisal import Posted, Scheme
from chalicelib.supervision.appraisal_road import Period, Stage
from chalicelib.supervision.appraisal_store import PERSON
from chalicelib.supervision.model import Outcome
from tests.support.supervision_cases import ACCEPTOR, CHIEF, REVIEWER, Script, plain
from tests.support.supervision_hearing import hear

pytest_plugins = ["tests.support.supervision_room"]

NOVEMBER = Period("2026-11")
OFFICE = Principal("office", "", frozenset({"office"}))
SUPERVISOR = Principal("supervisor", "", frozenset({"supervisor"}))
RS = Principal("rs-chief", "", frozenset({"chief_representative"}), organisation="rs")
GA = Principal("ga-chief", "", frozenset({"chief_representative"}), organisation="ga")
KEYS = iter(range(1, 1_000_000))


def asked():
    key = f"k{next(KEYS)}"
    return Asked("someone", key, key)


class Pen:
    """Signs as the deployment's key would; what it signed is told."""

    class public_key:  # noqa: N801 - stands for an attribute
        key_id = "pen"

    def __init__(self):
        self.signed = []

    def sign(self, message):
        self.signed.append(message)
        return b"s" * 64


@pytest.fixture
def pen(monkeypatch):
    pen = Pen()
    monkeypatch.setattr(signing, "signer", lambda: pen)
    return pen


@pytest.fixture
def posted(monkeypatch):
    people = [
        Posted(f"p-{account}", account, "rs", "centre", date(2024, 1, 1))
        for account in (ACCEPTOR, REVIEWER, CHIEF, "clerk", "idle")
    ]
    monkeypatch.setattr(roster, "posted_on", lambda day: iter(people))
    monkeypatch.setattr(stocktaking, "bodies", lambda: ["ga", "rs"])
    monkeypatch.setattr(
        roster, "undelegated", lambda body, since, until: ["无首席代表"] if body == "ga" else []
    )
    return people


def late(no):
    return Script(no).received().accepted().days(9).reviewed().granted().certified().delivered()


@pytest.fixture
def drafted(tables_only, posted):
    hear(
        plain("410102-AAAAA-00001-1").rated(1),
        plain("410102-AAAAA-00002-1"),
        late("410102-AAAAA-00003-1").rated(5),
    )
    tables_only.move_to(2026, 12, 1, 9, 0)
    appraising.begin(OFFICE, NOVEMBER, Scheme(), asked())
    appraising.draft(NOVEMBER)
    return tables_only


def person(account, period=NOVEMBER):
    found = appraising.read(OFFICE, period)
    return next(one for one in found["people"] if one["account"] == account)


def test_figures_are_the_cases_each_person_acted_in(drafted):
    reviewer = person(REVIEWER)
    assert reviewer["cases"] == 3
    parts = {part["name"]: (part["numerator"], part["denominator"]) for part in reviewer["parts"]}
    assert parts == {"on_time": (2, 3), "rated_good": (1, 2), "right_first": (3, 3)}
    assert reviewer["score"] == "73.3"
    assert person("idle")["grade"] == "not_appraised"


def test_every_figure_opens_its_cases(drafted):
    under = appraising.cases_under(OFFICE, NOVEMBER, f"p-{REVIEWER}")["under"]
    assert under["on_time"] == ["410102-AAAAA-00001-1", "410102-AAAAA-00002-1"]
    assert under["rated"] == ["410102-AAAAA-00001-1", "410102-AAAAA-00003-1"]
    assert "rated_good" in under


def test_a_body_without_real_delegation_loses_points_for_it(drafted):
    bodies = {one["subject"]: one for one in appraising.read(OFFICE, NOVEMBER)["bodies"]}
    assert [d["points"] for d in bodies["ga"]["deductions"]] == [10]
    assert bodies["rs"]["deductions"] == []
    assert bodies["rs"]["weighted"] is not None


def test_a_draft_worked_out_twice_is_the_same(drafted):
    before = appraising.read(OFFICE, NOVEMBER)
    assert appraising.draft(NOVEMBER) is None
    appraising.begin(OFFICE, NOVEMBER, Scheme(), asked())
    appraising.draft(NOVEMBER)
    after = appraising.read(OFFICE, NOVEMBER)
    assert after["people"] == before["people"]
    assert after["bodies"] == before["bodies"]


def test_the_stream_works_out_what_was_begun(room, posted):
    from chalicelib.supervision import workers

    room.clock.move_to(2026, 12, 1, 9, 0)
    appraising.begin(OFFICE, NOVEMBER, Scheme(), asked())
    records = room.records()
    assert workers.draft_appraisals({"Records": records}, None) == {"batchItemFailures": []}
    assert appraisal_store.read("2026-11").stage is Stage.DRAFT
    assert workers.draft_appraisals({"Records": records}, None) == {"batchItemFailures": []}


def test_a_period_that_is_not_over_is_not_appraised(tables_only):
    with pytest.raises(Conflict):
        appraising.begin(OFFICE, NOVEMBER, Scheme(), asked())


def test_a_confirmed_violation_costs_its_actor_and_its_unit(tables_only, posted):
    script = Script().received().accepted(ACCEPTOR).hours(1).reviewed(ACCEPTOR)
    hear(script.hours(1).granted().certified().delivered())
    (alarm,) = alarm_store.page().alarms
    service.settle(
        SUPERVISOR,
        alarm.id,
        asked(),
        outcome=Outcome.CONFIRMED,
        reason="同一人受理并审查",
        accountable=True,
    )
    tables_only.move_to(2026, 12, 1, 9, 0)
    appraising.begin(OFFICE, NOVEMBER, Scheme(), asked())
    appraising.draft(NOVEMBER)
    deduction = {"reason": "confirmed_red", "points": 10, "under": [alarm.id]}
    assert person(ACCEPTOR)["deductions"] == [deduction]
    bodies = {one["subject"]: one for one in appraising.read(OFFICE, NOVEMBER)["bodies"]}
    assert deduction in bodies["rs"]["deductions"]
    assert person(CHIEF)["deductions"] == []


def test_an_objection_upheld_changes_the_score_and_stands_in_the_signed_result(drafted, pen):
    before = person(REVIEWER)["score"]
    appraising.show(OFFICE, NOVEMBER, asked())
    objection = appraising.object_to(RS, NOVEMBER, f"p-{REVIEWER}", "该件因系统故障超时", asked())
    with pytest.raises(OutOfTurn):
        appraising.finalise(OFFICE, NOVEMBER, asked())
    appraising.answer_objection(
        OFFICE, NOVEMBER, objection["id"], asked(), points=12, reason="经核实系统故障属实"
    )
    drafted.move_to(2026, 12, 9, 0, 0)
    final = appraising.finalise(OFFICE, NOVEMBER, asked())
    assert final["stage"] == "final"
    assert pen.signed == [final["digest"].encode()]
    assert float(person(REVIEWER)["score"]) == pytest.approx(float(before) + 12)
    assert appraising.holds(NOVEMBER)


def test_a_final_appraisal_is_frozen(drafted, pen):
    appraising.show(OFFICE, NOVEMBER, asked())
    drafted.move_to(2026, 12, 9, 0, 0)
    appraising.finalise(OFFICE, NOVEMBER, asked())
    with pytest.raises(Conflict):
        appraising.begin(OFFICE, NOVEMBER, Scheme(), asked())
    with pytest.raises(OutOfTurn):
        appraising.object_to(RS, NOVEMBER, f"p-{REVIEWER}", "迟到的异议", asked())


def test_a_result_altered_after_signing_is_found_out(drafted, pen):
    appraising.show(OFFICE, NOVEMBER, asked())
    drafted.move_to(2026, 12, 9, 0, 0)
    appraising.finalise(OFFICE, NOVEMBER, asked())
    one = appraisal_store.results("2026-11", PERSON)[0]
    from dataclasses import replace

    appraisal_store.change_result("2026-11", PERSON, replace(one, cases=one.cases + 1))
    assert not appraising.holds(NOVEMBER)


def test_objections_end_with_their_five_working_days(drafted):
    shown = appraising.show(OFFICE, NOVEMBER, asked())
    assert shown["objections_until"].startswith("2026-12-09T00:00")
    drafted.move_to(2026, 12, 9, 0, 0)
    with pytest.raises(OutOfTurn):
        appraising.object_to(RS, NOVEMBER, f"p-{REVIEWER}", "迟了", asked())


def test_a_body_sees_and_contests_only_its_own(drafted):
    appraising.show(OFFICE, NOVEMBER, asked())
    assert appraising.read(GA, NOVEMBER)["people"] == []
    assert [one["subject"] for one in appraising.read(GA, NOVEMBER)["bodies"]] == ["ga"]
    with pytest.raises(Forbidden):
        appraising.object_to(GA, NOVEMBER, f"p-{REVIEWER}", "别家的事", asked())
    with pytest.raises(Forbidden):
        appraising.cases_under(GA, NOVEMBER, f"p-{REVIEWER}")
    with pytest.raises(Forbidden):
        appraising.begin(RS, NOVEMBER, Scheme(), asked())


def test_excellent_two_years_in_a_row_is_recommended(tables_only, posted, pen):
    years = []
    for year in (2025, 2026):
        start = Script().at.replace(year=year)
        hear(*(plain(f"410102-Y{year}-{n}", at=start + timedelta(hours=n)) for n in range(2)))
        period = Period(str(year))
        tables_only.move_to(year + 1, 1, 4, 9, 0)
        appraising.begin(OFFICE, period, Scheme(), asked())
        appraising.draft(period)
        appraising.show(OFFICE, period, asked())
        tables_only.move_to(year + 1, 1, 20, 9, 0)
        appraising.finalise(OFFICE, period, asked())
        years.append(appraising.read(OFFICE, period))
    assert [year["excellent"] for year in years] == [1, 1]
    assert years[0]["recommended"] == []
    assert years[1]["recommended"] == ["p-clerk"]


def test_the_roster_reads_the_networks_register(tables_only):
    """Against the network's own table, founded as a district is."""
    from chalicelib.network import founding, store
    from chalicelib.network import service as network
    from tests.support.network_room import document

    for model in store.TABLES:
        model._connection = None
        model.create_table(wait=True)
    network.forget()
    founding.found(document(), tables_only.now())
    posted = list(roster.posted_on(date(2026, 11, 30)))
    assert len(posted) == len(document()["postings"])
    assert {one.account for one in posted} >= {"supervisor"}
    november = date(2026, 11, 1), date(2026, 11, 30)
    assert roster.undelegated("rs", *november) == []
    assert roster.undelegated("fz", *november) == ["2026-11-01 至 2026-11-30 无首席代表"]
    network.forget()


def test_alarms_of_a_month_are_read_by_month(tables_only):
    hear(Script().received().alert("promise", "yellow"))
    assert [alarm.rule for alarm in alarm_store.raised_in("2026-11")] == ["T03"]
    assert list(alarm_store.raised_in("2026-10")) == []
