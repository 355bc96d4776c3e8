"""Whatever dies, whenever: the case ends where it would have ended, each alert once.

A fault is injected after every single AWS call of the workers in turn; batches come twice, late and
out of order; the stream loses events; every execution is stopped. The reconciler brings all back.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.cases import reconcile, store, workers
from chalicelib.cases.model import replay
from chalicelib.core.time import SystemClock
from tests.support.applications import STATION, residence_permit
from tests.support.crashes import crash_after
from tests.support.machines import stop_executions
from tests.support.steps import OPINION, Road

PLAIN = [
    "case.received",
    "case.accepted",
    "case.reviewed",
    "case.granted",
    "case.certificate_stored",
    "case.delivered",
]


@pytest.fixture
def settled(monkeypatch):
    """The reconciler looks at events at once instead of after their time of grace."""
    # Not below nought: the cursor would then stand in the future and pass over what comes next.
    monkeypatch.setattr(reconcile, "SETTLE", timedelta(0))


def types(no: str) -> list[str]:
    return [recorded.event.type for recorded in store.read_log(no)]


def walk(engine, no: str) -> None:
    """Do every step as soon as it is allowed; repair in between as the schedule would."""
    steps = [
        ("ga.acceptor", "acceptance", {}),
        ("ga.reviewer", "review", OPINION),
        ("ga.chief", "sign-off", {"decision": "grant"}),
        (STATION, "delivery", {"received_by": "applicant"}),
    ]
    for who, path, body in steps:
        if path == "delivery":
            repair_until(engine, lambda: store.read_head(no).case.certificate is not None)
        answer = engine.client(who).post(f"/v1/cases/{no}/{path}", body)
        assert answer.status == 200, answer.text
        engine.settle()
    repair_until(engine, lambda: store.read_flow(no).published == 6)


def repair_until(engine, done) -> None:
    for _ in range(12):
        engine.settle()
        if done():
            return
        reconcile.run()
        engine.settle()
    raise AssertionError("the reconciler did not bring it back")


def assert_ended_well(engine, no: str) -> None:
    assert types(no) == PLAIN
    head = store.CaseItem.get(store.case_pk(no), store.HEAD)
    assert replay(store.read_log(no)).to_state() == head.state
    assert {seq for subject, seq in engine.on_the_bus if subject == no} == set(range(1, 7))


def points_of_a_walk(engine, monkeypatch) -> list[tuple[str, int]]:
    # The first walk fills the caches, so that every counted call is made again in the next.
    walk(engine, residence_permit(engine).json["case_no"])
    with crash_after(monkeypatch, None) as crash:
        walk(engine, residence_permit(engine).json["case_no"])
    return crash.points()


def test_a_worker_killed_after_any_single_aws_call_changes_nothing_in_the_end(
    engine, monkeypatch, settled
):
    points = points_of_a_walk(engine, monkeypatch)
    hits = set()
    for point in points:
        with crash_after(monkeypatch, point) as crash:
            no = residence_permit(engine).json["case_no"]
            walk(engine, no)
        if crash.hit:
            hits.add(point)
        assert_ended_well(engine, no)
    assert {"TransactWriteItems", "PutEvents", "StartExecution", "SendTaskSuccess", "Sign"} <= {
        operation for operation, _ in hits
    }
    assert len(hits) >= 0.8 * len(points) >= 20


def test_a_batch_that_comes_twice_changes_nothing(engine, residence_case, settled):
    walk(engine, residence_case)
    before = (types(residence_case), vars_of(residence_case))
    for record in list(engine.relayed):
        workers.relay({"Records": [record, record]}, None)
    engine.settle()
    assert (types(residence_case), vars_of(residence_case)) == before


def vars_of(no: str) -> tuple[object, ...]:
    flow = store.read_flow(no)
    return flow.published, flow.machine, flow.generation


def test_batches_in_the_wrong_order_publish_every_event(engine, residence_case, settled):
    no = residence_case
    for who, path, body in (
        ("ga.acceptor", "acceptance", {}),
        ("ga.reviewer", "review", OPINION),
    ):
        assert engine.client(who).post(f"/v1/cases/{no}/{path}", body).status == 200
    for record in reversed(engine.new_records()):
        engine.relay([record])
    engine.settle()
    assert store.read_flow(no).published == 3
    assert {seq for subject, seq in engine.on_the_bus if subject == no} == {1, 2, 3}
    Road(engine, no).caught_up()


def test_events_that_the_stream_lost_are_published_and_acted_on(engine, residence_case, settled):
    no = residence_case
    engine.new_records()
    assert engine.client("ga.acceptor").post(f"/v1/cases/{no}/acceptance", {}).status == 200
    engine.new_records()
    assert store.read_flow(no).published == 0
    repair_until(engine, lambda: store.read_flow(no).published == 2)
    Road(engine, no).caught_up()


def test_the_closing_event_is_not_lost_either(engine, residence_case, settled):
    road = Road(engine, residence_case).to_delivery()
    road.post(STATION, "delivery", {"received_by": "applicant"})
    engine.new_records()
    repair_until(engine, lambda: store.read_flow(road.no).published == 6)
    assert_ended_well(engine, road.no)


def test_when_every_execution_is_stopped_half_way_all_cases_go_on(engine, monkeypatch, settled):
    numbers = [residence_permit(engine).json["case_no"] for _ in range(4)]
    for no in numbers[:2]:
        Road(engine, no).to_sign_off()
    for no in numbers[2:]:
        Road(engine, no).caught_up()
    stop_executions()
    for no in numbers[:2]:
        road = Road(engine, no)
        road.post("ga.chief", "sign-off", {"decision": "grant"})
        repair_until(engine, lambda no=no: store.read_head(no).case.certificate is not None)
        road.post(STATION, "delivery", {"received_by": "applicant"})
        repair_until(engine, lambda no=no: store.read_flow(no).published == 6)
        assert_ended_well(engine, no)
    for no in numbers[2:]:
        walk(engine, no)
        assert_ended_well(engine, no)


def test_a_case_that_the_journal_and_the_sweep_both_name_is_started_anew_once(
    engine, residence_case, settled
):
    Road(engine, residence_case).to_review()
    stop_executions()
    engine.clock.move_to(2026, 3, 12, 9, 0)
    assert reconcile.run(everything=True).restarted == 1
    assert len(engine.executions(residence_case)) == 2


def test_a_timer_that_died_with_its_execution_fires_by_the_sweep_once(
    engine, residence_case, settled
):
    road = Road(engine, residence_case).to_review()
    stop_executions()
    engine.clock.move_to(2026, 3, 12, 9, 0)
    late = SystemClock().now() + timedelta(hours=3)
    for _ in range(2):
        engine.reconcile_at(late)
        engine.settle()
    Road(engine, road.no).caught_up()
    raised = Counter(
        recorded.event.data["rung"]
        for recorded in store.read_log(road.no)
        if recorded.event.type == "case.alert_raised"
    )
    assert raised == {"warning": 1, "yellow": 1}


def test_one_poisoned_case_does_not_stop_the_others_of_its_batch(engine, monkeypatch):
    numbers = [residence_permit(engine).json["case_no"] for _ in range(3)]
    poisoned, original = numbers[1], store.read_head

    def read_head(no):
        if no == poisoned:
            raise RuntimeError("poison")
        return original(no)

    monkeypatch.setattr(store, "read_head", read_head)
    records = engine.new_records()
    answer = engine.relay(records)
    failed = [each["itemIdentifier"] for each in answer["batchItemFailures"]]
    assert failed == [records[1]["dynamodb"]["SequenceNumber"]]
    assert store.read_flow(numbers[0]).published == 1
    assert store.read_flow(numbers[2]).published == 1
