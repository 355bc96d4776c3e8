"""Each patch of the emulator: what it is without, and what it is with."""

from __future__ import annotations

import contextvars
import json
import tempfile
import threading
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ministack import app
from ministack.core import iam_actions, lambda_runtime
from ministack.services import (
    apigateway_v1,
    dynamodb,
    eventbridge,
    lambda_svc,
    stepfunctions,
    waf,
)
from ministack.services.cloudformation import provisioners

from local import patches

HANDLERS = provisioners._RESOURCE_HANDLERS


@pytest.fixture(autouse=True)
def unpatched(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Whatever a patch replaces is put back."""
    for module, names in (
        (stepfunctions, ("_execute_task", "_call_lambda", "_invoke_with_callback")),
        (apigateway_v1, ("_import_security_schemes",)),
        (dynamodb, ("get_state", "load_persisted_state")),
        (app, ("pin_request_origin",)),
        (lambda_runtime, ("zipfile",)),
        (iam_actions, ("eventbridge_resource_arns",)),
        (lambda_svc, ("_execute_function_warm",)),
    ):
        for name in names:
            monkeypatch.setattr(module, name, getattr(module, name))
    worker = lambda_runtime.Worker
    monkeypatch.setattr(worker, "_drain_stderr_bounded", worker._drain_stderr_bounded)
    kept = {kind: dict(handlers) for kind, handlers in HANDLERS.items()}
    yield
    HANDLERS.clear()
    HANDLERS.update(kept)
    apigateway_v1._gateway_responses.clear()
    dynamodb._stream_records.clear()
    dynamodb._stream_trimmed.clear()
    eventbridge._archives.clear()


def with_patch(patch: Callable[[], None]) -> None:
    patch()


def test_the_wait_is_timed_by_its_input(monkeypatch: pytest.MonkeyPatch) -> None:
    timed: list[object] = []

    def waits(_resource: str, _arguments: object, _token: str, state: dict[str, Any]) -> object:
        timed.append(state.get("TimeoutSeconds"))
        return {}

    monkeypatch.setattr(stepfunctions, "_invoke_with_callback", waits)
    state = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "TimeoutSecondsPath": "$.standing.seconds",
        "End": True,
    }

    def run() -> None:
        context = {"State": {"Name": "Wait"}, "StateMachine": {"Name": "machine"}}
        execution = {"events": [], "history": []}
        monkeypatch.setattr(stepfunctions, "_add_event", lambda *_: None)
        stepfunctions._execute_task(state, {"standing": {"seconds": 7}}, execution, context)

    run()
    with_patch(patches.honour_timeout_seconds_path)
    run()
    assert timed == [None, 7]


def test_a_wait_whose_function_fails_fails_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(_function: str, _event: object) -> object:
        raise stepfunctions._ExecutionError("Fault", "broken")

    monkeypatch.setattr(stepfunctions, "_call_lambda", breaks)

    def run() -> object:
        return stepfunctions._invoke_with_callback(
            "arn:aws:states:::lambda:invoke.waitForTaskToken",
            {"FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:f", "Payload": {}},
            "token",
            {"TimeoutSeconds": 0.05},
        )

    with pytest.raises(stepfunctions._ExecutionError) as sat_out:
        run()
    assert sat_out.value.error == "States.Timeout"
    with_patch(patches.fail_a_wait_whose_function_failed)
    with pytest.raises(stepfunctions._ExecutionError) as failed:
        run()
    assert (failed.value.error, failed.value.cause) == ("Fault", "broken")


def test_a_wait_whose_function_answers_still_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stepfunctions, "_call_lambda", lambda *_: {})
    with_patch(patches.fail_a_wait_whose_function_failed)
    answered: list[object] = []

    def run() -> None:
        answered.append(
            stepfunctions._invoke_with_callback(
                "arn:aws:states:::lambda:invoke.waitForTaskToken",
                {"FunctionName": "arn:aws:lambda:us-east-1:000000000000:function:f"},
                "awaited",
                {"TimeoutSeconds": 5},
            )
        )

    waiting = threading.Thread(target=contextvars.copy_context().run, args=(run,))
    waiting.start()
    while "awaited" not in stepfunctions._task_tokens:
        pass
    pending = stepfunctions._task_tokens["awaited"]
    pending["result"] = json.dumps({"step": "WhatNext"})
    pending["event"].set()
    waiting.join(5)
    assert answered == [{"step": "WhatNext"}]


def test_a_template_may_declare_an_archive() -> None:
    archive = "AWS::Events::Archive"
    assert archive not in HANDLERS
    with_patch(patches.let_templates_declare_archives)
    properties = {
        "SourceArn": "arn:aws:events:us-east-1:000000000000:event-bus/bus",
        "EventPattern": {"source": [{"prefix": "yichuang."}]},
        "RetentionDays": 90,
    }
    name, attributes = HANDLERS[archive]["create"]("Archive", properties, "stack")
    assert attributes["Arn"].endswith(f"archive/{name}")
    assert eventbridge._archives[name]["RetentionDays"] == 90
    HANDLERS[archive]["delete"](name, properties)
    assert name not in eventbridge._archives


def test_an_archive_with_a_broken_pattern_fails_its_stack() -> None:
    with_patch(patches.let_templates_declare_archives)
    create = HANDLERS["AWS::Events::Archive"]["create"]
    with pytest.raises(ValueError, match="Archive"):
        create("Archive", {"SourceArn": "bus", "EventPattern": {"source": "text"}}, "stack")


def test_an_imported_definition_brings_its_gateway_responses() -> None:
    definition = {
        "x-amazon-apigateway-gateway-responses": {
            "UNAUTHORIZED": {
                "statusCode": "401",
                "responseParameters": {},
                "responseTemplates": {"application/json": '{"title": "请先登录"}'},
            }
        }
    }
    apigateway_v1._rest_apis["api"] = {"id": "api"}
    try:
        apigateway_v1._import_security_schemes("api", definition)
        assert "api" not in apigateway_v1._gateway_responses
        with_patch(patches.import_gateway_responses)
        apigateway_v1._import_security_schemes("api", definition)
    finally:
        apigateway_v1._rest_apis.pop("api")
    kept = apigateway_v1._gateway_responses["api"]["UNAUTHORIZED"]
    assert kept["responseTemplates"] == {"application/json": '{"title": "请先登录"}'}


def test_a_template_refers_to_a_secret_by_its_arn() -> None:
    properties = {"GenerateSecretString": {"PasswordLength": 32}}
    secret = HANDLERS["AWS::SecretsManager::Secret"]
    assert not secret["create"]("Plain", properties, "stack")[0].startswith("arn:")
    with_patch(patches.refer_to_secrets_by_arn)
    arn, attributes = secret["create"]("Sealing", properties, "stack")
    assert arn == attributes["Arn"]
    assert arn.startswith("arn:aws:secretsmanager:")
    described = {**properties, "Description": "changed"}
    again, _ = secret["update"](arn, properties, described, "stack", "Sealing")
    assert again == arn
    secret["delete"](arn, described)
    name = arn.rpartition(":secret:")[2][:-7]
    assert name not in provisioners._sm._secrets


def test_a_stream_goes_on_after_a_restart() -> None:
    record = {"eventID": "1", "dynamodb": {"SequenceNumber": "1"}}
    dynamodb._stream_records["table"] = [record]
    assert "stream_records" not in dynamodb.get_state()
    with_patch(patches.keep_streams_over_a_restart)
    kept = dynamodb.get_state()
    dynamodb._stream_records.clear()
    dynamodb.load_persisted_state(kept)
    assert dynamodb.stream_records_since("table", 0, 10) == [record]


def test_loopback_counts_as_secure() -> None:
    seen: list[tuple[str, bool]] = []
    app.pin_request_origin = lambda address, secure: seen.append((address, secure))
    app.pin_request_origin("127.0.0.1", False)
    with_patch(patches.take_loopback_for_secure_transport)
    app.pin_request_origin("127.0.0.1", False)
    assert seen == [("127.0.0.1", False), ("127.0.0.1", True)]


def test_a_quiet_function_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(lambda_runtime.time, "sleep", slept.append)
    worker = lambda_runtime.Worker("function", {}, b"")
    worker._drain_stderr_bounded(first_line_wait=0.001)
    assert slept
    slept.clear()
    with_patch(patches.answer_without_waiting_for_a_log_line)
    worker._stderr_queue.put("a line that was there already")
    assert worker._drain_stderr_bounded() == "a line that was there already"
    assert not slept


def test_a_package_is_unpacked_once_for_all_its_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    package = tmp_path / "code.zip"
    with zipfile.ZipFile(package, "w") as bundle:
        bundle.writestr("app.py", "VALUE = 1\n")
    with_patch(patches.unpack_a_package_once)
    places = []
    for name in ("first", "second"):
        place = tmp_path / name
        place.mkdir()
        with lambda_runtime.zipfile.ZipFile(package) as bundle:
            bundle.extractall(place)
        assert (place / "app.py").read_text() == "VALUE = 1\n"
        places.append(place.resolve())
    assert places[0] == places[1]


def test_calls_queue_for_a_few_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    peak: list[int] = []
    lock = threading.Lock()
    running = 0
    many = 3 * patches.MOST_PROCESSES
    begin = threading.Barrier(many)

    def runs(_function: object, _event: object, _request: str) -> None:
        nonlocal running
        with lock:
            running += 1
            peak.append(running)
        threading.Event().wait(0.02)
        with lock:
            running -= 1

    def most_at_once() -> int:
        peak.clear()

        def call() -> None:
            begin.wait()
            lambda_svc._execute_function_warm({"config": {"FunctionName": "f"}}, {}, "request")

        with ThreadPoolExecutor(many) as pool:
            for call_done in [pool.submit(call) for _ in range(many)]:
                call_done.result()
        return max(peak)

    monkeypatch.setattr(lambda_svc, "_execute_function_warm", runs)
    assert most_at_once() > patches.MOST_PROCESSES
    with_patch(patches.queue_rather_than_start_ever_more_processes)
    assert most_at_once() == patches.MOST_PROCESSES


def test_a_template_puts_a_web_acl_before_its_api() -> None:
    kind = "AWS::WAFv2::WebACLAssociation"
    assert kind not in HANDLERS
    with_patch(patches.let_templates_associate_web_acls)
    acl, made = HANDLERS["AWS::WAFv2::WebACL"]["create"]("Acl", {"Scope": "REGIONAL"}, "stack")
    assert acl
    stage = "arn:aws:apigateway:us-east-1::/restapis/a/stages/api"
    properties = {"WebACLArn": made["Arn"], "ResourceArn": stage}
    physical, _ = HANDLERS[kind]["create"]("OnStage", properties, "stack")
    assert waf._associations.get(stage) == made["Arn"]
    HANDLERS[kind]["delete"](physical, properties)
    assert waf._associations.get(stage) is None


def test_every_patch_is_applied_in_the_emulator(monkeypatch: pytest.MonkeyPatch) -> None:
    applied: list[str] = []
    fakes = [SimpleNamespace(name=patch.__name__) for patch in patches.PATCHES]
    monkeypatch.setattr(
        patches, "PATCHES", tuple(lambda fake=fake: applied.append(fake.name) for fake in fakes)
    )
    patches.apply()
    defined = {
        name
        for name, value in vars(patches).items()
        if callable(value) and getattr(value, "__module__", "") == patches.__name__
    }
    assert set(applied) == defined - {"apply"}


# replays


def replay_asked_for() -> str:
    body = json.dumps({"ReplayName": "sub-1", "EventSourceArn": "arn:aws:events:::archive/a"})
    headers = {"x-amz-target": "AWSEvents.StartReplay"}
    arn: str = iam_actions.extract_resource_arn(
        "events", "POST", "/", headers, body.encode(), {}, "eu-west-1", "123456789012"
    )
    return arn


def test_without_it_starting_a_replay_needs_every_resource() -> None:
    assert replay_asked_for() == "*"


def test_with_it_a_replay_is_the_resource() -> None:
    with_patch(patches.authorise_a_replay_by_its_name)
    assert replay_asked_for() == "arn:aws:events:eu-west-1:123456789012:replay/sub-1"
    rule = json.dumps({"Name": "r", "EventBusName": "b"}).encode()
    named = iam_actions.extract_resource_arn(
        "events", "POST", "/", {}, rule, {}, "eu-west-1", "123456789012"
    )
    assert named.endswith(":rule/b/r")
