"""Every road a case can take, and what is refused on it."""

from __future__ import annotations

from datetime import date

import pytest

from chalicelib.cases import lifecycle
from chalicelib.cases.model import Case, Channel, Outcome, Stage
from chalicelib.cases.procedures import PROCEDURE_KINDS
from chalicelib.core import deadlines
from chalicelib.core.errors import Conflict, InvalidInput, NotFound, OutOfTurn
from chalicelib.core.limits import ClockKind, Limit, Unit
from tests.support.case_life import TYPE, Life, calendar


def accepted(**changes: object) -> Life:
    life = Life(**changes)
    life.record(lifecycle.accept(life.case, life.act("acceptor")), "acceptor")
    return life


def reviewed(recommendation: str = "grant", **changes: object) -> Life:
    life = accepted(**changes)
    life.record(lifecycle.review(life.case, "可", recommendation), "reviewer")
    return life


def due(life: Life, clock: str) -> date | None:
    found = deadlines.due(life.case.ledger, clock, calendar())
    return found.due_on if found else None


def test_a_granted_case_waits_for_its_certificate_and_closes_at_delivery():
    life = reviewed()
    life.record(lifecycle.sign_off(life.case, decision="grant"), "chief")
    assert life.case.stage is Stage.CERTIFICATE
    with pytest.raises(OutOfTurn):
        lifecycle.deliver(life.case, received_by="applicant", channel=None)
    life.record(
        lifecycle.store_certificate(life.case, f"1.2.156.3005.2.{TYPE}.x.y.001.Z"), "system"
    )
    life.record(lifecycle.deliver(life.case, received_by="applicant", channel=None), "clerk")
    assert (life.case.stage, life.case.outcome) == (Stage.CLOSED, Outcome.GRANTED)


def test_a_refusal_needs_its_reason_and_names_the_remedies():
    life = reviewed("refuse")
    with pytest.raises(InvalidInput) as refused:
        lifecycle.sign_off(life.case, decision="refuse", reason=" ")
    assert refused.value.errors[0].pointer == "/reason"
    life.record(lifecycle.sign_off(life.case, decision="refuse", reason="不符合条件"), "chief")
    assert "行政复议" in life.log[-1].event.data["remedies"]
    assert life.case.stage is Stage.DELIVERY


def test_an_electronic_refusal_is_delivered_as_it_is_made():
    life = reviewed("refuse", delivery={"channel": Channel.ELECTRONIC.value})
    life.record(lifecycle.sign_off(life.case, decision="refuse", reason="不符合条件"), "chief")
    assert life.types()[-2:] == ["case.refused", "case.delivered"]


def test_correction_is_asked_for_once_and_the_promise_stands_still_meanwhile():
    life = Life()
    life.record(
        lifecycle.request_correction(life.case, life.act("acceptor"), [{"text": "照片不清晰"}]),
        "acceptor",
    )
    assert due(life, ClockKind.PROMISE) is None
    life.pass_days(2)
    life.record(lifecycle.supplement(life.case, [{"id": "m1"}], {"m1"}), "citizen")
    assert due(life, ClockKind.PROMISE) == date(2026, 3, 13)
    with pytest.raises(Conflict):
        lifecycle.request_correction(life.case, life.act("acceptor"), [{"text": "还要户口簿"}])


def test_a_correction_notice_that_names_nothing_is_refused_entry_by_entry():
    with pytest.raises(InvalidInput) as refused:
        life = Life()
        lifecycle.request_correction(life.case, life.act("a"), [{"text": "好"}, {"text": " "}])
    assert [error.pointer for error in refused.value.errors] == ["/missing/1/text"]


def test_silence_for_five_working_days_is_acceptance_as_of_receipt():
    life = Life()
    life.pass_days(8)
    assert life.case.ledger.accepted_on == date(2026, 3, 2)
    assert life.types()[-1] == "case.accepted"


@pytest.mark.parametrize("kind", [key for key, kind in PROCEDURE_KINDS.items() if kind.stops_clock])
def test_only_a_statutory_kind_stops_the_clock_and_it_tells_the_time_in_writing(kind):
    life = accepted()
    with pytest.raises(InvalidInput) as refused:
        lifecycle.start_procedure(life.case, life.act("r"), kind=kind, reason="依法")
    assert refused.value.errors[0].pointer == "/notice"
    life.record(
        lifecycle.start_procedure(
            life.case,
            life.act("r"),
            kind=kind,
            reason="依法",
            notice="需10日",
            expected_days=10,
            held_on=date(2026, 3, 12),
        ),
        "reviewer",
    )
    assert due(life, ClockKind.STATUTORY) is None
    with pytest.raises(OutOfTurn):
        lifecycle.review(life.case, "可", "grant")


