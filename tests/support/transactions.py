"""moto's transactions at the price of what they touch.

Before a transaction moto copies every table that it names, each with all of its items and its stream,
to have something to put back where it is cancelled: that was half of the time of a flow test. Only
the items that a transaction names can change, so those are copied and the others shared.
"""

from __future__ import annotations

import copy
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextvars import ContextVar
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

Key = tuple[DynamoType, DynamoType | None]

_named: ContextVar[Mapping[str, Sequence[Key]] | None] = ContextVar("named", default=None)
"""The keys that the transaction under way names, by table; None outside of one."""

_whole_transaction = DynamoDBBackend.transact_write_items


def install() -> None:
    """Let every backend of this process copy no more than it must. Doing it again is nothing."""
    DynamoDBBackend.transact_write_items = _transact  # type: ignore[method-assign]
    Table.__deepcopy__ = _copied  # type: ignore[attr-defined]


def _transact(self: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
    named = defaultdict(list)
    for name, key in _keys(self, transact_items):
        named[name].append(key)
    token = _named.set(named)
    try:
        _whole_transaction(self, transact_items)
    finally:
        _named.reset(token)


def _keys(
    backend: DynamoDBBackend, transact_items: list[dict[str, Any]]
) -> Iterator[tuple[str, Key]]:
    for item in transact_items:
        for asked in item.values():
            table = backend.tables.get(asked.get("TableName", ""))
            attributes = asked.get("Key") or asked.get("Item") or {}
            if table is None or table.hash_key_attr not in attributes:
                continue
            ranges = table.range_key_attr and attributes.get(table.range_key_attr)
            key = DynamoType(attributes[table.hash_key_attr])
            yield table.name, (key, DynamoType(ranges) if ranges else None)


def _copied(table: Table, memo: dict[int, Any]) -> Table:
    clone = copy.copy(table)
    memo[id(table)] = clone
    named = _named.get()
    if named is None:
        clone.__dict__.update(copy.deepcopy(table.__dict__, memo))
        return clone
    clone.items = defaultdict(dict, table.items)
    for partition, place in named.get(table.name, ()):
        found = table.items.get(partition)
        if found is None:
            continue
        if place is None:
            clone.items[partition] = copy.deepcopy(found)
            continue
        if clone.items[partition] is found:
            clone.items[partition] = dict(found)
        if place in found:
            clone.items[partition][place] = copy.deepcopy(found[place])
    if table.stream_shard is not None:
        clone.stream_shard = copy.copy(table.stream_shard)
        clone.stream_shard.table = clone
        clone.stream_shard.items = list(table.stream_shard.items)
    return clone
