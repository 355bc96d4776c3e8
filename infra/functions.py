"""The functions: what each may do, how much memory and time it has, and what calls it.

To add a function, register it on its room's blueprint (`@workers.lambda_function(name=...)`) and
add one line here. Everything else (role, log group, event source, dead letters, alarms, the
machines' placeholders) follows from the line.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.grants import (
    Grant,
    notifies,
    publishes,
    reads,
    reads_documents,
    runs,
    seals,
    signs,
    wakes,
    writes,
    writes_documents,
)


@dataclass(frozen=True, slots=True)
class Stream:
    """Changes of a room's table.

    `sk` is what the sort key begins with, or the whole of it where `exactly`. `modified` adds
    changes to the inserts. `window` is how many seconds a batch may gather.
    """

    room: str
    sk: str
    exactly: bool = False
    modified: bool = False
    batch_size: int = 50
    window: int = 0
    retries: int = 8

    def pattern(self) -> dict[str, object]:
        """The filter of the event source mapping."""
        return {
            "eventName": ["INSERT", "MODIFY"] if self.modified else ["INSERT"],
            "dynamodb": {"Keys": {"sk": {"S": [self.sk if self.exactly else {"prefix": self.sk}]}}},
        }


@dataclass(frozen=True, slots=True)
class BusEvents:
    """Events on the platform's bus from any of the `sources`."""

    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """A fixed period, in minutes."""

    minutes: int


Trigger = Stream | BusEvents | Every


@dataclass(frozen=True, slots=True)
class Function:
    """One Lambda function. `name` is Chalice's; memory in MB, timeout in seconds."""

    name: str
    grants: tuple[Grant, ...]
    trigger: Trigger | None = None
    memory: int = 512
    timeout: int = 30

    @property
    def logical_id(self) -> str:
        """Its name in the template and in the machines' placeholders: `relay` is `Relay`."""
        return "APIHandler" if self.name == "api_handler" else pascal(self.name)


@dataclass(frozen=True, slots=True)
class Flow:
    """A state machine, `statemachines/<name>.asl.json`.

    Functions find its ARN under `setting`.
    """

    name: str
    setting: str

    @property
    def logical_id(self) -> str:
        return pascal(self.name)


def pascal(name: str) -> str:
    """`await_stage` is `AwaitStage`."""
    return "".join(part.capitalize() for part in name.split("_"))


FLOWS = (
    Flow("approval", "YICHUANG_APPROVAL_MACHINE"),
    Flow("downward_delivery", "YICHUANG_DELIVERY_MACHINE"),
    Flow("certificate_import", "YICHUANG_IMPORT_MACHINE"),
    Flow("alarm_handling", "YICHUANG_ALARM_MACHINE"),
)

CASE_FLOWS = ("approval", "downward_delivery")

API_HANDLER = Function(
    "api_handler",
    grants=(
        writes(
            "calendars",
            "network",
            "catalogue",
            "certificates",
            "cases",
            "exchange",
            "hall",
            "supervision",
        ),
        writes_documents(),
        signs(),
        seals(),
    ),
    memory=1024,
    timeout=28,  # API Gateway gives up after 29
)

AUTHORIZER = Function("jwt_authorizer", grants=(seals(),), timeout=10)

WORKERS = (
    # cases
    Function(
        "relay",
        grants=(
            writes("cases"),
            reads("catalogue", "calendars"),
            publishes(),
            runs(*CASE_FLOWS),
            wakes(),
        ),
        trigger=Stream("cases", "EVENT#"),
        timeout=60,
    ),
    Function("where_it_stands", grants=(writes("cases"), reads("calendars"))),
    Function("await_stage", grants=(writes("cases"), reads("calendars"), wakes())),
    Function("raise_alerts", grants=(writes("cases"), reads("calendars", "catalogue"))),
    Function(
        "issue_certificate",
        grants=(
            writes("cases", "certificates"),
            reads("catalogue", "network", "calendars"),
            writes_documents(),
            signs(),
            seals(),
        ),
    ),
    Function(
        "reconcile",
        grants=(
            writes("cases"),
            reads("calendars", "catalogue"),
            publishes(),
            runs(*CASE_FLOWS),
            wakes(),
        ),
        trigger=Every(minutes=5),
        timeout=240,
    ),
    # certificates
    Function(
        "relay_certificates",
        grants=(publishes(), runs("certificate_import")),
        trigger=Stream("certificates", "EVENT#"),
    ),
    Function(
        "plan_import",
        grants=(writes("certificates"), reads_documents()),
        timeout=300,
    ),
    Function(
        "import_part",
        grants=(writes("certificates"), writes_documents(), signs(), seals()),
        memory=1024,
        timeout=900,
    ),
    Function(
        "finish_import",
        grants=(writes("certificates"), writes_documents()),
        timeout=300,
    ),
    Function("fail_import", grants=(writes("certificates"),)),
    Function(
        "checkpoint_read_log",
        grants=(writes("certificates"), signs()),
        trigger=Every(minutes=60),
        timeout=300,
    ),
    # network
    Function(
        "publish_network",
        grants=(publishes(),),
        trigger=Stream("network", "EVENT#"),
    ),
    Function(
        "keep_postings",
        grants=(writes("network"),),
        trigger=Every(minutes=60),
        timeout=300,
    ),
    # supervision
    Function(
        "supervise",
        grants=(writes("supervision"), reads("calendars")),
        trigger=BusEvents(
            (
                "yichuang.cases",
                "yichuang.certificates",
                "yichuang.network",
                "yichuang.exchange",
                "yichuang.hall",
            )
        ),
    ),
    Function(
        "follow_alarms",
        grants=(
            writes("supervision"),
            reads("calendars"),
            runs("alarm_handling"),
            wakes(),
            notifies(),
        ),
        trigger=Stream("supervision", "ALARM", exactly=True, modified=True),
        timeout=60,
    ),
    Function(
        "keep_boards",
        grants=(writes("supervision"), reads("calendars")),
        trigger=Stream("supervision", "CELL#", modified=True, batch_size=200, window=1),
        timeout=60,
    ),
    Function("handle_alarm", grants=(writes("supervision"), reads("calendars"))),
    Function("await_alarm", grants=(writes("supervision"), reads("calendars"), wakes())),
    Function(
        "chase_alarms",
        grants=(writes("supervision"), reads("calendars"), runs("alarm_handling"), wakes()),
        trigger=Every(minutes=5),
        timeout=240,
    ),
)
