"""One request, read and checked: who calls, with what, under which key."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Generic, get_args, get_origin
from urllib.parse import unquote

from chalice.app import Request
from pydantic import BaseModel, ValidationError
from typing_extensions import TypeVar

from chalicelib.core.errors import (
    InvalidInput,
    MalformedRequest,
    StaleVersion,
    TooLarge,
    WrongMediaType,
)
from chalicelib.core.jsontext import canonical
from chalicelib.core.principal import Principal
from chalicelib.http.validation import MALFORMED, field_errors

Body = TypeVar("Body", default=Any)
Query = TypeVar("Query", default=Any)

KEY = re.compile(r"[\x21-\x7e]{1,128}")


@dataclass(frozen=True, slots=True)
class Call(Generic[Body, Query]):
    """What a view is given. `body` and `query` are instances of the models it declared, or None.

    `idempotency_key` is the caller's `Idempotency-Key`, or a fresh one that repeats nothing; it is
    unique within `principal.account` only. `fingerprint` is a SHA-256 over method, path and body:
    the same key with another fingerprint is KeyReused. `if_match` is the bare entity tag, if sent.
    `now` is the deployment's clock, read once.
    """

    principal: Principal
    body: Body
    query: Query
    idempotency_key: str
    fingerprint: str
    if_match: str | None
    now: datetime
    request_id: str

    def expect_version(self, current: int | str) -> None:
        """Raise StaleVersion where the caller's `If-Match` names another version than `current`."""
        if self.if_match is not None and self.if_match not in ("*", str(current)):
            raise StaleVersion("内容已被他人更新,请刷新后重试")


def raw_body(request: Request) -> bytes:
    """The body's bytes; empty where there is none."""
    raw = request.raw_body
    return raw.encode() if isinstance(raw, str) else raw


def request_id_of(request: Request) -> str:
    """The gateway's identifier of this request, by which its log is found."""
    return str(request.context.get("requestId", ""))


def read_body(request: Request, model: type[BaseModel] | None, limit: int) -> BaseModel | None:
    """The body as `model`. Refuses what is too large, of another type, malformed or invalid."""
    raw = raw_body(request)
    if len(raw) > limit:
        raise TooLarge(f"请求内容不能超过 {limit // 1024} KB")
    if model is None:
        if raw.strip() not in (b"", b"{}"):
            raise InvalidInput("这个请求不带内容")
        return None
    media = request.headers.get("content-type", "application/json").partition(";")[0].strip()
    if media.lower() != "application/json":
        raise WrongMediaType("请求内容应为 application/json")
    try:
        return model.model_validate_json(raw)
    except ValidationError as invalid:
        findings = invalid.errors(include_url=False, include_input=False)
        if findings[0]["type"] in MALFORMED:
            raise MalformedRequest("请求内容不是正确的 JSON") from None
        raise InvalidInput("填写内容有误", field_errors(findings, json.loads(raw))) from None


def read_query(request: Request, model: type[BaseModel] | None) -> BaseModel | None:
    """The query as `model`; a parameter left empty was not filled in and is dropped.

    A parameter that nobody knows is refused: a mistyped filter filters nothing and would be answered
    with everything.
    """
    sent = request.query_params
    values: dict[str, list[str]] = {} if sent is None else {k: sent.getlist(k) for k in sent}
    fields = {} if model is None else model.model_fields
    known = {field.alias or name for name, field in fields.items()}
    lists = frozenset() if model is None else _list_fields(model)
    findings: list[Mapping[str, Any]] = []
    given: dict[str, Any] = {}
    for name, every in values.items():
        each = [value for value in every if value]
        if name not in known:
            findings.append({"type": "extra_forbidden", "loc": (name,)})
        elif len(each) > 1 and name not in lists:
            findings.append({"type": "repeated", "loc": (name,)})
        elif each:
            given[name] = each if name in lists else each[0]
    query = None
    if model is not None:
        try:
            query = model.model_validate(given)
        except ValidationError as invalid:
            findings += invalid.errors(include_url=False, include_input=False)
    if findings:
        raise InvalidInput("查询条件有误", field_errors(findings, given, prefix="/query"))
    return query


@cache
def _list_fields(model: type[BaseModel]) -> frozenset[str]:
    return frozenset(
        field.alias or name
        for name, field in model.model_fields.items()
        if _is_list(field.annotation)
    )


def _is_list(annotation: object) -> bool:
    if get_origin(annotation) in (list, tuple, set, frozenset):
        return True
    return any(_is_list(part) for part in get_args(annotation))


def idempotency_key(request: Request) -> str:
    """The caller's key, or a fresh one. Raises InvalidInput for one that cannot be a key."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return str(uuid.uuid4())
    if not KEY.fullmatch(key):
        raise InvalidInput.at(
            "/header/Idempotency-Key", "重复提交标识应为 1 到 128 个可见的英文字符,不含空格"
        )
    return str(key)


def fingerprint(request: Request, path: Mapping[str, str]) -> str:
    """SHA-256 (hex) of what the request asks for, whatever the order and spacing of its JSON."""
    raw = raw_body(request)
    try:
        content = canonical(json.loads(raw)).encode(errors="surrogatepass")
    except ValueError:
        content = raw
    asked = "\n".join([request.method, request.path, *(path[name] for name in sorted(path))])
    return hashlib.sha256(asked.encode() + b"\n" + content).hexdigest()


def entity_tag(request: Request, header: str) -> str | None:
    """The bare tag of `If-Match` or `If-None-Match`: quotes and the weak mark taken off."""
    value = request.headers.get(header)
    if value is None:
        return None
    return str(value).strip().removeprefix("W/").strip('"')


def path_values(values: Mapping[str, str]) -> dict[str, str]:
    """Path parameters URL-decoded, which Chalice leaves to us. Raises MalformedRequest."""
    try:
        decoded = {name: unquote(value, errors="strict") for name, value in values.items()}
    except UnicodeDecodeError:
        raise MalformedRequest("网址含有无法识别的字符") from None
    if any(not value or len(value) > 512 or not value.isprintable() for value in decoded.values()):
        raise MalformedRequest("网址含有无法识别的字符")
    return decoded
