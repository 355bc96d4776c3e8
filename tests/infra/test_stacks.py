"""What the template promises: data that outlives mistakes, roles that allow little, ends that are
seen."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.aws import documents
from infra.app import registered
from infra.function import Every, Function, Stream
from infra.functions import API_HANDLER
from infra.parts.application import gateway_responses
from infra.parts.flows import placeholders
from infra.tables import TABLES
from local.assembly import assembly
from local.cloud import stacks
from local.deployment import ASSEMBLIES

Resources = dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def production() -> dict[str, Any]:
    """Templates of the production stage, by stack. Synthesis fails on any finding of cdk-nag."""
    return _templates(assembly("production", ASSEMBLIES))


@pytest.fixture(scope="session")
def data(production: dict[str, Any]) -> Resources:
    resources: Resources = production["Yichuang-production-data"]["Resources"]
    return resources


@pytest.fixture(scope="session")
def service(production: dict[str, Any]) -> Resources:
    resources: Resources = production["Yichuang-production-service"]["Resources"]
    return resources


FUNCTIONS = registered()
HOLD_STATE = frozenset(
    {
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)


def _templates(made: Path) -> dict[str, Any]:
    return {stack.name: json.loads(stack.template) for stack in stacks(made)}


def of_type(resources: Resources, kind: str) -> dict[str, dict[str, Any]]:
    return {
        name: resource["Properties"]
        for name, resource in resources.items()
        if resource["Type"] == kind
    }


def strings(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        yield node
    elif isinstance(node, dict):
        for key, value in node.items():
            yield from strings(key)
            yield from strings(value)
    elif isinstance(node, list):
        for each in node:
            yield from strings(each)


# data


def test_every_table_is_paid_by_use_recoverable_encrypted_and_protected(data: Resources) -> None:
    tables = of_type(data, "AWS::DynamoDB::Table")
    assert len(tables) == len(TABLES)
    for properties in tables.values():
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["PointInTimeRecoverySpecification"] == {
            "PointInTimeRecoveryEnabled": True
        }
        assert properties["SSESpecification"]["SSEType"] == "KMS"
        assert "KMSMasterKeyId" in properties["SSESpecification"]
        assert properties["DeletionProtectionEnabled"] is True
        assert properties["TimeToLiveSpecification"] == {
            "AttributeName": "expires_at",
            "Enabled": True,
        }


def test_rooms_that_publish_have_a_stream_of_new_images_and_no_other(data: Resources) -> None:
    streaming = {
        name.removeprefix("Storage")[:-8]
        for name, properties in of_type(data, "AWS::DynamoDB::Table").items()
        if properties.get("StreamSpecification") == {"StreamViewType": "NEW_IMAGE"}
    }
    assert streaming == {table.room.capitalize() for table in TABLES if table.publishes}


def test_in_production_nothing_that_holds_state_goes_with_its_stack(data: Resources) -> None:
    for name, resource in data.items():
        if resource["Type"] in HOLD_STATE:
            assert resource["DeletionPolicy"] == "Retain", name
            assert resource["UpdateReplacePolicy"] == "Retain", name


def test_certificates_are_signed_by_an_asymmetric_key_that_never_leaves_kms(
    data: Resources,
) -> None:
    specs = {
        (key.get("KeySpec"), key.get("KeyUsage")) for key in of_type(data, "AWS::KMS::Key").values()
    }
    assert ("ECC_NIST_P256", "SIGN_VERIFY") in specs


def test_the_sealing_secret_is_generated_as_a_first_master(data: Resources) -> None:
    (secret,) = of_type(data, "AWS::SecretsManager::Secret").values()
    generated = secret["GenerateSecretString"]
    assert json.loads(generated["SecretStringTemplate"]) == {"current": "1"}
    assert generated["GenerateStringKey"] == "1"
    assert generated["PasswordLength"] >= 32


def test_documents_are_private_encrypted_versioned_and_only_over_tls(data: Resources) -> None:
    (bucket,) = of_type(data, "AWS::S3::Bucket").values()
    assert set(bucket["PublicAccessBlockConfiguration"].values()) == {True}
    assert bucket["VersioningConfiguration"]["Status"] == "Enabled"
    (encryption,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert encryption["ServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    (policy,) = of_type(data, "AWS::S3::BucketPolicy").values()
    refused = policy["PolicyDocument"]["Statement"][0]
    assert refused["Effect"] == "Deny"
    assert refused["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}


def test_uploads_that_nobody_completed_are_cleared_away(data: Resources) -> None:
    (bucket,) = of_type(data, "AWS::S3::Bucket").values()
    rules = bucket["LifecycleConfiguration"]["Rules"]
    assert {rule["Prefix"]: rule["ExpirationInDays"] for rule in rules if "Prefix" in rule} == {
        "uploads/": 1
    }


# functions


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_has_the_role_memory_and_time_that_are_declared(
    service: Resources, function: Function
) -> None:
    properties = service[function.logical_id]["Properties"]
    assert properties["MemorySize"] == function.memory
    assert properties["Timeout"] == function.timeout
    (role, attribute) = properties["Role"]["Fn::GetAtt"]
    assert attribute == "Arn"
    assert role.startswith(f"Functions{function.logical_id}Role")
    assert properties["Tracing"] == "Active"


def test_no_two_functions_share_a_role(service: Resources) -> None:
    functions = of_type(service, "AWS::Serverless::Function").values()
    roles = [function["Role"]["Fn::GetAtt"][0] for function in functions]
    assert len(roles) == len(set(roles)) == len(FUNCTIONS)


def statements(service: Resources) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, policy in of_type(service, "AWS::IAM::Policy").items():
        for statement in policy["PolicyDocument"]["Statement"]:
            yield name, statement


def test_nobody_may_scan_a_table_or_do_everything(service: Resources) -> None:
    for name, statement in statements(service):
        actions = statement["Action"]
        for action in [actions] if isinstance(actions, str) else actions:
            assert action not in {"dynamodb:Scan", "*"}, name
            assert not action.endswith(":*"), name


def test_only_where_aws_has_no_resource_level_is_everything_allowed(service: Resources) -> None:
    without_level = {
        "dynamodb:ListStreams",
        "states:SendTaskSuccess",
        "states:SendTaskFailure",
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
        "xray:GetSamplingRules",
        "xray:GetSamplingTargets",
        "logs:CreateLogDelivery",
        "logs:GetLogDelivery",
        "logs:UpdateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:ListLogDeliveries",
        "logs:PutResourcePolicy",
        "logs:DescribeResourcePolicies",
        "logs:DescribeLogGroups",
    }
    for name, statement in statements(service):
        if statement["Resource"] == "*":
            actions = statement["Action"]
            assert {actions} if isinstance(actions, str) else set(actions) <= without_level, name


def test_no_arn_names_a_partition(production: dict[str, Any]) -> None:
    for name, template in production.items():
        named = [text for text in strings(template) if re.search(r"arn:aws[a-z-]*:", text)]
        assert not named, name


# what calls what


def test_every_stream_is_filtered_bisected_and_ends_in_a_queue(service: Resources) -> None:
    streams = [f for f in FUNCTIONS if isinstance(f.trigger, Stream)]
    mappings = of_type(service, "AWS::Lambda::EventSourceMapping").values()
    assert {m["FunctionName"]["Ref"] for m in mappings} == {f.logical_id for f in streams}
    for mapping in mappings:
        assert mapping["BisectBatchOnFunctionError"] is True
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert 0 < mapping["MaximumRetryAttempts"] < 100
        assert "Destination" in mapping["DestinationConfig"]["OnFailure"]
        assert mapping["FilterCriteria"]["Filters"]
        assert mapping["StartingPosition"] == "TRIM_HORIZON"


def test_the_relay_sees_inserted_events_and_nothing_else() -> None:
    relay = next(f for f in FUNCTIONS if f.name == "relay")
    assert isinstance(relay.trigger, Stream)
    assert relay.trigger.pattern() == {
        "eventName": ["INSERT"],
        "dynamodb": {"Keys": {"sk": {"S": [{"prefix": "EVENT#"}]}}},
    }


def test_every_rule_has_dead_letters_and_so_has_every_function_it_calls(
    service: Resources,
) -> None:
    rules = of_type(service, "AWS::Events::Rule").values()
    called = set()
    for rule in rules:
        for target in rule["Targets"]:
            assert "Arn" in target["DeadLetterConfig"]
            called.add(target["Arn"]["Fn::GetAtt"][0])
    unhandled = of_type(service, "AWS::Lambda::EventInvokeConfig").values()
    assert {config["FunctionName"]["Ref"] for config in unhandled} == called
    for config in unhandled:
        assert "Destination" in config["DestinationConfig"]["OnFailure"]


def test_a_message_in_any_queue_raises_an_alarm(service: Resources) -> None:
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in of_type(service, "AWS::CloudWatch::Alarm").values()
        for dimension in alarm.get("Dimensions", [])
    }
    assert watched == set(of_type(service, "AWS::SQS::Queue"))


def test_periods_are_as_declared(service: Resources) -> None:
    declared = {f.logical_id: f.trigger for f in FUNCTIONS if isinstance(f.trigger, Every)}
    scheduled = {
        rule["Targets"][0]["Arn"]["Fn::GetAtt"][0]: rule["ScheduleExpression"]
        for rule in of_type(service, "AWS::Events::Rule").values()
        if "ScheduleExpression" in rule
    }
    assert scheduled == {name: f"rate({every.minutes} minutes)" for name, every in declared.items()}


def test_what_passes_the_bus_can_be_replayed(service: Resources) -> None:
    (archive,) = of_type(service, "AWS::Events::Archive").values()
    assert archive["EventPattern"] == {"source": [{"prefix": "yichuang."}]}
    assert archive["RetentionDays"] >= 30


# machines


def test_every_machine_is_logged_traced_and_wholly_substituted(service: Resources) -> None:
    machines = of_type(service, "AWS::StepFunctions::StateMachine")
    assert machines
    for name, machine in machines.items():
        assert machine["LoggingConfiguration"]["Level"] == "ALL", name
        assert machine["LoggingConfiguration"]["IncludeExecutionData"] is False, name
        assert machine["TracingConfiguration"] == {"Enabled": True}, name
        named = placeholders(machine["DefinitionString"])
        assert named == set(machine["DefinitionSubstitutions"]), name


# the API


def test_the_api_is_throttled_traced_regional_and_compressed(service: Resources) -> None:
    (api,) = of_type(service, "AWS::Serverless::Api").values()
    assert api["TracingEnabled"] is True
    assert api["EndpointConfiguration"] == {"Type": "REGIONAL"} or (
        api["EndpointConfiguration"] == "REGIONAL"
    )
    (settings,) = api["MethodSettings"]
    assert settings["ThrottlingRateLimit"] > 0
    assert api["MinimumCompressionSize"] == 1024


def test_each_address_and_each_client_has_a_limit_and_no_request_is_sampled(
    service: Resources,
) -> None:
    (acl,) = of_type(service, "AWS::WAFv2::WebACL").values()
    limits = {
        rule["Name"]: rule["Statement"]["RateBasedStatement"]
        for rule in acl["Rules"]
        if "RateBasedStatement" in rule["Statement"]
    }
    assert limits["address"]["AggregateKeyType"] == "IP"
    (key,) = limits["client"]["CustomKeys"]
    assert key["Header"]["Name"] == "authorization"
    assert 0 < limits["client"]["Limit"] < limits["address"]["Limit"]
    for rule in (acl, *acl["Rules"]):
        assert rule["VisibilityConfig"]["SampledRequestsEnabled"] is False
    for rule in acl["Rules"][:2]:
        assert rule["Action"]["Block"]["CustomResponse"]["ResponseCode"] == 429
    (association,) = of_type(service, "AWS::WAFv2::WebACLAssociation").values()
    assert {"Ref": "RestAPI.Stage"} in association["ResourceArn"]["Fn::Join"][1]


def test_secrets_come_from_where_secrets_are_kept_and_never_by_the_environment(
    service: Resources,
) -> None:
    """A function is told a secret's name. What it is stands in no template and no variable."""
    named = "YICHUANG_SECRET_NAME"
    for function in FUNCTIONS:
        variables = service[function.logical_id]["Properties"]["Environment"]["Variables"]
        assert list(variables[named]) == ["Fn::ImportValue"]
        secretive = [n for n in variables if re.search("SECRET|PASSWORD|MASTER|PRIVATE_KEY", n)]
        assert secretive == [named]
    assert "{{resolve:" not in json.dumps(service)


