"""Queues: what waits for whom, by due time.

A department has one partition a queue; so has a point for what it has to hand over. A comprehensive
window accepts for every department (一口受理), so its acceptance queue is the ordered merge of the
departments' partitions: one Query for each of the district's bodies, however many cases there are.
What a station uploaded of a sunk item waits apart, for the department alone accepts it (clause 10).
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from datetime import date
from itertools import islice
from typing import Any, Final

from chalicelib.aws.settings import clock
from chalicelib.cases import store
from chalicelib.cases.recording import UPLOADED, body_owner, partition_of, point_owner
from chalicelib.cases.service import authorise
from chalicelib.cases.standing import NO_DATE
from chalicelib.core.access import Resource
from chalicelib.core.deadlines import Colour
from chalicelib.core.errors import Forbidden, InvalidInput, NotFound
from chalicelib.core.principal import STATION_CLERK, WINDOW_CLERK, Principal
from chalicelib.network import service as network
from chalicelib.network.model import OrganisationKind

QUEUES: Final = ("acceptance", "review", "special", "sign-off", "delivery")


def read_queue(
    principal: Principal, queue: str, *, organisation: str | None, limit: int, after: str | None
) -> tuple[list[dict[str, Any]], str | None]:
    """One page of a queue and the sort key to go on from, or None at its end."""
    if queue not in QUEUES:
        raise NotFound(f"没有这个队列;可查看的队列有:{'、'.join(QUEUES)}。")
    partitions = _partitions(principal, queue, organisation)
    pages = [store.queue_page(partition, limit + 1, after) for partition in partitions]
    merged = list(islice(heapq.merge(*pages, key=lambda row: row["sk"]), limit + 1))
    following = merged[limit - 1]["sk"] if len(merged) > limit else None
    return [_shown(row) for row in merged[:limit]], following


def _partitions(principal: Principal, queue: str, organisation: str | None) -> Sequence[str]:
    if principal.point is not None and principal.roles & {STATION_CLERK, WINDOW_CLERK}:
        return _of_window(principal, principal.point, queue, organisation)
    body = organisation or principal.organisation
    if body is None:
        raise InvalidInput.at("/query/organisation", "请指明部门。")
    if queue == "delivery":
        raise Forbidden("待送达队列属于保管结果的窗口或网点。")
    authorise(principal, "queue.read", Resource(organisation=body))
    if queue == "acceptance":
        return [partition_of(body_owner(body), name) for name in (queue, UPLOADED)]
    return [partition_of(body_owner(body), queue)]


def _of_window(
    principal: Principal, point: str, queue: str, organisation: str | None
) -> Sequence[str]:
    if queue == "delivery":
        authorise(principal, "queue.read", Resource(point=point))
        return [partition_of(point_owner(point), queue)]
    if queue != "acceptance":
        raise Forbidden("窗口只办理受理与送达,审查和签批由部门办理。")
    comprehensive = network.point(point).comprehensive
    authorise(
        principal, "queue.read", Resource(organisation=organisation, comprehensive=comprehensive)
    )
    bodies = [organisation] if organisation else _bodies()
    return [partition_of(body_owner(body), queue) for body in bodies]


def _bodies() -> list[str]:
    return sorted(
        key
        for key, found in network.network().organisations.items()
        if found.kind is OrganisationKind.DEPARTMENT and found.active
    )


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    """A row as a clerk reads it. The colour says overdue at once; the case page says why."""
    due_on = row["due_on"]
    due = None if due_on == NO_DATE else due_on
    origin = row.get("origin")
    return {
        "case_no": row["case_no"],
        "item_name": row["item"],
        "applicant": row["applicant"],
        "received_at": row["received_at"],
        "due_on": due,
        "colour": row_colour(due).value,
        "origin_name": network.point(origin).name if origin else "网上申请",
    }


def row_colour(due_on: str | None) -> Colour:
    """The light of a row: warning on the last day, yellow behind it."""
    if due_on is None:
        return Colour.GREEN
    today, due = clock().now().date(), date.fromisoformat(due_on)
    if today > due:
        return Colour.YELLOW
    return Colour.WARNING if today == due else Colour.GREEN
