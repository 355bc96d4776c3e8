"""Founding a district: its whole network written from one document, the demo's or a real one's.

The document has `district`, `organisations`, `communities`, `points` (parents before children) and
`chief_representatives`. What is stored already is left alone, so a founding that broke off can be
run again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.core.events import Actor, Event
from chalicelib.network import store
from chalicelib.network.chiefs import Appointment, ChiefRegister
from chalicelib.network.model import Community, Network, Organisation, ServicePoint
from chalicelib.network.naming import District, Tier, check_name

FOUNDER = Actor("system", "system")


def found(document: Mapping[str, Any], now: datetime) -> dict[str, int]:
    """Write what of `document` is not stored yet; how many of each kind were written.

    Raises InvalidInput for a point whose name or place in the network is wrong.
    """
    network = store.read_network()
    if network is None:
        network = Network(District.from_dict(document["district"]), {}, {}, {})
        change = store.Change()
        store.put_district(change, network.district)
        change.commit()
    return {
        "organisations": _organisations(document, network, now),
        "communities": _communities(document, network),
        "points": _points(document, network.district, now),
        "chief_representatives": _chiefs(document, now),
    }


def _organisations(document: Mapping[str, Any], network: Network, now: datetime) -> int:
    new = [
        Organisation.from_dict(raw)
        for raw in document["organisations"]
        if raw["key"] not in network.organisations
    ]
    for organisation in new:
        change = store.Change()
        store.put_organisation(change, organisation)
        change.event(
            Event(
                subject=f"ORGANISATION#{organisation.key}",
                seq=1,
                type="organisation.registered",
                at=now,
                actor=FOUNDER,
                data={"name": organisation.name, "kind": str(organisation.kind)},
            )
        )
        change.commit()
    return len(new)


def _communities(document: Mapping[str, Any], network: Network) -> int:
    new = [
        Community(**raw) for raw in document["communities"] if raw["key"] not in network.communities
    ]
    for community in new:
        change = store.Change()
        store.put_community(change, community)
        change.commit()
    return len(new)


def _points(document: Mapping[str, Any], district: District, now: datetime) -> int:
    network = store.read_network()
    assert network is not None, "the district was just written"
    points = dict(network.points)
    written = 0
    for raw in document["points"]:
        if raw["key"] in points:
            continue
        name = check_name(district, Tier(raw["tier"]), raw["name"], raw.get("place", ""))
        point = ServicePoint.from_dict({**raw, "name": name})
        Network(district, network.organisations, points, network.communities).check_point(point)
        change = store.Change()
        store.put_point(change, point)
        change.event(
            Event(
                subject=f"POINT#{point.key}",
                seq=1,
                type="point.opened",
                at=now,
                actor=FOUNDER,
                data={"name": name, "tier": str(point.tier), "organisation": point.organisation},
            )
        )
        change.commit()
        points[point.key] = point
        written += 1
    return written


def _chiefs(document: Mapping[str, Any], now: datetime) -> int:
    written = 0
    for raw in document.get("chief_representatives", ()):
        register = store.read_chiefs(raw["organisation"])
        if register.version:
            continue
        appointment = Appointment.from_dict({"id": f"{raw['organisation']}-1", **raw})
        appointed = ChiefRegister(raw["organisation"]).appoint(appointment)
        change = store.Change()
        store.put_chiefs(change, appointed)
        change.event(
            Event(
                subject=f"CHIEF#{raw['organisation']}",
                seq=appointed.version,
                type="chief_representative.appointed",
                at=now,
                actor=FOUNDER,
                data={
                    "account": appointment.account,
                    "since": appointment.since.isoformat(),
                    "until": appointment.until.isoformat() if appointment.until else None,
                },
            )
        )
        change.commit()
        written += 1
    return written
