"""The State Council's notices that ship with the product, and the reading of new ones.

A notice file is JSON: `year`, `source`, `days_off`, `makeup_working_days`, and optionally `status`
and `names` (date to holiday). A new year arrives by publication, not by a release of the product.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from chalicelib.core.calendar import Notice, WorkingCalendar


@cache
def shipped() -> tuple[Notice, ...]:
    """The notices in this directory, by year."""
    files = sorted(Path(__file__).parent.glob("*.json"))
    return tuple(Notice.from_dict(json.loads(file.read_text("utf-8"))) for file in files)


@cache
def shipped_calendar() -> WorkingCalendar:
    """The calendar of the shipped notices alone: what holds before anything is published."""
    return WorkingCalendar(shipped())
