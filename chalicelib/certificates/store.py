"""The certificates table: one item a version of a certificate, at most 1 KB, found by two keys.

| what | pk | sk | index `holder`: `holder_pk` / `holder_sk` |
|---|---|---|---|
| certificate | `CERT#<type>.<issuer>.<serial>` | `V#<version>` | keyed hash / type code |
| act upon one | `CERT#<type>.<issuer>.<serial>` | `EVENT#<version>#<seq>` | |
| type | `TYPES` | type code | |
| public key | `KEYS` | key id | |
| line of the read log | `LOG#<chain>` | `<seq>` | `READ#<keyed hash>` / time |
| end of a chain | `LOG#<chain>` | `HEAD` | |
| checkpoint of the log | `CHECKPOINTS` | time | |
| code to show one | `SHOW#<hash of the code>` | `SHOW` | |
| attempts at one from outside | `TRIES#<identifier>` | day | |
| import | `IMPORT#<id>` | `HEAD`, `PART#<seq>` | |

The index carries whole items: what a holder has, of one type or of all, is one Query; an identifier
is one GetItem. Storing a certificate costs two transactional write units and one of the index.
Showing codes and attempts expire by `expires_at` (time to live).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

from pynamodb.attributes import BinaryAttribute, UnicodeAttribute
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.models import Model
from pynamodb.transactions import TransactWrite

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta
from chalicelib.certificates.document import canonical
from chalicelib.certificates.model import Certificate, Grade, Signature
from chalicelib.certificates.status import Status
from chalicelib.core.identifiers import parse_certificate_identifier

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

_STEP = 33  # bytes of one step of a signature's path


class ByHolder(GlobalSecondaryIndex["CertificateItem"]):
    """What a holder has, by type; and who read it, by time."""

    class Meta(TableMeta):
        index_name = "holder"
        projection = AllProjection()

    holder_pk = UnicodeAttribute(hash_key=True)
    holder_sk = UnicodeAttribute(range_key=True)


class CertificateItem(Model):
    """One version of a certificate."""

    class Meta(TableMeta):
        table_name = settings().table_certificates or "yichuang-certificates"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    identifier = UnicodeAttribute()
    name = UnicodeAttribute()
    issuer_name = UnicodeAttribute()
    holder_pk = UnicodeAttribute()
    holder_sk = UnicodeAttribute()
    holder_kind = UnicodeAttribute()
    issued_on = UnicodeAttribute()
    valid_from = UnicodeAttribute()
    valid_to = UnicodeAttribute(null=True)
    fields = UnicodeAttribute()
    sealed = BinaryAttribute(legacy_encoding=False)
    key_id = UnicodeAttribute()
    signature = BinaryAttribute(legacy_encoding=False)
    path = BinaryAttribute(legacy_encoding=False, null=True)
    status = UnicodeAttribute()
    grade = UnicodeAttribute()
    source = UnicodeAttribute(null=True)
    case_no = UnicodeAttribute(null=True)
    holder = ByHolder()


TABLES: tuple[type[Model], ...] = (CertificateItem,)


def key_of(identifier: str) -> tuple[str, str]:
    """The item key of a certificate. Raises ValueError for what is no identifier."""
    parts = parse_certificate_identifier(identifier)
    lineage = f"{parts.type_code}.{parts.issuer}.{parts.serial}"
    return f"CERT#{lineage}", f"V#{parts.version:03d}"


def to_item(certificate: Certificate) -> CertificateItem:
    """The item that keeps a certificate."""
    return CertificateItem(**_attributes(certificate, certificate.sealed, certificate.signature))


def own_key(certificate: Certificate) -> tuple[str, str]:
    """The item key of a certificate at hand."""
    return f"CERT#{certificate.lineage}", f"V#{certificate.version:03d}"


def _attributes(certificate: Certificate, sealed: bytes, signature: Signature) -> dict[str, Any]:
    pk, sk = own_key(certificate)
    return {
        "pk": pk,
        "sk": sk,
        "identifier": certificate.identifier,
        "name": certificate.name,
        "issuer_name": certificate.issuer_name,
        "holder_pk": certificate.holder,
        "holder_sk": certificate.type_code,
        "holder_kind": certificate.holder_kind,
        "issued_on": certificate.issued_on.isoformat(),
        "valid_from": certificate.valid_from.isoformat(),
        "valid_to": certificate.valid_to.isoformat() if certificate.valid_to else None,
        "fields": canonical(dict(certificate.fields)).decode(),
        "sealed": sealed,
        "key_id": signature.key_id,
        "signature": signature.value,
        "path": b"".join(signature.path) or None,
        "status": certificate.status,
        "grade": certificate.grade.value,
        "source": certificate.source or None,
        "case_no": certificate.case_no,
    }


def from_item(item: CertificateItem) -> Certificate:
    """The certificate that an item keeps."""
    parts = parse_certificate_identifier(item.identifier)
    path = item.path or b""
    return Certificate(
        identifier=item.identifier,
        type_code=parts.type_code,
        issuer_uscc=parts.issuer,
        serial=parts.serial,
        version=parts.version,
        name=item.name,
        issuer_name=item.issuer_name,
        holder=item.holder_pk,
        holder_kind=item.holder_kind,
        issued_on=date.fromisoformat(item.issued_on),
        valid_from=date.fromisoformat(item.valid_from),
        valid_to=date.fromisoformat(item.valid_to) if item.valid_to else None,
        fields=json.loads(item.fields),
        sealed=item.sealed,
        signature=Signature(
            item.key_id,
            item.signature,
            tuple(path[at : at + _STEP] for at in range(0, len(path), _STEP)),
        ),
        status=item.status,
        grade=Grade(item.grade),
        source=item.source or "",
        case_no=item.case_no,
    )


def wire(
    draft: Certificate, sealed: bytes, signature: Signature
) -> dict[str, AttributeValueTypeDef]:
    """A draft with what it lacks, in DynamoDB's own form, for bulk writing.

    It is what `to_item` would serialize to, at a fraction of a model's cost.
    """
    return {
        name: {"B": value} if isinstance(value, bytes) else {"S": value}
        for name, value in _attributes(draft, sealed, signature).items()
        if value is not None
    }


def add_to(transaction: TransactWrite, certificate: Certificate) -> None:
    """Put a certificate that is not there yet, in the caller's transaction.

    A later version lapses the one before it, which must be there.
    """
    transaction.save(to_item(certificate), condition=CertificateItem.pk.does_not_exist())
    if certificate.version > 1:
        pk, _ = own_key(certificate)
        before = CertificateItem(pk, f"V#{certificate.version - 1:03d}")
        transaction.update(
            before,
            actions=[CertificateItem.status.set(Status.LAPSED.value)],
            condition=CertificateItem.pk.exists(),
        )


def move_status_in(transaction: TransactWrite, certificate: Certificate, new: Status) -> None:
    """Set the status of a certificate that has not moved since it was read."""
    transaction.update(
        CertificateItem(*own_key(certificate)),
        actions=[CertificateItem.status.set(new.value)],
        condition=CertificateItem.status == certificate.status,
    )


def require_in(transaction: TransactWrite, identifier: str) -> None:
    """Let the caller's transaction fail unless the certificate is stored."""
    pk, sk = key_of(identifier)
    transaction.condition_check(CertificateItem, pk, sk, condition=CertificateItem.pk.exists())


def find(identifier: str, *, consistent: bool = False) -> Certificate | None:
    """The certificate of an identifier: one GetItem. Raises ValueError for a broken identifier."""
    pk, sk = key_of(identifier)
    try:
        return from_item(CertificateItem.get(pk, sk, consistent_read=consistent))
    except CertificateItem.DoesNotExist:
        return None


def of_holder(holder: str, type_codes: Iterable[str] | None = None) -> Iterator[Certificate]:
    """What a holder has, every version and status: one Query; `type_codes` narrows the answer."""
    wanted = None if type_codes is None else frozenset(type_codes)
    condition: Any = None
    if wanted:
        condition = CertificateItem.holder_sk.between(min(wanted), max(wanted))
    for item in CertificateItem.holder.query(holder, condition):
        if wanted is None or item.holder_sk in wanted:
            yield from_item(item)
