"""Changes of the catalogue as use cases: propose, review, approve, withdraw, and what time brings."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date, datetime
from typing import Any

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.catalogue import change_store, changes, enforcement, publication, store
from chalicelib.catalogue.changes import Change, Facts, Stage
from chalicelib.catalogue.commands import Command, Repeated, Request
from chalicelib.catalogue.memory import forget
from chalicelib.catalogue.proposals import Drafted, Proposal, draft, proof_findings
from chalicelib.catalogue.views import change_view, summary_of
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import Conflict, StaleVersion
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import (
    ITEM_EDITOR,
    LIST_OWNER,
    OFFICE,
    SYSTEM,
    THE_SYSTEM,
    Principal,
)

Answer = dict[str, Any]


def propose(principal: Principal, proposal: Proposal, request: Request) -> Answer:
    """File a department's proposal; it is checked first. The answer is the change's view.

    Raises Forbidden for another body's item, InvalidInput, NotFound, Conflict where the item has an
    open change already, KeyReused.
    """
    answered = request.answered()
    if answered is not None:
        return answered
    now = clock().now()
    drafted = draft(proposal, now)
    require(principal, "item_change.propose", Resource(organisation=drafted.item.body))
    change_id = f"BG{now:%Y%m%d}-{secrets.token_hex(4)}"
    data = {
        "action": str(proposal.action),
        "item": drafted.item.to_dict(),
        "base_version": drafted.base_version,
        "organisation": drafted.item.body,
        "reason": proposal.reason,
        "legal_basis": proposal.legal_basis,
        "wished_on": proposal.wished_on and proposal.wished_on.isoformat(),
        "reviewers": _reviewers(drafted),
        "checks": drafted.checks,
    }
    facts: list[Facts] = [("item_change.proposed", data)]
    events = _events(change_id, facts, _actor(principal, ITEM_EDITOR), now)
    return _commit(None, events, request, now)


def preview(principal: Principal, proposal: Proposal) -> Answer:
    """What the reviewers of a proposal would be shown. Nothing is filed; raises as `propose` does."""
    drafted = draft(proposal, clock().now())
    require(principal, "item_change.propose", Resource(organisation=drafted.item.body))
    return {
        "item_code": drafted.item.code,
        "item_name": drafted.item.name,
        "item_version": drafted.item.version,
        "base_version": drafted.base_version,
        "reviewers": _reviewers(drafted),
        "checks": drafted.checks,
    }


def review(
    principal: Principal, change_id: str, approved: bool, opinion: str, request: Request
) -> Answer:
    """A list's owner says yes or no. Raises Forbidden for anybody else, OutOfTurn, NotFound."""

    def decide(change: Change, _now: datetime) -> list[Facts]:
        owner = principal.organisation or ""
        kept = owner if any(each.owner == owner for each in change.reviews) else None
        require(principal, "item_change.review", Resource(list_owner=kept))
        return changes.review(change, owner, approved, opinion)

    return _act(principal, LIST_OWNER, change_id, decide, request)


def approve(
    principal: Principal, change_id: str, effective_on: date | None, request: Request
) -> Answer:
    """The office approves, for a date or for now.

    Raises Forbidden, OutOfTurn, InvalidInput; Conflict where the item, or the proofs that the
    catalogue asks for, have changed since the proposal.
    """

    def decide(change: Change, now: datetime) -> list[Facts]:
        require(principal, "item_change.publish")
        facts = changes.approve(change, effective_on, now)
        _expect_unchanged(change, now)
        return facts

    return _act(principal, OFFICE, change_id, decide, request)


def reject(principal: Principal, change_id: str, reason: str, request: Request) -> Answer:
    """The office sends it back with a reason. Raises Forbidden, OutOfTurn, InvalidInput."""

    def decide(change: Change, _now: datetime) -> list[Facts]:
        require(principal, "item_change.publish")
        return changes.reject(change, reason)

    return _act(principal, OFFICE, change_id, decide, request)


def withdraw(principal: Principal, change_id: str, reason: str, request: Request) -> Answer:
    """The department takes its proposal back. Raises Forbidden, OutOfTurn."""

    def decide(change: Change, _now: datetime) -> list[Facts]:
        require(principal, "item_change.withdraw", Resource(organisation=change.organisation))
        return changes.withdraw(change, reason)

    return _act(principal, ITEM_EDITOR, change_id, decide, request)


