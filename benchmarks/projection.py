"""A published calendar carried into 100,000 open cases on the tables of the embedded engine.

* Cases a second: the whole re-projection (reading every open case by pages, writing the event and
  the head of each that moves) over its time on the clock.
* Memory: peak resident size of a process that re-projects 100,000 cases, over one that re-projects
  10,000. `YICHUANG_BENCH_CASES` sets another size for the large one.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

from benchmarks.clock import open_cases
from benchmarks.embedded import engine, forget_peak, peak_mb
from chalicelib.core.ledger import Ledger
from chalicelib.core.notices import Notice, shipped_calendar
from chalicelib.core.time import SHANGHAI

ROOT = Path(__file__).parent.parent
SMALL = 10_000
LARGE = int(os.environ.get("YICHUANG_BENCH_CASES", "100000"))
NOW = datetime(2026, 12, 30, 9, tzinfo=SHANGHAI)
BATCH = 25
Row = tuple[str, float, str]


def run() -> list[Row]:
    """The figures: name, value, and the target where there is one."""
    with engine():
        small, large = _child(SMALL), _child(LARGE)
    return [
        (f"open cases re-projected a second, of {LARGE:,}", LARGE / large["seconds"], ""),
        ("of these moved, each with an event in its log", large["moved"], ""),
        ("calls that read, a hundred cases", large["reads"] * 100 / LARGE, "2: they are paged"),
        ("transactions a case that moved", large["transactions"] / large["moved"], "1"),
        (f"peak memory, {LARGE:,} ÷ {SMALL:,} cases", large["peak_mb"] / small["peak_mb"], "≤ 1.2"),
        ("memory beyond the idle process, MB", large["peak_mb"] - large["start_mb"], ""),
    ]


def _child(cases: int) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.projection", str(cases)],
        check=True,
        stdout=subprocess.PIPE,
        cwd=ROOT,
        text=True,
        env={**os.environ, "YICHUANG_TABLE_CASES": f"cases{cases}"},
    )
    return dict(json.loads(done.stdout))


def _measure(cases: int) -> dict[str, float]:
    os.environ["YICHUANG_CLOCK"] = f"{datetime.now(UTC).isoformat()}|{NOW.isoformat()}|1.0"
    from chalicelib.calendars.store import TABLES as CALENDARS
    from chalicelib.cases import projection, store

    for model in (*CALENDARS, *store.TABLES):
        if not model.exists():
            model.create_table(wait=False)
    _fill(store.CaseItem.Meta.table_name, cases)
    before = shipped_calendar()
    after = before.with_notices([Notice(2027, (date(2027, 1, 1),), ())])
    calls = _counting(store.CaseItem)
    forget_peak()
    start, begun = peak_mb(), time.perf_counter()
    report = projection.project(before, after)
    seconds = time.perf_counter() - begun
    if report.looked_at != cases or not 0 < report.moved < cases:
        raise AssertionError(f"looked at {report.looked_at}, moved {report.moved}")
    return {
        "seconds": seconds,
        "moved": report.moved,
        "reads": calls["Query"] + calls["BatchGetItem"],
        "transactions": calls["TransactWriteItems"],
        "start_mb": start,
        "peak_mb": peak_mb(),
    }


def _counting(model: Any) -> dict[str, int]:
    """AWS calls of the model's connections from here on, by operation."""
    from chalicelib.aws.tables import connection

    calls = dict.fromkeys(("Query", "BatchGetItem", "TransactWriteItems"), 0)

    def note(model: Any, **_: Any) -> None:
        if model.name in calls:
            calls[model.name] += 1

    for each in (model._get_connection().connection, connection()):
        each.client.meta.events.register("before-call.dynamodb", note)
    return calls


# --- a district's open cases ----------------------------------------------------------------------


def _fill(table: str, cases: int) -> None:
    import boto3

    client = boto3.client("dynamodb")
    items = _items(cases)
    while batch := list(islice(items, BATCH)):
        client.batch_write_item(
            RequestItems={table: [{"PutRequest": {"Item": item}} for item in batch]}
        )


def _items(cases: int) -> Iterator[dict[str, Any]]:
    """Head and workflow item of each case, as a submission and its machine leave them."""
    from chalicelib.cases import store

    ledgers = [ledger for _, ledger in open_cases(cases // 100)]
    for number in range(cases):
        no = f"410102-B{number:06d}"
        state = _state(no, ledgers[number % len(ledgers)])
        yield _typed(
            pk=store.case_pk(no), sk=store.HEAD, state=state, row="{}", applicant_pk="0" * 32
        ) | {"version": {"N": "1"}}
        shard, until = store.shard_of(no), store.sweep_key(NOW)
        yield _typed(
            pk=store.case_pk(no), sk=store.FLOW, sweep_pk=f"SWEEP#{shard}", sweep_sk=f"{until}#{no}"
        )


def _typed(**values: str) -> dict[str, Any]:
    return {name: {"S": value} for name, value in values.items()}


def _state(no: str, ledger: Ledger) -> str:
    from chalicelib.cases.model import Recorded, replay
    from chalicelib.core.events import Actor, Event

    data = {
        "item": "11410102DEM00009XJ4410709002000",
        "item_version": 1,
        "body": "ga",
        "holder": "0" * 32,
        "origin": "yingchun",
        "sunk": True,
        "delivery": {"channel": "origin_window"},
        "materials": [],
        "calendar": shipped_calendar().version,
        "ledger": ledger.to_dict(),
    }
    event = Event(no, 1, "case.received", ledger.received_at, Actor("bench", "station_clerk"), data)
    return replay([Recorded(event, "")]).to_state()


if __name__ == "__main__":
    print(json.dumps(_measure(int(sys.argv[1]))))
