"""A client that does what API Gateway does: routes, asks the authorizer, answers in its place.

Chalice's own test client calls an app the same way, but answers refused tokens in its own words and
keeps the current request on the app; this one is exact in both, and takes concurrent callers.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalice.app import Chalice

from chalicelib.core.principal import Principal
from chalicelib.http.gateway import gateway_response
from chalicelib.http.identity import to_context

REQUESTS = itertools.count(1)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    text: str

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def pointers(self) -> list[str]:
        """The pointers of a problem's errors."""
        return [each["pointer"] for each in self.json.get("errors", [])]


class ApiClient:
    """Calls the app as `principal`, or with the `token` given, or as nobody."""

    def __init__(
        self, app: Chalice, principal: Principal | None = None, token: str | None = None
    ) -> None:
        self.app = app
        self.principal = principal
        self.token = token

    def act_as(self, principal: Principal) -> ApiClient:
        return ApiClient(self.app, principal)

    def bearing(self, token: str | None) -> ApiClient:
        return ApiClient(self.app, None, token)

    def get(self, path: str, **options: Any) -> Answer:
        return self.request("GET", path, **options)

    def post(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.request("POST", path, body, **options)

    def put(self, path: str, body: Any = None, **options: Any) -> Answer:
        return self.request("PUT", path, body, **options)

    def request(
        self,
        method: str,
        target: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        query: Mapping[str, str | Sequence[str]] | None = None,
    ) -> Answer:
        """`body` is JSON-able, or bytes or text that are sent as they are."""
        parts = urlsplit(target)
        pattern, path_values = self._route(parts.path)
        sent = {
            "content-type": "application/json",
            **{k.lower(): v for k, v in (headers or {}).items()},
        }
        request_id = f"request-{next(REQUESTS)}"
        if pattern is None:
            return _gateway("MISSING_AUTHENTICATION_TOKEN", request_id)
        context: dict[str, Any] = {
            "httpMethod": method,
            "resourcePath": pattern,
            "requestId": request_id,
        }
        refused = self._authorize(pattern, method, parts.path, sent, context)
        if refused is not None:
            return _gateway(refused, request_id)
        event = {
            "requestContext": context,
            "multiValueQueryStringParameters": _query(parts.query, query),
            "headers": sent,
            "pathParameters": path_values,
            "body": _text(body),
            "stageVariables": None,
            "isBase64Encoded": False,
        }
        answer = self.app(event, None)
        return Answer(answer["statusCode"], answer["headers"], answer["body"])

    def _route(self, path: str) -> tuple[str | None, dict[str, str]]:
        # Literal segments win over parameters, as they do in API Gateway.
        for pattern in sorted(self.app.routes, key=lambda each: each.count("{")):
            expression = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", pattern)
            matched = re.fullmatch(expression, path)
            if matched:
                return pattern, matched.groupdict()
        return None, {}

    def _authorize(
        self, pattern: str, method: str, path: str, headers: dict[str, str], context: dict[str, Any]
    ) -> str | None:
        """The type of the gateway's refusal, or None with the caller put into the context."""
        route = self.app.routes[pattern].get(method)
        if route is None or route.authorizer is None:
            return None
        if self.principal is not None:
            context["authorizer"] = to_context(self.principal)
            return None
        token = f"Bearer {self.token}" if self.token is not None else headers.get("authorization")
        if not token:
            return "UNAUTHORIZED"
        arn = f"arn:aws:execute-api:us-east-1:123456789012:api/test/{method}{path}"
        event = {"type": "TOKEN", "authorizationToken": token, "methodArn": arn}
        try:
            verdict = route.authorizer(event, None)
        except Exception:
            return "AUTHORIZER_FAILURE"
        (statement,) = verdict["policyDocument"]["Statement"]
        if statement["Effect"] != "Allow":
            return "ACCESS_DENIED"
        assert re.fullmatch(re.escape(statement["Resource"][0]).replace(r"\*", ".*"), arn)
        assert all(isinstance(value, str) for value in verdict["context"].values())
        context["authorizer"] = {**verdict["context"], "principalId": verdict["principalId"]}
        return None


def _gateway(kind: str, request_id: str) -> Answer:
    response = gateway_response(kind)
    text = response.template.replace("$context.requestId", request_id)
    return Answer(response.status, response.headers, text)


def _query(
    text: str, given: Mapping[str, str | Sequence[str]] | None
) -> dict[str, list[str]] | None:
    values = parse_qs(text, keep_blank_values=True)
    for name, value in (given or {}).items():
        values[name] = [value] if isinstance(value, str) else list(value)
    return values or None


def _text(body: Any) -> Any:
    if body is None or isinstance(body, str | bytes):
        return body
    return json.dumps(body, ensure_ascii=False)
