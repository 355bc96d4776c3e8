"""Dead letters of each kind, on the deployed template: back to their function, or kept with a reason."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from cli import _letters as letters
from cli.letters import app
from local.deployment import Deployment
from tests.infra.people import Person, eventually, residence_permit
from tests.support.supervision_cases import Script

CASE = "410102-LETTER-S001-1"
Put = Callable[..., None]


@pytest.fixture(autouse=True)
def here(deployment: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator's command line, pointed at this deployment, whose queues are empty."""
    for service, name in (("lambda", "_lambda"), ("sqs", "_sqs"), ("dynamodbstreams", "_streams")):
        client = deployment.client(service)
        monkeypatch.setattr(letters, name, lambda client=client: client)
    empty(deployment)


def empty(deployment: Deployment) -> None:
    for queue, name in letters.queues().items():
        for letter in letters.waiting(queue, name):
            deployment.client("sqs").delete_message(
                QueueUrl=letter.queue, ReceiptHandle=letter.receipt
            )


@pytest.fixture
def put(deployment: Deployment) -> Put:
    """Leave a letter in the queue of a function, as AWS would."""

    def put(function: str, body: dict[str, Any], **attributes: str) -> None:
        (queue,) = [q for q, name in letters.queues().items() if f"-{function}-" in name]
        sqs = deployment.client("sqs")
        url = sqs.get_queue_url(QueueName=queue.rpartition(":")[2])["QueueUrl"]
        sqs.send_message(
            QueueUrl=url,
            MessageBody=json.dumps(body, ensure_ascii=False),
            MessageAttributes={
                name: {"DataType": "String", "StringValue": text}
                for name, text in attributes.items()
            },
        )

    return put


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, list(arguments), env={"COLUMNS": "200"})
    return done.exit_code, done.output


def from_the_bus(detail: dict[str, Any]) -> dict[str, Any]:
    return {"source": "yichuang.cases", "detail-type": detail["type"], "detail": detail}


def test_what_the_bus_could_not_deliver_is_heard_after_all_and_once(
    deployment: Deployment, put: Put
) -> None:
    received, alert = Script(CASE).received().alert("promise", "yellow").details()
    for detail in (received, alert, alert):
        put("Supervise", from_the_bus(detail), ERROR_MESSAGE="throttled")
    code, shown = run("list", "--function", "-Supervise-")
    assert (code, "throttled" in shown) == (0, True)
    assert run("redrive", "--function", "-Supervise-") == (0, "已处理 3 封,未处理 0 封。\n")
    assert run("list", "--function", "-Supervise-") == (0, "没有死信。\n")

    def alarms() -> list[dict[str, Any]]:
        every = Person(deployment, "supervisor").all("/v1/alarms", limit=100)
        return [alarm for alarm in every if alarm["case_no"] == CASE]

    assert len(eventually(alarms, 30)) == 1


def test_what_fails_again_stays_and_says_why(deployment: Deployment, put: Put) -> None:
    missing = {
        "requestContext": {"condition": "RetriesExhausted"},
        "requestPayload": {"no": "event"},
    }
    put("Supervise", missing)
    code, said = run("redrive", "--function", "-Supervise-")
    assert code == 1
    assert "未处理 1 封" in said
    code, shown = run("list", "--function", "-Supervise-")
    assert "RetriesExhausted" in shown
    empty(deployment)


def test_a_batch_is_read_from_its_stream_again_while_the_stream_has_it(
    deployment: Deployment, put: Put
) -> None:
    clerk = Person(deployment, "station.yingchun")
    no = clerk.post("/v1/cases", residence_permit(clerk)).raise_for_status().json()["case_no"]
    streams = deployment.client("dynamodbstreams")
    table = deployment.settings["YICHUANG_TABLE_CASES"]
    (stream,) = streams.list_streams(TableName=table)["Streams"]
    shard = streams.describe_stream(StreamArn=stream["StreamArn"])["StreamDescription"]["Shards"][0]
    iterator = streams.get_shard_iterator(
        StreamArn=stream["StreamArn"], ShardId=shard["ShardId"], ShardIteratorType="TRIM_HORIZON"
    )["ShardIterator"]
    found = streams.get_records(ShardIterator=iterator)["Records"]
    (at,) = [
        each["dynamodb"]["SequenceNumber"]
        for each in found
        if each["dynamodb"]["Keys"] == {"pk": {"S": f"CASE#{no}"}, "sk": {"S": "EVENT#00001"}}
    ]
    place = {
        "shardId": shard["ShardId"],
        "startSequenceNumber": at,
        "endSequenceNumber": at,
        "batchSize": 1,
        "streamArn": stream["StreamArn"],
    }
    put(
        "Relay",
        {"requestContext": {"condition": "RetryAttemptsExhausted"}, "DDBStreamBatchInfo": place},
    )
    assert run("redrive", "--function", "-Relay-") == (0, "已处理 1 封,未处理 0 封。\n")
