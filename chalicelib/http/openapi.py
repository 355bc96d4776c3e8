"""The OpenAPI 3.1 document, made from what every view declares of itself.

    python -m chalicelib.http.openapi           # writes chalicelib/http/openapi.json
    python -m chalicelib.http.openapi --check   # says whether that file is what the code would give

It is generated at development time, checked in, and served as a file: no request and no cold start
pays for it. A contract test holds it equal to the code.
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from chalice.app import Chalice
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from chalicelib.core.access import rules_for
from chalicelib.core.principal import ANYONE
from chalicelib.http.problems import PROBLEM_JSON
from chalicelib.http.view import Declaration, declaration_of

DOCUMENT = Path(__file__).with_name("openapi.json")
PROJECT = Path(__file__).parents[2] / "pyproject.toml"
SCHEMAS = "#/components/schemas/"
RESPONSES = "#/components/responses/"

Mode = Literal["validation", "serialization"]
Schema = dict[str, Any]

PROBLEM: Schema = {
    "type": "object",
    "description": "RFC 9457 问题详情",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["pointer", "message"],
                "properties": {
                    "pointer": {"type": "string", "description": "JSON Pointer (RFC 6901)"},
                    "message": {"type": "string"},
                },
            },
        },
    },
}

REFUSALS: Mapping[int, str] = {
    400: "请求无法读取",
    401: "没有登录或登录已失效",
    403: "无权办理,附原因",
    404: "没有找到",
    409: "当前环节不能办理,或内容冲突",
    410: "已失效",
    412: "内容已被他人更新",
    413: "内容过大",
    415: "内容类型不支持",
    422: "填写内容有误,逐项指出",
    429: "操作过于频繁",
    503: "系统繁忙",
}

IDEMPOTENCY_KEY: Schema = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "重复提交标识:同一标识重复提交,得到第一次的结果",
    "schema": {"type": "string", "pattern": "^[\\x21-\\x7e]{1,128}$"},
}
IF_MATCH: Schema = {
    "name": "If-Match",
    "in": "header",
    "description": "据以修改的版本(ETag);已被他人更新时拒绝",
    "schema": {"type": "string"},
}


@dataclass(frozen=True, slots=True)
class Operation:
    """One route and method with its declaration."""

    path: str
    method: str
    room: str
    declaration: Declaration

    @property
    def parameters(self) -> list[str]:
        """The names in braces of the path."""
        return re.findall(r"{(\w+)}", self.path)

    @property
    def writes(self) -> bool:
        return self.method != "GET"


def operations(app: Chalice) -> list[Operation]:
    """Every route of the app, sorted. Raises TypeError for one that wears no `view`."""
    found = []
    for path, methods in app.routes.items():
        for method, entry in methods.items():
            declaration = declaration_of(entry.view_function)
            if declaration is None:
                raise TypeError(f"{method} {path} declares nothing")
            module = inspect.unwrap(entry.view_function).__module__
            found.append(Operation(path, method, _room(module), declaration))
    return sorted(found, key=lambda each: (each.path, each.method))


def openapi(app: Chalice) -> dict[str, Any]:
    """The document of an app: the same declarations give the same bytes."""
    each = operations(app)
    schemas = _schemas(each)
    paths: dict[str, dict[str, Any]] = {}
    for operation in each:
        paths.setdefault(operation.path, {})[operation.method.lower()] = _operation(
            operation, schemas
        )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "一窗 Yichuang",
            "version": _version(),
            "description": "区级政务服务一窗平台的公开接口。时刻为带时区的 RFC 3339;错误为 RFC 9457。",
        },
        "security": [{"bearer": []}],
        "tags": [{"name": room} for room in sorted({one.room for one in each})],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
            },
            "responses": {
                str(status): {
                    "description": meaning,
                    "content": {PROBLEM_JSON: {"schema": {"$ref": SCHEMAS + "Problem"}}},
                }
                for status, meaning in REFUSALS.items()
            },
            "schemas": {
                **dict(sorted(_reachable(paths, schemas.definitions).items())),
                "Problem": PROBLEM,
            },
        },
    }


def to_text(document: Mapping[str, Any]) -> str:
    """The document as it is kept: readable differences, Chinese as Chinese."""
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def _room(module: str) -> str:
    return module.removeprefix("chalicelib.").partition(".")[0]


def _version() -> str:
    version: str = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    return version


@dataclass(frozen=True, slots=True)
class Schemas:
    """Every model's reference, by how it is used, and what the references lead to."""

    references: Mapping[tuple[type[BaseModel], Mode], Schema]
    definitions: Mapping[str, Schema]


