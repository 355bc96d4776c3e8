"""Supervision rules as data: what event, under which condition, raises which level.

A condition is JSON, so a rule can be written, tried and switched on without a deployment:

    {"all": [c, …]}   {"any": [c, …]}   {"not": c}
    {"fact": NAME, "is": OPERATOR, "to": VALUE}

NAME is a word of the vocabulary (`chalicelib.supervision.vocabulary`); VALUE is a literal,
`{"fact": NAME}` for another fact, or `{"threshold": true}` for the rule's own threshold. A fact that
is not there satisfies only `absent` and `blank`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.errors import FieldError, InvalidInput
from chalicelib.supervision.model import Level

Facts = Mapping[str, Any]
Condition = Mapping[str, Any]


class Dimension(StrEnum):
    """What a rule watches over (domain reference §3)."""

    TIME = "time"
    PROCESS = "process"
    FEE = "fee"
    INTEGRITY = "integrity"
    DATA = "data"
    PEOPLE = "people"


DIMENSION_NAMES: Final[Mapping[Dimension, str]] = {
    Dimension.TIME: "时限",
    Dimension.PROCESS: "流程",
    Dimension.FEE: "收费",
    Dimension.INTEGRITY: "廉政",
    Dimension.DATA: "数据",
    Dimension.PEOPLE: "人员",
}


class Window(StrEnum):
    """The span within which repetitions of one kind are counted together."""

    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"


@dataclass(frozen=True, slots=True)
class Repeat:
    """Raise only when it happened `times` times in one `window` for the same values of `by`."""

    by: tuple[str, ...]
    times: int
    window: Window


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule. `level` None takes the rung that a timed alert came with.

    `answers` names the fact that holds the responsible unit. `confidence` says how firm the basis
    is: law, a local rule, or a proposal that the district is free to change.
    """

    code: str
    name: str
    dimension: Dimension
    level: Level | None
    basis: str
    on: tuple[str, ...]
    when: Condition
    threshold: float | None = None
    repeat: Repeat | None = None
    answers: str = "body"
    confidence: str = "proposal"
    active: bool = True
    version: int = 1

    def fires(self, facts: Facts) -> bool:
        """Whether the condition holds for these facts; says nothing of `active` or `repeat`."""
        return facts.get("type") in self.on and holds(self.when, facts, self.threshold)

    def to_dict(self) -> dict[str, Any]:
        repeat = self.repeat
        return {
            "code": self.code,
            "name": self.name,
            "dimension": self.dimension.value,
            "level": self.level.value if self.level else None,
            "basis": self.basis,
            "on": list(self.on),
            "when": dict(self.when),
            "threshold": self.threshold,
            "repeat": {"by": list(repeat.by), "times": repeat.times, "window": repeat.window.value}
            if repeat
            else None,
            "answers": self.answers,
            "confidence": self.confidence,
            "active": self.active,
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Rule:
        """What `to_dict` wrote, or a stored rule. Trusts it: `read_rule` checks what people send."""
        repeat = raw.get("repeat")
        return cls(
            code=raw["code"],
            name=raw["name"],
            dimension=Dimension(raw["dimension"]),
            level=Level(raw["level"]) if raw.get("level") else None,
            basis=raw["basis"],
            on=tuple(raw["on"]),
            when=raw["when"],
            threshold=raw.get("threshold"),
            repeat=Repeat(tuple(repeat["by"]), repeat["times"], Window(repeat["window"]))
            if repeat
            else None,
            answers=raw.get("answers", "body"),
            confidence=raw.get("confidence", "proposal"),
            active=raw.get("active", True),
            version=raw.get("version", 1),
        )

    def changed_to(self, other: Rule) -> Rule:
        """The next version of this rule, worded as `other`."""
        return replace(other, code=self.code, version=self.version + 1)


# --- conditions ------------------------------------------------------------------------------------


def holds(condition: Condition, facts: Facts, threshold: float | None = None) -> bool:
    """Whether a well-formed condition holds."""
    if "all" in condition:
        return all(holds(part, facts, threshold) for part in condition["all"])
    if "any" in condition:
        return any(holds(part, facts, threshold) for part in condition["any"])
    if "not" in condition:
        return not holds(condition["not"], facts, threshold)
    value = _value(facts, condition["fact"])
    operator = condition["is"]
    if operator in _UNARY:
        return _UNARY[operator](value)
    wanted = _operand(condition["to"], facts, threshold)
    if value is None or wanted is None:
        return False
    try:
        return _BINARY[operator](value, wanted)
    except TypeError:
        return False


def _value(facts: Facts, name: str) -> Any:
    """A fact; what never happened has happened zero times."""
    return facts.get(name, 0 if name.startswith("count.") else None)


def _operand(raw: Any, facts: Facts, threshold: float | None) -> Any:
    if isinstance(raw, Mapping):
        return _value(facts, raw["fact"]) if "fact" in raw else threshold
    return raw


_UNARY: Final[Mapping[str, Callable[[Any], bool]]] = {
    "present": lambda value: value is not None,
    "absent": lambda value: value is None,
    "blank": lambda value: value is None or not str(value).strip(),
    "filled": lambda value: value is not None and bool(str(value).strip()),
}
_BINARY: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "equals": lambda value, wanted: bool(value == wanted),
    "differs": lambda value, wanted: bool(value != wanted),
    "at_least": lambda value, wanted: bool(value >= wanted),
    "more_than": lambda value, wanted: bool(value > wanted),
    "at_most": lambda value, wanted: bool(value <= wanted),
    "less_than": lambda value, wanted: bool(value < wanted),
    "one_of": lambda value, wanted: value in wanted,
    "none_of": lambda value, wanted: value not in wanted,
}

