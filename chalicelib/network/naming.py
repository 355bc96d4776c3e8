"""Uniform names of service points (clause 2).

| tier | name |
|---|---|
| centre | 中原区政务服务中心 |
| sub-centre | 郑州市中原区政务服务中心XXX分中心 |
| subdistrict | XXX街道便民服务中心 |
| community | XXX社区便民服务站, XXX村便民服务站 |

A name is made of the tier and the *place* it serves ("春和街道", "迎春社区", "柳岸村"; of a
sub-centre the field, "不动产登记"), so a wrong name can be answered with the right one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from chalicelib.core.errors import InvalidInput
from chalicelib.network.hours import Span, Spans


class Tier(StrEnum):
    """Where a service point stands in the network; the city is above all of them."""

    CENTRE = "centre"
    SUB_CENTRE = "sub_centre"
    SUBDISTRICT = "subdistrict"
    COMMUNITY = "community"


PARENT_TIER: dict[Tier, Tier | None] = {
    Tier.CENTRE: None,
    Tier.SUB_CENTRE: Tier.CENTRE,
    Tier.SUBDISTRICT: Tier.CENTRE,
    Tier.COMMUNITY: Tier.SUBDISTRICT,
}
"""四级贯通: the tier to which a point of each tier belongs."""

OFFICE_HOURS: Spans = (Span.parse("09:00-12:00"), Span.parse("13:30-17:30"))
COMPREHENSIVE_WINDOW = "综合窗口"
SUPERVISION_WINDOW = "监察窗口"

_WORD = r"[\u4e00-\u9fffA-Za-z0-9·]{1,20}?"
_PLACE = {
    Tier.SUB_CENTRE: re.compile(rf"{_WORD}(?<!分)(?<!中心)"),
    Tier.SUBDISTRICT: re.compile(rf"{_WORD}街道"),
    Tier.COMMUNITY: re.compile(rf"{_WORD}(?:社区|村)"),
}
_FURNITURE = re.compile(
    r"政务服务|便民服务|行政服务|综合服务|社区服务|为民服务|服务|代办"
    r"|分中心|中心|大厅|办事处|居民委员会|村民委员会|居委会|村委会|工作|站|点|处|所|室|厅|办"
)
_UNITS = re.compile(r"街道|街|社区|村")


@dataclass(frozen=True, slots=True)
class District:
    """The district this deployment serves: its code (GB/T 2260), its name and its city's name.

    `office_hours` are the regular hours against which 午间不间断 and 延时 are judged.
    """

    code: str
    name: str
    city: str
    office_hours: Spans = OFFICE_HOURS

    @property
    def centre_name(self) -> str:
        return f"{self.name}政务服务中心"

    def to_dict(self) -> dict[str, Any]:
        return {
            "code": self.code,
            "name": self.name,
            "city": self.city,
            "office_hours": [str(span) for span in self.office_hours],
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> District:
        hours = tuple(Span.parse(text) for text in raw["office_hours"])
        return cls(raw["code"], raw["name"], raw["city"], hours)


def point_name(district: District, tier: Tier, place: str) -> str:
    """The one right name for a point of `tier` that serves `place` (ignored for the centre).

    Raises InvalidInput at `/place` when the place does not fit the tier.
    """
    if tier is Tier.CENTRE:
        return district.centre_name
    if not _PLACE[tier].fullmatch(place):
        raise InvalidInput.at("/place", _PLACE_ADVICE[tier])
    if tier is Tier.SUB_CENTRE:
        return f"{district.city}{district.centre_name}{place}分中心"
    if tier is Tier.SUBDISTRICT:
        return f"{place}便民服务中心"
    return f"{place}便民服务站"


_PLACE_ADVICE = {
    Tier.SUB_CENTRE: "请填写分中心的业务领域,如“不动产登记”,不带“分中心”",
    Tier.SUBDISTRICT: "请填写街道名称,以“街道”结尾,如“春和街道”",
    Tier.COMMUNITY: "请填写社区或村的名称,以“社区”或“村”结尾,如“迎春社区”“柳岸村”",
}


def read_place(district: District, tier: Tier, name: str) -> str | None:
    """The place in a right name of that tier; None for a name off the pattern."""
    before, after = {
        Tier.CENTRE: (district.centre_name, ""),
        Tier.SUB_CENTRE: (f"{district.city}{district.centre_name}", "分中心"),
        Tier.SUBDISTRICT: ("", "便民服务中心"),
        Tier.COMMUNITY: ("", "便民服务站"),
    }[tier]
    if not (name.startswith(before) and name.endswith(after)):
        return None
    place = name.removeprefix(before).removesuffix(after)
    if tier is Tier.CENTRE:
        return None if place else ""
    return place if _PLACE[tier].fullmatch(place) else None


def guess_place(district: District, tier: Tier, name: str) -> str:
    """What place a wrong name most likely means; empty when nothing of it is left."""
    bare = re.sub(r"[^\u4e00-\u9fffA-Za-z0-9·]", "", name)
    bare = bare.replace(district.city, "").replace(district.name, "")
    bare = _FURNITURE.sub("", bare)
    if tier is Tier.CENTRE:
        return ""
    if tier is Tier.SUB_CENTRE:
        return bare[:20].rstrip("分")
    if tier is Tier.SUBDISTRICT:
        stem = _UNITS.sub("", bare.partition("街道")[0])
        return f"{stem[:20]}街道" if stem else ""
    bare = bare.rpartition("街道")[2]
    for ending in ("社区", "村"):
        stem = bare.partition(ending)[0]
        if stem and ending in bare:
            return f"{stem[:20]}{ending}"
    stem = _UNITS.sub("", bare)
    return f"{stem[:20]}社区" if stem else ""


def check_name(district: District, tier: Tier, name: str, place: str) -> tuple[str, str]:
    """Place and name to register: the name as given when it is right, generated when it is empty.

    A place left empty is read from the name. Raises InvalidInput at `/name`, suggesting the right
    name, for a name that is not the place's (clause 2).
    """
    if not place and name:
        stated = read_place(district, tier, name)
        place = guess_place(district, tier, name) if stated is None else stated
        if not place and tier is not Tier.CENTRE:
            raise InvalidInput.at("/name", f"网点名称不合规范。{_PLACE_ADVICE[tier]}")
    right = point_name(district, tier, place)
    if name and name != right:
        raise InvalidInput.at("/name", f"网点名称不合规范,应为“{right}”")
    return ("" if tier is Tier.CENTRE else place), right
