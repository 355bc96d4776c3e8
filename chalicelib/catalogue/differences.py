"""What differs between two versions of an item, and between the units that implement one, in words.

Pure. Clause 13 wants name, conditions, steps and promise the same in all units: everything but the
listed local fields belongs to the base record that all units share.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from chalicelib.catalogue.model import (
    TASK_TYPES,
    FeeItem,
    Item,
    Material,
    State,
    Statutory,
    limit_in_words,
)
from chalicelib.core.principal import Assurance

ASSURANCE_NAMES: Mapping[Assurance, str] = {
    Assurance.PLAIN: "普通登录",
    Assurance.REAL_NAME: "实名认证",
}
STATES: Mapping[State, str] = {
    State.IN_USE: "在用",
    State.SUSPENDED: "暂停",
    State.CANCELLED: "取消",
}

LOCAL_FIELDS = frozenset(
    {
        "code",
        "version",
        "key",
        "handle_code",
        "body",
        "body_name",
        "handle_forms",
        "supervision_channel",
        "agent_service",
        "appointment",
        "express_delivery",
        "print_at_origin",
        "available_365",
        "available_365_source",
        "note",
        "illustrative",
    }
)
"""What an implementing unit may say for itself: who it is, how to reach it, what comfort it offers."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One field that differs, as a sentence and as its two values in words."""

    field: str
    title: str
    before: str
    after: str

    @property
    def sentence(self) -> str:
        if not self.before:
            return f"{self.title}新增“{self.after}”"
        if not self.after:
            return f"{self.title}删去“{self.before}”"
        return f"{self.title}由“{self.before}”改为“{self.after}”"

    def to_dict(self) -> dict[str, str]:
        return {
            "field": self.field,
            "title": self.title,
            "before": self.before,
            "after": self.after,
            "sentence": self.sentence,
        }


def _plain(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "是" if value else "否"
    return str(value)


def _listed(values: Sequence[str]) -> str:
    return ";".join(values)


def _statutory(statutory: Statutory) -> str:
    words = f"{limit_in_words(statutory.limit)},自{statutory.origin_text}起"
    extension = statutory.extension
    return words + (f",可延长{limit_in_words(extension)}" if extension else "")


Words = Callable[[Any], str]

FIELDS: Mapping[str, tuple[str, Words]] = {
    "name": ("事项名称", _plain),
    "type_code": ("事项类型", lambda code: TASK_TYPES.get(code, code)),
    "state": ("事项状态", lambda state: STATES[state]),
    "project_type": ("办件类型", {"1": "即办件", "2": "承诺件", "9": "其他"}.__getitem__),
    "body_name": ("实施主体", _plain),
    "domain": ("领域", _plain),
    "deciding_level": ("决定层级", _plain),
    "promise": ("承诺时限", limit_in_words),
    "statutory": ("法定时限", _statutory),
    "conditions": ("办理条件", _listed),
    "steps": ("办理程序", "→".join),
    "result": ("办理结果", lambda result: result.name if result else ""),
    "outcome": ("办理结果说明", _plain),
    "supervision_channel": ("监督渠道", _plain),
    "reported_up": ("上报件", _plain),
    "service_objects": ("服务对象", _listed),
    "handle_forms": ("办理形式", _listed),
    "handle_area": ("通办范围", _plain),
    "on_site_visits": ("到现场次数", _plain),
    "special_procedures": (
        "特别程序",
        lambda each: _listed(
            [f"{one.name}({'不计时' if one.excludes_clock else '计时'})" for one in each]
        ),
    ),
    "intermediary_service": ("中介服务", _plain),
    "sunk_levels": ("下沉层级", _listed),
    "print_at_origin": ("原窗口出证", _plain),
    "available_365": ("365天可办", _plain),
    "appointment": ("可预约", _plain),
    "express_delivery": ("可快递", _plain),
    "assurance": ("登录要求", ASSURANCE_NAMES.__getitem__),
    "agent_service": ("代办服务", _plain),
    "publicity_days": ("公示天数", _plain),
    "archive_retention": ("归档年限", _plain),
    "note": ("备注", _plain),
}


def differences(before: Item, after: Item) -> tuple[Difference, ...]:
    """Everything that differs, in the order in which a reviewer reads an item."""
    found = [
        Difference(field, title, words(old), words(new))
        for field, (title, words) in FIELDS.items()
        if (old := getattr(before, field)) != (new := getattr(after, field))
    ]
    if before.statutory.basis != after.statutory.basis:
        found.append(Difference("basis", "办理依据", before.statutory.basis, after.statutory.basis))
    found += _of_lists("fee", "收费", before.fee.items, after.fee.items, _fee)
    found += _of_lists("materials", "材料", before.materials, after.materials, _material)
    return tuple(found)


def _of_lists(
    field: str, title: str, before: Iterable[Any], after: Iterable[Any], words: Words
) -> list[Difference]:
    """Lines matched by name: what came, what went, what is said otherwise."""
    old = {each.name: words(each) for each in before}
    new = {each.name: words(each) for each in after}
    changed = [
        Difference(field, f"{title}“{name}”", old[name], new[name])
        for name in old
        if name in new and old[name] != new[name]
    ]
    gone = [Difference(field, title, name, "") for name in old if name not in new]
    come = [Difference(field, title, "", f"{name}({new[name]})") for name in new if name not in old]
    return [*gone, *come, *changed]


def _fee(fee: FeeItem) -> str:
    return f"{fee.standard};依据:{fee.basis}"


def _material(material: Material) -> str:
    said = [
        "必要" if material.required else "视情形",
        f"来源:{material.source}",
        f"依据:{material.legal_basis}",
        f"持有人:{material.holder_role}",
    ]
    if material.alternative_group:
        said.append(f"任选其一:{material.alternative_group}")
    if material.tolerable_missing:
        said.append("可容缺")
    return ",".join(said)


@dataclass(frozen=True, slots=True)
class Deviation:
    """A unit whose record differs from the standard in fields that are not local."""

    base_code: str
    code: str
    body_name: str
    standard_code: str
    differences: tuple[Difference, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "base_code": self.base_code,
            "code": self.code,
            "body_name": self.body_name,
            "standard_code": self.standard_code,
            "differences": [each.to_dict() for each in self.differences],
        }


def standard_differences(standard: Item, implementing: Item) -> tuple[Difference, ...]:
    """What an implementing record says otherwise than the standard, though it is not local."""
    return tuple(
        each for each in differences(standard, implementing) if each.field not in LOCAL_FIELDS
    )


def implement(standard: Item, local: Item) -> Item:
    """The unit's record by the standard: everything of the standard but the unit's local fields."""
    return replace(standard, **{name: getattr(local, name) for name in LOCAL_FIELDS})


def deviations(items: Iterable[Item]) -> list[Deviation]:
    """The units that differ from the standard: of each base record, its newest implementation.

    Among equally new ones the lowest code is the standard.
    """
    by_base: dict[str, list[Item]] = {}
    for item in items:
        by_base.setdefault(item.base_code, []).append(item)
    found = []
    for base_code, units in sorted(by_base.items()):
        standard = min(units, key=lambda each: (-each.version, each.code))
        for unit in sorted(units, key=lambda each: each.code):
            differing = standard_differences(standard, unit)
            if unit is not standard and differing:
                found.append(
                    Deviation(base_code, unit.code, unit.body_name, standard.code, differing)
                )
    return found
