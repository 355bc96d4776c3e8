"""Random commands by random people against the machines: nothing illegal passes, nothing is lost.

The walk asks for everything at every moment, in turn and out of it, while timers fire and batches
come late. What the model says is legal passes, the rest leaves no trace.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.cases import lifecycle, reconcile, store
from chalicelib.cases.lifecycle import Act
from chalicelib.cases.model import Case, Stage, replay
from chalicelib.core.errors import Problem
from tests.support.applications import CITIZEN, STATION, document_for, residence_permit
from tests.support.case_life import calendar

ACCEPTOR, REVIEWER, CHIEF = "ga.acceptor", "ga.reviewer", "ga.chief"
REFUSAL = {"decision": "refuse", "reason": "不符合条件"}
PROCEDURE = {"kind": "expert_review", "reason": "依法", "notice": "需五日", "expected_days": 5}

COMMANDS = (
    (ACCEPTOR, "acceptance", {}),
    (ACCEPTOR, "correction-notice", {"missing": [{"text": "照片不清晰"}]}),
    (CITIZEN, "supplements", None),
    (REVIEWER, "review", {"opinion": "可", "recommendation": "grant"}),
    (REVIEWER, "special-procedures", PROCEDURE),
    (REVIEWER, "special-procedures/p3/result", {"result": "通过", "staff": ["甲"]}),
    (CHIEF, "sign-off", {"decision": "grant"}),
    (CHIEF, "sign-off", REFUSAL),
    (CHIEF, "sign-off", {"decision": "send_back", "reason": "再核"}),
    (STATION, "delivery", {"received_by": "applicant"}),
    (CITIZEN, "withdrawal", {}),
    (CITIZEN, "rating", {"grade": 2}),
)
EVERYBODY = (ACCEPTOR, REVIEWER, CHIEF, STATION, CITIZEN, "rs.reviewer", "supervisor")


def allowed_by_the_model(case: Case, path: str, body: dict, act: Act) -> bool:
    """What the pure rules say of this command, whoever gives it."""
    decisions = {
        "acceptance": lambda: lifecycle.accept(case, act),
        "correction-notice": lambda: lifecycle.request_correction(case, act, body["missing"]),
        "supplements": lambda: lifecycle.supplement(case, [{"id": "m1"}], {"m1"}),
        "review": lambda: lifecycle.review(case, body["opinion"], body["recommendation"]),
        "special-procedures": lambda: lifecycle.start_procedure(case, act, **body),
        "special-procedures/p3/result": lambda: lifecycle.finish_procedure(
            case, act, "p3", result="通过", staff=["甲"], document=None
        ),
        "sign-off": lambda: (
            lifecycle.send_back(case, "再核")
            if body["decision"] == "send_back"
            else lifecycle.sign_off(case, **body)
        ),
        "delivery": lambda: lifecycle.deliver(case, received_by="applicant", channel=None),
        "withdrawal": lambda: lifecycle.withdraw(case, None),
        "rating": lambda: lifecycle.rate(case, 2, None),
    }
    try:
        return bool(decisions[path]())
    except Problem:
        return False


@pytest.mark.parametrize("seed", range(4))
def test_a_random_walk_obeys_the_model_and_loses_nothing(engine, monkeypatch, seed):
    monkeypatch.setattr(reconcile, "SETTLE", timedelta(0))
    dice = random.Random(seed)
    no = residence_permit(engine).json["case_no"]
    for _ in range(28):
        if dice.random() < 0.35:
            engine.clock.move(days=dice.randint(1, 3))
        if dice.random() < 0.7:
            engine.settle()
        right, path, body = dice.choice(COMMANDS)
        who = right if dice.random() < 0.75 else dice.choice(EVERYBODY)
        sent = (
            body
            if body is not None
            else {"materials": [{"material_id": "m1", "document": document_for(who, "补")}]}
        )
        before = store.read_head(no).case
        legal = allowed_by_the_model(before, path, sent, Act(who, engine.clock.now()))
        answer = engine.client(who).post(f"/v1/cases/{no}/{path}", sent)
        after = store.read_head(no).case
        if answer.status == 200:
            assert legal or after.version > before.version + 1, (path, answer.text)
            assert who == right
        else:
            assert answer.status in (403, 404, 409, 422), answer.text
            if after.version == before.version:
                assert who != right or not legal, (path, who, answer.text)
    bring_to_rest(engine, no)
    log, item = store.read_log(no), store.CaseItem.get(store.case_pk(no), store.HEAD)
    assert replay(log).to_state() == item.state
    raised = Counter(
        (recorded.event.data["clock"], recorded.event.data["rung"])
        for recorded in log
        if recorded.event.type == "case.alert_raised"
    )
    assert all(count == 1 for count in raised.values())
    assert {seq for subject, seq in engine.on_the_bus if subject == no} == set(
        range(1, len(log) + 1)
    )
    heard = Counter(
        (alarm["facts"]["clock"], alarm["level"])
        for alarm in engine.client("supervisor").get("/v1/alarms?limit=100").json["items"]
        if alarm["case_no"] == no and "clock" in alarm["facts"]
    )
    assert all(heard[key] == 1 for key in raised), (raised, heard)


def bring_to_rest(engine, no: str) -> None:
    """Let every timer fire that is due, and the reconciler repair, until nothing is left to do."""
    engine.let_timers_fire()
    for _ in range(8):
        engine.wake_timers()
        engine.settle()
        head, flow = store.read_head(no).case, store.read_flow(no)
        from chalicelib.cases.standing import what_time_brings

        rests = not what_time_brings(head, calendar(), engine.clock.now())
        seen = head.stage is Stage.CLOSED or flow.seen == head.version
        if rests and seen and flow.published == head.version:
            return
    raise AssertionError("it did not come to rest")
