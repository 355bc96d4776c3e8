"""Lambda entry points of the hall.

`relay_hall` follows the table's stream (inserts whose sort key begins with `EVENT#`);
`sweep_hall` runs every quarter of an hour: who did not come, whose day is over, and answers that
are due.
"""

from __future__ import annotations

from typing import Any

from chalicelib.aws import bus, streams
from chalicelib.aws.functions import Functions
from chalicelib.aws.settings import clock
from chalicelib.core.errors import NotFound
from chalicelib.core.events import Event
from chalicelib.hall import booking, consulting, lapsing
from chalicelib.http.logs import logger
from chalicelib.network import service as network

functions = Functions(__name__)

SOURCE = "yichuang.hall"


@functions.worker
def relay_hall(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream batch → bus. What fails comes again; its consumers know an event by its id."""
    del context
    return streams.each(event["Records"], _pass_on, logger)


@functions.worker
def sweep_hall(event: dict[str, Any], context: object) -> dict[str, Any]:
    """What time alone brings: missed appointments, visits whose day is over, alerts of questions."""
    del event, context
    now = clock().now()
    return {
        "missed": booking.note_missed(now),
        "alerted": consulting.pass_time(now),
        "closed": lapsing.pass_days(now),
    }


def _pass_on(record: streams.Record) -> None:
    happened = streams.inserted_event(record)
    if happened is None:
        return
    bus.publish(SOURCE, [(happened, facts_of(happened))])


def facts_of(event: Event) -> dict[str, Any]:
    """Whom an event concerns, as supervision asks: who answers for it, where, about which item.

    A visit is answered for by whoever runs the point, whatever body a case of it belongs to.
    """
    data = event.data
    point, body = data.get("point"), data.get("organisation")
    if body is None and point is not None:
        body = _runs(point)
    about = {"body": body, "origin": point, "item_code": data.get("item_code")}
    return {key: value for key, value in about.items() if value is not None}


def _runs(point: str) -> str | None:
    try:
        return network.point(point).organisation
    except NotFound:
        return None
