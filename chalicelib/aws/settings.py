"""Settings of one Lambda function, read once from its environment.

The CDK app writes every name; nothing has a default that could point at somebody else's account.
Region and endpoint are botocore's own variables (`AWS_REGION`, `AWS_ENDPOINT_URL`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache

from chalicelib.core.time import Clock, parse_clock


@dataclass(frozen=True, slots=True)
class Settings:
    """Names of the resources this deployment owns. An unset name is the empty string."""

    stage: str
    district: str
    table_calendars: str
    table_network: str
    table_catalogue: str
    table_certificates: str
    table_cases: str
    table_exchange: str
    table_hall: str
    table_supervision: str
    documents_bucket: str
    documents_endpoint: str
    bus: str
    signing_key: str
    secret_name: str
    approval_machine: str
    delivery_machine: str
    issuers: str
    audience: str
    clock: str

    @classmethod
    def from_environment(cls) -> Settings:
        return cls(
            **{
                name: os.environ.get(f"YICHUANG_{name.upper()}", "")
                for name in cls.__dataclass_fields__
            }
        )


@cache
def settings() -> Settings:
    """This process's settings. Tests clear the cache after they change the environment."""
    return Settings.from_environment()


@cache
def clock() -> Clock:
    """This process's clock, sped up where the deployment says so (`YICHUANG_CLOCK`)."""
    return parse_clock(settings().clock)
