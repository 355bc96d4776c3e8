"""The office's spreadsheet says the same as the document, and each wrong cell is named."""

from __future__ import annotations

import pytest
from openpyxl import load_workbook

from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.model import Item
from chalicelib.catalogue.samples import sample_for
from chalicelib.catalogue.sheet_cells import UnreadableCell, read_cell
from chalicelib.catalogue.sheet_layout import ITEMS, SHEETS
from chalicelib.catalogue.sheet_reading import read_workbook
from chalicelib.catalogue.sheet_writing import write_workbook
from chalicelib.catalogue.writing import to_document
from chalicelib.core.errors import InvalidInput
from chalicelib.core.principal import Assurance
from tests.support.catalogue_room import demo_document


@pytest.fixture(scope="module")
def demo_book(tmp_path_factory):
    path = tmp_path_factory.mktemp("books") / "目录.xlsx"
    write_workbook(demo_document(), path)
    return path


@pytest.fixture
def edited(demo_book, tmp_path):
    """The demo workbook with some cells changed: `edited({"事项!B2": ""})`."""

    def edit(changes, more=None):
        book = load_workbook(demo_book)
        for cell, value in changes.items():
            sheet, _, place = cell.partition("!")
            book[sheet][place] = value
        if more:
            more(book)
        path = tmp_path / "edited.xlsx"
        book.save(path)
        return path

    return edit


def items_of(document):
    return read_document(document, sample_for).items


def errors_of(path):
    parsed = read_workbook(path)
    read = read_document(parsed.document, sample_for)
    return {error.pointer: error.message for error in parsed.refusals(read.problems)}


def cell(heading, row, sheet="事项"):
    layout = next(each for each in SHEETS if each.title == sheet)
    headings = [column.heading for column in layout.columns]
    letters, place = "", headings.index(heading) + 1
    while place:
        place, rest = divmod(place - 1, 26)
        letters = chr(65 + rest) + letters
    return f"{sheet}!{letters}{row}"


def test_the_demo_catalogue_survives_the_spreadsheet(demo_book):
    parsed = read_workbook(demo_book)
    assert parsed.problems == []
    read = read_document(parsed.document, sample_for)
    assert read.problems == ()
    assert read.items == items_of(demo_document())


def test_what_the_platform_exports_survives_it_too_samples_and_all(tmp_path):
    read = read_document(demo_document(), sample_for)
    document = to_document(read.items, read.bodies.values(), read.certificate_types.values())
    path = tmp_path / "export.xlsx"
    write_workbook(document, path)
    back = read_document(read_workbook(path).document)
    assert back.problems == ()
    assert {item.code: item for item in back.items} == {item.code: item for item in read.items}


def test_the_headings_are_chinese_and_each_stands_once(demo_book):
    book = load_workbook(demo_book, read_only=True)
    for sheet in SHEETS:
        headings = next(book[sheet.title].iter_rows(values_only=True))
        assert list(headings) == [column.heading for column in sheet.columns]
        assert len(set(headings)) == len(headings)


@pytest.mark.parametrize(
    ("heading", "value", "sheet", "message"),
    [
        ("事项名称", None, "事项", "不能为空"),
        ("承诺时限", "五天", "事项", "不是整数"),
        ("承诺时限", 2.5, "事项", "不是整数"),
        ("承诺时限单位", "天", "事项", "应为下列之一"),
        ("上报件", "对", "事项", "应填写“是”或“否”"),
        ("事项类型", "行政审批", "事项", "应为下列之一"),
        ("实施编码", "123", "事项", "31位"),
        ("实施机构代号", "nobody", "事项", "没有这个代号"),
        ("来源渠道", None, "材料", "不能为空"),
        ("要求依据", " ", "材料", "不能为空"),
        ("证照代号", "unknown", "材料", "没有代号"),
        ("实施编码", "1" * 31, "材料", "没有这个实施编码"),
        ("金额(元)", "八十块", "收费", "不是金额"),
        ("统一社会信用代码", "11410102DEM0000140", "机构", "校验位不符"),
    ],
)
def test_each_wrong_cell_is_named(edited, heading, value, sheet, message):
    place = cell(heading, 2, sheet)
    found = errors_of(edited({place: value}))
    assert message in found[place]


