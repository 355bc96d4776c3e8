"""What an item is: one entry of the standard catalogue, in one immutable version.

Codes are those of GB/T 39046-2020 Annex A; the fields are the mandatory ones of the national
implementing list (up_task_*), with two made mandatory here because the proof checks depend on
them: where a material comes from and on what basis it is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Any

from chalicelib.core.limits import Limit, Origin, Unit
from chalicelib.core.principal import Assurance

TASK_TYPES: Mapping[str, str] = {
    "01": "行政许可",
    "02": "行政处罚",
    "03": "行政强制",
    "04": "行政征收",
    "05": "行政给付",
    "06": "行政检查",
    "07": "行政确认",
    "08": "行政奖励",
    "09": "行政裁决",
    "10": "其他行政权力",
    "20": "公共服务",
}
UNIT_NAMES: Mapping[Unit, str] = {
    Unit.WORKING_DAY: "工作日",
    Unit.CALENDAR_DAY: "自然日",
    Unit.MONTH: "个月",
}
ASSURANCES: Mapping[str, Assurance] = {
    "plain": Assurance.PLAIN,
    "real-name": Assurance.REAL_NAME,
}
"""What an item may ask of the login of whoever applies online, as documents write it."""
DISCLOSED = (
    "事项编码",
    "实施主体",
    "办理依据",
    "办理条件",
    "办理程序",
    "承诺办理时限",
    "办理结果",
    "是否收费",
    "收费依据",
    "收费标准",
    "监督渠道",
)
"""The eleven fields of clause 11, in its order."""


class State(StrEnum):
    """事项状态."""

    IN_USE = "1"
    SUSPENDED = "2"
    CANCELLED = "3"


class ProjectType(StrEnum):
    """办件类型: decided on the spot, decided within a promise, or other."""

    INSTANT = "1"
    PROMISED = "2"
    OTHER = "9"


@dataclass(frozen=True, slots=True)
class Statutory:
    """The limit that the law sets, and the once-only extension it allows.

    `origin_text` keeps the law's own words for the origin; `confidence` says how sure the
    catalogue's compiler was of the number (high, medium, low), and is shown, never hidden.
    """

    value: int
    unit: Unit
    origin: Origin
    basis: str
    origin_text: str = "受理"
    extension_value: int | None = None
    extension_unit: Unit | None = None
    confidence: str = ""
    unit_disputed: bool = False

    @property
    def limit(self) -> Limit:
        return Limit(self.value, self.unit)

    @property
    def extension(self) -> Limit | None:
        if self.extension_value is None or self.extension_unit is None:
            return None
        return Limit(self.extension_value, self.extension_unit)

    def to_dict(self) -> dict[str, Any]:
        return {
            "value": self.value,
            "unit": str(self.unit),
            "origin": str(self.origin),
            "origin_text": self.origin_text,
            "basis": self.basis,
            "extension_value": self.extension_value,
            "extension_unit": None if self.extension_unit is None else str(self.extension_unit),
            "confidence": self.confidence,
            "unit_disputed": self.unit_disputed,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Statutory:
        extension_unit = raw.get("extension_unit")
        return cls(
            value=int(raw["value"]),
            unit=Unit(raw["unit"]),
            origin=Origin(raw["origin"]),
            basis=raw["basis"],
            origin_text=raw["origin_text"],
            extension_value=raw.get("extension_value"),
            extension_unit=None if extension_unit is None else Unit(extension_unit),
            confidence=raw.get("confidence", ""),
            unit_disputed=raw.get("unit_disputed", False),
        )


@dataclass(frozen=True, slots=True)
class Sample:
    """示例样表: how a filled form, or a right document, looks. `lines` are shown as they stand."""

    title: str
    lines: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"title": self.title, "lines": list(self.lines)}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Sample:
        return cls(raw["title"], tuple(raw["lines"]))


@dataclass(frozen=True, slots=True)
class Material:
    """One thing that an applicant hands in.

    `id` is `m1`, `m2`, … in the order of the list, stable within a version. `certificate_type` is
    the 21-character code of the certificate that satisfies it, `holder_role` whose certificate it
    is (本人, 父母, …). Materials of one `alternative_group` are any-of: one of them is enough.
    """

    id: str
    name: str
    required: bool
    form: str
    source: str
    legal_basis: str
    holder_role: str = "本人"
    issuer: str = ""
    certificate_type: str | None = None
    alternative_group: str | None = None
    tolerable_missing: bool = False
    shareable: bool = False
    share_class: str | None = None
    sample: Sample | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "required": self.required,
            "form": self.form,
            "source": self.source,
            "legal_basis": self.legal_basis,
            "holder_role": self.holder_role,
            "issuer": self.issuer,
            "certificate_type": self.certificate_type,
            "alternative_group": self.alternative_group,
            "tolerable_missing": self.tolerable_missing,
            "shareable": self.shareable,
            "share_class": self.share_class,
            "sample": None if self.sample is None else self.sample.to_dict(),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Material:
        sample = raw.get("sample")
        fields = {name: raw[name] for name in raw if name != "sample"}
        return cls(**fields, sample=None if sample is None else Sample.from_dict(sample))


@dataclass(frozen=True, slots=True)
class Result:
    """What a granted case yields. `certificate_type` is a 21-character code, validity in months."""

    certificate_type: str
    name: str
    kind: str
    validity_months: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "certificate_type": self.certificate_type,
            "name": self.name,
            "kind": self.kind,
            "validity_months": self.validity_months,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Result:
        return cls(**raw)


@dataclass(frozen=True, slots=True)
class FeeItem:
    """One charge. `amount_fen` is None where the sum is assessed case by case by the standard."""

    name: str
    standard: str
    basis: str
    amount_fen: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "standard": self.standard,
            "basis": self.basis,
            "amount_fen": self.amount_fen,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> FeeItem:
        return cls(**raw)


@dataclass(frozen=True, slots=True)
class Fee:
    """Whether a case is charged, and what for. Charged means at least one item."""

    charged: bool = False
    items: tuple[FeeItem, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {"charged": self.charged, "items": [item.to_dict() for item in self.items]}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Fee:
        return cls(raw["charged"], tuple(FeeItem.from_dict(item) for item in raw["items"]))


@dataclass(frozen=True, slots=True)
class SpecialProcedure:
    """A step outside the ordinary review. Only the eight of 行政许可法 art. 45 stop the clock."""

    name: str
    excludes_clock: bool
    legal_ground: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "excludes_clock": self.excludes_clock,
            "legal_ground": self.legal_ground,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> SpecialProcedure:
        return cls(**raw)


@dataclass(frozen=True)
class Item:
    """事项. `code` is the 31-character implementing code, `body` the key of the deciding body.

    `base_code` (12) names the base record that all units share; `sunk_levels` (街道, 社区) says
    where a sunk item is taken in and delivered. `outcome` is what the citizen gets, in words; it
    is the result's name unless the item yields no certificate. `assurance` is the level of login
    that an application online asks for. Durations are `Limit`s.
    """

    code: str
    version: int
    name: str
    base_code: str
    type_code: str
    project_type: ProjectType
    body: str
    body_name: str
    domain: str
    promise: Limit
    statutory: Statutory
    conditions: tuple[str, ...]
    steps: tuple[str, ...]
    materials: tuple[Material, ...]
    result: Result | None
    supervision_channel: str
    outcome: str = ""
    key: str = ""
    handle_code: str = ""
    former_name: str | None = None
    state: State = State.IN_USE
    reported_up: bool = False
    deciding_level: str = "区级"
    use_level: str = "4"
    service_objects: tuple[str, ...] = ("1",)
    handle_forms: tuple[str, ...] = ("1",)
    handle_area: str = "本区"
    on_site_visits: int = 1
    special_procedures: tuple[SpecialProcedure, ...] = ()
    special_procedure_codes: tuple[str, ...] = ()
    fee: Fee = Fee()
    intermediary_service: str = "无"
    sunk_levels: tuple[str, ...] = ()
    print_at_origin: bool = False
    available_365: bool = False
    available_365_source: str | None = None
    appointment: bool = True
    express_delivery: bool = False
    assurance: Assurance = Assurance.REAL_NAME
    agent_service: str = ""
    publicity_days: int | None = None
    archive_retention: str = ""
    note: str = ""
    illustrative: bool = False

    @property
    def sunk(self) -> bool:
        """Whether a subdistrict or community point takes it in (clause 10)."""
        return bool(self.sunk_levels)

    @property
    def type_name(self) -> str:
        return TASK_TYPES.get(self.type_code, "")

    @cached_property
    def disclosure(self) -> dict[str, str]:
        """The clause-11 block. Derived, so that what is published cannot contradict what is run."""
        return disclose(self)

    def material(self, material_id: str) -> Material | None:
        return next((each for each in self.materials if each.id == material_id), None)

    def to_dict(self) -> dict[str, Any]:
        plain = {name: getattr(self, name) for name in _PLAIN}
        return {
            **plain,
            **{name: list(getattr(self, name)) for name in _TEXTS},
            "project_type": str(self.project_type),
            "state": str(self.state),
            "assurance": assurance_word(self.assurance),
            "promise": {"value": self.promise.value, "unit": str(self.promise.unit)},
            "statutory": self.statutory.to_dict(),
            "materials": [each.to_dict() for each in self.materials],
            "result": None if self.result is None else self.result.to_dict(),
            "special_procedures": [each.to_dict() for each in self.special_procedures],
            "fee": self.fee.to_dict(),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Item:
        promise = raw["promise"]
        fields: dict[str, Any] = {name: raw[name] for name in _PLAIN}
        fields |= {name: tuple(raw[name]) for name in _TEXTS}
        fields |= {
            "project_type": ProjectType(raw["project_type"]),
            "state": State(raw["state"]),
            # Versions from before items could ask: every one of them asked for real-name.
            "assurance": ASSURANCES[raw.get("assurance", "real-name")],
            "promise": Limit(int(promise["value"]), Unit(promise["unit"])),
            "statutory": Statutory.from_dict(raw["statutory"]),
            "materials": tuple(Material.from_dict(each) for each in raw["materials"]),
            "result": None if raw["result"] is None else Result.from_dict(raw["result"]),
            "special_procedures": tuple(
                SpecialProcedure.from_dict(each) for each in raw["special_procedures"]
            ),
            "fee": Fee.from_dict(raw["fee"]),
        }
        return cls(**fields)


_TEXTS = (
    "conditions",
    "steps",
    "service_objects",
    "handle_forms",
    "special_procedure_codes",
    "sunk_levels",
)
_BUILT = {
    "project_type",
    "state",
    "assurance",
    "promise",
    "statutory",
    "materials",
    "result",
    "special_procedures",
    "fee",
}
_PLAIN = tuple(
    name for name in Item.__dataclass_fields__ if name not in _BUILT and name not in _TEXTS
)


def assurance_word(assurance: Assurance) -> str:
    """The level as documents write it."""
    return next(word for word, level in ASSURANCES.items() if level is assurance)


def limit_in_words(limit: Limit) -> str:
    """`5工作日`, `20自然日`; a limit of nothing is done at once."""
    return "即时办结" if limit.value == 0 else f"{limit.value}{UNIT_NAMES[limit.unit]}"


def disclose(item: Item) -> dict[str, str]:
    """The eleven fields of clause 11 of an item. An empty one keeps it from being published."""
    fees = item.fee.items
    return dict(
        zip(
            DISCLOSED,
            (
                item.code,
                item.body_name,
                item.statutory.basis,
                ";".join(item.conditions),
                "→".join(item.steps),
                limit_in_words(item.promise),
                item.result.name if item.result else item.outcome,
                "是" if item.fee.charged else "否",
                ";".join(each.basis for each in fees) if item.fee.charged else "无",
                ";".join(each.standard for each in fees) if item.fee.charged else "不收费",
                item.supervision_channel,
            ),
            strict=True,
        )
    )
