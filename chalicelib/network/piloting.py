"""Use cases of pilots: start at some points, compare, widen, stop (clauses 17 and 18)."""

from __future__ import annotations

from datetime import date

from chalicelib.core.errors import Conflict, InvalidInput, NotFound
from chalicelib.network import pilots, ports
from chalicelib.network.change import Change
from chalicelib.network.commands import Command, once
from chalicelib.network.model import Network, ServicePoint
from chalicelib.network.pilots import Comparison, Subject, Switch
from chalicelib.network.register import changed, check_version, network_for, subject_of


def start_pilot(
    command: Command,
    subject: Subject,
    code: str,
    *,
    title: str,
    points: frozenset[str],
    since: date,
) -> Switch:
    """Switch something on at a pilot's points (clause 18). Raises InvalidInput or Conflict."""

    def decide(change: Change) -> Switch:
        network = network_for(command)
        if pilots.switch_key(subject, code) in network.switches:
            raise Conflict("已有该事项的试点")
        new = pilots.start(
            subject,
            code,
            title,
            tiers={key: _known_point(key, network).tier for key in sorted(points)},
            since=since,
            today=command.today,
        )
        _write_switch(command, change, network, new, "pilot.started")
        return new

    return changed(once(command, decide, Switch))


def widen_pilot(
    command: Command,
    subject: Subject,
    code: str,
    points: frozenset[str] | None,
    expected: str | None,
) -> Switch:
    """Widen a pilot to more points or everywhere (None), with its report of today frozen in."""

    def decide(change: Change) -> Switch:
        network = network_for(command)
        switch = _switch(network, subject, code)
        check_version(switch.version, expected)
        for key in sorted(points or ()):
            _known_point(key, network)
        report = pilot_report(switch, command.today)
        new = pilots.widen(switch, points, report, command.today)
        _write_switch(command, change, network, new, "pilot.widened")
        return new

    return changed(once(command, decide, Switch))


def stop_pilot(
    command: Command, subject: Subject, code: str, reason: str, expected: str | None
) -> Switch:
    """Switch something off everywhere, with the reason."""

    def decide(change: Change) -> Switch:
        network = network_for(command)
        switch = _switch(network, subject, code)
        check_version(switch.version, expected)
        new = pilots.stop(switch, reason)
        _write_switch(command, change, network, new, "pilot.stopped")
        return new

    return changed(once(command, decide, Switch))


def pilot_report(switch: Switch, until: date) -> Comparison:
    """How the pilot's points did against the rest, from its first day through `until`.

    A switched item is judged by its own cases, anything else by all cases of the points.
    """
    item = switch.code if switch.subject is Subject.ITEM else None
    figures = ports.figures(switch.since, until, item)
    return pilots.compare(figures, switch.points or frozenset(), switch.since, until)


def _write_switch(
    command: Command, change: Change, network: Network, switch: Switch, kind: str
) -> None:
    change.network(network)
    change.switch(switch)
    data = {
        "subject": str(switch.subject),
        "code": switch.code,
        "points": None if switch.points is None else sorted(switch.points),
    }
    change.event(command.event(subject_of("SWITCH", switch.key), switch.version, kind, data))


def _switch(network: Network, subject: Subject, code: str) -> Switch:
    switch = network.switches.get(pilots.switch_key(subject, code))
    if switch is None:
        raise NotFound("没有这项试点")
    return switch


def _known_point(key: str, network: Network) -> ServicePoint:
    point = network.points.get(key)
    if point is None:
        raise InvalidInput.at("/points", f"没有网点“{key}”")
    return point
