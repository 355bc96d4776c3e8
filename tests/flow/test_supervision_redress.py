"""Bad ratings and objections: cases of their own, with steps, limits, and alarms when they are late."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from chalicelib.core.errors import Forbidden, InvalidInput, OutOfTurn
from chalicelib.core.principal import Principal
from chalicelib.supervision import (
    alarm_store,
    cell_store,
    figures,
    redress_store,
    redressing,
    rule_store,
    service,
)
from chalicelib.supervision.answers import Asked
from chalicelib.supervision.boards import Filter
from chalicelib.supervision.redress import State
from tests.support.applications import CITIZEN as ZHANG
from tests.support.applications import STATION as STATION_CLERK
from tests.support.applications import application, item_named
from tests.support.engine import Engine
from tests.support.steps import Road
from tests.support.supervision_cases import Script, plain
from tests.support.supervision_hearing import hear

pytest_plugins = ["tests.support.supervision_room"]

SUPERVISOR = Principal("supervisor", "", frozenset({"supervisor"}))
UNIT = Principal("rs-chief", "", frozenset({"chief_representative"}), organisation="rs")
STATION = Principal("clerk", "", frozenset({"station_clerk"}), point="zy-station")
OTHER = Principal("ga-chief", "", frozenset({"chief_representative"}), organisation="ga")


def asked(key):
    return Asked("someone", key, key)


def rated(grade=5, no="410102-AAAAA-00001-1"):
    script = plain(no).hours(1).rated(grade)
    hear(script, script)
    return script


def the_one():
    (case,) = redress_store.page(None, None, 10, None).cases
    return case


@pytest.mark.parametrize(("grade", "opened"), [(1, 0), (3, 0), (4, 1), (5, 1)])
def test_a_bad_rating_opens_a_case_of_its_own_once(tables_only, grade, opened):
    rated(grade)
    assert len(redress_store.page(None, None, 10, None).cases) == opened


def test_no_rating_is_not_a_good_rating(tables_only):
    hear(plain("410102-AAAAA-00001-1"), plain("410102-BBBBB-00002-2").rated(2))
    answer = figures.indicators("2026-11")
    satisfaction = next(one for one in answer["monthly"] if one["key"] == "satisfaction_rate")
    assert (satisfaction["numerator"], satisfaction["denominator"]) == (1, 1)


def test_what_the_applicant_wrote_stays_in_the_cases_own_log(tables_only):
    script = plain().then("case.rated", {"grade": 5, "comment": "找张三理论"}, "citizen")
    hear(script)
    assert "张三" not in repr(the_one())


def test_its_road_is_verified_put_right_answered_and_called_back(tables_only):
    rated()
    case = the_one()
    assert case.due_at.isoformat() == "2026-11-06T00:00:00+08:00"
    steps = [
        redressing.verify(SUPERVISOR, case.id, asked("1"), founded=True, text="窗口解释不清"),
        redressing.rectify(UNIT, case.id, asked("2"), text="已培训"),
        redressing.answer(UNIT, case.id, asked("3"), text="已电话致歉"),
        redressing.call_back(SUPERVISOR, case.id, asked("4"), satisfied=True, text="满意"),
    ]
    assert [step["state"] for step in steps] == ["rectify", "answer", "call_back", "closed"]
    (counter,) = cell_store.all_counts(2026).values()
    assert counter["11.rated.5"] == counter["11.redress_closed"] == 1


def test_what_is_unfounded_is_answered_without_being_put_right(tables_only):
    rated()
    after = redressing.verify(SUPERVISOR, the_one().id, asked("1"), founded=False, text="查无此事")
    assert after["state"] == "answer"


def test_whoever_is_not_satisfied_has_it_put_right_once_more(tables_only):
    rated()
    identifier = the_one().id
    redressing.verify(SUPERVISOR, identifier, asked("v"), founded=True, text="属实")
    states = []
    for number in range(2):
        redressing.rectify(UNIT, identifier, asked(f"r{number}"), text="整改")
        redressing.answer(UNIT, identifier, asked(f"a{number}"), text="答复")
        after = redressing.call_back(
            SUPERVISOR, identifier, asked(f"c{number}"), satisfied=False, text="不满意"
        )
        states.append(after["state"])
    assert states == ["rectify", "closed"]


def test_steps_out_of_turn_without_words_or_by_others_are_refused(tables_only):
    rated()
    identifier = the_one().id
    with pytest.raises(OutOfTurn):
        redressing.answer(UNIT, identifier, asked("1"), text="答复")
    with pytest.raises(InvalidInput):
        redressing.verify(SUPERVISOR, identifier, asked("2"), founded=True, text=" ")
    with pytest.raises(Forbidden):
        redressing.verify(UNIT, identifier, asked("3"), founded=False, text="自查无此事")
    redressing.verify(SUPERVISOR, identifier, asked("4"), founded=True, text="属实")
    with pytest.raises(Forbidden):
        redressing.rectify(OTHER, identifier, asked("5"), text="整改")


def test_an_overdue_step_is_noted_once_and_raises_an_alarm(tables_only):
    rated()
    tables_only.move_to(2026, 11, 9, 9, 0)
    assert (redressing.chase(), redressing.chase()) == (1, 0)
    (alarm,) = alarm_store.page().alarms
    assert (alarm.rule, alarm.organisation) == ("E01", "rs")
    assert the_one().state is State.VERIFY


def test_an_objection_opens_a_case_with_five_working_days_to_verify(tables_only):
    hear(plain().then("case.objected", {"text": "不服"}, "citizen"))
    case = the_one()
    assert case.kind == "objection"
    assert case.due_at.isoformat() == "2026-11-12T00:00:00+08:00"


def test_a_unit_lists_its_own_by_step(tables_only):
    rated(no="410102-AAAAA-00001-1")
    hear(plain("410102-BBBBB-00002-2", body="ga").rated(4))
    own = redress_store.page("ga", State.VERIFY, 10, None).cases
    assert [case.subject for case in own] == ["410102-BBBBB-00002-2"]


def test_the_number_of_redress_opens_its_cases(tables_only):
    hear(*(plain(f"410102-AAAAA-0000{number}-1").rated(5) for number in range(3)))
    page = figures.cases("redress_rate", "2026-11", Filter(), timeliness=None, limit=10, start=None)
    rows = figures.breakdown("redress_rate", "2026-11", "body")["rows"]
    assert rows[0]["denominator"] == len(page.cards) == 3


def test_a_rating_interrupted_between_its_two_writes_is_opened_once(tables_only, monkeypatch):
    """The worker dies after the case of its own is opened and before the log is kept."""
    script = plain().rated(5)
    hear_all_but_last = script.details()
    for detail in hear_all_but_last[:-1]:
        service.take_in(detail)
    from chalicelib.supervision import case_store

    with monkeypatch.context() as patched:
        patched.setattr(case_store, "commit", _die)
        with pytest.raises(ConnectionError):
            service.take_in(hear_all_but_last[-1])
    service.take_in(hear_all_but_last[-1])
    (counter,) = cell_store.all_counts(2026).values()
    assert counter["11.rated.5"] == 1
    assert len(redress_store.page(None, None, 10, None).cases) == 1


def _die(*_):
    raise ConnectionError


def test_a_rating_of_a_visit_is_taken_too(tables_only):
    detail = {
        **Script().received().details()[0],
        "id": "visit-1#4",
        "subject": "visit-1",
        "type": "visit.rated",
        "data": {"grade": 5},
    }
    service.take_in(detail)
    service.take_in(detail)
    assert the_one().subject == "visit-1"
    (counter,) = cell_store.all_counts(2026).values()
    assert counter["11.visit_rated.5"] == 1
    key = "visit_satisfaction_rate"
    page = figures.cases(key, "2026-11", Filter(body="rs"), timeliness=None, limit=10, start=None)
    assert [card["subject"] for card in page.cards] == ["visit-1"]


def visit(type_, event, point="zy-station", **data):
    """What the hall publishes of a visit: no case, the point alone."""
    return {
        "id": event,
        "subject": "visit-1",
        "seq": 1,
        "type": type_,
        "at": "2026-11-02T11:00:00+08:00",
        "actor": {"account": "citizen", "role": "citizen"},
        "data": {"point": point, **data},
    }


@pytest.mark.parametrize(("first", "second", "opened"), [(2, 5, 0), (5, 1, 1), (5, 4, 1)])
def test_a_visit_is_rated_once_whatever_comes_after(tables_only, first, second, opened):
    service.take_in(visit("visit.rated", "visit-1#2", grade=first))
    service.take_in(visit("visit.rated", "visit-1#3", grade=second))
    (counter,) = cell_store.all_counts(2026).values()
    assert counter == {f"11.visit_rated.{first}": 1}
    assert len(redress_store.page(None, None, 10, None).cases) == opened


def test_a_point_answers_for_a_visit_that_names_no_body(tables_only):
    service.take_in(visit("visit.rated", "visit-1#2", grade=5))
    (case,) = redress_store.page("zy-station", State.VERIFY, 10, None).cases
    redressing.verify(SUPERVISOR, case.id, asked("v"), founded=True, text="属实")
    redressing.rectify(STATION, case.id, asked("r"), text="已道歉并加开窗口")
    assert the_one().state is State.ANSWER
    with pytest.raises(Forbidden):
        redressing.answer(OTHER, case.id, asked("a"), text="不归我们")


@pytest.mark.parametrize(
    ("type_", "data", "measure"),
    [
        ("visit.rated", {"grade": 5}, "11.visit_rated.5"),
        ("visit.objected", {"text": "态度差"}, "11.objected"),
    ],
)
def test_what_is_said_of_a_visit_counts_where_its_redress_counts(tables_only, type_, data, measure):
    service.take_in(visit(type_, "visit-1#2", **data))
    for step in (
        lambda: redressing.verify(SUPERVISOR, the_one().id, asked("v"), founded=False, text="否"),
        lambda: redressing.answer(STATION, the_one().id, asked("a"), text="已说明"),
        lambda: redressing.call_back(
            SUPERVISOR, the_one().id, asked("c"), satisfied=True, text="理解"
        ),
    ):
        step()
    (counter,) = cell_store.all_counts(2026).values()
    assert counter == {measure: 1, "11.redress_closed": 1}


def test_an_objection_to_a_visit_opens_a_case_without_its_words(tables_only):
    service.take_in(visit("visit.objected", "visit-1#2", text="张三态度差"))
    case = the_one()
    assert (case.kind, case.organisation) == ("objection", "zy-station")
    (kept,) = rule_store.signals("2026-11")
    assert "张三" not in str(kept)
    assert "张三" not in str(case)


def test_a_refused_visitor_is_a_red_card_on_the_point(tables_only):
    refused = visit("visit.refused", "visit-1#2", reason="排号已满")
    (alarm,) = service.take_in(refused)
    assert (alarm.rule, alarm.level, alarm.organisation) == ("P11", "red", "zy-station")
    assert service.take_in(refused) == ()


@dataclass(frozen=True)
class Complained:
    engine: Engine
    no: str

    def told(self, query: str = "") -> list[dict[str, Any]]:
        answer = self.engine.client(ZHANG).get(f"/v1/me/redress?{query}")
        assert answer.status == 200, answer.text
        return list(answer.json["items"])

    def step(self, who: str, step: str, body: dict[str, Any]) -> None:
        (case,) = redress_store.page(None, None, 10, None).cases
        answer = self.engine.client(who).post(f"/v1/redress/{case.id}/{step}", body)
        assert answer.status == 200, answer.text


@pytest.fixture
def complained(engine: Engine) -> Complained:
    """A case of zhang's that ended, to which he objected, and which supervision has taken in."""
    body = application(item_named("居住证申领"), STATION_CLERK)
    answer = engine.client(STATION_CLERK).post("/v1/cases", body)
    no = str(answer.json["case_no"])
    Road(engine, no).to_closure()
    said = {"text": "少发了一本"}
    assert engine.client(ZHANG).post(f"/v1/cases/{no}/objection", said).status == 200
    engine.settle()
    return Complained(engine, no)


