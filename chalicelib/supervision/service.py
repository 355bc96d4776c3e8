"""What supervision does: take in events, raise alarms, settle them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.aws.settings import clock
from chalicelib.core.access import Resource, require
from chalicelib.core.principal import Principal
from chalicelib.supervision import store
from chalicelib.supervision.model import (
    Alarm,
    Entry,
    Outcome,
    ResponseKind,
    alarm_of_alert,
)


def take_in(event: Mapping[str, Any]) -> tuple[Alarm, ...]:
    """Watch one case event (the bus event's detail). Returns the alarms newly raised by it.

    Idempotent: an alarm's key is (subject, clock, rung), so the same event again raises nothing.
    """
    if event["type"] != "case.alert_raised":
        return ()
    alarm = alarm_of_alert(event)
    return (alarm,) if store.raise_alarm(alarm) else ()


def answer(principal: Principal, identifier: str, kind: ResponseKind, text: str) -> Alarm:
    """Record the responsible unit's answer. Raises NotFound, OutOfTurn, InvalidInput."""
    alarm = store.alarm(identifier)
    unit = alarm.organisation
    require(principal, "alarm.respond", Resource(organisation=unit, point=unit))
    changed = alarm.answered(kind, text, _entry(principal))
    store.save_alarm(changed)
    return changed


def settle(
    principal: Principal, identifier: str, outcome: Outcome, reason: str, accountable: bool
) -> Alarm:
    """Record the supervision's settlement. Raises NotFound, OutOfTurn, InvalidInput."""
    require(principal, "alarm.close")
    changed = store.alarm(identifier).closed(outcome, reason, _entry(principal), accountable)
    store.save_alarm(changed)
    return changed


def _entry(principal: Principal) -> Entry:
    return Entry(clock().now(), "", principal.account, principal.organisation)
