"""One cell of the workbook, in both directions: what people write, and what the document holds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.catalogue.sheet_layout import Column, Kind

LARGEST = 1_000_000_000
YES, NO = "是", "否"
SEPARATORS: Mapping[Kind, str] = {
    Kind.LIST: ";",
    Kind.STEPS: "→",
    Kind.LINES: "\n",
    Kind.CODES: "、",
}
OTHER_SEPARATORS: Mapping[Kind, str] = {
    Kind.LIST: ";\n",
    Kind.STEPS: "\n",
    Kind.LINES: "",
    Kind.CODES: ",,;;\n",
}
"""What people write where the separator belongs."""


class UnreadableCell(ValueError):
    """A cell that says nothing its column can hold; the message says what to write instead."""


def read_cell(column: Column, raw: Any) -> Any:
    """A cell's value as the document has it. Raises UnreadableCell."""
    if raw is None or (isinstance(raw, str) and not raw.strip()):
        if column.needed and column.kind is not Kind.FLAG:
            raise UnreadableCell(f"“{column.heading}”不能为空")
        return _empty(column.kind)
    match column.kind:
        case Kind.INTEGER:
            return _integer(raw)
        case Kind.MONEY:
            return _money(raw)
        case Kind.FLAG:
            return _flag(raw)
    text = _text(raw)
    if column.kind is Kind.TEXT:
        return text
    if column.kind is Kind.CODE:
        return _code(column, text)
    parts = _parts(column.kind, text)
    return [_code(column, part) for part in parts] if column.kind is Kind.CODES else parts


def _empty(kind: Kind) -> Any:
    if kind is Kind.FLAG:
        return False
    return [] if kind in SEPARATORS else None


def _integer(raw: Any) -> int:
    number = _number(raw, "整数")
    if number != int(number):
        raise UnreadableCell(f"“{raw}”不是整数")
    return int(number)


def _money(raw: Any) -> int | float:
    number = _number(raw, "金额")
    return int(number) if number == int(number) else number


def _number(raw: Any, what: str) -> float:
    if isinstance(raw, bool):
        raise UnreadableCell(f"应填写{what}")
    try:
        number = float(str(raw).replace(",", "").strip().removesuffix("元"))
    except ValueError:
        raise UnreadableCell(f"“{raw}”不是{what}") from None
    if not abs(number) < LARGEST:
        raise UnreadableCell(f"“{raw}”超出范围")
    return number


def _flag(raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    text = _text(raw)
    if text in (YES, NO):
        return text == YES
    raise UnreadableCell("应填写“是”或“否”")


def _code(column: Column, text: str) -> str:
    if text in column.words:
        return column.words[text]
    raise UnreadableCell(f"“{text}”应为下列之一:{'、'.join(column.words)}")


def _parts(kind: Kind, text: str) -> list[str]:
    for other in OTHER_SEPARATORS[kind]:
        text = text.replace(other, SEPARATORS[kind])
    return [part.strip() for part in text.split(SEPARATORS[kind]) if part.strip()]


def _text(raw: Any) -> str:
    """A cell as text: a number that Excel made of a code loses its `.0`."""
    if isinstance(raw, float) and raw == int(raw):
        return str(int(raw))
    text = str(raw).strip()
    return text.removeprefix("'")


def write_cell(column: Column, value: Any) -> str | int | float | None:
    if column.kind is Kind.FLAG:
        return YES if value else NO
    if value is None or value == []:
        return None
    words = {code: word for word, code in column.words.items()}
    if column.kind is Kind.CODE:
        return words[value]
    if column.kind is Kind.CODES:
        return SEPARATORS[Kind.CODES].join(words[each] for each in value)
    if column.kind in SEPARATORS:
        return SEPARATORS[column.kind].join(value)
    if column.kind in (Kind.INTEGER, Kind.MONEY):
        return int(value) if value == int(value) else float(value)
    return _unformulated(str(value))


def _unformulated(text: str) -> str:
    """A text that a spreadsheet will not run as a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
