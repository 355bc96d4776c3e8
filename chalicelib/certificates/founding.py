"""The certificate types of a district, read from its catalogue document."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.certificates import types
from chalicelib.certificates.model import (
    CITIZEN_NUMBER,
    UNIFIED_SOCIAL_CREDIT_CODE,
    CertificateType,
    ShareClass,
    TypeField,
)
from chalicelib.core.errors import InvalidInput

_NATURAL = frozenset({CITIZEN_NUMBER, "112", "414", "511", "516", "553"})
_LEGAL = frozenset({UNIFIED_SOCIAL_CREDIT_CODE})
_HOLDERS = {
    "自然人": _NATURAL,
    "自然人(双方)": _NATURAL,
    "夫妻": _NATURAL,
    "家庭": _NATURAL,
    "农户": _NATURAL,
    "个体": _LEGAL | _NATURAL,
    "法人": _LEGAL,
}
"""A household or a couple holds a certificate through the person who applied; an individual
business is its owner until it has a code of its own."""
_NATURAL_APPLICANT = "1"  # 服务对象 (GB/T 39046-2020 Annex A)
_CLASSES = {each.label: each for each in ShareClass}


def found(document: Mapping[str, Any]) -> int:
    """Put the document's certificate types in force; how many. Raises InvalidInput."""
    return types.register(types_of(document))


def types_of(document: Mapping[str, Any]) -> list[CertificateType]:
    """The types in a catalogue document (`certificate_types`, `bodies`). Raises InvalidInput."""
    bodies = {body["key"]: body["uscc"] for body in document["bodies"]}
    yielded = _yielded_to_persons(document.get("items", ()))
    return [
        _type(raw, bodies, yielded, f"/certificate_types/{position}")
        for position, raw in enumerate(document["certificate_types"])
    ]


def _yielded_to_persons(items: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """Keys of the types that a person may apply for: the founder of a body that has no code yet."""
    return frozenset(
        item["result"]["certificate_type"]
        for item in items
        if item.get("result") and _NATURAL_APPLICANT in item["service_object_codes"]
    )


def _type(
    raw: Mapping[str, Any], bodies: Mapping[str, str], to_persons: frozenset[str], at: str
) -> CertificateType:
    try:
        holders = frozenset[str]().union(
            *(_HOLDERS[word.strip()] for word in raw["holder_type"].split("/"))
        )
        if raw["key"] in to_persons:
            holders |= _NATURAL
        share_class = _CLASSES[raw["share_class"]]
        issuers = frozenset({bodies[raw["issuer"]], *raw.get("issuers", ())})
    except KeyError as unknown:
        raise InvalidInput.at(at, f"证照类型中有未登记的内容 {unknown}") from unknown
    return CertificateType(
        code=raw["type_code"],
        name=raw["name"],
        definition=raw.get("note") or raw["name"],
        kind=raw["kind"],
        issuers=issuers,
        holder_kinds=holders,
        share_class=share_class,
        validity_months=raw.get("validity_months"),
        fields=tuple(
            TypeField(
                each["name"],
                each["label"],
                each.get("personal", False),
                each.get("required", False),
            )
            for each in raw.get("fields", ())
        ),
        root_credential=bool(raw.get("is_root_credential")),
    )
