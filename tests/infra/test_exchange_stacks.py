"""What certificates and exchange need of the template: settings that arrive, rights that suffice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from infra.functions import FAN_OUT
from local.assembly import assembly
from local.cloud import stacks
from local.deployment import ASSEMBLIES

Resources = dict[str, dict[str, Any]]
SENDERS = ("APIHandler", "DeliverEvent", "RedeliverEvents")
"""Functions that answer for an address, or post to it."""


@pytest.fixture(scope="module")
def template() -> dict[str, Any]:
    made = {stack.name: stack for stack in stacks(assembly("production", ASSEMBLIES))}
    parsed: dict[str, Any] = json.loads(made["Yichuang-production-service"].template)
    return parsed


@pytest.fixture(scope="module")
def resources(template: dict[str, Any]) -> Resources:
    found: Resources = template["Resources"]
    return found


def variables(resources: Resources, function: str) -> dict[str, Any]:
    found: dict[str, Any] = resources[function]["Properties"]["Environment"]["Variables"]
    return found


def statements(resources: Resources, role: str) -> Iterator[dict[str, Any]]:
    for resource in resources.values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy" and {"Ref": role} in properties["Roles"]:
            yield from properties["PolicyDocument"]["Statement"]


def allowed(resources: Resources, role: str, action: str) -> list[str]:
    """The resources on which a role may do it, as text."""
    found: list[str] = []
    for statement in statements(resources, role):
        actions = statement["Action"]
        if action in ([actions] if isinstance(actions, str) else actions):
            named = statement["Resource"]
            found += map(written, named if isinstance(named, list) else [named])
    return found


def written(node: Any) -> str:
    match node:
        case str():
            return node
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(map(written, parts))
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
    return json.dumps(node)


@pytest.mark.parametrize("function", SENDERS)
def test_the_operator_says_once_which_domains_may_receive_events(
    template: dict[str, Any], resources: Resources, function: str
) -> None:
    given = variables(resources, function)
    assert given["YICHUANG_WEBHOOK_DOMAINS"] == {"Ref": "WebhookDomains"}
    assert given["YICHUANG_WEBHOOK_PRIVATE"] == {"Ref": "WebhookPrivate"}
    # Unless he does, nothing leaves the platform.
    assert template["Parameters"]["WebhookDomains"]["Default"] == ""
    assert template["Parameters"]["WebhookPrivate"]["Default"] == "false"


def test_the_api_can_replay_the_archive_to_the_fan_out_alone(resources: Resources) -> None:
    given = variables(resources, "APIHandler")
    (archive,) = (n for n, r in resources.items() if r["Type"] == "AWS::Events::Archive")
    (bus,) = (n for n, r in resources.items() if r["Type"] == "AWS::Events::EventBus")
    assert given["YICHUANG_ARCHIVE"] == {"Fn::GetAtt": [archive, "Arn"]}
    assert given["YICHUANG_BUS_ARN"] == {"Fn::GetAtt": [bus, "Arn"]}
    (rule,) = (
        each["Properties"]
        for each in resources.values()
        if each["Type"] == "AWS::Events::Rule"
        and each["Properties"]["Targets"][0]["Arn"] == {"Fn::GetAtt": ["DeliverEvent", "Arn"]}
    )
    # The handler knows the rule by name, for the rule knows the function.
    assert written(given["YICHUANG_FAN_OUT_RULE"]).endswith(f"/{rule['Name']}")
    assert rule["Name"].endswith(FAN_OUT.replace("_", "-"))
    role = resources["APIHandler"]["Properties"]["Role"]["Fn::GetAtt"][0]
    assert f"<{archive}.Arn>" in allowed(resources, role, "events:StartReplay")


def test_the_import_may_start_watch_and_stop_its_own_children_and_no_others(
    resources: Resources,
) -> None:
    distributed = {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
        and '"DISTRIBUTED"'
        in json.dumps(resource["Properties"]["DefinitionString"]).replace("\\", "")
    }
    assert len(distributed) == 1
    (machine,) = distributed.values()
    role, name = machine["RoleArn"]["Fn::GetAtt"][0], machine["StateMachineName"]
    (start,) = allowed(resources, role, "states:StartExecution")
    assert start.endswith(f":stateMachine:{name}")
    for action in ("states:DescribeExecution", "states:StopExecution"):
        ends = [each.rpartition(":execution:")[2] for each in allowed(resources, role, action)]
        assert ends == [f"{name}:*", f"{name}/*:*"]


def test_no_other_machine_may_start_anything(resources: Resources) -> None:
    for resource in resources.values():
        if resource["Type"] == "AWS::StepFunctions::StateMachine":
            properties = resource["Properties"]
            starts = allowed(
                resources, properties["RoleArn"]["Fn::GetAtt"][0], "states:StartExecution"
            )
            assert bool(starts) == properties["StateMachineName"].endswith("certificate-import")
