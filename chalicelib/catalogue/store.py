"""The catalogue's table: items and their versions, shelves for lists, and what the room keeps.

| pk | sk | what |
|---|---|---|
| `ITEM#<code>` | `CURRENT` | what is in force, and what will be from a later instant |
| `ITEM#<code>` | `VERSION#<n>` | one immutable version |
| `SHELF#<domain>#<body>#<reach>` | `<order>#<code>` | a summary, on each shelf it stands on |
| `NAMED` | `BODY#<key>`, `TYPE#<key>` | the bodies and certificate types that items name |
| `LIST#<kind>` | `ENTRY#<ref>` | a line of one of the lists |
| `CHANGE#<id>` | `HEAD`, `EVENT#<seq>`, `LINE#<queue>` | a change |
| `ITEM#<code>` | `CHANGE` | the one open change of an item |
| `KEY#<digest>` | `MARKER` | the answer that a repeated Idempotency-Key gets again |
| `PUBLICATION` | `HEAD` | which edition of the whole catalogue is published, and its hashes |
| `PUBLICATION#<hash>` | `INDEX#<n>` | an edition's search index, compressed, in pieces |

Every list a person sees is one Query: an item in force stands on each shelf that a combination of
filters names (`*` where a filter is not given), so no filter is applied after reading.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    UnicodeAttribute,
)
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import JsonText, Key, TableMeta
from chalicelib.catalogue.model import Item, State
from chalicelib.catalogue.named import Body, CertificateType
from chalicelib.core.time import from_text, to_text

ANY = "*"
CURRENT = "CURRENT"


class Queue(GlobalSecondaryIndex["Row"]):
    """What awaits somebody, by who must act and when it is due."""

    class Meta:
        index_name = "queue"
        projection = AllProjection()

    queue_pk = Key(hash_key=True)
    queue_sk = Key(range_key=True)


class Row(Model):
    """One row of the table; `body` is the document, the rest are keys and conditions."""

    class Meta(TableMeta):
        table_name = settings().table_catalogue

    pk = Key(hash_key=True)
    sk = Key(range_key=True)
    body = JsonText()
    blob = BinaryAttribute(null=True, legacy_encoding=False)
    upcoming = JsonText(null=True)
    since = UnicodeAttribute(null=True)
    upcoming_since = UnicodeAttribute(null=True)
    closed = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    queue_pk = Key(null=True)
    queue_sk = Key(null=True)
    expires_at = NumberAttribute(null=True)
    queue = Queue()


TABLES: tuple[type[Model], ...] = (Row,)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an item stands: the version in force since an instant, and the next one, if decided.

    `closed` is the reason, in words, why a present version cannot be applied for.
    """

    item: Item
    since: datetime
    upcoming: Item | None = None
    upcoming_since: datetime | None = None
    closed: str | None = None

    def at(self, now: datetime) -> Item | None:
        """The version in force at an instant: exact to the millisecond, whatever runs late."""
        if self.upcoming is not None and self.upcoming_since and self.upcoming_since <= now:
            return self.upcoming
        return self.item if self.since <= now else None


def find_standing(code: str) -> Standing | None:
    """One GetItem."""
    try:
        row = Row.get(f"ITEM#{code}", CURRENT)
    except Row.DoesNotExist:
        return None
    return _standing(row)


def find_version(code: str, version: int) -> Item | None:
    """One GetItem."""
    try:
        row = Row.get(f"ITEM#{code}", version_key(version))
    except Row.DoesNotExist:
        return None
    return Item.from_dict(row.body)


def versions(code: str) -> list[Row]:
    """Every version of one item, newest first: one Query on its own collection."""
    return list(Row.query(f"ITEM#{code}", Row.sk.startswith("VERSION#"), scan_index_forward=False))


def version_key(version: int) -> str:
    return f"VERSION#{version:05d}"


def standing_row(standing: Standing) -> Row:
    upcoming = standing.upcoming
    return Row(
        f"ITEM#{standing.item.code}",
        CURRENT,
        body=standing.item.to_dict(),
        version=standing.item.version,
        since=to_text(standing.since),
        upcoming=None if upcoming is None else upcoming.to_dict(),
        upcoming_since=standing.upcoming_since and to_text(standing.upcoming_since),
        closed=standing.closed,
    )


def version_row(item: Item, since: datetime, why: str) -> Row:
    """A version as it was decided; `why` is the change or the import that brought it."""
    return Row(
        f"ITEM#{item.code}",
        version_key(item.version),
        body=item.to_dict() | {"why": why},
        since=to_text(since),
    )


