"""The state machines' definitions: lawful ASL, no wait without an end, no fault without a retry."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from statelint.linter import Linter

from infra.app import PROJECT
from infra.functions import FLOWS, WORKERS
from infra.parts.flows import placeholders

DEFINITIONS = sorted((PROJECT / "statemachines").glob("*.asl.json"))
FAULTS = frozenset({"States.ALL", "States.TaskFailed", "Lambda.ServiceException"})

pytestmark = pytest.mark.parametrize("file", DEFINITIONS, ids=lambda file: file.stem)


def definition(file: Path) -> dict[str, Any]:
    """With every placeholder put in as CloudFormation does."""
    text = file.read_text("utf-8").replace("${Partition}", "aws")
    for name in placeholders(text):
        arn = f"arn:aws:lambda:us-east-1:123456789012:function:{name}"
        text = text.replace("${" + name + "}", arn)
    parsed: dict[str, Any] = json.loads(text, object_hook=_as_numbers)
    return parsed


def _as_numbers(node: dict[str, Any]) -> dict[str, Any]:
    """JSON knows one kind of number; the linter wants a backoff rate with a decimal point."""
    return node | {key: float(node[key]) for key in ("BackoffRate",) if key in node}


def states(machine: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, state in machine["States"].items():
        yield name, state
        for inner in (
            state.get("ItemProcessor"),
            state.get("Iterator"),
            *state.get("Branches", []),
        ):
            if inner:
                yield from states(inner)


def tasks(file: Path) -> list[tuple[str, dict[str, Any]]]:
    return [(name, state) for name, state in states(definition(file)) if state["Type"] == "Task"]


def test_it_is_lawful(file: Path) -> None:
    assert Linter.validate(definition(file)) == []


def test_it_is_deployed(file: Path) -> None:
    assert file.name.removesuffix(".asl.json") in {flow.name for flow in FLOWS}


def test_every_placeholder_is_a_function(file: Path) -> None:
    known = {"Partition"} | {function.logical_id for function in WORKERS}
    assert placeholders(file.read_text("utf-8")) <= known


def test_every_task_and_every_wait_for_a_token_ends_by_itself(file: Path) -> None:
    for name, task in tasks(file):
        assert "TimeoutSeconds" in task or "TimeoutSecondsPath" in task, name


def test_every_task_is_tried_again_after_a_fault(file: Path) -> None:
    for name, task in tasks(file):
        retried = {error for rule in task.get("Retry", []) for error in rule["ErrorEquals"]}
        assert retried & FAULTS, name


def test_every_state_says_what_it_is_for(file: Path) -> None:
    for name, state in states(definition(file)):
        assert state.get("Comment"), name


def test_no_way_is_chosen_by_the_class_of_an_exception(file: Path) -> None:
    """Workers return outcomes; a machine catches time-outs and, wholesale, what went wrong."""
    for name, task in tasks(file):
        for catcher in task.get("Catch", []):
            assert set(catcher["ErrorEquals"]) <= {"States.Timeout", "States.ALL"}, name
