"""The `item_change` machine: one execution for each version of a change, named for it.

An execution waits for the change's next moment and then looks again. It holds nothing: when the
change moves on, the next version's execution takes over and the old one ends at its next look; when
executions are lost, the sweep finds what is due.
"""

from __future__ import annotations

import json
import os
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.catalogue import changes
from chalicelib.catalogue.changes import Change

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

LONGEST_WAIT = 300 * 24 * 3600
"""Executions may last a year; one that waits longer begins anew from the sweep."""


def machine() -> str:
    """The machine's ARN; empty where the deployment has none, and the sweep alone keeps time."""
    return os.environ.get("YICHUANG_ITEM_CHANGE_MACHINE", "")


@cache
def _client() -> SFNClient:
    import boto3  # noqa: PLC0415 - import time

    return boto3.client("stepfunctions")


def ensure(change: Change) -> None:
    """Start the execution of this version, unless it was started before."""
    if not machine() or changes.wakes_at(change, working_calendar()) is None:
        return
    client = _client()
    try:
        client.start_execution(
            stateMachineArn=machine(),
            name=f"{change.id}-v{change.version}",
            input=json.dumps({"change_id": change.id, "version": change.version}),
        )
    except client.exceptions.ExecutionAlreadyExists:
        return


def standing(change: Change, version: int) -> dict[str, Any]:
    """What an execution of `version` does next."""
    wakes_at = changes.wakes_at(change, working_calendar())
    if change.version != version or wakes_at is None:
        return {"next": "Done"}
    seconds = clock().real_seconds(wakes_at - clock().now())
    return {"next": "Wait", "seconds": int(min(max(1, seconds + 1), LONGEST_WAIT))}
