"""Writing the catalogue out: the JSON document that can be read in again, and the open-data table.

`to_document` is the inverse of `document.read_document`: what a district exports, another district,
or the same one, can import.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.catalogue.document import UNITS
from chalicelib.catalogue.model import (
    DISCLOSED,
    TASK_TYPES,
    Item,
    Material,
    ProjectType,
    assurance_word,
    limit_in_words,
)
from chalicelib.catalogue.named import Body, CertificateType
from chalicelib.core import jsontext
from chalicelib.core.limits import Unit

UNIT_WORDS: Mapping[Unit, str] = {unit: word for word, unit in UNITS.items()}
PROJECT_TYPE_WORDS: Mapping[ProjectType, str] = {
    ProjectType.INSTANT: "即办件",
    ProjectType.PROMISED: "承诺件",
    ProjectType.OTHER: "其他",
}


def to_document(
    items: Sequence[Item],
    bodies: Iterable[Body],
    certificate_types: Iterable[CertificateType],
) -> dict[str, Any]:
    """The whole catalogue as one document, items by code."""
    types = {each.code: each for each in certificate_types}
    return {
        "bodies": [each.to_dict() for each in sorted(bodies, key=lambda body: body.key)],
        "certificate_types": [_type(types[code]) for code in sorted(types)],
        "items": [_item(item, types) for item in sorted(items, key=lambda each: each.code)],
    }


def item_document(item: Item, certificate_types: Iterable[CertificateType]) -> dict[str, Any]:
    """One item as the document writes it: what a change of it starts from."""
    return _item(item, {each.code: each for each in certificate_types})


def canonical(document: Mapping[str, Any]) -> bytes:
    """The one byte form of a document, of which its hash is taken."""
    return jsontext.canonical(document).encode()


def digest(content: bytes) -> str:
    """SHA-256, hex."""
    return hashlib.sha256(content).hexdigest()


CSV_HEADINGS = (
    *DISCLOSED,
    "事项名称",
    "事项版本",
    "事项类型",
    "办件类型",
    "领域",
    "法定办结时限",
    "下沉层级",
    "365天可办",
    "材料清单",
)


def to_csv(items: Sequence[Item]) -> str:
    """One line an item, the eleven fields first; UTF-8 with a byte-order mark, as offices open it."""
    out = io.StringIO()
    out.write("\ufeff")
    writer = csv.writer(out)
    writer.writerow(CSV_HEADINGS)
    for item in sorted(items, key=lambda each: each.code):
        writer.writerow(_safe(value) for value in _csv_row(item))
    return out.getvalue()


def _csv_row(item: Item) -> list[str]:
    return [
        *item.disclosure.values(),
        item.name,
        str(item.version),
        TASK_TYPES.get(item.type_code, item.type_code),
        PROJECT_TYPE_WORDS[item.project_type],
        item.domain,
        limit_in_words(item.statutory.limit),
        "、".join(item.sunk_levels),
        "是" if item.available_365 else "否",
        "\n".join(_material_line(each) for each in item.materials),
    ]


def _material_line(material: Material) -> str:
    return f"{material.name}({'必要' if material.required else '非必要'};{material.source})"


def _safe(cell: str) -> str:
    """A cell that a spreadsheet will not run as a formula."""
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def _type(each: CertificateType) -> dict[str, Any]:
    return {
        "key": each.key,
        "name": each.name,
        "issuer": each.issuer,
        "type_code": each.code,
        "kind": each.kind,
        "holder_type": each.holder_type,
        "is_root_credential": each.is_root,
        "share_class": each.share_class,
        "validity_months": each.validity_months,
    }


def _item(item: Item, types: Mapping[str, CertificateType]) -> dict[str, Any]:
    statutory = item.statutory
    return {
        "id": item.key,
        "item_name": item.name,
        "name_in_2016_seed": item.former_name,
        "domain": item.domain,
        "catalog_code": item.base_code,
        "task_code": item.code,
        "task_handle_item": item.handle_code,
        "task_version": item.version,
        "task_state": str(item.state),
        "task_type_code": item.type_code,
        "task_type": item.type_name,
        "project_type_code": str(item.project_type),
        "project_type": PROJECT_TYPE_WORDS[item.project_type],
        "reported_up": item.reported_up,
        "implementing_body": item.body,
        "implementing_body_name": item.body_name,
        "deciding_level": item.deciding_level,
        "use_level_code": item.use_level,
        "service_object_codes": list(item.service_objects),
        "handle_form_codes": list(item.handle_forms),
        "handle_area": item.handle_area,
        "on_site_visits": item.on_site_visits,
        "statutory_limit": {
            "value": statutory.value,
            "unit": UNIT_WORDS[statutory.unit],
            "clock_origin": statutory.origin_text,
            "extension_value": statutory.extension_value,
            "extension_unit": statutory.extension_unit and UNIT_WORDS[statutory.extension_unit],
            "basis": statutory.basis,
            "confidence": statutory.confidence,
            "unit_disputed": statutory.unit_disputed,
        },
        "promise_limit": {
            "value": item.promise.value,
            "unit": UNIT_WORDS[item.promise.unit],
        },
        "special_procedures": [each.to_dict() for each in item.special_procedures],
        "special_procedure_codes": list(item.special_procedure_codes),
        "fee": {
            "charged": item.fee.charged,
            "items": [
                {
                    "name": each.name,
                    "standard": each.standard,
                    "basis": each.basis,
                    "amount_cny": _yuan(each.amount_fen),
                }
                for each in item.fee.items
            ],
        },
        "intermediary_service": item.intermediary_service,
        "sunk": {
            "is_sunk": item.sunk,
            "levels": list(item.sunk_levels),
            "print_at_origin": item.print_at_origin,
        },
        "available_365": item.available_365,
        "available_365_source": item.available_365_source,
        "appointment": item.appointment,
        "express_delivery": item.express_delivery,
        "assurance": assurance_word(item.assurance),
        "agent_service": item.agent_service,
        "acceptance_conditions": list(item.conditions),
        "handling_steps": list(item.steps),
        "materials": [_material(each, types) for each in item.materials],
        "result": item.result
        and {
            "certificate_type": types[item.result.certificate_type].key,
            "name": item.result.name,
            "kind": item.result.kind,
            "validity_months": item.result.validity_months,
        },
        "outcome": item.outcome,
        "publicity_days": item.publicity_days,
        "archive_retention": item.archive_retention,
        "supervision_channel": item.supervision_channel,
        "note": item.note,
        "illustrative": item.illustrative,
        "public_disclosure_clause_11": item.disclosure,
    }


def _material(material: Material, types: Mapping[str, CertificateType]) -> dict[str, Any]:
    code = material.certificate_type
    return {
        "material_name": material.name,
        "required": material.required,
        "holder_role": material.holder_role,
        "alternative_group": material.alternative_group,
        "certificate_type": None if code is None else types[code].key,
        "issuer": material.issuer,
        "source": material.source,
        "shareable": material.shareable,
        "share_class": material.share_class,
        "form": material.form,
        "tolerable_missing": material.tolerable_missing,
        "legal_basis": material.legal_basis,
        "sample": None if material.sample is None else material.sample.to_dict(),
    }


def _yuan(fen: int | None) -> int | float | None:
    if fen is None:
        return None
    return fen // 100 if fen % 100 == 0 else fen / 100
