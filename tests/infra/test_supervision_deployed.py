"""Supervision on the deployed template: from the bus to the wall, through the handling's machine."""

from __future__ import annotations

import json
from typing import Any

import pytest

from local.deployment import Deployment
from tests.infra.people import Person, eventually
from tests.support.supervision_cases import Script

CASE = "410102-SUPER-VISED-1"


def publish(deployment: Deployment, script: Script) -> None:
    """What the cases' relay would put on the bus."""
    bus = deployment.settings["YICHUANG_BUS"]
    for detail in script.details():
        deployment.client("events").put_events(
            Entries=[
                {
                    "Source": "yichuang.cases",
                    "DetailType": detail["type"],
                    "Detail": json.dumps(detail, ensure_ascii=False),
                    "EventBusName": bus,
                }
            ]
        )


def alarms_of(watcher: Person, case_no: str) -> list[dict[str, Any]]:
    return [alarm for alarm in watcher.all("/v1/alarms", limit=100) if alarm["case_no"] == case_no]


@pytest.fixture(scope="module")
def supervisor(deployment: Deployment) -> Person:
    return Person(deployment, "supervisor")


@pytest.fixture(scope="module")
def assigned(deployment: Deployment, supervisor: Person) -> dict[str, Any]:
    """The yellow card of a case whose promise ran out, brought twice, assigned by its machine."""
    script = Script(CASE).received().alert("promise", "yellow")
    publish(deployment, script)
    publish(deployment, script)

    def found() -> dict[str, Any] | None:
        (alarm, *_) = alarms_of(supervisor, CASE) or [None]
        return alarm if alarm and alarm["state"] == "assigned" else None

    return eventually(found, 60)


def test_an_alert_is_raised_once_and_assigned_with_a_reply_limit(
    supervisor: Person, assigned: dict[str, Any]
) -> None:
    (alarm,) = alarms_of(supervisor, CASE)
    assert (alarm["rule"], alarm["level"], alarm["organisation"]) == ("T03", "yellow", "rs")
    assert alarm["reply_due_at"] is not None


def test_the_wall_lights_up_within_seconds(supervisor: Person, assigned: dict[str, Any]) -> None:
    def lit() -> dict[str, Any] | None:
        wall: dict[str, Any] = supervisor.get("/v1/wall").raise_for_status().json()
        body = next((each for each in wall["bodies"] if each["name"] == "rs"), None)
        return wall if body and body["yellow"] else None

    wall = eventually(lit, 30)
    assert wall["open"] >= 1
    assert assigned["id"] in {each["id"] for each in wall["gravest"]}


def test_an_answer_and_a_settlement_end_the_machine(
    deployment: Deployment, supervisor: Person, assigned: dict[str, Any]
) -> None:
    unit, path = Person(deployment, "rs.reviewer"), f"/v1/alarms/{assigned['id']}"
    answer = unit.post(f"{path}/response", {"kind": "rectified", "text": "已补办"})
    assert answer.raise_for_status().json()["state"] == "answered"
    settled = supervisor.post(f"{path}/closure", {"outcome": "rectified", "reason": "核查属实"})
    assert settled.raise_for_status().json()["state"] == "closed"
    states = deployment.client("stepfunctions")
    machine = deployment.settings["YICHUANG_ALARM_MACHINE"]
    arn = machine.replace(":stateMachine:", ":execution:") + f":{assigned['id']}-v1"

    def ended() -> str | None:
        status = str(states.describe_execution(executionArn=arn)["status"])
        return status if status != "RUNNING" else None

    assert eventually(ended, 60) == "SUCCEEDED"


def test_the_six_rates_are_counted_from_the_registers(deployment: Deployment) -> None:
    name = deployment.functions["TakeStock"]
    deployment.client("lambda").invoke(FunctionName=name, Payload=b"{}")
    shown = Person(deployment, "supervisor").get("/v1/indicators").raise_for_status().json()
    rates = {each["key"]: each for each in shown["items"]}
    assert len(rates) == 6
    assert rates["supervision"]["denominator"] > 0
    assert all(
        each["denominator"] - each["numerator"] == len(each["missing"]) for each in shown["items"]
    )


def test_an_appraisal_is_drafted_by_its_worker_under_its_own_role(deployment: Deployment) -> None:
    """The worker reads postings, chiefs and items in force: every grant it needs is its own."""
    office = Person(deployment, "office")
    begun = office.post("/v1/appraisals/2026-10", {"scheme": {}}).raise_for_status().json()
    assert begun["stage"] == "drafting"

    def drafted() -> dict[str, Any] | None:
        found: dict[str, Any] = office.get("/v1/appraisals/2026-10").raise_for_status().json()
        return found if found["stage"] == "draft" else None

    appraisal = eventually(drafted, 60)
    assert appraisal["headcount"] > 0
    assert appraisal["quota"] == appraisal["headcount"] // 5
    assert {each["subject"] for each in appraisal["bodies"]} >= {"ga", "rs"}
