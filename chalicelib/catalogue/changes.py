"""A change of the catalogue, from the department's proposal to the day it is in force.

Pure: events are decided from a change as it stands, and a change is its events folded. The office
proposes nothing and the department approves nothing; each list that a change touches is reviewed by
the list's owner. Review and approval have limits with alerts.

    proposed ─► under review ─► reviewed ─► approved ─► in force
                   │    │          │  │
                   │    └─ rejected ◄─┘  └─ withdrawn (also under review)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from chalicelib.catalogue.lists import ListKind
from chalicelib.catalogue.model import Item
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.clock import DEFAULT_POLICY, Alert, Course, midnight
from chalicelib.core.errors import Conflict, InvalidInput, OutOfTurn
from chalicelib.core.events import Event
from chalicelib.core.limits import Limit, Unit, step_clock
from chalicelib.core.reckoning import Span
from chalicelib.core.time import SHANGHAI, from_text, to_text


class Action(StrEnum):
    """What a change does to an item."""

    CREATE = "create"
    AMEND = "amend"
    SUSPEND = "suspend"
    RESUME = "resume"
    CANCEL = "cancel"


class Stage(StrEnum):
    """Where a change stands."""

    UNDER_REVIEW = "under_review"
    REVIEWED = "reviewed"
    APPROVED = "approved"
    IN_FORCE = "in_force"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"

    @property
    def is_open(self) -> bool:
        return self in (Stage.UNDER_REVIEW, Stage.REVIEWED, Stage.APPROVED)


STAGE_WORDS: Mapping[Stage, str] = {
    Stage.UNDER_REVIEW: "清单主管单位审核中",
    Stage.REVIEWED: "待政务服务改革管理办公室审定",
    Stage.APPROVED: "已审定,待生效",
    Stage.IN_FORCE: "已生效",
    Stage.REJECTED: "已退回",
    Stage.WITHDRAWN: "已撤回",
}

REVIEW_LIMIT = Limit(10, Unit.WORKING_DAY)
APPROVAL_LIMIT = Limit(5, Unit.WORKING_DAY)
"""[D] The document sets no limits for the owners of the lists; these are ours."""


@dataclass(frozen=True, slots=True)
class Review:
    """What one list's owner has to say: pending until `decided_at`."""

    list: ListKind
    owner: str
    approved: bool | None = None
    opinion: str = ""
    decided_at: datetime | None = None

    def to_dict(self) -> dict[str, Any]:
        return {
            "list": str(self.list),
            "owner": self.owner,
            "approved": self.approved,
            "opinion": self.opinion,
            "decided_at": self.decided_at and to_text(self.decided_at),
        }


@dataclass(frozen=True, slots=True)
class Change:
    """A change as it stands. `version` is the number of its events.

    `item` is the whole proposed version; `base_version` the version it was drawn up against (0 for
    a new item). `alerts` holds `<clock>:<rung>` of every alert raised.
    """

    id: str
    version: int
    stage: Stage
    action: Action
    item: Item
    base_version: int
    proposer: str
    organisation: str
    reason: str
    legal_basis: str
    proposed_at: datetime
    checks: Mapping[str, Any]
    reviews: tuple[Review, ...]
    wished_on: date | None = None
    reviewed_at: datetime | None = None
    effective_at: datetime | None = None
    closing_reason: str = ""
    alerts: frozenset[str] = field(default_factory=frozenset)

    @property
    def awaited_reviews(self) -> tuple[Review, ...]:
        """The reviews that are not in yet."""
        if self.stage is not Stage.UNDER_REVIEW:
            return ()
        return tuple(each for each in self.reviews if each.approved is None)

    def review_by(self, organisation: str) -> Review | None:
        """The review that this owner still has to give."""
        return next((each for each in self.awaited_reviews if each.owner == organisation), None)


Facts = tuple[str, dict[str, Any]]
"""An event to be: its type and its data."""


# --- what a change becomes ------------------------------------------------------------------------


