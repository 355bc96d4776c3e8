"""The app holds every blueprint there is, and a lazy process serves the same routes."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import app
from chalicelib.http.app import compose
from chalicelib.http.lazy import ROUTES, LazyApi, document

ROOT = Path(__file__).parents[2]


def test_every_blueprint_of_every_room_is_composed():
    modules = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in (ROOT / "chalicelib").rglob("*.py")
        if "\nbp = Blueprint(__name__)" in path.read_text(encoding="utf-8")
    }
    assert modules == {*app.ROOMS, "chalicelib.http.authorizer"}


def test_the_written_owners_of_the_paths_are_those_of_the_app():
    assert ROUTES.read_text(encoding="utf-8") == document(app.app)


def test_a_lazy_process_mounts_a_room_with_its_first_request_and_answers_alike():
    api = compose("yichuang", kind=LazyApi)
    assert api.routes == {}
    event = {
        "requestContext": {"resourcePath": "/v1/health", "httpMethod": "GET", "requestId": "r"},
        "headers": {},
        "pathParameters": {},
        "multiValueQueryStringParameters": None,
        "body": None,
        "stageVariables": None,
        "isBase64Encoded": False,
    }
    answer = api(event, None)
    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["status"] == "ok"
    assert set(api.routes) == {"/v1/health", "/v1/openapi.json"}


def test_a_lazy_process_knows_the_method_and_the_authorizer_of_each_route():
    api = compose("yichuang", kind=LazyApi)
    for path, modules in json.loads(ROUTES.read_text(encoding="utf-8")).items():
        for module in modules:
            if module not in api._mounted:
                api.register_blueprint(importlib.import_module(module).bp)
                api._mounted.add(module)
        for method, entry in app.app.routes[path].items():
            mounted = api.routes[path][method]
            assert bool(mounted.authorizer) == bool(entry.authorizer), (method, path)
