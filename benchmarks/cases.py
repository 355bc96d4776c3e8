"""What a case costs: calls, processor time, import time, transitions, units, money.

Run `python -m benchmarks.cases`. Everything is a count or a ratio measured side by side in one run:
the case walks the real machines on moto; processor time is measured with the network cut off, on
both sides alike; imports are fresh processes, taken in turn.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from benchmarks.clock import Row
from benchmarks.units import Meter, metered
from chalicelib.cases import store
from tests.support import environment as _environment  # noqa: F401 - first of all
from tests.support.api import ApiClient
from tests.support.applications import STATION, application, item_named, residence_permit
from tests.support.engine import Engine, district, principal_of
from tests.support.steps import Road

ROOT = Path(__file__).parents[1]

# Published prices, us-east-1, on demand, in US dollars (2026-11).
PRICE_WRITE_UNIT = 0.625e-6
PRICE_READ_UNIT = 0.125e-6
PRICE_TRANSITION = 25e-6
PRICE_EVENT = 1e-6
PRICE_REQUEST = 0.2e-6
PRICE_GB_SECOND = 16.6667e-6
PRICE_API_CALL = 3.5e-6
PRICE_SIGNATURE = 15e-6
WORKER_GB_SECONDS = 0.5 * 0.060
"""A worker's warm call: 512 MB for 60 ms, as measured on the embedded deployment."""

ROUNDS = 15
SUBMISSIONS = 40


def run() -> list[Row]:
    with pytest.MonkeyPatch.context() as patch, district(patch) as engine:
        rows = [*submission_calls(engine), *submission_cpu(engine)]
    with pytest.MonkeyPatch.context() as patch, district(patch) as engine:
        rows += one_case(engine)
    return rows + imports()


# --- the request path of a submission -------------------------------------------------------------


def submission_calls(engine: Engine) -> list[Row]:
    """AWS calls of a warm submission: caches filled, secrets fetched."""
    residence_permit(engine)
    with pytest.MonkeyPatch.context() as patch, metered(patch) as meter:
        assert residence_permit(engine).status == 201
    writes = meter.calls.pop("TransactWriteItems", 0)
    return [
        ("submission: TransactWriteItems calls", writes, "= 1"),
        ("submission: all other AWS calls", meter.calls.total(), "<= 1 (a cached read)"),
    ]


def submission_cpu(engine: Engine) -> list[Row]:
    """The handler's processor time over that of bare botocore making the very same call."""
    body = application(item_named("居住证申领"), STATION)
    client = engine.client(STATION)
    captured: list[dict[str, Any]] = []
    from botocore.client import BaseClient

    original = BaseClient._make_api_call

    def keep(self: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        captured.append(asked)
        return original(self, operation, asked)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseClient, "_make_api_call", keep)
        client.post("/v1/cases", body)
    asked = next(each for each in captured if "TransactItems" in each)
    bare = boto3.client("dynamodb")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(URLLib3Session, "send", _cut_off)
        patch.setattr("moto.core.botocore_stubber.BotocoreStubber.__call__", lambda *_, **__: None)

        event = _gateway_event(engine, body)

        def submit() -> None:
            assert engine.app(event, None)["statusCode"] == 201

        ratios = [
            _cpu(submit) / _cpu(lambda: bare.transact_write_items(**asked)) for _ in range(ROUNDS)
        ]
    return [("submission: CPU of the handler / bare botocore", statistics.median(ratios), "<= 2")]


class _Spy:
    """An app that only remembers the event it was called with."""

    def __init__(self, app: Any) -> None:
        self.routes = app.routes
        self.event: dict[str, Any] = {}

    def __call__(self, event: dict[str, Any], context: object) -> dict[str, Any]:
        del context
        self.event = event
        return {"statusCode": 201, "headers": {}, "body": ""}


def _gateway_event(engine: Engine, body: dict[str, Any]) -> dict[str, Any]:
    """The event that API Gateway would send: the handler is measured, not the test's router."""
    spy = _Spy(engine.app)
    ApiClient(spy, principal_of(STATION)).post("/v1/cases", body)
    return spy.event


def _cut_off(self: Any, request: Any) -> AWSResponse:
    del self
    answer = AWSResponse(request.url, 200, {"content-type": "application/x-amz-json-1.0"}, None)
    answer._content = b"{}"
    return answer


def _cpu(act: Callable[[], object]) -> float:
    begin = time.process_time()
    for _ in range(SUBMISSIONS):
        act()
    return time.process_time() - begin


# --- a whole case ---------------------------------------------------------------------------------