def evolve(change: Change | None, event: Event) -> Change:
    """The change after one more event. Raises ValueError for a log that cannot be."""
    if event.type == "item_change.proposed":
        return _proposed(event)
    if change is None or event.seq != change.version + 1:
        raise ValueError(f"{event.id} does not follow")
    data, now = event.data, event.at
    change = replace(change, version=event.seq)
    match event.type:
        case "item_change.reviewed":
            return _reviewed(change, data, now)
        case "item_change.approved":
            effective_at = from_text(data["effective_at"])
            return replace(change, stage=Stage.APPROVED, effective_at=effective_at)
        case "item_change.in_force":
            return replace(change, stage=Stage.IN_FORCE)
        case "item_change.rejected":
            return replace(change, stage=Stage.REJECTED, closing_reason=data["reason"])
        case "item_change.withdrawn":
            return replace(change, stage=Stage.WITHDRAWN, closing_reason=data["reason"])
        case "item_change.alert_raised":
            return replace(change, alerts=change.alerts | {f"{data['clock']}:{data['rung']}"})
    raise ValueError(f"unknown event {event.type}")


def replay(events: Sequence[Event]) -> Change:
    """The change that a log tells of. Raises ValueError for an empty one."""
    change: Change | None = None
    for event in events:
        change = evolve(change, event)
    if change is None:
        raise ValueError("a change has at least its proposal")
    return change


def _proposed(event: Event) -> Change:
    data = event.data
    return Change(
        id=event.subject,
        version=event.seq,
        stage=Stage.UNDER_REVIEW,
        action=Action(data["action"]),
        item=Item.from_dict(data["item"]),
        base_version=data["base_version"],
        proposer=event.actor.account,
        organisation=data["organisation"],
        reason=data["reason"],
        legal_basis=data["legal_basis"],
        proposed_at=event.at,
        checks=data["checks"],
        reviews=tuple(Review(ListKind(each["list"]), each["owner"]) for each in data["reviewers"]),
        wished_on=date.fromisoformat(data["wished_on"]) if data.get("wished_on") else None,
    )


def _reviewed(change: Change, data: Mapping[str, Any], now: datetime) -> Change:
    kind = ListKind(data["list"])
    reviews = tuple(
        replace(each, approved=data["approved"], opinion=data["opinion"], decided_at=now)
        if each.list is kind
        else each
        for each in change.reviews
    )
    change = replace(change, reviews=reviews)
    if all(each.approved for each in reviews):
        return replace(change, stage=Stage.REVIEWED, reviewed_at=now)
    return change


# --- what may be done -----------------------------------------------------------------------------


def review(change: Change, owner: str, approved: bool, opinion: str) -> list[Facts]:
    """The list's owner approves, or rejects with a reason. Raises OutOfTurn, InvalidInput."""
    if change.stage is not Stage.UNDER_REVIEW:
        raise OutOfTurn(f"该变更{STAGE_WORDS[change.stage]},不能审核")
    awaited = change.review_by(owner)
    if awaited is None:
        raise OutOfTurn("该变更不需要或已经过本单位审核")
    if not approved and not opinion.strip():
        raise InvalidInput.at("/opinion", "退回须写明理由")
    facts: list[Facts] = [
        (
            "item_change.reviewed",
            {"list": str(awaited.list), "owner": owner, "approved": approved, "opinion": opinion},
        )
    ]
    if not approved:
        facts.append(("item_change.rejected", {"reason": opinion, "by": owner}))
    return facts


def approve(change: Change, effective_on: date | None, now: datetime) -> list[Facts]:
    """The office approves, for a date or for now. Raises OutOfTurn, InvalidInput for a past date."""
    if change.stage is not Stage.REVIEWED:
        raise OutOfTurn(f"该变更{STAGE_WORDS[change.stage]},不能审定")
    asked = effective_on or change.wished_on
    today = now.astimezone(SHANGHAI).date()
    if effective_on is not None and effective_on < today:
        raise InvalidInput.at("/effective_on", "生效日期不能早于今天")
    effective_at = midnight(asked) if asked is not None and asked > today else now
    facts: list[Facts] = [("item_change.approved", {"effective_at": to_text(effective_at)})]
    if effective_at <= now:
        facts.append(("item_change.in_force", {}))
    return facts


