"""Reading a catalogue document: the JSON in which a district keeps and hands over its items.

The shape is that of the demo catalogue: `bodies`, `certificate_types` and `items`, with the field
names of the national implementing list. A document is read whole, and every wrong field is named
by its pointer; nothing of a document with a wrong field is taken over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.catalogue.model import (
    ASSURANCES,
    DISCLOSED,
    TASK_TYPES,
    Fee,
    FeeItem,
    Item,
    Material,
    ProjectType,
    Result,
    Sample,
    SpecialProcedure,
    State,
    Statutory,
)
from chalicelib.catalogue.named import Body, CertificateType
from chalicelib.catalogue.reading import Problems, Reader
from chalicelib.core.errors import FieldError
from chalicelib.core.identifiers import valid_uscc
from chalicelib.core.limits import Limit, Origin, Unit
from chalicelib.core.principal import Assurance

CODE = re.compile(r"[0-9A-Z]{18}[1-7][0-9]{12}")
"""实施编码: 18 of the body's unified social credit code, 1 of the level, 12 of the base code."""
TYPE_CODE = re.compile(r"[0-9A-Z]{18}[0-9]{3}")
UNITS = {"工作日": Unit.WORKING_DAY, "自然日": Unit.CALENDAR_DAY, "月": Unit.MONTH}
ORIGINS = {
    "受理": Origin.ACCEPTANCE,
    "收到全部有效文件": Origin.ACCEPTANCE,
    "受理期限终止": Origin.ACCEPTANCE,
    "收到申请": Origin.RECEIPT,
    "收到材料": Origin.RECEIPT,
    "提交申请": Origin.RECEIPT,
    "申请": Origin.RECEIPT,
}
"""The law's words for where its limit begins, and the instant of a case that they mean."""
LEVELS = ("街道", "社区")
PROJECT_TYPES = {str(each.value): each for each in ProjectType}
STATES = {str(each.value): each for each in State}
SERVICE_OBJECTS = "123456"
HANDLE_FORMS = "12349"

SampleFinder = Callable[[Material], Sample | None]


@dataclass(frozen=True, slots=True)
class Document:
    """A catalogue as it was read, and everything that is wrong with it."""

    bodies: Mapping[str, Body]
    certificate_types: Mapping[str, CertificateType]
    items: tuple[Item, ...]
    problems: tuple[FieldError, ...]


def read_document(raw: Mapping[str, Any], sample_for: SampleFinder = lambda _: None) -> Document:
    """Read a whole catalogue. `sample_for` finds the sample of a material that carries none."""
    problems = Problems()
    top = Reader(raw, "", problems)
    bodies = {body.key: body for body in _bodies(top)}
    types = {each.key: each for each in _certificate_types(top, bodies)}
    context = _Context(bodies, types, sample_for)
    items: dict[str, Item] = {}
    for reader in top.children("items"):
        before = len(problems.found)
        item = _read_item(reader, context)
        if item is None or len(problems.found) > before:
            continue
        if item.code in items:
            reader.refuse("task_code", "实施编码在本目录中重复")
        items[item.code] = item
    return Document(bodies, types, tuple(items.values()), tuple(problems.found))


def read_item(
    raw: Mapping[str, Any],
    bodies: Mapping[str, Body],
    types: Mapping[str, CertificateType],
    sample_for: SampleFinder = lambda _: None,
    pointer: str = "",
) -> tuple[Item | None, tuple[FieldError, ...]]:
    """Read one item that names bodies and certificate types already known, by their keys."""
    problems = Problems()
    item = _read_item(Reader(raw, pointer, problems), _Context(bodies, types, sample_for))
    return (None if problems.found else item), tuple(problems.found)


@dataclass(frozen=True, slots=True)
class _Context:
    bodies: Mapping[str, Body]
    types: Mapping[str, CertificateType]
    sample_for: SampleFinder


def _bodies(top: Reader) -> list[Body]:
    found = []
    for reader in top.children("bodies"):
        body = Body(reader.text("key"), reader.text("name"), reader.text("uscc"))
        if body.uscc and not valid_uscc(body.uscc):
            reader.refuse("uscc", "统一社会信用代码校验位不符(GB 32100)")
        found.append(body)
    return found


