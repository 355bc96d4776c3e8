"""A room's state machine on moto, its tasks answered by the room's real handlers."""

from __future__ import annotations

import importlib
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto.awslambda.models import LambdaFunction
from moto.core.config import default_user_config

ROOT = Path(__file__).parents[2]
ACCOUNT = "123456789012"
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class Machine:
    """One machine; `invoked` names the handlers it called, `fault` may raise before one of them.

    Maps go one item at a time, so that a test knows what was done before a fault.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, workers: str) -> None:
        monkeypatch.setitem(default_user_config, "stepfunctions", {"execute_state_machine": True})
        monkeypatch.setattr(LambdaFunction, "_invoke_lambda", self._invoke_for())
        self._workers = importlib.import_module(workers)
        self.invoked: list[str] = []
        self.fault: Callable[[str, Any], None] | None = None
        definition = (ROOT / "statemachines" / f"{name}.asl.json").read_text("utf-8")
        definition = definition.replace("${Partition}", "aws")
        # Waits before a retry are real time in moto, and what they are worth is not tested here.
        definition = re.sub(r'"IntervalSeconds": \d+', '"IntervalSeconds": 1', definition)
        definition = re.sub(r'"MaxAttempts": \d+', '"MaxAttempts": 1', definition)
        definition = re.sub(r'"MaxConcurrency": \d+', '"MaxConcurrency": 1', definition)
        role = boto3.client("iam").create_role(
            RoleName=name, AssumeRolePolicyDocument="{}", Path="/"
        )["Role"]["Arn"]
        for placeholder in set(_PLACEHOLDER.findall(definition)):
            self._create_function(placeholder, role)
        definition = _PLACEHOLDER.sub(
            lambda match: f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{_snake(match[1])}",
            definition,
        )
        self.arn = boto3.client("stepfunctions").create_state_machine(
            name=name, definition=definition, roleArn=role
        )["stateMachineArn"]

    def start(self, given: dict[str, Any], name: str) -> str:
        return boto3.client("stepfunctions").start_execution(
            stateMachineArn=self.arn, name=name, input=json.dumps(given)
        )["executionArn"]

    def run(self, given: dict[str, Any], name: str = "run", seconds: float = 20) -> dict[str, Any]:
        """Start an execution and wait for its end."""
        return self.ended(self.start(given, name), seconds)

    def ended(self, arn: str, seconds: float = 20) -> dict[str, Any]:
        client, until = boto3.client("stepfunctions"), time.monotonic() + seconds
        while time.monotonic() < until:
            execution = client.describe_execution(executionArn=arn)
            if execution["status"] != "RUNNING":
                return dict(execution)
            time.sleep(0.02)
        raise TimeoutError(f"{arn} still runs")

    def entered(self, arn: str) -> list[str]:
        """The states that an execution entered, in order."""
        history = boto3.client("stepfunctions").get_execution_history(executionArn=arn)
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in history["events"]
            if event["type"].endswith("StateEntered")
        ]

    def _invoke_for(self) -> Callable[..., tuple[str, bool, str]]:
        machine = self

        def invoke(function: LambdaFunction, event: Any) -> tuple[str, bool, str]:
            name = function.function_name
            payload = json.loads(event) if isinstance(event, str | bytes) else event
            machine.invoked.append(name)
            try:
                if machine.fault:
                    machine.fault(name, payload)
                return json.dumps(getattr(machine._workers, name)(payload, None)), False, ""
            except Exception as fault:
                error = {"errorType": type(fault).__name__, "errorMessage": str(fault)}
                return json.dumps(error), True, ""

        return invoke

    def _create_function(self, placeholder: str, role: str) -> None:
        boto3.client("lambda").create_function(
            FunctionName=_snake(placeholder),
            Runtime="python3.11",
            Role=role,
            Handler="x.y",
            Code={"ZipFile": b"PK\x05\x06" + b"\0" * 18},
        )


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
