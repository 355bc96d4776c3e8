"""What supervision's HTTP takes and answers."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.http.schema import Input, Output, PageQuery
from chalicelib.supervision.model import AlarmState, Level, Outcome, ResponseKind

Words = Annotated[str, Field(max_length=2000)]
Month = Annotated[str, Field(pattern=r"^\d{4}-(0[1-9]|1[0-2])$", description="月份,如 2026-11")]


# --- alarms ------------------------------------------------------------------------------------------


class AlarmEntry(Output):
    """One line of an alarm's handling."""

    at: str
    act: str
    account: str
    organisation: str | None = None
    text: str = ""


class AlarmShown(Output):
    """An alarm as its readers see it; `facts` were frozen when it was raised."""

    id: str
    case_no: str
    subject: str
    clock: str
    rung: Level
    level: Level
    rule: str
    rule_name: str
    dimension: str
    raised_at: str
    organisation: str
    body: str
    point: str
    item_code: str
    item_name: str
    state: AlarmState
    reply_due_at: str | None = None
    escalation: int = 0
    outcome: Outcome | None = None
    accountable: bool = False
    facts: dict[str, Any]
    history: list[AlarmEntry] = Field(default_factory=list)
    version: int


class AlarmQuery(PageQuery):
    """Any combination narrows the list; every one of them is one Query."""

    level: Level | None = None
    organisation: Annotated[str | None, Field(max_length=64)] = None
    state: AlarmState | None = None


class ResponseForm(Input):
    """The responsible unit's answer."""

    kind: ResponseKind
    text: Words


class ClosureForm(Input):
    """The supervision's settlement; accountability only for a confirmed violation."""

    outcome: Literal[Outcome.EXPLAINED, Outcome.RECTIFIED, Outcome.CONFIRMED, Outcome.WITHDRAWN]
    reason: Words
    accountable: bool = False


# --- figures -----------------------------------------------------------------------------------------


class FigureQuery(Input):
    """A month (this one by default), narrowed to a body, a point, an item."""

    month: Month | None = None
    body: Annotated[str | None, Field(max_length=64)] = None
    point: Annotated[str | None, Field(max_length=64)] = None
    item: Annotated[str | None, Field(max_length=64)] = None


class BreakdownQuery(FigureQuery):
    """The same, apart by one dimension."""

    by: Literal["body", "point", "item"] = "body"


class CasesQuery(FigureQuery, PageQuery):
    """The cases under a number; `timeliness` narrows closed ones, `day` those of one day."""

    timeliness: Literal["late", "timely", "untimed"] | None = None
    day: date | None = None


class SixRateShown(Output):
    """One of the six rates of §二, with what is missing from 100 %."""

    key: str
    name: str
    formula: str
    numerator: int
    denominator: int
    rate: float | None
    target: float
    target_date: str
    missing: list[str]


class FigureShown(Output):
    """A month's indicator; a plain count has no denominator and no rate."""

    key: str
    name: str
    formula: str
    numerator: int
    denominator: int | None
    rate: float | None


class IndicatorsShown(Output):
    """The six rates under `items`, the month's indicators beside them."""

    items: list[SixRateShown]
    next_cursor: None = None
    counted_at: str | None
    month: str
    monthly: list[FigureShown]


class BreakdownRow(Output):
    name: str
    numerator: int
    denominator: int | None
    rate: float | None


class BreakdownShown(Output):
    """One indicator apart; the rows' numerators and denominators add up to the whole."""

    key: str
    name: str
    formula: str
    rows: list[BreakdownRow]


class CardsShown(Output):
    """Cases (or alarms) that a number was counted from, each with its share in it."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None


class WallShown(Output):
    """The supervision wall: now, today, this month, lights by body and point."""

    at: str
    open: int
    received_today: int
    closed_today: int
    alarms: dict[str, int]
    month: dict[str, dict[str, Any]]
    bodies: list[dict[str, Any]]
    points: list[dict[str, Any]]
    hours: list[dict[str, Any]]
    oldest: list[dict[str, Any]]
    gravest: list[dict[str, Any]]


class ReportShown(Output):
    """A month's report: what a page prints, with series for its charts."""

    month: str
    made_at: str
    six_rates: list[SixRateShown]
    counted_at: str | None
    indicators: list[FigureShown]
    trend: list[dict[str, Any]]
    bodies: list[dict[str, Any]]
    points: list[dict[str, Any]]
    items: list[dict[str, Any]]
    outcomes: dict[str, int]
    alarms_by_rule: list[dict[str, Any]]
    alarms_by_level: dict[str, int]
    settled: dict[str, int]
    late_replies: int
    accountable: int
    unseen: dict[str, str]


class SpreadsheetShown(Output):
    """Where the spreadsheet can be fetched for the next five minutes."""

    url: str


# --- rules -------------------------------------------------------------------------------------------


class RepeatForm(Input):
    by: list[str]
    times: int
    window: str


class RuleForm(Input):
    """A rule as a person writes it; the condition's grammar stands in the vocabulary."""

    name: Annotated[str, Field(max_length=100)]
    dimension: str
    level: str | None = None
    basis: Annotated[str, Field(max_length=500)]
    on: list[str]
    when: dict[str, Any]
    threshold: float | None = None
    repeat: RepeatForm | None = None
    answers: str = "body"
    confidence: Literal["law", "local", "proposal"] = "proposal"
    active: bool = False


class RuleShown(RuleForm):
    """A rule as it stands."""

    code: str
    version: int


class RulesShown(Output):
    items: list[RuleShown]
    next_cursor: None = None
    facts: dict[str, str]
    operators: list[str]


class RuleHistory(Output):
    items: list[dict[str, Any]]
    next_cursor: None = None


class TrialForm(Input):
    """A rule to try on the cases received in a past month; `cursor` goes on where a part ended."""

    month: Month
    rule: RuleForm | None = None
    cursor: Annotated[str | None, Field(max_length=2048)] = None


class TrialShown(Output):
    """What the rule would have raised in this part of the month."""

    month: str
    tried: int
    raised: int
    by_organisation: dict[str, int]
    examples: list[dict[str, Any]]
    next_cursor: str | None = None
