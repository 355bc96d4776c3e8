"""What the network asks of rooms above it; the application connects them.

It is light on purpose: composing the application imports it, and no store.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from chalicelib.core.errors import Conflict
from chalicelib.network.pilots import Figures, FigureSource

_sources: list[FigureSource] = []


def connect_figures(source: FigureSource) -> None:
    """Let the figures of points come from `source`."""
    _sources[:] = [source]


def figures(since: date, until: date, item: str | None = None) -> Iterable[Figures]:
    """Figures of every point in a period, both days included. Raises Conflict with no source."""
    if not _sources:
        raise Conflict("尚无运行数据,不能出具报告")
    return _sources[0](since, until, item)
