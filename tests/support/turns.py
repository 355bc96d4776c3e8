"""moto's tables are not made for threads: every request to them waits for its turn.

A machine's execution runs in a thread of its own and reads and writes beside the test and its pump.
moto builds an answer from the item that lies in the table, so that an update in between breaks the
answer; and a transaction that is cancelled puts back what it copied, with whatever was written
meanwhile lost. DynamoDB serialises these; so does the turn, one request at a time from its arrival
until its answer is complete.
"""

from __future__ import annotations

import threading
from functools import wraps
from typing import Any

from moto.dynamodb.responses import DynamoHandler

TURN = threading.RLock()
"""Held by whoever reads or writes moto's tables. A request within a request keeps its turn."""

_whole_request = DynamoHandler.call_action


@wraps(_whole_request)
def _in_turn(self: DynamoHandler) -> Any:
    with TURN:
        return _whole_request(self)


def install() -> None:
    """Let every request of this process wait for its turn. Doing it again is nothing."""
    DynamoHandler.call_action = _in_turn  # type: ignore[method-assign]
