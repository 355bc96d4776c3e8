"""Which deployment a command works on: this process gets the settings of one of its functions.

Stores read the environment when they are imported, so this comes before any room is.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

PREFIX = "YICHUANG_"
LOCAL_STATE = Path(__file__).parent.parent / ".local" / "state"


def of_function(name: str | None) -> str | None:
    """Take the settings of a deployed function. Raises BadParameter when it cannot be read."""
    if name:
        try:
            configuration = _client().get_function_configuration(FunctionName=name)
        except (ClientError, BotoCoreError) as fault:
            raise typer.BadParameter(f"读不到函数 {name} 的配置:{fault}") from fault
        _take(configuration.get("Environment", {}).get("Variables", {}))
    return name


def of_local(wanted: bool) -> bool:
    """Take the settings of the deployment that `make run` serves on this machine."""
    if wanted:
        from local.emulator import CREDENTIALS  # noqa: PLC0415 - only there on a developer's machine

        try:
            ports = json.loads((LOCAL_STATE / "ports.json").read_text("utf-8"))
        except OSError as fault:
            raise typer.BadParameter("本机没有部署;请先 make run") from fault
        endpoint = f"http://127.0.0.1:{ports['emulator']}"
        os.environ.update(CREDENTIALS | {"AWS_ENDPOINT_URL": endpoint})
        try:
            _take(_settings_of_any_function())
        except (ClientError, BotoCoreError) as fault:
            raise typer.BadParameter("本机的部署没有运行;请先 make run") from fault
    return wanted


def _settings_of_any_function() -> dict[str, str]:
    for page in _client().get_paginator("list_functions").paginate():
        for function in page["Functions"]:
            variables = function.get("Environment", {}).get("Variables", {})
            if f"{PREFIX}TABLE_NETWORK" in variables:
                return variables
    raise typer.BadParameter("本机的部署里没有一窗的函数")


def _client() -> LambdaClient:
    import boto3  # noqa: PLC0415 - only a command that looks for a deployment pays for it

    return boto3.client("lambda")


def _take(variables: dict[str, str]) -> None:
    os.environ.update({name: value for name, value in variables.items() if name.startswith(PREFIX)})
