"""Lambda entry points of the network room: publish its log, record what falls due."""

from __future__ import annotations

from typing import Any

from chalicelib.aws.bus import publish
from chalicelib.aws.functions import Functions
from chalicelib.aws.settings import clock
from chalicelib.aws.streams import inserted_event
from chalicelib.http.logs import logger
from chalicelib.network import staff
from chalicelib.network.commands import Command

functions = Functions(__name__)

SOURCE = "yichuang.network"


@functions.worker
def publish_network(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream batch → bus, in the stream's order.

    A batch that the bus did not take whole comes again whole: consumers are idempotent by event id.
    """
    del context
    records = event["Records"]
    fresh = [recorded for record in records if (recorded := inserted_event(record)) is not None]
    try:
        publish(SOURCE, [(each, {}) for each in fresh])
    except Exception:
        logger().exception("publish_failed", extra={"event_ids": [each.id for each in fresh]})
        first = records[0]["dynamodb"]["SequenceNumber"]
        return {"batchItemFailures": [{"itemIdentifier": first}]}
    return {"batchItemFailures": []}


@functions.worker
def keep_postings(event: dict[str, Any], context: object) -> dict[str, int]:
    """Hourly: record transfers whose day has come, requests that lapsed, expired certificates."""
    del event, context
    now = clock().now()
    command = Command.of_the_system("posting.keep", now, f"keep-{now.isoformat()}")
    recorded = staff.complete_due(command)
    return {"recorded": recorded}
