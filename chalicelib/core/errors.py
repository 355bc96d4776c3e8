"""One hierarchy of refusals, raised where the rule is known and translated once at the HTTP edge.

Every problem becomes an `application/problem+json` document (RFC 9457) with `type`, `title`,
`status`, `detail` and, for bad input, `errors[]` of JSON pointer and message. Titles, details and
messages are Chinese: citizens and clerks read them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """What is wrong with one field: a JSON pointer (RFC 6901) and what to do about it."""

    pointer: str
    message: str


class Problem(Exception):
    """A refusal that the caller can understand and act on."""

    status: ClassVar[int] = 500
    slug: ClassVar[str] = "internal"
    title: ClassVar[str] = "系统故障"

    def __init__(self, detail: str = "", errors: Sequence[FieldError] = ()) -> None:
        super().__init__(detail or self.title)
        self.detail = detail
        self.errors = tuple(errors)

    @classmethod
    def at(cls, pointer: str, message: str) -> Problem:
        """The same refusal, pointing at a single field."""
        return cls(message, [FieldError(pointer, message)])


class MalformedRequest(Problem):
    status, slug, title = 400, "malformed-request", "请求无法读取"


class Unauthenticated(Problem):
    status, slug, title = 401, "unauthenticated", "请先登录"


class Forbidden(Problem):
    status, slug, title = 403, "forbidden", "无权办理"


class NotFound(Problem):
    status, slug, title = 404, "not-found", "没有找到"


class OutOfTurn(Problem):
    """An act that the case's stage does not allow now."""

    status, slug, title = 409, "out-of-turn", "当前环节不能办理此操作"


class Conflict(Problem):
    status, slug, title = 409, "conflict", "内容冲突"


class Gone(Problem):
    status, slug, title = 410, "gone", "已失效"


class StaleVersion(Problem):
    status, slug, title = 412, "stale-version", "内容已被他人更新,请刷新后重试"


class TooLarge(Problem):
    status, slug, title = 413, "too-large", "内容过大"


class WrongMediaType(Problem):
    status, slug, title = 415, "wrong-media-type", "文件类型不支持"


class InvalidInput(Problem):
    status, slug, title = 422, "invalid-input", "填写内容有误"


class KeyReused(Problem):
    """The same Idempotency-Key came with another body."""

    status, slug, title = 422, "idempotency-key-reused", "重复提交标识已用于另一份内容"


class TooManyRequests(Problem):
    status, slug, title = 429, "too-many-requests", "操作过于频繁,请稍后再试"
