"""The running workflow of a case: started, woken, and started again.

An execution is disposable. It waits with a task token that the `FLOW` item keeps together with the
version of the head it saw. A wake carries the next step, so nothing is read twice. What proves a
wake is not the call's success but `seen` catching up with the head: whatever stays behind is
restarted under a new generation, and a token of an older generation can no longer be stored.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from chalicelib.aws.settings import clock, settings
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import store
from chalicelib.cases.model import Case
from chalicelib.cases.standing import Machine, Standing, Step, machine_of, standing
from chalicelib.core.time import SystemClock

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient

STALE_TOKEN: Final = frozenset({"TaskDoesNotExist", "TaskTimedOut", "InvalidToken"})
"""Answers to a wake that came too late: the next wait sees the head, so they are harmless."""

GRACE: Final = timedelta(seconds=90)
"""How long after its time a timer may still be on its way before the sweep looks after it."""


@cache
def _client() -> SFNClient:
    import boto3  # noqa: PLC0415 - only workers that drive executions pay for the client

    return boto3.client("stepfunctions")


def arn_of(machine: Machine) -> str:
    arns = {
        Machine.APPROVAL: settings().approval_machine,
        Machine.DELIVERY: settings().delivery_machine,
    }
    return arns[machine]


def execution_name(no: str, machine: Machine, generation: int) -> str:
    """Names are never used twice: the generation is in them."""
    return f"{no}-{machine.value}-g{generation}"


def start(no: str, machine: Machine, generation: int) -> None:
    """Start an execution; one that is there already is as good."""
    client = _client()
    try:
        client.start_execution(
            stateMachineArn=arn_of(machine),
            name=execution_name(no, machine, generation),
            input=json.dumps({"case_no": no, "machine": machine.value, "generation": generation}),
        )
    except client.exceptions.ExecutionAlreadyExists:
        return


def stop(no: str, machine: Machine, generation: int) -> None:
    """Stop an execution that was superseded. One that cannot be stopped ends at its next wait."""
    client = _client()
    parts = arn_of(machine).replace(":stateMachine:", ":execution:")
    arn = f"{parts}:{execution_name(no, machine, generation)}"
    with suppress(client.exceptions.ClientError):
        client.stop_execution(executionArn=arn, cause="superseded by a newer generation")


def wake(case: Case, token: str | None, machine: Machine) -> bool:
    """Send the execution that waits with this token on its way; False where the token is stale."""
    return token is not None and _resume(token, standing_of(case, machine))


def _resume(token: str, where: Standing) -> bool:
    client = _client()
    try:
        client.send_task_success(taskToken=token, output=json.dumps(told(where)))
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in STALE_TOKEN:
            return False
        raise
    return True


def standing_of(case: Case, machine: Machine) -> Standing:
    return standing(case, machine, working_calendar(), clock().now())


def told(where: Standing) -> dict[str, Any]:
    """A standing as a state machine reads it: the step, and whole real seconds to wait."""
    answer: dict[str, Any] = {"step": where.step.value, "version": where.version}
    if where.until is not None:
        seconds = clock().real_seconds(where.until - clock().now())
        answer["seconds"] = max(1, math.ceil(seconds))
    return answer


def where_it_stands(no: str, machine: Machine) -> dict[str, Any]:
    """What a fresh execution does first. A case that is not there has nothing to wait for."""
    head = store.read_head(no)
    if head is None:
        return {"step": "HandedOver", "version": 0}
    return told(standing_of(head.case, machine))


def await_stage(task: Mapping[str, Any]) -> bool:
    """Keep the token of a wait; if the head has moved meanwhile, wake it at once.

    Whichever comes second, event or token, resumes the execution. An execution of an older
    generation is sent to its end. Answers whether it still waits.
    """
    no, machine = task["case_no"], Machine(task["machine"])
    seen, token = int(task["standing"]["version"]), task["token"]
    sweep_at = SystemClock().now() + timedelta(seconds=task["standing"]["seconds"]) + GRACE
    kept = store.store_token(
        no,
        machine=machine.value,
        generation=int(task["generation"]),
        token=token,
        seen=seen,
        sweep_at=sweep_at,
    )
    if not kept:
        _resume(token, Standing(Step.HANDED_OVER, seen))
        return False
    head = store.read_head(no)
    if head is not None and head.case.version > seen:
        return not wake(head.case, token, machine)
    return True


def ensure(case: Case, where: store.Flow, now: datetime | None = None) -> bool:
    """Run a new execution in place of whatever ran before; False where another hand did so.

    `now` is real time: if nobody lives to start what is claimed here, the sweep looks again.
    """
    wanted = machine_of(case)
    if wanted is None:
        return False
    sweep_at = (now or SystemClock().now()) + GRACE
    generation = store.claim_generation(where, wanted.value, sweep_at=sweep_at)
    if generation is None:
        return False
    start(case.no, wanted, generation)
    if where.machine and where.generation:
        stop(case.no, Machine(where.machine), where.generation)
    return True
