"""The platform on moto: real tables, real machines, real handlers, and the bus drained by hand.

The stream and the bus are pumped by the test, so that batches can be doubled, delayed, re-ordered
and lost on purpose. State machines run as they are written; their tasks call the deployed handlers.
"""

from __future__ import annotations

import copy
import importlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws
from moto.dynamodb.models import dynamodb_backends

from app import app
from chalicelib.aws import bus, sealing, signing
from chalicelib.aws import settings as aws_settings
from chalicelib.calendars import service as calendars
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import founding as certificate_types
from chalicelib.core.principal import Principal
from chalicelib.network import founding
from chalicelib.network import service as network
from chalicelib.supervision import edges, limit_store, rule_store
from tests.support import machines, transactions, turns
from tests.support.api import ApiClient
from tests.support.clock import TestClock
from tests.support.environment import aws
from tests.support.identity import KEYRING
from tests.support.machines import Execution, executions
from tests.support.streams import ACCOUNT, TableStream

ROOT = Path(__file__).parents[2]
ROOMS = (
    "calendars",
    "network",
    "catalogue",
    "certificates",
    "cases",
    "exchange",
    "hall",
    "supervision",
)
transactions.install()
turns.install()

PROCESS_CLOCK = aws_settings.clock
MACHINES = {
    "YICHUANG_APPROVAL_MACHINE": "approval",
    "YICHUANG_DELIVERY_MACHINE": "downward_delivery",
}


def models() -> Iterator[Any]:
    for room in ROOMS:
        yield from importlib.import_module(f"chalicelib.{room}.store").TABLES


@dataclass
class Engine:
    """One district on moto."""

    app: Any
    clock: TestClock
    stream: TableStream
    relayed: list[dict[str, Any]] = field(default_factory=list)
    published: list[dict[str, Any]] = field(default_factory=list)
    on_the_bus: set[tuple[str, int]] = field(default_factory=set)
    invoked: list[str] = field(default_factory=list)
    faults: list[Exception] = field(default_factory=list)
    fault: Callable[[str], None] | None = None

    def client(self, account: str) -> ApiClient:
        return ApiClient(self.app, principal_of(account))

    def executions(self, no: str, **of_status: str) -> list[Execution]:
        """The executions of a case, or those of one status (`statusFilter`)."""
        return [each for each in executions(**of_status) if each.name.startswith(no)]

    def transitions(self, no: str) -> list[str]:
        """The states that a case's executions entered, in order."""
        return [state for each in self.executions(no) for state in each.entered()]

    def item_sizes(self, no: str) -> dict[str, int]:
        """Bytes of each item of a case's collection, as DynamoDB counts them."""
        items = aws("dynamodb").query(
            TableName="yichuang-cases",
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": f"CASE#{no}"}},
        )["Items"]
        return {item["sk"]["S"]: size_of(item) for item in items}

    # --- timers -------------------------------------------------------------------------------

    def let_timers_fire(self) -> None:
        """From here on every wait of a machine ends after a second of real time."""
        self.clock.wait_seconds = 1.0

    def wake_timers(self) -> None:
        """End the waits that were armed before: each case is revived under the new setting."""
        from chalicelib.cases import reconcile

        reconcile.run(everything=True)

    def reconcile_at(self, instant: datetime) -> None:
        """Run the reconciler as if the machine's own clock showed `instant`."""
        from chalicelib.cases import reconcile

        reconcile.run(now=instant)

    # --- the stream ---------------------------------------------------------------------------

    def new_records(self) -> list[dict[str, Any]]:
        """Event inserts that came since the last call, as the stream shows them."""
        return [
            record
            for record in self.stream.new_records()
            if record["eventName"] == "INSERT"
            and record["dynamodb"]["NewImage"]["sk"]["S"].startswith("EVENT#")
        ]

    def relay(self, records: list[dict[str, Any]] | None = None) -> dict[str, Any]:
        """Hand records to the relay worker, as the event source mapping does."""
        from chalicelib.cases import workers

        batch = self.new_records() if records is None else records
        if not batch:
            return {"batchItemFailures": []}
        self.relayed += batch
        try:
            return workers.relay({"Records": batch}, None)
        except RuntimeError as fault:
            # The function died: the stream would come again, the reconciler must do without.
            self.faults.append(fault)
            return {"batchItemFailures": [{"itemIdentifier": ""}]}

    def drain_bus(self) -> None:
        """Hand what was published to supervision, as the bus rule does."""
        from chalicelib.supervision import workers

        while self.published:
            event = self.published.pop(0)
            self.on_the_bus.add((event["detail"]["subject"], event["detail"]["seq"]))
            workers.supervise(event, None)

    def settle(self, until: Callable[[], bool] | None = None, seconds: float = 45) -> None:
        """Pump stream and bus until nothing moves, or until the condition holds."""
        deadline = time.monotonic() + seconds
        quiet = 0
        while time.monotonic() < deadline:
            records = self.new_records()
            if records:
                self.relay(records)
            self.drain_bus()
            if until is not None and until():
                return
            quiet = 0 if records else quiet + 1
            if until is None and quiet > 4:
                return
            time.sleep(0.02)
        if until is not None:
            raise AssertionError(f"it did not settle in time; faults: {self.faults[-3:]}")


