"""The log of one case as supervision heard it: any order, any number of times, folded in order.

The bus delivers at least once and in any order. What was heard is kept whole and compressed, so
everything else here (counts, findings, a rule tried on the past) is a pure function of it and can
be worked out again when a rule or a measure changes.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from chalicelib.cases.model import Case, Recorded, evolve
from chalicelib.core.errors import Problem
from chalicelib.core.events import Event
from chalicelib.core.jsontext import compact

NOBODY_IN_PARTICULAR: Final = "-"
"""Stands for the holder: supervision watches offices and needs no applicant."""


def lean(data: Mapping[str, Any]) -> dict[str, Any]:
    """An event's data without the applicant's hash and words, and without the documents' addresses
    and hashes: what supervision does not need it does not keep."""
    kept = {key: value for key, value in data.items() if key not in _OWN_WORDS}
    if "holder" in kept:
        kept["holder"] = NOBODY_IN_PARTICULAR
    if isinstance(kept.get("materials"), list):
        kept["materials"] = [
            {key: value for key, value in entry.items() if key in _MATERIAL_FIELDS}
            for entry in kept["materials"]
        ]
    return kept


_OWN_WORDS: Final = frozenset({"comment", "text"})
_MATERIAL_FIELDS: Final = frozenset({"id", "certificate"})


_IMPOSSIBLE: Final = (Problem, ValueError, KeyError)
"""What the cases' own model raises for an event that cannot follow."""


@dataclass(frozen=True, slots=True)
class Moment:
    """One event in its place: the case before and after it, and all events up to it."""

    event: Event
    before: Case | None
    after: Case
    so_far: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of one case. `events` are ordered by `seq`, each once; there may be gaps."""

    subject: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    events: tuple[Event, ...] = ()

    def knows(self, seq: int) -> bool:
        return any(event.seq == seq for event in self.events)

    def hear(self, event: Event, facts: Mapping[str, Any]) -> Heard:
        """What is known with this event too; the same object if it was known already."""
        if self.knows(event.seq):
            return self
        leaner = replace(event, data=lean(event.data))
        ordered = sorted((*self.events, leaner), key=lambda known: known.seq)
        return replace(self, events=tuple(ordered), facts=self.facts or dict(facts))

    @property
    def through(self) -> int:
        """The last sequence number up to which nothing is missing."""
        last = 0
        for event in self.events:
            if event.seq != last + 1:
                break
            last = event.seq
        return last

    @property
    def gap(self) -> bool:
        """Whether something was heard whose forerunners were not."""
        return self.through < len(self.events)

    def moments(self) -> Iterator[Moment]:
        """The events without a gap before them, in order, each with the case around it.

        It ends before an event that no lawful act could have written there: see `unreadable`.
        """
        case: Case | None = None
        for index in range(self.through):
            event, before = self.events[index], case
            try:
                case = evolve(case, Recorded(event))
            except _IMPOSSIBLE:
                return
            yield Moment(event, before, case, self.events[: index + 1])

    @property
    def unreadable(self) -> Event | None:
        """The first event that cannot follow what came before it; None for a sound log."""
        understood = sum(1 for _ in self.moments())
        return self.events[understood] if understood < self.through else None

    def to_bytes(self) -> bytes:
        """Compressed JSON: about a tenth of a kilobyte an event."""
        raw = {
            "facts": dict(self.facts),
            "events": [
                {
                    key: value
                    for key, value in event.to_dict().items()
                    if key not in ("id", "subject")
                }
                for event in self.events
            ],
        }
        text = compact(raw)
        return zlib.compress(text.encode(), 9)

    @classmethod
    def from_bytes(cls, subject: str, packed: bytes) -> Heard:
        raw = json.loads(zlib.decompress(packed))
        events = tuple(Event.from_dict({**known, "subject": subject}) for known in raw["events"])
        return cls(subject, raw["facts"], events)
