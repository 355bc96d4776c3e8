"""Use cases of the register: organisations, service points, communities and pilots.

Each reads the whole network afresh (one Query), decides on it, and writes with the network's next
revision, so that two changes of the structure never pass each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Any, TypeVar

from chalicelib.core.errors import Conflict, InvalidInput, NotFound, StaleVersion
from chalicelib.core.events import Actor, Event
from chalicelib.core.identifiers import valid_uscc
from chalicelib.network import pilots, service, store
from chalicelib.network.change import Change
from chalicelib.network.commands import Command, once
from chalicelib.network.duties import Duty, check_duties
from chalicelib.network.model import (
    Community,
    Network,
    Organisation,
    OrganisationKind,
    PointState,
    ServicePoint,
)
from chalicelib.network.naming import Tier, check_name
from chalicelib.network.pilots import Comparison, Subject, Switch

KEY = re.compile(r"[a-z][a-z0-9-]{0,31}")


def register_organisation(command: Command, organisation: Organisation) -> Organisation:
    """Add an organisation. Raises InvalidInput, Conflict for a key or an exclusive duty taken."""
    command.require()

    def decide(change: Change) -> Organisation:
        network = _network_for(command, Duty.MANAGE_NETWORK)
        _check_key(organisation.key, network.organisations)
        new = replace(organisation, version=1)
        check_organisation(new, network)
        change.network(network)
        change.organisation(new)
        change.event(registered(new, command.now, command.by))
        return new

    return _changed(once(command, decide, Organisation))


def change_organisation(
    command: Command, key: str, changes: Mapping[str, Any], expected: str | None
) -> Organisation:
    """Replace fields of an organisation. Raises StaleVersion when `expected` is not its version."""
    command.require()

    def decide(change: Change) -> Organisation:
        network = _network_for(command, Duty.MANAGE_NETWORK)
        old = network.organisation(key)
        _check_version(old.version, expected)
        new = Organisation.from_dict({**old.to_dict(), **changes, "version": old.version + 1})
        check_organisation(new, network)
        if old.active and not new.active:
            _check_unused(key, network)
        change.network(network)
        change.organisation(new)
        changed = sorted(changes)
        change.event(
            command.event(
                _subject("ORGANISATION", key),
                new.version,
                "organisation.changed",
                {"fields": changed, "active": new.active, "duties": sorted(new.duties)},
            )
        )
        return new

    return _changed(once(command, decide, Organisation))


def check_organisation(organisation: Organisation, network: Network) -> None:
    """Raises InvalidInput that points at the field, or Conflict for an exclusive duty taken."""
    others = [each for each in network.organisations.values() if each.key != organisation.key]
    needs_code = organisation.kind is not OrganisationKind.LEADING_GROUP
    if (needs_code or organisation.uscc) and not valid_uscc(organisation.uscc):
        raise InvalidInput.at("/uscc", "统一社会信用代码不正确,请核对校验位")
    if organisation.uscc and any(each.uscc == organisation.uscc for each in others):
        raise InvalidInput.at("/uscc", "该统一社会信用代码已登记")
    if any(each.name == organisation.name for each in others):
        raise InvalidInput.at("/name", "该机构名称已登记")
    if organisation.parent is not None and organisation.parent not in network.organisations:
        raise InvalidInput.at("/parent", f"没有机构“{organisation.parent}”")
    if organisation.parent == organisation.key:
        raise InvalidInput.at("/parent", "机构不能隶属于自己")
    known = {str(duty) for duty in Duty}
    for duty in sorted(organisation.duties - known):
        raise InvalidInput.at("/duties", f"没有职责“{duty}”")
    check_duties(organisation, others)


def _check_unused(key: str, network: Network) -> None:
    running = [
        point.name
        for point in network.points.values()
        if point.organisation == key and point.state is not PointState.CLOSED
    ]
    if running:
        raise Conflict(f"该机构仍负责{running[0]},不能停用")


def register_point(command: Command, raw: Mapping[str, Any]) -> ServicePoint:
    """Add a service point; its name is generated, or checked when it is given (clause 2).

    Raises InvalidInput that points at the field and, for a name, suggests the right one; Conflict
    for a key or a name taken.
    """
    command.require()

    def decide(change: Change) -> ServicePoint:
        network = _network_for(command, Duty.MANAGE_NETWORK)
        _check_key(raw["key"], network.points)
        new = fit_point({**raw, "version": 1}, network)
        change.network(network)
        change.point(new)
        change.event(opened(new, command.now, command.by))
        return new

    return _changed(once(command, decide, ServicePoint))


def change_point(
    command: Command, key: str, changes: Mapping[str, Any], expected: str | None
) -> ServicePoint:
    """Replace fields of a point: hours, functions, windows, communities, state and the like.

    Its key and tier stay. Raises StaleVersion when `expected` is not its version, Conflict for
    closing a point over open ones.
    """
    command.require()

    def decide(change: Change) -> ServicePoint:
        network = _network_for(command, Duty.MANAGE_NETWORK)
        old = network.point(key)
        _check_version(old.version, expected)
        fixed = {"key": key, "tier": str(old.tier), "version": old.version + 1}
        merged = {**old.to_dict(), **changes, **fixed}
        if "place" in changes and "name" not in changes:
            merged["name"] = ""
        new = fit_point(merged, network)
        if new.state is PointState.CLOSED:
            for child in network.children(key):
                if child.state is not PointState.CLOSED:
                    raise Conflict(f"下级网点{child.name}仍在运行,不能关闭")
        change.network(network)
        change.point(new)
        change.event(
            command.event(
                _subject("POINT", key),
                new.version,
                "point.changed",
                {"fields": sorted(changes), "name": new.name, "state": str(new.state)},
            )
        )
        return new

    return _changed(once(command, decide, ServicePoint))


def fit_point(raw: Mapping[str, Any], network: Network) -> ServicePoint:
    """The point that `raw` describes, rightly named and fitting into the network, or InvalidInput."""
    tier = Tier(raw["tier"])
    place, name = raw.get("place") or "", raw.get("name") or ""
    place, name = check_name(network.district, tier, name, place)
    point = ServicePoint.from_dict({**raw, "name": name, "place": place})
    if any(each.name == name and each.key != point.key for each in network.points.values()):
        raise InvalidInput.at("/name", f"“{name}”已登记")
    network.check_point(point)
    return point


def register_community(command: Command, community: Community) -> Community:
    """Add a community or village, so that coverage counts it. Raises InvalidInput, Conflict."""
    command.require()

    def decide(change: Change) -> Community:
        network = _network_for(command, Duty.MANAGE_NETWORK)
        _check_key(community.key, network.communities)
        if community.subdistrict not in network.organisations:
            raise InvalidInput.at("/subdistrict", f"没有机构“{community.subdistrict}”")
        change.network(network)
        change.community(community)
        return community

    return _changed(once(command, decide, Community))


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
    command.require()

    def decide(change: Change) -> Switch:
        network = _network_for(command, Duty.MANAGE_PILOTS)
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

    return _changed(once(command, decide, Switch))


def widen_pilot(
    command: Command,
    subject: Subject,
    code: str,
    points: frozenset[str] | None,
    expected: str | None,
) -> Switch:
    """Widen a pilot to more points or everywhere (None), with its report of today frozen in."""
    command.require()

    def decide(change: Change) -> Switch:
        network = _network_for(command, Duty.MANAGE_PILOTS)
        switch = _switch(network, subject, code)
        _check_version(switch.version, expected)
        for key in sorted(points or ()):
            _known_point(key, network)
        report = pilot_report(switch, command.today)
        new = pilots.widen(switch, points, report, command.today)
        _write_switch(command, change, network, new, "pilot.widened")
        return new

    return _changed(once(command, decide, Switch))


def stop_pilot(
    command: Command, subject: Subject, code: str, reason: str, expected: str | None
) -> Switch:
    """Switch something off everywhere, with the reason."""
    command.require()

    def decide(change: Change) -> Switch:
        network = _network_for(command, Duty.MANAGE_PILOTS)
        switch = _switch(network, subject, code)
        _check_version(switch.version, expected)
        new = pilots.stop(switch, reason)
        _write_switch(command, change, network, new, "pilot.stopped")
        return new

    return _changed(once(command, decide, Switch))


def pilot_report(switch: Switch, until: date) -> Comparison:
    """How the pilot's points did against the rest, from its first day through `until`.

    A switched item is judged by its own cases, anything else by all cases of the points.
    """
    item = switch.code if switch.subject is Subject.ITEM else None
    figures = service.figures(switch.since, until, item)
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
    change.event(command.event(_subject("SWITCH", switch.key), switch.version, kind, data))


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


def _network_for(command: Command, duty: Duty) -> Network:
    network = store.read_network()
    if network is None:
        raise NotFound("本区的服务网络尚未建立")
    command.require_duty(duty, network)
    return network


def _check_key(key: str, taken: Mapping[str, object]) -> None:
    if not KEY.fullmatch(key):
        raise InvalidInput.at("/key", "标识以小写字母开头,只含小写字母、数字和“-”,最多 32 个字符")
    if key in taken:
        raise Conflict(f"标识“{key}”已被使用")


def _check_version(version: int, expected: str | None) -> None:
    if expected not in (None, "*", str(version)):
        raise StaleVersion("内容已被他人更新,请刷新后重试")


def _subject(kind: str, key: str) -> str:
    return f"{kind}#{key}"


def registered(new: Organisation, at: datetime, by: Actor) -> Event:
    """The first event of an organisation."""
    data = {"name": new.name, "kind": str(new.kind), "duties": sorted(new.duties)}
    return Event(_subject("ORGANISATION", new.key), 1, "organisation.registered", at, by, data)


def opened(new: ServicePoint, at: datetime, by: Actor) -> Event:
    """The first event of a service point."""
    data = {"name": new.name, "tier": str(new.tier), "organisation": new.organisation}
    return Event(_subject("POINT", new.key), 1, "point.registered", at, by, data)


T = TypeVar("T")


def _changed(result: T) -> T:
    service.forget()
    return result
