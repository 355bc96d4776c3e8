"""`yichuang supervision`: recount the figures, try rules on the past, print reports, check appraisals."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

app = typer.Typer(help="电子监察:重算、试运行规则、月报、考核核验。", no_args_is_help=True)
console = Console(highlight=False)

Month = Annotated[str, typer.Argument(help="月份,如 2026-11")]
Year = Annotated[int, typer.Argument(help="年份", min=2000, max=9998)]


@app.command()
def recount(
    year: Year,
    from_log: Annotated[
        bool, typer.Option(help="按办件系统自己的日志重算,而不是按所听到的")
    ] = False,
) -> None:
    """重算一年的全部指标,与计数器逐位核对;不一致时退出码为 1。"""
    from chalicelib.supervision import recounting  # noqa: PLC0415 - stores read their settings

    found = recounting.recount(year, _log_of if from_log else None)
    stale = recounting.stale_boards(year)
    console.print(f"重算办件 {found.cases} 件")
    if found.agrees and not stale:
        console.print("[bold green]一致[/] 计数器与重算结果逐位相同")
        return
    table = Table("年", "单位", "网点", "事项", "项目", "重算减计数")
    for cell, counter in sorted(found.differs.items()):
        for name, number in sorted(counter.items()):
            table.add_row(str(cell.year), cell.body, cell.point, cell.item, name, f"{number:+d}")
    if found.differs:
        console.print(table)
    for name, rows in sorted(stale.items()):
        console.print(f"看板 {name} 有 {rows} 行未跟上,可用 rebuild 重建")
    raise typer.Exit(1)


def _log_of(no: str) -> list[Any]:
    from chalicelib.cases import store  # noqa: PLC0415

    return [recorded.event for recorded in store.read_log(no)]


@app.command()
def rebuild(year: Year) -> None:
    """由计数器重建一年的看板。"""
    from chalicelib.supervision import boarding  # noqa: PLC0415

    console.print(f"已重建看板,复制 {boarding.rebuild(year)} 格")


@app.command("try")
def try_rule(
    code: Annotated[str, typer.Argument(help="规则编号")],
    month: Month,
    file: Annotated[
        Path | None,
        typer.Option(exists=True, dir_okay=False, help="规则草稿(JSON);不填则试现行规则"),
    ] = None,
) -> None:
    """以一个月的历史数据试运行一条规则,不发出任何预警。"""
    from chalicelib.supervision import rulebook, trying  # noqa: PLC0415

    written = json.loads(file.read_text("utf-8")) if file else None
    trial = trying.over(rulebook.candidate(code, written), month)
    console.print(f"{month} 共试 {trial.tried} 件,会发出 [bold]{trial.raised}[/] 条")
    units = Table("责任单位", "条数")
    for unit, number in sorted(trial.by_organisation.items(), key=lambda one: -one[1]):
        units.add_row(unit, str(number))
    if trial.raised:
        console.print(units)
    cases = Table("办件", "单位", "事项", "级别", "时间")
    for one in trial.examples[:20]:
        cases.add_row(
            one["case_no"], one["organisation"], one["item_name"], one["level"], one["at"]
        )
    if trial.examples:
        console.print(cases)


@app.command()
def rules() -> None:
    """列出监察规则。"""
    from chalicelib.supervision import rule_store  # noqa: PLC0415
    from chalicelib.supervision.model import LEVEL_NAMES  # noqa: PLC0415
    from chalicelib.supervision.rules import DIMENSION_NAMES  # noqa: PLC0415

    shown = Table("编号", "名称", "维度", "级别", "阈值", "版本", "启用", "依据")
    for code, rule in sorted(rule_store.rulebook().items()):
        shown.add_row(
            code,
            rule.name,
            DIMENSION_NAMES[rule.dimension],
            LEVEL_NAMES[rule.level] if rule.level else "随时限",
            "" if rule.threshold is None else f"{rule.threshold:g}",
            str(rule.version),
            "是" if rule.active else "否",
            rule.basis,
        )
    console.print(shown)


@app.command()
def report(
    month: Month,
    file: Annotated[Path, typer.Argument(help="写入的表格文件(.xlsx)")],
) -> None:
    """把月报写成表格。"""
    from chalicelib.supervision import figures, labels, monthly  # noqa: PLC0415

    found = monthly.data(figures.month_of(month))
    file.write_bytes(monthly.workbook(found, labels.labels()))
    console.print(f"已写入 {file}")


@app.command()
def stock() -> None:
    """重新统计六个百分之百,列出尚缺的。"""
    from chalicelib.supervision import stocktaking  # noqa: PLC0415
    from chalicelib.supervision.indicators import six_rates  # noqa: PLC0415

    shown = Table("指标", "分子", "分母", "比率", "尚缺")
    for one in six_rates(stocktaking.take_stock()["rates"]):
        rate = "" if one["rate"] is None else f"{one['rate']:.2%}"
        missing = "、".join(one["missing"][:5]) + (" 等" if len(one["missing"]) > 5 else "")
        shown.add_row(one["name"], str(one["numerator"]), str(one["denominator"]), rate, missing)
    console.print(shown)


@app.command()
def appraisal(
    period: Annotated[str, typer.Argument(help="考核周期,如 2026-11 或 2026")],
) -> None:
    """核验一期考核定稿是否仍与签名时一致;不一致时退出码为 1。"""
    from chalicelib.supervision import appraisal_store, appraising  # noqa: PLC0415
    from chalicelib.supervision.appraisal_road import Period  # noqa: PLC0415

    wanted = Period(period)
    head = appraisal_store.read(wanted.text)
    if appraising.holds(wanted):
        console.print(f"[bold green]一致[/] {period} 考核与签名时相同,摘要 {head.digest}")
        return
    console.print(f"[bold red]不一致[/] {period} 考核不是签名时的内容,或尚未定稿")
    raise typer.Exit(1)
