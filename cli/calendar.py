"""`yichuang calendar`: publish a State Council notice and see what it moves."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from chalicelib.aws.settings import clock
from chalicelib.calendars import service as calendars
from chalicelib.cases import projection
from chalicelib.cases.titles import clock_name
from chalicelib.core.errors import Problem
from chalicelib.core.principal import OFFICE, Principal

app = typer.Typer(help="工作日历:发布放假通知,重算在办件。", no_args_is_help=True)
console = Console()

COLOURS = {"green": "绿", "warning": "预警", "yellow": "黄", "red": "红"}
OPERATOR = Principal(account="operator", name="运维", roles=frozenset({OFFICE}))


@app.command()
def publish(
    file: Annotated[Path, typer.Argument(help="放假通知(JSON)", exists=True, dir_okay=False)],
) -> None:
    """Publish a year's notice, re-project every open case, and say what moved and recoloured."""
    text = file.read_text(encoding="utf-8")
    try:
        notice = json.loads(text)
        published = calendars.publish(
            notice, OPERATOR, clock().now(), f"cli-{datetime.now(UTC):%Y%m%d%H%M%S%f}", text
        )
    except json.JSONDecodeError as broken:
        _fail(f"{file.name} 不是 JSON:第 {broken.lineno} 行 {broken.msg}")
    except Problem as refused:
        for error in refused.errors:
            console.print(f"  [yellow]{error.pointer}[/] {error.message}")
        _fail(refused.detail)
    console.print(
        f"{published['year']} 年放假安排第 {published['number']} 版已发布"
        f"({len(published['days'])} 天有变化)。"
    )
    project()


@app.command()
def project() -> None:
    """Carry the calendar in force into open cases that are still on an older one."""
    columns = (
        SpinnerColumn(),
        TextColumn("已核 {task.fields[looked]} 件,移动 {task.fields[moved]} 件"),
    )
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task("", looked=0, moved=0)
        report = projection.catch_up(
            lambda so_far: progress.update(task, looked=so_far.looked_at, moved=so_far.moved)
        )
    if report is None:
        console.print("在办件已按现行日历计算,没有需要移动的。")
        return
    console.print(
        f"核对在办件 {report.looked_at} 件:期限移动 {report.moved} 件,变色 {report.recoloured} 件。"
    )
    if report.cases:
        console.print(_table(report.cases))


def _table(cases: list[Any]) -> Table:
    table = Table("办件", "时限", "原期限", "新期限", "颜色")
    for case in cases:
        colours = f"{COLOURS[case['colour_before']]} → {COLOURS[case['colour_after']]}"
        for clock_key, (was, becomes) in case["moved"].items():
            table.add_row(
                case["case_no"], clock_name(clock_key), was or "暂停", becomes or "暂停", colours
            )
    return table


def _fail(reason: str) -> None:
    console.print(f"[red]{reason}[/]")
    raise typer.Exit(1)