def one_case(engine: Engine) -> list[Row]:
    """A plain sunk case from receipt to closure, and one that earns an alert."""
    warm = residence_permit(engine).json["case_no"]
    Road(engine, warm).to_closure()
    with pytest.MonkeyPatch.context() as patch, metered(patch) as meter:
        no = residence_permit(engine).json["case_no"]
        Road(engine, no).to_closure()
    plain = len(engine.transitions(no))
    sizes = engine.item_sizes(no)
    late = residence_permit(engine).json["case_no"]
    Road(engine, late).to_review()
    engine.clock.move_to(2026, 3, 10, 9, 0)
    engine.let_timers_fire()
    engine.wake_timers()
    Road(engine, late).caught_up()
    engine.settle(lambda: store.read_head(late).case.raised, seconds=10)
    Road(engine, late).caught_up()
    entered = engine.transitions(late)
    first = entered.index("RaiseAlerts")
    alert = 1 + next(n for n, name in enumerate(entered[first:]) if name.startswith("Await"))
    units = {
        table.removeprefix("yichuang-"): meter.writes[table]
        + sum(n for name, n in meter.index_writes.items() if name.startswith(f"{table}/"))
        for table in ("yichuang-cases", "yichuang-certificates", "yichuang-supervision")
    }
    flow_units = units["cases"] + units["certificates"]
    return [
        ("a sunk case: state transitions, both machines", plain, "<= 20"),
        ("a sunk case: transitions for each alert", alert, "<= 3"),
        ("a sunk case: write units (cases and certificates)", flow_units, "<= 60"),
        ("  of them: the cases table and its indexes", units["cases"], ""),
        ("  of them: the certificates table", units["certificates"], ""),
        ("  beside them: supervision's own projections", units["supervision"], ""),
        ("a sunk case: read units", meter.reads.total(), ""),
        ("a sunk case: largest head or workflow item, bytes", _largest(sizes), "<= 1024"),
        *_costs(meter, plain),
    ]


def _largest(sizes: dict[str, int]) -> int:
    return max(size for key, size in sizes.items() if key != "EVENT#00001")


def _costs(meter: Meter, transitions: int) -> list[Row]:
    """US dollars for 1,000 such cases at the published prices, item by item."""
    calls = meter.calls
    workers = calls["SendTaskSuccess"] + calls["StartExecution"] * 2 + 14
    parts = {
        "Step Functions": transitions * PRICE_TRANSITION,
        "DynamoDB writes": meter.write_units * PRICE_WRITE_UNIT,
        "DynamoDB reads": meter.reads.total() * PRICE_READ_UNIT,
        "Lambda": workers * (PRICE_REQUEST + WORKER_GB_SECONDS * PRICE_GB_SECOND),
        "EventBridge": calls["PutEvents"] * PRICE_EVENT,
        "API Gateway": 5 * PRICE_API_CALL,
        "KMS signature": calls["Sign"] * PRICE_SIGNATURE,
    }
    total = sum(parts.values())
    rows: list[Row] = [("1,000 cases: US dollars", round(total * 1000, 3), "")]
    return rows + [
        (f"  {name} ({part / total:.0%})", round(part * 1000, 3), "")
        for name, part in parts.items()
    ]


# --- imports ------------------------------------------------------------------------------------------

_TIMED = "import time;begin=time.process_time();{code};print(time.process_time()-begin)"
_IMPORTS = {
    "boto3": "import boto3;boto3.client('dynamodb',region_name='us-east-1')",
    "api": "import app",
    "room": "import app,chalicelib.cases.api",
    "worker": "import chalicelib.cases.workers",
    "relay": "import chalicelib.cases.workers,chalicelib.cases.relay",
}


def _import_seconds(name: str) -> float:
    # The deployment package carries byte code (`infra/package.py`): a cold start compiles nothing.
    kept = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [sys.executable, "-c", _TIMED.format(code=_IMPORTS[name])],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**kept, "AWS_LAMBDA_FUNCTION_NAME": "measured"},
    )
    return float(done.stdout.split()[-1])


def imports() -> list[Row]:
    """Fresh processes in turn; the ratio of each round, and the median of the ratios."""
    for name in _IMPORTS:
        _import_seconds(name)
    rounds = [{name: _import_seconds(name) for name in _IMPORTS} for _ in range(ROUNDS)]
    api = statistics.median(each["api"] / each["boto3"] for each in rounds)
    room = statistics.median(each["room"] / each["boto3"] for each in rounds)
    relay = statistics.median(each["relay"] / each["boto3"] for each in rounds)
    worker = statistics.median(each["worker"] / each["boto3"] for each in rounds)
    return [
        ("import of the API / (boto3 + one client)", api, "<= 1.5"),
        ("  with the cases room, which its first request loads", room, ""),
        ("import of a timer's worker / (boto3 + one client)", worker, "<= 1"),
        ("import of the relay / (boto3 + one client)", relay, "<= 1"),
    ]


if __name__ == "__main__":
    print(json.dumps(run(), ensure_ascii=False, indent=1))
