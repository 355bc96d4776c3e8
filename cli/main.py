"""`yichuang`: every other module of this package that has a Typer `app` is a group of commands.

A group is imported when it is called, for a room's store reads its settings at import and no
command should wait for rooms that it does not need.
"""

from __future__ import annotations

import pkgutil
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperGroup

from chalicelib.core.errors import Problem
from cli import _settings

errors = Console(stderr=True, highlight=False)


class Groups(TyperGroup):
    """The groups of commands, found by their modules.

    Contexts and commands are those of Typer's own click, whose types are private to it.
    """

    def list_commands(self, ctx: Any) -> list[str]:
        names = {module.name for module in pkgutil.iter_modules([str(Path(__file__).parent)])}
        groups = {name.replace("_", "-") for name in names if not name.startswith("_")}
        return sorted({*super().list_commands(ctx), *(groups - {"main"})})

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        own = super().get_command(ctx, cmd_name)
        if own is not None or cmd_name not in self.list_commands(ctx):
            return own
        module = import_module(f"cli.{cmd_name.replace('-', '_')}")
        group = getattr(module, "app", None)
        if not isinstance(group, typer.Typer):
            return None
        command = typer.main.get_command(group)
        command.name = cmd_name
        return command

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except Problem as refused:
            errors.print(f"[bold red]{refused.title}[/] {refused.detail}")
            for error in refused.errors:
                errors.print(f"  {error.pointer}  {error.message}")
            ctx.exit(1)


app = typer.Typer(
    name="yichuang",
    cls=Groups,
    help="一窗的运维命令。",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)


@app.callback()
def deployment(
    function: Annotated[
        str | None,
        typer.Option(
            envvar="YICHUANG_FUNCTION",
            callback=_settings.of_function,
            is_eager=True,
            help="取用这个已部署函数的设置",
        ),
    ] = None,
    local: Annotated[
        bool,
        typer.Option(
            "--local", callback=_settings.of_local, is_eager=True, help="本机 make run 的部署"
        ),
    ] = False,
) -> None:
    """一窗的运维命令。设置取自环境变量,或由下列选项之一指定。"""
    del function, local


def main() -> None:
    """The entry point of the console script."""
    app()


if __name__ == "__main__":
    main()
