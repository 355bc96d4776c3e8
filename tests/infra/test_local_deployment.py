"""The embedded deployment: it behaves as the cloud would, keeps its state, and goes when told."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from local.assembly import PROJECT
from local.deployment import Deployment, deployed
from tests.infra.people import Person, eventually

CITIZEN = "citizen.zhang"


def anyone(deployment: Deployment) -> httpx.Client:
    return httpx.Client(base_url=deployment.base_url, timeout=60, trust_env=False)


def test_it_answers_at_one_address(deployment: Deployment) -> None:
    with anyone(deployment) as client:
        assert client.get("/v1/health").json()["status"] == "ok"
        assert client.get("/local/jwks.json").json()["keys"]


def test_a_request_without_a_good_token_ends_at_the_gateway(deployment: Deployment) -> None:
    with anyone(deployment) as client:
        for headers in ({}, {"Authorization": "Bearer a.b.c"}):
            answer = client.get("/v1/me/cases", headers=headers)
            assert answer.status_code == 401
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["status"] == 401


def test_a_citizen_gets_through_with_a_token_of_the_local_issuer(deployment: Deployment) -> None:
    answer = Person(deployment, CITIZEN).get("/v1/me/cases")
    assert answer.status_code == 200
    assert isinstance(answer.json()["items"], list)


def test_an_unknown_path_is_a_problem(deployment: Deployment) -> None:
    with anyone(deployment) as client:
        answer = client.get("/v1/no-such-thing")
        assert answer.status_code == 404
        assert answer.json()["status"] == 404


def test_a_document_is_put_by_its_slot_and_by_nothing_else(deployment: Deployment) -> None:
    citizen = Person(deployment, CITIZEN)
    assert citizen.upload("身份证")
    bucket = deployment.settings["YICHUANG_DOCUMENTS_BUCKET"]
    unsigned = f"{deployment.base_url}/{bucket}/uploads/mine"
    assert httpx.put(unsigned, content=b"x", trust_env=False).status_code == 403
    asked = {"name": "a.pdf", "content_type": "application/pdf", "size": 10}
    slot = citizen.post("/v1/uploads", asked).json()
    for headers, content in (
        ({**slot["headers"], "Content-Type": "text/html"}, b"0123456789"),
        (slot["headers"], b"0123456789 and more"),
    ):
        put = httpx.put(slot["url"], headers=headers, content=content, trust_env=False)
        assert put.status_code == 403


def test_a_function_may_do_what_its_role_says_and_no_more(deployment: Deployment) -> None:
    """The emulator holds functions to their roles, so what runs here is allowed there."""
    import boto3
    from botocore.exceptions import ClientError

    functions = deployment.client("lambda")
    role = functions.get_function_configuration(FunctionName=deployment.functions["WhereItStands"])[
        "Role"
    ]
    lent = deployment.client("sts").assume_role(RoleArn=role, RoleSessionName="test")
    credentials = lent["Credentials"]
    table = boto3.resource(
        "dynamodb",
        endpoint_url=deployment.endpoint,
        region_name="us-east-1",
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    ).Table
    key = {"pk": "CASE#none", "sk": "HEAD"}
    cases = table(deployment.settings["YICHUANG_TABLE_CASES"])
    assert "Item" not in cases.get_item(Key=key)
    with pytest.raises(ClientError, match="AccessDenied"):
        cases.scan()
    with pytest.raises(ClientError, match="AccessDenied"):
        table(deployment.settings["YICHUANG_TABLE_CERTIFICATES"]).get_item(Key=key)


def test_pages_that_ask_for_much_at_once_are_answered(deployment: Deployment) -> None:
    citizen = Person(deployment, CITIZEN)
    paths = ["/v1/health", "/v1/me/cases", "/v1/items", "/v1/points"] * 3
    with ThreadPoolExecutor(len(paths)) as pool:
        answers = list(pool.map(lambda path: citizen.get(path).status_code, paths))
    assert answers == [200] * len(paths)


def test_a_second_deployment_of_the_same_changes_nothing(deployment: Deployment) -> None:
    cloudformation = deployment.client("cloudformation")

    def updated() -> dict[str, object]:
        return {
            stack["StackName"]: stack.get("LastUpdatedTime", stack["CreationTime"])
            for stack in cloudformation.describe_stacks()["Stacks"]
        }

    before = updated()
    deployment.restart()
    assert updated() == before


def test_state_survives_stopping_and_starting(deployment: Deployment) -> None:
    clerk = Person(deployment, "office")
    secret = deployment.settings["YICHUANG_SECRET_NAME"]

    def sealed_with() -> str:
        secrets = deployment.client("secretsmanager")
        value: str = secrets.get_secret_value(SecretId=secret)["SecretString"]
        return value

    kept, points = sealed_with(), clerk.get("/v1/points").json()
    uploaded = Person(deployment, CITIZEN).upload("租赁合同")
    deployment.restart()
    assert sealed_with() == kept
    assert clerk.get("/v1/points").json() == points
    assert uploaded


def test_what_was_saved_survives_a_power_cut(tmp_path: Path) -> None:
    deployment = Deployment(tmp_path, day_seconds=3600)
    deployment.start(with_demo_data=False)
    try:
        parameters = deployment.client("ssm")
        parameters.put_parameter(Name="/kept", Value="1", Type="String")
        state = tmp_path / "state" / "ssm.json"
        eventually(lambda: state.is_file() and "/kept" in state.read_text("utf-8"))
        assert deployment.clock is not None
        shown = deployment.clock.now()
        deployment.kill()
        deployment.start(with_demo_data=False)
        assert deployment.client("ssm").get_parameter(Name="/kept")["Parameter"]["Value"] == "1"
        assert deployment.clock.now() > shown
        assert anyone(deployment).get("/v1/health").status_code == 200
    finally:
        deployment.stop()


def processes_under(directory: Path) -> list[int]:
    """Processes that have the directory in their environment or on their command line."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                told = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
            except OSError:
                continue
            if str(directory).encode() in told:
                found.append(int(entry.name))
    return found


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_the_command_shows_its_steps_and_ends_everything_it_started(
    tmp_path: Path, how: signal.Signals
) -> None:
    from local.emulator import free_port

    port = free_port()
    command = [sys.executable, "-m", "local", "--port", str(port), "--state", str(tmp_path)]
    process = subprocess.Popen(
        command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    lines: list[str] = []
    for line in process.stdout:
        lines.append(line)
        if "Ctrl-C" in line:
            break
    url = f"http://127.0.0.1:{port}"
    assert httpx.get(f"{url}/v1/health", timeout=60, trust_env=False).status_code == 200
    process.send_signal(how)
    rest = process.communicate(timeout=60)[0]
    said = "".join(lines)
    assert process.returncode == 0, said + rest
    for step in ("合成", "MiniStack", "部署", "演示数据", url):
        assert step in said
    assert "已停止" in rest
    assert processes_under(tmp_path) == []


def test_a_port_that_is_taken_is_said_and_nothing_is_left_running(tmp_path: Path) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        command = [sys.executable, "-m", "local", "--port", str(port), "--state", str(tmp_path)]
        done = subprocess.run(
            command, cwd=PROJECT, capture_output=True, text=True, timeout=300, check=False
        )
    assert done.returncode == 1
    assert "启动失败" in done.stdout
    assert str(port) in done.stdout
    assert processes_under(tmp_path) == []


def test_a_sped_up_day_passes_in_seconds() -> None:
    with deployed(day_seconds=2, with_demo_data=False) as fast, anyone(fast) as client:
        began = client.get("/v1/health").json()["now"][:10]
        time.sleep(2.5)
        assert client.get("/v1/health").json()["now"][:10] > began


def test_settings_name_what_is_there(deployment: Deployment) -> None:
    tables = deployment.client("dynamodb").list_tables()["TableNames"]
    named = {v for k, v in deployment.settings.items() if k.startswith("YICHUANG_TABLE_")}
    assert named == set(tables)
    issuers = json.loads(deployment.settings["YICHUANG_ISSUERS"])
    assert httpx.get(issuers[0]["jwks_uri"], trust_env=False).status_code == 200
