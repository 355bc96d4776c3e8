"""The functions: what each may do, how much memory and time it has, and what calls it.

To add a function, register it on its room's blueprint (`@workers.lambda_function(name=...)`) and
add one line here. Everything else (role, log group, event source, dead letters, alarms, the
machines' placeholders) follows from the line.
"""

from __future__ import annotations

from dataclasses import dataclass

from infra.grants import (
    Grant,
    follows_stream,
    publishes,
    reads,
    reads_documents,
    runs,
    seals,
    signs,
    verifies,
    wakes,
    writes,
    writes_documents,
)


@dataclass(frozen=True, slots=True)
class Stream:
    """Inserts into a room's table whose sort key begins with `sk_prefix`."""

    room: str
    sk_prefix: str
    batch_size: int = 50
    retries: int = 8


@dataclass(frozen=True, slots=True)
class BusEvents:
    """Events on the platform's bus: from `source`, of `detail_types` (all when empty)."""

    source: str
    detail_types: tuple[str, ...] = ()


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
    memory: int = 512
    timeout: int = 30
    trigger: Trigger | None = None

    @property
    def logical_id(self) -> str:
        """Its name in the template and in the machines' placeholders: `relay` is `Relay`."""
        if self.name == "api_handler":
            return "APIHandler"
        return "".join(part.capitalize() for part in self.name.split("_"))


FLOWS = ("approval", "downward_delivery")

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

AUTHORIZER = Function("jwt_authorizer", grants=(reads("network"), seals()), timeout=10)

WORKERS = (
    Function(
        "relay",
        grants=(follows_stream("cases"), writes("cases"), publishes(), runs(*FLOWS), wakes()),
        timeout=60,
        trigger=Stream("cases", sk_prefix="EVENT#"),
    ),
    Function("where_it_stands", grants=(reads("cases", "calendars"),)),
    Function("await_stage", grants=(writes("cases"), reads("calendars"), wakes())),
    Function("raise_alerts", grants=(writes("cases"), reads("calendars"))),
    Function(
        "issue_certificate",
        grants=(
            writes("cases", "certificates"),
            reads("catalogue", "network", "calendars"),
            reads_documents(),
            signs(),
            verifies(),
            seals(),
        ),
    ),
    Function(
        "reconcile",
        grants=(
            writes("cases", "certificates"),
            reads("calendars", "catalogue", "network"),
            publishes(),
            runs(*FLOWS),
            wakes(),
            signs(),
            seals(),
        ),
        timeout=240,
        trigger=Every(minutes=5),
    ),
    Function(
        "supervise",
        grants=(writes("supervision"), reads("network", "calendars")),
        trigger=BusEvents("yichuang.cases"),
    ),
)
