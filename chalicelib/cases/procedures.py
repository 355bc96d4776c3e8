"""Special procedures 特别程序: which stop the statutory clock, and what each must carry.

Only the eight kinds of art. 45 行政许可法 stop the statutory clock; their time must be told to the
applicant in writing. The others run inside the limit unless another law says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from chalicelib.core.limits import SuspensionKind


@dataclass(frozen=True, slots=True)
class ProcedureKind:
    """A kind of special procedure: Chinese name, whether it stops the clock, people needed."""

    key: str
    name: str
    stops_clock: bool
    minimum_staff: int = 1


_STAFF: Final[Mapping[SuspensionKind, int]] = {
    # 行政许可法 art. 34: a check of substance needs two or more officials; so does every visit.
    SuspensionKind.SITE_VISIT: 2,
    SuspensionKind.HOUSEHOLD_SURVEY: 2,
    SuspensionKind.COLLECTIVE_STUDY: 2,
}

PROCEDURE_KINDS: Final[Mapping[str, ProcedureKind]] = {
    kind.key: kind
    for kind in (
        *(
            ProcedureKind(kind.value, kind.text, kind.excludes_clock, _STAFF.get(kind, 1))
            for kind in SuspensionKind
        ),
        # clause 7 names these two beside the law's own; they run inside the limit.
        ProcedureKind("argumentation", "组织论证", False),
        ProcedureKind("assessment", "组织评估", False),
    )
}
