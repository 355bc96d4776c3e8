"""What every PynamoDB model of the platform shares: its region, its retries, its pooled connection.

One table a room, generic keys `pk` and `sk`. The name comes from the settings when the class is
made, so a process must have its environment before it imports a store.
"""

from __future__ import annotations

import os
from functools import cache

from botocore.config import Config
from pynamodb.attributes import UnicodeAttribute
from pynamodb.connection import Connection


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


@cache
def connection() -> Connection:
    """The connection that transactions over several tables go through.

    It names itself plainly: botocore would otherwise put its long user agent together twice a
    call, a sixth of the processor time of a transaction.
    """
    made = Connection(region=region())
    made.session.set_default_client_config(Config(user_agent="yichuang"))
    return made
