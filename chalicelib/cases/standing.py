"""Where a case stands for its workflow: the next step, and how long to wait for it.

The two machines ask this after everything that happens. The approval machine owns the acceptance,
promise, statutory and step clocks, from receipt to the certificate; the downward-delivery machine
owns the delivery clock, from the decision to the citizen's hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from chalicelib.cases.lifecycle import (
    BEFORE_DECISION,
    Act,
    Draft,
    deem_accepted,
    renew_tacitly,
    waive_hearing,
)
from chalicelib.cases.model import HEARING_REQUEST, Case, Stage
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import (
    Alert,
    Due,
    alerts,
    deemed_acceptance,
    due,
    midnight,
)
from chalicelib.core.limits import step_clock
from chalicelib.core.spreading import spread


class Machine(StrEnum):
    """The state machines a case runs on, one after the other."""

    APPROVAL = "approval"
    DELIVERY = "downward_delivery"


class Step(StrEnum):
    """Names of the states that a machine may be sent to."""

    AWAIT_ACCEPTANCE = "AwaitAcceptance"
    AWAIT_SUPPLEMENT = "AwaitSupplement"
    AWAIT_REVIEW = "AwaitReview"
    AWAIT_SPECIAL_PROCEDURE = "AwaitSpecialProcedure"
    AWAIT_SIGN_OFF = "AwaitSignOff"
    AWAIT_DELIVERY = "AwaitDelivery"
    ISSUE_CERTIFICATE = "IssueCertificate"
    RAISE_ALERTS = "RaiseAlerts"
    HANDED_OVER = "HandedOver"


LONGEST_WAIT: Final = timedelta(days=30)
"""A wait with no alert ahead still ends: then the case is looked at again."""

_WAITS: Final[Mapping[Stage, Step]] = {
    Stage.ACCEPTANCE: Step.AWAIT_ACCEPTANCE,
    Stage.CORRECTION: Step.AWAIT_SUPPLEMENT,
    Stage.REVIEW: Step.AWAIT_REVIEW,
    Stage.SIGN_OFF: Step.AWAIT_SIGN_OFF,
    Stage.DELIVERY: Step.AWAIT_DELIVERY,
}


def machine_of(case: Case) -> Machine | None:
    """The machine that a case belongs on now, or None when it is closed."""
    if not case.open:
        return None
    return Machine.DELIVERY if case.stage is Stage.DELIVERY else Machine.APPROVAL


@dataclass(frozen=True, slots=True)
class Standing:
    """What a machine does next: the step, the version it was read at, the instant to wait for."""

    step: Step
    version: int
    until: datetime | None = None


def _alert_key(alert: Alert) -> str:
    return f"{alert.clock}:{alert.rung.value}"


def pending_alerts(case: Case, calendar: WorkingCalendar) -> tuple[Alert, ...]:
    """The alerts still ahead or due but not raised, in time order.

    The five days in which the applicant may ask for a hearing are his right, not the office's
    limit: nobody is warned of them.
    """
    if not case.open:
        return ()
    return tuple(
        alert
        for alert in alerts(case.ledger, calendar)
        if _alert_key(alert) not in case.raised and alert.clock != step_clock(HEARING_REQUEST)
    )


def _turning_points(case: Case, calendar: WorkingCalendar) -> Iterator[datetime]:
    """The instants at which time itself moves the case: deemed acceptance, waiver, renewal."""
    if case.stage is Stage.ACCEPTANCE and (deemed := deemed_acceptance(case.ledger, calendar)):
        yield deemed[0]
    hearing = due(case.ledger, step_clock(HEARING_REQUEST), calendar)
    if hearing is not None and hearing.running and hearing.overdue_at:
        yield hearing.overdue_at
    expires_on = case.concern.expires_on if case.concern else None
    if expires_on is not None and case.stage in BEFORE_DECISION:
        yield midnight(expires_on + timedelta(days=1))


def _wake_at(case: Case, calendar: WorkingCalendar, now: datetime) -> datetime:
    ahead = (alert.at for alert in pending_alerts(case, calendar)[:1])
    return min([*ahead, *_turning_points(case, calendar), now + LONGEST_WAIT])


def standing(case: Case, machine: Machine, calendar: WorkingCalendar, now: datetime) -> Standing:
    """The next step of `machine` for this case at `now`.

    An alert already due is routed to directly, since a wait must last at least a second.
    """
    if machine_of(case) is not machine:
        return Standing(Step.HANDED_OVER, case.version)
    if case.stage is Stage.CERTIFICATE:
        return Standing(Step.ISSUE_CERTIFICATE, case.version)
    until = _wake_at(case, calendar, now)
    if until <= now:
        return Standing(Step.RAISE_ALERTS, case.version)
    step = _WAITS[case.stage]
    if step is Step.AWAIT_REVIEW and case.procedures:
        step = Step.AWAIT_SPECIAL_PROCEDURE
    # Most clocks end at midnight: the waits for one instant end within minutes of each other.
    return Standing(step, case.version, spread(case.no, until))


def what_time_brings(case: Case, calendar: WorkingCalendar, now: datetime) -> list[Draft]:
    """The events that the passing of time alone has earned: alerts, then what it turned."""
    drafts = [
        Draft("case.alert_raised", alert_facts(case, alert))
        for alert in pending_alerts(case, calendar)
        if alert.at <= now
    ]
    act = Act("system", now)
    turned = (
        renew_tacitly(case, act)
        or deem_accepted(case, act, calendar)
        or waive_hearing(case, act, calendar)
    )
    return drafts + turned


def alert_facts(case: Case, alert: Alert) -> dict[str, Any]:
    """What an alert freezes: which clock, which rung, when due, and who held the case."""
    return {
        "clock": str(alert.clock),
        "rung": alert.rung.value,
        "due_on": alert.due_on.isoformat(),
        "at": alert.at.isoformat(),
        "stage": case.stage.value,
        "responsible": case.origin if case.stage is Stage.DELIVERY and case.origin else case.body,
    }


NO_DATE: Final = "9999-12-31"
"""Where every clock is held up: last in a queue."""


def next_due(dues: Iterable[Due]) -> str:
    """The day that a queue sorts by: the earliest due date still running, or far in the future."""
    running = [due.due_on for due in dues if due.running and due.due_on]
    return min(running).isoformat() if running else NO_DATE
