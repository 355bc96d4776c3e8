"""`yichuang retention`: how long closed cases are kept, what is due, and the record of disposals."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from chalicelib.aws.settings import clock
from chalicelib.core.errors import InvalidInput
from chalicelib.core.time import SHANGHAI

app = typer.Typer(help="保管期限:到期的办件、销毁、销毁记录。", no_args_is_help=True)
console = Console(highlight=False)

Day = Annotated[str | None, typer.Option(help="日期,如 2056-01-01;不给则为今天")]


@app.command()
def due(until: Day = None) -> None:
    """列出到某日为止保管期限届满、尚未销毁的办件。"""
    from chalicelib.cases import disposal_store  # noqa: PLC0415 - start-up time

    day = _day(until) or clock().now().astimezone(SHANGHAI).date()
    table = Table("办件编号", "可销毁之日")
    for no, on in disposal_store.planned(day):
        table.add_row(no, on.isoformat())
    console.print(table if table.row_count else f"到 {day.isoformat()} 没有到期的办件。")


@app.command()
def run(
    since: Annotated[
        str | None, typer.Option(help="从这一天起重新登记已办结的办件;不给则从上次之后")
    ] = None,
) -> None:
    """登记新办结的办件,并销毁到期的;可重复执行。有失败时退出码为 1。"""
    from chalicelib.cases import disposal  # noqa: PLC0415 - start-up time

    first = _day(since)
    start = datetime(first.year, first.month, first.day, tzinfo=SHANGHAI) if first else None
    report = disposal.run(since=start)
    console.print(f"登记 {report.planned} 件,销毁 {len(report.disposed)} 件")
    for no, why in report.held.items():
        console.print(f"  暂缓 {no}:{why}")
    for no in report.failed:
        console.print(f"  [red]未完成[/] {no},下次重试")
    raise typer.Exit(1 if report.failed else 0)


@app.command()
def report(year: Annotated[int, typer.Argument(help="年份")]) -> None:
    """一年的销毁记录:哪件、依据、份数、摘要、何时、由谁。"""
    from chalicelib.cases import disposal_store  # noqa: PLC0415 - start-up time

    table = Table("办件编号", "依据", "材料", "密封信息", "摘要", "时间", "执行")
    for each in disposal_store.records(year):
        table.add_row(
            each["case_no"],
            each["basis"],
            str(each["documents"]),
            str(each["sealed"]),
            each["digest"][:16],
            each["at"],
            each["by"],
        )
    console.print(table if table.row_count else f"{year} 年没有销毁记录。")


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise InvalidInput(f"“{text}”不是日期") from fault
