"""The structured log of the API: one JSON object a line, without personal data.

Powertools' Logger adds about 5 ms to an import that has pydantic and PynamoDB in it (measured), and
gives the field's usual keys and sampling; it is created on first use.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger


@cache
def logger() -> Logger:
    """This process's logger."""
    from aws_lambda_powertools import Logger  # noqa: PLC0415 - import time

    return Logger(service="yichuang-api", log_uncaught_exceptions=False)
