"""Appraisals in the table: the head of a period, its results, the objections to them.

| pk | sk | what |
|---|---|---|
| `APPRAISAL#<period>` | `APPRAISAL` | stage, scheme, quota, signature |
| `APPRAISAL#<period>` | `POSTING#<id>`, `BODY#<key>` | a result, and under `packed` the cases of each figure |
| `APPRAISAL#<period>` | `OBJECTION#<id>` | an objection and its answer |
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError

from chalicelib.aws.tables import Transaction
from chalicelib.core.errors import NotFound, StaleVersion
from chalicelib.core.jsontext import compact
from chalicelib.supervision import answers
from chalicelib.supervision.appraisal import Grade, Result
from chalicelib.supervision.appraisal_road import Appraisal, Stage
from chalicelib.supervision.performance import Tally
from chalicelib.supervision.store import Row

HEAD: Final = "APPRAISAL"
PERSON: Final = "POSTING#"
BODY: Final = "BODY#"
OBJECTION: Final = "OBJECTION#"


def _pk(period: str) -> str:
    return f"APPRAISAL#{period}"


def _text(document: Mapping[str, Any]) -> str:
    return compact(document)


def _head(appraisal: Appraisal) -> Row:
    return Row(
        _pk(appraisal.period), HEAD, version=appraisal.version, card=_text(appraisal.to_dict())
    )


def read(period: str) -> Appraisal:
    """The head of a period. Raises NotFound."""
    try:
        row = Row.get(_pk(period), HEAD, consistent_read=True)
    except Row.DoesNotExist:
        raise NotFound("该周期还没有考核") from None
    return Appraisal.from_dict(json.loads(row.card or "{}"))


def save(changed: Appraisal, answer: answers.Answer | None = None, *extra: Row) -> None:
    """Write the next version of a head, with rows that change with it. Raises StaleVersion."""
    before = changed.version - 1
    unmoved = Row.version == before if before else Row.pk.does_not_exist()
    try:
        with Transaction() as transaction:
            transaction.save(_head(changed), condition=unmoved)
            for row in extra:
                transaction.save(row)
            if answer is not None:
                answers.add_to(transaction, answer)
    except TransactWriteError as refused:
        if refused.cause_response_code == "TransactionCanceledException":
            raise StaleVersion("考核已被他人处理,请刷新后重试") from refused
        raise


def replace_results(period: str, results: Iterable[tuple[str, Result, Tally]]) -> None:
    """Put a draft's results in place of the ones before; `str` is the kind's prefix."""
    kept = set()
    for prefix, result, tally in results:
        row = result_row(period, prefix, result)
        row.packed = zlib.compress(_text(tally.to_dict()).encode())
        row.save()
        kept.add(row.sk)
    for prefix in (PERSON, BODY):
        for old in Row.query(_pk(period), Row.sk.startswith(prefix)):
            if old.sk not in kept:
                old.delete()


def result_row(period: str, prefix: str, result: Result) -> Row:
    """The item of a result, without the cases under it."""
    return Row(_pk(period), f"{prefix}{result.subject}", card=_text(result.to_dict()))


def results(period: str, prefix: str) -> list[Result]:
    """All results of people or of bodies: one Query."""
    rows = Row.query(_pk(period), Row.sk.startswith(prefix), consistent_read=True)
    return [Result.from_dict(json.loads(row.card or "{}")) for row in rows]


def change_result(period: str, prefix: str, result: Result) -> None:
    """Write a result anew and leave the cases under it as they are."""
    row = Row(_pk(period), f"{prefix}{result.subject}")
    row.update([Row.card.set(_text(result.to_dict()))], condition=Row.pk.exists())


def under(period: str, prefix: str, subject: str) -> Tally:
    """The figures of a result and the cases of each. Raises NotFound."""
    try:
        row = Row.get(_pk(period), f"{prefix}{subject}")
    except Row.DoesNotExist:
        raise NotFound("没有这个考核对象") from None
    raw = json.loads(zlib.decompress(row.packed or zlib.compress(b'{"figures":{},"under":{}}')))
    tally = Tally(under=raw["under"])
    tally.figures.update(raw["figures"])
    return tally


def excellent_in(period: str) -> frozenset[str]:
    """The postings that a final appraisal found excellent; none before it is final."""
    try:
        final = read(period).stage is Stage.FINAL
    except NotFound:
        return frozenset()
    people = results(period, PERSON) if final else []
    return frozenset(one.subject for one in people if one.grade is Grade.EXCELLENT)


def objection_row(period: str, objection: Mapping[str, Any]) -> Row:
    """The item of an objection."""
    return Row(_pk(period), f"{OBJECTION}{objection['id']}", card=_text(objection))


def objections(period: str) -> list[dict[str, Any]]:
    """All objections to a period's appraisal."""
    rows = Row.query(_pk(period), Row.sk.startswith(OBJECTION), consistent_read=True)
    return [json.loads(row.card or "{}") for row in rows]
