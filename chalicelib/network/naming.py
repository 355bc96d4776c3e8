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
_ENDING = {Tier.SUBDISTRICT: "街道", Tier.COMMUNITY: "社区"}


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


def guess_place(district: District, tier: Tier, name: str) -> str:
    """What place a (possibly wrong) name most likely means; empty when nothing of it is left."""
    bare = re.sub(r"[^\u4e00-\u9fffA-Za-z0-9·]", "", name)
    bare = bare.replace(district.city, "").replace(district.name, "")
    bare = _FURNITURE.sub("", bare)
    if tier is Tier.CENTRE or not bare:
        return ""
    if tier is Tier.SUB_CENTRE:
        return bare[:20]
    endings = ("街道",) if tier is Tier.SUBDISTRICT else ("社区", "村")
    for ending in endings:
        stem = bare.partition(ending)[0]
        if stem and ending in bare:
            return f"{stem[:20]}{ending}"
    stem = re.sub(r"街道|街|社区|村", "", bare)
    return f"{stem[:20]}{_ENDING[tier]}" if stem else ""


def check_name(district: District, tier: Tier, name: str, place: str) -> str:
    """The name to register: `name` itself when it is right, or the generated one when it is empty.

    A place left empty is read from the name. Raises InvalidInput at `/name`, suggesting the right
    name, when the two differ (clause 2).
    """
    wanted = place or guess_place(district, tier, name)
    if not wanted and tier is not Tier.CENTRE:
        raise InvalidInput.at("/name", f"网点名称不合规范。{_PLACE_ADVICE[tier]}")
    right = point_name(district, tier, wanted)
    if name and name != right:
        raise InvalidInput.at("/name", f"网点名称不合规范,应为“{right}”")
    return right
