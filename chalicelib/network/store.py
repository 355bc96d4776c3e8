"""The network room's table: the district's network in one partition, people each in their own.

| pk | sk | what |
|---|---|---|
| `NETWORK` | `DISTRICT`, `ORGANISATION#key`, `POINT#key`, `COMMUNITY#key` | one Query reads all |
| `CHIEF#organisation` | `HEAD` | a body's register of chief representatives: one GetItem |
| `<subject>` | `EVENT#000001` | the log of a subject, published from the table's stream |
| `KEY#...` | `MARKER` | the answer that a repeated Idempotency-Key gets again |

A head's `version` is the `seq` of its last event, so the log and the head advance together or not
at all, and a write by someone who saw an older version fails.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import TransactWriteError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.settings import settings
from chalicelib.core.errors import StaleVersion
from chalicelib.core.events import Event
from chalicelib.network.chiefs import ChiefRegister
from chalicelib.network.model import Community, Network, Organisation, ServicePoint
from chalicelib.network.naming import District

NETWORK = "NETWORK"
DISTRICT = "DISTRICT"
HEAD = "HEAD"


class NetworkItem(Model):
    """One item of the room's table; which one, its key says."""

    class Meta:
        table_name = settings().table_network or "network"
        billing_mode = "PAY_PER_REQUEST"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(null=True)
    document = JSONAttribute(null=True)
    event = JSONAttribute(null=True)
    expires_at = TTLAttribute(null=True)


TABLES: tuple[type[Model], ...] = (NetworkItem,)


@cache
def _connection() -> Connection:
    return Connection()


class Change:
    """One transaction under construction: heads, their events, and what must still hold."""

    def __init__(self) -> None:
        self._transaction = TransactWrite(connection=_connection())

    @property
    def transaction(self) -> TransactWrite:
        return self._transaction

    def head(self, pk: str, sk: str, version: int, document: dict[str, Any]) -> None:
        """Put version `version` of a head, on the condition that the one before is stored."""
        item = NetworkItem(pk, sk, version=version, document=document)
        seen = (
            NetworkItem.pk.does_not_exist() if version == 1 else NetworkItem.version == version - 1
        )
        self._transaction.save(item, condition=seen)

    def event(self, event: Event) -> None:
        """Append an event to its subject's log."""
        item = NetworkItem(event.subject, f"EVENT#{event.seq:06d}", event=event.to_dict())
        self._transaction.save(item, condition=NetworkItem.pk.does_not_exist())

    def commit(self) -> None:
        """Write all of it or nothing. Raises StaleVersion when a condition no longer holds."""
        try:
            self._transaction._commit()
        except TransactWriteError as refused:
            if any(
                reason and reason.code == "ConditionalCheckFailed"
                for reason in refused.cancellation_reasons
            ):
                raise StaleVersion("内容已被他人更新,请刷新后重试") from refused
            raise


def put_organisation(change: Change, organisation: Organisation) -> None:
    sk = f"ORGANISATION#{organisation.key}"
    change.head(NETWORK, sk, organisation.version, organisation.to_dict())


def put_point(change: Change, point: ServicePoint) -> None:
    change.head(NETWORK, f"POINT#{point.key}", point.version, point.to_dict())


def put_community(change: Change, community: Community) -> None:
    change.head(NETWORK, f"COMMUNITY#{community.key}", 1, community.to_dict())


def put_district(change: Change, district: District) -> None:
    change.head(NETWORK, DISTRICT, 1, district.to_dict())


def put_chiefs(change: Change, register: ChiefRegister) -> None:
    change.head(f"CHIEF#{register.organisation}", HEAD, register.version, register.to_dict())


def read_network() -> Network | None:
    """The district's whole network in one Query, or None before it is set up."""
    district: District | None = None
    organisations: dict[str, Organisation] = {}
    points: dict[str, ServicePoint] = {}
    communities: dict[str, Community] = {}
    for item in NetworkItem.query(NETWORK, consistent_read=True):
        kind = item.sk.partition("#")[0]
        document: Any = item.document
        if kind == "DISTRICT":
            district = District.from_dict(document)
        elif kind == "ORGANISATION":
            organisations[document["key"]] = Organisation.from_dict(document)
        elif kind == "POINT":
            points[document["key"]] = ServicePoint.from_dict(document)
        elif kind == "COMMUNITY":
            communities[document["key"]] = Community(**document)
    if district is None:
        return None
    return Network(district, organisations, points, communities)


def read_chiefs(organisation: str) -> ChiefRegister:
    """A body's register, strongly consistent; empty when nobody was ever appointed."""
    try:
        item = NetworkItem.get(f"CHIEF#{organisation}", HEAD, consistent_read=True)
    except NetworkItem.DoesNotExist:
        return ChiefRegister(organisation)
    document: Any = item.document
    return ChiefRegister.from_dict(document)


def require_chiefs_in(transaction: TransactWrite, register: ChiefRegister) -> None:
    """Make another room's transaction fail unless the register still is at the version read.

    A signature holds it, so that an appointment ended in the same moment cannot sign.
    """
    transaction.condition_check(
        NetworkItem,
        f"CHIEF#{register.organisation}",
        HEAD,
        condition=NetworkItem.version == register.version,
    )


def events(subject: str) -> Iterable[Event]:
    """The log of one subject, oldest first."""
    for item in NetworkItem.query(subject, NetworkItem.sk.startswith("EVENT#")):
        document: Any = item.event
        yield Event.from_dict(document)
