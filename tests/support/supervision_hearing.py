"""Bringing whole logs to supervision without its stream."""

from __future__ import annotations

from chalicelib.supervision import boarding, flow, service
from tests.support.supervision_cases import Script


def hear(*scripts: Script) -> None:
    """Bring whole logs, and do by hand what follows: alarms are assigned, boards are kept."""
    for script in scripts:
        for detail in script.details():
            for alarm in service.take_in(detail):
                flow.advance(alarm.id)
    for year in {event.at.year for script in scripts for event in script.events}:
        boarding.rebuild(year)
