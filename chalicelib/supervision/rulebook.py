"""The rules as people keep them: read, written, switched on and off, with every version kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from chalicelib.aws.settings import clock
from chalicelib.core.access import require
from chalicelib.core.errors import InvalidInput, NotFound, StaleVersion
from chalicelib.core.principal import Principal
from chalicelib.core.time import to_text
from chalicelib.supervision import answers, rule_store
from chalicelib.supervision.rules import OPERATORS, Rule, read_rule
from chalicelib.supervision.vocabulary import FAMILIES, WORDS, known

LONGEST_CODE: Final = 12


def everything() -> dict[str, Any]:
    """All rules by code, and the words and operators that a rule is written in."""
    rules = sorted(rule_store.rulebook().values(), key=lambda rule: rule.code)
    return {
        "items": [rule.to_dict() for rule in rules],
        "facts": {**WORDS, **{f"{prefix}…": text for prefix, text in FAMILIES.items()}},
        "operators": list(OPERATORS),
    }


def write(
    principal: Principal,
    code: str,
    written: Mapping[str, Any],
    asked: answers.Asked,
    if_match: str | None,
) -> Mapping[str, Any]:
    """Put a new rule, or the next version of one, in force; it holds for events from now on.

    `if_match` names the version that the writer saw. Raises Forbidden, InvalidInput, StaleVersion.
    """
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    require(principal, "rule.write")
    if not code.isalnum() or len(code) > LONGEST_CODE:
        raise InvalidInput.at("/code", f"编号须为不超过 {LONGEST_CODE} 位的字母和数字")
    rule = read_rule({**written, "code": code}, known)
    try:
        current = rule_store.read(code)
        if if_match is not None and if_match not in ("*", str(current.version)):
            raise StaleVersion("规则已被他人修改,请刷新后重试")
        rule = current.changed_to(rule)
    except NotFound:
        pass
    shown = rule.to_dict()
    by = {
        "by": principal.account,
        "organisation": principal.organisation,
        "at": to_text(clock().now()),
    }
    rule_store.write(rule, by, asked.answered(shown))
    return shown


def candidate(code: str, written: Mapping[str, Any] | None) -> Rule:
    """The rule to try: as a person drafted it, or as it stands. Raises NotFound, InvalidInput."""
    if written is None:
        return rule_store.read(code)
    return read_rule({**written, "code": code}, known)
