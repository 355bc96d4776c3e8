"""The two services that supervision calls beside its table: Step Functions and SNS.

Names come from the environment as all settings do; an unset topic means that nobody subscribes.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

STALE_TOKEN: Final = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
"""Answers to a wake that came too late: the next wait sees the alarm, so they are harmless."""


@cache
def _machines() -> SFNClient:
    import boto3  # noqa: PLC0415 - only workers that drive executions pay for the client

    return boto3.client("stepfunctions")


@cache
def _topics() -> Any:
    import boto3  # noqa: PLC0415 - only the worker that notifies pays for the client

    return boto3.client("sns")


def forget() -> None:
    """Make the clients anew: for a process whose environment changed."""
    _machines.cache_clear()
    _topics.cache_clear()


def start_handling(alarm: str, version: int) -> None:
    """Start the handling of an alarm as it stands at a version; once only for each version.

    Executions are disposable and may double: every act is guarded by the alarm's version.
    """
    client = _machines()
    try:
        client.start_execution(
            stateMachineArn=os.environ.get("YICHUANG_ALARM_MACHINE", ""),
            name=f"{alarm}-v{version}",
            input=json.dumps({"alarm": alarm}),
        )
    except client.exceptions.ExecutionAlreadyExists:
        return


def wake(token: str, outcome: Mapping[str, Any]) -> bool:
    """Resume a waiting execution with what comes next; False where its token is stale."""
    client = _machines()
    try:
        client.send_task_success(taskToken=token, output=json.dumps(outcome))
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in STALE_TOKEN:
            return False
        raise
    return True


def notify(subject: str, message: Mapping[str, Any], attributes: Mapping[str, str]) -> None:
    """Tell whoever subscribed; the attributes let a unit subscribe to its own alarms alone."""
    topic = os.environ.get("YICHUANG_ALARM_TOPIC", "")
    if not topic:
        return
    _topics().publish(
        TopicArn=topic,
        Subject=subject,
        Message=json.dumps(message, ensure_ascii=False),
        MessageAttributes={
            name: {"DataType": "String", "StringValue": value}
            for name, value in attributes.items()
            if value
        },
    )