def size_of(item: dict[str, Any]) -> int:
    """An item's bytes: names and values in UTF-8, binary as it is, a number about half its digits."""
    total = 0
    for name, value in item.items():
        ((kind, content),) = value.items()
        total += len(name.encode())
        total += len(content) if kind == "B" else len(str(content).encode())
    return total


def _invoke(name: str, payload: Any) -> Any:
    """Call the handler that a task's function names, in this process."""
    engine = _current[-1]
    handler = getattr(importlib.import_module("chalicelib.cases.workers"), name)
    engine.invoked.append(name)
    try:
        if engine.fault:
            engine.fault(name)
        return handler(payload, None)
    except Exception as fault:
        engine.faults.append(fault)
        raise


_current: list[Engine] = []


def principal_of(account: str) -> Principal:
    """A demo account as its token would name it."""
    found = ACCOUNTS[account]
    holder = None
    if found.get("holder_id_number"):
        holder = sealing.holder_key(found["holder_id_type"], found["holder_id_number"])
    return Principal(
        account=account,
        name=found["name"],
        roles=frozenset(found["roles"]),
        organisation=found.get("organisation"),
        point=found.get("point"),
        holder=holder,
        assurance=2 if holder else 1,
    )


ACCOUNTS: dict[str, dict[str, Any]] = {
    entry["account"]: entry
    for entry in json.loads((ROOT / "data" / "demo_accounts.json").read_text())
}


def _create_tables() -> None:
    for model in models():
        model.create_table(wait=False)
    aws("dynamodb").update_table(
        TableName="yichuang-cases",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
    )


def _create_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    for setting, name in MACHINES.items():
        monkeypatch.setenv(setting, machines.create(name))


def _forget_processes() -> None:
    """What a process caches: every test begins in a fresh one."""
    for cached in (
        aws_settings.settings,
        PROCESS_CLOCK,
    ):
        cached.cache_clear()
    for room in (calendars, catalogue, network, rule_store, limit_store, edges):
        room.forget()
    for name in ("_signer_of", "signer"):
        cached = getattr(signing, name, None)
        if cached is not None and hasattr(cached, "cache_clear"):
            cached.cache_clear()


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """A founded district with its catalogue, at 10:00 on Monday 2026-03-02."""
    with district(monkeypatch) as made:
        yield made


@contextmanager
def district(monkeypatch: pytest.MonkeyPatch) -> Iterator[Engine]:
    """The same for whoever is no test, such as a benchmark."""
    machines.run_with(monkeypatch, _invoke)
    clock = TestClock.at(2026, 3, 2, 10, 0)
    with mock_aws():
        _forget_processes()
        sealing.use(KEYRING)
        _create_tables()
        aws("s3").create_bucket(Bucket="yichuang-documents")
        aws("events").create_event_bus(Name="yichuang")
        key = aws("kms").create_key(KeyUsage="SIGN_VERIFY", KeySpec="ECC_NIST_P256")
        monkeypatch.setenv("YICHUANG_SIGNING_KEY", key["KeyMetadata"]["KeyId"])
        _create_machines(monkeypatch)
        _forget_processes()
        _use_clock(monkeypatch)
        _clocks.append(clock)
        try:
            _found_district(clock)
            made = Engine(app, clock, TableStream("yichuang-cases"))
            _capture_bus(monkeypatch, made)
            _current.append(made)
            yield made
        finally:
            machines.stop_executions()
            _current.clear()
            _clocks.clear()
            _forget_processes()
            sealing.use(None)


_district: dict[str, Any] = {}
"""The founded district's tables, made once in a run and copied for every test."""


def _found_district(clock: TestClock) -> None:
    tables_of_moto = dynamodb_backends[ACCOUNT]["us-east-1"].tables
    if not _district:
        founding.found(json.loads((ROOT / "data/demo_network.json").read_text()), clock.now())
        document = json.loads((ROOT / "data/demo_catalogue.json").read_text())
        catalogue.import_catalogue(document)
        certificate_types.found(document)
        _district.update(
            {name: table.items for name, table in tables_of_moto.items() if "cases" not in name}
        )
    for name, items in _district.items():
        tables_of_moto[name].items = copy.deepcopy(items)


_clocks: list[TestClock] = []


def _clock_in_use() -> Any:
    """The clock of the district that stands; the process's own where none does.

    A module that is first loaded within a district takes this function by name for good, and reads
    the clock of whichever district it is called in.
    """
    return _clocks[-1] if _clocks else PROCESS_CLOCK()


def _use_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every module that took `clock` by name gets the one in use."""
    for name, module in list(sys.modules.items()):
        if name.startswith("chalicelib.") and getattr(module, "clock", None) is PROCESS_CLOCK:
            monkeypatch.setattr(module, "clock", _clock_in_use)


def _capture_bus(monkeypatch: pytest.MonkeyPatch, engine: Engine) -> None:
    """The bus of moto has no Lambda targets: what is put on it is handed over by `drain_bus`."""
    client = bus._client()
    original = client.put_events

    def put_events(**asked: Any) -> Any:
        answer = original(**asked)
        engine.published += [
            {
                "source": entry["Source"],
                "detail-type": entry["DetailType"],
                "detail": json.loads(entry["Detail"]),
            }
            for entry in asked["Entries"]
        ]
        return answer

    monkeypatch.setattr(client, "put_events", put_events)


__all__ = ["Engine", "engine", "principal_of"]