def _schemas(each: list[Operation]) -> Schemas:
    wanted: dict[tuple[type[BaseModel], Mode], None] = {}
    for operation in each:
        declared = operation.declaration
        if declared.body is not None:
            wanted[(declared.body, "validation")] = None
        if declared.query is not None:
            wanted[(declared.query, "validation")] = None
        if declared.returns is not None:
            wanted[(declared.returns, "serialization")] = None
    references, schema = models_json_schema(list(wanted), ref_template=SCHEMAS + "{model}")
    return Schemas(
        cast("Mapping[tuple[type[BaseModel], Mode], Schema]", references), schema.get("$defs", {})
    )


def _operation(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    declared = operation.declaration
    roles = sorted({rule.role for rule in rules_for(declared.act)} - {ANYONE})
    document: dict[str, Any] = {
        "operationId": f"{operation.room}_{declared.name}",
        "summary": declared.summary,
        "tags": [operation.room],
        "x-act": declared.act,
    }
    if declared.description:
        document["description"] = inspect.cleandoc(declared.description)
    if declared.public:
        document["security"] = []
    else:
        document["x-roles"] = roles
    parameters = [*_path_parameters(operation), *_query_parameters(declared, schemas)]
    if operation.method == "POST":
        parameters.append(IDEMPOTENCY_KEY)
    if operation.writes:
        parameters.append(IF_MATCH)
    if parameters:
        document["parameters"] = parameters
    if declared.body is not None:
        document["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {"schema": schemas.references[(declared.body, "validation")]}
            },
        }
    document["responses"] = _responses(operation, schemas)
    return document


def _path_parameters(operation: Operation) -> Iterator[Schema]:
    for name in operation.parameters:
        yield {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "string", "minLength": 1, "maxLength": 512},
        }


def _query_parameters(declared: Declaration, schemas: Schemas) -> Iterator[Schema]:
    if declared.query is None:
        return
    name = schemas.references[(declared.query, "validation")]["$ref"].removeprefix(SCHEMAS)
    schema = schemas.definitions[name]
    required = set(schema.get("required", ()))
    for name, field in schema.get("properties", {}).items():
        kept = {key: value for key, value in field.items() if key not in ("title", "description")}
        parameter: Schema = {"name": name, "in": "query", "schema": _without_null(kept)}
        if "description" in field:
            parameter["description"] = field["description"]
        if name in required:
            parameter["required"] = True
        yield parameter


def _without_null(schema: Schema) -> Schema:
    """A query has no null: what is optional is left out."""
    choices = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    if len(choices) != 1:
        return {**schema, "anyOf": choices} if choices else schema
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    return {**rest, **choices[0]}


def _responses(operation: Operation, schemas: Schemas) -> dict[str, Any]:
    declared = operation.declaration
    success: dict[str, Any] = {"description": declared.summary or "成功"}
    if declared.status != 204:
        media: dict[str, Any] = {}
        if declared.returns is not None:
            media = {"schema": schemas.references[(declared.returns, "serialization")]}
        success["content"] = {declared.produces or "*/*": media}
    responses = {str(declared.status): success}
    if not operation.writes:
        responses["304"] = {"description": "没有变化"}
    for status in sorted(_refusals(operation)):
        responses[str(status)] = {"$ref": f"{RESPONSES}{status}"}
    return responses


def _refusals(operation: Operation) -> set[int]:
    """The statuses that this operation may refuse with."""
    declared = operation.declaration
    statuses = {400, 422, 429, 503, *declared.refuses}
    if not declared.public:
        statuses |= {401, 403}
    if operation.parameters or declared.query is not None:
        statuses |= {404, 410}
    if operation.writes:
        statuses |= {404, 409, 410, 412, 413, 415}
    return statuses


def _reachable(document: object, schemas: Mapping[str, Schema]) -> dict[str, Schema]:
    """The schemas that the document refers to, directly or through another."""
    found: dict[str, Schema] = {}
    open_ends = list(_references(document))
    while open_ends:
        name = open_ends.pop()
        if name not in found:
            found[name] = schemas[name]
            open_ends += _references(schemas[name])
    return found


def _references(node: object) -> Iterator[str]:
    if isinstance(node, Mapping):
        target = node.get("$ref")
        if isinstance(target, str) and target.startswith(SCHEMAS):
            yield target.removeprefix(SCHEMAS)
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from _references(each)


def main(arguments: list[str]) -> int:
    """Write the app's document, or with `--check` compare; 1 where they differ."""
    text = to_text(openapi(importlib.import_module("app").app))
    if "--check" in arguments:
        same = DOCUMENT.exists() and DOCUMENT.read_text(encoding="utf-8") == text
        sys.stdout.write("openapi.json 与代码一致\n" if same else "openapi.json 已过时\n")
        return 0 if same else 1
    DOCUMENT.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
