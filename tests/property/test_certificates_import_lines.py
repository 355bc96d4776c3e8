"""Cutting a file into ranges, and reading its lines: nothing lost, nothing twice, nothing spoilt."""

from __future__ import annotations

import csv
import io
import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.certificates import document, ranges, rows
from chalicelib.certificates.model import CertificateType, Opened, ShareClass, TypeField
from chalicelib.certificates.rows import RejectedError, Scope
from chalicelib.core.errors import NotFound
from chalicelib.core.identifiers import certificate_identifier

TYPE, ISSUER = "11410102DEM000014W001", "11410102DEM000014W"
KIND = CertificateType(
    code=TYPE,
    name="就业创业证",
    definition="",
    kind="证照",
    issuers=frozenset({ISSUER}),
    holder_kinds=frozenset({"111"}),
    share_class=ShareClass.CONDITIONAL,
    fields=(TypeField("KZ_GZ", "工种"), TypeField("KZ_ZZ", "住址", personal=True)),
)


def kinds(code: str) -> CertificateType:
    if code != TYPE:
        raise NotFound
    return KIND


SCOPE = Scope("import:x", ISSUER, kinds, lambda kind, number: f"{kind}{number}", date(2026, 3, 2))
GOOD = {
    "ZZLXDM": TYPE,
    "ZZBH": "A1",
    "ZZBFJG": "区人社局",
    "ZZBFJGDM": ISSUER,
    "ZZBFRQ": "2020-01-02",
    "ZZYXQQSRQ": "2020-01-02",
    "ZZYXQJZRQ": "长期",
    "CZZT": "张三丰",
    "CZZTDM": "11010519491231002x",
    "CZZTDMLXDM": "111",
    "KZ_GZ": "电工",
    "KZ_ZZ": "某路1号",
}


def refused(changes: dict[str, str]) -> list[str]:
    with pytest.raises(RejectedError) as rejected:
        rows.row_of({**GOOD, **changes}, SCOPE)
    return [error.pointer for error in rejected.value.errors]


LINE_BREAKING = st.lists(st.sampled_from([b"a", b"bc", b"dddddddd", b"\n", b"\r\n"]), max_size=40)


@given(LINE_BREAKING, st.integers(1, 9), st.integers(1, 7))
def test_every_line_belongs_to_exactly_one_range(pieces, each, block):
    content, longest = b"".join(pieces), 6
    ended = content.removesuffix(b"\n")
    want = [
        None if len(line) > longest else line.removesuffix(b"\r")
        for line in (ended.split(b"\n") if content else [])
    ]
    got = []
    for start, end in ranges.split(0, len(content), each):
        at = ranges.read_from(start)
        blocks = [content[begin : begin + block] for begin in range(at, len(content), block)]
        got += list(ranges.lines(blocks, start, end, longest))
    assert got == want


@given(st.integers(0, 50), st.integers(0, 5000), st.integers(1, 700))
def test_ranges_cover_the_file_once_and_are_not_too_many(first, length, each):
    cut = ranges.split(first, first + length, each, at_most=10)
    assert len(cut) <= 10
    assert [start for start, _ in cut] == [first, *[end for _, end in cut][:-1]][: len(cut)]
    assert (cut[-1][1] if cut else first) == first + length


