"""Deploys a cloud assembly the way `cdk deploy` would: assets into the bucket, stacks in order."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
from botocore.exceptions import ClientError

from local.emulator import ACCOUNT, REGION

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

POLL_SECONDS = 0.1
BOOTSTRAP_VERSION = "30"
DIGEST_TAG = "yichuang:digest"
CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


class DeploymentError(RuntimeError):
    """A stack did not come up. The text says which resources failed, and why."""


@dataclass(frozen=True)
class Stack:
    """One stack of an assembly."""

    name: str
    template: str
    assets: Path

    @cached_property
    def parameters(self) -> frozenset[str]:
        """The parameters that its template declares."""
        return frozenset(json.loads(self.template).get("Parameters", {}))


def stacks(assembly: Path) -> list[Stack]:
    """The stacks of the assembly, each after those it depends on."""
    artifacts = json.loads((assembly / "manifest.json").read_text("utf-8"))["artifacts"]
    ordered: list[Stack] = []
    placed: set[str] = set()

    def place(name: str) -> None:
        if name in placed or artifacts[name]["type"] != "aws:cloudformation:stack":
            return
        placed.add(name)
        for dependency in artifacts[name].get("dependencies", []):
            place(dependency)
        template = (assembly / artifacts[name]["properties"]["templateFile"]).read_text("utf-8")
        ordered.append(Stack(name, template, assembly / f"{name}.assets.json"))

    for name in sorted(artifacts):
        place(name)
    return ordered


class Cloud:
    """An account and region to deploy into: the emulator's at `endpoint`."""

    def __init__(self, endpoint: str, credentials: Mapping[str, str]) -> None:
        self._session = boto3.Session(
            aws_access_key_id=credentials["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=credentials["AWS_SECRET_ACCESS_KEY"],
            region_name=REGION,
        )
        self._endpoint = endpoint

    def client(self, service: str) -> Any:
        """A client of a service there."""
        return self._session.client(service, endpoint_url=self._endpoint)  # type: ignore[call-overload]

    def deploy(
        self,
        assembly: Path,
        parameters: Mapping[str, str],
        say: Callable[[str], None] = lambda _: None,
    ) -> dict[str, str]:
        """Bring every stack to the assembly's state; the outputs of all of them, by name.

        A stack whose template and parameters are those it has is left alone. Raises
        DeploymentError.
        """
        self._bootstrap()
        cloudformation: CloudFormationClient = self.client("cloudformation")
        outputs: dict[str, str] = {}
        for stack in stacks(assembly):
            given = {name: parameters[name] for name in sorted(stack.parameters & set(parameters))}
            digest = _digest(stack.template, given)
            there = _describe(cloudformation, stack.name)
            if there is not None and _tag(there) == digest:
                say(f"{stack.name} 未变化")
            else:
                say(f"{stack.name} {'更新' if there else '创建'}")
                url = self._publish(stack)
                _bring(cloudformation, stack, url, given, digest, exists=there is not None)
                there = _describe(cloudformation, stack.name)
            outputs |= {o["OutputKey"]: o["OutputValue"] for o in (there or {}).get("Outputs", [])}
        return outputs

    def _bootstrap(self) -> None:
        """What `cdk bootstrap` leaves and the templates ask for: a version and a bucket."""
        self.client("ssm").put_parameter(
            Name="/cdk-bootstrap/hnb659fds/version",
            Value=BOOTSTRAP_VERSION,
            Type="String",
            Overwrite=True,
        )
        self.client("s3").create_bucket(Bucket=f"cdk-hnb659fds-assets-{ACCOUNT}-{REGION}")

    def _publish(self, stack: Stack) -> str:
        """Upload what is not there yet; the address of the stack's template."""
        s3 = self.client("s3")
        template = ""
        for source, bucket, key in _files(stack):
            try:
                s3.head_object(Bucket=bucket, Key=key)
            except ClientError:
                s3.upload_file(str(source), bucket, key)
            if source.name == f"{stack.name}.template.json":
                template = f"{self._endpoint}/{bucket}/{key}"
        return template


def _files(stack: Stack) -> Iterator[tuple[Path, str, str]]:
    """Each file asset of the stack, its template among them: where it is, its bucket, its key."""
    for entry in json.loads(stack.assets.read_text("utf-8"))["files"].values():
        source = stack.assets.parent / entry["source"]["path"]
        for destination in entry["destinations"].values():
            bucket = destination["bucketName"]
            for placeholder, value in (
                ("${AWS::AccountId}", ACCOUNT),
                ("${AWS::Region}", REGION),
                ("${AWS::Partition}", "aws"),
            ):
                bucket = bucket.replace(placeholder, value)
            yield source, bucket, destination["objectKey"]


def _bring(
    cloudformation: CloudFormationClient,
    stack: Stack,
    template: str,
    parameters: Mapping[str, str],
    digest: str,
    *,
    exists: bool,
) -> None:
    act = cloudformation.update_stack if exists else cloudformation.create_stack
    act(
        StackName=stack.name,
        TemplateURL=template,
        Parameters=[
            {"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()
        ],
        Capabilities=list(CAPABILITIES),  # type: ignore[arg-type]
        Tags=[{"Key": DIGEST_TAG, "Value": digest}],
    )
    while (status := (_describe(cloudformation, stack.name) or {}).get("StackStatus", "")).endswith(
        "IN_PROGRESS"
    ):
        time.sleep(POLL_SECONDS)
    if status not in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        raise DeploymentError(f"{stack.name}: {status}\n{_failures(cloudformation, stack.name)}")


def _failures(cloudformation: CloudFormationClient, name: str) -> str:
    events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
    return "\n".join(
        f"{event.get('LogicalResourceId')}: {event.get('ResourceStatusReason')}"
        for event in events
        if event.get("ResourceStatus", "").endswith("FAILED")
    )


def _describe(cloudformation: CloudFormationClient, name: str) -> Any:
    try:
        return cloudformation.describe_stacks(StackName=name)["Stacks"][0]
    except ClientError:
        return None


def _digest(template: str, parameters: Mapping[str, str]) -> str:
    text = json.dumps([template, sorted(parameters.items())])
    return hashlib.sha256(text.encode()).hexdigest()


def _tag(stack: Mapping[str, Any]) -> str | None:
    tags = {tag["Key"]: tag["Value"] for tag in stack.get("Tags", [])}
    return tags.get(DIGEST_TAG)
