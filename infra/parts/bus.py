"""The bus that every room publishes on, and its archive for replays."""

from __future__ import annotations

from aws_cdk import Duration
from aws_cdk import aws_events as events
from constructs import Construct

_ARCHIVED_DAYS = 90


class Bus(Construct):
    """One bus for the platform; what passes it can be replayed for ninety days."""

    def __init__(self, scope: Construct, name: str, *, source_prefix: str) -> None:
        super().__init__(scope, name)
        self.bus = events.EventBus(self, "Bus", description="What has happened, room by room")
        self.bus.archive(
            "Archive",
            description="For replays to a consumer that was repaired or added",
            event_pattern=events.EventPattern(source=events.Match.prefix(source_prefix)),
            retention=Duration.days(_ARCHIVED_DAYS),
        )
