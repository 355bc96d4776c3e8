"""Reading a catalogue for the proof checks: ours, an exported document, or somebody else's.

Two shapes are understood, item by item: the catalogue document (`task_code`, `materials` with
`certificate_type` and `legal_basis`, `result`), and the bare graph (`id`, `issues`, `requires` with
`cert`, `holder_role`, `required`, `legal_basis`). Nothing else of a document is looked at.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib.catalogue.model import Item
from chalicelib.catalogue.named import CertificateType
from chalicelib.catalogue.proof_checks import WELL_KNOWN_ROOTS
from chalicelib.catalogue.proofs import Certificate, ProofCatalogue, Requirement, Step
from chalicelib.catalogue.reading import Problems, Reader
from chalicelib.catalogue.undisturbed import undisturbed
from chalicelib.core.errors import InvalidInput

MOST_ITEMS = 50_000
ROOT_NAMES = {"id_card": "居民身份证", "hukou": "居民户口簿", "birth_med": "出生医学证明"}


@undisturbed()
def of_items(items: Iterable[Item], types: Iterable[CertificateType]) -> ProofCatalogue:
    """Our own catalogue. Certificates go by their codes, items by theirs."""
    steps = tuple(_step(item) for item in items)
    return ProofCatalogue(steps, {each.code: _certificate(each) for each in types})


def _certificate(each: CertificateType) -> Certificate:
    return Certificate(each.code, each.name, each.is_root, each.issuer, each.share_class)


def _step(item: Item) -> Step:
    return Step(
        id=item.code,
        name=item.name,
        issues=None if item.result is None else _one(item.result.certificate_type),
        requires=tuple(
            Requirement(
                certificate=_one(each.certificate_type),
                name=sys.intern(each.name),
                holder_role=each.holder_role,
                required=each.required,
                group=each.alternative_group,
                basis=each.legal_basis,
                issuer=each.issuer,
                source=each.source,
                pointer=f"/{item.code}/materials/{each.id}",
            )
            for each in item.materials
        ),
        body_name=item.body_name,
        pointer=f"/{item.code}",
    )


@undisturbed()
def of_document(raw: Mapping[str, Any]) -> ProofCatalogue:
    """A posted catalogue. Raises InvalidInput, with pointers, for what cannot be read."""
    problems = Problems()
    top = Reader(raw, "", problems)
    items = raw.get("items")
    if isinstance(items, list) and len(items) > MOST_ITEMS:
        raise InvalidInput.at("/items", f"一次最多检查{MOST_ITEMS}个事项")
    certificates = _certificates(top)
    steps = tuple(_posted_step(reader) for reader in top.children("items"))
    if problems.found:
        raise InvalidInput("目录无法读取", problems.found)
    return ProofCatalogue(steps, certificates)


def _certificates(top: Reader) -> dict[str, Certificate]:
    found = {key: Certificate(key, name, is_root=True) for key, name in ROOT_NAMES.items()}
    for reader in top.children("certificate_types", absent=True):
        key = reader.text("key")
        found[key] = Certificate(
            key=key,
            name=reader.text("name"),
            is_root=reader.flag("is_root_credential", key in WELL_KNOWN_ROOTS),
            issuer=reader.text("issuer", empty=True),
            share_class=reader.text("share_class", empty=True),
        )
    return found


def _posted_step(reader: Reader) -> Step:
    bare = "requires" in reader.raw or "issues" in reader.raw
    if bare:
        return Step(
            id=reader.text("id"),
            name=reader.text("item_name", empty=True) or reader.text("id"),
            issues=_one(reader.optional_text("issues")),
            requires=tuple(
                _requirement(each, "cert", "name")
                for each in reader.children("requires", absent=True)
            ),
            body_name=reader.text("implementing_body_name", empty=True),
            pointer=reader.pointer,
        )
    result = reader.optional_child("result")
    return Step(
        id=reader.text("task_code", empty=True) or reader.text("id"),
        name=reader.text("item_name"),
        issues=None if result is None else _one(result.optional_text("certificate_type")),
        requires=tuple(
            _requirement(each, "certificate_type", "material_name")
            for each in reader.children("materials", absent=True)
        ),
        body_name=reader.text("implementing_body_name", empty=True),
        pointer=reader.pointer,
    )


def _one(text: str | None) -> str | None:
    """The one object for a key, however often it is named: the check then meets it in the cache."""
    return None if text is None else sys.intern(text)


def _requirement(reader: Reader, certificate: str, name: str) -> Requirement:
    """A document that never says `legal_basis` is not judged by it; one that says null is."""
    raw = reader.raw
    return Requirement(
        certificate=_one(reader.optional_text(certificate)),
        name=sys.intern(reader.text(name, empty=True)),
        holder_role=reader.text("holder_role", empty=True) or "本人",
        required=reader.flag("required", True),
        group=reader.optional_text("alternative_group"),
        basis=reader.text("legal_basis", empty=True) if "legal_basis" in raw else None,
        issuer=reader.text("issuer", empty=True),
        source=reader.text("source", empty=True),
        pointer=reader.pointer,
    )
