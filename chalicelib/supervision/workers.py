"""Lambda entry points of supervision. Function names are what infrastructure deploys.

Workers answer outcomes; an exception is a fault, which whoever called repeats. Each function imports
what it runs when it runs first: eight functions share this module, and none waits for the others.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from chalicelib.aws.functions import Functions

functions = Functions(__name__)

Image = Mapping[str, Mapping[str, Any]]


@functions.worker
def supervise(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Target of the EventBridge rules on the platform's bus; takes one event at a time.

    Answers the identifiers of the alarms it raised. Repeating an event changes nothing.
    """
    from chalicelib.supervision import service

    del context
    raised = service.take_in(event["detail"])
    return {"raised": [alarm.id for alarm in raised]}


@functions.worker
def follow_alarms(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream of the table, items whose `sk` is `ALARM`, inserted or modified (new images).

    Starts and wakes the handling, notifies, judges. Failed records are reported by their sequence
    numbers, so one poisoned alarm does not stop the others.
    """
    from chalicelib.supervision import alarm_store, flow

    del context
    return _each(event, "ALARM", lambda image: flow.follow(alarm_store.stored_of(image)))


@functions.worker
def keep_boards(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream of the table, items whose `sk` begins with `CELL#`, inserted or modified.

    A batching window of a second or two lets one write carry many changes.
    """
    from chalicelib.supervision import boarding
    from chalicelib.supervision.cell_store import PREFIX, CellImage

    del context
    images = [
        CellImage(image)
        for record in event["Records"]
        if (image := _image(record)) and image["sk"]["S"].startswith(PREFIX)
    ]
    return {"boards": boarding.keep(images)}


@functions.worker
def handle_alarm(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Task of the machine `alarm_handling`: do what is due, answer what to wait for."""
    from chalicelib.supervision import flow

    del context
    return flow.advance(event["alarm"])


@functions.worker
def await_alarm(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Keep the task token of a wait. The answer is not read: the token resumes the machine."""
    from chalicelib.supervision import flow

    del context
    waits = flow.keep_waiting(event["alarm"], event["token"], int(event["standing"]["version"]))
    return {"waits": waits}


@functions.worker
def draft_appraisals(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream of the table, items whose `sk` is `APPRAISAL`: work out the periods that were begun.

    Minutes, not seconds: it reads every case closed in the period.
    """
    from chalicelib.supervision import appraising
    from chalicelib.supervision.appraisal_road import Period

    def draft(image: Image) -> None:
        appraising.draft(Period(image["pk"]["S"].removeprefix("APPRAISAL#")))

    del context
    return _each(event, "APPRAISAL", draft)


@functions.worker
def chase_alarms(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Every few minutes: start again the handling of alarms in which something is overdue, and
    note what is overdue in bad ratings and objections."""
    from chalicelib.supervision import flow, redressing

    del event, context
    return {"alarms": flow.chase(), "redress": redressing.chase()}


@functions.worker
def take_stock(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Every quarter of an hour: count the six rates anew from the other rooms' registers."""
    from chalicelib.supervision import stocktaking

    del event, context
    return stocktaking.take_stock()


def _image(record: Mapping[str, Any]) -> Image | None:
    if record.get("eventName") == "REMOVE":
        return None
    image: Image | None = record.get("dynamodb", {}).get("NewImage")
    return image


def _each(event: Mapping[str, Any], sk: str, act: Callable[[Image], None]) -> dict[str, Any]:
    """Act on every record of that kind; the ones that failed are told by their numbers."""
    from chalicelib.http.logs import logger

    failures = []
    for record in event["Records"]:
        image = _image(record)
        if image is None or image["sk"]["S"] != sk:
            continue
        try:
            act(image)
        except Exception:
            logger().exception("record_failed", extra={"item": image["pk"]["S"]})
            failures.append({"itemIdentifier": record["dynamodb"]["SequenceNumber"]})
    return {"batchItemFailures": failures}
