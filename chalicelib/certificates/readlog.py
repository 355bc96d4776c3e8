"""Keeping the read log: a line is written, in its chain, before the answer leaves.

Appending is one transaction: the line, which must not be there, and the chain's end, which must be
where it was seen. Two readers of the same chain at once: the second tries again. What must happen
together with the line (using up a code, say) joins the same transaction.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws import signing
from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta, Transaction
from chalicelib.certificates.chain import (
    CHAINS,
    GENESIS,
    Checkpoint,
    Line,
    Link,
    checkpoint_message,
    link,
)
from chalicelib.certificates.document import b64, canonical, unb64
from chalicelib.core.errors import Conflict, TooManyRequests
from chalicelib.core.time import to_text

HEAD = "HEAD"
CHECKPOINTS = "CHECKPOINTS"
TRIES = 12
LONGEST_PAUSE = 0.25  # seconds


class ByReadHolder(GlobalSecondaryIndex["LogItem"]):
    """The index `holder` of the table, as the log uses it: who was read, by time."""

    class Meta(TableMeta):
        index_name = "holder"
        projection = AllProjection()

    holder_pk = UnicodeAttribute(hash_key=True)
    holder_sk = UnicodeAttribute(range_key=True)


class LogItem(Model):
    """A line of the log (`line`, `prev`, `digest`), or the end of a chain (`digest` and `seq`)."""

    class Meta(TableMeta):
        table_name = settings().table_certificates or "yichuang-certificates"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    seq = NumberAttribute(null=True)
    line = UnicodeAttribute(null=True)
    prev = UnicodeAttribute(null=True)
    digest = UnicodeAttribute(null=True)
    holder_pk = UnicodeAttribute(null=True)
    holder_sk = UnicodeAttribute(null=True)
    heads = JSONAttribute(null=True)
    key_id = UnicodeAttribute(null=True)
    signature = UnicodeAttribute(null=True)
    holder = ByReadHolder()


class Overtaken(Conflict):
    """What was to happen together with the line could not: somebody else was first."""


def append(line: Line, together: Callable[[TransactWrite], None] | None = None) -> Link:
    """Write a line at the end of its chain; `together` adds to the same transaction.

    Raises Overtaken where a condition of `together` failed, TooManyRequests where the chain stayed
    busy. Without `together` it costs five write units and one read unit.
    """
    for attempt in range(TRIES):
        seq, prev = _end(line.chain)
        joined = link(line, seq + 1, prev)
        transaction = Transaction()
        transaction.save(_to_item(joined), condition=LogItem.pk.does_not_exist())
        transaction.update(
            LogItem(f"LOG#{line.chain}", HEAD),
            actions=[LogItem.seq.set(joined.seq), LogItem.digest.set(joined.digest)],
            condition=LogItem.pk.does_not_exist() if seq == 0 else LogItem.seq == seq,
        )
        if together:
            together(transaction)
        try:
            transaction._commit()
        except TransactWriteError as error:
            _require_retry(error, transaction)
            time.sleep(random.uniform(0, min(0.02 * 2**attempt, LONGEST_PAUSE)))
            continue
        return joined
    raise TooManyRequests


def _require_retry(error: TransactWriteError, transaction: TransactWrite) -> None:
    """Return where only the chain had moved; raise Overtaken or the fault itself otherwise.

    PynamoDB sends condition checks and deletes first, then puts, then updates; the line is the
    first put and the chain's end the first update.
    """
    line = len(transaction._condition_check_items) + len(transaction._delete_items)
    end = line + len(transaction._put_items)
    codes = [reason.code if reason else None for reason in error.cancellation_reasons]
    failed = {at for at, code in enumerate(codes) if code == "ConditionalCheckFailed"}
    if failed - {line, end}:
        raise Overtaken from error
    if not failed and "TransactionConflict" not in codes:
        raise error


def of_holder(
    holder: str, limit: int, start: Mapping[str, Any] | None
) -> tuple[list[Line], Mapping[str, Any] | None]:
    """One page of the lines about a person, newest first: one Query."""
    found = LogItem.holder.query(
        f"READ#{holder}",
        limit=limit,
        page_size=limit,
        last_evaluated_key=dict(start) if start else None,
        scan_index_forward=False,
    )
    lines = [Line.from_dict(json.loads(item.line or "")) for item in found]
    return lines, found.last_evaluated_key


def walk(chain: str, after: int = 0) -> Iterator[Link]:
    """The links of a chain in order, strongly consistent, a page at a time."""
    bounds = LogItem.sk.between(_sk(after + 1), _sk(10**10 - 1))
    for item in LogItem.query(f"LOG#{chain}", bounds, consistent_read=True):
        yield Link(
            chain,
            int(item.sk),
            item.prev or "",
            json.loads(item.line or "null"),
            item.digest or "",
        )


def heads() -> dict[str, tuple[int, str]]:
    """Sequence number and digest of the end of every chain: one BatchGet."""
    found = dict.fromkeys(CHAINS, (0, GENESIS))
    keys = [(f"LOG#{chain}", HEAD) for chain in CHAINS]
    for item in LogItem.batch_get(keys, consistent_read=True):
        found[item.pk.removeprefix("LOG#")] = (int(item.seq or 0), item.digest or "")
    return found


def make_checkpoint(now: datetime) -> Checkpoint:
    """Sign where all chains end now, and keep that."""
    signer, ends, at = signing.signer(), heads(), to_text(now)
    signature = signer.sign(checkpoint_message(at, ends))
    LogItem(
        CHECKPOINTS,
        at,
        heads={chain: list(end) for chain, end in ends.items()},
        key_id=signer.public_key.key_id,
        signature=b64(signature),
    ).save()
    return Checkpoint(at, ends, signer.public_key.key_id, signature)


def checkpoints() -> Iterator[Checkpoint]:
    """All checkpoints, oldest first."""
    for item in LogItem.query(CHECKPOINTS):
        ends = {chain: (int(seq), digest) for chain, (seq, digest) in (item.heads or {}).items()}
        yield Checkpoint(item.sk, ends, item.key_id or "", unb64(item.signature or ""))


def _end(chain: str) -> tuple[int, str]:
    try:
        item = LogItem.get(f"LOG#{chain}", HEAD, consistent_read=True)
    except LogItem.DoesNotExist:
        return 0, GENESIS
    return int(item.seq or 0), item.digest or ""


def _sk(seq: int) -> str:
    return f"{seq:010d}"


def _to_item(joined: Link) -> LogItem:
    about = joined.line["holder"]
    return LogItem(
        f"LOG#{joined.chain}",
        _sk(joined.seq),
        line=canonical(dict(joined.line)).decode(),
        prev=joined.prev,
        digest=joined.digest,
        holder_pk=f"READ#{about}" if about else None,
        holder_sk=joined.line["at"] if about else None,
    )
