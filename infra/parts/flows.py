"""The state machines, from `statemachines/<flow>.asl.json`."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path

from aws_cdk import ArnFormat, Aws, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from aws_cdk import aws_stepfunctions as sfn
from constructs import Construct

from infra.nag import accept, accept_wildcard

_PARTITION = "Partition"
_PLACEHOLDER = re.compile(r"\$\{(\w+)\}")


class UnknownPlaceholderError(LookupError):
    """A definition names a function that does not exist."""


def placeholders(definition: str) -> frozenset[str]:
    """The `${Name}` placeholders of a machine's definition."""
    return frozenset(_PLACEHOLDER.findall(definition))


class Machine(Construct):
    """One machine: its definition, its log, and a role that may call just what it names."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        definition: Path,
        machine_name: str,
        function_arns: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        text = json.dumps(json.loads(definition.read_text("utf-8")), ensure_ascii=False)
        named = placeholders(text)
        known = {**function_arns, _PARTITION: Aws.PARTITION}
        unknown = sorted(named - known.keys())
        if unknown:
            raise UnknownPlaceholderError(f"{definition.name}: no function for {unknown}")
        called = [function_arns[name] for name in sorted(named - {_PARTITION})]
        log = logs.LogGroup(
            self,
            "Log",
            log_group_name=f"/aws/vendedlogs/states/{machine_name}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )
        self.machine = sfn.StateMachine(
            self,
            "Machine",
            state_machine_name=machine_name,
            definition_body=sfn.DefinitionBody.from_string(text),
            definition_substitutions={name: known[name] for name in sorted(named)},
            # Inputs and outputs hold case numbers and steps, and no personal data.
            logs=sfn.LogOptions(
                destination=log, level=sfn.LogLevel.ALL, include_execution_data=False
            ),
            tracing_enabled=True,
        )
        self.machine.add_to_role_policy(
            iam.PolicyStatement(actions=["lambda:InvokeFunction"], resources=called)
        )
        if '"DISTRIBUTED"' in text:
            self._run_children(machine_name)
        accept(
            self,
            "AwsSolutions-IAM5[Resource::*]",
            "Log delivery and X-Ray have no resource level; CDK writes the statement.",
        )

    def _run_children(self, machine_name: str) -> None:
        """Let a machine with a distributed map start, watch and end its own child executions.

        By name: the role cannot wait for the machine that waits for it.
        """
        own = [("stateMachine", machine_name)]
        children = [("execution", f"{machine_name}{run}:*") for run in ("", "/*")]
        for actions, named, why in (
            (["states:StartExecution"], own, ""),
            (
                ["states:DescribeExecution", "states:StopExecution"],
                children,
                "A map run names its executions when it starts them",
            ),
        ):
            arns = [self._states_arn(resource, name) for resource, name in named]
            self.machine.add_to_role_policy(iam.PolicyStatement(actions=actions, resources=arns))
            for arn in arns:
                accept_wildcard(self.machine.role, arn, why)

    def _states_arn(self, resource: str, name: str) -> str:
        return Stack.of(self).format_arn(
            service="states",
            resource=resource,
            resource_name=name,
            arn_format=ArnFormat.COLON_RESOURCE_NAME,
        )
