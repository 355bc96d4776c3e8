"""What every PynamoDB model of the platform shares: its region, its retries, its pooled connection.

One table a room, generic keys `pk` and `sk`. The name comes from the settings when the class is
made, so a process must have its environment before it imports a store.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

from botocore.config import Config
from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.transactions import TransactWrite

from chalicelib.core.jsontext import compact


def region() -> str:
    """The region of this process; PynamoDB has no default of its own."""
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"


class TableMeta:
    """Base of a model's `Meta`: set `table_name` beside it."""

    region = region()
    billing_mode = "PAY_PER_REQUEST"
    connect_timeout_seconds = 2
    read_timeout_seconds = 5
    max_retry_attempts = 4
    max_pool_connections = 10


class Key(UnicodeAttribute):
    """A string key attribute."""


class JsonText(JSONAttribute):
    """JSON with Chinese left as it is: half the bytes, and readable in the console."""

    def serialize(self, value: object) -> str | None:
        return None if value is None else compact(value)


@cache
def connection() -> Connection:
    """The connection that transactions over several tables go through.

    It names itself plainly: botocore would otherwise put its long user agent together twice a
    call, a sixth of the processor time of a transaction.
    """
    made = Connection(region=region())
    made.session.set_default_client_config(Config(user_agent="yichuang"))
    return made


class Transaction(TransactWrite):
    """A transaction over the shared connection that can also put an item without a model.

    PynamoDB walks every attribute that a model knows, set or not; the puts of the busiest request
    are spared that, which is a tenth of its processor time.
    """

    def __init__(self) -> None:
        super().__init__(connection=connection())

    def put_new(self, table: str, values: Mapping[str, str | int | bytes | None]) -> None:
        """Put an item of keys `pk` and `sk` that is not there yet. What is None is left out."""
        item = {
            name: {_TYPES[type(value)]: str(value) if isinstance(value, int) else value}
            for name, value in values.items()
            if value is not None
        }
        self._put_items.append(
            {"TableName": table, "Item": item, "ConditionExpression": "attribute_not_exists(pk)"}
        )


_TYPES = {str: "S", int: "N", bytes: "B"}
"""DynamoDB's name for the type of a value."""
