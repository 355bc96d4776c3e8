"""`yichuang letters`: what the functions could not handle, and giving it to them again."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

if TYPE_CHECKING:
    from cli._letters import Letter

app = typer.Typer(help="死信:函数未能处理的事件,查看与重新投递。", no_args_is_help=True)
console = Console(highlight=False)

Function = Annotated[str, typer.Option("--function", help="只看名称含有这段文字的函数")]


@app.command("list")
def show(function: Function = "") -> None:
    """各函数的死信:几封、最早何时、出了什么错。只看,不动。"""
    from cli import _letters as letters  # noqa: PLC0415 - settings come first

    held: dict[str, list[Letter]] = defaultdict(list)
    for queue, name in sorted(letters.queues().items(), key=lambda pair: pair[1]):
        if function in name:
            held[name] += letters.waiting(queue, name)
    table = Table("函数", "封数", "最早", "最近一次的错误")
    for name, found in held.items():
        for each in found:
            letters.put_back(each)
        if found:
            found.sort(key=lambda each: each.sent_at)
            first = found[0].sent_at.astimezone().strftime("%Y-%m-%d %H:%M")
            table.add_row(name, str(len(found)), first, found[-1].error)
    console.print(table if table.row_count else "没有死信。")


@app.command()
def redrive(function: Function = "") -> None:
    """把死信逐封重新交给函数;处理成功的移出队列。仍有未处理的,退出码为 1。"""
    from cli import _letters as letters  # noqa: PLC0415 - settings come first

    handled, left = 0, 0
    for queue, name in sorted(letters.queues().items(), key=lambda pair: pair[1]):
        if function not in name:
            continue
        # Read to the end first: one that fails again is put back, and would be met again.
        for letter in list(letters.waiting(queue, name)):
            try:
                fault = letters.deliver(letter)
            except letters.Gone:
                fault = "流中已无这批记录(只保留一天);由对账程序补齐,核对后可清除"
                letters.put_back(letter)
            if fault:
                left += 1
                console.print(f"[bold red]未处理[/] {name}:{fault}")
            else:
                handled += 1
    console.print(f"已处理 {handled} 封,未处理 {left} 封。")
    if left:
        raise typer.Exit(1)