@pytest.mark.parametrize(
    "kind", ["site_visit", "household_survey", "public_notice", "collective_study"]
)
def test_the_others_run_inside_the_limit(kind):
    life = accepted()
    before = due(life, ClockKind.STATUTORY)
    life.record(
        lifecycle.start_procedure(life.case, life.act("r"), kind=kind, reason="核实"), "reviewer"
    )
    assert due(life, ClockKind.STATUTORY) == before


def test_a_site_visit_by_one_person_is_refused():
    life = accepted()
    life.record(
        lifecycle.start_procedure(life.case, life.act("r"), kind="site_visit", reason="核实"), "r"
    )
    procedure = life.case.procedures[0].id
    for staff in ([], ["甲"], ["甲", "甲 "]):
        with pytest.raises(InvalidInput) as refused:
            lifecycle.finish_procedure(
                life.case, life.act("r"), procedure, result="属实", staff=staff, document=None
            )
        assert refused.value.errors[0].pointer == "/staff"
    with pytest.raises(NotFound):
        lifecycle.finish_procedure(
            life.case, life.act("r"), "p99", result="属实", staff=["甲", "乙"], document=None
        )


def test_a_hearing_has_its_own_limits():
    """行政许可法 47-48: five days to ask, twenty to hold, notice seven days before (2.5 no. 10)."""
    life = accepted(now=Life().now.replace(month=6, day=17))
    life.record(lifecycle.offer_hearing(life.case), "reviewer")
    assert due(life, "step:hearing_request") == date(2026, 6, 25)
    life.move_to(date(2026, 6, 22))
    life.record(lifecycle.request_hearing(life.case, life.act("c"), calendar()), "citizen")
    assert due(life, "step:hearing") == date(2026, 7, 20)
    with pytest.raises(InvalidInput) as refused:
        lifecycle.start_procedure(
            life.case,
            life.act("r"),
            kind="hearing",
            reason="依申请",
            notice="n",
            expected_days=10,
            held_on=date(2026, 6, 28),
        )
    assert refused.value.errors[0].pointer == "/held_on"


def test_a_hearing_nobody_asks_for_in_five_days_is_waived_without_an_alert():
    life = accepted()
    life.record(lifecycle.offer_hearing(life.case), "reviewer")
    life.pass_days(8)
    assert "case.hearing_waived" in life.types()
    clocks = {r.event.data["clock"] for r in life.log if r.event.type == "case.alert_raised"}
    assert "step:hearing_request" not in clocks
    with pytest.raises(OutOfTurn):
        lifecycle.request_hearing(life.case, life.act("c"), calendar())


def test_an_extension_is_once_in_time_with_a_reason_and_does_not_move_the_promise():
    life = accepted()
    allowed, promise = Limit(10, Unit.WORKING_DAY), due(life, ClockKind.PROMISE)
    with pytest.raises(InvalidInput):
        lifecycle.extend(
            life.case, life.act("c"), calendar(), allowed=allowed, value=11, reason="难"
        )
    with pytest.raises(Conflict):
        lifecycle.extend(life.case, life.act("c"), calendar(), allowed=None, value=5, reason="难")
    draft = lifecycle.extend(
        life.case, life.act("c"), calendar(), allowed=allowed, value=10, reason="案情复杂"
    )
    life.record(draft, "chief")
    assert due(life, ClockKind.STATUTORY) == date(2026, 4, 14)
    assert due(life, ClockKind.PROMISE) == promise
    with pytest.raises(Conflict):
        lifecycle.extend(
            life.case, life.act("c"), calendar(), allowed=allowed, value=1, reason="难"
        )


def test_an_extension_after_expiry_is_refused():
    life = accepted()
    life.pass_days(60)
    with pytest.raises(OutOfTurn):
        lifecycle.extend(
            life.case,
            life.act("c"),
            calendar(),
            allowed=Limit(10, Unit.WORKING_DAY),
            value=5,
            reason="难",
        )


