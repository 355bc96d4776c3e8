"""The network room's table: the district's network in one partition, people each in their own.

| pk | sk | what |
|---|---|---|
| `NETWORK` | `DISTRICT`, `ORGANISATION#…`, `POINT#…`, `COMMUNITY#…`, `SWITCH#…` | one Query |
| `CHIEF#<organisation>` | `HEAD` | a body's register of chief representatives: one GetItem |
| `POSTING#<id>` | `HEAD` | a posting |
| `ACCOUNT#<account>` | `SEAT` | where a person is posted: one posting at a time |
| `<subject>` | `EVENT#000001` | the log of a subject, published from the table's stream |
| `ANSWER#<account>#<key>` | `ANSWER` | what a repeated Idempotency-Key is answered; it expires |

A head's `version` is the `seq` of its last event, so the log and the head advance together or not
at all, and a write by someone who saw an older version fails. `DISTRICT` holds the revision of the
whole network: changes of its structure are rare and follow one another, so a rule that looks at the
whole network (one centre, unique names) cannot be broken by two changes at once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import JsonText, TableMeta
from chalicelib.core.events import Event
from chalicelib.network.chiefs import ChiefRegister
from chalicelib.network.model import Community, Network, Organisation, ServicePoint
from chalicelib.network.naming import District
from chalicelib.network.pilots import Switch
from chalicelib.network.postings import Posting

NETWORK: Final = "NETWORK"
DISTRICT: Final = "DISTRICT"
HEAD: Final = "HEAD"
SEAT: Final = "SEAT"
ANSWER: Final = "ANSWER"


class OrganisationIndex(GlobalSecondaryIndex["NetworkItem"]):
    """Postings by their department: `<organisation>#<active or ended>` / `<since>#<id>`."""

    class Meta(TableMeta):
        index_name = "organisation"
        projection = AllProjection()

    organisation_pk = UnicodeAttribute(hash_key=True)
    organisation_sk = UnicodeAttribute(range_key=True)


class PointIndex(GlobalSecondaryIndex["NetworkItem"]):
    """Postings by where they are: `<point>#<active or ended>` / `<since>#<id>`."""

    class Meta(TableMeta):
        index_name = "point"
        projection = AllProjection()

    point_pk = UnicodeAttribute(hash_key=True)
    point_sk = UnicodeAttribute(range_key=True)


class DueIndex(GlobalSecondaryIndex["NetworkItem"]):
    """Postings on which something falls due: `POSTING` / `<day>#<id>`."""

    class Meta(TableMeta):
        index_name = "due"
        projection = KeysOnlyProjection()

    due_pk = UnicodeAttribute(hash_key=True)
    due_sk = UnicodeAttribute(range_key=True)


class NetworkItem(Model):
    """One item of the room's table; which one, its key says."""

    class Meta(TableMeta):
        table_name = settings().table_network or "yichuang-network"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(null=True)
    document = JsonText(null=True)
    event = JsonText(null=True)
    fingerprint = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    organisation_pk = UnicodeAttribute(null=True)
    organisation_sk = UnicodeAttribute(null=True)
    point_pk = UnicodeAttribute(null=True)
    point_sk = UnicodeAttribute(null=True)
    due_pk = UnicodeAttribute(null=True)
    due_sk = UnicodeAttribute(null=True)

    organisation = OrganisationIndex()
    point = PointIndex()
    due = DueIndex()


TABLES: Final[tuple[type[Model], ...]] = (NetworkItem,)


@dataclass(frozen=True, slots=True)
class Seat:
    """Where an account is posted now; `posting` is None between postings."""

    account: str
    posting: str | None = None
    version: int = 0


def chiefs_pk(organisation: str) -> str:
    return f"CHIEF#{organisation}"


def posting_pk(posting: str) -> str:
    return f"POSTING#{posting}"


def answer_pk(account: str, key: str) -> str:
    return f"ANSWER#{account}#{hashlib.sha256(key.encode()).hexdigest()[:32]}"


def read_network() -> Network | None:
    """The district's whole network in one Query, or None before it is set up."""
    district: District | None = None
    revision = 0
    organisations: dict[str, Organisation] = {}
    points: dict[str, ServicePoint] = {}
    communities: dict[str, Community] = {}
    switches: dict[str, Switch] = {}
    for item in NetworkItem.query(NETWORK, consistent_read=True):
        document: Any = item.document
        kind, _, key = item.sk.partition("#")
        match kind:
            case "DISTRICT":
                district, revision = District.from_dict(document), int(item.version or 0)
            case "ORGANISATION":
                organisations[key] = Organisation.from_dict(document)
            case "POINT":
                points[key] = ServicePoint.from_dict(document)
            case "COMMUNITY":
                communities[key] = Community.from_dict(document)
            case "SWITCH":
                switches[key] = Switch.from_dict(document)
    if district is None:
        return None
    return Network(district, organisations, points, communities, switches, revision)


