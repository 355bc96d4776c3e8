"""Use cases of the certificate store."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from chalicelib.aws import signing
from chalicelib.aws.sealing import seal, unseal
from chalicelib.certificates import document, types
from chalicelib.certificates.fit import require_fit
from chalicelib.certificates.model import Certificate, Grade, Opened, Signature
from chalicelib.core.identifiers import certificate_identifier
from chalicelib.core.time import SHANGHAI

SEED = "_seed"
FROM_CASE = "case"


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
    serial and version alone, so repeating the call names the same certificate.

    Raises NotFound for an unknown type, InvalidInput naming the field that does not fit it.
    """
    kind = types.in_force(type_code)
    draft = Certificate(
        identifier=certificate_identifier(type_code, issuer_uscc, serial, version),
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
    return _signed(draft, personal)


def _signed(draft: Certificate, personal: Mapping[str, str]) -> Certificate:
    """The draft with its personal items sealed and the whole of it signed."""
    seed = secrets.token_bytes(document.SEED_BYTES)
    message = document.statement_of(draft, {**draft.fields, **personal}, seed)
    signer = signing.signer()
    return replace(
        draft,
        sealed=seal({**personal, SEED: document.b64(seed)}, draft.identifier),
        signature=Signature(signer.public_key.key_id, signer.sign(document.leaf(message))),
    )


def open_sealed(certificate: Certificate) -> Opened:
    """Break a certificate's seal. The caller has written the read log's line before."""
    personal = unseal(certificate.sealed, certificate.identifier)
    seed = document.unb64(personal.pop(SEED))
    return Opened(certificate, personal, seed)
