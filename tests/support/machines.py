"""State machines on moto as they are written, their tasks answered by real handlers."""

from __future__ import annotations

import importlib
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from moto.awslambda.models import LambdaFunction
from moto.core.config import default_user_config

from tests.support.environment import aws
from tests.support.streams import ACCOUNT, REGION

ROOT = Path(__file__).parents[2]
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")

Invoke = Callable[[str, Any], Any]
"""What answers a task: a handler's name and its event."""


def run_with(monkeypatch: pytest.MonkeyPatch, invoke: Invoke) -> None:
    """Let executions really run, and `invoke` answer their tasks: what it raises fails the task."""

    def answer(function: LambdaFunction, event: Any) -> tuple[str, bool, str]:
        payload = json.loads(event) if isinstance(event, str | bytes) else event
        try:
            return json.dumps(invoke(function.function_name, payload)), False, ""
        except Exception as fault:
            error = {"errorType": type(fault).__name__, "errorMessage": str(fault)}
            return json.dumps(error), True, ""

    monkeypatch.setitem(default_user_config, "stepfunctions", {"execute_state_machine": True})
    monkeypatch.setattr(LambdaFunction, "_invoke_lambda", answer)


def create(name: str, **tuned: int) -> str:
    """Create a machine of `statemachines/` with the functions that it names; its ARN.

    `tuned` puts one number in the place of every value of a field, such as `MaxAttempts=1`.
    """
    definition = (ROOT / "statemachines" / f"{name}.asl.json").read_text("utf-8")
    definition = definition.replace("${Partition}", "aws")
    for setting, value in tuned.items():
        definition = re.sub(rf'"{setting}": \d+', f'"{setting}": {value}', definition)
    role = aws("iam").create_role(RoleName=name, AssumeRolePolicyDocument="{}", Path="/")
    arn = role["Role"]["Arn"]
    known = {each["FunctionName"] for each in aws("lambda").list_functions()["Functions"]}
    for function in {_snake(each) for each in _PLACEHOLDER.findall(definition)} - known:
        aws("lambda").create_function(
            FunctionName=function,
            Runtime="python3.11",
            Role=arn,
            Handler="x.y",
            Code={"ZipFile": b"PK\x05\x06" + b"\0" * 18},
        )
    definition = _PLACEHOLDER.sub(
        lambda match: f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{_snake(match[1])}", definition
    )
    machine = aws("stepfunctions").create_state_machine(
        name=name, definition=definition, roleArn=arn
    )
    return str(machine["stateMachineArn"])


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@dataclass(frozen=True)
class Execution:
    """One run of a machine."""

    name: str
    arn: str

    def entered(self) -> list[str]:
        """The states that it entered, in order."""
        history = aws("stepfunctions").get_execution_history(executionArn=self.arn)
        return [
            event["stateEnteredEventDetails"]["name"]
            for event in history["events"]
            if event["type"].endswith("StateEntered")
        ]


def executions(**of_status: str) -> list[Execution]:
    """Every machine's executions, or those of one status (`statusFilter`)."""
    flows = aws("stepfunctions")
    return [
        Execution(found["name"], found["executionArn"])
        for machine in flows.list_state_machines()["stateMachines"]
        for found in flows.list_executions(stateMachineArn=machine["stateMachineArn"], **of_status)[
            "executions"
        ]
    ]


def stop_executions() -> None:
    """Stop every execution: one that outlived its test would call the handlers of the next."""
    for execution in executions(statusFilter="RUNNING"):
        for _ in range(200):
            try:
                aws("stepfunctions").stop_execution(executionArn=execution.arn)
                break
            except AttributeError:
                # moto has started its thread, which has made nothing yet that could be stopped.
                time.sleep(0.01)


class Machine:
    """One machine; `invoked` names the handlers it called, `fault` may raise before one of them.

    Maps go one item at a time, so that a test knows what was done before a fault.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, name: str, workers: str) -> None:
        self._workers = importlib.import_module(workers)
        self.invoked: list[str] = []
        self.fault: Callable[[str, Any], None] | None = None
        run_with(monkeypatch, self._invoke)
        # Waits before a retry are real time in moto, and what they are worth is not tested here.
        self.arn = create(name, IntervalSeconds=1, MaxAttempts=1, MaxConcurrency=1)

    def start(self, given: dict[str, Any], name: str) -> str:
        return aws("stepfunctions").start_execution(
            stateMachineArn=self.arn, name=name, input=json.dumps(given)
        )["executionArn"]

    def run(self, given: dict[str, Any], name: str = "run", seconds: float = 20) -> dict[str, Any]:
        """Start an execution and wait for its end."""
        return self.ended(self.start(given, name), seconds)

    def ended(self, arn: str, seconds: float = 20) -> dict[str, Any]:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            execution = aws("stepfunctions").describe_execution(executionArn=arn)
            if execution["status"] != "RUNNING":
                return dict(execution)
            time.sleep(0.02)
        raise TimeoutError(f"{arn} still runs")

    def entered(self, arn: str) -> list[str]:
        """The states that an execution entered, in order."""
        return Execution(arn.rsplit(":", 1)[1], arn).entered()

    def _invoke(self, name: str, payload: Any) -> Any:
        self.invoked.append(name)
        if self.fault:
            self.fault(name, payload)
        return getattr(self._workers, name)(payload, None)