def read_chiefs(organisation: str) -> ChiefRegister:
    """A body's register, strongly consistent; empty when nobody was ever appointed."""
    document = _read(chiefs_pk(organisation), HEAD)
    return ChiefRegister(organisation) if document is None else ChiefRegister.from_dict(document)


def require_chiefs_in(transaction: TransactWrite, register: ChiefRegister) -> None:
    """Make another room's transaction fail unless the register still is at the version read.

    A signature holds it, so that an appointment ended in the same moment cannot sign.
    """
    transaction.condition_check(
        NetworkItem,
        chiefs_pk(register.organisation),
        HEAD,
        condition=NetworkItem.version == register.version,
    )


def read_posting(posting: str) -> Posting | None:
    """One posting, strongly consistent."""
    document = _read(posting_pk(posting), HEAD)
    return None if document is None else Posting.from_dict(document)


def known_postings(ids: Sequence[str]) -> frozenset[str]:
    """Which of these postings are stored, by BatchGetItem: for a founding."""
    keys = [(posting_pk(each), HEAD) for each in ids]
    found = NetworkItem.batch_get(keys, attributes_to_get=["pk", "sk"]) if keys else ()
    return frozenset(item.pk.removeprefix("POSTING#") for item in found)


def read_seat(account: str) -> Seat:
    """Where an account is posted, strongly consistent; an empty seat for an unknown one."""
    try:
        item = NetworkItem.get(f"ACCOUNT#{account}", SEAT, consistent_read=True)
    except NetworkItem.DoesNotExist:
        return Seat(account)
    document: Any = item.document
    return Seat(account, document["posting"], int(item.version or 0))


def postings_of(
    organisation: str, active: bool, limit: int, start: dict[str, Any] | None = None
) -> tuple[list[Posting], dict[str, Any] | None]:
    """One page of a department's postings, in order of their first day: one Query."""
    found = NetworkItem.organisation.query(
        f"{organisation}#{'active' if active else 'ended'}",
        limit=limit,
        page_size=limit,
        last_evaluated_key=start,
    )
    return [Posting.from_dict(_document(item)) for item in found], found.last_evaluated_key


def posted_by(organisation: str) -> tuple[Posting, ...]:
    """All of a department's people at the points, in one Query: some tens of items."""
    found = NetworkItem.organisation.query(f"{organisation}#active")
    return tuple(Posting.from_dict(_document(item)) for item in found)


def postings_at(
    point: str, active: bool, limit: int | None = None, start: dict[str, Any] | None = None
) -> tuple[list[Posting], dict[str, Any] | None]:
    """One page of a point's postings, in order of their first day; all of them without a limit."""
    found = NetworkItem.point.query(
        f"{point}#{'active' if active else 'ended'}",
        limit=limit,
        page_size=limit,
        last_evaluated_key=start,
    )
    return [Posting.from_dict(_document(item)) for item in found], found.last_evaluated_key


def postings_due(day: date) -> list[str]:
    """The ids of the postings on which something fell due by `day`."""
    bound = DueIndex.due_sk < f"{(day + timedelta(days=1)).isoformat()}#"
    found = NetworkItem.due.query("POSTING", bound)
    return [item.pk.removeprefix("POSTING#") for item in found]


def read_answer(account: str, key: str) -> tuple[str, dict[str, Any]] | None:
    """The fingerprint and the answer of the request made before under this key, if any."""
    try:
        item = NetworkItem.get(answer_pk(account, key), ANSWER, consistent_read=True)
    except NetworkItem.DoesNotExist:
        return None
    return item.fingerprint or "", _document(item)


def read_events(subject: str) -> Iterable[Event]:
    """The log of one subject, oldest first."""
    for item in NetworkItem.query(subject, NetworkItem.sk.startswith("EVENT#")):
        recorded: Any = item.event
        yield Event.from_dict(recorded)


def _read(pk: str, sk: str) -> dict[str, Any] | None:
    try:
        return _document(NetworkItem.get(pk, sk, consistent_read=True))
    except NetworkItem.DoesNotExist:
        return None


def _document(item: NetworkItem) -> dict[str, Any]:
    document: Any = item.document
    return dict(document)
