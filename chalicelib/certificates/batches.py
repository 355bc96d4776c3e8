"""Storing many certificates fast: read what is there, sign a batch once, write the rest.

DynamoDB's batch writes take no conditions, so a batch first reads its keys. What is there with the
same content is left alone; with other content, it is a version that exists, and is refused. A batch
is signed by one KMS call over the root of a hash tree (see `document.py`).
"""

from __future__ import annotations

import base64
import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from chalicelib.aws.settings import settings
from chalicelib.aws.signing import Signer
from chalicelib.certificates import document, keys
from chalicelib.certificates.model import Certificate, Signature
from chalicelib.certificates.rows import Row
from chalicelib.certificates.sealed import close, open_sealed, seed_of
from chalicelib.certificates.store import CertificateItem, from_item, own_key, wire

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

BATCH = 100  # rows: what one BatchGetItem takes
_WRITES = 25  # what one BatchWriteItem takes
_TRIES = 12


@dataclass(frozen=True, slots=True)
class Entry:
    """A row on its way into the store: its line, its content's fingerprint, itself."""

    line: int
    row: Row
    leaf: bytes


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a batch: how many were written or were there, which lines clash."""

    stored: int
    unchanged: int
    clashes: tuple[int, ...]


def entry(line: int, row: Row) -> Entry:
    """A row with its fingerprint: the hash of the document that will be signed."""
    return Entry(line, row, _leaf(row.draft, row.personal))


def store_batch(entries: Sequence[Entry], client: DynamoDBClient, signer: Signer) -> Stored:
    """Store up to `BATCH` entries with different identifiers; doing it again changes nothing.

    An entry that an earlier attempt of the same import stored counts as stored again, so that the
    totals of an import that broke off and went on are those of one that did not.
    """
    there = _there(entries, client)
    fresh, again, unchanged, clashes = [], 0, 0, []
    for each in entries:
        known = there.get(each.row.draft.identifier)
        if known is None:
            fresh.append(each)
        elif _leaf_of(known) != each.leaf:
            clashes.append(each.line)
        elif known.source == each.row.draft.source:
            again += 1
        else:
            unchanged += 1
    if fresh:
        _write(_signed(fresh, signer), client)
    return Stored(len(fresh) + again, unchanged, tuple(clashes))


@cache
def dynamodb() -> DynamoDBClient:
    """The plain client, with its request bodies written by this module.

    botocore validates and serializes every attribute of every item in Python, which costs more
    than all that an import does to a row. Its hook before the call, where it has made the request
    and not yet signed it, takes a body that `json` wrote instead; signing, retries, errors and
    answers stay its own.
    """
    import boto3  # noqa: PLC0415 - import time
    from botocore.config import Config  # noqa: PLC0415

    config = Config(
        max_pool_connections=8,
        retries={"mode": "standard", "max_attempts": 8},
        parameter_validation=False,
    )
    client = boto3.client("dynamodb", config=config)
    client.meta.events.register("before-call.dynamodb.BatchGetItem", _use_own_body)
    client.meta.events.register("before-call.dynamodb.BatchWriteItem", _use_own_body)
    return client


_BODY: ContextVar[bytes] = ContextVar("body")


def _use_own_body(params: dict[str, Any], **_: object) -> None:
    params["body"] = _BODY.get()


def _call(operation: Callable[..., Any], requests: Mapping[str, Any]) -> Any:
    """Call a batch operation on these requests by table; its answer."""
    body = json.dumps({"RequestItems": requests}, default=_base64, separators=(",", ":"))
    token = _BODY.set(body.encode())
    try:
        return operation(RequestItems={})
    finally:
        _BODY.reset(token)


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _leaf(draft: Certificate, personal: Mapping[str, str]) -> bytes:
    claims = {**draft.fields, **personal}
    return document.leaf(document.statement_of(draft, claims, seed_of(draft.identifier)))


def _leaf_of(certificate: Certificate) -> bytes:
    return _leaf(certificate, open_sealed(certificate).personal)


def _signed(entries: Sequence[Entry], signer: Signer) -> list[Mapping[str, Any]]:
    """The entries' items, sealed each and signed together."""
    keys.publish(signer.public_key)
    root, paths = document.tree([each.leaf for each in entries])
    value, key_id = signer.sign(root), signer.public_key.key_id
    return [
        wire(
            each.row.draft,
            close(each.row.draft.identifier, each.row.personal),
            Signature(key_id, value, path),
        )
        for each, path in zip(entries, paths, strict=True)
    ]


def _there(entries: Sequence[Entry], client: DynamoDBClient) -> dict[str, Certificate]:
    table = _table()
    wanted = [
        {"pk": {"S": pk}, "sk": {"S": sk}}
        for pk, sk in (own_key(each.row.draft) for each in entries)
    ]
    found: dict[str, Certificate] = {}

    def ask(keys_left: Any) -> Any:
        asked = {table: {"Keys": keys_left, "ConsistentRead": True}}
        answer = _call(client.batch_get_item, asked)
        for raw in answer["Responses"].get(table, ()):
            item = CertificateItem()
            item.deserialize(dict(raw))
            found[item.identifier] = from_item(item)
        return answer["UnprocessedKeys"].get(table, {}).get("Keys", [])

    _until_done(wanted, ask)
    return found


def _write(items: Sequence[Mapping[str, Any]], client: DynamoDBClient) -> None:
    table = _table()

    def put(left: Any) -> Any:
        answer = _call(client.batch_write_item, {table: left})
        return answer["UnprocessedItems"].get(table, [])

    for start in range(0, len(items), _WRITES):
        _until_done([{"PutRequest": {"Item": it}} for it in items[start : start + _WRITES]], put)


def _until_done(left: Any, act: Callable[[Any], Any]) -> None:
    """Repeat what the table did not get to, with growing pauses."""
    for attempt in range(_TRIES):
        left = act(left)
        if not left:
            return
        time.sleep(random.uniform(0, min(0.05 * 2**attempt, 5.0)))
    raise TimeoutError("the table kept refusing part of a batch")


def _table() -> str:
    return settings().table_certificates or "yichuang-certificates"
