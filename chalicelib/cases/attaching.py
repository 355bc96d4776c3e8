"""Attaching by reference: what the certificate store holds stands in for what one would hand in.

Every reference is checked against the store; and what an application lacks although the store holds
it is attached without being asked for, so that nobody is ever told to bring it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date

from chalicelib.cases.intake import Attachment, missing_materials
from chalicelib.catalogue.model import Item
from chalicelib.certificates import materials
from chalicelib.certificates.materials import Reference
from chalicelib.certificates.model import Certificate
from chalicelib.core.errors import FieldError


def checked(
    item: Item, holder: str, given: Sequence[Attachment], day: date
) -> tuple[list[Attachment], list[FieldError]]:
    """The attachments with the source of each reference, and every reference that will not do."""
    references = [
        Reference(each.material_id, each.certificate, f"/materials/{index}/certificate")
        for index, each in enumerate(given)
        if each.certificate is not None
    ]
    found, errors = materials.attached(item, references, holder, day)
    return [_sourced(each, found) for each in given], errors


def completed(
    item: Item, holder: str, given: Sequence[Attachment], day: date
) -> tuple[list[Attachment], list[FieldError]]:
    """The same, and with what is still missing attached from the store where it is held."""
    attachments, errors = checked(item, holder, given, day)
    lacking = missing_materials(item, {each.material_id for each in given})
    groups = {each.alternative_group for each in lacking} - {None}
    wanted = {each.id for each in lacking} | {
        each.id for each in item.materials if each.alternative_group in groups
    }
    if wanted:
        attachments += [
            Attachment(
                offer.material.id,
                certificate=offer.certificate.identifier,
                source=materials.source_of(offer.certificate),
            )
            for offer in materials.offers(item, holder, day, wanted)
        ]
    return attachments, errors


def _sourced(each: Attachment, found: Mapping[str, Certificate]) -> Attachment:
    certificate = found.get(each.certificate or "")
    return replace(each, source=materials.source_of(certificate)) if certificate else each
