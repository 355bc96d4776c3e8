"""`yichuang certificate`: verify a file offline, take in history, keep the types."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)
from rich.table import Table

if TYPE_CHECKING:
    from chalicelib.aws.signing import PublicKey

app = typer.Typer(no_args_is_help=True, help="证照:离线验签、批量导入、类型目录")
console = Console()
errors = Console(stderr=True)

KeysOption = Annotated[
    Path,
    typer.Option(
        "--keys", envvar="YICHUANG_KEYS", help="签发方公钥 (JWKS 文件),来自 /v1/certificates/keys"
    ),
]


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="证照文件")],
    keys: KeysOption = Path("keys.json"),
) -> None:
    """核验证照文件的签名;不需要网络。不符时退出码为 1。"""
    from chalicelib.certificates.verify import verify_file  # noqa: PLC0415 - start-up time

    try:
        content = json.loads(file.read_text("utf-8"))
    except ValueError:
        _fail("文件不是 JSON")
    verdict = verify_file(content, _keys(keys))
    if not verdict.genuine:
        _fail("不符:" + ";".join(verdict.reasons))
    table = Table(title=f"{content['meta']['ZZMC']}  {content['meta']['ZZBS']}", show_header=False)
    for name, value in {**content["meta"], **verdict.shown}.items():
        table.add_row(name, value)
    console.print(table)
    if annotation := content.get("annotation"):
        console.print(
            f"加注:供 {annotation['made_for']} 用于“{annotation['purpose']}”,"
            f"{annotation['made_at']} 制作时状态为 {annotation['status']}"
        )
    console.print("[green]签名相符[/green](此后是否被暂扣、撤销,须联网核验)")


@app.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help=".csv 或 .jsonl")],
    organisation: Annotated[str, typer.Option(help="导入单位的标识,例如 rs")],
    account: Annotated[str, typer.Option(help="操作人账号,记入导入记录")],
    any_issuer: Annotated[bool, typer.Option(help="允许导入各单位颁发的证照(政务服务办)")] = False,
) -> None:
    """批量导入历史证照;中断后再次运行即从中断处继续,同一文件不会重复导入。"""
    from chalicelib.aws.settings import clock  # noqa: PLC0415 - start-up time
    from chalicelib.certificates import terminal  # noqa: PLC0415
    from chalicelib.core.events import Actor  # noqa: PLC0415
    from chalicelib.core.principal import OFFICE  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=errors) as bar:
        task = bar.add_task("导入", total=file.stat().st_size)

        def tell(progress: terminal.Progress) -> None:
            bar.update(task, completed=progress.done_bytes, description=f"{progress.rows} 行")

        job = terminal.run(
            file,
            organisation,
            Actor(account, OFFICE, organisation),
            any_issuer=any_issuer,
            clock=clock().now,
            tell=tell,
        )
    table = Table("行数", "入库", "已有", "退回")
    table.add_row(*map(str, (job.rows, job.stored, job.unchanged, job.rejected)))
    console.print(table)
    if job.rejected:
        console.print(f"退回的行及原因:{terminal.rejects_of(file)}")
        raise typer.Exit(2)


@app.command()
def types(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="目录文件 (JSON)")],
) -> None:
    """登记目录文件中的证照类型;同一代码的定义被替换。"""
    from chalicelib.certificates import founding  # noqa: PLC0415 - start-up time

    count = founding.found(json.loads(file.read_text("utf-8")))
    console.print(f"已登记 {count} 个证照类型")


@app.command()
def keys(out: Annotated[Path, typer.Argument(help="写入哪个文件")] = Path("keys.json")) -> None:
    """取回签发方公钥,供以后离线核验。"""
    from chalicelib.certificates import keys as published  # noqa: PLC0415 - start-up time

    out.write_text(json.dumps(published.jwks(), indent=2) + "\n", "utf-8")
    console.print(f"公钥已写入 {out}")


def _keys(path: Path) -> list[PublicKey]:
    from chalicelib.aws.signing import PublicKey  # noqa: PLC0415 - start-up time

    try:
        found = json.loads(path.read_text("utf-8"))["keys"]
        return [PublicKey.from_jwk(jwk) for jwk in found]
    except (OSError, ValueError, KeyError, TypeError):
        _fail(f"读不到公钥文件 {path};可用 yichuang certificate keys 取回")


def _fail(reason: str) -> NoReturn:
    errors.print(f"[red]{reason}[/red]")
    raise typer.Exit(1)
