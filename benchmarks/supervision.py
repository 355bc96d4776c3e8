"""What supervision costs, and whether a storm of deadlines stays under the published quotas.

Run `python -m benchmarks.supervision`. Counts are counts of calls on moto; the storm is a simulation
with the quotas as published; event to alarm is measured on the embedded deployment of the template.
"""

from __future__ import annotations

import heapq
import json
import random
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pytest
from botocore.client import BaseClient

from benchmarks.clock import Row
from benchmarks.units import metered
from chalicelib.calendars.service import working_calendar
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.spreading import offset
from chalicelib.core.time import SHANGHAI
from chalicelib.supervision import board_store, cell_store, figures, flow, service
from chalicelib.supervision.boards import BOARDS, NOW, Board, shard_of
from chalicelib.supervision.findings import of_event
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.measures import Cell, counts, total
from chalicelib.supervision.model import alarm_id
from chalicelib.supervision.rule_store import shipped
from tests.support import environment as _environment  # noqa: F401 - first of all
from tests.support.supervision_cases import Script, many, plain
from tests.support.supervision_room import supervision

CASES = 60
STORM = 10_000
EVENTS = 120


def run() -> list[Row]:
    return [*writes(), *units_of_a_case(), *reads(), *storm(), *event_to_alarm()]


# --- writes per event ------------------------------------------------------------------------------


@dataclass
class Items:
    """Items written and read, by what is under way."""

    written: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    read: int = 0
    at: str = ""

    def watch(self, patch: pytest.MonkeyPatch) -> None:
        original = BaseClient._make_api_call

        def call(client: Any, operation: str, asked: dict[str, Any]) -> Any:
            answer = original(client, operation, asked)
            if operation == "PutItem" and asked["Item"]["sk"]["S"] == "REDRESS":
                self.cases += 1  # a bad rating opens a case: neither an alarm nor a figure
            elif operation == "TransactWriteItems":
                self.written[self.at] += len(asked["TransactItems"])
            elif operation in ("PutItem", "UpdateItem", "DeleteItem"):
                self.written[self.at] += 1
            elif operation == "GetItem":
                self.read += 1
            elif operation == "BatchGetItem":
                self.read += sum(len(keys["Keys"]) for keys in asked["RequestItems"].values())
            elif operation == "Query":
                self.read += answer["ScannedCount"]
            return answer

        patch.setattr(BaseClient, "_make_api_call", call)


def writes() -> list[Row]:
    """Cases of every kind: in the order of their logs, then doubled and in a random order."""
    scripts = list(many(seed=17, count=CASES))
    details = [detail for script in scripts for detail in script.details()]
    doubled = details * 2
    random.Random(2).shuffle(doubled)
    in_order, _ = _written(details, scripts)
    at_random, exact = _written(doubled, scripts)
    return [
        ("items written an event in order, most", float(max(in_order.written.values())), "≤ 2"),
        ("items written an event in order, mean", _mean(in_order, details), "≤ 2"),
        ("the same, doubled and in random order, mean", _mean(at_random, details), "≤ 2"),
        ("cases opened for bad ratings, one item each", float(in_order.cases), ""),
        (f"counters equal a recount of {CASES} logs (1: to the last digit)", float(exact), "1"),
    ]


def _written(details: list[Any], scripts: list[Script]) -> tuple[Items, bool]:
    items = Items()
    with pytest.MonkeyPatch.context() as patch, supervision(patch):
        items.watch(patch)
        for detail in details:
            items.at = detail["id"]
            service.take_in(detail)
        return items, _counted() == _recount(scripts)


def _mean(items: Items, details: list[Any]) -> float:
    return items.written.total() / len(details)


def _counted() -> Any:
    from chalicelib.supervision import alarm_store

    alarms = alarm_store.page(limit=10_000).alarms
    carried = [alarm_store.read(alarm.id).carried for alarm in alarms]
    return total([*map(cell_store.all_counts, (2026, 2027)), *filter(None, carried)])


def _recount(scripts: list[Script]) -> Any:
    calendar = working_calendar()
    logs = []
    for script in scripts:
        heard = Heard(script.no)
        for event in script.events:
            heard = heard.hear(event, script.about)
        logs.append(counts(heard, calendar))
    return total(logs)


def units_of_a_case() -> list[Row]:
    """Write units of a plain case, the indexes included."""
    script = plain()
    with pytest.MonkeyPatch.context() as patch, supervision(patch), metered(patch) as meter:
        for detail in script.details():
            service.take_in(detail)
    packed = _heard(script).to_bytes()
    return [
        (f"write units of a plain case, {len(script.events)} events", meter.write_units, ""),
        ("bytes kept of a plain case's log", float(len(packed)), ""),
    ]


def _heard(script: Script) -> Heard:
    heard = Heard(script.no)
    for event in script.events:
        heard = heard.hear(event, script.about)
    return heard


# --- reads whatever the volume -----------------------------------------------------------------------

