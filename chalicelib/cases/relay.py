"""From the log to the bus and to the workflow: what follows a committed event.

The stream hands over event inserts, at least once and in order within a case. For each case of a
batch: publish, note how far the log was published, then start or wake the workflow. Any step may
fail and come again; one poisoned case fails alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any, Final

from chalicelib.aws import bus
from chalicelib.cases import flow, store
from chalicelib.cases.model import Recorded
from chalicelib.cases.standing import Machine, machine_of
from chalicelib.core.principal import SYSTEM

SOURCE: Final = "yichuang.cases"


def facts_of(head: store.Head) -> dict[str, Any]:
    """What every consumer needs to know of the case beside the event. No personal data."""
    case = head.case
    return {
        "item_code": case.item_code,
        "item_name": head.row["item"],
        "project_type": head.row["kind"],
        "body": case.body,
        "origin": case.origin,
        "sunk": case.sunk,
    }


def catch_up(no: str, fresh: Sequence[Recorded]) -> None:
    """Publish these consecutive events of one case and set its workflow going.

    Everything here may have been done before, in part or whole: doing it again changes nothing.
    """
    head = store.read_head(no)
    if head is None or not fresh:
        return
    facts = facts_of(head)
    _publish(fresh, facts)
    first, last = fresh[0].event.seq, fresh[-1].event.seq
    begin = _machine_to_begin(head, fresh)
    where = store.mark_published(no, first, last, begin=begin, closed=not head.case.open)
    if where is None:
        where = _out_of_step(no, first, last, facts)
    _move(head, fresh, where)


def _publish(events: Sequence[Recorded], facts: Mapping[str, Any]) -> None:
    bus.publish(SOURCE, ((recorded.event, facts) for recorded in events))


def _begins_a_machine(fresh: Sequence[Recorded]) -> bool:
    return any(recorded.event.type in _BEGINNINGS for recorded in fresh)


_BEGINNINGS: Final = frozenset(
    {"case.received", "case.certificate_stored", "case.granted", "case.refused"}
)


def _machine_to_begin(head: store.Head, fresh: Sequence[Recorded]) -> Machine | None:
    """The machine whose first execution these events call for, if they call for one."""
    wanted = machine_of(head.case)
    if wanted is Machine.APPROVAL:
        return wanted if fresh[0].event.seq == 1 else None
    return wanted if _begins_a_machine(fresh) else None


def _out_of_step(no: str, first: int, last: int, facts: Mapping[str, Any]) -> store.Flow:
    """The watermark was not just below: these came before, or earlier ones are missing."""
    where = store.read_flow(no)
    if where.published < first - 1:
        log = store.read_log(no, after=where.published)
        _publish([recorded for recorded in log if recorded.event.seq < first], facts)
    if where.published < last:
        store.mark_published_up_to(no, where.published, last)
    return where


def _asks_for_a_wake(recorded: Recorded) -> bool:
    """Whether the waiting execution does not know of it: it wrote neither a person's act nor a
    calendar's."""
    event = recorded.event
    return event.actor.role != SYSTEM or event.type == "case.calendar_changed"


def _move(head: store.Head, fresh: Sequence[Recorded], where: store.Flow) -> None:
    """Start the machine that begins here; wake the one that waits for what a person did."""
    case = head.case
    wanted = machine_of(case)
    if where.machine and any(_asks_for_a_wake(recorded) for recorded in fresh):
        # The flow goes on by itself after its own events. A machine that has handed over is told.
        waiting = wanted if wanted and where.machine == wanted.value else Machine.APPROVAL
        flow.wake(case, where.token, waiting)
    if wanted is None:
        return
    if where.machine != wanted.value:
        flow.ensure(case, where)
    elif _machine_to_begin(head, fresh):
        # Its name makes a second start harmless, so a repeated batch may start it again.
        flow.start(case.no, wanted, where.generation)


def by_case(recorded: Iterable[tuple[str, Recorded]]) -> list[tuple[list[str], list[Recorded]]]:
    """A batch's records grouped by case, each with its sequence numbers, both in order.

    A record that came twice within the batch counts once.
    """
    ordered = sorted(recorded, key=lambda pair: (pair[1].event.subject, pair[1].event.seq))
    groups = []
    for _, members in groupby(ordered, key=lambda pair: pair[1].event.subject):
        pairs = list(members)
        once = {pair[1].event.seq: pair[1] for pair in pairs}
        groups.append(([pair[0] for pair in pairs], [once[seq] for seq in sorted(once)]))
    return groups
