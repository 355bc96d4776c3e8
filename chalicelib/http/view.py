"""The one decorator that every route wears: typed in, typed out, refusals as problem documents.

    @bp.route("/v1/cases/{no}/acceptance", methods=["POST"], authorizer=jwt_authorizer)
    @view(act="case.accept", body=Acceptance, returns=CaseHead, summary="受理办件")
    def accept(call: Call[Acceptance], no: str) -> Reply:
        head = service.accept(call.principal, no, call.body.opinion, call.idempotency_key, call.now)
        return Reply(head, etag=str(head.version))

The order of its checks: may any of the caller's roles do this act (403, before anything is read) →
size → media type → JSON → every field at once → do the caller's roles still stand today (403) →
the view. It catches everything; what is not a Problem is logged with the request's id, without the request's content, and answered as a bare 500.

The app is composed by `chalicelib.http.app.compose`, whose middleware hands each request over.
"""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from time import time
from typing import Any, Concatenate, ParamSpec

from chalice.app import Request, Response
from pydantic import BaseModel

from chalicelib.aws.settings import clock
from chalicelib.core import access
from chalicelib.core.errors import Forbidden, Unauthenticated
from chalicelib.core.principal import Principal
from chalicelib.core.time import to_text
from chalicelib.http import problems
from chalicelib.http.call import (
    Call,
    entity_tag,
    fingerprint,
    idempotency_key,
    path_values,
    read_body,
    read_query,
    request_id_of,
)
from chalicelib.http.faults import as_problem
from chalicelib.http.identity import from_context, has_expired

__all__ = ["Call", "Declaration", "Reply", "declaration_of", "view"]

P = ParamSpec("P")

DEFAULT_BODY_LIMIT = 256 * 1024
CURRENT: ContextVar[Request] = ContextVar("request")

Standing = Callable[[Principal, datetime], Mapping[str, str]]
"""Which of a caller's roles do not stand at an instant, each with the reason."""

STANDING: ContextVar[Standing | None] = ContextVar("standing", default=None)


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """An answer that needs more than its body: another status, headers, an entity tag.

    `body` is a pydantic model, a JSON-able value, or text with its own `Content-Type` header.
    """

    body: Any = None
    status: int | None = None
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    etag: str | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Declaration:
    """What a view says of itself; the OpenAPI document and the access tests are made from it."""

    act: str
    body: type[BaseModel] | None
    query: type[BaseModel] | None
    returns: type[BaseModel] | None
    status: int
    summary: str
    public: bool
    body_limit: int
    produces: str
    refuses: tuple[int, ...]
    name: str
    description: str


def view(
    *,
    act: str,
    body: type[BaseModel] | None = None,
    query: type[BaseModel] | None = None,
    returns: type[BaseModel] | None = None,
    status: int = 200,
    summary: str = "",
    public: bool = False,
    body_limit: int = DEFAULT_BODY_LIMIT,
    produces: str = "",
    refuses: tuple[int, ...] = (),
) -> Callable[[Callable[Concatenate[Call[Any, Any], P], Any]], Callable[P, Response]]:
    """Declare and wrap a route function whose first argument is its `Call`.

    `act` names a row of the access table. `public` views take no token. `body_limit` is in bytes.
    A view that declares `returns` answers JSON of that shape; one that answers text of another kind
    says by `produces` which media type its `Reply` sets. `status` is what success means, `refuses`
    the statuses of refusals that no declaration shows.
    """

    def wrap(function: Callable[Concatenate[Call[Any, Any], P], Any]) -> Callable[P, Response]:
        declaration = Declaration(
            act=act,
            body=body,
            query=query,
            returns=returns,
            status=status,
            summary=summary,
            public=public,
            body_limit=body_limit,
            produces=produces or (problems.JSON if returns else ""),
            refuses=refuses,
            name=function.__name__,
            description=(function.__doc__ or "").strip(),
        )

        @functools.wraps(function)
        def handle(*args: P.args, **kwargs: P.kwargs) -> Response:
            request = CURRENT.get()
            try:
                return _answer(function, declaration, request, args, kwargs)
            except Exception as fault:
                request_id = request_id_of(request)
                return problems.response(as_problem(fault, declaration.act, request_id), request_id)

        handle.declaration = declaration  # type: ignore[attr-defined]
        return handle

    return wrap


def declaration_of(function: object) -> Declaration | None:
    """The declaration of a route's function; None for one that wears no `view`."""
    return getattr(function, "declaration", None)


def _answer(
    function: Callable[..., Any],
    declaration: Declaration,
    request: Request,
    args: tuple[Any, ...],
    kwargs: Mapping[str, Any],
) -> Response:
    context = request.context.get("authorizer")
    principal = from_context(context)
    if not declaration.public and (principal.assurance == 0 or has_expired(context, time())):
        raise Unauthenticated("请先登录")
    if not access.may(principal, declaration.act):
        raise Forbidden(access.explain(principal, declaration.act).reason)
    path = path_values(kwargs)
    call: Call[Any, Any] = Call(
        principal=principal,
        body=read_body(request, declaration.body, declaration.body_limit),
        query=read_query(request, declaration.query),
        idempotency_key=idempotency_key(request),
        fingerprint=fingerprint(request, path),
        if_match=entity_tag(request, "if-match"),
        now=clock().now(),
        request_id=request_id_of(request),
    )
    standing = _standing(principal, declaration.act, call.now)
    if standing is not principal:
        call = dataclasses.replace(call, principal=standing)
    answer = function(call, *args, **path)
    reply = answer if isinstance(answer, Reply) else Reply(answer)
    return _respond(reply, declaration, request)


def _standing(principal: Principal, act: str, now: datetime) -> Principal:
    """The caller with those roles that still stand. Raises Forbidden where none is left for `act`.

    A token outlives what it says: postings end, appointments and certificates run out. The composed
    application says who knows that (`chalicelib.http.app.compose`).
    """
    check = STANDING.get()
    gone = check(principal, now) if check is not None else {}
    if not gone:
        return principal
    left = dataclasses.replace(principal, roles=principal.roles - gone.keys())
    if not access.may(left, act):
        raise Forbidden(gone[min(gone)])
    return left


def _respond(reply: Reply, declaration: Declaration, request: Request) -> Response:
    headers: problems.Headers = {
        **problems.SECURITY_HEADERS,
        "X-Request-Id": request_id_of(request),
        **reply.headers,
    }
    status = reply.status or declaration.status
    if reply.etag is not None:
        headers["ETag"] = f'"{reply.etag}"'
        if request.method == "GET" and entity_tag(request, "if-none-match") == reply.etag:
            return Response(body="", status_code=304, headers=headers)
    if reply.body is None:
        return Response(body="", status_code=status, headers=headers)
    headers.setdefault("Content-Type", problems.JSON)
    return Response(body=to_json(reply.body), status_code=status, headers=headers)


def to_json(body: object) -> str:
    """The answer's text: a model's own JSON, a text as it is, anything else as JSON."""
    if isinstance(body, BaseModel):
        return body.model_dump_json()
    if isinstance(body, str):
        return body
    return _encode(body)


def _plain(value: object) -> object:
    match value:
        case BaseModel():
            return value.model_dump(mode="json")
        case datetime():
            return to_text(value)
        case date():
            return value.isoformat()
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case Enum():
            return value.value
        case frozenset() | set():
            return sorted(value)
        case _ if dataclasses.is_dataclass(value) and not isinstance(value, type):
            return dataclasses.asdict(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_plain).encode
