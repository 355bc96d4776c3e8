"""A meter of DynamoDB's units, by the published rules, over moto's tables.

Write: a kilobyte begun is a unit, twice in a transaction, on the larger of the item before and
after; an index entry costs its own units, twice where its key moves. Read: four kilobytes begun are
half a unit, a whole one where the read is strongly consistent.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from botocore.client import BaseClient
from moto.dynamodb.models import DynamoDBBackend, dynamodb_backends

from tests.support.engine import size_of
from tests.support.streams import ACCOUNT
from tests.support.turns import TURN

Items = Mapping[tuple[str, str], Mapping[str, Any]]


@dataclass
class Meter:
    """Units by table, and AWS calls by operation."""

    writes: Counter[str] = field(default_factory=Counter)
    index_writes: Counter[str] = field(default_factory=Counter)
    reads: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)

    @property
    def write_units(self) -> int:
        return self.writes.total() + self.index_writes.total()


def kilobytes(size: int) -> int:
    return max(1, math.ceil(size / 1024))


def _items(table: Any) -> dict[tuple[str, str], Mapping[str, Any]]:
    return {
        (str(hash_key), str(range_key)): dict(item.to_json()["Attributes"])
        for hash_key, ranged in table.items.items()
        for range_key, item in ranged.items()
    }


def _entry(index: Any, item: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What of an item an index keeps; None where it lacks the index's key."""
    names = [key["AttributeName"] for key in index.schema]
    if item is None or any(name not in item for name in names):
        return None
    if index.projection["ProjectionType"] == "ALL":
        return dict(item)
    kept = {"pk", "sk", *names, *index.projection.get("NonKeyAttributes", [])}
    return {name: value for name, value in item.items() if name in kept}


def _index_units(index: Any, before: Any, after: Any) -> int:
    was, becomes = _entry(index, before), _entry(index, after)
    if was == becomes:
        return 0
    names = [key["AttributeName"] for key in index.schema]
    sizes = [kilobytes(size_of(entry)) for entry in (was, becomes) if entry]
    if was and becomes and all(was[name] == becomes[name] for name in names):
        return max(sizes)
    return sum(sizes)


def _charge(
    meter: Meter, tables: Mapping[str, Any], before: Mapping[str, Items], twice: bool
) -> None:
    for name, table in tables.items():
        after = _items(table)
        for key in before[name].keys() | after.keys():
            was, becomes = before[name].get(key), after.get(key)
            if was == becomes:
                continue
            size = max(size_of(dict(item)) for item in (was, becomes) if item)
            meter.writes[name] += kilobytes(size) * (2 if twice else 1)
            for index in table.global_indexes:
                meter.index_writes[f"{name}/{index.name}"] += _index_units(index, was, becomes)


@contextmanager
def metered(patch: pytest.MonkeyPatch) -> Iterator[Meter]:
    """Meter every write and read of this process on moto's tables."""
    meter = Meter()
    depth = [0]

    def wrap(name: str, *, transactional: bool) -> None:
        original = getattr(DynamoDBBackend, name)

        def write(self: Any, *args: Any, **kwargs: Any) -> Any:
            # A machine's thread that wrote in between would be charged twice.
            with TURN:
                if depth[0]:
                    return original(self, *args, **kwargs)
                tables = dynamodb_backends[ACCOUNT]["us-east-1"].tables
                before = {table: _items(found) for table, found in tables.items()}
                depth[0] += 1
                try:
                    return original(self, *args, **kwargs)
                finally:
                    depth[0] -= 1
                    _charge(meter, tables, before, transactional)

        patch.setattr(DynamoDBBackend, name, write)

    wrap("transact_write_items", transactional=True)
    wrap("put_item", transactional=False)
    wrap("update_item", transactional=False)
    original_call = BaseClient._make_api_call

    def make_api_call(self: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        answer = original_call(self, operation, asked)
        meter.calls[operation] += 1
        _read(meter, operation, asked, answer)
        return answer

    patch.setattr(BaseClient, "_make_api_call", make_api_call)
    yield meter


def _read(meter: Meter, operation: str, asked: Mapping[str, Any], answer: Any) -> None:
    strong = 1.0 if asked.get("ConsistentRead") else 0.5
    if operation == "GetItem":
        size = size_of(answer["Item"]) if "Item" in answer else 1
        meter.reads[asked["TableName"]] += strong * math.ceil(size / 4096)
    elif operation == "Query":
        size = sum(size_of(item) for item in answer["Items"])
        meter.reads[asked["TableName"]] += strong * max(1, math.ceil(size / 4096))
    elif operation == "BatchGetItem":
        for table, items in answer["Responses"].items():
            meter.reads[table] += sum(0.5 * math.ceil(size_of(item) / 4096) for item in items)
