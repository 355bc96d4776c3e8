"""Handling limits as data: how long a unit may take for an alarm, a bad rating, an objection.

Found practice differs from place to place, so none of these is law: the code ships proposals [D], and
the district writes its own. A limit holds for steps that begin after it was written: what was told
to a unit (`reply_due_at`, `due_at`) stands.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any, Final

from chalicelib.core.errors import FieldError, InvalidInput
from chalicelib.supervision.handling import Policy
from chalicelib.supervision.redress import Limits

LONGEST: Final = 60
"""Working days; a longer limit is none."""

MEANINGS: Final[Mapping[str, str]] = {
    "alarms/reply_yellow": "黄牌:责任单位答复的工作日数",
    "alarms/reply_red": "红牌:责任单位答复的工作日数",
    "alarms/remind_before": "答复期限前几个工作日提醒",
    "alarms/review": "监察窗口核查答复的工作日数",
    "alarms/escalate_again": "逾期报监察窗口后,再报政务服务办的工作日数",
    "alarms/warning_lapses": "无到期日的预警自动了结的工作日数",
    "redress/verify_rating": "差评核实的工作日数",
    "redress/verify_objection": "异议核实的工作日数",
    "redress/rectify": "整改的工作日数",
    "redress/answer": "答复申请人的工作日数",
    "redress/call_back": "回访的工作日数",
}


@dataclass(frozen=True, slots=True)
class HandlingLimits:
    """All limits that hold. Version 0 is what the code ships."""

    alarms: Policy = field(default_factory=Policy)
    redress: Limits = field(default_factory=Limits)
    version: int = 0

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> HandlingLimits:
        """What `to_dict` wrote. Trusts it, and fills in limits that were added since."""
        return cls(
            Policy(**_known(Policy, raw.get("alarms", {}))),
            Limits(**_known(Limits, raw.get("redress", {}))),
            int(raw.get("version", 0)),
        )

    def changed_to(self, written: Mapping[str, Any]) -> HandlingLimits:
        """The next version, as a person wrote it. Raises InvalidInput with every wrong limit."""
        wrong = [
            FieldError(f"/{path}", f"须为 1 至 {LONGEST} 个工作日")
            for path in MEANINGS
            if not 1 <= _at(written, path) <= LONGEST
        ]
        alarms = written["alarms"]
        if not wrong and alarms["reply_red"] > alarms["reply_yellow"]:
            wrong.append(FieldError("/alarms/reply_red", "红牌的答复期限不能长于黄牌"))
        if wrong:
            raise InvalidInput("处理时限有误", wrong)
        return HandlingLimits.from_dict({**written, "version": self.version + 1})


def _at(written: Mapping[str, Any], path: str) -> int:
    group, _, name = path.partition("/")
    return int(written[group][name])


def _known(kind: type[Any], raw: Mapping[str, Any]) -> dict[str, int]:
    return {one.name: int(raw[one.name]) for one in fields(kind) if one.name in raw}


SHIPPED: Final = HandlingLimits()
