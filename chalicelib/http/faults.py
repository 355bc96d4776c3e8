"""What is no Problem becomes one: throttling is a 503, everything else a 500 that tells nothing.

The log gets the fault's class and place and the request's id. It does not get the fault's text, for
an exception's message may quote the value it choked on, and that may be somebody's name.
"""

from __future__ import annotations

import traceback

from chalicelib.core.errors import Problem
from chalicelib.http.logs import logger
from chalicelib.http.problems import Unavailable

BUSY = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
OUT_OF_REACH = frozenset({"ConnectTimeoutError", "EndpointConnectionError", "ReadTimeoutError"})


def as_problem(fault: Exception, act: str, request_id: str) -> Problem:
    """The refusal that the caller is given for whatever a view raised; logs what is our fault."""
    if isinstance(fault, Problem):
        logger().info("refused", act=act, request_id=request_id, problem=fault.slug)
        return fault
    problem = Unavailable("请稍后重试") if _is_passing(fault) else Problem("请稍后重试或联系窗口")
    logger().error(
        "fault",
        act=act,
        request_id=request_id,
        fault=type(fault).__qualname__,
        code=_aws_code(fault),
        where=_where(fault),
    )
    return problem


def _is_passing(fault: BaseException) -> bool:
    each: BaseException | None = fault
    while each is not None:
        if _aws_code(each) in BUSY or type(each).__name__ in OUT_OF_REACH:
            return True
        each = each.__cause__
    return False


def _aws_code(fault: BaseException) -> str:
    """The AWS error code of a botocore ClientError or a PynamoDB exception, else empty.

    By shape, not by class: importing botocore here would cost every cold start that does without.
    """
    response = getattr(fault, "response", None)
    if isinstance(response, dict):
        return str(response.get("Error", {}).get("Code", ""))
    return str(getattr(fault, "cause_response_code", None) or "")


def _where(fault: BaseException) -> list[str]:
    """The innermost frames as file:line:function, outermost first; no values, no source text."""
    frames = traceback.extract_tb(fault.__traceback__)[-8:]
    return [f"{frame.filename}:{frame.lineno}:{frame.name}" for frame in frames]
