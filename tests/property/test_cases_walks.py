"""Random walks through the life of a case: no illegal act passes, every alert comes once."""

from __future__ import annotations

from collections import Counter
from datetime import date

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from chalicelib.cases import lifecycle
from chalicelib.cases.model import Case, Outcome, Stage, replay
from chalicelib.cases.standing import Step, machine_of, pending_alerts, standing
from chalicelib.core.errors import Problem
from chalicelib.core.limits import Limit, Unit
from tests.support.case_life import TYPE, Life, calendar

CERTIFICATE = f"1.2.156.3005.2.{TYPE}.x.y.001.Z"
DECISION_FIRST = {"case.granted", "case.refused"}


class Walk(RuleBasedStateMachine):
    """Commands in any order at any time; a refused one leaves no trace."""

    def __init__(self) -> None:
        super().__init__()
        self.life = Life()

    def attempt(self, account: str, decide) -> None:
        before = len(self.life.log)
        try:
            drafts = decide(self.life.case)
        except Problem:
            assert len(self.life.log) == before
            return
        self.life.record(drafts, account)

    @rule(days=st.integers(0, 15))
    def time_passes(self, days: int) -> None:
        self.life.pass_days(days)

    @rule()
    def accept(self) -> None:
        self.attempt("acceptor", lambda case: lifecycle.accept(case, self.life.act("acceptor")))

    @rule()
    def request_correction(self) -> None:
        self.attempt(
            "acceptor",
            lambda case: lifecycle.request_correction(case, self.life.act("a"), [{"text": "照片"}]),
        )

    @rule()
    def supplement(self) -> None:
        self.attempt("citizen", lambda case: lifecycle.supplement(case, [{"id": "m1"}], {"m1"}))

    @rule(recommendation=st.sampled_from(["grant", "refuse", "perhaps"]))
    def review(self, recommendation: str) -> None:
        self.attempt("reviewer", lambda case: lifecycle.review(case, "意见", recommendation))

    @rule(kind=st.sampled_from(["expert_review", "site_visit", "public_notice", "hearing"]))
    def start_procedure(self, kind: str) -> None:
        self.attempt(
            "reviewer",
            lambda case: lifecycle.start_procedure(
                case,
                self.life.act("r"),
                kind=kind,
                reason="依法",
                notice="告知",
                expected_days=5,
                held_on=date(2027, 12, 31),
            ),
        )

    @rule(which=st.integers(0, 2), staff=st.lists(st.sampled_from("甲乙丙"), max_size=3))
    def finish_procedure(self, which: int, staff: list[str]) -> None:
        running = self.life.case.procedures
        procedure = running[which].id if which < len(running) else "p0"
        self.attempt(
            "reviewer",
            lambda case: lifecycle.finish_procedure(
                case, self.life.act("r"), procedure, result="结果", staff=staff, document=None
            ),
        )

    @rule()
    def offer_hearing(self) -> None:
        self.attempt("reviewer", lifecycle.offer_hearing)

    @rule()
    def request_hearing(self) -> None:
        self.attempt(
            "citizen", lambda case: lifecycle.request_hearing(case, self.life.act("c"), calendar())
        )

    @rule(value=st.integers(1, 12))
    def extend(self, value: int) -> None:
        self.attempt(
            "chief",
            lambda case: lifecycle.extend(
                case,
                self.life.act("chief"),
                calendar(),
                allowed=Limit(10, Unit.WORKING_DAY),
                value=value,
                reason="复杂",
            ),
        )

    @rule(decision=st.sampled_from(["grant", "refuse"]))
    def sign(self, decision: str) -> None:
        self.attempt(
            "chief", lambda case: lifecycle.sign_off(case, decision=decision, reason="不符合")
        )

    @rule()
    def send_back(self) -> None:
        self.attempt("chief", lambda case: lifecycle.send_back(case, "补充"))

    @rule()
    def certificate(self) -> None:
        self.attempt("system", lambda case: lifecycle.store_certificate(case, CERTIFICATE))

    @rule()
    def deliver(self) -> None:
        self.attempt(
            "clerk", lambda case: lifecycle.deliver(case, received_by="applicant", channel=None)
        )

    @rule()
    def withdraw(self) -> None:
        self.attempt("citizen", lambda case: lifecycle.withdraw(case, None))

    @rule()
    def void(self) -> None:
        self.attempt("supervisor", lambda case: lifecycle.void(case, "误录", "supervisor"))

    @rule(grade=st.integers(0, 6))
    def rate(self, grade: int) -> None:
        self.attempt("citizen", lambda case: lifecycle.rate(case, grade, None))

    @invariant()
    def replay_gives_the_same_head(self) -> None:
        case = replay(self.life.log)
        assert Case.from_state(case.no, case.version, case.holder, case.to_state()) == case

    @invariant()
    def every_alert_came_once(self) -> None:
        raised = Counter(
            (recorded.event.data["clock"], recorded.event.data["rung"])
            for recorded in self.life.log
            if recorded.event.type == "case.alert_raised"
        )
        assert all(count == 1 for count in raised.values())
        assert not [a for a in pending_alerts(self.life.case, calendar()) if a.at <= self.life.now]

    @invariant()
    def the_order_of_the_law_is_kept(self) -> None:
        types, case = self.life.types(), self.life.case
        if decided := DECISION_FIRST & set(types):
            assert len(decided) == 1
            assert types.index("case.accepted") < types.index(next(iter(decided)))
        assert types.count("case.accepted") <= 1
        assert types.count("case.correction_requested") <= 1
        assert types.count("case.extended") <= 1
        if case.outcome is Outcome.GRANTED and not case.open:
            assert case.certificate == CERTIFICATE
            assert types.index("case.certificate_stored") < types.index("case.delivered")
        if not case.open:
            ending = types.index(
                next(
                    r.event.type
                    for r in self.life.log
                    if r.event.at.date() == case.ledger.ended_on
                    and r.event.type.rpartition(".")[2] in ENDINGS
                )
            )
            assert set(types[ending + 1 :]) <= {"case.rated", "case.objected"}

    @invariant()
    def the_workflow_always_knows_what_to_do(self) -> None:
        case = self.life.case
        machine = machine_of(case)
        if machine is None:
            assert case.stage is Stage.CLOSED
            return
        where = standing(case, machine, calendar(), self.life.now)
        assert where.step is not Step.HANDED_OVER
        if where.until is not None:
            assert where.until > self.life.now


ENDINGS = {"delivered", "withdrawn", "voided", "rejected", "returned"}
TestWalk = Walk.TestCase
TestWalk.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
