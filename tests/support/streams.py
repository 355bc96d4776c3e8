"""The stream of one of moto's tables, read from wherever the table stands.

A cancelled transaction puts a copy of the table in its place, and an iterator that was made before
goes on reading the old one: it would show nothing any more. So the table is asked anew each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from tests.support.turns import TURN

REGION = "us-east-1"
ACCOUNT = "123456789012"


@dataclass
class TableStream:
    """What was committed to a table since the last look, as an event source mapping shows it."""

    table: str
    seen: int = 0

    def new_records(self) -> list[dict[str, Any]]:
        """The records that came since the last call."""
        with TURN:
            shard = dynamodb_backends[ACCOUNT][REGION].tables[self.table].stream_shard
            assert shard is not None, f"{self.table} has no stream"
            fresh = [each.to_json() for each in shard.items[self.seen :]]
        self.seen += len(fresh)
        return fresh
