"""Lambda entry points of the exchange room.

`relay_exchange` follows the table's stream (inserts whose sort key begins with `EVENT#`);
`inquiry_standing`, `await_inquiry_answer` and `raise_inquiry_alerts` are the tasks of the machine
`inquiry`; `sweep_inquiries` runs every quarter of an hour, `audit_certificates` every day;
`deliver_event` is the target of the bus rule over all of the platform's events, `redeliver_events`
runs every minute.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.aws import bus, streams
from chalicelib.aws.functions import Functions
from chalicelib.aws.settings import clock
from chalicelib.core.events import Event
from chalicelib.core.time import SystemClock
from chalicelib.exchange import auditing, deliveries, flow, model, service
from chalicelib.http.logs import logger

functions = Functions(__name__)

SOURCE = "yichuang.exchange"
AUDITED = timedelta(hours=26)
"""What the daily audit looks back over: a day, and time for a run that came late."""


@functions.worker
def relay_exchange(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream batch → bus, and the machine: started by a question, woken by its answer."""
    del context
    return streams.each(event["Records"], _pass_on, logger)


@functions.worker
def inquiry_standing(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Where an inquiry stands, and what its machine does next."""
    del context
    return flow.where_it_stands(event["inquiry_id"])


@functions.worker
def await_inquiry_answer(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Keep the token of a wait. The answer is not read: the token resumes the machine."""
    del context
    seen = int(event["standing"]["version"])
    return {"waits": flow.await_answer(event["inquiry_id"], event["token"], seen)}


@functions.worker
def raise_inquiry_alerts(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Raise what is due, once, and answer the next step."""
    del context
    return flow.standing(service.pass_time(event["inquiry_id"], clock().now()))


@functions.worker
def sweep_inquiries(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Raise whatever the machines missed."""
    del event, context
    return {"raised": service.sweep(clock().now())}


@functions.worker
def deliver_event(event: dict[str, Any], context: object) -> dict[str, Any]:
    """One event from the bus to every system that subscribed to it."""
    del context
    return {"new": deliveries.fan_out(event)}


@functions.worker
def redeliver_events(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Try again what could not be delivered, when its time has come."""
    del event, context
    return {"tried": deliveries.redeliver()}


@functions.worker
def audit_certificates(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Prove that the cases that closed lately have their certificates; an event for each lack."""
    del event, context
    now = SystemClock().now()
    audit = auditing.audit_between(now - AUDITED, now)
    reported = auditing.report(audit, clock().now())
    return {"cases": audit.cases, "certificates": audit.certificates, "reported": reported}


def _pass_on(record: streams.Record) -> None:
    happened = streams.inserted_event(record)
    if happened is None:
        return
    bus.publish(SOURCE, [(happened, _facts(happened))])
    inquiry_id = happened.subject.removeprefix("INQUIRY#")
    match happened.type:
        case model.OPENED:
            flow.start(inquiry_id)
        case model.ANSWERED | model.WITHDRAWN:
            flow.wake(inquiry_id)


def _facts(event: Event) -> dict[str, Any]:
    """Whom an event concerns: subscriptions go by it."""
    bodies = [body for body in (event.data.get("asking"), event.data.get("asked")) if body]
    return {"body": event.data.get("asked"), "bodies": bodies}
