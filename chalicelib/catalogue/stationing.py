"""应进必进: where each item can be handled, and what is not stationed, with its owner and reason.

Pure. Every approval and public-service item runs in the centre (clause 4). Its body's delegation is
real only while a chief representative with that item in scope holds the signing power there
(clause 7, 两集中两到位): without one the item cannot be in the centre, whatever anybody recorded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from chalicelib.catalogue.model import Item
from chalicelib.network.chiefs import ChiefRegister
from chalicelib.network.model import ServicePoint
from chalicelib.network.naming import Tier

SUNK_TIERS: Mapping[str, Tier] = {"街道": Tier.SUBDISTRICT, "社区": Tier.COMMUNITY}
"""The tiers that an item's levels of sinking name."""


class Status(StrEnum):
    """Whether an item is in the centre, and if not, why."""

    STATIONED = "stationed"
    EXEMPTED = "exempted"
    EXPIRED = "expired"
    UNDELEGATED = "undelegated"


STATUS_WORDS: Mapping[Status, str] = {
    Status.STATIONED: "已进驻",
    Status.EXEMPTED: "未进驻,已登记责任单位和理由",
    Status.EXPIRED: "未进驻,登记的期限已过",
    Status.UNDELEGATED: "不能进驻:实施主体没有覆盖该事项的在任首席代表",
}


@dataclass(frozen=True, slots=True)
class Exemption:
    """Why an item is not in the centre: who answers for it, and until when (None: no end)."""

    item_code: str
    owner: str
    reason: str
    since: date
    until: date | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "item_code": self.item_code,
            "owner": self.owner,
            "reason": self.reason,
            "since": self.since.isoformat(),
            "until": self.until and self.until.isoformat(),
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Exemption:
        return cls(
            item_code=raw["item_code"],
            owner=raw["owner"],
            reason=raw["reason"],
            since=date.fromisoformat(raw["since"]),
            until=date.fromisoformat(raw["until"]) if raw.get("until") else None,
        )


@dataclass(frozen=True, slots=True)
class Place:
    """One point that handles an item, and what it does there."""

    point: str
    name: str
    tier: Tier
    functions: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "point": self.point,
            "name": self.name,
            "tier": str(self.tier),
            "functions": list(self.functions),
        }


@dataclass(frozen=True, slots=True)
class Stationing:
    """Where an item is handled, and whether it is in the centre. A gap has an owner and a reason."""

    item_code: str
    item_name: str
    body: str
    status: Status
    owner: str
    reason: str
    places: tuple[Place, ...]

    def to_dict(self) -> dict[str, Any]:
        return {
            "item_code": self.item_code,
            "item_name": self.item_name,
            "body": self.body,
            "status": str(self.status),
            "status_text": STATUS_WORDS[self.status],
            "owner": self.owner,
            "reason": self.reason,
            "places": [place.to_dict() for place in self.places],
        }


def status_of(
    item_code: str, chiefs: ChiefRegister, exemption: Exemption | None, on: date
) -> Status:
    """Whether an item of the body whose register this is stands in the centre on a day."""
    if not chiefs.signers(item_code, on):
        return Status.UNDELEGATED
    if exemption is None:
        return Status.STATIONED
    lasts = exemption.until is None or on <= exemption.until
    return Status.EXEMPTED if lasts else Status.EXPIRED


def station(
    item: Item,
    points: Iterable[ServicePoint],
    chiefs: ChiefRegister,
    exemption: Exemption | None,
    on: date,
) -> Stationing:
    """Where an item is handled on a day. Without real delegation, at no point at all."""
    status = status_of(item.code, chiefs, exemption, on)
    owner, reason = "", ""
    if exemption is not None:
        owner, reason = exemption.owner, exemption.reason
    if status is Status.UNDELEGATED:
        owner, reason = item.body, STATUS_WORDS[status]
    here = () if status is Status.UNDELEGATED else _places(item, points, status)
    return Stationing(item.code, item.name, item.body, status, owner, reason, here)


def _places(item: Item, points: Iterable[ServicePoint], status: Status) -> tuple[Place, ...]:
    tiers = [SUNK_TIERS[level] for level in item.sunk_levels]
    lower = (Tier.SUBDISTRICT, Tier.COMMUNITY)
    return tuple(
        Place(point.key, point.name, point.tier, functions_at(item, point.tier))
        for point in points
        if point.takes(item.domain, tiers) and (status is Status.STATIONED or point.tier in lower)
    )


def functions_at(item: Item, tier: Tier) -> tuple[str, ...]:
    """What a point of a tier does for an item: centre and sub-centre accept, the others take in."""
    if tier in (Tier.CENTRE, Tier.SUB_CENTRE):
        return ("咨询", "收件", "受理", "送达")
    functions = ["咨询", "收件", "上传"]
    if tier is Tier.COMMUNITY and item.agent_service:
        functions.append("免费代办")
    if item.print_at_origin:
        functions.append("出证")
    return (*functions, "送达")
