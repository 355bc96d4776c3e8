"""The Chalice application in CDK: its API, its functions, and one role a function."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from aws_cdk import ArnFormat, CfnResource, RemovalPolicy, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_logs as logs
from chalice.cdk import Chalice
from chalice.cli.factory import CLIFactory
from chalice.deploy.appgraph import ApplicationGraphBuilder, DependencyBuilder
from chalice.deploy.deployer import BuildStage, DeploymentPackager, InjectDefaults, SwaggerBuilder
from chalice.deploy.swagger import CFNSwaggerGenerator
from chalice.package import (
    AppPackager,
    CompositePostProcessor,
    JSONTemplateSerializer,
    PackageOptions,
    ResourceBuilder,
    SAMCodeLocationPostProcessor,
    SAMTemplateGenerator,
)
from chalice.utils import OSUtils
from constructs import Construct

from chalicelib.http.gateway import GATEWAY_RESPONSES
from infra.function import Function
from infra.grants import Grant, Permission, Resources
from infra.package import Packager

API_STAGE = "api"
_THROTTLE_RATE = 200
_THROTTLE_BURST = 400


class Application(Chalice):
    """`chalice.cdk.Chalice` with the platform's own package and without leftovers.

    The package comes from `infra.package`; the roles come from outside, so Chalice's policy
    generation is not among the steps; its scratch directory goes when the template is read.
    """

    def __init__(
        self, scope: Construct, name: str, *, project: Path, cache: Path, config: dict[str, Any]
    ) -> None:
        self._cache = cache
        super().__init__(scope, name, source_dir=str(project), stage_config=config)
        out = Path(self._sam_package_dir)
        shutil.rmtree(out)
        out.with_suffix(".sam_with_assets.json").unlink()
        with suppress(OSError):  # somebody else's synthesis is still in it
            out.parent.rmdir()

    def _package_app(self) -> None:
        config = _Settings(
            self.source_dir, self.stage_name, self.stage_config or {}
        ).create_config_obj(self.stage_name)
        build = BuildStage(
            steps=[
                InjectDefaults(),
                DeploymentPackager(Packager(config, self._cache)),
                SwaggerBuilder(CFNSwaggerGenerator()),
            ]
        )
        tools = OSUtils()
        AppPackager(
            SAMTemplateGenerator(config, _Principals()),
            ResourceBuilder(ApplicationGraphBuilder(), DependencyBuilder(), build),
            CompositePostProcessor([SAMCodeLocationPostProcessor(osutils=tools)]),
            JSONTemplateSerializer(),
            tools,
        ).package_app(config, self._sam_package_dir, self.stage_name)


class _Settings(CLIFactory):
    """The project's Chalice settings, with the stage's own among them.

    `chalice.cdk` hands a stage's settings over as command-line options, which outrank what is said
    of a single function; as a stage of the settings file they do not.
    """

    def __init__(self, project: str, stage: str, settings: Mapping[str, Any]) -> None:
        super().__init__(project)
        self._stage = {stage: dict(settings)}

    def load_project_config(self) -> dict[str, Any]:
        return {**super().load_project_config(), "stages": self._stage}


class _Principals(PackageOptions):
    """Chalice's package options, without the AWS client (and region) that its own open."""

    def __init__(self) -> None:
        pass

    def service_principal(self, service: str) -> str:
        return f"{service}.amazonaws.com"  # the same in every partition


class Functions(Construct):
    """The application's functions, each with a role of its own."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        project: Path,
        cache: Path,
        architecture: str,
        functions: Sequence[Function],
        resources: Resources,
        environment: Mapping[str, str],
    ) -> None:
        super().__init__(scope, name)
        self._roles = {function.name: self._new_role(function, resources) for function in functions}
        roles = self._roles
        self._application = Application(
            self,
            "Chalice",
            project=project,
            cache=cache,
            config={
                "lambda_architecture": architecture,
                "api_gateway_stage": API_STAGE,
                "api_gateway_endpoint_type": "REGIONAL",
                "environment_variables": dict(environment),
                "xray": True,
                "lambda_functions": {
                    function.name: {
                        "manage_iam_role": False,
                        "iam_role_arn": roles[function.name].role_arn,
                        "lambda_memory_size": function.memory,
                        "lambda_timeout": function.timeout,
                    }
                    for function in functions
                },
            },
        )
        for function in functions:
            self._keep_log(function)
        self._harden_api()

    @property
    def api(self) -> CfnResource:
        """The REST API (`AWS::Serverless::Api`)."""
        return self._resource("RestAPI")

    def arn(self, function: Function) -> str:
        """The ARN of a deployed function."""
        return self._resource(function.logical_id).get_att("Arn").to_string()

    def name(self, function: Function) -> str:
        """The name of a deployed function."""
        return self._resource(function.logical_id).ref

    def role(self, function: Function) -> iam.Role:
        """The role of a function."""
        return self._roles[function.name]

    def _resource(self, logical_id: str) -> CfnResource:
        resource: CfnResource = self._application.get_resource(logical_id)
        return resource

    def _new_role(self, function: Function, resources: Resources) -> iam.Role:
        role = iam.Role(
            self,
            f"{function.logical_id}Role",
            assumed_by=iam.ServicePrincipal("lambda.amazonaws.com"),
            description=f"What {function.name} may do",
        )
        for grant in (*function.grants, _runs_on_lambda(Stack.of(self))):
            for permission in grant(resources):
                permission.add_to(role)
        return role

    def _keep_log(self, function: Function) -> None:
        """A log group of its own: Chalice names the API handler's wrongly, and Lambda's lasts."""
        logs.LogGroup(
            self,
            f"{function.logical_id}Log",
            log_group_name=f"/aws/lambda/{self.name(function)}",
            retention=logs.RetentionDays.THREE_MONTHS,
            removal_policy=RemovalPolicy.DESTROY,
        )

    def _harden_api(self) -> None:
        self.api.add_property_override(
            "DefinitionBody.x-amazon-apigateway-gateway-responses", gateway_responses()
        )
        self.api.add_property_override("TracingEnabled", True)
        self.api.add_property_override(
            "MethodSettings",
            [
                {
                    "HttpMethod": "*",
                    "ResourcePath": "/*",
                    "ThrottlingRateLimit": _THROTTLE_RATE,
                    "ThrottlingBurstLimit": _THROTTLE_BURST,
                    "MetricsEnabled": True,
                }
            ],
        )


def gateway_responses() -> dict[str, Any]:
    """What the gateway answers by itself, as the OpenAPI extension has it.

    A static header value stands in single quotes and cannot hold one: the content security policy
    is left to the answers that have content.
    """
    return {
        response.type: {
            "statusCode": str(response.status),
            "responseParameters": {
                f"gatewayresponse.header.{name}": f"'{value}'"
                for name, value in response.headers.items()
                if "'" not in value
            },
            "responseTemplates": {"application/json": response.template},
        }
        for response in GATEWAY_RESPONSES
    }


def _runs_on_lambda(stack: Stack) -> Grant:
    """What every function may do: write its log and its traces."""
    log_groups = stack.format_arn(
        service="logs",
        resource="log-group",
        resource_name=f"/aws/lambda/{stack.stack_name}-*",
        arn_format=ArnFormat.COLON_RESOURCE_NAME,
    )
    return lambda _: [
        Permission(
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            [log_groups],
            why="CloudFormation ends the functions' names; the log groups are this stack's own",
        ),
        Permission(
            ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            ["*"],
            why="Traces have no resource level",
        ),
    ]
