"""Acts upon certificates as events in the table: its stream puts them on the bus."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta
from chalicelib.certificates.model import Certificate
from chalicelib.certificates.status import Status
from chalicelib.certificates.store import key_of
from chalicelib.core.errors import KeyReused
from chalicelib.core.events import Actor, Event

STATUS_CHANGED = "certificate.status_changed"
READ_REFUSED = "certificate.read_refused"
ASKED_AGAIN = "material.asked_again"


class ActItem(Model):
    """One act upon one version of a certificate, with the digest of the request that caused it."""

    class Meta(TableMeta):
        table_name = settings().table_certificates or "yichuang-certificates"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    event = JSONAttribute()
    request = UnicodeAttribute(null=True)


def request_digest(account: str, key: str) -> str:
    """What an act remembers of the request: the account's own Idempotency-Key, hashed."""
    return hashlib.sha256(f"{account}\n{key}".encode()).hexdigest()[:32]


def status_changed(
    certificate: Certificate,
    new: Status,
    basis: str,
    actor: Actor,
    now: datetime,
) -> Event:
    """The next event of this certificate. The actor is its issuer: the event concerns that body."""
    last = max((int(item.event["seq"]) for item in _of(certificate)), default=0)
    return Event(
        subject=certificate.identifier,
        seq=last + 1,
        type=STATUS_CHANGED,
        at=now,
        actor=actor,
        data={
            "from": certificate.status,
            "to": new.value,
            "basis": basis,
            "type_code": certificate.type_code,
            "holder": certificate.holder,
            "case_no": certificate.case_no,
        },
    )


def add_to(transaction: TransactWrite, event: Event, request: str) -> None:
    """Append an event that is not there yet, in the caller's transaction."""
    pk, version = key_of(event.subject)
    sk = f"EVENT#{version.removeprefix('V#')}#{event.seq:04d}"
    transaction.save(
        ActItem(pk, sk, event=event.to_dict(), request=request or None),
        condition=ActItem.pk.does_not_exist(),
    )


def notice(
    event_type: str, data: Mapping[str, Any], actor: Actor, now: datetime, *, once: str = ""
) -> Event:
    """An event that stands alone: supervision is to hear of it, and nothing else follows.

    `once` says what it is about where the same must not be heard twice.
    """
    name = hashlib.sha256(f"{event_type}\n{once}".encode()).hexdigest()[:24] if once else ""
    subject = f"NOTICE#{name or secrets.token_hex(12)}"
    return Event(subject=subject, seq=1, type=event_type, at=now, actor=actor, data=data)


def publish_once(event: Event) -> None:
    """Write a notice; one that is there already is left as it is."""
    try:
        _notice_item(event).save(condition=ActItem.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise


def add_notice_to(transaction: TransactWrite, event: Event) -> None:
    """Append a notice in the caller's transaction."""
    transaction.save(_notice_item(event), condition=ActItem.pk.does_not_exist())


def _notice_item(event: Event) -> ActItem:
    return ActItem(event.subject, "EVENT#0001", event=event.to_dict())


def done(certificate: Certificate, request: str, new: str, basis: str) -> bool:
    """Whether this very request was done before. Raises KeyReused if it then asked otherwise."""
    for item in _of(certificate):
        if item.request == request:
            data = item.event["data"]
            if (data["to"], data["basis"]) != (new, basis):
                raise KeyReused
            return True
    return False


def history(certificate: Certificate) -> list[Event]:
    """Every act upon this version, oldest first: one Query."""
    return [Event.from_dict(item.event) for item in _of(certificate)]


def _of(certificate: Certificate) -> Iterator[ActItem]:
    prefix = f"EVENT#{certificate.version:03d}#"
    yield from ActItem.query(
        f"CERT#{certificate.lineage}", ActItem.sk.startswith(prefix), consistent_read=True
    )
