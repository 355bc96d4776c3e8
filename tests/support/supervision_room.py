"""The supervision room on moto: its table with its stream, its machine, its topic, a test's clock."""

from __future__ import annotations

import importlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import boto3
import pytest
from moto import mock_aws

from chalicelib.aws import settings as aws_settings
from chalicelib.aws import tables
from chalicelib.calendars import service as calendars
from chalicelib.calendars import store as calendar_store
from chalicelib.supervision import edges, limit_store, rule_store, store
from tests.support import machines
from tests.support.clock import TestClock
from tests.support.streams import TableStream
from tests.support.supervision_cases import Script, many, plain
from tests.support.supervision_hearing import hear


@dataclass
class Room:
    """Supervision alone: the bus is the test's hand, the stream is pumped by it."""

    clock: TestClock
    stream: TableStream
    faults: list[Exception] = field(default_factory=list)

    def hear(self, *scripts: Script) -> list[str]:
        """Bring whole logs, event by event; the identifiers of the alarms raised."""
        return [
            alarm
            for script in scripts
            for detail in script.details()
            for alarm in self.supervise(detail)["raised"]
        ]

    def supervise(self, detail: dict[str, Any]) -> dict[str, Any]:
        from chalicelib.supervision import workers

        answer: dict[str, Any] = workers.supervise({"detail": detail}, None)
        return answer

    def records(self) -> list[dict[str, Any]]:
        records = self.stream.new_records()
        # moto shows an update that creates an item twice: once with nothing but its keys.
        return [r for r in records if len(r["dynamodb"].get("NewImage", ())) > 2]

    def pump(self) -> int:
        """Hand over what the stream holds, as both event source mappings do."""
        from chalicelib.supervision import workers

        records = self.records()
        alarms = [r for r in records if r["dynamodb"]["NewImage"]["sk"]["S"] == "ALARM"]
        cells = [r for r in records if r["dynamodb"]["NewImage"]["sk"]["S"].startswith("CELL#")]
        if alarms:
            assert workers.follow_alarms({"Records": alarms}, None) == {"batchItemFailures": []}
        if cells:
            workers.keep_boards({"Records": cells}, None)
        return len(alarms) + len(cells)

    def settle(self, until: Callable[[], bool] | None = None, seconds: float = 45) -> None:
        """Pump until nothing moves, or until the condition holds."""
        deadline, quiet = time.monotonic() + seconds, 0
        while time.monotonic() < deadline:
            moved = self.pump()
            if until is not None and until():
                return
            quiet = 0 if moved else quiet + 1
            if until is None and quiet > 4:
                return
            time.sleep(0.02)
        if until is not None:
            raise AssertionError(f"it did not settle; faults: {self.faults[-3:]}")


def _invoke_for(faults: list[Exception]) -> machines.Invoke:
    def invoke(name: str, payload: Any) -> Any:
        handler = getattr(importlib.import_module("chalicelib.supervision.workers"), name)
        try:
            return handler(payload, None)
        except Exception as fault:
            faults.append(fault)
            raise

    return invoke


def forget() -> None:
    """What a process caches: every test begins in a fresh one."""
    tables.connection.cache_clear()
    calendars.forget()
    rule_store.forget()
    limit_store.forget()
    edges.forget()
    for model in (*store.TABLES, *calendar_store.TABLES):
        model._connection = None


def use_clock(monkeypatch: pytest.MonkeyPatch, clock: TestClock) -> None:
    monkeypatch.setattr(aws_settings, "clock", lambda: clock)
    for name in (
        "service",
        "flow",
        "boarding",
        "figures",
        "rulebook",
        "redressing",
        "reporting",
        "appraising",
    ):
        module = importlib.import_module(f"chalicelib.supervision.{name}")
        monkeypatch.setattr(module, "clock", lambda: clock)


@contextmanager
def supervision(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClock]:
    """The room's table and the calendar's, at 10:00 on Monday 2026-11-02; for benchmarks too."""
    clock = TestClock.at(2026, 11, 2, 10, 0)
    use_clock(monkeypatch, clock)
    with mock_aws():
        forget()
        for model in (*store.TABLES, *calendar_store.TABLES):
            model.create_table(wait=False)
        yield clock
    forget()


@pytest.fixture(scope="module")
def autumn() -> Iterator[dict[str, Script]]:
    """Forty cases of every kind and a bad rating, by their numbers: for tests that only read."""
    scripts = [*many(seed=3, count=40), plain("410102-AAAAA-00001-1").rated(5)]
    scripts.append(Script("410102-AAAAA-00002-1").received().alert("promise", "yellow"))
    with pytest.MonkeyPatch.context() as patch, supervision(patch):
        hear(*scripts)
        yield {script.no: script for script in scripts}


@pytest.fixture
def tables_only(monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClock]:
    """The tables alone: events come by the test's hand and nothing follows them."""
    with supervision(monkeypatch) as clock:
        yield clock


@pytest.fixture
def room(tables_only: TestClock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    """The whole room, with its stream, its machine and its topic."""
    faults: list[Exception] = []
    machines.run_with(monkeypatch, _invoke_for(faults))
    boto3.client("dynamodb").update_table(
        TableName=store.Row.Meta.table_name,
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )
    monkeypatch.setenv("YICHUANG_ALARM_MACHINE", machines.create("alarm_handling"))
    try:
        yield Room(tables_only, TableStream(store.Row.Meta.table_name), faults)
    finally:
        machines.stop_executions()
