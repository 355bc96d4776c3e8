"""Composition of a Chalice app from blueprints: one middleware, CORS, and no stock error bodies."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from typing import Any

from chalice.app import Blueprint, Chalice, CORSConfig, Request, Response

from chalicelib.aws.functions import Functions
from chalicelib.core.errors import MalformedRequest, Problem, WrongMediaType
from chalicelib.http import problems
from chalicelib.http.call import request_id_of
from chalicelib.http.view import CURRENT, STANDING, Standing

EXPOSED = ["ETag", "Location", "Retry-After", "X-Request-Id"]
ACCEPTED = ["Idempotency-Key", "If-Match", "If-None-Match"]


class Api(Chalice):
    """A Chalice app whose blueprints can be registered with another app as well.

    Chalice takes a route's settings out of the blueprint as it registers them, so that a second app
    would find every route a GET without an authorizer.
    """

    def _register_route(
        self,
        name: str,
        user_handler: Callable[..., Any],
        kwargs: dict[str, Any],
        **unused: dict[str, Any],
    ) -> None:
        settings = {**kwargs, "kwargs": dict(kwargs["kwargs"])}
        super()._register_route(name, user_handler, settings, **unused)


def compose(
    name: str,
    *blueprints: Blueprint,
    kind: type[Api] = Api,
    functions: Iterable[Functions] = (),
    standing: Standing | None = None,
) -> Api:
    """An app whose views work: every app of the project, and of its tests, is made here.

    `functions` are the workers that Chalice is to deploy beside the API.
    `standing` says which of a caller's roles no longer stand; without it a token's word is taken.

    `YICHUANG_WEB_ORIGIN` names the one other origin whose pages may call the API; unset, pages and
    API share an origin and no CORS header is sent.
    """
    app = kind(app_name=name)
    origin = os.environ.get("YICHUANG_WEB_ORIGIN")
    if origin:
        app.api.cors = CORSConfig(
            allow_origin=origin, allow_headers=ACCEPTED, expose_headers=EXPOSED, max_age=600
        )
    app.register_middleware(functools.partial(bind, standing=standing), "http")
    for blueprint in (*blueprints, *map(_workers, functions)):
        app.register_blueprint(blueprint)
    return app


def _workers(functions: Functions) -> Blueprint:
    blueprint = Blueprint(functions.module)
    for worker in functions.workers:
        blueprint.lambda_function()(worker)
    return blueprint


def bind(
    request: Request,
    get_response: Callable[[Request], Response],
    standing: Standing | None = None,
) -> Response:
    """Hand the request to the views by a context variable, and translate Chalice's own refusals.

    Chalice keeps the current request on the app, which concurrent callers in one process would
    overwrite; the context variable is each caller's own.
    """
    token, check = CURRENT.set(request), STANDING.set(standing)
    try:
        response = get_response(request)
    finally:
        CURRENT.reset(token)
        STANDING.reset(check)
    refusal = _stock_refusal(response)
    if refusal is None:
        return response
    translated = problems.response(refusal, request_id_of(request))
    kept = {k: v for k, v in response.headers.items() if k.lower() != "content-type"}
    translated.headers.update(kept)
    return translated


def _stock_refusal(response: Response) -> Problem | None:
    """Chalice's own answer to a wrong method or media type, in our words; None for a view's."""
    body: Any = response.body
    if not (isinstance(body, dict) and body.keys() == {"Code", "Message"}):
        return None
    match response.status_code:
        case 405:
            return problems.MethodNotAllowed()
        case 415:
            return WrongMediaType("请求内容应为 application/json")
        case status if status < 500:
            return MalformedRequest()
        case _:
            return Problem()
