"""The recount: every figure of a year worked out again, and compared with the counters.

From the logs as heard, or from the cases' own event logs; from all alarms, all redress and all
signals. What the counters say and what the recount says are equal to the last digit, or it says
where they are not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from chalicelib.calendars.service import working_calendar
from chalicelib.core.events import Event
from chalicelib.supervision import (
    alarm_store,
    board_store,
    case_store,
    cell_store,
    handling,
    redress,
    redress_store,
    rule_store,
)
from chalicelib.supervision.boards import BOARDS, shard_of, split
from chalicelib.supervision.case_store import StoredCase
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.measures import Cell, Counts, counts, difference, of_visit, total

A_BATCH = 100


@dataclass(frozen=True, slots=True)
class Recount:
    """How many logs were counted again, and where the counters differ (recount minus counter)."""

    cases: int
    differs: Counts

    @property
    def agrees(self) -> bool:
        return not self.differs


def recount(year: int, log_of: Callable[[str], Iterable[Event]] | None = None) -> Recount:
    """Count a year again. `log_of` gives a case's own events; without it, the logs as heard serve.

    Reads everything of the year: for the command line and for tests, not for a request.
    """
    logs = 0
    counted: list[Counts] = []
    bodies = _bodies(year)
    for stored in _cases_of(year, bodies):
        logs += 1
        counted.append(_of_case(stored, log_of))
    for month in _months(year):
        for alarm in alarm_store.raised_in(month):
            counted.append(handling.counts(alarm))
        for known in redress_store.opened_in(month, bodies):
            counted.append(redress.counts(known))
        for signal in rule_store.signals(month):
            event = Event.from_dict(signal)
            counted.append(of_visit(event, signal.get("facts") or {}))
    expected = _only(year, total(counted))
    found = total([cell_store.all_counts(year), *_carried(year)])
    return Recount(logs, difference(expected, _only(year, found)))


def _of_case(stored: StoredCase, log_of: Callable[[str], Iterable[Event]] | None) -> Counts:
    heard = stored.heard
    if log_of is not None:
        read = Heard(heard.subject, heard.facts)
        for event in log_of(heard.subject):
            read = read.hear(event, heard.facts)
        heard = read
    return counts(heard, working_calendar(), stored.timing)


def _only(year: int, found: Counts) -> Counts:
    """A case that began in one year and ended in another counts in both; here one is asked for."""
    return {cell: counter for cell, counter in found.items() if cell.year == year}


def _months(year: int) -> list[str]:
    return [f"{year}-{month:02d}" for month in range(1, 13)]


def _bodies(year: int) -> list[str]:
    """Every body that anything was counted for, by the cells and not by their copies."""
    images = (image for shard in range(BOARDS) for image in cell_store.cells_of(year, shard))
    return sorted({image.cell.body for image in images})


def _cases_of(year: int, bodies: Sequence[str]) -> Iterator[StoredCase]:
    """Every case received in the year or closed in it, each once."""
    numbers: dict[str, None] = {}
    for month in _months(year):
        for body in bodies:
            numbers.update(dict.fromkeys(case_store.received_in(month, body)))
            numbers.update(dict.fromkeys(case_store.closed_in(month, body)))
            numbers.update(dict.fromkeys(case_store.rated_in(month, body)))
    ordered = list(numbers)
    for start in range(0, len(ordered), A_BATCH):
        yield from case_store.read_many(ordered[start : start + A_BATCH])


def _carried(year: int) -> Iterator[Counts]:
    """Counts still on their way in alarms that were not assigned yet."""
    for month in _months(year):
        for alarm in alarm_store.raised_in(month):
            if not alarm.history:
                carried = alarm_store.read(alarm.id).carried
                if carried:
                    yield carried


def stale_boards(year: int) -> dict[str, int]:
    """Boards that do not say what their cells say, with how many rows differ: none, in health."""
    stale: Counter[str] = Counter()
    wanted: dict[str, dict[Cell, Counter[str]]] = {}
    for shard in range(BOARDS):
        for image in cell_store.cells_of(year, shard):
            for name, values in split(image.cell, image.values).items():
                kept = Counter({measure: n for measure, n in values.items() if n})
                wanted.setdefault(name, {})[image.cell] = kept
    sheets = board_store.read(sorted(wanted)) if wanted else {}
    for name, cells in wanted.items():
        rows = sheets[name].rows
        for cell, values in cells.items():
            if Counter(rows.get(cell, {})) != values:
                stale[f"{name}/{shard_of(cell)}"] += 1
    return dict(stale)
