"""The holder shows a certificate, or somebody outside compares one: no case, no department.

A code lives five minutes and works once; what it shows, the holder chose. It is kept as a hash, so
nobody who reads the table can use it. A comparison from outside gets one answer for all its items
together, and only so many tries a day, for an identity number could otherwise be guessed digit by
digit.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from pynamodb.attributes import JSONAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.sealing import sign_token
from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta
from chalicelib.certificates import checks, copies, document, readlog, status, store
from chalicelib.certificates.chain import Line, Outcome
from chalicelib.certificates.model import Certificate
from chalicelib.certificates.readlog import Overtaken
from chalicelib.certificates.sealed import open_sealed
from chalicelib.certificates.service import actor_of, get
from chalicelib.core import access
from chalicelib.core.errors import (
    Gone,
    InvalidInput,
    KeyReused,
    NotFound,
    TooManyRequests,
)
from chalicelib.core.principal import NOBODY, Principal
from chalicelib.core.time import from_text, to_text

LIFETIME = timedelta(minutes=5)
TRIES_A_DAY = 20
KEPT = timedelta(days=2)
"""How long used codes and counts of tries stay before the table drops them."""


class ShowItem(Model):
    """One code: what it shows, and whether it was used."""

    class Meta(TableMeta):
        table_name = settings().table_certificates or "yichuang-certificates"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True, default="SHOW")
    identifier = UnicodeAttribute()
    fields = JSONAttribute()
    until = UnicodeAttribute()
    used_at = UnicodeAttribute(null=True)
    request = UnicodeAttribute()
    expires_at = TTLAttribute()


class TriesItem(Model):
    """How often a certificate was compared from outside on one day."""

    class Meta(TableMeta):
        table_name = settings().table_certificates or "yichuang-certificates"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    tries = NumberAttribute()
    expires_at = TTLAttribute()


@dataclass(frozen=True, slots=True)
class Code:
    """A code to show one certificate; `payload` is what its QR carries."""

    code: str
    expires_at: datetime
    fields: tuple[str, ...]

    @property
    def payload(self) -> str:
        return f"yichuang-show:{self.code}"


@dataclass(frozen=True, slots=True)
class Verified:
    """What whoever verifies learns. `file` is there only where the holder showed something."""

    match: bool
    status: str
    status_label: str
    name: str
    issuer_name: str
    valid_from: date
    valid_to: date | None
    file: Mapping[str, Any] | None = None


def present(
    principal: Principal, identifier: str, fields: Iterable[str], *, key: str, now: datetime
) -> Code:
    """A code that shows these items of one's own certificate, once, within five minutes.

    The code follows from the account and `key` by a keyed function, so a repeated request gets the
    same one and nobody else can make it. Raises NotFound (for another's certificate too),
    InvalidInput (`/fields`), KeyReused.
    """
    certificate = own(principal, identifier, "certificate.present")
    chosen = _chosen(certificate, fields)
    code = _code(principal.account, key)
    fresh = ShowItem(
        _show_pk(code),
        identifier=identifier,
        fields=list(chosen),
        until=to_text(now + LIFETIME),
        request=hashlib.sha256("\n".join([identifier, *chosen]).encode()).hexdigest(),
        expires_at=_kept(),
    )
    try:
        fresh.save(condition=ShowItem.pk.does_not_exist())
    except PutError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        stored = ShowItem.get(fresh.pk, "SHOW", consistent_read=True)
        if stored.request != fresh.request:
            raise KeyReused from error
        return Code(code, from_text(stored.until), tuple(stored.fields))
    return Code(code, now + LIFETIME, chosen)


def own(principal: Principal, identifier: str, act: str) -> Certificate:
    """One's own certificate. Raises NotFound for another's, so that nothing is given away."""
    certificate = get(identifier)
    if not access.allows(principal, act, access.Resource(holder=certificate.holder)):
        raise NotFound.at("/identifier", "证照库中没有这个证照标识")
    return certificate


def redeem(code: str, now: datetime) -> Verified:
    """Use a code up and see what the holder chose. Raises NotFound, Gone (used or too late)."""
    try:
        shown = ShowItem.get(_show_pk(code), "SHOW", consistent_read=True)
    except ShowItem.DoesNotExist:
        raise NotFound.at("/presentation_code", "出示码不存在") from None
    certificate = get(shown.identifier)
    fields = tuple(shown.fields)
    if shown.used_at or now > from_text(shown.until):
        readlog.append(_line(certificate, Outcome.REFUSED, fields, now, reason="出示码已失效"))
        raise Gone.at("/presentation_code", "出示码已使用或已超过五分钟,请持证人重新出示")

    def use_up(transaction: TransactWrite) -> None:
        transaction.update(
            shown,
            actions=[ShowItem.used_at.set(to_text(now))],
            condition=ShowItem.used_at.does_not_exist() & ShowItem.pk.exists(),
        )

    try:
        readlog.append(_line(certificate, Outcome.GIVEN, fields, now), together=use_up)
    except Overtaken:
        raise Gone.at("/presentation_code", "出示码已使用,请持证人重新出示") from None
    file = copies.annotated(
        open_sealed(certificate),
        show=frozenset(fields),
        made_for="持证人出示",
        purpose="亮证",
        case_no=None,
        now=now,
    )
    return _verified(certificate, True, now, file)


def compare(identifier: str, expected: Mapping[str, str], now: datetime) -> Verified:
    """Whether every item is as expected: one answer for all. An empty `expected` asks existence.

    An identifier that the store does not know answers NotFound. Raises TooManyRequests beyond
    `TRIES_A_DAY` comparisons of one certificate.
    """
    certificate = get(identifier)
    if expected:
        _count_try(identifier, now)
        matched = checks.matches(open_sealed(certificate), expected)
        outcome = Outcome.YES if matched else Outcome.NO
        readlog.append(_line(certificate, outcome, tuple(sorted(expected)), now))
    else:
        matched = True
    return _verified(certificate, matched, now)


def own_copy(principal: Principal, identifier: str, now: datetime) -> dict[str, Any]:
    """The holder's own whole file, to keep and to verify offline; logged like any reading."""
    certificate = own(principal, identifier, "certificate.read")
    opened = open_sealed(certificate)
    names = tuple(sorted(opened.claims))
    readlog.append(
        Line(
            at=now,
            act="certificate.read",
            outcome=Outcome.GIVEN,
            reader=actor_of(principal),
            purpose="本人下载",
            case_no=None,
            holder=certificate.holder,
            identifiers=(identifier,),
            fields=names,
        )
    )
    return copies.annotated(
        opened, show=None, made_for="持证人本人", purpose="本人下载", case_no=None, now=now
    )


def of_own(principal: Principal) -> list[Certificate]:
    """One's own certificates, newest first, every version: one Query."""
    if principal.holder is None:
        return []
    found = store.of_holder(principal.holder)
    return sorted(found, key=lambda each: (each.issued_on, each.identifier), reverse=True)


def _chosen(certificate: Certificate, fields: Iterable[str]) -> tuple[str, ...]:
    chosen = tuple(sorted(set(fields)))
    known = open_sealed(certificate).claims
    for position, name in enumerate(chosen):
        if name not in known:
            raise InvalidInput.at(f"/fields/{position}", f"该证照没有照面项 {name}")
    return chosen


def _count_try(identifier: str, now: datetime) -> None:
    item = TriesItem(f"TRIES#{identifier}", now.date().isoformat())
    try:
        item.update(
            [
                TriesItem.tries.set((TriesItem.tries | 0) + 1),
                TriesItem.expires_at.set(_kept()),
            ],
            condition=TriesItem.tries.does_not_exist() | (TriesItem.tries < TRIES_A_DAY),
        )
    except UpdateError as error:
        if error.cause_response_code != "ConditionalCheckFailedException":
            raise
        raise TooManyRequests("今日对该证照的核验次数已用完") from error


def _verified(
    certificate: Certificate,
    matched: bool,
    now: datetime,
    file: Mapping[str, Any] | None = None,
) -> Verified:
    return Verified(
        match=matched,
        status=certificate.status,
        status_label=status.label(certificate, now.date()),
        name=certificate.name,
        issuer_name=certificate.issuer_name,
        valid_from=certificate.valid_from,
        valid_to=certificate.valid_to,
        file=file,
    )


def _line(
    certificate: Certificate,
    outcome: Outcome,
    fields: tuple[str, ...],
    now: datetime,
    reason: str = "",
) -> Line:
    return Line(
        at=now,
        act="certificate.verify",
        outcome=outcome,
        reader=actor_of(NOBODY),
        purpose="公众核验",
        case_no=None,
        holder=certificate.holder,
        identifiers=(certificate.identifier,),
        fields=fields,
        reason=reason,
    )


def _code(account: str, key: str) -> str:
    mac = sign_token({"account": account, "key": key}, "presentation")
    return document.b64(hashlib.sha256(mac.encode()).digest()[:16])


def _show_pk(code: str) -> str:
    return f"SHOW#{hashlib.sha256(code.encode()).hexdigest()}"


def _kept() -> datetime:
    """When the table may drop the item: in the table's own time, which no setting speeds up."""
    return datetime.now(UTC) + KEPT
