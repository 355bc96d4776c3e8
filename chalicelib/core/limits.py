"""The vocabulary of time limits: units, origins, clocks, and which procedures stop them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Unit(StrEnum):
    """What a limit counts (民法典 200-203; 行政许可法 82 for working days)."""

    WORKING_DAY = "working_day"
    CALENDAR_DAY = "calendar_day"
    MONTH = "month"

    @property
    def text(self) -> str:
        """The unit as it is written after a number."""
        return {"working_day": "个工作日", "calendar_day": "日", "month": "个月"}[self.value]


class Origin(StrEnum):
    """The day a limit runs from; that day itself is not counted."""

    RECEIPT = "receipt"
    ACCEPTANCE = "acceptance"
    DECISION = "decision"


class ClockKind(StrEnum):
    """The clocks of a case. Clocks of single steps are named `step:<name>`."""

    ACCEPTANCE = "acceptance"
    PROMISE = "promise"
    STATUTORY = "statutory"
    DELIVERY = "delivery"
    STEP = "step"


def step_clock(name: str) -> str:
    """The name of the clock of one step."""
    return f"{ClockKind.STEP}:{name}"


def kind_of(clock: str) -> ClockKind:
    """The kind of a clock by its name. Raises ValueError for a name that is none."""
    return ClockKind(clock.partition(":")[0])


class ReceiptPolicy(StrEnum):
    """When a submission outside office hours counts as received. [D], per item.

    INSTANT: at the instant it arrives; for sunk items clause 10 requires it. NEXT_WORKDAY: on the
    next working day.
    """

    INSTANT = "instant"
    NEXT_WORKDAY = "next_workday"


class SuspensionKind(StrEnum):
    """The procedures that may interrupt a case, and whether they stop its clocks.

    The first eight are those of 行政许可法 45. OTHER_STATUTORY is one that another law excludes
    from the limit. The rest take their time out of the limit.
    """

    HEARING = "hearing"
    TENDER = "tender"
    AUCTION = "auction"
    INSPECTION = "inspection"
    TEST = "test"
    QUARANTINE = "quarantine"
    APPRAISAL = "appraisal"
    EXPERT_REVIEW = "expert_review"
    OTHER_STATUTORY = "other_statutory"
    SITE_VISIT = "site_visit"
    PUBLIC_NOTICE = "public_notice"
    HOUSEHOLD_SURVEY = "household_survey"
    COLLECTIVE_STUDY = "collective_study"
    CONSULTATION = "consultation"

    @property
    def excludes_clock(self) -> bool:
        """Whether the time it takes is not counted."""
        return self in _STOPPING

    @property
    def text(self) -> str:
        """The procedure as a citizen reads it."""
        return _SUSPENSION_TEXTS[self]


_SUSPENSION_TEXTS = {
    SuspensionKind.HEARING: "听证",
    SuspensionKind.TENDER: "招标",
    SuspensionKind.AUCTION: "拍卖",
    SuspensionKind.INSPECTION: "检验",
    SuspensionKind.TEST: "检测",
    SuspensionKind.QUARANTINE: "检疫",
    SuspensionKind.APPRAISAL: "鉴定",
    SuspensionKind.EXPERT_REVIEW: "专家评审",
    SuspensionKind.OTHER_STATUTORY: "其他法定程序",
    SuspensionKind.SITE_VISIT: "现场勘验",
    SuspensionKind.PUBLIC_NOTICE: "公示",
    SuspensionKind.HOUSEHOLD_SURVEY: "入户调查",
    SuspensionKind.COLLECTIVE_STUDY: "集体研究",
    SuspensionKind.CONSULTATION: "部门征询",
}
_STOPPING = frozenset(list(SuspensionKind)[:9])


@dataclass(frozen=True, slots=True)
class Limit:
    """So many working days, calendar days or months. Zero working days: on the spot (即办)."""

    value: int
    unit: Unit

    def __post_init__(self) -> None:
        if self.value < 0:
            raise ValueError(f"a limit is not negative: {self.value}")

    @property
    def text(self) -> str:
        """The limit in Chinese, for example `5个工作日`."""
        return f"{self.value}{self.unit.text}"

    def encode(self) -> str:
        """Compact: `5w`, `15d`, `3m`."""
        return f"{self.value}{_CODES[self.unit]}"

    @classmethod
    def decode(cls, text: str) -> Limit:
        return cls(int(text[:-1]), _UNITS[text[-1]])


_UNITS = {"w": Unit.WORKING_DAY, "d": Unit.CALENDAR_DAY, "m": Unit.MONTH}
_CODES = {unit: code for code, unit in _UNITS.items()}
ACCEPTANCE_LIMIT = Limit(5, Unit.WORKING_DAY)
"""行政许可法 32(4): accept, or say everything that is missing, within five working days."""
DELIVERY_LIMIT = Limit(10, Unit.WORKING_DAY)
"""行政许可法 44: issue and deliver within ten working days of the decision."""


@dataclass(frozen=True, slots=True)
class OriginatedLimit:
    """A limit and what it runs from."""

    limit: Limit
    origin: Origin
