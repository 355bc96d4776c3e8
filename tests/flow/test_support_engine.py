"""The engine of the flow tests itself: its stream, its clock, and what a cancelled transaction leaves."""

from __future__ import annotations

import copy
import threading
from typing import Any

import boto3
import pytest
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends

from chalicelib.aws import settings
from chalicelib.cases import recording, store
from chalicelib.cases.lifecycle import Draft
from tests.support.applications import residence_permit
from tests.support.engine import district
from tests.support.streams import ACCOUNT, REGION


def test_the_stream_goes_on_behind_a_cancelled_transaction_and_shows_nothing_of_it(engine):
    no = residence_permit(engine).json["case_no"]
    stale = store.read_head(no)
    engine.client("ga.acceptor").post(f"/v1/cases/{no}/acceptance", {})
    assert len(engine.new_records()) == 2
    with pytest.raises(store.Moved):
        recording.append(stale, [Draft("case.corrected", {"what": "x"})], recording.THE_SYSTEM)
    assert engine.new_records() == []
    opinion = {"opinion": "符合条件", "recommendation": "grant"}
    assert engine.client("ga.reviewer").post(f"/v1/cases/{no}/review", opinion).status == 200
    (shown,) = engine.new_records()
    assert shown["dynamodb"]["NewImage"]["type"]["S"] == "case.reviewed"


def test_what_is_loaded_within_one_district_reads_the_clock_of_the_next():
    with pytest.MonkeyPatch.context() as patch, district(patch) as first:
        first.clock.move_to(2026, 9, 1, 9, 0)
        # As a module does that a function imports when it is first called.
        taken = settings.clock
        assert taken().now() == first.clock.now()
    with pytest.MonkeyPatch.context() as patch, district(patch) as second:
        assert taken().now() == second.clock.now() != first.clock.now()


def _everything() -> dict[str, Any]:
    """Every item of every table, and how far each stream has come."""
    return {
        name: (
            {
                (str(key), str(place)): item.to_json()
                for key, found in table.items.items()
                for place, item in found.items()
            },
            len(table.stream_shard.items) if table.stream_shard else 0,
        )
        for name, table in dynamodb_backends[ACCOUNT][REGION].tables.items()
    }


def _write(*operations: tuple[str, str, str, dict[str, Any]]) -> None:
    boto3.client("dynamodb").transact_write_items(
        TransactItems=[
            {kind: {"TableName": "yichuang-cases", **_at(kind, pk, sk), **more}}
            for kind, pk, sk, more in operations
        ]
    )


def _at(kind: str, pk: str, sk: str) -> dict[str, Any]:
    at = {"pk": {"S": pk}, "sk": {"S": sk}}
    return {"Item": at | {"deep": {"M": {"n": {"N": "1"}}}}} if kind == "Put" else {"Key": at}


DEEPER = {
    "UpdateExpression": "SET deep.n = :two",
    "ExpressionAttributeValues": {":two": {"N": "2"}},
}
NEVER = {"ConditionExpression": "attribute_exists(nothing)"}


def test_a_cancelled_transaction_leaves_every_item_and_stream_as_it_was(engine):
    _write(("Put", "A", "1", {}), ("Put", "A", "2", {}), ("Put", "B", "1", {}))
    before = copy.deepcopy(_everything())
    with pytest.raises(boto3.client("dynamodb").exceptions.TransactionCanceledException):
        _write(
            ("Update", "A", "1", DEEPER),
            ("Delete", "A", "2", {}),
            ("Put", "A", "3", {}),
            ("Put", "C", "1", {}),
            ("Update", "B", "1", DEEPER | NEVER),
        )
    assert _everything() == before
    _write(("Update", "A", "1", DEEPER), ("Delete", "A", "2", {}), ("Put", "C", "1", {}))
    after, _ = _everything()["yichuang-cases"]
    assert after.keys() - before["yichuang-cases"][0].keys()
    assert len(after) == len(before["yichuang-cases"][0])


def test_a_request_waits_until_the_answer_before_it_is_complete(engine, monkeypatch):
    _write(("Put", "A", "1", {}))
    asked, order = threading.Event(), []
    find, change = DynamoDBBackend.get_item, DynamoDBBackend.update_item

    def found_while_another_wants_to_write(self: DynamoDBBackend, *args: Any, **more: Any) -> Any:
        if threading.current_thread() is not writer:
            writer.start()
            assert asked.wait(10)
            writer.join(0.2)
            order.append("read")
        return find(self, *args, **more)

    def changed(self: DynamoDBBackend, *args: Any, **more: Any) -> Any:
        order.append("written")
        return change(self, *args, **more)

    def write() -> None:
        asked.set()
        boto3.client("dynamodb").update_item(
            TableName="yichuang-cases", **_at("Update", "A", "1"), **DEEPER
        )

    writer = threading.Thread(target=write)
    monkeypatch.setattr(DynamoDBBackend, "get_item", found_while_another_wants_to_write)
    monkeypatch.setattr(DynamoDBBackend, "update_item", changed)
    answer = boto3.client("dynamodb").get_item(
        TableName="yichuang-cases", **_at("Update", "A", "1")
    )
    writer.join()
    assert order == ["read", "written"]
    assert answer["Item"]["deep"] == {"M": {"n": {"N": "1"}}}
