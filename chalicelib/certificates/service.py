"""Making, holding and changing certificates; reading them is in `reading.py`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from pynamodb.exceptions import TransactWriteError

from chalicelib.aws import signing
from chalicelib.aws.settings import clock
from chalicelib.aws.tables import Transaction
from chalicelib.certificates import acts, document, keys, sealed, status, store, types
from chalicelib.certificates.fit import require_fit
from chalicelib.certificates.model import (
    Certificate,
    CertificateType,
    Grade,
    ShareClass,
    Signature,
)
from chalicelib.core import access
from chalicelib.core.errors import Conflict, FieldError, NotFound
from chalicelib.core.events import Actor
from chalicelib.core.identifiers import certificate_identifier
from chalicelib.core.principal import Principal
from chalicelib.core.time import SHANGHAI
from chalicelib.network import service as network

FROM_CASE = "case"


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate that may stand in for a material: attach it by reference, do not ask for it.

    `valid_to` None means for good; `from_whom` is the issuing body's name.
    """

    type_code: str
    identifier: str
    name: str
    from_whom: str
    issued_on: date
    valid_to: date | None
    grade: Grade


def prepare(
    *,
    type_code: str,
    holder: str,
    holder_kind: str,
    issuer_uscc: str,
    issuer_name: str,
    serial: str,
    issued_at: datetime,
    valid_from: date,
    valid_to: date | None,
    fields: Mapping[str, str],
    personal: Mapping[str, str],
    case_no: str,
    version: int = 1,
) -> Certificate:
    """A signed certificate, ready for `store.add_to`; nothing is written yet.

    `holder` is the keyed hash of the holder's number, `holder_kind` the code of that number's kind
    (111, 001, …). `personal` holds `CZZT` (name), `CZZTDM` (number) and any personal `KZ_…` item:
    it is sealed. `fields` holds the plain `KZ_…` items. The identifier follows from type, issuer,
    serial and version alone, so repeating the call names the same certificate. One KMS call.

    Raises NotFound for an unknown type, InvalidInput naming every field that does not fit it.
    """
    kind = types.in_force(type_code)
    draft = Certificate(
        identifier="",
        type_code=type_code,
        issuer_uscc=issuer_uscc,
        serial=serial,
        version=version,
        name=kind.name,
        issuer_name=issuer_name,
        holder=holder,
        holder_kind=holder_kind,
        issued_on=issued_at.astimezone(SHANGHAI).date(),
        valid_from=valid_from,
        valid_to=valid_to,
        fields=dict(fields),
        sealed=b"",
        signature=Signature("", b""),
        grade=Grade.SYSTEM_ISSUED,
        source=FROM_CASE,
        case_no=case_no,
    )
    require_fit(kind, draft, personal)
    identifier = certificate_identifier(type_code, issuer_uscc, serial, version)
    return _signed(replace(draft, identifier=identifier), personal)


def get(identifier: str) -> Certificate:
    """The certificate of an identifier. Raises NotFound, for a broken identifier too."""
    try:
        found = store.find(identifier)
    except ValueError:
        found = None
    if found is None:
        raise NotFound.at("/identifier", "证照库中没有这个证照标识")
    return found


def reissue(
    previous: Certificate,
    *,
    issued_at: datetime,
    valid_from: date,
    valid_to: date | None,
    fields: Mapping[str, str],
    personal: Mapping[str, str],
    case_no: str,
) -> Certificate:
    """The next version of a certificate, ready for `store.add_to`, which lapses `previous`."""
    return prepare(
        type_code=previous.type_code,
        holder=previous.holder,
        holder_kind=previous.holder_kind,
        issuer_uscc=previous.issuer_uscc,
        issuer_name=previous.issuer_name,
        serial=previous.serial,
        issued_at=issued_at,
        valid_from=valid_from,
        valid_to=valid_to,
        fields=fields,
        personal=personal,
        case_no=case_no,
        version=previous.version + 1,
    )


def best_held(holder: str, type_codes: Iterable[str], day: date) -> dict[str, Certificate]:
    """For each wanted type, the certificate of this holder that may be relied upon on the day.

    Only those in force, of grade A or B and of a shared type count; the newest wins. One Query.
    """
    best: dict[str, Certificate] = {}
    for found in store.of_holder(holder, type_codes):
        if not (status.usable(found, day) and found.grade.satisfies_material):
            continue
        known = best.get(found.type_code)
        if known is None or (found.issued_on, found.version) > (known.issued_on, known.version):
            best[found.type_code] = found
    return {code: found for code, found in best.items() if _shared(code)}


