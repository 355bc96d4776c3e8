"""Opaque cursors: where the next page starts, readable only by the list that made it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.aws.sealing import read_token, sign_token
from chalicelib.core.errors import InvalidInput

DEFAULT_LIMIT = 20
LARGEST_LIMIT = 100


def encode_cursor(last_key: Mapping[str, Any] | None, listing: str) -> str | None:
    """The cursor after `last_key` (DynamoDB's LastEvaluatedKey), or None after the last page.

    `listing` names the list with everything that selects it, for example `queue:review:rs`: its
    cursor is refused by every other list.
    """
    return sign_token(last_key, f"cursor:{listing}") if last_key else None


def decode_cursor(cursor: str | None, listing: str) -> dict[str, Any] | None:
    """The key to start after, None for the first page. Raises InvalidInput for a foreign cursor."""
    if not cursor:
        return None
    key = read_token(cursor, f"cursor:{listing}")
    if key is None:
        raise InvalidInput.at("/query/cursor", "翻页标识无效,请从第一页重新查询")
    return key