def test_every_wrong_cell_is_named_at_once(edited):
    wrong = {cell("承诺时限", 3): "x", cell("事项状态", 7): "y", cell("必要", 9, "材料"): "z"}
    assert set(wrong) <= set(errors_of(edited(wrong)))


def test_a_missing_column_or_sheet_is_named(edited):
    with pytest.raises(InvalidInput) as refused:
        read_workbook(edited({cell("事项名称", 1): "名字"}))
    assert refused.value.errors[0].pointer == "事项!1"
    assert "缺少列:事项名称" in refused.value.errors[0].message
    assert "名字" in refused.value.errors[0].message
    with pytest.raises(InvalidInput, match="缺少工作表"):
        read_workbook(edited({}, lambda book: book.remove(book["收费"])))


def test_what_is_no_workbook_is_refused(tmp_path):
    path = tmp_path / "not.xlsx"
    path.write_text("不是表格", encoding="utf-8")
    with pytest.raises(InvalidInput, match="xlsx"):
        read_workbook(path)


def test_columns_may_stand_in_any_order_and_empty_rows_are_passed_over(edited):
    def shuffle(book):
        page = book["机构"]
        page.insert_rows(2)
        page.move_range("A1:A30", cols=5)

    parsed = read_workbook(edited({}, shuffle))
    assert parsed.document["bodies"] == [
        {name: body[name] for name in ("key", "name", "uscc")} for body in demo_document()["bodies"]
    ]


@pytest.mark.parametrize(
    ("written", "read"),
    [("甲;乙", ["甲", "乙"]), ("甲;乙", ["甲", "乙"]), ("甲\n乙", ["甲", "乙"]), (" 甲 ", ["甲"])],
)
def test_lists_may_be_written_as_people_write_them(written, read):
    conditions = next(each for each in ITEMS.columns if each.heading == "办理条件")
    assert read_cell(conditions, written) == read


def test_a_code_that_a_spreadsheet_made_a_number_of_is_text_again():
    name = next(each for each in ITEMS.columns if each.heading == "事项名称")
    assert read_cell(name, 12.0) == "12"
    promise = next(each for each in ITEMS.columns if each.heading == "承诺时限")
    assert read_cell(promise, 12.0) == 12
    with pytest.raises(UnreadableCell):
        read_cell(promise, float("inf"))


def test_a_cell_cannot_smuggle_a_formula(tmp_path):
    document = demo_document("dibao")
    document["items"][0]["note"] = "=HYPERLINK(1)"
    path = tmp_path / "f.xlsx"
    write_workbook(document, path)
    page = load_workbook(path)["事项"]
    note = next(c for c in page[2] if page.cell(1, c.column).value == "备注")
    assert (note.data_type, note.value) == ("s", "'=HYPERLINK(1)")
    assert read_workbook(path).document["items"][0]["note"] == "=HYPERLINK(1)"


def test_what_login_an_item_asks_for_comes_back_from_both_forms(edited):
    place = cell("登录要求", 2)
    (asks, *others) = read_document(read_workbook(edited({place: "普通登录"})).document).items
    assert asks.assurance is Assurance.PLAIN
    assert {each.assurance for each in others} == {Assurance.REAL_NAME}
    assert Item.from_dict(asks.to_dict()) == asks
    (silent, *_) = read_document(read_workbook(edited({place: None})).document).items
    assert silent.assurance is Assurance.REAL_NAME
    assert errors_of(edited({place: "刷脸"})).keys() == {place}


def test_a_document_that_says_nothing_asks_for_real_name_and_a_wrong_word_is_named():
    document = demo_document()
    document["items"][0].pop("assurance", None)
    assert items_of(document)[0].assurance is Assurance.REAL_NAME
    document["items"][0]["assurance"] = "face"
    pointers = [each.pointer for each in read_document(document, sample_for).problems]
    assert pointers == ["/items/0/assurance"]
