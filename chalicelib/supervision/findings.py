"""From what was heard to alarms: which rules a new event breaks, and the alarm each asks for.

A timed alert is taken at once, in whatever order it comes. Every other rule looks at an event in the
course of its case, so it waits until nothing before that event is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.events import Event
from chalicelib.core.time import to_text
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.model import Alarm, Level
from chalicelib.supervision.rules import Repeat, Rule, Window
from chalicelib.supervision.vocabulary import facts_alone, facts_of

ALERT: Final = "case.alert_raised"
UNREADABLE: Final = "log.unreadable"


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule, the event that broke it, and the facts by which it did."""

    rule: Rule
    event: Event
    facts: Mapping[str, Any]
    about: Mapping[str, Any]

    @property
    def repeat_key(self) -> str | None:
        """Under which repetitions are counted together, or None for a rule that fires at once."""
        repeat = self.rule.repeat
        if repeat is None:
            return None
        values = [str(self.facts.get(name) or "-") for name in repeat.by]
        return ":".join([self.rule.code, *values, span_of(repeat, self.event.at)])

    def alarm(self) -> Alarm:
        """The alarm it asks for. Raised on the repetition where the rule counts repetitions."""
        rule, data = self.rule, self.event.data
        timed = rule.level is None
        about = self.about
        return Alarm(
            subject=self.repeat_key or self.event.subject,
            clock=str(data.get("clock", rule.code)) if timed else rule.code,
            level=rule.level or Level(data["rung"]),
            rule=rule.code,
            rule_name=rule.name,
            dimension=rule.dimension.value,
            organisation=str(self.facts.get(rule.answers) or about.get("body") or ""),
            raised_at=self.event.at,
            facts=self._frozen(),
            body=str(about.get("body") or ""),
            point=str(about.get("origin") or ""),
            item_code=str(about.get("item_code") or ""),
            item_name=str(about.get("item_name") or ""),
        )

    def _frozen(self) -> dict[str, Any]:
        """What stays with the alarm whatever becomes of the case, the rule or the catalogue."""
        return {
            "case_no": self.event.subject,
            "event": self.event.id,
            "type": self.event.type,
            "at": to_text(self.event.at),
            "actor": self.event.actor.to_dict(),
            "project_type": self.about.get("project_type"),
            "sunk": self.about.get("sunk"),
            **{
                name: value
                for name, value in self.event.data.items()
                if isinstance(value, str | int | float | bool)
            },
            "rule": {
                "version": self.rule.version,
                "basis": self.rule.basis,
                "threshold": self.rule.threshold,
            },
        }


def span_of(repeat: Repeat, at: datetime) -> str:
    """The day, month or quarter in which repetitions are counted together."""
    if repeat.window is Window.DAY:
        return f"{at:%Y-%m-%d}"
    if repeat.window is Window.MONTH:
        return f"{at:%Y-%m}"
    return f"{at.year}Q{(at.month + 2) // 3}"


def of_case(
    before: Heard, after: Heard, rules: Sequence[Rule], calendar: WorkingCalendar
) -> Iterator[Finding]:
    """What the events newly understood between two states of one case's log break.

    A log that no lawful acts could have written is itself a finding, once.
    """
    yield from _of_alerts(before, after, rules, calendar)
    if after.unreadable and not before.unreadable:
        yield from of_event(_impossible(after.unreadable), after.facts, rules, calendar)
    done = before.through
    for moment in after.moments():
        if moment.event.seq > done and moment.event.type != ALERT:
            facts = facts_of(moment, after.facts, calendar)
            yield from _broken(rules, moment.event, facts, after.facts)


def _of_alerts(
    before: Heard, after: Heard, rules: Sequence[Rule], calendar: WorkingCalendar
) -> Iterator[Finding]:
    """The timed alerts newly heard: they hold whatever else of the log is missing or unreadable."""
    for event in after.events:
        if event.type == ALERT and not before.knows(event.seq):
            yield from of_event(event, after.facts, rules, calendar)


def _impossible(event: Event) -> Event:
    data = {"event": event.id, "event_type": event.type}
    return Event(event.subject, event.seq, UNREADABLE, event.at, event.actor, data)


def of_event(
    event: Event, about: Mapping[str, Any], rules: Sequence[Rule], calendar: WorkingCalendar
) -> Iterator[Finding]:
    """What one event breaks by itself."""
    yield from _broken(rules, event, facts_alone(event, about, calendar), about)


def _broken(
    rules: Iterable[Rule], event: Event, facts: Mapping[str, Any], about: Mapping[str, Any]
) -> Iterator[Finding]:
    for rule in rules:
        if rule.fires(facts):
            yield Finding(rule, event, facts, about)
