"""The calendars room's table: every published notice, and the set that holds now.

| pk | sk | what |
|---|---|---|
| `CALENDAR` | `CURRENT` | the latest publication of each year: what `working_calendar` reads |
| `NOTICE#<year>` | `VERSION#<number>` | each publication, kept for good |
| `KEY#<account>` | `<Idempotency-Key>` | the answer that a repeated key gets again, for a week |

The current set and the new version are written in one transaction, on the condition that the set
is still the one that the publisher saw.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import DoesNotExist, TransactWriteError
from pynamodb.models import Model

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta, Transaction
from chalicelib.calendars.model import Publication
from chalicelib.core.errors import StaleVersion

CURRENT: Final = ("CALENDAR", "CURRENT")
KEPT_ANSWER: Final = timedelta(days=7)


class CalendarItem(Model):
    """One item of the table; which one, its key says."""

    class Meta(TableMeta):
        table_name = settings().table_calendars or "yichuang-calendars"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(null=True)
    document = JSONAttribute(null=True)
    fingerprint = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)


TABLES: Final[tuple[type[Model], ...]] = (CalendarItem,)


@dataclass(frozen=True, slots=True)
class Current:
    """The publications that hold, by year, and the version of the set (0 before the first)."""

    publications: Mapping[int, Publication]
    version: int


@dataclass(frozen=True, slots=True)
class Answer:
    """What a request with an Idempotency-Key was answered, and what it had asked."""

    fingerprint: str
    document: Mapping[str, Any]


def read_current(*, consistent: bool = False) -> Current:
    """The set that holds: one GetItem."""
    try:
        item = CalendarItem.get(*CURRENT, consistent_read=consistent)
    except DoesNotExist:
        return Current({}, 0)
    document: Any = item.document
    found = (Publication.from_dict(raw) for raw in document)
    return Current({each.notice.year: each for each in found}, int(item.version or 0))


def read_answer(account: str, key: str) -> Answer | None:
    """The answer kept under a key, strongly consistent."""
    try:
        item = CalendarItem.get(f"KEY#{account}", key, consistent_read=True)
    except DoesNotExist:
        return None
    document: Any = item.document
    return Answer(item.fingerprint or "", document)


def write(publication: Publication, seen: Current, account: str, key: str, answer: Answer) -> None:
    """Publish: the version, the new current set and the answer, all or nothing.

    Raises StaleVersion where somebody published since `seen` was read, or the key was used.
    """
    year = publication.notice.year
    publications = {**seen.publications, year: publication}
    current = CalendarItem(
        *CURRENT,
        version=seen.version + 1,
        document=[publications[each].to_dict() for each in sorted(publications)],
    )
    version = CalendarItem(
        f"NOTICE#{year}", f"VERSION#{publication.number:04d}", document=publication.to_dict()
    )
    marker = CalendarItem(
        f"KEY#{account}",
        key,
        fingerprint=answer.fingerprint,
        document=dict(answer.document),
        expires_at=KEPT_ANSWER,
    )
    unseen = CalendarItem.pk.does_not_exist()
    try:
        with Transaction() as transaction:
            transaction.save(
                current, condition=CalendarItem.version == seen.version if seen.version else unseen
            )
            transaction.save(version, condition=unseen)
            transaction.save(marker, condition=unseen)
    except TransactWriteError as refused:
        reasons = {reason.code for reason in refused.cancellation_reasons if reason}
        if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
            raise StaleVersion("放假安排刚刚被他人更新,请重新核对后再发布") from refused
        raise


def versions(year: int) -> Iterator[Publication]:
    """Every publication of a year, oldest first."""
    for item in CalendarItem.query(f"NOTICE#{year}", CalendarItem.sk.startswith("VERSION#")):
        document: Any = item.document
        yield Publication.from_dict(document)
