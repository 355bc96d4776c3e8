"""`yichuang audit`: is the read log whole, and does any closed case lack its certificate?"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

app = typer.Typer(no_args_is_help=True, help="审计:查阅日志的完整性、办结证照的归集")
console = Console()
errors = Console(stderr=True)


@app.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="导出的日志 (JSON Lines);不给则核验库中的日志")
    ] = None,
    keys: Annotated[
        Path, typer.Option(envvar="YICHUANG_KEYS", help="签发方公钥 (JWKS),核验导出的日志时用")
    ] = Path("keys.json"),
) -> None:
    """逐行核验证照查阅日志:改动、缺行、调换顺序、截尾都会发现。有问题时退出码为 1。"""
    from chalicelib.aws.signing import PublicKey  # noqa: PLC0415 - start-up time
    from chalicelib.certificates import auditing  # noqa: PLC0415

    if file is None:
        with Progress(SpinnerColumn(), TextColumn("{task.description}"), console=errors) as bar:
            task = bar.add_task("核验")
            report = auditing.verify_log(
                lambda lines: bar.update(task, description=f"已核验 {lines} 行")
            )
    else:
        try:
            public = [
                PublicKey.from_jwk(jwk) for jwk in json.loads(keys.read_text("utf-8"))["keys"]
            ]
        except (OSError, ValueError, KeyError, TypeError):
            _fail(f"读不到公钥文件 {keys}")
        with file.open(encoding="utf-8") as lines:
            report = auditing.verify_export(lines, public)
    for finding in report.findings:
        errors.print(f"链 {finding.chain} 第 {finding.seq} 行:{finding.what}")
    if report.findings:
        _fail(f"发现 {len(report.findings)} 处问题")
    console.print(f"日志完整:{report.lines} 行,{report.checkpoints} 个签名检查点")


@app.command()
def export(out: Annotated[Path, typer.Argument(help="写入哪个文件")]) -> None:
    """导出全部查阅日志和检查点,供离线核验。日志中没有个人信息。"""
    from chalicelib.certificates import auditing  # noqa: PLC0415 - start-up time

    with out.open("w", encoding="utf-8") as target:
        count = auditing.export_log(target)
    console.print(f"已导出 {count} 行到 {out}")


@app.command()
def checkpoint() -> None:
    """立即为日志各链的链尾签名;平时每小时自动进行。"""
    from chalicelib.aws.settings import clock  # noqa: PLC0415 - start-up time
    from chalicelib.certificates import readlog  # noqa: PLC0415

    made = readlog.make_checkpoint(clock().now())
    console.print(f"检查点 {made.at}:{sum(seq for seq, _ in made.heads.values())} 行")


@app.command()
def certificates(
    since: Annotated[datetime, typer.Option(formats=["%Y-%m-%d"], help="自哪天起")],
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="到哪天止(不含),默认到现在")
    ] = None,
) -> None:
    """核对这段时间办结的办件,其证照是否都已入库。有缺失时退出码为 1。"""
    from chalicelib.core.time import SHANGHAI, SystemClock  # noqa: PLC0415 - start-up time
    from chalicelib.exchange.auditing import audit_between  # noqa: PLC0415

    begin = since.replace(tzinfo=SHANGHAI)
    end = until.replace(tzinfo=SHANGHAI) if until else SystemClock().now()
    audit = audit_between(begin, end)
    for missing in audit.missing:
        errors.print(f"{missing.case_no}:{missing.what}")
    if not audit.complete:
        _fail(f"{audit.cases} 个办结办件中有 {len(audit.missing)} 个缺少证照")
    console.print(f"{audit.cases} 个办结办件,{audit.certificates} 份证照全部在库")


def _fail(reason: str) -> NoReturn:
    errors.print(f"[red]{reason}[/red]")
    raise typer.Exit(1)
