"""What the district may rewrite, kept in versions: the one in force, and every one there was."""

from __future__ import annotations

import json
from typing import Any

from pynamodb.exceptions import TransactWriteError

from chalicelib.aws.tables import Transaction
from chalicelib.core.errors import StaleVersion
from chalicelib.supervision import answers
from chalicelib.supervision.store import Row

VERSION = "VERSION#"


def put(version: int, current: Row, kept: Row, answer: answers.Answer | None, stale: str) -> None:
    """Put `current`, of `version`, in force behind the one before, and keep `kept` for good.

    Raises StaleVersion, in the words of `stale`, where another version came in between.
    """
    unmoved = Row.pk.does_not_exist() | (Row.version == version - 1)
    try:
        with Transaction() as transaction:
            transaction.save(current, condition=unmoved)
            transaction.save(kept, condition=Row.pk.does_not_exist())
            if answer is not None:
                answers.add_to(transaction, answer)
    except TransactWriteError as refused:
        if refused.cause_response_code == "TransactionCanceledException":
            raise StaleVersion(stale) from refused
        raise


def sk_of(version: int) -> str:
    """The sort key of a kept version: in order of the versions."""
    return f"{VERSION}{version:05d}"


def history(pk: str) -> list[dict[str, Any]]:
    """The kept versions of one thing, oldest first."""
    found = Row.query(pk, Row.sk.startswith(VERSION), page_size=100)
    return [json.loads(row.card or "{}") for row in found]
