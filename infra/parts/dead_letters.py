"""Dead letters: every asynchronous path ends in a queue that somebody is told about."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from infra.nag import accept

_KEPT_DAYS = 14
_ALARM_PERIOD = Duration.minutes(5)


class DeadLetters(Construct):
    """A queue for what one consumer could not handle, with an alarm on its first message."""

    def __init__(self, scope: Construct, name: str, *, consumer: str) -> None:
        super().__init__(scope, name)
        self.queue = sqs.Queue(
            self,
            "Queue",
            encryption=sqs.QueueEncryption.SQS_MANAGED,
            enforce_ssl=True,
            retention_period=Duration.days(_KEPT_DAYS),
        )
        self.alarm = cloudwatch.Alarm(
            self,
            "Alarm",
            alarm_description=f"{consumer} left something unhandled",
            metric=self.queue.metric_approximate_number_of_messages_visible(
                period=_ALARM_PERIOD, statistic="Maximum"
            ),
            threshold=1,
            evaluation_periods=1,
            comparison_operator=(cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        accept(
            self.queue,
            "AwsSolutions-SQS3",
            "This is itself a dead letter queue: a person reads it, no consumer does.",
        )

    def sending(self) -> iam.PolicyStatement:
        """What a function's role needs for its failures to arrive here."""
        return iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[self.queue.queue_arn])

    def accept_from_rule(self, rule_arn: str) -> None:
        """Let EventBridge leave here what it could not deliver for the rule."""
        self.queue.add_to_resource_policy(
            iam.PolicyStatement(
                principals=[iam.ServicePrincipal("events.amazonaws.com")],
                actions=["sqs:SendMessage"],
                resources=[self.queue.queue_arn],
                conditions={"ArnEquals": {"aws:SourceArn": rule_arn}},
            )
        )
