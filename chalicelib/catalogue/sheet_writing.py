"""Writing a catalogue document as the spreadsheet that `sheet_reading` reads back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from chalicelib.catalogue.sheet_cells import write_cell
from chalicelib.catalogue.sheet_layout import FEES, ITEM, SHEETS, Sheet

if TYPE_CHECKING:
    from openpyxl.worksheet._write_only import WriteOnlyWorksheet


def write_workbook(document: Mapping[str, Any], path: Path) -> None:
    """Write a catalogue document as a workbook that `read_workbook` reads back."""
    from openpyxl import Workbook  # noqa: PLC0415 - only there where spreadsheets are

    workbook = Workbook(write_only=True)
    for sheet in SHEETS:
        page = workbook.create_sheet(sheet.title)
        page.freeze_panes = "B2"
        page.append([column.heading for column in sheet.columns])
        for code, entry in _entries(document, sheet):
            _write_row(page, sheet, code, entry)
    workbook.save(path)


def _entries(
    document: Mapping[str, Any], sheet: Sheet
) -> Iterable[tuple[str | None, Mapping[str, Any]]]:
    for entry in document[sheet.top]:
        if sheet.within is None:
            yield None, entry
            continue
        within = entry["fee"]["items"] if sheet is FEES else entry[sheet.within]
        for each in within:
            yield entry["task_code"], each


def _write_row(
    page: WriteOnlyWorksheet, sheet: Sheet, code: str | None, entry: Mapping[str, Any]
) -> None:
    page.append(
        [
            code
            if code is not None and column is ITEM
            else write_cell(column, _at(entry, column.path))
            for column in sheet.columns
        ]
    )


def _at(entry: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    here: Any = entry
    for name in path:
        here = None if here is None else here.get(name)
    return here
