"""`yichuang dossier`: check a downloaded dossier offline."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

if TYPE_CHECKING:
    from chalicelib.aws.signing import PublicKey

app = typer.Typer(no_args_is_help=True, help="卷宗:离线核验")
console = Console()
errors = Console(stderr=True)

KIND_NAMES = {
    "event": "办理记录",
    "notice": "文书",
    "material": "材料",
    "procedure": "特别程序",
    "certificate": "证照",
}


@app.callback()
def group() -> None:
    """卷宗:离线核验。"""


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="卷宗压缩包 (.zip)")],
    keys: Annotated[
        Path | None,
        typer.Option(
            envvar="YICHUANG_KEYS",
            exists=True,
            dir_okay=False,
            help="平台公钥 (JWKS 文件),来自 /v1/certificates/keys;不给则只用卷宗自带的公钥",
        ),
    ] = None,
) -> None:
    """核验卷宗的签名、链和每一份文件;不需要网络。指出第一处改动,退出码为 1。"""
    from chalicelib.cases import dossier_check  # noqa: PLC0415 - start-up time

    try:
        found = dossier_check.verify(file, _keys(keys) if keys else None)
    except dossier_check.Flaw as flaw:
        _fail(f"不符:{flaw.where}:{flaw.what}")
    except OSError as failure:
        _fail(f"读不到文件:{failure.strerror}")
    manifest = found.manifest
    table = Table(title=f"卷宗 {manifest['case_no']}", show_header=False)
    item = manifest["item"]
    table.add_row("事项", escape(f"{item['name']}({item['code']},第 {item['version']} 版)"))
    table.add_row("截至", f"{manifest['as_of']['at']},第 {manifest['as_of']['seq']} 条办理记录")
    table.add_row("状态", "已办结,最终卷宗" if manifest["final"] else "尚未办结,阶段卷宗")
    for kind, name in KIND_NAMES.items():
        table.add_row(name, str(sum(entry.kind == kind for entry in found.entries)))
    table.add_row("链值", manifest["head"])
    table.add_row("签名公钥", found.key_id)
    console.print(table)
    console.print(
        f"[green]相符[/green]:签名、链和全部 {len(found.entries)} 项均已核验,没有改动、缺失、增加或移位"
    )
    if not found.trusted:
        console.print(
            "[yellow]公钥取自卷宗本身[/yellow]:只证明卷宗自签名后未被改动;"
            "要确认由平台签发,请用 --keys 给出平台公布的公钥"
        )


def _keys(path: Path) -> list[PublicKey]:
    from chalicelib.aws.signing import PublicKey  # noqa: PLC0415 - start-up time

    try:
        return [PublicKey.from_jwk(jwk) for jwk in json.loads(path.read_text("utf-8"))["keys"]]
    except (OSError, ValueError, KeyError, TypeError):
        _fail(f"读不到公钥文件 {path};可用 yichuang certificate keys 取回")


def _fail(reason: str) -> NoReturn:
    errors.print(f"[red]{escape(reason)}[/red]")
    raise typer.Exit(1)
