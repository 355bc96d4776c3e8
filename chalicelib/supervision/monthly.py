"""The monthly report: figures for a printable page with its charts, and the same as a spreadsheet.

Everything in it is read from the boards of the month and of the five before it, so a report of a
month that is over changes only where an alarm of that month is settled or a late event comes in.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.aws import documents
from chalicelib.aws.settings import clock, settings
from chalicelib.core.time import to_text
from chalicelib.supervision import board_store, rule_store
from chalicelib.supervision.boards import Sheet as Board
from chalicelib.supervision.figures import proofs
from chalicelib.supervision.indicators import BY_KEY as INDICATORS
from chalicelib.supervision.indicators import Indicator, monthly, six_rates
from chalicelib.supervision.labels import labels
from chalicelib.supervision.model import LEVEL_NAMES, OUTCOME_NAMES, Level, Outcome
from chalicelib.supervision.violations import UNSEEN
from chalicelib.supervision.workbook import CONTENT_TYPE, Rate, Sheet, Value, write

MONTHS_SHOWN: Final = 6
COLUMNS: Final = (
    "received",
    "closed",
    "on_time_rate",
    "actual_to_promised",
    "actual_to_statutory",
    "satisfaction_rate",
    "redress_rate",
    "alarms",
)
"""The indicators that each body, point and item is shown with."""


def data(month: str) -> dict[str, Any]:
    """Everything the page shows: rates, indicators, tables, series for the charts."""
    months = months_until(month)
    sheets = board_store.read(months)
    sheet = sheets[month]
    total = sheet.total()
    census = board_store.read_census()
    return {
        "month": month,
        "made_at": to_text(clock().now()),
        "six_rates": six_rates(census.get("rates", {})),
        "counted_at": census.get("taken_at"),
        "indicators": monthly(total + Counter(proofs(census))),
        "trend": [{"month": one, **_numbers(sheets[one].total(), COLUMNS)} for one in months],
        "bodies": _table(sheet, "body"),
        "points": _table(sheet, "point"),
        "items": _table(sheet, "item"),
        "outcomes": {name: total[name] for name in _OUTCOMES if total[name]},
        "alarms_by_rule": _by_rule(total),
        "alarms_by_level": {level.value: total[f"raised.{level.value}"] for level in Level},
        "settled": {one.value: total[f"settled.{one.value}"] for one in Outcome},
        "late_replies": total["late_reply"],
        "accountable": total["accountable"],
        "unseen": dict(UNSEEN),
    }


_OUTCOMES: Final = (
    "granted",
    "refused",
    "not_required",
    "not_competent",
    "withdrawn",
    "returned",
    "voided",
)


def months_until(month: str) -> list[str]:
    """The last months up to and including this one, oldest first."""
    year, number = int(month[:4]), int(month[5:])
    last = year * 12 + number - 1
    return [f"{m // 12}-{m % 12 + 1:02d}" for m in range(last - MONTHS_SHOWN + 1, last + 1)]


def _numbers(total: Mapping[str, int], keys: tuple[str, ...]) -> dict[str, Any]:
    found = (INDICATORS[key].value(total) for key in keys)
    return {
        one["key"]: {name: one[name] for name in ("numerator", "denominator", "rate")}
        for one in found
    }


def _table(sheet: Board, dimension: str) -> list[dict[str, Any]]:
    return [
        {"name": name, **_numbers(total, COLUMNS)}
        for name, total in sorted(sheet.by(dimension).items())
    ]


def _by_rule(total: Counter[str]) -> list[dict[str, Any]]:
    rules = rule_store.rulebook()
    found = []
    for name, number in sorted(total.items()):
        code = name.removeprefix("rule.")
        if name != code and number:
            rule = rules.get(code)
            found.append({"code": code, "name": rule.name if rule else "", "number": number})
    return sorted(found, key=lambda one: (-one["number"], one["code"]))


# --- the spreadsheet ---------------------------------------------------------------------------------


def workbook(report: Mapping[str, Any], named: Mapping[str, str] | None = None) -> bytes:
    """The report as a workbook: every number of the page, with its formula.

    `named` gives bodies, points and items their names; their keys stand beside them.
    """
    indicators: list[list[Value]] = [["指标", "分子", "分母", "比率", "公式"]]
    for one in report["indicators"]:
        indicators.append(
            [one["name"], one["numerator"], one["denominator"], Rate(one["rate"]), one["formula"]]
        )
    six: list[list[Value]] = [["六个百分之百", "分子", "分母", "比率", "目标日期", "公式", "尚缺"]]
    for one in report["six_rates"]:
        six.append(
            [
                one["name"],
                one["numerator"],
                one["denominator"],
                Rate(one["rate"]),
                one["target_date"],
                one["formula"],
                "、".join(one["missing"]),
            ]
        )
    alarms: list[list[Value]] = [["规则", "名称", "本月发出数"]]
    alarms += [[one["code"], one["name"], one["number"]] for one in report["alarms_by_rule"]]
    alarms += [["", LEVEL_NAMES[Level(k)], v] for k, v in report["alarms_by_level"].items()]
    alarms += [["", OUTCOME_NAMES[Outcome(k)], v] for k, v in report["settled"].items()]
    unseen: list[list[Value]] = [["规则", "系统看不到的情形"]]
    unseen += [[code, text] for code, text in report["unseen"].items()]
    return write(
        [
            Sheet("指标", indicators),
            Sheet("六个百分之百", six),
            Sheet("按单位", _rows("单位", report["bodies"], named or {})),
            Sheet("按网点", _rows("网点", report["points"], named or {})),
            Sheet("按事项", _rows("事项", report["items"], named or {})),
            Sheet("按月", _rows("月份", report["trend"])),
            Sheet("预警督办", alarms),
            Sheet("看不到的", unseen),
        ]
    )


def _rows(
    title: str, entries: list[dict[str, Any]], named: Mapping[str, str] | None = None
) -> list[list[Value]]:
    """A row an entry: a month by itself, anything else by its key and its name."""
    heading: list[Value] = [title] if named is None else [title, "名称"]
    for key in COLUMNS:
        heading += _headings(INDICATORS[key])
    rows = [heading]
    for entry in entries:
        row: list[Value] = [*_titles(entry, named)]
        for key in COLUMNS:
            number = entry[key]
            row.append(number["numerator"])
            if INDICATORS[key].denominator:
                row += [number["denominator"], Rate(number["rate"])]
        rows.append(row)
    return rows


def _titles(entry: Mapping[str, Any], named: Mapping[str, str] | None) -> list[str]:
    if named is None:
        return [entry["month"]]
    return [entry["name"], named.get(entry["name"], "")]


def _headings(indicator: Indicator) -> list[Value]:
    if not indicator.denominator:
        return [indicator.name]
    return [f"{indicator.name}(分子)", f"{indicator.name}(分母)", indicator.name]


def spreadsheet(month: str) -> str:
    """Keep the month's workbook and answer an address that downloads it for five minutes.

    Named by its content, so the same report is kept once.
    """
    content = workbook(data(month) | {"made_at": ""}, labels())
    digest = hashlib.sha256(content).hexdigest()[:16]
    kept = documents.store(f"reports/{month}-{digest}.xlsx", content, CONTENT_TYPE)
    return str(
        documents._signer().generate_presigned_url(
            "get_object",
            Params={
                "Bucket": settings().documents_bucket,
                "Key": kept.key,
                "ResponseContentType": CONTENT_TYPE,
                "ResponseContentDisposition": f'attachment; filename="report-{month}.xlsx"',
            },
            ExpiresIn=documents.DOWNLOAD_SECONDS,
        )
    )
