"""An environment that points nowhere, set before any store is imported."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import boto3
import botocore.session

# The description of a service is up to a megabyte of JSON: read once, not by each test's clients.
botocore.session.create_loader = cache(botocore.session.create_loader)

os.environ.update(
    {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_EC2_METADATA_DISABLED": "true",
        "POWERTOOLS_METRICS_NAMESPACE": "yichuang",
        "POWERTOOLS_TRACE_DISABLED": "true",
        "YICHUANG_STAGE": "test",
        "YICHUANG_DISTRICT": "410102",
        "YICHUANG_BUS": "yichuang",
        "YICHUANG_DOCUMENTS_BUCKET": "yichuang-documents",
        **{
            f"YICHUANG_TABLE_{room.upper()}": f"yichuang-{room}"
            for room in (
                "calendars",
                "network",
                "catalogue",
                "certificates",
                "cases",
                "exchange",
                "hall",
                "supervision",
            )
        },
    }
)


@cache
def aws(service: str) -> Any:
    """One client a service for the whole run: making clients is most of what a set-up costs, and
    moto answers those that were made before it."""
    return boto3.client(service)