OPERATORS: Final = (*_UNARY, *_BINARY)
DEEPEST: Final = 6
"""How deep conditions may nest; a rule that needs more is two rules."""


def condition_errors(
    condition: Any, known: Callable[[str], bool], at: str = "/when", depth: int = 0
) -> list[FieldError]:
    """Everything wrong with a condition, each with a pointer. `known` says what is a fact."""
    if not isinstance(condition, Mapping) or depth > DEEPEST:
        return [FieldError(at, f"条件须为对象,嵌套不超过 {DEEPEST} 层")]
    for word in ("all", "any"):
        if word in condition:
            parts = condition[word]
            if not isinstance(parts, list) or (word == "any" and not parts):
                return [FieldError(f"{at}/{word}", "请列出各项条件")]
            return [
                error
                for index, part in enumerate(parts)
                for error in condition_errors(part, known, f"{at}/{word}/{index}", depth + 1)
            ]
    if "not" in condition:
        return condition_errors(condition["not"], known, f"{at}/not", depth + 1)
    return _leaf_errors(condition, known, at)


def _leaf_errors(
    leaf: Mapping[str, Any], known: Callable[[str], bool], at: str
) -> list[FieldError]:
    errors = []
    if not known(str(leaf.get("fact", ""))):
        errors.append(FieldError(f"{at}/fact", f"没有名为“{leaf.get('fact', '')}”的事实"))
    operator = leaf.get("is")
    if operator not in OPERATORS:
        errors.append(FieldError(f"{at}/is", f"运算须为:{'、'.join(OPERATORS)}"))
    elif operator in _BINARY:
        errors += _operand_errors(leaf.get("to"), operator, known, f"{at}/to")
    return errors


def _operand_errors(
    raw: Any, operator: str, known: Callable[[str], bool], at: str
) -> list[FieldError]:
    if isinstance(raw, Mapping):
        if raw.get("threshold") is True or known(str(raw.get("fact", ""))):
            return []
        return [FieldError(at, "须为字面值、已知事实或 threshold")]
    if operator in ("one_of", "none_of"):
        return [] if isinstance(raw, list) else [FieldError(at, "须为列表")]
    if isinstance(raw, str | int | float | bool):
        return []
    return [FieldError(at, "请填写比较的值")]


# --- what people send ------------------------------------------------------------------------------


def read_rule(raw: Mapping[str, Any], known: Callable[[str], bool]) -> Rule:
    """The rule that a person wrote. Raises InvalidInput with every fault at once."""
    errors = condition_errors(raw.get("when"), known)
    for name, label in (("code", "编号"), ("name", "名称"), ("basis", "依据")):
        if not str(raw.get(name) or "").strip():
            errors.append(FieldError(f"/{name}", f"请填写规则的{label}"))
    on = raw.get("on")
    if not isinstance(on, list) or not on or not all(isinstance(name, str) for name in on):
        errors.append(FieldError("/on", "请列出规则所看的事件类型"))
    errors += _choice_errors(raw, "dimension", [one.value for one in Dimension])
    if raw.get("level") is not None:
        errors += _choice_errors(raw, "level", [one.value for one in Level])
    errors += _repeat_errors(raw.get("repeat"), known)
    if not known(str(raw.get("answers", "body"))):
        errors.append(FieldError("/answers", "责任单位须取自已知事实"))
    if errors:
        raise InvalidInput("规则有误", errors)
    return Rule.from_dict(raw)


def _choice_errors(raw: Mapping[str, Any], name: str, choices: Sequence[str]) -> list[FieldError]:
    if raw.get(name) in choices:
        return []
    return [FieldError(f"/{name}", f"须为:{'、'.join(choices)}")]


def _repeat_errors(raw: Any, known: Callable[[str], bool]) -> list[FieldError]:
    if raw is None:
        return []
    if not isinstance(raw, Mapping):
        return [FieldError("/repeat", "须为对象")]
    errors = _choice_errors({"window": raw.get("window")}, "window", [one.value for one in Window])
    if not isinstance(raw.get("times"), int) or not 2 <= raw["times"] <= 1000:
        errors.append(FieldError("/repeat/times", "次数须在 2 到 1000 之间"))
    by = raw.get("by")
    if not isinstance(by, list) or not by or not all(known(str(name)) for name in by):
        errors.append(FieldError("/repeat/by", "请列出按哪些事实归并"))
    return [
        error if error.pointer.startswith("/repeat") else replace(error, pointer="/repeat/window")
        for error in errors
    ]
