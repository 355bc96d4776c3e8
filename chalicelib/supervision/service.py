"""What supervision does as events come in and as people answer for alarms."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from typing import Any, Final

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import StaleVersion
from chalicelib.core.events import Event
from chalicelib.core.principal import Principal
from chalicelib.supervision import alarm_store, answers, case_store, judging, redressing, rule_store
from chalicelib.supervision.findings import of_case
from chalicelib.supervision.heard import Heard, lean
from chalicelib.supervision.measures import counts, difference, of_visit, standing
from chalicelib.supervision.model import Alarm, Entry, Outcome, ResponseKind

ATTEMPTS: Final = 10
"""How often an event is taken in again when another one of the same case came between."""

CASES: Final = "case."
VISITS: Final = frozenset({"visit.rated", "visit.objected"})
"""What applicants say of a visit: counted and answered for, whether a rule listens or not."""


def take_in(detail: Mapping[str, Any]) -> tuple[Alarm, ...]:
    """Watch one bus event (its detail). Answers the alarms that it newly raised.

    Events of a case go into its log as heard; others only matter where a rule listens to them.
    Idempotent by event id: an event heard before changes nothing.
    """
    event, about = Event.from_dict(detail), detail.get("facts") or {}
    if event.type.startswith(CASES):
        return _hear(event, about, detail)
    return _notice(event, about, detail)


def _hear(event: Event, about: Mapping[str, Any], detail: Mapping[str, Any]) -> tuple[Alarm, ...]:
    for attempt in range(ATTEMPTS):
        known = case_store.read(event.subject)
        if known.heard.knows(event.seq):
            return ()
        redressing.open_for(detail)
        heard = known.heard.hear(event, about)
        try:
            return _commit(known, heard)
        except case_store.Moved:
            time.sleep(random.uniform(0, 0.02 * 2**attempt))
    raise RuntimeError(f"{event.id}: the case is too busy to be heard")


def _commit(known: case_store.StoredCase, heard: Heard) -> tuple[Alarm, ...]:
    calendar = working_calendar()
    where = standing(heard, calendar, known.timing)
    timing = where.timing if where else None
    before = counts(known.heard, calendar, known.timing)
    changed = difference(counts(heard, calendar, timing), before)
    found = list(of_case(known.heard, heard, judging.active(), calendar))
    return case_store.commit(known, heard, where, changed, judging.alarms_of(found))


def _notice(event: Event, about: Mapping[str, Any], detail: Mapping[str, Any]) -> tuple[Alarm, ...]:
    """An event outside the cases: kept and judged where some rule listens to its type.

    A visit is rated once: what rates it again changes nothing.
    """
    if event.type not in VISITS and not judging.listens_to(event.type):
        return ()
    if rule_store.heard_as(detail) not in (None, event.id):
        return ()
    about = _about(event, about)
    redressing.open_for({**detail, "facts": about})
    counted = of_visit(event, about)
    kept = {**detail, "data": lean(event.data), "facts": about}
    rule_store.keep_signal(kept, counted)
    return judging.notice(event, about)


def _about(event: Event, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Whom and what an event of another room concerns: by its facts, by its data, by who acted, and
    at last by what was heard of the case that it names. Where no body is named, the point answers."""
    data, actor = event.data, event.actor
    known = {
        "body": data.get("organisation") or data.get("asked") or actor.organisation,
        "origin": data.get("point") or actor.point,
        "item_code": data.get("item_code"),
        **{name: value for name, value in facts.items() if value},
    }
    no = data.get("case_no")
    of_case = case_store.read(no).heard.facts if isinstance(no, str) and no else {}
    found = {**of_case, **{name: value for name, value in known.items() if value}}
    return {**found, "body": found.get("body") or found.get("origin")}


# --- what people do about alarms ---------------------------------------------------------------------


def answer(
    principal: Principal, identifier: str, kind: ResponseKind, text: str, asked: answers.Asked
) -> Mapping[str, Any]:
    """Record the responsible unit's answer. Raises NotFound, Forbidden, OutOfTurn, InvalidInput."""
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    stored = alarm_store.read(identifier)
    unit = stored.alarm.organisation
    require(principal, "alarm.respond", Resource(organisation=unit, point=unit))
    changed = stored.alarm.answer(kind, text, _entry(principal))
    return _save(stored, changed, asked)


def settle(
    principal: Principal,
    identifier: str,
    asked: answers.Asked,
    *,
    outcome: Outcome,
    reason: str,
    accountable: bool,
) -> Mapping[str, Any]:
    """Record the supervision's settlement. Raises NotFound, Forbidden, OutOfTurn, InvalidInput."""
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    require(principal, "alarm.close")
    stored = alarm_store.read(identifier)
    changed = stored.alarm.settle(outcome, reason, _entry(principal), accountable)
    return _save(stored, changed, asked)


def _save(stored: alarm_store.Stored, changed: Alarm, asked: answers.Asked) -> Mapping[str, Any]:
    shown = public(changed)
    try:
        alarm_store.save(stored, changed, asked.answered(shown))
    except StaleVersion:
        meanwhile = answers.earlier(asked)
        if meanwhile is None:
            raise
        return meanwhile
    return shown


def public(alarm: Alarm) -> dict[str, Any]:
    """An alarm as its readers see it."""
    raw = alarm.to_dict()
    subject = raw.pop("subject")
    return {
        "id": alarm.id,
        "case_no": alarm.facts.get("case_no") or subject,
        "subject": subject,
        "rung": alarm.level.value,
        **raw,
    }


def _entry(principal: Principal) -> Entry:
    return Entry(clock().now(), "", principal.account, principal.organisation or principal.point)
