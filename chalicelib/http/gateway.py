"""What the gateway itself answers, before any function of ours runs, in the words of our problems.

The infrastructure declares these as API Gateway's gateway responses, and the test client answers by
them, so a refused token reads the same everywhere.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.core.errors import (
    NotFound,
    Problem,
    TooLarge,
    TooManyRequests,
    Unauthenticated,
    WrongMediaType,
)
from chalicelib.http.problems import (
    PROBLEM_JSON,
    SECURITY_HEADERS,
    Unavailable,
    document,
    extra_headers,
)


@dataclass(frozen=True, slots=True)
class GatewayResponse:
    """API Gateway's response type, and the status, headers and body to give for it."""

    type: str
    status: int
    headers: Mapping[str, str]
    template: str


def _answer(kind: str, problem: Problem) -> GatewayResponse:
    return GatewayResponse(
        type=kind,
        status=problem.status,
        headers={**SECURITY_HEADERS, **extra_headers(problem), "Content-Type": PROBLEM_JSON},
        template=json.dumps(document(problem, "$context.requestId"), ensure_ascii=False),
    )


SIGN_IN = "没有登录,或登录已失效,请重新登录"

GATEWAY_RESPONSES: tuple[GatewayResponse, ...] = (
    # No token at all, and one that the authorizer denied: it denies for no other reason.
    _answer("UNAUTHORIZED", Unauthenticated(SIGN_IN)),
    _answer("ACCESS_DENIED", Unauthenticated(SIGN_IN)),
    # The name that API Gateway gives to a path that no route matches.
    _answer("MISSING_AUTHENTICATION_TOKEN", NotFound("没有这个接口")),
    _answer("RESOURCE_NOT_FOUND", NotFound("没有这个接口")),
    _answer("REQUEST_TOO_LARGE", TooLarge()),
    _answer("UNSUPPORTED_MEDIA_TYPE", WrongMediaType()),
    _answer("THROTTLED", TooManyRequests()),
    _answer("QUOTA_EXCEEDED", TooManyRequests()),
    _answer("AUTHORIZER_FAILURE", Unavailable("登录校验暂不可用,请稍后重试")),
    _answer("INTEGRATION_FAILURE", Unavailable()),
    _answer("INTEGRATION_TIMEOUT", Unavailable()),
    _answer("DEFAULT_5XX", Problem()),
)


def gateway_response(kind: str) -> GatewayResponse:
    """The response of one type. Raises KeyError for a type that is not customised."""
    return next(each for each in GATEWAY_RESPONSES if each.type == kind)
