"""A spreadsheet (.xlsx, ECMA-376) written with the standard library alone.

A report needs text, whole numbers, rates shown as per cent, a bold first row and bearable columns;
that is some kilobytes of XML in a zip, and no reason to ship a spreadsheet library to every function.
The same content gives the same bytes.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

CONTENT_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_DOCUMENT = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_PLAIN, _BOLD, _PER_CENT = 0, 1, 2
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WIDEST, _NARROWEST = 60, 10


@dataclass(frozen=True, slots=True)
class Rate:
    """A ratio shown as per cent with two decimals; None shows an empty cell."""

    value: float | None


Value = str | int | float | Rate | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A named sheet; its first row is its heading. A name has at most 31 characters."""

    name: str
    rows: Sequence[Sequence[Value]]


def write(sheets: Sequence[Sheet]) -> bytes:
    """The workbook of these sheets."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, text in _parts(sheets):
            archive.writestr(zipfile.ZipInfo(path, _EPOCH), text, zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _parts(sheets: Sequence[Sheet]) -> Iterator[tuple[str, str]]:
    numbers = range(1, len(sheets) + 1)
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    overrides = "".join(
        f'<Override PartName="/xl/worksheets/sheet{n}.xml" ContentType="{kind}.worksheet+xml"/>'
        for n in numbers
    )
    yield (
        "[Content_Types].xml",
        f'{_HEAD}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{kind}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{kind}.styles+xml"/>'
        f"{overrides}</Types>",
    )
    yield "_rels/.rels", _relations([("rId1", "officeDocument", "xl/workbook.xml")])
    named = "".join(
        f'<sheet name={quoteattr(sheet.name[:31])} sheetId="{n}" r:id="rId{n}"/>'
        for n, sheet in zip(numbers, sheets, strict=True)
    )
    yield (
        "xl/workbook.xml",
        f'{_HEAD}<workbook xmlns="{_MAIN}" xmlns:r="{_DOCUMENT}"><sheets>{named}</sheets></workbook>',
    )
    yield (
        "xl/_rels/workbook.xml.rels",
        _relations(
            [
                *((f"rId{n}", "worksheet", f"worksheets/sheet{n}.xml") for n in numbers),
                ("rIdStyles", "styles", "styles.xml"),
            ]
        ),
    )
    yield "xl/styles.xml", _styles()
    for n, sheet in zip(numbers, sheets, strict=True):
        yield f"xl/worksheets/sheet{n}.xml", _sheet(sheet)


def _relations(entries: Sequence[tuple[str, str, str]]) -> str:
    each = "".join(
        f'<Relationship Id="{key}" Type="{_DOCUMENT}/{kind}" Target="{target}"/>'
        for key, kind, target in entries
    )
    return f'{_HEAD}<Relationships xmlns="{_PACKAGE}/relationships">{each}</Relationships>'


def _styles() -> str:
    """Three cell formats: plain, bold, per cent (built-in number format 10: 0.00%)."""
    border = (
        "<borders count='1'><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
    )
    return (
        f'{_HEAD}<styleSheet xmlns="{_MAIN}">'
        '<fonts count="2"><font><sz val="11"/></font><font><b/><sz val="11"/></font></fonts>'
        '<fills count="2"><fill><patternFill patternType="none"/></fill>'
        '<fill><patternFill patternType="gray125"/></fill></fills>'
        f"{border}"
        '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
        '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
        '<xf numFmtId="0" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1"/>'
        '<xf numFmtId="10" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/>'
        '</cellXfs><cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/>'
        "</cellStyles></styleSheet>"
    )


def _sheet(sheet: Sheet) -> str:
    widths = _widths(sheet.rows)
    columns = "".join(
        f'<col min="{n}" max="{n}" width="{width}" customWidth="1"/>'
        for n, width in enumerate(widths, start=1)
    )
    rows = "".join(
        f'<row r="{n}">{"".join(_cells(row, n))}</row>' for n, row in enumerate(sheet.rows, start=1)
    )
    frozen = (
        '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
        'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    )
    cols = f"<cols>{columns}</cols>" if columns else ""
    return (
        f'{_HEAD}<worksheet xmlns="{_MAIN}">{frozen}{cols}<sheetData>{rows}</sheetData></worksheet>'
    )


def _cells(row: Sequence[Value], number: int) -> Iterator[str]:
    for column, value in enumerate(row):
        place = f"{_letters(column)}{number}"
        if isinstance(value, Rate):
            yield _number(place, _PER_CENT, value.value)
        elif isinstance(value, str):
            yield _text(place, _BOLD if number == 1 else _PLAIN, value)
        else:
            yield _number(place, _PLAIN, value)


def _number(place: str, style: int, value: float | None) -> str:
    return "" if value is None else f'<c r="{place}" s="{style}"><v>{value}</v></c>'


def _text(place: str, style: int, value: str) -> str:
    if not value:
        return ""
    kept = escape(_printable(value))
    inline = f'<is><t xml:space="preserve">{kept}</t></is>'
    return f'<c r="{place}" s="{style}" t="inlineStr">{inline}</c>'


def _printable(text: str) -> str:
    """Without the control characters that XML 1.0 cannot hold."""
    return "".join(c for c in text if c >= " " or c in "\t\n\r")


def _letters(column: int) -> str:
    """A column's name: 0 is A, 26 is AA."""
    name = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _widths(rows: Sequence[Sequence[Value]]) -> list[int]:
    """Wide enough for the longest text, a Chinese character counting as two."""
    widths: list[int] = []
    for row in rows:
        for column, value in enumerate(row):
            if column == len(widths):
                widths.append(_NARROWEST)
            text = "" if isinstance(value, Rate) else str(value or "")
            wide = sum(2 if c > "\u2e7f" else 1 for c in text) + 2
            widths[column] = min(_WIDEST, max(widths[column], wide))
    return widths
