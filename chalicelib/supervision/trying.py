"""A rule tried on the past: what it would have raised, without raising anything.

Cases are tried from their logs as heard, events of other rooms from the signals kept. A part of a
month is tried at a time, so that a large month fits into requests; the parts' numbers add up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from chalicelib.calendars.service import working_calendar
from chalicelib.core.events import Event
from chalicelib.core.time import to_text
from chalicelib.supervision import board_store, case_store, rule_store
from chalicelib.supervision.case_store import Shelf, StoredCase
from chalicelib.supervision.findings import Finding, of_case, of_event
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.model import Alarm
from chalicelib.supervision.rules import Rule

A_PART: Final = 300
"""Cases tried in one part: a few seconds of reading and folding."""

EXAMPLES: Final = 50


@dataclass(frozen=True, slots=True)
class Trial:
    """What a rule would have raised over a part of a month, and where the next part begins.

    `raised` counts alarms: one a subject and rung. A rule that counts repetitions is tried within
    the part, so its number is exact only where the month is one part.
    """

    month: str
    tried: int
    raised: int
    by_organisation: Mapping[str, int]
    examples: tuple[Mapping[str, Any], ...]
    next: dict[str, Any] | None

    def to_dict(self) -> dict[str, Any]:
        return {
            "month": self.month,
            "tried": self.tried,
            "raised": self.raised,
            "by_organisation": dict(self.by_organisation),
            "examples": list(self.examples),
        }


def attempt(rule: Rule, month: str, start: Mapping[str, Any] | None) -> Trial:
    """Try a rule, active or not, on the cases received in a month and on its signals."""
    calendar = working_calendar()
    bodies = sorted(board_store.read([month])[month].by("body"))
    shelves = [Shelf("time", f"RECEIVED#{month}#{body}") for body in bodies]
    page = case_store.walk(shelves, lambda _: True, A_PART, start)
    numbers = [card["case_no"] for card in page.cards]
    found: list[Finding] = []
    for stored in _stored(numbers):
        nothing = Heard(stored.heard.subject)
        found += of_case(nothing, stored.heard, [rule], calendar)
    tried = len(numbers)
    if start is None:
        signals = list(rule_store.signals(month))
        tried += len(signals)
        for signal in signals:
            found += of_event(Event.from_dict(signal), signal.get("facts") or {}, [rule], calendar)
    return _trial(month, tried, found, page.next)


def _stored(numbers: Sequence[str]) -> Iterator[StoredCase]:
    for start in range(0, len(numbers), 100):
        yield from case_store.read_many(numbers[start : start + 100])


def _trial(
    month: str, tried: int, found: Iterable[Finding], onward: dict[str, Any] | None
) -> Trial:
    alarms: dict[str, Alarm] = {}
    times: Counter[str] = Counter()
    for finding in found:
        repeat, key = finding.rule.repeat, finding.repeat_key
        if repeat and key:
            times[key] += 1
            if times[key] < repeat.times:
                continue
        alarm = finding.alarm()
        alarms.setdefault(alarm.id, alarm)
    raised = sorted(alarms.values(), key=lambda alarm: alarm.raised_at)
    return Trial(
        month=month,
        tried=tried,
        raised=len(raised),
        by_organisation=Counter(alarm.organisation for alarm in raised),
        examples=tuple(
            {
                "case_no": alarm.facts["case_no"],
                "organisation": alarm.organisation,
                "item_name": alarm.item_name,
                "level": alarm.level.value,
                "at": to_text(alarm.raised_at),
            }
            for alarm in raised[:EXAMPLES]
        ),
        next=onward,
    )


def together(parts: Sequence[Trial]) -> Trial:
    """The parts of a month as one trial."""
    summed: Counter[str] = Counter()
    for part in parts:
        summed.update(part.by_organisation)
    return replace(
        parts[0],
        tried=sum(part.tried for part in parts),
        raised=sum(part.raised for part in parts),
        by_organisation=summed,
        examples=tuple(one for part in parts for one in part.examples)[:EXAMPLES],
        next=None,
    )


def over(rule: Rule, month: str) -> Trial:
    """Try a rule on a whole month: for the command line, where there is time."""
    parts = [attempt(rule, month, None)]
    while parts[-1].next is not None:
        parts.append(attempt(rule, month, parts[-1].next))
    return together(parts)
