"""Special procedures 特别程序: which stop the statutory clock, and what each must carry.

Only the eight kinds of art. 45 行政许可法 stop the statutory clock; their time must be told to the
applicant in writing. The others run inside the limit unless another law says so.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class ProcedureKind:
    """A kind of special procedure: Chinese name, whether it stops the clock, people needed."""

    key: str
    name: str
    stops_clock: bool
    minimum_staff: int = 1


PROCEDURE_KINDS: Final[Mapping[str, ProcedureKind]] = {
    kind.key: kind
    for kind in (
        ProcedureKind("hearing", "听证", True),
        ProcedureKind("tender", "招标", True),
        ProcedureKind("auction", "拍卖", True),
        ProcedureKind("inspection", "检验", True),
        ProcedureKind("test", "检测", True),
        ProcedureKind("quarantine", "检疫", True),
        ProcedureKind("appraisal", "鉴定", True),
        ProcedureKind("expert_review", "专家评审", True),
        # 行政许可法 art. 34: a check of substance needs two or more officials.
        ProcedureKind("site_visit", "现场勘验", False, minimum_staff=2),
        ProcedureKind("public_notice", "公示", False),
        ProcedureKind("household_survey", "入户调查", False, minimum_staff=2),
        ProcedureKind("collective_study", "集体研究", False, minimum_staff=2),
        ProcedureKind("argumentation", "组织论证", False),
        ProcedureKind("assessment", "组织评估", False),
    )
}