def reject(change: Change, reason: str) -> list[Facts]:
    """The office does not approve. Raises OutOfTurn, InvalidInput without a reason."""
    if change.stage is not Stage.REVIEWED:
        raise OutOfTurn(f"该变更{STAGE_WORDS[change.stage]},不能退回")
    if not reason.strip():
        raise InvalidInput.at("/reason", "退回须写明理由")
    return [("item_change.rejected", {"reason": reason, "by": "office"})]


def withdraw(change: Change, reason: str) -> list[Facts]:
    """The department takes it back before it is approved. Raises OutOfTurn."""
    if change.stage not in (Stage.UNDER_REVIEW, Stage.REVIEWED):
        raise OutOfTurn(f"该变更{STAGE_WORDS[change.stage]},不能撤回")
    return [("item_change.withdrawn", {"reason": reason})]


def put_in_force(change: Change, now: datetime) -> list[Facts]:
    """Its day has come. Nothing, before it or once done: whoever asks may ask again."""
    if change.stage is not Stage.APPROVED or change.effective_at is None:
        return []
    return [("item_change.in_force", {})] if change.effective_at <= now else []


def raise_alerts(change: Change, calendar: WorkingCalendar, now: datetime) -> list[Facts]:
    """The alerts that are due and not raised, each once."""
    return [
        (
            "item_change.alert_raised",
            {
                "clock": alert.clock,
                "rung": str(alert.rung),
                "due_on": alert.due_on.isoformat(),
                "at": to_text(alert.at),
                "responsible": sorted(responsible(change)),
            },
        )
        for alert in alerts(change, calendar)
        if alert.at <= now and f"{alert.clock}:{alert.rung}" not in change.alerts
    ]


def responsible(change: Change) -> frozenset[str]:
    """The organisations that the change waits for now."""
    if change.stage is Stage.UNDER_REVIEW:
        return frozenset(each.owner for each in change.awaited_reviews)
    return frozenset({"office"}) if change.stage is Stage.REVIEWED else frozenset()


def course(change: Change) -> Course | None:
    """The clock that runs: the review's, then the approval's."""
    if change.stage is Stage.UNDER_REVIEW:
        started, limit, name = change.proposed_at, REVIEW_LIMIT, "review"
    elif change.stage is Stage.REVIEWED and change.reviewed_at is not None:
        started, limit, name = change.reviewed_at, APPROVAL_LIMIT, "approval"
    else:
        return None
    return Course(step_clock(name), Span(started.astimezone(SHANGHAI).date(), (limit,)))


def due_on(change: Change, calendar: WorkingCalendar) -> date | None:
    """The last day of the clock that runs."""
    running = course(change)
    return None if running is None else running.due(calendar).due_on


def alerts(change: Change, calendar: WorkingCalendar) -> Iterator[Alert]:
    """The schedule of the clock that runs, what is past included."""
    running = course(change)
    return iter(()) if running is None else running.alerts(calendar, DEFAULT_POLICY)


def wakes_at(change: Change, calendar: WorkingCalendar) -> datetime | None:
    """When the change next needs attention without anybody acting; None once it is closed."""
    if change.stage is Stage.APPROVED:
        return change.effective_at
    ahead = [
        alert.at
        for alert in alerts(change, calendar)
        if f"{alert.clock}:{alert.rung}" not in change.alerts
    ]
    return min(ahead, default=None)


def expect_base(change: Change, current: int) -> None:
    """Refuse to approve a change that was drawn up against another version than the present one."""
    if change.base_version != current:
        raise Conflict(
            f"该变更依据第{change.base_version}版起草,现行为第{current}版,应撤回后重新提出"
        )
