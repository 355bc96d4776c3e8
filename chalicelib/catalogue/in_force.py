"""The item in force, and any of its versions: one GetItem, then the process's own memory."""

from __future__ import annotations

import time
from functools import lru_cache

from chalicelib.aws.settings import clock
from chalicelib.catalogue import store
from chalicelib.catalogue.memory import remembers
from chalicelib.catalogue.model import Item, State
from chalicelib.catalogue.store import Standing
from chalicelib.core.errors import Conflict, NotFound

CACHED_SECONDS = 60.0
_standings: dict[str, tuple[float, Standing]] = {}


def item_in_force(code: str) -> Item:
    """The version of an item that a case may be opened under now.

    One GetItem for a miss of the process's cache, which keeps an item 60 s; a version decided
    beforehand comes into force at its instant all the same, for the cache holds both. Raises
    NotFound for an item the catalogue does not have, Conflict for one that is closed.
    """
    standing = _standing(code)
    item = None if standing is None else standing.at(clock().now())
    if standing is None or item is None:
        raise NotFound(f"目录中没有编码为{code}的事项,或尚未生效")
    if standing.closed is not None:
        raise Conflict(f"事项“{item.name}”现在不能办理:{standing.closed}")
    if item.state is not State.IN_USE:
        words = "暂停办理" if item.state is State.SUSPENDED else "已取消"
        raise Conflict(f"事项“{item.name}”{words}")
    return item


@lru_cache(maxsize=1024)
def item_version(code: str, version: int) -> Item:
    """One version, which never changes: cached without end. Raises NotFound."""
    item = store.find_version(code, version)
    if item is None:
        raise NotFound(f"目录中没有编码为{code}的事项的第{version}版")
    return item


@remembers
def _forget() -> None:
    _standings.clear()
    item_version.cache_clear()


def _standing(code: str) -> Standing | None:
    now = time.monotonic()
    kept = _standings.get(code)
    if kept is not None and kept[0] > now:
        return kept[1]
    standing = store.find_standing(code)
    if standing is not None:
        _standings[code] = (now + CACHED_SECONDS, standing)
    return standing