def _certificate_types(top: Reader, bodies: Mapping[str, Body]) -> list[CertificateType]:
    found = []
    for reader in top.children("certificate_types"):
        each = CertificateType(
            code=reader.text("type_code"),
            key=reader.text("key"),
            name=reader.text("name"),
            issuer=reader.text("issuer"),
            kind=reader.text("kind"),
            holder_type=reader.text("holder_type"),
            is_root=reader.flag("is_root_credential", False),
            share_class=reader.text("share_class", empty=True),
            validity_months=reader.optional_integer("validity_months", 1),
        )
        if each.code and not TYPE_CODE.fullmatch(each.code):
            reader.refuse("type_code", "证照类型代码应为18位机构代码加3位顺序号")
        if each.issuer and each.issuer not in bodies:
            reader.refuse("issuer", f"没有代号为“{each.issuer}”的机构")
        found.append(each)
    return found


def _read_item(reader: Reader, context: _Context) -> Item | None:
    code = _code(reader)
    body = context.bodies.get(reader.text("implementing_body"))
    if body is None:
        reader.refuse("implementing_body", "没有这个代号的机构")
        return None
    if code and not code.startswith(body.uscc):
        reader.refuse("task_code", "实施编码前18位应为实施主体的统一社会信用代码")
    project_type = reader.choice("project_type_code", PROJECT_TYPES)
    state = reader.choice("task_state", STATES)
    statutory = _statutory(reader.child("statutory_limit"))
    promise = _limit(reader.child("promise_limit"))
    sunk = reader.child("sunk")
    fee = _fee(reader.child("fee"))
    if project_type is None or state is None or statutory is None or promise is None:
        return None
    item = Item(
        code=code,
        version=reader.integer("task_version", 1),
        name=reader.text("item_name", longest=200),
        base_code=reader.text("catalog_code"),
        type_code=_one_of(reader, "task_type_code", TASK_TYPES),
        project_type=project_type,
        body=body.key,
        body_name=body.name,
        domain=reader.text("domain", longest=40),
        promise=promise,
        statutory=statutory,
        conditions=reader.texts("acceptance_conditions"),
        steps=reader.texts("handling_steps"),
        materials=_materials(reader, context),
        result=_result(reader.optional_child("result"), context),
        supervision_channel=reader.text("supervision_channel"),
        outcome=reader.text("outcome", empty=True),
        key=reader.text("id", empty=True),
        handle_code=reader.text("task_handle_item", empty=True),
        former_name=reader.optional_text("name_in_2016_seed"),
        state=state,
        reported_up=reader.flag("reported_up", False),
        deciding_level=reader.text("deciding_level"),
        use_level=reader.text("use_level_code"),
        service_objects=_codes(reader, "service_object_codes", SERVICE_OBJECTS),
        handle_forms=_codes(reader, "handle_form_codes", HANDLE_FORMS),
        handle_area=reader.text("handle_area", empty=True),
        on_site_visits=reader.integer("on_site_visits", 0, 20),
        special_procedures=_special_procedures(reader),
        special_procedure_codes=reader.texts("special_procedure_codes", empty=True),
        fee=fee,
        intermediary_service=reader.text("intermediary_service", empty=True),
        sunk_levels=_sunk_levels(sunk),
        print_at_origin=sunk.flag("print_at_origin", False),
        available_365=reader.flag("available_365", False),
        available_365_source=reader.optional_text("available_365_source"),
        appointment=reader.flag("appointment", False),
        express_delivery=reader.flag("express_delivery", False),
        assurance=reader.optional_choice("assurance", ASSURANCES, Assurance.REAL_NAME),
        agent_service=reader.text("agent_service", empty=True),
        publicity_days=reader.optional_integer("publicity_days", 1, 90),
        archive_retention=reader.text("archive_retention", empty=True),
        note=reader.text("note", empty=True),
        illustrative=reader.flag("illustrative", False),
    )
    _check_base_code(reader, item)
    _check_disclosure(reader, item)
    return item


def _code(reader: Reader) -> str:
    """The implementing code; empty, with a problem noted, for one that cannot be."""
    code = reader.text("task_code")
    if not code:
        return ""
    if not CODE.fullmatch(code):
        reader.refuse("task_code", "实施编码应为31位:18位机构代码、1位行使层级、12位基本编码")
        return ""
    if not valid_uscc(code[:18]):
        reader.refuse("task_code", "实施编码中的统一社会信用代码校验位不符(GB 32100)")
    return code


def _check_base_code(reader: Reader, item: Item) -> None:
    if item.code and item.base_code != item.code[19:]:
        reader.refuse("catalog_code", "基本编码应与实施编码的后12位一致")
    if item.code and item.use_level != item.code[18]:
        reader.refuse("use_level_code", "行使层级应与实施编码第19位一致")
    if item.project_type is ProjectType.INSTANT and item.promise.value > 0:
        reader.refuse("project_type_code", "即办件的承诺时限应为0")


