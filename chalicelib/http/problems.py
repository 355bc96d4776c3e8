"""Refusals as `application/problem+json` (RFC 9457), and the headers that every answer carries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from chalice.app import Response

from chalicelib.core.errors import Problem

PROBLEM_JSON = "application/problem+json"
JSON = "application/json"

Headers = dict[str, str | list[str]]

SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=31536000; includeSubDomains",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class MethodNotAllowed(Problem):
    status, slug, title = 405, "method-not-allowed", "不支持这种请求方式"


class Unavailable(Problem):
    """AWS throttles or is out of reach; the same request may succeed in a moment."""

    status, slug, title = 503, "unavailable", "系统繁忙,请稍后再试"


def type_of(slug: str) -> str:
    """The problem's type URI: an identifier, not an address."""
    return f"urn:yichuang:problem:{slug}"


def document(problem: Problem, request_id: str | None = None) -> dict[str, Any]:
    """The problem's document; `instance` names this occurrence so that support can find its log."""
    body: dict[str, Any] = {
        "type": type_of(problem.slug),
        "title": problem.title,
        "status": problem.status,
    }
    if problem.detail:
        body["detail"] = problem.detail
    if problem.errors:
        body["errors"] = [
            {"pointer": each.pointer, "message": each.message} for each in problem.errors
        ]
    if request_id:
        body["instance"] = f"urn:yichuang:request:{request_id}"
    return body


def extra_headers(problem: Problem) -> dict[str, str]:
    """What a refusal of this status says in its headers besides."""
    match problem.status:
        case 401:
            return {"WWW-Authenticate": 'Bearer realm="yichuang"'}
        case 429 | 503:
            return {"Retry-After": "1"}
        case _:
            return {}


def response(problem: Problem, request_id: str | None = None) -> Response:
    """The HTTP answer of a refusal."""
    headers: Headers = {
        **SECURITY_HEADERS,
        **extra_headers(problem),
        "Content-Type": PROBLEM_JSON,
    }
    if request_id:
        headers["X-Request-Id"] = request_id
    return Response(
        body=json.dumps(document(problem, request_id), ensure_ascii=False),
        status_code=problem.status,
        headers=headers,
    )