BODIES, POINTS, ITEMS_A_BODY = 18, 19, 3


def reads() -> list[Row]:
    """The figures of a thousand and of a million cases, on every cell that the district can have."""
    rows: list[Row] = []
    for cases in (1_000, 1_000_000):
        with pytest.MonkeyPatch.context() as patch, supervision(patch) as clock:
            _fill(cases, clock.now())
            items = Items()
            items.watch(patch)
            wall = figures.wall()
            at_wall, items.read = items.read, 0
            shown = figures.indicators(figures.this_month())
            received = next(one for one in shown["monthly"] if one["key"] == "received")
            told = wall["open"] == cases // 10 and received["numerator"] == cases
            rows += [
                (f"items read for the wall, {cases:,} cases", float(at_wall), "≤ 20"),
                (f"items read for the indicators, {cases:,} cases", float(items.read), "≤ 20"),
                (f"both tell of {cases:,} cases (1: yes)", float(told), "1"),
            ]
    return rows


def _fill(cases: int, now: datetime) -> None:
    """Boards as so many cases leave them, and more open cases and alarms than the lists show."""
    cells = [
        Cell(now.year, f"body{b:02d}", f"point{p:02d}", f"item{b:02d}-{i}")
        for b in range(BODIES)
        for p in range(POINTS)
        for i in range(ITEMS_A_BODY)
    ]
    each, rest = divmod(cases, len(cells))
    opened, over = divmod(cases // 10, len(cells))
    boards = {(name, shard): Board() for name in (NOW, "month") for shard in range(BOARDS)}
    for at, cell in enumerate(cells):
        month = {"received": each + (at < rest), "closed": each, "timed": each, "on_time": each}
        standing = {"open": opened + (at < over), "in": each + (at < rest), "out": each}
        shard = shard_of(cell)
        boards["month", shard] = boards["month", shard].take(cell, 1, month)
        boards[NOW, shard] = boards[NOW, shard].take(cell, 1, standing)
    for (name, shard), board in boards.items():
        board_store.merge(f"{now:%Y-%m}" if name == "month" else name, shard, board)
    for number in range(50):
        script = Script(f"410102-O{number:05d}").received().alert("promise", "yellow")
        for detail in script.details():
            for alarm in service.take_in(detail):
                flow.advance(alarm.id)


# --- a storm -------------------------------------------------------------------------------------------


@dataclass
class Bucket:
    """A published quota: so many at once, so many a second from then on."""

    name: str
    size: float
    refill: float
    tokens: float = field(init=False)
    at: float = 0.0
    used: Counter[int] = field(default_factory=Counter)
    delayed: int = 0

    def __post_init__(self) -> None:
        self.tokens = self.size

    def take(self, now: float, number: int = 1) -> float:
        """When that many may pass that ask at `now`. Askers come in order of time."""
        self.tokens = min(self.size, self.tokens + max(0.0, now - self.at) * self.refill)
        self.at = max(self.at, now)
        self.tokens -= number
        wait = max(0.0, -self.tokens / self.refill)
        self.delayed += wait > 0
        self.used[int(now + wait)] += number
        return now + wait

    @property
    def peak(self) -> float:
        """The busiest second's part of the refill."""
        return max(self.used.values(), default=0) / self.refill


def quotas() -> dict[str, Bucket]:
    """The smallest published defaults, those of "all other Regions", the partitions' included.

    Step Functions: service quotas, state throttling and API action throttling. EventBridge: PutEvents
    and invocations, "each of the other supported Regions". DynamoDB: 1,000 write units a second on
    one partition. All but the last can be raised.
    """
    return {
        "transitions": Bucket("StateTransition", 800, 800),
        "executions": Bucket("StartExecution", 800, 150),
        "events": Bucket("PutEvents", 400, 400),
        "invocations": Bucket("Invocations", 750, 750),
        "partition": Bucket("writes on one index partition", 1_000, 1_000),
    }


LAMBDA_SECONDS, STREAM_SECONDS = 0.1, 0.25
"""A worker's warm call, and a stream's delay, as measured on the embedded deployment."""

DOUBLED = 0.01
"""Part of the events that the bus delivers twice."""


def storm() -> list[Row]:
    """Ten thousand deadlines of one midnight, through the whole chain, unspread and spread."""
    unspread, spread = Storm(spread=False), Storm(spread=True)
    unspread.blow()
    spread.blow()
    rows: list[Row] = [
        (f"alerts of {STORM:,} raised, once each", float(len(spread.alarms)), f"{STORM:,}"),
        ("alerts delivered twice and raised once", float(spread.repeated), ""),
        ("s from the minute to the last alarm, spread", spread.last, "≤ 300"),
        ("s from the minute to the last alarm, unspread", unspread.last, ""),
    ]
    for key, bucket in spread.quotas.items():
        rows += [
            (f"{bucket.name}: busiest second ÷ quota, spread", bucket.peak, "< 1"),
            (f"{bucket.name}: requests over quota, spread", float(bucket.delayed), "0"),
            (
                f"{bucket.name}: requests over quota, unspread",
                float(unspread.quotas[key].delayed),
                "",
            ),
        ]
    return rows


class Storm:
    """The chain of an alert, second by second: timer, alert, bus, alarm, handling.

    The timers' offsets, the alarms' keys and the rule that raises them are the product's own.
    """

    def __init__(self, *, spread: bool) -> None:
        self.quotas = quotas()
        self.alarms: dict[str, float] = {}
        self.repeated = 0
        self._spread = spread
        self._queue: list[tuple[float, int, str, str]] = []
        self._order = 0
        self._random = random.Random(1)
        self._rule = [shipped()["T03"]]
        self._calendar = shipped_calendar()

    def blow(self) -> None:
        for number in range(STORM):
            subject = f"410102-{number:05d}"
            start = offset(subject).total_seconds() if self._spread else 0.0
            self._at(start, "timer", subject)
        steps = {
            "timer": self._timer,
            "alert": self._alert,
            "relay": self._relay,
            "deliver": self._deliver,
            "raise": self._raise,
            "handle": self._handle,
        }
        while self._queue:
            now, _, step, subject = heapq.heappop(self._queue)
            steps[step](now, subject)

    def _at(self, when: float, step: str, subject: str) -> None:
        self._order += 1
        heapq.heappush(self._queue, (when, self._order, step, subject))

    def _timer(self, now: float, subject: str) -> None:
        """The wait times out and the machine goes to the state that raises."""
        self._at(self.quotas["transitions"].take(now), "alert", subject)

    def _alert(self, now: float, subject: str) -> None:
        """The worker appends the event; the machine chooses and waits again."""
        done = now + LAMBDA_SECONDS
        self.quotas["transitions"].take(done, 2)
        self._at(done + STREAM_SECONDS, "relay", subject)

    def _relay(self, now: float, subject: str) -> None:
        self._at(self.quotas["events"].take(now), "deliver", subject)

    def _deliver(self, now: float, subject: str) -> None:
        self._at(self.quotas["invocations"].take(now), "raise", subject)
        if self._random.random() < DOUBLED:
            self._at(self.quotas["invocations"].take(now) + 1, "raise", subject)

    def _raise(self, now: float, subject: str) -> None:
        """Supervision's own judgement of the event, and its key."""
        script = Script(subject, at=datetime(2026, 11, 24, tzinfo=SHANGHAI))
        event = script.alert("promise", "yellow").events[-1]
        (finding,) = of_event(event, script.about, self._rule, self._calendar)
        identifier = finding.alarm().id
        if identifier in self.alarms:
            self.repeated += 1
            return
        # An alarm's entries in the index of all alarms are of one partition: two kilobytes begun.
        raised = self.quotas["partition"].take(now + LAMBDA_SECONDS, 2)
        self.alarms[identifier] = raised
        self._at(raised + STREAM_SECONDS, "handle", subject)

    def _handle(self, now: float, subject: str) -> None:
        """The handling starts: what is due, the choice, the wait."""
        del subject
        begun = self.quotas["executions"].take(now)
        self.quotas["transitions"].take(begun, 3)

    @property
    def last(self) -> float:
        return max(self.alarms.values())


# --- from the bus to the list, on the embedded deployment ------------------------------------------------


def event_to_alarm() -> list[Row]:
    """Milliseconds from PutEvents' answer to the alarm in its table, one event after another."""
    from local.deployment import deployed

    with deployed(with_demo_data=False) as running:
        events, tables = running.client("events"), running.client("dynamodb")
        bus, table = (
            running.settings["YICHUANG_BUS"],
            running.settings["YICHUANG_TABLE_SUPERVISION"],
        )
        laps = [_lap(events, tables, bus, table, number) for number in range(EVENTS)][20:]
    laps.sort()
    return [
        ("event to alarm on the embedded deployment, median ms", statistics.median(laps), ""),
        ("event to alarm on the embedded deployment, p99 ms", laps[int(len(laps) * 0.99)], ""),
    ]


def _lap(events: Any, tables: Any, bus: str, table: str, number: int) -> float:
    script = Script(f"410102-E{number:05d}").received().alert("promise", "yellow")
    detail = script.details()[1]
    key = {"pk": {"S": f"ALARM#{alarm_id(script.no, 'promise', 'yellow')}"}, "sk": {"S": "ALARM"}}
    events.put_events(
        Entries=[
            {
                "Source": "yichuang.cases",
                "DetailType": detail["type"],
                "Detail": json.dumps(detail, ensure_ascii=False),
                "EventBusName": bus,
            }
        ]
    )
    begin = time.perf_counter()
    while "Item" not in tables.get_item(TableName=table, Key=key, ConsistentRead=True):
        if time.perf_counter() - begin > 60:
            raise TimeoutError(f"no alarm for {detail['id']}")
        time.sleep(0.003)
    return (time.perf_counter() - begin) * 1e3
