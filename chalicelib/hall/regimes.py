"""The figures of the service regimes (clause 12), from `regimes.json`: configuration, not law.

The document asks for the regimes and names no figure, so each stands there with its source and how
sure that is, and the district's office changes it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class MandateRules:
    """`longest_days` by kind of mandate; `relations` are the ways to be family, with their names."""

    longest_days: Mapping[str, int]
    relations: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class AppointmentRules:
    """Slots are `slot_minutes` long and open `days_ahead` days.

    `capacity` and `home_capacity` (visits at home) are people a slot by tier, `points` what differs
    at a point. Who is later than `grace_minutes` after the slot's end has not come; at the point an
    appointment counts as if its holder had arrived `lead_minutes` before the slot.
    """

    slot_minutes: int
    days_ahead: int
    capacity: Mapping[str, int]
    home_capacity: Mapping[str, int]
    points: Mapping[str, Mapping[str, int]]
    grace_minutes: int
    lead_minutes: int

    def capacity_of(self, point: str, tier: str, form: str) -> int:
        """How many people a slot of that form takes at a point."""
        by_tier = self.home_capacity if form == "home" else self.capacity
        return self.points.get(point, {}).get(form, by_tier.get(tier, 0))


@dataclass(frozen=True, slots=True)
class ConsultationRules:
    """Working days to answer in, and until an unanswered yellow card turns red."""

    working_days: int
    red_after_working_days: int


@dataclass(frozen=True, slots=True)
class Regimes:
    mandates: MandateRules
    appointments: AppointmentRules
    consultations: ConsultationRules


@cache
def regimes() -> Regimes:
    """The figures that this deployment ships with."""
    raw = json.loads((Path(__file__).parent / "regimes.json").read_text("utf-8"))
    return Regimes(
        MandateRules(**_figures(raw["mandates"])),
        AppointmentRules(**_figures(raw["appointments"])),
        ConsultationRules(**_figures(raw["consultations"])),
    )


def _figures(raw: Mapping[str, Any]) -> dict[str, Any]:
    """A block without what it says about itself."""
    return {key: value for key, value in raw.items() if key not in ("source", "confidence")}
