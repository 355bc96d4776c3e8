"""Cases of redress in the table: opened once, changed version by version, listed by unit and step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from pynamodb.exceptions import PutError, TransactWriteError

from chalicelib.aws.tables import Transaction
from chalicelib.core.errors import NotFound, StaleVersion
from chalicelib.core.time import to_text
from chalicelib.supervision import answers, cell_store
from chalicelib.supervision.measures import difference
from chalicelib.supervision.redress import Redress, State, counts
from chalicelib.supervision.store import CONDITION_FAILED, Row, dump

ALL: Final = "REDRESS"
DUE: Final = "REDRESS_DUE"


def _row(redress: Redress) -> Row:
    due = f"{to_text(redress.due_at)}#{redress.id}"
    rank = f"{redress.state.value}#{due}"
    waits = redress.open and not redress.overdue_known
    return Row(
        f"REDRESS#{redress.id}",
        ALL,
        version=redress.version,
        card=dump(redress.to_dict()),
        district_pk=f"{ALL}#{to_text(redress.opened_at)[:7]}#{redress.organisation}",
        district_sk=f"{to_text(redress.opened_at)}#{redress.id}",
        district_state_pk=ALL,
        district_state_sk=rank,
        unit_state_pk=f"{ALL}#{redress.organisation}",
        unit_state_sk=rank,
        time_pk=DUE if waits else None,
        time_sk=due if waits else None,
    )


def open_once(redress: Redress) -> bool:
    """Open a case unless it stands already; False then."""
    try:
        _row(redress).save(condition=Row.pk.does_not_exist())
    except PutError as refused:
        if refused.cause_response_code == CONDITION_FAILED:
            return False
        raise
    return True


def read(identifier: str) -> Redress:
    """The case as stored, strongly consistent. Raises NotFound."""
    try:
        row = Row.get(f"REDRESS#{identifier}", ALL, consistent_read=True)
    except Row.DoesNotExist:
        raise NotFound("没有这件差评或异议") from None
    return _redress(row)


def found(identifiers: Iterable[str]) -> list[Redress]:
    """Those of them that stand, in no order."""
    keys = [(f"REDRESS#{identifier}", ALL) for identifier in identifiers]
    return [_redress(row) for row in Row.batch_get(keys, consistent_read=True)] if keys else []


def save(known: Redress, changed: Redress, answer: answers.Answer | None = None) -> None:
    """Write the next version and what it changes in the figures. Raises StaleVersion."""
    try:
        with Transaction() as transaction:
            transaction.save(_row(changed), condition=Row.version == known.version)
            cell_store.add_to(transaction, difference(counts(changed), counts(known)))
            if answer is not None:
                answers.add_to(transaction, answer)
    except TransactWriteError as refused:
        if refused.cause_response_code == "TransactionCanceledException":
            raise StaleVersion("该件已被他人处理,请刷新后重试") from refused
        raise


@dataclass(frozen=True, slots=True)
class Page:
    """Cases in order of their due time, and the key to go on from."""

    cases: tuple[Redress, ...]
    last_key: dict[str, Any] | None


def page(
    organisation: str | None, state: State | None, limit: int, start: Mapping[str, Any] | None
) -> Page:
    """One page, by step and due time: one Query."""
    index: Any = Row.unit_state if organisation else Row.district_state
    key = Row.unit_state_sk if organisation else Row.district_state_sk
    found = index.query(
        f"{ALL}#{organisation}" if organisation else ALL,
        key.startswith(f"{state.value}#") if state else None,
        limit=limit,
        page_size=limit,
        last_evaluated_key=start,
    )
    return Page(tuple(_redress(row) for row in found), found.last_evaluated_key)


def overdue(now: datetime, limit: int = 200) -> list[Redress]:
    """Cases whose present step is overdue and not yet noted to be."""
    rows = Row.time.query(DUE, Row.time_sk < to_text(now), limit=limit)
    return [_redress(row) for row in rows]


def opened_in(month: str, bodies: Iterable[str]) -> Iterator[Redress]:
    """All cases opened in a month (`2026-11`) against these bodies, page by page."""
    for body in bodies:
        for row in Row.district.query(f"{ALL}#{month}#{body}", page_size=100):
            yield _redress(row)


def _redress(row: Row) -> Redress:
    return Redress.from_dict(json.loads(row.card or "{}"))
