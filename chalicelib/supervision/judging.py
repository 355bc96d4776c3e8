"""Rules at work: which stand, what they find, and the alarms that findings become."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.calendars.service import working_calendar
from chalicelib.core.events import Event
from chalicelib.supervision import alarm_store, rule_store
from chalicelib.supervision.findings import Finding, of_event
from chalicelib.supervision.model import Alarm
from chalicelib.supervision.rules import Rule


def active() -> Sequence[Rule]:
    """The rules that are switched on."""
    return [rule for rule in rule_store.rulebook().values() if rule.active]


def listens_to(event_type: str) -> bool:
    """Whether any rule, switched on or not, is about events of that type."""
    return any(event_type in rule.on for rule in rule_store.rulebook().values())


def alarms_of(found: Sequence[Finding], key: str | None = None) -> list[Alarm]:
    """One alarm a key; a finding that must repeat first is counted, and raises at its number.

    `key` names the event for that count where its own identifier is not unique.
    """
    alarms: dict[str, Alarm] = {}
    for finding in found:
        repeat, group = finding.rule.repeat, finding.repeat_key
        if repeat and group:
            times = rule_store.count_repetition(group, key or finding.event.id)
            if times < repeat.times:
                continue
        alarm = finding.alarm()
        alarms.setdefault(alarm.id, alarm)
    return list(alarms.values())


def notice(event: Event, about: Mapping[str, Any], key: str | None = None) -> tuple[Alarm, ...]:
    """Judge an event by itself; answer the alarms newly raised."""
    found = list(of_event(event, about, active(), working_calendar()))
    return tuple(alarm for alarm in alarms_of(found, key) if alarm_store.put(alarm))
