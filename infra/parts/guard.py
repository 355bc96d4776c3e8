"""What stands before the API: a web ACL with limits for each address and each client.

The stage's own throttle protects the platform as a whole; these keep one caller from taking what is
everybody's. A hall's windows share one public address, so the limit of an address is the wider one.
A client is told apart by its token: a department's system that runs wild is held back alone.
"""

from __future__ import annotations

from aws_cdk import CfnResource, Fn
from aws_cdk import aws_wafv2 as wafv2
from constructs import Construct

WINDOW_SECONDS = 300
REQUESTS_OF_AN_ADDRESS = 6000
REQUESTS_OF_A_CLIENT = 3000
MANAGED = ("AWSManagedRulesAmazonIpReputationList", "AWSManagedRulesKnownBadInputsRuleSet")
LARGEST_URI_BYTES = 4096
_RULE = wafv2.CfnWebACL.RuleProperty
_LIMIT = wafv2.CfnWebACL.RateBasedStatementProperty


class Guard(Construct):
    """A regional web ACL on the API's stage. It keeps no log: requests carry tokens."""

    def __init__(self, scope: Construct, name: str, *, api: CfnResource, label: str) -> None:
        super().__init__(scope, name)
        rules = [
            _limit("address", 0, _by_address()),
            _limit("client", 1, _by_client()),
            _oversized(2),
            *(_managed(group, order) for order, group in enumerate(MANAGED, start=3)),
        ]
        acl = wafv2.CfnWebACL(
            self,
            "WebAcl",
            name=label,
            scope="REGIONAL",
            default_action=wafv2.CfnWebACL.DefaultActionProperty(allow={}),
            visibility_config=_counted(label),
            rules=rules,
        )
        stage = ["arn:", Fn.ref("AWS::Partition"), ":apigateway:", Fn.ref("AWS::Region")]
        # SAM makes the stage and lets it be called `<api>.Stage`.
        stage += ["::/restapis/", api.ref, "/stages/", Fn.ref(f"{api.logical_id}.Stage")]
        wafv2.CfnWebACLAssociation(
            self, "OnStage", resource_arn=Fn.join("", stage), web_acl_arn=acl.attr_arn
        )


def _by_address() -> _LIMIT:
    return _LIMIT(
        limit=REQUESTS_OF_AN_ADDRESS,
        aggregate_key_type="IP",
        evaluation_window_sec=WINDOW_SECONDS,
    )


def _by_client() -> _LIMIT:
    header = wafv2.CfnWebACL.RateLimitHeaderProperty(
        name="authorization",
        text_transformations=[wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
    )
    return _LIMIT(
        limit=REQUESTS_OF_A_CLIENT,
        aggregate_key_type="CUSTOM_KEYS",
        custom_keys=[wafv2.CfnWebACL.RateBasedStatementCustomKeyProperty(header=header)],
        evaluation_window_sec=WINDOW_SECONDS,
    )


def _limit(name: str, order: int, statement: _LIMIT) -> _RULE:
    """Over the limit is 429, as the gateway's own throttle answers."""
    response = wafv2.CfnWebACL.CustomResponseProperty(
        response_code=429,
        response_headers=[
            wafv2.CfnWebACL.CustomHTTPHeaderProperty(name="Retry-After", value=str(WINDOW_SECONDS))
        ],
    )
    return _RULE(
        name=name,
        priority=order,
        statement=wafv2.CfnWebACL.StatementProperty(rate_based_statement=statement),
        action=wafv2.CfnWebACL.RuleActionProperty(
            block=wafv2.CfnWebACL.BlockActionProperty(custom_response=response)
        ),
        visibility_config=_counted(name),
    )


def _oversized(order: int) -> _RULE:
    """An address that no page of ours makes. Bodies are measured by the views, before parsing."""
    size = wafv2.CfnWebACL.SizeConstraintStatementProperty(
        comparison_operator="GT",
        size=LARGEST_URI_BYTES,
        field_to_match=wafv2.CfnWebACL.FieldToMatchProperty(query_string={}),
        text_transformations=[wafv2.CfnWebACL.TextTransformationProperty(priority=0, type="NONE")],
    )
    return _RULE(
        name="oversized",
        priority=order,
        statement=wafv2.CfnWebACL.StatementProperty(size_constraint_statement=size),
        action=wafv2.CfnWebACL.RuleActionProperty(block=wafv2.CfnWebACL.BlockActionProperty()),
        visibility_config=_counted("oversized"),
    )


def _managed(group: str, order: int) -> _RULE:
    managed = wafv2.CfnWebACL.ManagedRuleGroupStatementProperty(name=group, vendor_name="AWS")
    return _RULE(
        name=group,
        priority=order,
        statement=wafv2.CfnWebACL.StatementProperty(managed_rule_group_statement=managed),
        override_action=wafv2.CfnWebACL.OverrideActionProperty(none={}),
        visibility_config=_counted(group),
    )


def _counted(name: str) -> wafv2.CfnWebACL.VisibilityConfigProperty:
    """Counted, never sampled: a sample would keep requests with their tokens."""
    return wafv2.CfnWebACL.VisibilityConfigProperty(
        cloud_watch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False
    )
