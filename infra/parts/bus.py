"""What tells others: the bus that every room publishes on, and the topic of the alarms."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from aws_cdk import aws_kms as kms
from aws_cdk import aws_sns as sns
from constructs import Construct

_ARCHIVED_DAYS = 90


class Bus(Construct):
    """One bus for the platform; what passes it can be replayed for ninety days.

    A unit subscribes to the topic with a filter on its own alarms.
    """

    def __init__(
        self, scope: Construct, name: str, *, source_prefix: str, data_key: kms.IKey
    ) -> None:
        super().__init__(scope, name)
        self.bus = events.EventBus(self, "Bus", description="What has happened, room by room")
        self.archive = self.bus.archive(
            "Archive",
            description="For replays to a consumer that was repaired or added",
            event_pattern=events.EventPattern(source=events.Match.prefix(source_prefix)),
            retention=Duration.days(_ARCHIVED_DAYS),
        )
        self.alarms = sns.Topic(self, "Alarms", master_key=data_key, enforce_ssl=True)
