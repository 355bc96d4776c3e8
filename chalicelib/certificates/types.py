"""The certificate types in force: registered once, read through a short cache."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable

from pynamodb.attributes import UnicodeAttribute
from pynamodb.models import Model

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta
from chalicelib.certificates.fit import require_sound_type
from chalicelib.certificates.model import CertificateType, ShareClass, TypeField
from chalicelib.core.errors import NotFound
from chalicelib.core.jsontext import compact

CACHE_SECONDS = 60.0
_PARTITION = "TYPES"
_cache: dict[str, tuple[float, CertificateType]] = {}


class TypeItem(Model):
    """One certificate type; all of them are one partition of the certificates table."""

    class Meta(TableMeta):
        table_name = settings().table_certificates or "yichuang-certificates"

    pk = UnicodeAttribute(hash_key=True, default=_PARTITION)
    sk = UnicodeAttribute(range_key=True)
    definition = UnicodeAttribute()


def register(kinds: Iterable[CertificateType]) -> int:
    """Put types in force, replacing definitions of the same code. Returns how many.

    Raises InvalidInput for a definition that is wrong; nothing is written then.
    """
    sound = list(kinds)
    for kind in sound:
        require_sound_type(kind)
    with TypeItem.batch_write() as batch:
        for kind in sound:
            batch.save(TypeItem(_PARTITION, kind.code, definition=_to_text(kind)))
    forget()
    return len(sound)


def in_force(code: str) -> CertificateType:
    """The type of a code: one GetItem, kept for a minute. Raises NotFound."""
    kept = _cache.get(code)
    if kept and kept[0] > time.monotonic():
        return kept[1]
    try:
        kind = _from_text(code, TypeItem.get(_PARTITION, code).definition)
    except TypeItem.DoesNotExist:
        raise NotFound.at("/type_code", "没有此证照类型") from None
    _cache[code] = (time.monotonic() + CACHE_SECONDS, kind)
    return kind


def everything() -> list[CertificateType]:
    """All types, by code: one Query."""
    return [_from_text(item.sk, item.definition) for item in TypeItem.query(_PARTITION)]


def forget() -> None:
    """Drop the cache: after a registration, and between tests."""
    _cache.clear()


def _to_text(kind: CertificateType) -> str:
    return compact(
        {
            "name": kind.name,
            "definition": kind.definition,
            "kind": kind.kind,
            "issuers": sorted(kind.issuers),
            "holder_kinds": sorted(kind.holder_kinds),
            "share_class": kind.share_class.value,
            "validity_months": kind.validity_months,
            "fields": [
                [each.name, each.label, each.personal, each.required] for each in kind.fields
            ],
            "root_credential": kind.root_credential,
        }
    )


def _from_text(code: str, text: str) -> CertificateType:
    raw = json.loads(text)
    return CertificateType(
        code=code,
        name=raw["name"],
        definition=raw["definition"],
        kind=raw["kind"],
        issuers=frozenset(raw["issuers"]),
        holder_kinds=frozenset(raw["holder_kinds"]),
        share_class=ShareClass(raw["share_class"]),
        validity_months=raw["validity_months"],
        fields=tuple(TypeField(*each) for each in raw["fields"]),
        root_credential=raw["root_credential"],
    )