def test_what_was_tolerated_as_missing_has_a_clock_and_bars_a_grant_until_it_comes():
    life = accepted(owed=["m2"])
    assert due(life, "step:tolerance") == date(2026, 3, 9)
    with pytest.raises(OutOfTurn):
        lifecycle.review(life.case, "可", "grant")
    life.record(lifecycle.supplement(life.case, [{"id": "m2"}], {"m1", "m2"}), "citizen")
    assert life.case.owed == ()
    assert lifecycle.review(life.case, "可", "grant")


def test_a_renewal_not_decided_before_expiry_is_granted():
    """行政许可法 art. 50."""
    life = accepted(concern=["renewal", f"1.2.156.3005.2.{TYPE}.x.y.001.Z", "2026-04-10"])
    life.pass_days(39)
    assert life.case.outcome is None
    life.pass_days(1)
    assert life.case.outcome is Outcome.GRANTED
    assert life.log[-1].event.data["deemed"] is True


def test_a_case_that_goes_up_keeps_its_opinion_and_is_decided_there():
    life = accepted()
    life.record(lifecycle.forward(life.case, to="sj", opinion="初审同意"), "reviewer")
    assert (life.case.body, life.case.forwarded, life.case.stage) == ("sj", "ga", Stage.REVIEW)
    with pytest.raises(OutOfTurn):
        lifecycle.request_correction(life.case, life.act("upper"), [{"text": "重新提交"}])
    with pytest.raises(Conflict):
        lifecycle.forward(life.case, to="sj", opinion="再报")


def test_the_exits_end_every_clock_and_keep_their_reason():
    for draft, outcome in (
        (lifecycle.withdraw(Life().case, "不办了"), Outcome.WITHDRAWN),
        (lifecycle.void(Life().case, "误录", "supervisor"), Outcome.VOIDED),
        (lifecycle.reject(Life().case, "not_required", "无需许可", None), Outcome.NOT_REQUIRED),
        (lifecycle.reject(Life().case, "not_competent", "非本机关", "市局"), Outcome.NOT_COMPETENT),
    ):
        life = Life()
        life.record(draft, "somebody")
        assert life.case.outcome is outcome
        life.pass_days(100)
        assert life.types() == ["case.received", draft[0].type]


def test_not_competent_says_where_to_go():
    with pytest.raises(InvalidInput) as refused:
        lifecycle.reject(Life().case, "not_competent", "非本机关职权", None)
    assert refused.value.errors[0].pointer == "/where_to"


def test_what_the_notice_named_and_never_came_is_returned():
    life = Life()
    life.record(
        lifecycle.request_correction(life.case, life.act("a"), [{"text": "照片"}]), "acceptor"
    )
    life.record(lifecycle.return_case(life.case, "逾期未补正"), "acceptor")
    assert life.case.outcome is Outcome.RETURNED


def test_the_chief_may_send_a_case_back_for_another_review():
    life = reviewed()
    life.record(lifecycle.send_back(life.case, "请补充核实"), "chief")
    assert (life.case.stage, life.case.recommendation) == (Stage.REVIEW, None)


def test_one_rating_a_case_and_only_afterwards():
    life = Life()
    with pytest.raises(OutOfTurn):
        lifecycle.rate(life.case, 1, None)
    life.record(lifecycle.withdraw(life.case, None), "citizen")
    life.record(lifecycle.rate(life.case, 4, "等太久"), "citizen")
    with pytest.raises(Conflict):
        lifecycle.rate(life.case, 1, None)


def test_a_colour_freezes_when_the_case_ends():
    life = reviewed()
    life.pass_days(12)
    life.record(lifecycle.withdraw(life.case, None), "citizen")
    frozen = deadlines.colour(life.case.ledger, calendar(), life.now)
    life.pass_days(300)
    assert deadlines.colour(life.case.ledger, calendar(), life.now) is frozen


def test_a_head_survives_its_stored_form():
    life = accepted(owed=["m2"], concern=["renewal", f"1.2.156.3005.2.{TYPE}.x.y.001.Z", None])
    life.record(
        lifecycle.start_procedure(
            life.case, life.act("r"), kind="test", reason="检测", notice="n", expected_days=3
        ),
        "reviewer",
    )
    case = life.case
    again = Case.from_state(case.no, case.version, case.holder, case.to_state())
    assert again == case
