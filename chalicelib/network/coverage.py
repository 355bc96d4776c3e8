"""网点覆盖率: the share of the district's communities that an open station serves (clause 二).

Numerator: communities that some open community station names. Denominator: all registered ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.network.model import Community, Network, PointState
from chalicelib.network.naming import Tier


@dataclass(frozen=True, slots=True)
class Coverage:
    """Communities with a station and without, of a district or of one subdistrict."""

    covered: tuple[Community, ...]
    missing: tuple[Community, ...]

    @property
    def numerator(self) -> int:
        return len(self.covered)

    @property
    def denominator(self) -> int:
        return len(self.covered) + len(self.missing)

    @property
    def rate(self) -> float | None:
        """Between 0 and 1; None where no community is registered."""
        return self.numerator / self.denominator if self.denominator else None

    @property
    def households_missed(self) -> int:
        return sum(community.households for community in self.missing)

    def within(self, subdistrict: str) -> Coverage:
        """The part of it that lies in one subdistrict."""
        return Coverage(
            tuple(each for each in self.covered if each.subdistrict == subdistrict),
            tuple(each for each in self.missing if each.subdistrict == subdistrict),
        )


def coverage(network: Network) -> Coverage:
    """The district's coverage as the network stands; both lists in the order of the keys."""
    served = {
        community
        for point in network.points.values()
        if point.tier is Tier.COMMUNITY and point.state is PointState.OPEN
        for community in point.communities
    }
    ordered = sorted(network.communities.values(), key=lambda each: each.key)
    return Coverage(
        tuple(each for each in ordered if each.key in served),
        tuple(each for each in ordered if each.key not in served),
    )
