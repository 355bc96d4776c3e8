"""Lambda entry points of the cases room: the relay, the machines' tasks, the reconciler.

Workers answer outcomes; an exception is a fault, and the machine retries it. Every name here is
deployed as `chalicelib.cases.workers.<name>`.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from chalicelib.aws.functions import Functions
from chalicelib.cases import flow
from chalicelib.cases.model import Recorded
from chalicelib.cases.standing import Machine
from chalicelib.core.events import Actor, Event
from chalicelib.core.time import from_text
from chalicelib.http.logs import logger

functions = Functions(__name__)


def _recorded(image: dict[str, dict[str, str]]) -> Recorded:
    """An event item as the stream shows it: DynamoDB JSON, numbers and strings only."""
    event = Event(
        subject=image["pk"]["S"].removeprefix("CASE#"),
        seq=int(image["sk"]["S"].removeprefix("EVENT#")),
        type=image["type"]["S"],
        at=from_text(image["at"]["S"]),
        actor=Actor.from_dict(json.loads(image["actor"]["S"])),
        data=json.loads(image["data"]["S"]),
    )
    return Recorded(event)


def _is_event(record: dict[str, Any]) -> bool:
    """The stream's filter says the same; a record that slipped through is passed over."""
    image = record.get("dynamodb", {}).get("NewImage", {})
    return (
        record.get("eventName") == "INSERT"
        and image.get("sk", {}).get("S", "").startswith("EVENT#")
        and image["pk"]["S"].startswith("CASE#")
    )


@functions.worker
def relay(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Stream batch → bus and workflow. Failed cases are reported by their sequence numbers."""
    from chalicelib.cases import relay as relaying  # noqa: PLC0415 - each worker loads its own

    del context
    records = [
        (record["dynamodb"]["SequenceNumber"], _recorded(record["dynamodb"]["NewImage"]))
        for record in event["Records"]
        if _is_event(record)
    ]
    failures = []
    for numbers, fresh in relaying.by_case(records):
        try:
            relaying.catch_up(fresh[0].event.subject, fresh)
        except Exception as fault:
            logger().exception("relay_failed", extra={"case_no": fresh[0].event.subject})
            del fault
            failures += [{"itemIdentifier": number} for number in numbers]
    return {"batchItemFailures": failures}


@functions.worker
def where_it_stands(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """First state of both machines: the next step of this case on this machine."""
    del context
    return flow.where_it_stands(event["case_no"], Machine(event["machine"]))


@functions.worker
def await_stage(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Keep the task token of a wait. The answer is not read: the token resumes the machine."""
    del context
    return {"waits": flow.await_stage(event)}


@functions.worker
def raise_alerts(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Raise what is due, once, and answer the next step."""
    from chalicelib.cases import recording  # noqa: PLC0415 - as above

    del context
    case = recording.pass_time(event["case_no"])
    return flow.told(flow.standing_of(case, Machine(event["machine"])))


@functions.worker
def issue_certificate(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Make and store the certificate, and answer the next step."""
    from chalicelib.cases import issuing  # noqa: PLC0415 - as above

    del context
    case = issuing.issue(event["case_no"])
    return flow.told(flow.standing_of(case, Machine(event["machine"])))


@functions.worker
def dispose_cases(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Daily: plan the disposal of what closed, and dispose of what is due (act `case.dispose`)."""
    from chalicelib.cases import disposal  # noqa: PLC0415 - as above

    del event, context
    report = disposal.run()
    logger().info("disposed", extra={"report": asdict(report)})
    if report.failed:
        raise RuntimeError(f"{len(report.failed)} cases were not disposed of; they come again")
    return asdict(report)


@functions.worker
def reconcile(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Scheduled every few minutes; `{"everything": true}` after an outage of the whole engine."""
    from chalicelib.cases import reconcile as reconciling  # noqa: PLC0415 - as above

    del context
    report = reconciling.run(everything=bool(event.get("everything")))
    logger().info("reconciled", extra={"report": asdict(report)})
    return asdict(report)
