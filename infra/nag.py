"""Exceptions to cdk-nag's rules, each with its reason and on the narrowest construct."""

from __future__ import annotations

from typing import Any

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def accept(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept what `rule` finds in `construct`, because of `reason`."""
    Validations.of(construct).acknowledge(Acknowledgment(id=rule, reason=reason))


def accept_wildcard(construct: IConstruct, resource: str, reason: str) -> None:
    """Accept one resource pattern in a policy of `construct`.

    A pattern comes with a reason and nothing else does: raises ValueError otherwise.
    """
    written = _written(Stack.of(construct).resolve(resource))
    if ("*" in written) != bool(reason):
        raise ValueError(f"a wildcard needs a reason, and only a wildcard: {written}")
    if reason:
        accept(construct, f"AwsSolutions-IAM5[Resource::{written}]", reason)


def _written(resolved: Any) -> str:
    """A CloudFormation expression as cdk-nag writes it in a finding's name."""
    match resolved:
        case str():
            return resolved
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(_written(part) for part in parts)
        case {"Fn::ImportValue": name}:
            return _written(name)
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
    raise TypeError(f"not an ARN: {resolved}")
