"""Dead letters: what a function could not handle, and the way back to it.

Every asynchronous path ends in a queue of its function. What lies there is of three kinds: an event
that the bus could not deliver, a call that the function failed at to the end, and the place in a
table's stream of a batch that it failed at. Each is given to its function again, at once and in the
operator's sight; it leaves the queue when it was handled. Functions are idempotent, so a letter that
was repaired otherwise does no harm.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient
    from mypy_boto3_sqs import SQSClient

HELD_SECONDS: Final = 120
"""How long a letter that is being looked at is hidden from others."""

SETTING: Final = "YICHUANG_STAGE"
"""The setting by which a function is known as one of the platform."""


@dataclass(frozen=True, slots=True)
class Batch:
    """A place in a table's stream: `count` records of a shard from a sequence number."""

    stream: str
    shard: str
    start: str
    count: int


@dataclass(frozen=True, slots=True)
class Letter:
    """One dead letter. `payload` is what the function was called with, None for a stream's batch."""

    queue: str
    receipt: str
    function: str
    sent_at: datetime
    error: str
    payload: Mapping[str, Any] | None = None
    batch: Batch | None = None


class Gone(LookupError):
    """The stream no longer has a batch: it keeps its records for a day."""


def queues() -> dict[str, str]:
    """The queues of dead letters by their ARN, each with the function whose they are."""
    found: dict[str, str] = {}
    names = set()
    for page in _lambda().get_paginator("list_functions").paginate():
        for each in page["Functions"]:
            if SETTING in each.get("Environment", {}).get("Variables", {}):
                names.add(each["FunctionName"])
    for name in sorted(names):
        answer = _lambda().list_function_event_invoke_configs(FunctionName=name)
        for config in answer["FunctionEventInvokeConfigs"]:
            _note(found, config.get("DestinationConfig"), name)
        for mapping in _lambda().list_event_source_mappings(FunctionName=name)[
            "EventSourceMappings"
        ]:
            _note(found, mapping.get("DestinationConfig"), name)
    return found


def _note(found: dict[str, str], destinations: Mapping[str, Any] | None, name: str) -> None:
    queue = ((destinations or {}).get("OnFailure") or {}).get("Destination")
    if queue:
        found[queue] = name


def waiting(queue: str, function: str) -> Iterator[Letter]:
    """The letters of a queue, hidden from others until they are put back or away."""
    name = queue.rpartition(":")[2]
    url = _sqs().get_queue_url(QueueName=name)["QueueUrl"]
    while True:
        answer = _sqs().receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=10,
            VisibilityTimeout=HELD_SECONDS,
            AttributeNames=["SentTimestamp"],
            MessageAttributeNames=["All"],
        )
        messages = answer.get("Messages", [])
        if not messages:
            return
        for message in messages:
            yield read(url, function, message)


def read(url: str, function: str, message: Mapping[str, Any]) -> Letter:
    """A message of a queue as the letter that it is."""
    body = json.loads(message["Body"])
    sent = datetime.fromtimestamp(int(message["Attributes"]["SentTimestamp"]) / 1000, UTC)
    told = {
        name: each.get("StringValue", "")
        for name, each in message.get("MessageAttributes", {}).items()
    }
    receipt = message["ReceiptHandle"]
    place = body.get("DDBStreamBatchInfo")
    condition = body.get("requestContext", {}).get("condition", "")
    if place:
        batch = Batch(
            place["streamArn"],
            place["shardId"],
            place["startSequenceNumber"],
            int(place["batchSize"]),
        )
        return Letter(url, receipt, function, sent, condition, batch=batch)
    if "requestPayload" in body:
        answer = body.get("responsePayload")
        error = str(answer.get("errorMessage", "")) if isinstance(answer, dict) else ""
        return Letter(url, receipt, function, sent, error or condition, body["requestPayload"])
    return Letter(url, receipt, function, sent, told.get("ERROR_MESSAGE", ""), body)


def deliver(letter: Letter) -> str:
    """Call the function with what it missed. Answers what was wrong, or "" and ends the letter.

    Raises Gone for a batch that its stream no longer has; the letter stays.
    """
    payload = letter.payload if letter.batch is None else {"Records": records(letter.batch)}
    answer = _lambda().invoke(
        FunctionName=letter.function,
        InvocationType="RequestResponse",
        Payload=json.dumps(payload, default=_plain).encode(),
    )
    said = json.loads(answer["Payload"].read() or b"null")
    fault = ""
    if answer.get("FunctionError"):
        fault = str(said.get("errorMessage", "")) if isinstance(said, dict) else str(said)
        fault = fault or answer["FunctionError"]
    elif isinstance(said, dict) and said.get("batchItemFailures"):
        fault = f"{len(said['batchItemFailures'])} records were not handled"
    if fault:
        put_back(letter)
    else:
        _sqs().delete_message(QueueUrl=letter.queue, ReceiptHandle=letter.receipt)
    return fault


def put_back(letter: Letter) -> None:
    """Show a letter to others again. One that is no longer held is left alone."""
    with suppress(ClientError):
        _sqs().change_message_visibility(
            QueueUrl=letter.queue, ReceiptHandle=letter.receipt, VisibilityTimeout=0
        )


def records(batch: Batch) -> list[dict[str, Any]]:
    """The batch's records as the function would have been given them. Raises Gone."""
    client = _streams()
    try:
        iterator = client.get_shard_iterator(
            StreamArn=batch.stream,
            ShardId=batch.shard,
            ShardIteratorType="AT_SEQUENCE_NUMBER",
            SequenceNumber=batch.start,
        )["ShardIterator"]
        found = client.get_records(ShardIterator=iterator, Limit=batch.count)["Records"]
    except (
        client.exceptions.TrimmedDataAccessException,
        client.exceptions.ResourceNotFoundException,
    ) as over:
        raise Gone(batch.stream) from over
    if not found:
        raise Gone(batch.stream)
    return [dict(each) for each in found]


def _plain(value: object) -> object:
    """Instants as seconds and bytes in base64, as an event source mapping writes them."""
    match value:
        case datetime():
            return value.timestamp()
        case bytes():
            return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} is in no record of a stream")


@cache
def _lambda() -> LambdaClient:
    return boto3.client("lambda")


@cache
def _sqs() -> SQSClient:
    return boto3.client("sqs")


@cache
def _streams() -> Any:
    return boto3.client("dynamodbstreams")
