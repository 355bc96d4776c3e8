"""A table's stream, as the workers that follow one meet it: records, and the events in them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.core.events import Event

if TYPE_CHECKING:
    from logging import Logger

    from aws_lambda_powertools import Logger as StructuredLogger

Record = Mapping[str, Any]


def inserted_event(record: Record, attribute: str = "event") -> Event | None:
    """The event that a record inserts, kept as JSON in `attribute`; None for any other record.

    The mapping's filter says the same; a record that slipped through is passed over.
    """
    image = record.get("dynamodb", {}).get("NewImage", {})
    if record.get("eventName") != "INSERT":
        return None
    if not image.get("sk", {}).get("S", "").startswith("EVENT#"):
        return None
    return Event.from_dict(json.loads(image[attribute]["S"]))


def each(
    records: Iterable[Record],
    act: Callable[[Record], None],
    logger: Callable[[], Logger | StructuredLogger],
) -> dict[str, Any]:
    """Act on every record. What failed is logged and told by its sequence number, and comes again."""
    failures = []
    for record in records:
        try:
            act(record)
        except Exception:
            number = record["dynamodb"]["SequenceNumber"]
            logger().exception("relay_failed", extra={"sequence_number": number})
            failures.append({"itemIdentifier": number})
    return {"batchItemFailures": failures}