def test_the_answer_reaches_who_complained_and_what_offices_wrote_does_not(complained):
    (before,) = complained.told(f"case_no={complained.no}")
    assert (before["state_name"], before["founded"], before["answers"]) == ("待核实", None, [])
    complained.step("supervisor", "verification", {"founded": True, "text": "窗口漏发"})
    complained.step("ga.chief", "rectification", {"text": "已约谈经办人"})
    complained.step("ga.chief", "answer", {"text": "已补发,向您致歉"})
    (after,) = complained.told()
    assert (after["case_no"], after["kind"], after["founded"]) == (complained.no, "objection", True)
    assert [each["text"] for each in after["answers"]] == ["已补发,向您致歉"]
    for kept_back in ("窗口漏发", "约谈", "ga.chief", "supervisor"):
        assert kept_back not in str(after)
    complained.step("supervisor", "call-back", {"satisfied": True, "text": "满意"})
    (closed,) = complained.told()
    assert (closed["state"], closed["due_at"]) == ("closed", None)
    assert closed["closed_at"] >= closed["answers"][0]["at"]


def test_nobody_elses_redress_is_told(complained):
    client = complained.engine.client
    assert client("citizen.li").get("/v1/me/redress").json["items"] == []
    answer = client("citizen.li").get(f"/v1/me/redress?case_no={complained.no}")
    assert answer.status == 403
    assert client("citizen.li").get("/v1/me/redress?case_no=410102-none").status == 404
    assert client("ga.chief").get("/v1/me/redress").status == 403


def test_a_good_rating_opens_nothing_to_tell(complained):
    rating = {"grade": 2}
    path = f"/v1/cases/{complained.no}/rating"
    assert complained.engine.client(ZHANG).post(path, rating).status == 200
    complained.engine.settle()
    assert [each["kind"] for each in complained.told()] == ["objection"]
