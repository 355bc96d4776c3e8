"""What comes in and what goes out, as pydantic models that cost nothing until they are used.

Building a pydantic validator takes about a millisecond; an API of a hundred models would spend its
cold start on it. `defer_build` moves that to the first request that needs the model.
"""

from __future__ import annotations

from typing import Annotated, Generic

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import TypeVar

from chalicelib.http.paging import DEFAULT_LIMIT, LARGEST_LIMIT

Item = TypeVar("Item", default=object)


class Input(BaseModel):
    """A request body or query: unknown fields are refused, text is trimmed."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        str_strip_whitespace=True,
        allow_inf_nan=False,
        defer_build=True,
    )


class Output(BaseModel):
    """An answer."""

    model_config = ConfigDict(frozen=True, defer_build=True)


class Page(Output, Generic[Item]):
    """One page of a list; `next_cursor` is null on the last one."""

    items: list[Item]
    next_cursor: str | None = None


class PageQuery(Input):
    """`?cursor=&limit=`; lists with filters extend it."""

    cursor: Annotated[str | None, Field(max_length=2048, description="上一页给出的翻页标识")] = None
    limit: Annotated[int, Field(ge=1, le=LARGEST_LIMIT, description="每页条数")] = DEFAULT_LIMIT
