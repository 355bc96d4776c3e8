"""The indicators: what each is, its formula in words, and its value from a month's measures.

Every value is a numerator and a denominator, never a bare rate; a denominator of zero has no rate.
Formulas are [D] except where a clause of 中原政〔2016〕3号 names the rate (§二). Rates are given to
four decimals; the numbers under them are whole, so a recount agrees to the last digit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Indicator:
    """An indicator computed from measures. `cases` names the list that its number opens.

    `denominator` empty means a plain count.
    """

    key: str
    name: str
    formula: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    cases: str = "closed"

    def value(self, measures: Mapping[str, int]) -> dict[str, Any]:
        """Key, name, formula, numerator, denominator and rate, from these measures."""
        numerator = sum(measures.get(name, 0) for name in self.numerator)
        denominator = sum(measures.get(name, 0) for name in self.denominator)
        return {
            "key": self.key,
            "name": self.name,
            "formula": self.formula,
            "numerator": numerator,
            "denominator": denominator if self.denominator else None,
            "rate": rate(numerator, denominator) if self.denominator else None,
        }


def rate(numerator: int, denominator: int) -> float | None:
    """Four decimals, or None where there is nothing to divide by."""
    return round(numerator / denominator, 4) if denominator else None


_GRADES: Final = tuple(f"rated.{grade}" for grade in range(1, 6))
_VISIT_GRADES: Final = tuple(f"visit_{grade}" for grade in _GRADES)

MONTHLY: Final = (
    Indicator("received", "收件数", "本月收到的办件数", ("received",), cases="received"),
    Indicator("closed", "办结数", "本月办结的办件数(含不受理、撤回、退件、作废)", ("closed",)),
    Indicator(
        "on_time_rate",
        "按时办结率",
        "本月办结且作出决定的办件中,承诺时限与法定时限均未超过的件数 ÷ 作出决定的件数",
        ("on_time",),
        ("timed",),
    ),
    Indicator(
        "actual_to_promised",
        "实际用时与承诺时限之比",
        "本月办结且作出决定的办件实际用工作日之和 ÷ 承诺工作日之和(依法停止计时的日子两边都不计)",
        ("promise_used",),
        ("promise_allowed",),
    ),
    Indicator(
        "actual_to_statutory",
        "实际用时与法定时限之比",
        "本月办结且作出决定的办件实际用工作日之和 ÷ 法定工作日之和(依法停止计时的日子两边都不计)",
        ("statute_used",),
        ("statute_allowed",),
    ),
    Indicator(
        "online_rate",
        "网上申请率",
        "本月网上收件数 ÷ 收件数",
        ("online",),
        ("received",),
        "received",
    ),
    Indicator(
        "materials_saved",
        "免提交材料数",
        "本月收件时由证照库直接取用、未让申请人提交的材料份数",
        ("materials_saved",),
        cases="received",
    ),
    Indicator(
        "visits_saved",
        "少跑次数",
        "本月办结件按“提交一次、领取一次、每次补正一次”应跑次数减实际到场次数之和",
        ("visits_saved",),
    ),
    Indicator(
        "proofs_removed",
        "清理的循环证明、奇葩证明",
        "历次目录检查发现、此后已不再存在的循环证明和无依据证明数 ÷ 历次发现数(全区累计)",
        ("proofs_removed",),
        ("proofs_found",),
        "proofs",
    ),
    Indicator(
        "satisfaction_rate",
        "好评率",
        "本月评价中非常满意、满意、基本满意的件数 ÷ 已评价件数(未评价不计为好评)",
        _GRADES[:3],
        _GRADES,
        "rated",
    ),
    Indicator(
        "visit_satisfaction_rate",
        "现场服务好评率",
        "本月现场服务评价(一次一评)中非常满意、满意、基本满意的次数 ÷ 已评价次数",
        _VISIT_GRADES[:3],
        _VISIT_GRADES,
        "visits",
    ),
    Indicator("rated_rate", "参评率", "本月评价件数 ÷ 本月办结件数", _GRADES, ("closed",), "rated"),
    Indicator(
        "redress_rate",
        "差评与异议办结率",
        "本月的差评与异议(每件立案)中已办结的件数 ÷ 差评与异议件数",
        ("redress_closed",),
        (*_GRADES[3:], *_VISIT_GRADES[3:], "objected"),
        "redress",
    ),
    Indicator(
        "alarms",
        "预警与督办数",
        "本月发出的预警、黄牌、红牌数",
        ("raised.warning", "raised.yellow", "raised.red"),
        cases="alarms",
    ),
)

BY_KEY: Final[Mapping[str, Indicator]] = {one.key: one for one in MONTHLY}

OPEN: Final = Indicator("open", "在办数", "此刻尚未办结的办件数", ("open",), cases="open")
"""A count of this moment, not of a month; its list opens like the others'."""