def _check_disclosure(reader: Reader, item: Item) -> None:
    """A published block in the document may be neither empty nor at odds with the item."""
    block = reader.optional_child("public_disclosure_clause_11")
    if block is None:
        return
    for name in DISCLOSED:
        said = block.text(name)
        if said and said != item.disclosure[name]:
            block.refuse(name, f"公示内容与事项要素不一致,按要素应为“{item.disclosure[name]}”")


def _one_of(reader: Reader, name: str, choices: Mapping[str, str]) -> str:
    return reader.choice(name, {code: code for code in choices}) or ""


def _codes(reader: Reader, name: str, known: str) -> tuple[str, ...]:
    codes = reader.texts(name)
    for index, code in enumerate(codes):
        if code not in known:
            reader.problems.add(f"{reader.at(name)}/{index}", "代码不在国家标准代码表中")
    return codes


def _limit(reader: Reader) -> Limit | None:
    value = reader.integer("value", 0, 3650)
    unit = reader.choice("unit", UNITS)
    return None if unit is None else Limit(value, unit)


def _statutory(reader: Reader) -> Statutory | None:
    limit = _limit(reader)
    origin = reader.choice("clock_origin", ORIGINS)
    extension = reader.optional_integer("extension_value", 1, 3650)
    extension_unit = None if extension is None else reader.choice("extension_unit", UNITS)
    if limit is None or origin is None:
        return None
    return Statutory(
        value=limit.value,
        unit=limit.unit,
        origin=origin,
        basis=reader.text("basis"),
        origin_text=reader.text("clock_origin"),
        extension_value=extension,
        extension_unit=extension_unit,
        confidence=reader.text("confidence", empty=True),
        unit_disputed=reader.flag("unit_disputed", False),
    )


def _sunk_levels(reader: Reader) -> tuple[str, ...]:
    sunk = reader.flag("is_sunk")
    levels = reader.texts("levels", empty=True)
    for index, level in enumerate(levels):
        if level not in LEVELS:
            reader.problems.add(f"{reader.at('levels')}/{index}", "下沉层级应为街道或社区")
    if sunk != bool(levels):
        reader.refuse("levels", "下沉事项应写明下沉到的层级,未下沉的不写")
    return levels


def _fee(reader: Reader) -> Fee:
    charged = reader.flag("charged")
    items = []
    for each in reader.children("items"):
        items.append(
            FeeItem(
                name=each.text("name"),
                standard=each.text("standard"),
                basis=each.text("basis"),
                amount_fen=each.optional_money("amount_cny"),
            )
        )
    if charged != bool(items):
        reader.refuse("items", "收费事项应列明收费项目,不收费的不列")
    return Fee(charged, tuple(items))


def _special_procedures(reader: Reader) -> tuple[SpecialProcedure, ...]:
    return tuple(
        SpecialProcedure(
            name=each.text("name"),
            excludes_clock=each.flag("excludes_clock"),
            legal_ground=each.text("legal_ground"),
        )
        for each in reader.children("special_procedures", absent=True)
    )


def _materials(reader: Reader, context: _Context) -> tuple[Material, ...]:
    found = []
    for index, each in enumerate(reader.children("materials"), 1):
        type_code = _known_type(each, each.optional_text("certificate_type"), context)
        sample = each.optional_child("sample")
        material = Material(
            id=f"m{index}",
            name=each.text("material_name", longest=200),
            required=each.flag("required"),
            form=each.text("form", empty=True),
            source=each.text("source"),
            legal_basis=each.text("legal_basis"),
            holder_role=each.text("holder_role"),
            issuer=each.text("issuer", empty=True),
            certificate_type=type_code,
            alternative_group=each.optional_text("alternative_group"),
            tolerable_missing=each.flag("tolerable_missing", False),
            shareable=each.flag("shareable", False),
            share_class=each.optional_text("share_class"),
            sample=None if sample is None else Sample(sample.text("title"), sample.texts("lines")),
        )
        if material.sample is None:
            material = replace(material, sample=context.sample_for(material))
        found.append(material)
    return tuple(found)


def _known_type(reader: Reader, key: str | None, context: _Context) -> str | None:
    if key is None:
        return None
    known = context.types.get(key)
    if known is None:
        reader.refuse("certificate_type", f"没有代号为“{key}”的证照类型")
        return None
    return known.code


def _result(reader: Reader | None, context: _Context) -> Result | None:
    if reader is None:
        return None
    code = _known_type(reader, reader.text("certificate_type"), context)
    if code is None:
        return None
    return Result(
        certificate_type=code,
        name=reader.text("name"),
        kind=reader.text("kind"),
        validity_months=reader.optional_integer("validity_months", 1),
    )