def tend(change_id: str) -> Change:
    """Do what time has brought: raise due alerts once, put an approved change in force."""

    change = change_store.read(change_id)
    now = clock().now()
    facts = changes.raise_alerts(change, working_calendar(), now)
    facts += changes.put_in_force(change, now)
    if not facts:
        return change
    events = _events(change, facts, _actor(THE_SYSTEM, SYSTEM), now)
    # Where somebody acted in the same moment, what is still due is due at the next look.
    with suppress(StaleVersion):
        _commit(change, events, None, now)
    return change_store.read(change_id)


def read(principal: Principal, change_id: str) -> Answer:
    """A change with its log. Raises Forbidden, NotFound."""
    change = change_store.read(change_id)
    require(principal, "item_change.read", Resource(organisation=change.organisation))
    return change_view(change, working_calendar()) | {
        "events": [event.to_dict() for event in change_store.log(change_id)]
    }


def _reviewers(drafted: Drafted) -> list[dict[str, str]]:
    return [{"list": str(kind), "owner": owner} for kind, owner in drafted.reviewers]


# --- one command ----------------------------------------------------------------------------------

Decide = Callable[[Change, datetime], list[Facts]]


def _act(
    principal: Principal, role: str, change_id: str, decide: Decide, request: Request
) -> Answer:
    answered = request.answered()
    if answered is not None:
        return answered
    now = clock().now()
    change = change_store.read(change_id)
    facts = decide(change, now)
    events = _events(change, facts, _actor(principal, role), now)
    return _commit(change, events, request, now)


def _events(
    change: Change | str, facts: Sequence[Facts], actor: Actor, now: datetime
) -> list[Event]:
    """Events that follow on a change; or that begin one, whose id it is."""
    subject, last = (change, 0) if isinstance(change, str) else (change.id, change.version)
    return [
        Event(subject, last + number, kind, now, actor, data)
        for number, (kind, data) in enumerate(facts, 1)
    ]


def _actor(principal: Principal, role: str) -> Actor:
    played = role if role in principal.roles else min(principal.roles, default=role)
    return Actor(principal.account, played, principal.organisation, principal.point)


def _commit(
    before: Change | None, events: Sequence[Event], request: Request | None, now: datetime
) -> Answer:
    """Write the events and everything that follows from them, in one transaction."""
    calendar = working_calendar()
    after = before
    for event in events:
        after = changes.evolve(after, event)
    if after is None:
        raise ValueError("a command appends at least one event")
    answer = change_view(after, calendar)
    command = Command()
    pk = change_store.change_pk(after.id)
    command.events(pk, events)
    summary = summary_of(after, calendar)
    change_store.put_head(command, after, summary, changes.wakes_at(after, calendar))
    command.lines(pk, {} if before is None else _lines(before), _lines(after), summary)
    _hold_item(command, before, after)
    if request is not None:
        command.remember(request, answer)
    kinds = [event.type for event in events]
    if "item_change.approved" in kinds:
        enforcement.schedule(command, after, now)
    elif "item_change.in_force" in kinds:
        enforcement.activate(command, after)
    try:
        command.commit()
    except Repeated:
        repeated = request.answered() if request is not None else None
        if repeated is None:
            raise
        return repeated
    forget()
    return answer


def _hold_item(command: Command, before: Change | None, after: Change) -> None:
    if before is None:
        change_store.lock(command, after.item.code, after.id)
    elif before.stage.is_open and not after.stage.is_open:
        change_store.unlock(command, after.item.code)


def _lines(change: Change) -> dict[str, str]:
    """The queues that a change stands in, with what orders it there."""
    calendar = working_calendar()
    filed = change.proposed_at.date().isoformat()
    lines = {f"changes#{change.organisation}": filed, "changes#all": filed}
    due = changes.due_on(change, calendar)
    if due is not None:
        for responsible in changes.responsible(change):
            queue = (
                f"approval#{responsible}"
                if change.stage is Stage.REVIEWED
                else (f"review#{responsible}")
            )
            lines[queue] = due.isoformat()
    return lines


def _expect_unchanged(change: Change, now: datetime) -> None:
    """What was checked at the proposal must still be so when it is approved."""
    standing = store.find_standing(change.item.code)
    changes.expect_base(change, 0 if standing is None else standing.item.version)
    new = proof_findings(change.item, list(publication.in_force(now)))
    if new:
        raise Conflict(f"目录已有变化,现在批准会带来:{new[0].message}")
