"""An outage of supervision's consumer, in real time, on the embedded deployment of the template.

For `OUTAGE` real seconds the function that hears the bus is off while events go on being published;
then it is on again. In the cloud what is published meanwhile waits in Lambda's asynchronous queue,
as long as the template's event age allows. The emulator has no such queue and would drop it, so a
queue on the rule's own pattern holds it here; that queue is the one thing that is not the product's.
What comes after is brought twice and out of order, which is the worst that the real one may do.

Everything else is real: bus, rule, function under its own role, tables, streams, handling's machine.
"""

from __future__ import annotations

import json
import os
import random
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from benchmarks.clock import Row
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.time import SHANGHAI
from chalicelib.supervision.cell_store import PREFIX, CellImage
from chalicelib.supervision.handling import counts as counts_of_alarm
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.measures import Counts, counts, total
from chalicelib.supervision.model import Alarm, AlarmState
from chalicelib.supervision.redress import Redress
from chalicelib.supervision.redress import counts as counts_of_redress
from tests.support import environment as _environment  # noqa: F401 - first of all
from tests.support.supervision_cases import Script, random_case

OUTAGE = float(os.environ.get("YICHUANG_BENCH_OUTAGE", "600"))
"""Real seconds. The tests simulate as many: the order of what comes is the same."""

CASES = 40 if OUTAGE < 300 else 120
SPRING = datetime(2026, 3, 2, 10, tzinfo=SHANGHAI)
"""Past by the deployment's clock: no alarm waits for an instant that is still to come."""

BEFORE = 0.25
"""Part of the events that came before the outage."""

HANDS = 2
SETTLED_WITHIN = 240.0


def run() -> list[Row]:
    from local.deployment import deployed

    rng = random.Random(29)
    scripts = [random_case(rng, number, SPRING) for number in range(CASES)]
    details = [detail for script in scripts for detail in script.details()]
    cut = int(len(details) * BEFORE)
    with deployed(with_demo_data=False) as running:
        outage = Outage(running)
        outage.publish(details[:cut])
        outage.wait_until_heard(cut)
        outage.begin()
        begun = time.perf_counter()
        outage.publish(details[cut:], over=OUTAGE)
        seconds = time.perf_counter() - begun
        heard = outage.heard()
        held = outage.end()
        back = time.perf_counter()
        outage.bring_twice(held)
        caught_up = time.perf_counter() - back
        outage.settle()
        return [
            ("real seconds that the consumer was off", seconds, ""),
            ("events published meanwhile", float(len(held)), str(len(details) - cut)),
            ("events heard meanwhile", float(heard - cut), "0"),
            ("s to bring what waited, twice and out of order", caught_up, ""),
            *_rows(scripts, outage),
        ]


def _rows(scripts: Sequence[Script], outage: Outage) -> list[Row]:
    """What came of it, against what the cases' own logs say."""
    expected = {
        (event.subject, event.data["clock"], event.data["rung"])
        for script in scripts
        for event in script.events
        if event.type == "case.alert_raised"
    }
    alarms = outage.alarms()
    timed = Counter((a.subject, a.clock, a.level.value) for a in alarms if a.rule.startswith("T"))
    published = sum(len(script.events) for script in scripts)
    return [
        ("events published and not heard", float(published - outage.heard()), "0"),
        ("timed alarms lost", float(len(expected - timed.keys())), "0"),
        ("timed alarms raised twice or for nothing", float(_surplus(timed, expected)), "0"),
        ("timed alarms raised", float(timed.total()), str(len(expected))),
        ("alarms not assigned", float(sum(a.state is AlarmState.RAISED for a in alarms)), "0"),
        (
            "counters equal a recount (1: to the last digit)",
            float(outage.agrees(scripts)),
            "1",
        ),
    ]


def _surplus(timed: Counter[Any], expected: set[Any]) -> int:
    return sum(number - (key in expected) for key, number in timed.items())


def _recount(scripts: Sequence[Script]) -> Counts:
    calendar, found = shipped_calendar(), []
    for script in scripts:
        heard = Heard(script.no)
        for event in script.events:
            heard = heard.hear(event, script.about)
        found.append(counts(heard, calendar))
    return total(found)


