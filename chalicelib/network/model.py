"""The service network: organisations, service points and communities of one district.

Pure: everything here is a value, and a whole district is one `Network` that answers questions
without reading anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from chalicelib.core.errors import InvalidInput, NotFound
from chalicelib.network.hours import Hours
from chalicelib.network.naming import (
    COMPREHENSIVE_WINDOW,
    PARENT_TIER,
    SUPERVISION_WINDOW,
    District,
    Tier,
)
from chalicelib.network.pilots import Subject, Switch, switch_key

EVERY_FUNCTION = "*"
"""应进必进 (clause 4): a point with this function takes every item of the district."""


class OrganisationKind(StrEnum):
    """What an organisation is in the system of clauses 1 to 3 and the annex."""

    LEADING_GROUP = "leading_group"
    OFFICE = "office"
    CENTRE = "centre"
    DEPARTMENT = "department"
    SUBDISTRICT_OFFICE = "subdistrict_office"
    COMMUNITY_COMMITTEE = "community_committee"


@dataclass(frozen=True, slots=True)
class Member:
    """A seat in an organisation's leading group: the post held, never the person's name."""

    account: str
    post: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """A unit of the service system. `duties` are permissions (`duties.Duty`).

    `uscc` is its unified social credit code (GB 32100); `group` is its own leading group for
    government service, which every department and subdistrict has (clause 1).
    """

    key: str
    name: str
    kind: OrganisationKind
    uscc: str = ""
    parent: str | None = None
    duties: frozenset[str] = frozenset()
    group: tuple[Member, ...] = ()
    active: bool = True
    version: int = 1

    def has_duty(self, duty: str) -> bool:
        """Whether the organisation holds `duty` while it is active."""
        return self.active and duty in self.duties

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "kind": str(self.kind),
            "uscc": self.uscc,
            "parent": self.parent,
            "duties": sorted(self.duties),
            "group": [{"account": seat.account, "post": seat.post} for seat in self.group],
            "active": self.active,
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Organisation:
        return cls(
            key=raw["key"],
            name=raw["name"],
            kind=OrganisationKind(raw["kind"]),
            uscc=raw.get("uscc", ""),
            parent=raw.get("parent"),
            duties=frozenset(raw.get("duties", ())),
            group=tuple(Member(seat["account"], seat["post"]) for seat in raw.get("group", ())),
            active=raw.get("active", True),
            version=int(raw.get("version", 1)),
        )


@dataclass(frozen=True, slots=True)
class Location:
    """WGS 84 degrees and the address that a citizen reads."""

    address: str
    longitude: float
    latitude: float

    def to_dict(self) -> dict[str, Any]:
        return {"address": self.address, "longitude": self.longitude, "latitude": self.latitude}


class PointState(StrEnum):
    PLANNED = "planned"
    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ServicePoint:
    """A place where citizens are served: centre, sub-centre, subdistrict centre or station.

    `functions` are the fields of business that it takes in (clause 5), or `EVERY_FUNCTION`;
    `communities` are the keys of the communities that a station serves.
    """

    key: str
    name: str
    tier: Tier
    organisation: str
    location: Location
    hours: Hours
    place: str = ""
    parent: str | None = None
    functions: frozenset[str] = frozenset()
    windows: tuple[str, ...] = ()
    communities: tuple[str, ...] = ()
    phone: str = ""
    state: PointState = PointState.OPEN
    version: int = 1

    @property
    def comprehensive(self) -> bool:
        """Whether a comprehensive window here takes and accepts every department's items.

        Those are the windows of the centre and its sub-centres (clause 8); lower points take in.
        """
        return (
            self.state is PointState.OPEN
            and self.tier in (Tier.CENTRE, Tier.SUB_CENTRE)
            and COMPREHENSIVE_WINDOW in self.windows
        )

    def takes(self, function: str, sunk_to: Iterable[Tier] = ()) -> bool:
        """Whether an item of `function`, sunk to the tiers `sunk_to`, is taken in here.

        The centre takes every item (clauses 4 and 8), a sub-centre its own fields, the lower tiers
        what is sunk to them and lies in their fields (clause 5).
        """
        if self.state is not PointState.OPEN:
            return False
        if EVERY_FUNCTION in self.functions:
            return True
        if self.tier in (Tier.SUBDISTRICT, Tier.COMMUNITY) and self.tier not in set(sunk_to):
            return False
        return function in self.functions

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "tier": str(self.tier),
            "place": self.place,
            "organisation": self.organisation,
            "parent": self.parent,
            "location": self.location.to_dict(),
            "hours": self.hours.to_dict(),
            "functions": sorted(self.functions),
            "windows": list(self.windows),
            "communities": list(self.communities),
            "phone": self.phone,
            "state": str(self.state),
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> ServicePoint:
        return cls(
            key=raw["key"],
            name=raw["name"],
            tier=Tier(raw["tier"]),
            place=raw.get("place", ""),
            organisation=raw["organisation"],
            parent=raw.get("parent"),
            location=Location(**raw["location"]),
            hours=Hours.from_dict(raw["hours"]),
            functions=frozenset(raw.get("functions", ())),
            windows=tuple(raw.get("windows", ())),
            communities=tuple(raw.get("communities", ())),
            phone=raw.get("phone", ""),
            state=PointState(raw.get("state", PointState.OPEN)),
            version=int(raw.get("version", 1)),
        )


@dataclass(frozen=True, slots=True)
class Community:
    """A community or village of the district, whether or not it has a station."""

    key: str
    name: str
    subdistrict: str
    households: int = 0

    def to_dict(self) -> dict[str, Any]:
        return {
            "key": self.key,
            "name": self.name,
            "subdistrict": self.subdistrict,
            "households": self.households,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Community:
        return cls(raw["key"], raw["name"], raw["subdistrict"], int(raw.get("households", 0)))


@dataclass(frozen=True)
class Network:
    """A district's whole network at one `revision`, as it stood when it was read."""

    district: District
    organisations: Mapping[str, Organisation]
    points: Mapping[str, ServicePoint]
    communities: Mapping[str, Community] = field(default_factory=dict)
    switches: Mapping[str, Switch] = field(default_factory=dict)
    revision: int = 0

    def organisation(self, key: str) -> Organisation:
        """Raises NotFound for a key that is not registered."""
        try:
            return self.organisations[key]
        except KeyError:
            raise NotFound(f"没有机构“{key}”") from None

    def point(self, key: str) -> ServicePoint:
        """Raises NotFound for a key that is not registered."""
        try:
            return self.points[key]
        except KeyError:
            raise NotFound(f"没有网点“{key}”") from None

    def switched_on(self, subject: Subject, code: str, point: str | None, day: date) -> bool:
        """Whether something is on at a point (None: online); without a switch, always."""
        switch = self.switches.get(switch_key(subject, code))
        return switch is None or switch.on_at(point, day)

    @cached_property
    def centre(self) -> ServicePoint:
        """The district's one government service centre. Raises NotFound before it is set up."""
        for candidate in self.points.values():
            if candidate.tier is Tier.CENTRE and candidate.state is PointState.OPEN:
                return candidate
        raise NotFound("尚未设立政务服务中心")

    def children(self, key: str) -> Iterator[ServicePoint]:
        """The points directly under `key`."""
        return (each for each in self.points.values() if each.parent == key)

    def within(self, key: str, ancestor: str) -> bool:
        """Whether the point `key` is `ancestor` or lies under it."""
        here: str | None = key
        while here is not None:
            if here == ancestor:
                return True
            here = self.points[here].parent if here in self.points else None
        return False

    def select(
        self, tier: Tier | None = None, parent: str | None = None
    ) -> tuple[ServicePoint, ...]:
        """The points of a tier, under a parent, or both; in the order of tier and key."""
        order = {each: rank for rank, each in enumerate(Tier)}
        chosen = (
            each
            for each in self.points.values()
            if (tier is None or each.tier is tier) and (parent is None or each.parent == parent)
        )
        return tuple(sorted(chosen, key=lambda each: (order[each.tier], each.key)))

    def check_point(self, point: ServicePoint) -> None:
        """Whether `point` fits into the network. Raises InvalidInput that points at the field."""
        if point.organisation not in self.organisations:
            raise InvalidInput.at("/organisation", f"没有机构“{point.organisation}”")
        self._check_parent(point)
        self._check_communities(point)
        every = EVERY_FUNCTION in point.functions
        if every != (point.tier is Tier.CENTRE):
            advice = "政务服务中心受理全部事项" if not every else "只有政务服务中心受理全部事项"
            raise InvalidInput.at("/functions", f"{advice}(“{EVERY_FUNCTION}”)")
        if point.tier is Tier.CENTRE:
            others = [p for p in self.points.values() if p.tier is Tier.CENTRE]
            if any(other.key != point.key for other in others):
                raise InvalidInput.at("/tier", "一个区只设一个政务服务中心")
            if SUPERVISION_WINDOW not in point.windows:
                raise InvalidInput.at("/windows", f"政务服务中心应设{SUPERVISION_WINDOW}")

    def _check_communities(self, point: ServicePoint) -> None:
        """A station serves communities of its own subdistrict and is named for one of them."""
        if point.tier is not Tier.COMMUNITY:
            if point.communities:
                raise InvalidInput.at("/communities", "只有便民服务站登记所服务的社区(村)")
            return
        if not point.communities:
            raise InvalidInput.at("/communities", "请登记便民服务站所服务的社区(村)")
        subdistrict = self.points[point.parent or ""].organisation
        for index, key in enumerate(point.communities):
            community = self.communities.get(key)
            if community is None:
                raise InvalidInput.at(f"/communities/{index}", f"没有社区(村)“{key}”")
            if community.subdistrict != subdistrict:
                raise InvalidInput.at(
                    f"/communities/{index}", f"{community.name}不属于上级网点所在街道"
                )
        names = [self.communities[key].name for key in point.communities]
        if point.place not in names:
            raise InvalidInput.at("/place", f"便民服务站应以所服务的社区(村)命名,如“{names[0]}”")

    def _check_parent(self, point: ServicePoint) -> None:
        wanted = PARENT_TIER[point.tier]
        if wanted is None:
            if point.parent is not None:
                raise InvalidInput.at("/parent", "政务服务中心没有上级网点")
            return
        parent = self.points.get(point.parent or "")
        if parent is None:
            raise InvalidInput.at("/parent", f"没有网点“{point.parent}”")
        if parent.tier is not wanted:
            raise InvalidInput.at("/parent", "上级网点的层级不对")