def test_a_presigned_upload_is_for_one_file_of_a_bounded_size(data: Resources) -> None:
    """The bucket takes what a signed address says and nothing else: 10 MB, a quarter of an hour."""
    assert documents.LARGEST_BYTES == 10 * 1024 * 1024
    assert documents.SLOT_SECONDS <= 15 * 60
    (bucket,) = of_type(data, "AWS::S3::Bucket").values()
    (cors,) = bucket["CorsConfiguration"]["CorsRules"]
    assert cors["AllowedOrigins"] != ["*"]


def test_what_destroys_documents_can_do_nothing_else_to_them(service: Resources) -> None:
    destroying = [
        (name, statement)
        for name, statement in statements(service)
        if any("s3:Delete" in action for action in _actions(statement))
    ]
    assert destroying
    for name, statement in destroying:
        assert name.startswith("FunctionsDisposeCasesRole"), name
        assert _actions(statement) == {"s3:DeleteObject", "s3:DeleteObjectVersion"}


def _actions(statement: dict[str, Any]) -> set[str]:
    actions = statement["Action"]
    return {actions} if isinstance(actions, str) else set(actions)


def test_what_the_gateway_answers_itself_is_a_problem_too(service: Resources) -> None:
    (api,) = of_type(service, "AWS::Serverless::Api").values()
    declared = api["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    assert declared == gateway_responses()
    assert declared["UNAUTHORIZED"]["statusCode"] == "401"
    for kind, response in declared.items():
        content = response["responseParameters"]["gatewayresponse.header.Content-Type"]
        assert content == "'application/problem+json'", kind


def test_the_api_handler_gives_up_before_the_gateway_does() -> None:
    assert API_HANDLER.timeout < 29


def test_the_handlers_learn_every_name_from_their_environment(service: Resources) -> None:
    for function in FUNCTIONS:
        variables = service[function.logical_id]["Properties"]["Environment"]["Variables"]
        assert {f"YICHUANG_TABLE_{table.room.upper()}" for table in TABLES} <= variables.keys()
        assert "YICHUANG_CLOCK" not in variables
