"""pydantic's findings as JSON pointers and sentences that a citizen can act on, all at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.core.errors import FieldError

# By pydantic's error type; `{name}` is filled from the finding's context.
MESSAGES: Mapping[str, str] = {
    "missing": "此项必填",
    "extra_forbidden": "没有这一项",
    "repeated": "只能填写一次",
    "string_type": "应为文字",
    "string_too_short": "至少 {min_length} 个字",
    "string_too_long": "最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不正确",
    "string_unicode": "含有无法识别的字符",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "数字过大",
    "int_from_float": "应为整数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "decimal_type": "应为数字",
    "decimal_parsing": "应为数字",
    "decimal_max_digits": "最多 {max_digits} 位数字",
    "decimal_max_places": "最多 {decimal_places} 位小数",
    "decimal_whole_digits": "整数部分最多 {whole_digits} 位",
    "bool_type": "应为是或否",
    "bool_parsing": "应为是或否",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "list_type": "应为列表",
    "tuple_type": "应为列表",
    "set_type": "应为列表",
    "frozen_set_type": "应为列表",
    "too_short": "至少 {min_length} 项",
    "too_long": "最多 {max_length} 项",
    "dict_type": "应为对象",
    "model_type": "应为对象",
    "model_attributes_type": "应为对象",
    "dataclass_type": "应为对象",
    "union_tag_not_found": "缺少类别",
    "union_tag_invalid": "类别只能是 {expected_tags}",
    "none_required": "应为空",
    "date_type": "应为日期,例如 2026-02-11",
    "date_parsing": "应为日期,例如 2026-02-11",
    "date_from_datetime_parsing": "应为日期,例如 2026-02-11",
    "date_from_datetime_inexact": "应为日期,不含时刻",
    "date_past": "应为过去的日期",
    "date_future": "应为将来的日期",
    "datetime_type": "应为时刻,例如 2026-02-11T09:00:00+08:00",
    "datetime_parsing": "应为时刻,例如 2026-02-11T09:00:00+08:00",
    "datetime_from_date_parsing": "应为时刻,例如 2026-02-11T09:00:00+08:00",
    "timezone_aware": "时刻应带时区,例如 +08:00",
    "time_type": "应为时间,例如 09:00",
    "time_parsing": "应为时间,例如 09:00",
    "url_type": "应为网址",
    "url_parsing": "应为网址",
    "url_scheme": "网址只能以 {expected_schemes} 开头",
    "url_too_long": "网址过长",
    "uuid_parsing": "编号格式不正确",
    "recursion_loop": "层次过深",
}
OTHERWISE = "填写有误"
# Rules of ours inside a model raise ValueError or AssertionError with a Chinese sentence.
OWN_WORDS = frozenset({"value_error", "assertion_error"})
NOT_GIVEN = frozenset({"missing", "extra_forbidden", "repeated"})
MALFORMED = frozenset({"json_invalid", "json_type"})


def field_errors(
    findings: Sequence[Mapping[str, Any]], given: object, prefix: str = ""
) -> list[FieldError]:
    """Every finding of a ValidationError, in the order of the form, each pointer once.

    `given` is the value that was validated; pointers are resolved against it, which drops the union
    tags and validator names that pydantic mixes into its locations.
    """
    found: dict[str, FieldError] = {}
    for finding in findings:
        absent = finding["type"] in NOT_GIVEN
        pointer = prefix + pointer_to(finding["loc"], given, absent=absent)
        found.setdefault(pointer, FieldError(pointer, message_of(finding)))
    return list(found.values())


def message_of(finding: Mapping[str, Any]) -> str:
    """The Chinese sentence for one finding."""
    kind, context = finding["type"], finding.get("ctx") or {}
    if kind in OWN_WORDS:
        return str(context.get("error", "")) or OTHERWISE
    template = MESSAGES.get(kind, OTHERWISE)
    try:
        return template.format_map({key: _plain(value) for key, value in context.items()})
    except KeyError:
        return OTHERWISE


def pointer_to(location: Sequence[int | str], given: object, *, absent: bool = False) -> str:
    """The JSON pointer (RFC 6901) of a pydantic location; empty for the whole document.

    Parts that lead nowhere in `given` are the names of unions' branches and validators, unless the
    finding says that its last part is `absent`.
    """
    parts: list[str] = []
    here = given
    for depth, part in enumerate(location):
        if _leads_on(here, part):
            here = here[part]  # type: ignore[index]
        elif not (absent and depth + 1 == len(location)):
            continue
        parts.append(str(part).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{part}" for part in parts)


def _leads_on(here: object, part: int | str) -> bool:
    if isinstance(here, list):
        return isinstance(part, int) and part < len(here)
    return isinstance(here, Mapping) and part in here


def _plain(value: object) -> str:
    return str(value).replace("'", "").replace(" or ", " 或 ")
