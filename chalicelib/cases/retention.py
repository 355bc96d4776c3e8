"""How long what a closed case holds is kept: the period of its item's version, and the day after it.

The periods are those of 《机关文件材料归档范围和文书档案保管期限规定》 (国家档案局令第 8 号): 永久, 30 年,
10 年. Years count from 1 January after the case was closed: the rule does not name the day, and this
reading keeps longest. What is not understood is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from typing import Final

from chalicelib.cases.model import Recorded

PERMANENT: Final = "永久"
_YEARS: Final = re.compile(r"(\d{1,3}) ?年")


def years_of(period: str) -> int | None:
    """Years of a period such as `30年`; None for 永久 and for what is not understood."""
    found = _YEARS.fullmatch(period.strip())
    return int(found[1]) if found else None


def disposal_day(period: str, closed_on: date) -> date | None:
    """The first day on which what the case holds may be destroyed; None for never."""
    years = years_of(period)
    return None if years is None else date(closed_on.year + 1 + years, 1, 1)


def basis_of(period: str) -> str:
    """Why it is destroyed, in the words that the record keeps."""
    return f"保管期限{period}届满"


def held_back(log: Iterable[Recorded], period: str, today: date) -> str | None:
    """Why a case may not be disposed of yet although its period is over, or None.

    What is objected to is kept for the whole period after the last objection, which supervision has
    answered long before; a correction without a decision needs what is kept.
    """
    objected_on: date | None = None
    correction = False
    for recorded in log:
        match recorded.event.type:
            case "case.objected":
                objected_on = recorded.event.at.date()
            case "case.data_correction_requested":
                correction = True
            case "case.data_correction_refused":
                correction = False
            case "case.data_corrected" if "request" in recorded.event.data:
                correction = False
    if objected_on is not None:
        day = disposal_day(period, objected_on)
        if day is None or today < day:
            return "自提出异议起保管期限未满"
    return "更正申请尚未审核" if correction else None
