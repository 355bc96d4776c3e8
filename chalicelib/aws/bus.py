"""The EventBridge bus: what rooms publish after the fact, never in a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from chalicelib.aws.settings import settings
from chalicelib.core.events import Event
from chalicelib.core.jsontext import compact

if TYPE_CHECKING:
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_events.type_defs import PutEventsRequestEntryTypeDef

ENTRIES_A_CALL: Final = 10
"""PutEvents takes at most ten entries."""


class NotPublished(Exception):
    """The bus refused some entries; none of the batch may be taken as published."""


@cache
def _client() -> EventBridgeClient:
    import boto3  # noqa: PLC0415 - only processes that publish pay for the client

    return boto3.client("events")


def publish(source: str, events: Iterable[tuple[Event, Mapping[str, Any]]]) -> int:
    """Put events with their facts on the bus, in order; answers how many. Raises NotPublished.

    Consumers are idempotent by event id, so a caller may publish again after a failure.
    """
    entries: list[PutEventsRequestEntryTypeDef] = [
        {
            "Source": source,
            "DetailType": event.type,
            "Detail": compact({**event.to_dict(), "facts": dict(facts)}),
            "EventBusName": settings().bus,
        }
        for event, facts in events
    ]
    for batch in _batches(entries):
        answer = _client().put_events(Entries=list(batch))
        if answer["FailedEntryCount"]:
            codes = {entry.get("ErrorCode", "") for entry in answer["Entries"]} - {""}
            raise NotPublished(f"{answer['FailedEntryCount']} entries: {sorted(codes)}")
    return len(entries)


def _batches(
    entries: Sequence[PutEventsRequestEntryTypeDef],
) -> Iterable[Sequence[PutEventsRequestEntryTypeDef]]:
    for start in range(0, len(entries), ENTRIES_A_CALL):
        yield entries[start : start + ENTRIES_A_CALL]
