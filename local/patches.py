"""What MiniStack does otherwise than AWS and what the product cannot live with.

Each patch is one function, named for what it restores, with the difference it removes. They are
applied in the emulator's own process and nowhere else; `tests/infra/test_local_patches.py` shows
each with and without. Written against ministack 1.5.33, which the lock file pins.
"""

from __future__ import annotations

import copy
import hashlib
import json
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from http import HTTPStatus
from pathlib import Path
from types import SimpleNamespace
from typing import Any

MOST_PROCESSES = 4
"""Of one function at a time."""


def apply() -> None:
    """Apply every patch, once."""
    for patch in PATCHES:
        patch()


def honour_timeout_seconds_path() -> None:
    """`TimeoutSecondsPath` sets a task's time-out from the state's input.

    MiniStack reads only `TimeoutSeconds`, so a wait for a token with a computed time-out would
    last 99,999 seconds and no timed alert would ever be raised.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415 - only in the emulator's process

    original = stepfunctions._execute_task

    def execute_task(
        state: Mapping[str, Any], raw_input: object, execution: object, context: object
    ) -> Any:
        path = state.get("TimeoutSecondsPath")
        if path is not None:
            seconds = stepfunctions._resolve_path_or_ctx(path, raw_input, context)
            state = {**state, "TimeoutSeconds": seconds}
        return original(state, raw_input, execution, context)

    stepfunctions._execute_task = execute_task


def fail_a_wait_whose_function_failed() -> None:
    """A `.waitForTaskToken` task whose Lambda function raises fails at once, as on AWS.

    MiniStack swallows the error and waits for a token that nobody has: the state would sit out its
    whole time-out instead of retrying.
    """
    from ministack.services import stepfunctions  # noqa: PLC0415 - only in the emulator's process

    waiting: ContextVar[str | None] = ContextVar("waiting", default=None)
    call_lambda = stepfunctions._call_lambda
    invoke_with_callback = stepfunctions._invoke_with_callback

    def call_and_report(function: str, event: object) -> Any:
        try:
            return call_lambda(function, event)
        except stepfunctions._ExecutionError as failure:
            pending = stepfunctions._task_tokens.get(waiting.get())
            if pending is not None:
                pending["error"] = {"Error": failure.error, "Cause": failure.cause}
                pending["event"].set()
            raise

    def invoke_and_wait(
        resource: str, arguments: object, token: str, state: Mapping[str, Any]
    ) -> Any:
        reset = waiting.set(token)
        try:
            return invoke_with_callback(resource, arguments, token, state)
        finally:
            waiting.reset(reset)

    stepfunctions._call_lambda = call_and_report
    stepfunctions._invoke_with_callback = invoke_and_wait


def let_templates_declare_archives() -> None:
    """`AWS::Events::Archive` in a template makes an archive.

    MiniStack has archives but its CloudFormation refuses a template that declares one.
    """
    from ministack.services import eventbridge  # noqa: PLC0415 - only in the emulator's process
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    def create(
        logical_id: str, properties: Mapping[str, Any], stack: str
    ) -> tuple[str, dict[str, str]]:
        name = properties.get("ArchiveName") or f"{stack}-{logical_id}"[:48]
        status, _, body = eventbridge._create_archive(
            {
                "ArchiveName": name,
                "EventSourceArn": properties["SourceArn"],
                "Description": properties.get("Description", ""),
                "EventPattern": json.dumps(properties.get("EventPattern") or {}),
                "RetentionDays": int(properties.get("RetentionDays", 0)),
            }
        )
        if status >= HTTPStatus.BAD_REQUEST:
            raise ValueError(f"{logical_id}: {body!r}")
        return name, {"ArchiveName": name, "Arn": eventbridge._archives[name]["ArchiveArn"]}

    def delete(name: str, _properties: object) -> None:
        eventbridge._delete_archive({"ArchiveName": name})

    provisioners._RESOURCE_HANDLERS["AWS::Events::Archive"] = {"create": create, "delete": delete}


def import_gateway_responses() -> None:
    """An imported API definition brings its `x-amazon-apigateway-gateway-responses`.

    MiniStack has gateway responses but leaves them out of an import, so a refused token would read
    otherwise locally than in the cloud.
    """
    from ministack.services import apigateway_v1  # noqa: PLC0415 - only in the emulator's process

    original = apigateway_v1._import_security_schemes

    def import_with_responses(api: str, definition: Mapping[str, Any]) -> Any:
        declared = definition.get("x-amazon-apigateway-gateway-responses") or {}
        for kind, response in declared.items():
            apigateway_v1._put_gateway_response(api, kind, response)
        return original(api, definition)

    apigateway_v1._import_security_schemes = import_with_responses


def refer_to_secrets_by_arn() -> None:
    """`Ref` of a secret in a template is its ARN, as CloudFormation has it.

    MiniStack gives its name, so a policy that allows reading the secret would allow nothing.
    """
    from ministack.services.cloudformation import provisioners  # noqa: PLC0415

    secret = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = secret["create"], secret["update"], secret["delete"]

    def name_of(arn: str) -> str:
        return arn.rpartition(":secret:")[2][: -len("-abcdef")] if arn.startswith("arn:") else arn

    def create_by_arn(*given: Any) -> tuple[str, dict[str, str]]:
        _, attributes = create(*given)
        return attributes["Arn"], attributes

    def update_by_arn(arn: str, *given: Any) -> tuple[str, dict[str, str]]:
        _, attributes = update(name_of(arn), *given)
        return attributes["Arn"], attributes

    def delete_by_arn(arn: str, properties: object) -> None:
        delete(name_of(arn), properties)

    secret.update(create=create_by_arn, update=update_by_arn, delete=delete_by_arn)


def keep_streams_over_a_restart() -> None:
    """A table's stream goes on after a restart where it was, with what was not yet read.

    MiniStack keeps the readers' positions but not the records, so every consumer would pass over
    as many new records as it had ever read: no event would reach the bus.
    """
    from ministack.services import dynamodb  # noqa: PLC0415 - only in the emulator's process

    get_state, load = dynamodb.get_state, dynamodb.load_persisted_state

    def get_state_with_streams() -> dict[str, Any]:
        return {
            **get_state(),
            "stream_records": copy.deepcopy(dynamodb._stream_records),
            "stream_trimmed": copy.deepcopy(dynamodb._stream_trimmed),
        }

    def load_with_streams(state: Mapping[str, Any]) -> None:
        load(state)
        dynamodb._stream_records.update(state.get("stream_records", {}))
        dynamodb._stream_trimmed.update(state.get("stream_trimmed", {}))

    dynamodb.get_state = get_state_with_streams
    dynamodb.load_persisted_state = load_with_streams


def take_loopback_for_secure_transport() -> None:
    """A request that comes over loopback counts as encrypted on its way.

    The policies refuse what comes in the clear (`aws:SecureTransport`), and locally nothing leaves
    the machine: TLS with a certificate that nobody trusts would prove nothing.
    """
    from ministack import app  # noqa: PLC0415 - only in the emulator's process

    pin = app.pin_request_origin

    def pin_as_secure(address: str, _secure: bool) -> None:
        pin(address, True)

    app.pin_request_origin = pin_as_secure


def answer_without_waiting_for_a_log_line() -> None:
    """A function that logs nothing answers when it has answered.

    MiniStack waits 50 ms for a first line on the function's standard error, polling every
    millisecond, so every quiet call would cost that much more and two cores would be kept busy.
    A line that comes later is kept with the next call.
    """
    from ministack.core import lambda_runtime  # noqa: PLC0415 - only in the emulator's process

    lambda_runtime.Worker._drain_stderr_bounded = lambda_runtime.Worker._drain_stderr


def unpack_a_package_once() -> None:
    """All processes of a function, and all functions of a package, share one unpacked copy.

    MiniStack unpacks the package again for every process that it starts, which is most of a cold
    start; a page that asks for six things at once starts six.
    """
    from ministack.core import lambda_runtime  # noqa: PLC0415 - only in the emulator's process

    unpacked: dict[str, Path] = {}
    lock = threading.Lock()
    original = lambda_runtime.zipfile

    class SharedZipFile(original.ZipFile):  # type: ignore[misc, name-defined]
        """Extracts by linking the directory to the one copy, read-only in effect as on Lambda."""

        def extractall(self, path: str, *_: object, **__: object) -> None:
            content = hashlib.sha256(Path(self.filename).read_bytes()).hexdigest()
            with lock:
                copy = unpacked.get(content)
                if copy is None:
                    copy = Path(tempfile.mkdtemp(prefix="package-"))
                    super().extractall(copy)
                    unpacked[content] = copy
            Path(path).rmdir()
            Path(path).symlink_to(copy, target_is_directory=True)

    lambda_runtime.zipfile = SimpleNamespace(
        ZipFile=SharedZipFile, BadZipFile=original.BadZipFile, LargeZipFile=original.LargeZipFile
    )


def queue_rather_than_start_ever_more_processes() -> None:
    """A function runs in a few processes at most; further calls wait for one of them.

    MiniStack starts a process for every call that finds none idle, so a hundred events at once are
    a hundred Python interpreters on two cores, and each takes longer to start than a queue of all
    of them takes to finish. No function of the product calls another one and waits, so a call that
    waits cannot be waiting for itself.
    """
    from ministack.services import lambda_svc  # noqa: PLC0415 - only in the emulator's process

    places: dict[str, threading.BoundedSemaphore] = {}
    lock = threading.Lock()
    execute = lambda_svc._execute_function_warm

    def execute_in_turn(function: Mapping[str, Any], *given: Any) -> Any:
        name = str((function.get("config") or function).get("FunctionName"))
        with lock:
            place = places.setdefault(name, threading.BoundedSemaphore(MOST_PROCESSES))
        with place:
            return execute(function, *given)

    lambda_svc._execute_function_warm = execute_in_turn


def let_templates_associate_web_acls() -> None:
    """`AWS::WAFv2::WebACLAssociation` puts a web ACL before a resource.

    MiniStack makes the ACL and knows the association by its API, but refuses the template that
    declares one. It enforces no rule either way.
    """
    from ministack.services import waf  # noqa: PLC0415 - only in the emulator's process
    from ministack.services.cloudformation import (  # noqa: PLC0415 - only in the emulator's process
        provisioners,
    )

    def create(
        _logical_id: str, properties: Mapping[str, Any], _stack: str
    ) -> tuple[str, dict[str, Any]]:
        resource = properties["ResourceArn"]
        waf._associate_web_acl({"WebACLArn": properties["WebACLArn"], "ResourceArn": resource})
        return f"{properties['WebACLArn']}|{resource}", {}

    def delete(physical_id: str, _properties: Mapping[str, Any]) -> None:
        waf._disassociate_web_acl({"ResourceArn": physical_id.partition("|")[2]})

    kind = "AWS::WAFv2::WebACLAssociation"
    provisioners._RESOURCE_HANDLERS[kind] = {"create": create, "delete": delete}


def authorise_a_replay_by_its_name() -> None:
    """Starting or looking at a replay is allowed or not on the replay, `…:replay/<name>`.

    MiniStack knows events' buses and rules as resources, and asks for `*` where there is neither.
    """
    from ministack.core import iam_actions  # noqa: PLC0415 - only in the emulator's process

    of_events = iam_actions.eventbridge_resource_arns

    def with_replays(body: bytes, region: str, account_id: str) -> list[str]:
        try:
            asked = json.loads(body or b"{}")
        except ValueError:
            asked = None
        name = asked.get("ReplayName") if isinstance(asked, dict) else None
        if name:
            return [f"arn:aws:events:{region}:{account_id}:replay/{name}"]
        arns: list[str] = of_events(body, region, account_id)
        return arns

    iam_actions.eventbridge_resource_arns = with_replays


PATCHES: tuple[Callable[[], None], ...] = (
    honour_timeout_seconds_path,
    fail_a_wait_whose_function_failed,
    let_templates_declare_archives,
    import_gateway_responses,
    refer_to_secrets_by_arn,
    keep_streams_over_a_restart,
    take_loopback_for_secure_transport,
    answer_without_waiting_for_a_log_line,
    unpack_a_package_once,
    queue_rather_than_start_ever_more_processes,
    let_templates_associate_web_acls,
    authorise_a_replay_by_its_name,
)
