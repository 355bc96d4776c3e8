"""Lambda entry points of the certificates room.

`relay_certificates` follows the table's stream (inserts whose sort key begins with `EVENT#`);
the import's functions are the tasks of the machine `certificate_import`; `checkpoint_read_log`
runs every hour.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.aws import bus, streams
from chalicelib.aws.functions import Functions
from chalicelib.aws.settings import clock
from chalicelib.certificates import importjobs, imports, readlog
from chalicelib.certificates.imports import Where
from chalicelib.core.events import Event
from chalicelib.http.logs import logger

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

functions = Functions(__name__)

SOURCE = "yichuang.certificates"


@functions.worker
def relay_certificates(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Stream batch → bus, and the machine for an import that was started.

    A record that cannot be handled is reported by its sequence number; the others go on. Both steps
    may be done again: consumers go by the event's id, and the execution's name is the import's.
    """
    del context
    return streams.each(event["Records"], _pass_on, logger)


@functions.worker
def plan_import(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Cut the file into ranges, or say why it is refused."""
    del context
    return importjobs.plan(event["import_id"])


@functions.worker
def import_part(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Take in one range of the file."""
    del context
    return importjobs.take_in(event["import_id"], event["part"])


@functions.worker
def finish_import(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Join the rejects, check the totals, end the import."""
    del context
    return importjobs.close(event["import_id"])


@functions.worker
def fail_import(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Record that the execution could not go on."""
    del context
    return importjobs.give_up(event["import_id"], event["reason"])


@functions.worker
def checkpoint_read_log(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Sign where the read log's chains end now."""
    del event, context
    checkpoint = readlog.make_checkpoint(clock().now())
    return {"at": checkpoint.at, "lines": sum(seq for seq, _ in checkpoint.heads.values())}


def _pass_on(record: streams.Record) -> None:
    happened = streams.inserted_event(record)
    if happened is None:
        return
    if happened.type == imports.STARTED and happened.data["where"] == Where.MACHINE:
        _start_import(happened)
    # Whoever acted is whom it concerns: an issuer, an importer, a reader who was refused.
    bus.publish(SOURCE, [(happened, {"body": happened.actor.organisation})])


def _start_import(event: Event) -> None:
    client = _machines()
    import_id, generation = event.data["import_id"], event.data["generation"]
    try:
        client.start_execution(
            stateMachineArn=os.environ["YICHUANG_IMPORT_MACHINE"],
            name=f"import-{import_id}-g{generation}",
            input=json.dumps({"import_id": import_id}),
        )
    except client.exceptions.ExecutionAlreadyExists:
        return


@cache
def _machines() -> SFNClient:
    import boto3  # noqa: PLC0415 - import time

    return boto3.client("stepfunctions")
