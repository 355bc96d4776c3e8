"""`yichuang sealing`: the masters that personal data is sealed with."""

from __future__ import annotations

import typer
from rich.console import Console
from rich.table import Table

from chalicelib.aws import sealing

app = typer.Typer(help="个人信息加密:主密钥的编号与轮换。", no_args_is_help=True)
console = Console(highlight=False)


@app.command()
def masters() -> None:
    """列出主密钥的编号,及当前用于加密的一个;密钥本身不显示。"""
    ring = sealing.keyring()
    shown = Table("编号", "用途")
    for number in sorted(ring.masters):
        uses = ["加密"] if number == ring.current else ["只读"]
        if number == 1:
            uses.append("查找")
        shown.add_row(str(number), "、".join(uses))
    console.print(shown)


@app.command()
def rotate() -> None:
    """新增一个主密钥并从现在起用它加密;原有数据仍可读取,查找不受影响。"""
    before = sealing.keyring().current
    after = sealing.rotate()
    console.print(f"主密钥已由 {before} 号轮换为 {after} 号;原有密文仍以原编号读取。")