LISTED: Final[Mapping[str, Indicator]] = {**BY_KEY, OPEN.key: OPEN}
"""Every number that opens the list of its cases."""


def monthly(measures: Mapping[str, int]) -> list[dict[str, Any]]:
    """All monthly indicators of these measures."""
    return [one.value(measures) for one in MONTHLY]


# --- the six rates of §二 ---------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SixRate:
    """One of the six rates that shall be 100 %, with the date by which."""

    key: str
    name: str
    formula: str
    by: str


SIX_RATES: Final = (
    SixRate(
        "point_coverage", "网点覆盖率", "有便民服务站的村(社区)数 ÷ 全部村(社区)数", "2016-06-30"
    ),
    SixRate(
        "certificate_sharing",
        "信息资源共享率",
        "办结即自动入库共享的证照类型数 ÷ 应共享的证照类型数",
        "2016-06-30",
    ),
    SixRate(
        "online_application",
        "网上可申报率",
        "可网上提交的已发布事项数 ÷ 已发布事项数",
        "2016-06-30",
    ),
    SixRate(
        "online_operation",
        "权责事项网上运行率",
        "全流程在网上留痕运行的权责事项数 ÷ 清单内权责事项数",
        "2016-12-31",
    ),
    SixRate(
        "supervision",
        "电子监察监管率",
        "至少受一条时限规则和一条流程规则监察的事项数 ÷ 清单内事项数",
        "2016-12-31",
    ),
    SixRate(
        "stationing",
        "公共服务事项进驻率",
        "已进驻的公共服务事项数 ÷ 应进驻的公共服务事项数",
        "2016-12-31",
    ),
)
"""Each with its target date in the source document; the target itself is 100 % throughout."""

TARGET: Final = 1.0


@dataclass(frozen=True, slots=True)
class Census:
    """What one of the six rates was counted from: how many of how many, and what is missing."""

    key: str
    numerator: int
    denominator: int
    missing: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "numerator": self.numerator,
            "denominator": self.denominator,
            "missing": list(self.missing),
        }

    @classmethod
    def of(cls, key: str, everything: Mapping[str, bool]) -> Census:
        """From what there is and whether it counts: the rest is missing, in order."""
        missing = tuple(sorted(name for name, counts in everything.items() if not counts))
        return cls(key, len(everything) - len(missing), len(everything), missing)


def six_rates(census: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The six rates in the public shape; one that was never counted has no rate."""
    shown = []
    for one in SIX_RATES:
        found = census.get(one.key, {})
        numerator, denominator = found.get("numerator", 0), found.get("denominator", 0)
        shown.append(
            {
                "key": one.key,
                "name": one.name,
                "formula": one.formula,
                "numerator": numerator,
                "denominator": denominator,
                "rate": rate(numerator, denominator),
                "target": TARGET,
                "target_date": one.by,
                "missing": list(found.get("missing", [])),
            }
        )
    return shown
