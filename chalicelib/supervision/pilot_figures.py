"""Figures of every point over any days, for whoever compares places, such as a pilot's report.

The application connects it to the network room (`network.ports.connect_figures`), which knows the
points and asks for nothing else. It walks the lists of the months that the days fall in: a report
made now and then by the office, never in anybody's hot path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any

from chalicelib.core.time import SHANGHAI, from_text
from chalicelib.network.pilots import Figures
from chalicelib.supervision import board_store, case_store
from chalicelib.supervision.case_store import Shelf

A_PAGE = 100
GOOD_UNTIL = 3


def figures(since: date, until: date, item: str | None = None) -> Iterable[Figures]:
    """What happened at each point from `since` through `until`, of one item or of all.

    Received counts the cases received in the days; closed, on time, days used and promised the
    cases decided and closed in them; ratings those given in them.
    """
    found: dict[str, Figures] = {}

    def add(card: dict[str, Any], **numbers: float) -> None:
        point = card["point"]
        found[point] = found.get(point, Figures(point)) + Figures(point, **numbers)  # type: ignore[arg-type]

    for month in _months(since, until):
        bodies = sorted(board_store.read([month])[month].by("body"))
        for card in _cards([Shelf("time", f"RECEIVED#{month}#{body}") for body in bodies]):
            if _counts(card, "received_at", since, until, item):
                add(card, received=1)
        for card in _cards([Shelf("unit", f"CLOSED#{month}#{body}") for body in bodies]):
            if _counts(card, "closed_at", since, until, item) and "promise_days" in card:
                promised, used = card["promise_days"]
                on_time = int(card["timeliness"] == "timely")
                add(card, closed=1, on_time=on_time, days_promised=promised, days_used=used)
        for card in _cards([Shelf("district", f"RATED#{month}#{body}") for body in bodies]):
            if _counts(card, "rated_at", since, until, item):
                add(card, rated=1, rated_good=int(card["grade"] <= GOOD_UNTIL))
    return [found[point] for point in sorted(found)]


def _months(since: date, until: date) -> Iterator[str]:
    first, last = since.year * 12 + since.month - 1, until.year * 12 + until.month - 1
    for month in range(first, last + 1):
        yield f"{month // 12}-{month % 12 + 1:02d}"


def _cards(shelves: list[Shelf]) -> Iterator[dict[str, Any]]:
    start: dict[str, Any] | None = None
    while True:
        page = case_store.walk(shelves, lambda _: True, A_PAGE, start)
        yield from page.cards
        start = page.next
        if start is None:
            return


def _counts(card: dict[str, Any], when: str, since: date, until: date, item: str | None) -> bool:
    day = from_text(card[when]).astimezone(SHANGHAI).date()
    return since <= day <= until and item in (None, card["item_code"])
