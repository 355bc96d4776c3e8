"""The spreadsheet that is written without a spreadsheet library, read back with one."""

from __future__ import annotations

import io

from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from chalicelib.supervision.workbook import Rate, Sheet, write

SHEETS = [
    Sheet(
        "指标", [["名称", "数", "率"], ['按时 <&> "办结"', 12, Rate(0.9583)], ["无", 0, Rate(None)]]
    ),
    Sheet("空", [["仅有表头"]]),
]


def read(content):
    book = load_workbook(io.BytesIO(content))
    return {
        sheet.title: [[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book
    }


def test_what_was_written_is_read_back():
    assert read(write(SHEETS)) == {
        "指标": [["名称", "数", "率"], ['按时 <&> "办结"', 12, 0.9583], ["无", 0, None]],
        "空": [["仅有表头"]],
    }


def test_rates_are_shown_as_per_cent_and_headings_bold_and_frozen():
    sheet = load_workbook(io.BytesIO(write(SHEETS)))["指标"]
    assert sheet["C2"].number_format == "0.00%"
    assert sheet["A1"].font.b
    assert not sheet["A2"].font.b
    assert sheet.freeze_panes == "A2"


def test_the_same_content_gives_the_same_bytes():
    assert write(SHEETS) == write(SHEETS)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20)
cells = st.one_of(st.integers(-(10**9), 10**9), texts)


@given(st.lists(st.lists(cells, min_size=1, max_size=30), min_size=1, max_size=5))
def test_any_text_and_number_survives(rows):
    (found,) = read(write([Sheet("s", rows)])).values()
    width = max(map(len, rows))
    assert found == [row + [None] * (width - len(row)) for row in rows]
