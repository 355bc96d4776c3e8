"""The machine that waits for an inquiry's answer: told where it stands, woken by the answer.

The machine only makes alerts prompt. The sweep raises whatever it missed, so an execution that is
lost loses nothing, and none is ever restarted.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.core.errors import NotFound
from chalicelib.exchange import model, store
from chalicelib.exchange.model import Inquiry

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

AWAIT, RAISE, SETTLED = "AwaitAnswer", "RaiseAlerts", "Settled"
LONGEST_WAIT_SECONDS: Final = 90 * 24 * 3600
_STALE = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})


def standing(inquiry: Inquiry) -> dict[str, Any]:
    """The next step of the machine, and whole real seconds to wait for it."""
    now = clock().now()
    if model.due_alerts(inquiry, working_calendar(), now):
        return {"step": RAISE, "version": inquiry.version}
    at = model.next_alert(inquiry, working_calendar())
    if at is None:
        return {"step": SETTLED, "version": inquiry.version}
    seconds = min(math.ceil(clock().real_seconds(at - now)), LONGEST_WAIT_SECONDS)
    return {"step": AWAIT, "version": inquiry.version, "seconds": max(seconds, 1)}


def where_it_stands(inquiry_id: str) -> dict[str, Any]:
    """What an execution does next; an inquiry that is not there is settled."""
    try:
        return standing(store.read(inquiry_id))
    except NotFound:
        return {"step": SETTLED, "version": 0}


def await_answer(inquiry_id: str, token: str, seen: int) -> bool:
    """Keep the token of the wait; if the answer came meanwhile, resume at once."""
    store.keep_token(inquiry_id, token)
    inquiry = store.read(inquiry_id)
    if inquiry.version != seen:
        resume(token, standing(inquiry))
        return False
    return True


def wake(inquiry_id: str) -> None:
    """Let the waiting execution see that the inquiry moved. A token that is stale is harmless."""
    token = store.token_of(inquiry_id)
    if token is not None:
        resume(token, standing(store.read(inquiry_id)))


def resume(token: str, told: Mapping[str, Any]) -> None:
    client = _client()
    try:
        client.send_task_success(taskToken=token, output=json.dumps(dict(told)))
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in _STALE:
            raise


def start(inquiry_id: str) -> None:
    """Start the execution of an inquiry; one that is there already is as good."""
    client = _client()
    try:
        client.start_execution(
            stateMachineArn=os.environ["YICHUANG_INQUIRY_MACHINE"],
            name=f"inquiry-{inquiry_id}",
            input=json.dumps({"inquiry_id": inquiry_id}),
        )
    except client.exceptions.ExecutionAlreadyExists:
        return


@cache
def _client() -> SFNClient:
    import boto3  # noqa: PLC0415 - import time

    return boto3.client("stepfunctions")
