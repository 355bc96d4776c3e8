"""The monthly report: the same numbers as the indicators, on the page and in the spreadsheet."""

from __future__ import annotations

import io
from urllib.parse import urlsplit

import boto3
from openpyxl import load_workbook

from chalicelib.aws import documents
from chalicelib.supervision import figures, monthly

pytest_plugins = ["tests.support.supervision_room"]

NOVEMBER = "2026-11"


def test_the_report_says_what_the_indicators_say(autumn):
    report, shown = monthly.data(NOVEMBER), figures.indicators(NOVEMBER)
    assert report["indicators"] == shown["monthly"]
    assert report["six_rates"] == shown["items"]
    closed = next(one for one in report["indicators"] if one["key"] == "closed")
    for table in ("bodies", "points", "items"):
        assert sum(row["closed"]["numerator"] for row in report[table]) == closed["numerator"]
    assert sum(report["outcomes"].values()) == closed["numerator"]


def test_alarms_are_told_by_rule_and_level(autumn):
    report = monthly.data(NOVEMBER)
    assert sum(report["alarms_by_level"].values()) == sum(
        one["number"] for one in report["alarms_by_rule"]
    )
    assert {"code", "name", "number"} == set(report["alarms_by_rule"][0])


def test_the_trend_ends_with_the_month_and_begins_five_before():
    assert monthly.months_until("2026-03") == [
        "2025-10",
        "2025-11",
        "2025-12",
        "2026-01",
        "2026-02",
        "2026-03",
    ]


def test_the_spreadsheet_holds_the_numbers_of_the_page(autumn):
    report = monthly.data(NOVEMBER)
    book = load_workbook(io.BytesIO(monthly.workbook(report, {"rs": "区人社局"})))
    assert book.sheetnames[:3] == ["指标", "六个百分之百", "按单位"]
    rows = {row[0]: row[1:4] for row in book["指标"].iter_rows(min_row=2, values_only=True)}
    for one in report["indicators"]:
        assert rows[one["name"]] == (one["numerator"], one["denominator"], one["rate"])
    bodies = [row[0] for row in book["按单位"].iter_rows(min_row=2, values_only=True)]
    assert bodies == [row["name"] for row in report["bodies"]]
    assert "区人社局" in [row[1] for row in book["按单位"].iter_rows(min_row=2, values_only=True)]


def test_the_spreadsheet_is_kept_once_and_fetched_by_address(autumn, monkeypatch):
    # The district's registers are another test's.
    monkeypatch.setattr(monthly, "labels", lambda: {"rs": "区人社局"})
    monkeypatch.setenv("YICHUANG_DOCUMENTS_BUCKET", "yichuang-documents")
    for cached in (documents._s3, documents._signer):
        cached.cache_clear()
    boto3.client("s3").create_bucket(Bucket="yichuang-documents")
    first, again = monthly.spreadsheet(NOVEMBER), monthly.spreadsheet(NOVEMBER)
    assert urlsplit(first).path == urlsplit(again).path
    kept = boto3.client("s3").list_objects_v2(Bucket="yichuang-documents")["Contents"]
    assert len(kept) == 1
    content = documents.fetch(kept[0]["Key"])
    assert load_workbook(io.BytesIO(content)).sheetnames[0] == "指标"
    for cached in (documents._s3, documents._signer):
        cached.cache_clear()