def held_for(holder: str, type_codes: Iterable[str], on: date | None = None) -> dict[str, Held]:
    """For each wanted type, what the store holds for this holder and may be relied upon.

    By `best_held`, on the day (today if None). Nothing personal is read, so the read log gains no
    line.
    """
    day = on or clock().now().date()
    return {code: _held(found) for code, found in best_held(holder, type_codes, day).items()}


def refuse_asking_again(
    actor: Actor, case_no: str, holder: str, wanted: Mapping[str, str], now: datetime
) -> None:
    """Refuse to ask a citizen for what the store holds; supervision hears of the attempt.

    `wanted` gives the certificate type of each thing to be asked for, by the JSON pointer where the
    request names it. Does nothing where none of it is held (国务院令第716号 art. 7). Raises Conflict
    that names every pointer. An attempt that is repeated is one attempt.
    """
    held = held_for(holder, wanted.values(), now.astimezone(SHANGHAI).date())
    errors = [
        FieldError(pointer, f"证照库中已有{held[code].name},请直接调取,不得要求申请人重复提交")
        for pointer, code in wanted.items()
        if code in held
    ]
    if not errors:
        return
    identifiers = sorted(each.identifier for each in held.values())
    data = {"case_no": case_no, "certificates": identifiers}
    attempt = "\n".join((case_no, actor.account, *identifiers))
    acts.publish_once(acts.notice(acts.ASKED_AGAIN, data, actor, now, once=attempt))
    raise Conflict(errors[0].message, errors)


def change_status(
    principal: Principal, identifier: str, *, new: str, basis: str, key: str, now: datetime
) -> Certificate:
    """An act upon a certificate by its issuer, with its basis; `key` makes a repeat harmless.

    Raises NotFound, Forbidden (not the issuer's), InvalidInput (`/status`, `/basis`), Conflict
    (somebody else was first).
    """
    certificate = get(identifier)
    issuer = organisation_of(certificate.issuer_uscc)
    access.require(principal, "certificate.change_status", access.Resource(organisation=issuer))
    request = acts.request_digest(principal.account, key)
    if acts.done(certificate, request, new, basis):
        return certificate
    wanted = status.require_change(certificate.status, new, basis)
    event = acts.status_changed(certificate, wanted, basis, actor_of(principal), now)
    transaction = Transaction()
    store.move_status_in(transaction, certificate, wanted)
    acts.add_to(transaction, event, request)
    try:
        transaction._commit()
    except TransactWriteError as error:
        raise Conflict("证照状态刚刚被变更,请刷新后重试") from error
    return replace(certificate, status=wanted.value)


def organisation_of(uscc: str) -> str | None:
    """The key of the organisation with this social credit code, if the network knows it."""
    return next(
        (each.key for each in network.network().organisations.values() if each.uscc == uscc), None
    )


def uscc_of(organisation: str | None) -> str:
    """The social credit code of an organisation, or the empty string."""
    if organisation is None:
        return ""
    try:
        return network.organisation(organisation).uscc
    except NotFound:
        return ""


def actor_of(principal: Principal) -> Actor:
    """The principal as events and the read log keep him: no name, no number."""
    return Actor(
        principal.account,
        ",".join(sorted(principal.roles)),
        principal.organisation,
        principal.point,
    )


def _signed(draft: Certificate, personal: Mapping[str, str]) -> Certificate:
    """The draft with its personal items sealed and the whole of it signed."""
    seed = sealed.seed_of(draft.identifier)
    message = document.statement_of(draft, {**draft.fields, **personal}, seed)
    signer = signing.signer()
    keys.publish(signer.public_key)
    return replace(
        draft,
        sealed=sealed.close(draft.identifier, personal),
        signature=Signature(signer.public_key.key_id, signer.sign(document.leaf(message))),
    )


def _held(certificate: Certificate) -> Held:
    return Held(
        type_code=certificate.type_code,
        identifier=certificate.identifier,
        name=certificate.name,
        from_whom=certificate.issuer_name,
        issued_on=certificate.issued_on,
        valid_to=certificate.valid_to,
        grade=certificate.grade,
    )


def _shared(code: str) -> bool:
    try:
        kind: CertificateType = types.in_force(code)
    except NotFound:
        return False
    return kind.share_class is not ShareClass.NOT_SHARED
