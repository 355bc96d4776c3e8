"""`make run`: brings the product up on this machine, shows how, and takes it down on Ctrl-C."""

from __future__ import annotations

import signal
import threading
import time
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from local.assembly import SynthesisError
from local.cloud import DeploymentError
from local.deployment import LOCAL, DemoDataError, Deployment
from local.emulator import EmulatorError

PORT = 8000
FAILURES = (SynthesisError, DeploymentError, EmulatorError, DemoDataError, OSError, ValueError)

console = Console(highlight=False)


def run(
    day_seconds: Annotated[
        float | None, typer.Option(help="一天缩短为多少秒;不填则与真实时间一致")
    ] = None,
    port: Annotated[int, typer.Option(help="网页与接口共用的端口")] = PORT,
    state: Annotated[Path, typer.Option(help="数据保存的目录")] = LOCAL / "state",
) -> None:
    """在本机启动一窗:网页、接口与演示数据。"""
    ending = threading.Event()
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda *_: ending.set())
    steps = Steps()
    deployment = Deployment(state, port=port, day_seconds=day_seconds, say=steps.say)
    try:
        deployment.start()
        steps.done()
        _announce(deployment)
        ending.wait()
    except FAILURES as failure:
        console.print(f"[bold red]启动失败[/] {failure}", markup=True)
        console.print(f"详细日志:{deployment.log}")
        raise typer.Exit(1) from failure
    finally:
        console.print("\n正在保存数据并停止…")
        deployment.stop()
        console.print("已停止。")


class Steps:
    """One line a step, with the time since the start."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    def say(self, step: str, result: str) -> None:
        elapsed = time.monotonic() - self._began
        console.print(f"[dim]{elapsed:6.1f} s[/]  [cyan]{step}[/]  {result}", soft_wrap=True)

    def done(self) -> None:
        self.say("就绪", "")


def _announce(deployment: Deployment) -> None:
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, path in (
        ("市民端", "/"),
        ("工作人员", "/staff"),
        ("监察大屏", "/wall"),
        ("接口说明", "/v1/openapi.json"),
        ("演示账号", "/local/accounts"),
    ):
        table.add_row(f"[bold]{name}[/]", f"{deployment.base_url}{path}")
    console.print(table)
    console.print("按 Ctrl-C 停止;数据保留,下次启动继续。", style="dim")


if __name__ == "__main__":
    typer.run(run)
