"""The public keys that ever signed, kept so that old certificates stay verifiable."""

from __future__ import annotations

from pynamodb.attributes import JSONAttribute, UnicodeAttribute
from pynamodb.models import Model

from chalicelib.aws import signing
from chalicelib.aws.settings import settings
from chalicelib.aws.signing import PublicKey
from chalicelib.aws.tables import TableMeta

_PARTITION = "KEYS"
_published: set[tuple[str, str]] = set()


class KeyItem(Model):
    """One public key, as a JWK."""

    class Meta(TableMeta):
        table_name = settings().table_certificates or "yichuang-certificates"

    pk = UnicodeAttribute(hash_key=True, default=_PARTITION)
    sk = UnicodeAttribute(range_key=True)
    jwk = JSONAttribute()


def publish(key: PublicKey) -> None:
    """Keep a key for good: one write a process, before its first signature leaves."""
    once = (KeyItem.Meta.table_name, key.key_id)
    if once not in _published:
        KeyItem(_PARTITION, key.key_id, jwk=key.to_jwk()).save()
        _published.add(once)


def forget() -> None:
    """Publish again at the next signature: between tests."""
    _published.clear()


def jwks() -> dict[str, list[dict[str, str]]]:
    """Every key that ever signed, the present one included (RFC 7517): one Query."""
    publish(signing.signer().public_key)
    return {"keys": [item.jwk for item in KeyItem.query(_PARTITION, consistent_read=True)]}
