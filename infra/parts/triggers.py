"""What calls the functions: streams, bus events and periods, each with its dead letters."""

from __future__ import annotations

import json
from collections.abc import Sequence

from aws_cdk import Stack
from aws_cdk import aws_events as events
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import BusEvents, Every, Function, Stream
from infra.grants import Resources, follows_stream
from infra.parts.application import Functions
from infra.parts.dead_letters import DeadLetters

_STREAM_RECORD_AGE_SECONDS = 24 * 3600  # as long as the stream itself keeps a record
_ASYNC_RETRIES = 2
_ASYNC_AGE_SECONDS = 3600
_RULE_RETRIES = 24


class Triggers(Construct):
    """One construct a triggered function."""

    def __init__(
        self,
        scope: Construct,
        name: str,
        *,
        functions: Sequence[Function],
        deployed: Functions,
        resources: Resources,
    ) -> None:
        super().__init__(scope, name)
        for function in functions:
            match function.trigger:
                case Stream() as stream:
                    OnStream(self, function, stream, deployed, resources)
                case BusEvents() | Every() as occasion:
                    OnRule(self, function, occasion, deployed, resources)
                case None:
                    pass


class OnStream(Construct):
    """A table's inserts, in order a key; a batch that keeps failing is halved, then let go."""

    def __init__(
        self,
        scope: Construct,
        function: Function,
        stream: Stream,
        deployed: Functions,
        resources: Resources,
    ) -> None:
        super().__init__(scope, function.logical_id)
        letters = DeadLetters(self, "Failures", consumer=function.name)
        deployed.role(function).add_to_policy(letters.sending())
        for permission in follows_stream(stream.room)(resources):
            permission.add_to(deployed.role(function))
        lambda_.CfnEventSourceMapping(
            self,
            "Mapping",
            function_name=deployed.name(function),
            event_source_arn=resources.tables[stream.room].table_stream_arn,
            starting_position="TRIM_HORIZON",
            batch_size=stream.batch_size,
            maximum_batching_window_in_seconds=stream.window,
            bisect_batch_on_function_error=True,
            maximum_retry_attempts=stream.retries,
            maximum_record_age_in_seconds=_STREAM_RECORD_AGE_SECONDS,
            function_response_types=["ReportBatchItemFailures"],
            filter_criteria=lambda_.CfnEventSourceMapping.FilterCriteriaProperty(
                filters=[
                    lambda_.CfnEventSourceMapping.FilterProperty(
                        pattern=json.dumps(stream.pattern())
                    )
                ]
            ),
            destination_config=lambda_.CfnEventSourceMapping.DestinationConfigProperty(
                on_failure=lambda_.CfnEventSourceMapping.OnFailureProperty(
                    destination=letters.queue.queue_arn
                )
            ),
        )


class OnRule(Construct):
    """A rule on the bus, or a period. Undelivered and unhandled events meet in one queue."""

    def __init__(
        self,
        scope: Construct,
        function: Function,
        occasion: BusEvents | Every,
        deployed: Functions,
        resources: Resources,
    ) -> None:
        super().__init__(scope, function.logical_id)
        letters = DeadLetters(self, "Failures", consumer=function.name)
        deployed.role(function).add_to_policy(letters.sending())
        target = events.CfnRule.TargetProperty(
            id=function.name,
            arn=deployed.arn(function),
            retry_policy=events.CfnRule.RetryPolicyProperty(
                maximum_retry_attempts=_RULE_RETRIES,
                maximum_event_age_in_seconds=_STREAM_RECORD_AGE_SECONDS,
            ),
            dead_letter_config=events.CfnRule.DeadLetterConfigProperty(arn=letters.queue.queue_arn),
        )
        if isinstance(occasion, Every):
            rule = events.CfnRule(
                self,
                "Rule",
                description=f"Calls {function.name} every {occasion.minutes} minutes",
                schedule_expression=f"rate({occasion.minutes} minutes)",
                targets=[target],
            )
        else:
            rule = events.CfnRule(
                self,
                "Rule",
                name=resources.rule_name(function.name),
                description=f"Calls {function.name} for what the rooms publish",
                event_bus_name=resources.bus.event_bus_name,
                event_pattern={"source": list(occasion.sources)},
                targets=[target],
            )
        letters.accept_from_rule(rule.attr_arn)
        lambda_.CfnPermission(
            self,
            "Permission",
            action="lambda:InvokeFunction",
            function_name=deployed.arn(function),
            principal="events.amazonaws.com",
            source_arn=rule.attr_arn,
            source_account=Stack.of(self).account,
        )
        lambda_.CfnEventInvokeConfig(
            self,
            "Retries",
            function_name=deployed.name(function),
            qualifier="$LATEST",
            maximum_retry_attempts=_ASYNC_RETRIES,
            maximum_event_age_in_seconds=_ASYNC_AGE_SECONDS,
            destination_config=lambda_.CfnEventInvokeConfig.DestinationConfigProperty(
                on_failure=lambda_.CfnEventInvokeConfig.OnFailureProperty(
                    destination=letters.queue.queue_arn
                )
            ),
        )
