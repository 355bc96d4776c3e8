"""Reading the spreadsheet that offices really use into a catalogue document.

Reading remembers in which cell each field stood, so that whatever is wrong with the document is
reported by sheet and cell: `事项!D5`. Needs openpyxl, so it is used on the command line, not on
Lambda.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from chalicelib.catalogue.sheet_cells import UnreadableCell, read_cell
from chalicelib.catalogue.sheet_layout import (
    BODIES,
    FEES,
    ITEM,
    ITEMS,
    MATERIALS,
    PROCEDURES,
    SHEETS,
    TYPES,
    Column,
    Sheet,
)
from chalicelib.core.errors import FieldError, InvalidInput

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

MOST_ROWS = 200_000


@dataclass
class Parsed:
    """A workbook as a document, where each of its fields stood, and which cells could not be read."""

    document: dict[str, Any] = field(default_factory=dict)
    cells: dict[str, str] = field(default_factory=dict)
    problems: list[FieldError] = field(default_factory=list)

    def refusals(self, errors: Iterable[FieldError] = ()) -> tuple[FieldError, ...]:
        """Every cell refused, once, with the first thing that is wrong with it.

        `errors` are those of the document, at JSON pointers; each is told at its field's cell, or
        at the first cell of its row.
        """
        told: dict[str, FieldError] = {each.pointer: each for each in self.problems}
        for each in errors:
            cell = self._cell(each.pointer)
            told.setdefault(cell, FieldError(cell, each.message))
        return tuple(told.values())

    def _cell(self, pointer: str) -> str:
        while pointer:
            if pointer in self.cells:
                return self.cells[pointer]
            pointer = pointer.rpartition("/")[0]
        return ITEMS.title


def read_workbook(path: Path) -> Parsed:
    """Read a workbook. Raises InvalidInput where it is none, or lacks a sheet or a column."""
    from openpyxl import load_workbook  # noqa: PLC0415 - only there where spreadsheets are
    from openpyxl.utils.exceptions import InvalidFileException  # noqa: PLC0415

    try:
        workbook = load_workbook(path, read_only=True, data_only=True)
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as fault:
        raise InvalidInput(f"{path.name}不是可以读取的xlsx文件") from fault
    parsed = Parsed()
    rows = {sheet.title: _read_sheet(workbook, sheet, parsed) for sheet in SHEETS}
    parsed.document["bodies"] = _top(rows, BODIES, parsed)
    parsed.document["certificate_types"] = _top(rows, TYPES, parsed)
    parsed.document["items"] = _items(rows, parsed)
    return parsed


@dataclass(frozen=True, slots=True)
class _Line:
    """One row: its values by path, and the cell of each."""

    values: Mapping[tuple[str, ...], Any]
    cells: Mapping[tuple[str, ...], str]


def _read_sheet(workbook: Workbook, sheet: Sheet, parsed: Parsed) -> list[_Line]:
    if sheet.title not in workbook.sheetnames:
        raise InvalidInput.at(sheet.title, f"缺少工作表“{sheet.title}”")
    rows = workbook[sheet.title].iter_rows(values_only=True)
    headings = [str(cell or "").strip() for cell in next(rows, ())]
    missing = [column.heading for column in sheet.columns if column.heading not in headings]
    unknown = sorted({h for h in headings if h} - {column.heading for column in sheet.columns})
    if missing:
        hint = f";多出的列:{'、'.join(unknown)}" if unknown else ""
        raise InvalidInput.at(f"{sheet.title}!1", f"缺少列:{'、'.join(missing)}{hint}")
    places = {column: headings.index(column.heading) for column in sheet.columns}
    lines = []
    for number, row in enumerate(rows, 2):
        if number > MOST_ROWS:
            raise InvalidInput.at(sheet.title, f"超过{MOST_ROWS}行")
        if any(cell not in (None, "") for cell in row):
            lines.append(_read_row(sheet, number, row, places, parsed))
    return lines


def _read_row(
    sheet: Sheet,
    number: int,
    row: Sequence[Any],
    places: Mapping[Column, int],
    parsed: Parsed,
) -> _Line:
    values: dict[tuple[str, ...], Any] = {}
    cells: dict[tuple[str, ...], str] = {}
    for column, place in places.items():
        cell = f"{sheet.title}!{_letters(place)}{number}"
        cells[column.path] = cell
        try:
            values[column.path] = read_cell(column, row[place] if place < len(row) else None)
        except UnreadableCell as wrong:
            parsed.problems.append(FieldError(cell, str(wrong)))
            values[column.path] = None
    return _Line(values, cells)


def _top(rows: Mapping[str, list[_Line]], sheet: Sheet, parsed: Parsed) -> list[dict[str, Any]]:
    found = []
    for index, line in enumerate(rows[sheet.title]):
        found.append(_nest(line.values))
        _remember(line, f"/{sheet.top}/{index}", parsed)
    return found


def _items(rows: Mapping[str, list[_Line]], parsed: Parsed) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    positions: dict[str, int] = {}
    for index, line in enumerate(rows[ITEMS.title]):
        item = _nest(line.values)
        code = item.get("task_code") or ""
        item["catalog_code"], item["use_level_code"] = code[19:], code[18:19]
        item["sunk"]["is_sunk"] = bool(item["sunk"]["levels"])
        if not (item.get("result") or {}).get("certificate_type"):
            item["result"] = None
        item |= {"materials": [], "special_procedures": [], "fee": {"charged": False, "items": []}}
        positions[code] = index
        items.append(item)
        _remember(line, f"/items/{index}", parsed)
    for sheet in (MATERIALS, FEES, PROCEDURES):
        for line in rows[sheet.title]:
            position = positions.get(line.values[ITEM.path] or "")
            if position is None:
                parsed.problems.append(
                    FieldError(line.cells[ITEM.path], "“事项”表中没有这个实施编码")
                )
                continue
            _attach(items[position], f"/items/{position}", sheet, line, parsed)
    return items


def _attach(item: dict[str, Any], pointer: str, sheet: Sheet, line: _Line, parsed: Parsed) -> None:
    """Put a row of another sheet where it belongs in its item."""
    entry = _nest({path: value for path, value in line.values.items() if path != ITEM.path})
    if sheet is FEES:
        item["fee"]["charged"] = True
        where, pointer = item["fee"]["items"], f"{pointer}/fee/items"
    else:
        where, pointer = item[str(sheet.within)], f"{pointer}/{sheet.within}"
    if sheet is MATERIALS and not (entry["sample"]["title"] or entry["sample"]["lines"]):
        entry["sample"] = None
    _remember(line, f"{pointer}/{len(where)}", parsed)
    where.append(entry)


def _nest(values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    nested: dict[str, Any] = {}
    for path, value in values.items():
        here = nested
        for name in path[:-1]:
            here = here.setdefault(name, {})
        here[path[-1]] = value
    return nested


def _remember(line: _Line, pointer: str, parsed: Parsed) -> None:
    cells = list(line.cells.items())
    parsed.cells[pointer] = cells[0][1]
    for path, cell in cells:
        parsed.cells[f"{pointer}/{'/'.join(path)}"] = cell


def _letters(place: int) -> str:
    """`A`, `B`, … `AA` of a column's place, from 0."""
    letters, place = "", place + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
