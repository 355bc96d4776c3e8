"""Use cases of the register: organisations, service points and communities.

Each reads the whole network afresh (one Query), decides on it, and writes with the network's next
revision, so that two changes of the structure never pass each other.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.core.errors import Conflict, InvalidInput, NotFound, StaleVersion
from chalicelib.core.events import Actor, Event
from chalicelib.core.identifiers import valid_uscc
from chalicelib.network import service, store
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
from chalicelib.network.naming import Tier, check_name, read_place

KEY = re.compile(r"[a-z][a-z0-9-]{0,31}")


def register_organisation(command: Command, organisation: Organisation) -> Organisation:
    """Add an organisation. Raises InvalidInput, Conflict for a key or an exclusive duty taken."""

    def decide(change: Change) -> Organisation:
        network = network_for(command)
        _check_key(organisation.key, network.organisations)
        new = replace(organisation, version=1)
        check_organisation(new, network)
        change.network(network)
        change.organisation(new)
        change.event(registered(new, command.now, command.by))
        return new

    return changed(once(command, decide, Organisation))


def change_organisation(
    command: Command, key: str, changes: Mapping[str, Any], expected: str | None
) -> Organisation:
    """Replace fields of an organisation. Raises StaleVersion when `expected` is not its version."""

    def decide(change: Change) -> Organisation:
        network = network_for(command)
        old = network.organisation(key)
        check_version(old.version, expected)
        new = Organisation.from_dict({**old.to_dict(), **changes, "version": old.version + 1})
        check_organisation(new, network)
        if old.active and not new.active:
            _check_unused(key, network)
        change.network(network)
        change.organisation(new)
        changed = sorted(changes)
        change.event(
            command.event(
                subject_of("ORGANISATION", key),
                new.version,
                "organisation.changed",
                {"fields": changed, "active": new.active, "duties": sorted(new.duties)},
            )
        )
        return new

    return changed(once(command, decide, Organisation))


def check_organisation(organisation: Organisation, network: Network) -> None:
    """Raises InvalidInput that points at the field, or Conflict for an exclusive duty taken."""
    others = [each for each in network.organisations.values() if each.key != organisation.key]
    if not organisation.name:
        raise InvalidInput.at("/name", "机构名称不能为空")
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

    def decide(change: Change) -> ServicePoint:
        network = network_for(command)
        _check_key(raw["key"], network.points)
        new = fit_point({**raw, "version": 1}, network)
        change.network(network)
        change.point(new)
        change.event(opened(new, command.now, command.by))
        return new

    return changed(once(command, decide, ServicePoint))


def change_point(
    command: Command, key: str, changes: Mapping[str, Any], expected: str | None
) -> ServicePoint:
    """Replace fields of a point: hours, functions, windows, communities, state and the like.

    Its key and tier stay. Raises StaleVersion when `expected` is not its version, Conflict for
    closing a point over open ones.
    """

    def decide(change: Change) -> ServicePoint:
        network = network_for(command)
        old = network.point(key)
        check_version(old.version, expected)
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
                subject_of("POINT", key),
                new.version,
                "point.changed",
                {"fields": sorted(changes), "name": new.name, "state": str(new.state)},
            )
        )
        return new

    return changed(once(command, decide, ServicePoint))


def fit_point(raw: Mapping[str, Any], network: Network) -> ServicePoint:
    """The point that `raw` describes, rightly named and fitting into the network, or InvalidInput."""
    tier, name = Tier(raw["tier"]), raw.get("name") or ""
    place = raw.get("place") or served_place(raw, tier, network)
    place, name = check_name(network.district, tier, name, place)
    point = ServicePoint.from_dict({**raw, "name": name, "place": place})
    if any(each.name == name and each.key != point.key for each in network.points.values()):
        raise InvalidInput.at("/name", f"“{name}”已登记")
    network.check_point(point)
    return point


def served_place(raw: Mapping[str, Any], tier: Tier, network: Network) -> str:
    """The place that a point's organisation or communities say it serves; empty if they don't.

    A station is named for one of its communities, a subdistrict centre for its subdistrict.
    """
    name = raw.get("name") or ""
    if tier is Tier.COMMUNITY:
        served = [
            network.communities[key].name
            for key in raw.get("communities", ())
            if key in network.communities
        ]
        stated = read_place(network.district, tier, name)
        return stated if stated in served else next(iter(served), "")
    if tier is Tier.SUBDISTRICT:
        runs = network.organisations.get(raw["organisation"])
        if runs is not None and runs.name.endswith("街道办事处"):
            return runs.name.removesuffix("办事处")
    return ""


def register_community(command: Command, community: Community) -> Community:
    """Add a community or village, so that coverage counts it. Raises InvalidInput, Conflict."""

    def decide(change: Change) -> Community:
        network = network_for(command)
        _check_key(community.key, network.communities)
        if community.subdistrict not in network.organisations:
            raise InvalidInput.at("/subdistrict", f"没有机构“{community.subdistrict}”")
        change.network(network)
        change.community(community)
        return community

    return changed(once(command, decide, Community))


def network_for(command: Command) -> Network:
    """The network as stored now, for a caller whom the table lets change it by what it says.

    Raises Forbidden, NotFound.
    """
    network = store.read_network()
    if network is None:
        raise NotFound("本区的服务网络尚未建立")
    command.require(network)
    return network


def _check_key(key: str, taken: Mapping[str, object]) -> None:
    if not KEY.fullmatch(key):
        raise InvalidInput.at("/key", "标识以小写字母开头,只含小写字母、数字和“-”,最多 32 个字符")
    if key in taken:
        raise Conflict(f"标识“{key}”已被使用")


def check_version(version: int, expected: str | None) -> None:
    """Raises StaleVersion when the caller's `If-Match` names another version."""
    if expected not in (None, "*", str(version)):
        raise StaleVersion("内容已被他人更新,请刷新后重试")


def subject_of(kind: str, key: str) -> str:
    """The subject of a thing's log."""
    return f"{kind}#{key}"


def registered(new: Organisation, at: datetime, by: Actor) -> Event:
    """The first event of an organisation."""
    data = {"name": new.name, "kind": str(new.kind), "duties": sorted(new.duties)}
    return Event(subject_of("ORGANISATION", new.key), 1, "organisation.registered", at, by, data)


def opened(new: ServicePoint, at: datetime, by: Actor) -> Event:
    """The first event of a service point."""
    data = {"name": new.name, "tier": str(new.tier), "organisation": new.organisation}
    return Event(subject_of("POINT", new.key), 1, "point.registered", at, by, data)


T = TypeVar("T")


def changed(result: T) -> T:
    """The result of a written change, with this process's cached network dropped."""
    service.forget()
    return result
