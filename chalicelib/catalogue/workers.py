"""Lambda entry points of the catalogue room: what follows from a change's events, and from time."""

from __future__ import annotations

from typing import Any

from chalicelib.aws import bus, streams
from chalicelib.aws.functions import Functions
from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.catalogue import (
    change_service,
    change_store,
    changes,
    charging_store,
    enforcement,
    list_keeping,
    memory,
    publication,
    runs,
)
from chalicelib.catalogue.changes import Change
from chalicelib.core.errors import NotFound
from chalicelib.core.events import Event
from chalicelib.http.logs import logger

functions = Functions(__name__)

SOURCE = "yichuang.catalogue"


@functions.worker
def announce_catalogue(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Stream batch → bus, published edition and timers. Failed records are reported by number.

    Every step can be repeated: the edition has a hash, executions have names, consumers know events
    by their id.
    """
    del context
    failures = []
    stopped: set[str] = set()
    for record in event["Records"]:
        told = streams.inserted_event(record, "body")
        if told is None:
            continue
        number = record["dynamodb"]["SequenceNumber"]
        if told.subject in stopped:
            failures.append({"itemIdentifier": number})
            continue
        try:
            _announce(told)
        except Exception:
            logger().exception("announce_failed", extra={"subject": told.subject})
            stopped.add(told.subject)
            failures.append({"itemIdentifier": number})
    return {"batchItemFailures": failures}


@functions.worker
def tend_change(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A machine's task: do what time has brought, and say how long to wait for more.

    `{"next": "Wait", "seconds": n}`, or `Done` when the change is closed or has moved on: every
    version of a change has an execution of its own.
    """
    del context
    try:
        change = change_service.tend(event["change_id"])
    except NotFound:
        return {"next": "Done"}
    return runs.standing(change, int(event["version"]))


@functions.worker
def sweep_changes(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Every few minutes: tend what should have been tended, whatever became of its execution."""
    del event, context
    tended = change_store.waking(clock().now())
    for change_id in tended:
        try:
            change_service.tend(change_id)
        except Exception:
            logger().exception("sweep_failed", extra={"change": change_id})
    return {"tended": len(tended)}


def _announce(event: Event) -> None:
    if event.type.startswith("item_change."):
        _announce_change(event)
    elif event.type.startswith("list."):
        list_keeping.settle_shelves(event.data["items"])
        memory.forget()
        publication.publish(clock().now())
        bus.publish(SOURCE, [(event, {"list": event.subject})])
    else:
        bus.publish(SOURCE, [(_outward(event), _fee_facts(event))])


def _announce_change(event: Event) -> None:
    log = change_store.log(event.subject)
    change = changes.replay([each for each in log if each.seq <= event.seq])
    if event.type == "item_change.in_force":
        memory.forget()
        enforcement.spread(change, clock().now())
        publication.publish(clock().now())
    if change.stage.is_open:
        runs.ensure(change)
    bus.publish(SOURCE, [(_outward(event), _facts(change))])


def _fee_facts(event: Event) -> dict[str, Any]:
    """Whose money it is about, so that supervision need not ask: case, item, organisation."""
    if event.type in ("fee.refused", "fee.day_reconciled"):
        return {}
    order = charging_store.read_order(event.subject)
    return {
        "case_no": order.case_no,
        "item_code": order.item_code,
        "organisation": order.organisation,
        "total_fen": order.total_fen,
    }


KEPT_INSIDE = {
    "item_change.proposed": frozenset({"item", "checks"}),
    "fee.ordered": frozenset({"holder", "page"}),
}
"""What others need not see: the whole item, which its version holds; whose order it is."""


def _outward(event: Event) -> Event:
    """The event as others see it."""
    inside = KEPT_INSIDE.get(event.type, frozenset())
    data = {name: value for name, value in event.data.items() if name not in inside}
    return Event(event.subject, event.seq, event.type, event.at, event.actor, data)


def _facts(change: Change) -> dict[str, Any]:
    due = changes.due_on(change, working_calendar())
    return {
        "change_id": change.id,
        "item_code": change.item.code,
        "item_name": change.item.name,
        "item_version": change.item.version,
        "body": change.item.body,
        "organisation": change.organisation,
        "action": str(change.action),
        "stage": str(change.stage),
        "waits_for": sorted(changes.responsible(change)),
        "due_on": due and due.isoformat(),
    }