@dataclass
class Outage:
    """The deployment, with a queue beside the rule that calls the consumer."""

    running: Any
    queue: str = ""
    rule: str = field(init=False, default="")
    target: dict[str, Any] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.bus = self.running.settings["YICHUANG_BUS"]
        self.table = self.running.settings["YICHUANG_TABLE_SUPERVISION"]
        self.function = self.running.functions["Supervise"]
        self.events = self.running.client("events")
        self.queues = self.running.client("sqs")
        self.tables = self.running.client("dynamodb")
        for rule in self.events.list_rules(EventBusName=self.bus)["Rules"]:
            asked = {"Rule": rule["Name"], "EventBusName": self.bus}
            for target in self.events.list_targets_by_rule(**asked)["Targets"]:
                if target["Arn"].endswith(f":{self.function}"):
                    self.rule, self.target = rule["Name"], target
        if not self.rule:
            raise LookupError("no rule calls the consumer")

    def publish(self, details: Sequence[dict[str, Any]], over: float = 0.0) -> None:
        """Put events on the bus one by one, spread evenly over so many real seconds."""
        begin = time.perf_counter()
        for number, detail in enumerate(details, 1):
            answer = self.events.put_events(
                Entries=[
                    {
                        "Source": "yichuang.cases",
                        "DetailType": detail["type"],
                        "Detail": json.dumps(detail, ensure_ascii=False),
                        "EventBusName": self.bus,
                    }
                ]
            )
            if answer["FailedEntryCount"]:
                raise RuntimeError(f"not published: {detail['id']}")
            ahead = begin + over * number / len(details) - time.perf_counter()
            time.sleep(max(0.0, ahead))

    def begin(self) -> None:
        """Off: the rule's events go to the queue, and the function hears nothing."""
        self.queue = self.queues.create_queue(QueueName="supervision-is-off")["QueueUrl"]
        asked = {"QueueUrl": self.queue, "AttributeNames": ["QueueArn"]}
        arn = self.queues.get_queue_attributes(**asked)["Attributes"]["QueueArn"]
        self._put_target({"Id": self.target["Id"], "Arn": arn})

    def end(self) -> list[dict[str, Any]]:
        """On again. Answers the bus events that waited."""
        self._put_target(self.target)
        held: list[dict[str, Any]] = []
        while True:
            asked = {"QueueUrl": self.queue, "MaxNumberOfMessages": 10, "WaitTimeSeconds": 1}
            messages = self.queues.receive_message(**asked).get("Messages", [])
            if not messages:
                return held
            for message in messages:
                held.append(json.loads(message["Body"]))
                handle = message["ReceiptHandle"]
                self.queues.delete_message(QueueUrl=self.queue, ReceiptHandle=handle)

    def _put_target(self, target: dict[str, Any]) -> None:
        asked = {"Rule": self.rule, "EventBusName": self.bus, "Targets": [target]}
        answer = self.events.put_targets(**asked)
        if answer["FailedEntryCount"]:
            raise RuntimeError("the rule's target was not changed")

    def bring_twice(self, held: Sequence[dict[str, Any]]) -> None:
        """Every event that waited, twice and in no order; a failed call is repeated, as Lambda
        repeats it."""
        doubled = [*held, *held]
        random.Random(5).shuffle(doubled)
        with ThreadPoolExecutor(HANDS) as hands:
            list(hands.map(self._call, doubled))

    def _call(self, event: dict[str, Any]) -> None:
        client = self.running.client("lambda")
        for _ in range(5):
            answer = client.invoke(FunctionName=self.function, Payload=json.dumps(event).encode())
            if "FunctionError" not in answer:
                return
        raise RuntimeError(f"the consumer failed on {event['detail']['id']}")

    # --- what the table says ---------------------------------------------------------------------

    def _items(self, kind: str) -> Iterator[dict[str, Any]]:
        pages = self.tables.get_paginator("scan").paginate(
            TableName=self.table,
            FilterExpression="begins_with(sk, :kind)",
            ExpressionAttributeValues={":kind": {"S": kind}},
            ConsistentRead=True,
        )
        for page in pages:
            yield from page["Items"]

    def heard(self) -> int:
        """How many events the logs as heard hold."""
        return sum(
            len(Heard.from_bytes(item["pk"]["S"].removeprefix("CASE#"), item["packed"]["B"]).events)
            for item in self._items("HEARD")
        )

    def alarms(self) -> list[Alarm]:
        return [Alarm.from_dict(json.loads(item["card"]["S"])) for item in self._items("ALARM")]

    def agrees(self, scripts: Sequence[Script]) -> bool:
        """Whether the counters are the sum over the cases' own logs, the alarms and the redress.

        Time goes on acting on those while they are read: a second look sees them at rest.
        """
        from_logs = _recount(scripts)
        for _ in range(3):
            redress = [
                Redress.from_dict(json.loads(item["card"]["S"])) for item in self._items("REDRESS")
            ]
            handled = [*map(counts_of_alarm, self.alarms()), *map(counts_of_redress, redress)]
            if self.cells() == total([from_logs, *handled]):
                return True
            time.sleep(5)
        return False

    def cells(self) -> Counts:
        return total([{image.cell: image.values} for image in map(CellImage, self._items(PREFIX))])

    def wait_until_heard(self, number: int) -> None:
        self._wait(lambda: self.heard() >= number, "the first events were not heard")

    def settle(self) -> None:
        """Until every alarm has been assigned by its own machine."""
        assigned = lambda: all(a.state is not AlarmState.RAISED for a in self.alarms())  # noqa: E731
        self._wait(assigned, "alarms were not assigned")

    @staticmethod
    def _wait(until: Any, otherwise: str) -> None:
        deadline = time.perf_counter() + SETTLED_WITHIN
        while not until():
            if time.perf_counter() > deadline:
                raise TimeoutError(otherwise)
            time.sleep(0.5)