def test_a_row_becomes_a_certificate_with_its_personal_items_apart():
    row = rows.row_of(GOOD, SCOPE)
    assert row.draft.identifier == certificate_identifier(TYPE, ISSUER, "A1", 1)
    assert row.draft.fields == {"KZ_GZ": "电工"}
    assert row.personal == {
        "CZZT": "张三丰",
        "CZZTDM": "11010519491231002X",
        "KZ_ZZ": "某路1号",
    }
    assert row.draft.holder == "11111010519491231002X"
    assert (row.draft.grade, row.draft.valid_to, row.draft.source) == ("B", None, "import:x")


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"ZZLXDM": TYPE[:-1] + "9"}, "/ZZLXDM"),
        ({"ZZBFJGDM": "11430000006122244L"}, "/ZZBFJGDM"),
        ({"ZZBFRQ": "2020/01/02"}, "/ZZBFRQ"),
        ({"ZZBFRQ": "2026-03-03"}, "/ZZBFRQ"),
        ({"ZZYXQQSRQ": "2020-02-30"}, "/ZZYXQQSRQ"),
        ({"ZZYXQJZRQ": "2019-01-01"}, "/ZZYXQJZRQ"),
        ({"CZZT": ""}, "/CZZT"),
        ({"CZZTDM": "110105194912310020"}, "/CZZTDM"),
        ({"CZZTDMLXDM": "001"}, "/CZZTDMLXDM"),
        ({"ZZBH": "A 1"}, "/ZZBH"),
        ({"ZZBH": "11010519491231002X"}, "/ZZBH"),
        ({"BBH": "一"}, "/BBH"),
        ({"BBH": "1000"}, "/BBH"),
        ({"ZZZT": "88"}, "/ZZZT"),
        ({"KZ_XX": "?"}, "/KZ_XX"),
        ({"FOO": "?"}, "/FOO"),
        ({"ZZBS": certificate_identifier(TYPE, ISSUER, "A2")}, "/ZZBS"),
        ({"ZZBS": certificate_identifier(TYPE, ISSUER, "A1")[:-1] + "?"}, "/ZZBS"),
    ],
)
def test_a_bad_row_is_refused_with_its_column_named(changes, pointer):
    assert pointer in refused(changes)


def test_a_right_identifier_in_the_row_is_accepted():
    rows.row_of({**GOOD, "ZZBS": certificate_identifier(TYPE, ISSUER, "A1")}, SCOPE)


HEADER = tuple(GOOD)


@pytest.mark.parametrize(
    "line",
    [b'"a', b"a,b", b"\xff\xfe", b'a,"b"c' + b",x" * 10, b""],
)
def test_a_broken_csv_line_is_refused_alone(line):
    with pytest.raises(RejectedError):
        rows.values_of(line, HEADER)


@pytest.mark.parametrize("line", [b"{", b"[]", b'"x"', b'{"ZZBH": 1}', b"\xff", b"NaN"])
def test_a_broken_json_line_is_refused_alone(line):
    with pytest.raises(RejectedError):
        rows.values_of(line, None)


@given(st.binary(max_size=60))
def test_no_bytes_do_worse_than_be_refused(line):
    for header in (None, HEADER):
        try:
            rows.row_of(rows.values_of(line, header), SCOPE)
        except RejectedError as rejected:
            assert rejected.errors[0].message


def test_csv_and_json_give_the_same_row():
    out = io.StringIO()
    csv.writer(out).writerow(GOOD.values())
    from_csv = rows.values_of(out.getvalue().strip().encode(), HEADER)
    from_json = rows.values_of(json.dumps(GOOD, ensure_ascii=False).encode(), None)
    assert rows.row_of(from_csv, SCOPE) == rows.row_of(from_json, SCOPE)


def test_a_header_lacks_nothing_and_repeats_nothing():
    assert rows.header_of(b"\xef\xbb\xbf" + ",".join(HEADER).encode()) == HEADER
    with pytest.raises(RejectedError, match="CZZTDM"):
        rows.header_of(",".join(name for name in HEADER if name != "CZZTDM").encode())
    with pytest.raises(RejectedError, match="重复"):
        rows.header_of((",".join(HEADER) + ",CZZT").encode())


@given(
    serial=st.text("0123456789ABCDEFGHJK", min_size=1, max_size=20),
    version=st.integers(1, 999),
    trade=st.text(min_size=1, max_size=30).filter(lambda text: text.strip() == text),
    forever=st.booleans(),
)
def test_what_a_file_carries_out_an_import_takes_in(serial, version, trade, forever):
    """The exchange format, round: its metadata and items are an import's columns."""
    row = rows.row_of(
        {
            **GOOD,
            "ZZBH": serial,
            "BBH": str(version),
            "KZ_GZ": trade,
            "ZZYXQJZRQ": "长期" if forever else "2031-12-31",
        },
        SCOPE,
    )
    opened = Opened(row.draft, row.personal, b"sixteen bytes!!!")
    file = json.loads(json.dumps(document.to_file(opened)))
    carried = {name: claim["value"] for name, claim in file["claims"].items()}
    again = rows.row_of({**file["meta"], **carried, "BBH": str(version)}, SCOPE)
    assert again == row
    message = document.statement_of(row.draft, opened.claims, opened.seed)
    assert document.signed_root(file) == document.leaf(message)