def shelf_key(domain: str = ANY, body: str = ANY, reach: str = ANY) -> str:
    return f"SHELF#{domain}#{body}#{reach}"


def shelf_rows(item: Item) -> list[Row]:
    """The item's place on every shelf that a combination of filters can name; none if not in use."""
    if item.state is not State.IN_USE:
        return []
    summary = summarise(item)
    return [
        Row(shelf_key(domain, body, reach), shelf_place(item.code), body=summary)
        for domain in (ANY, item.domain)
        for body in (ANY, item.body)
        for reach in (ANY, *_reaches(item))
    ]


def units_of(base_code: str) -> list[str]:
    """The codes of the items in use that implement a base record: one Query."""
    rows = Row.query(shelf_key(), Row.sk.startswith(f"{base_code}#"))
    return [row.body["code"] for row in rows]


REACHES: Mapping[str, str] = {"街道": "subdistrict", "社区": "community"}


def _reaches(item: Item) -> tuple[str, ...]:
    """Where a citizen can have it handled, as a list can be asked for it."""
    lower = tuple(REACHES[level] for level in item.sunk_levels)
    return (*lower, "sunk" if item.sunk else "centre_only")


def shelf_place(code: str) -> str:
    """Items stand on a shelf by base code, so that one item's implementations stand together."""
    return f"{code[19:]}#{code}"


def summaries(codes: Sequence[str]) -> list[dict[str, Any]]:
    """The summaries of these items that are in force, in the order given: one BatchGetItem."""
    keys = [(shelf_key(), shelf_place(code)) for code in codes]
    found = {row.body["code"]: row.body for row in (Row.batch_get(keys) if keys else [])}
    return [found[code] for code in codes if code in found]


def summarise(item: Item) -> dict[str, Any]:
    """What a list shows of an item."""
    return {
        "code": item.code,
        "version": item.version,
        "name": item.name,
        "domain": item.domain,
        "body": item.body,
        "body_name": item.body_name,
        "type_code": item.type_code,
        "project_type": str(item.project_type),
        "promise": {"value": item.promise.value, "unit": str(item.promise.unit)},
        "sunk": item.sunk,
        "sunk_levels": list(item.sunk_levels),
        "available_365": item.available_365,
        "charged": item.fee.charged,
    }


def read_shelf(
    shelf: str, limit: int, after: str | None = None
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of a shelf, and the key to read on from, if there may be more. One Query."""
    found = Row.query(
        shelf,
        None if after is None else Row.sk > after,
        limit=limit,
    )
    rows = list(found)
    return [row.body for row in rows], (rows[-1].sk if found.last_evaluated_key else None)


def write_all(rows: Iterable[Row]) -> None:
    """Rows in batches of 25, not atomic: for imports, which can be run again."""
    with Row.batch_write() as batch:
        for row in rows:
            batch.save(row)


def delete_all(rows: Iterable[Row]) -> None:
    with Row.batch_write() as batch:
        for row in rows:
            batch.delete(row)


def standings(codes: Sequence[str]) -> dict[str, Standing]:
    """Many standings by BatchGetItem, for imports and maintenance."""
    keys = [(f"ITEM#{code}", CURRENT) for code in codes]
    rows = Row.batch_get(keys) if keys else []
    return {row.body["code"]: _standing(row) for row in rows}


def put_named(bodies: Iterable[Body], types: Iterable[CertificateType]) -> None:
    """Keep the bodies and the certificate types that a catalogue document names."""
    write_all(Row("NAMED", f"BODY#{each.key}", body=each.to_dict()) for each in bodies)
    write_all(Row("NAMED", f"TYPE#{each.key}", body=each.to_dict()) for each in types)


def bodies() -> list[Body]:
    return [Body(**row.body) for row in Row.query("NAMED", Row.sk.startswith("BODY#"))]


def certificate_types() -> list[CertificateType]:
    rows = Row.query("NAMED", Row.sk.startswith("TYPE#"))
    return [CertificateType.from_dict(row.body) for row in rows]


def _standing(row: Row) -> Standing:
    return Standing(
        item=Item.from_dict(row.body),
        since=from_text(row.since),
        upcoming=None if row.upcoming is None else Item.from_dict(row.upcoming),
        upcoming_since=None if row.upcoming_since is None else from_text(row.upcoming_since),
        closed=row.closed,
    )
