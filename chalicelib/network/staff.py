"""Use cases of postings under dual management (clauses 14 and 16).

A posting, the account's seat, the body's register of signers and all their events are written in
one transaction, so a person whose posting ends cannot go on signing.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from chalicelib.core.errors import Conflict, InvalidInput, NotFound, StaleVersion
from chalicelib.network import appointments, posting_acts, service, store
from chalicelib.network.change import Change
from chalicelib.network.commands import Command, once
from chalicelib.network.posting_acts import Step
from chalicelib.network.postings import Posting, Substitute, Transfer
from chalicelib.network.qualification import QUALIFIED_WORK, Qualification, Work


def read_posting(posting: str) -> Posting:
    """One posting. Raises NotFound."""
    found = store.read_posting(posting)
    if found is None:
        raise NotFound("没有这项派驻")
    return found


def post(
    command: Command,
    *,
    account: str,
    organisation: str,
    point: str,
    work: frozenset[Work],
    since: date,
    qualification: Qualification,
) -> Posting:
    """Post a person to a point. Raises InvalidInput, or Conflict where they are posted already."""

    def decide(change: Change) -> Posting:
        network = service.network()
        command.require(network)
        if organisation not in network.organisations:
            raise InvalidInput.at("/organisation", f"没有机构“{organisation}”")
        if point not in network.points:
            raise InvalidInput.at("/point", f"没有网点“{point}”")
        seat = store.read_seat(account)
        present = store.read_posting(seat.posting) if seat.posting else None
        if present is not None and present.active_on(since):
            raise Conflict("该人员已在派驻,须先调整或结束原派驻")
        posting = Posting(
            id=uuid.uuid4().hex,
            account=account,
            organisation=organisation,
            point=point,
            work=work,
            since=since,
            qualification=qualification,
        )
        step = posting_acts.post(posting)
        _record(command, change, step)
        change.seat(replace(seat, posting=posting.id, version=seat.version + 1))
        return step.posting

    return once(command, decide, Posting)


def request_transfer(
    command: Command,
    posting: str,
    *,
    effective_on: date,
    reason: str,
    to_point: str | None,
    exception: str,
) -> Posting:
    """The department asks to move its person; the centre has to consent before the day."""

    def act(old: Posting) -> Step:
        if to_point is not None and to_point not in service.network().points:
            raise InvalidInput.at("/to_point", f"没有网点“{to_point}”")
        transfer = Transfer(
            effective_on=effective_on,
            reason=reason,
            requested_by=command.principal.account,
            to_point=to_point,
            exception=exception,
        )
        return posting_acts.request_transfer(old, transfer, command.today)

    return _act(command, posting, act)


def decide_transfer(command: Command, posting: str, *, consent: bool, comment: str) -> Posting:
    """The centre consents or refuses. Consent also ends what the person signs, on the same day."""

    def act(old: Posting) -> Step:
        who = command.principal.account
        return posting_acts.decide_transfer(old, consent, who, comment, command.today)

    return _act(command, posting, act)


def send_back(command: Command, posting: str, *, reason: str) -> Posting:
    """The centre returns an unfit person to the department; today is the last day."""

    def act(old: Posting) -> Step:
        return posting_acts.send_back(old, reason, command.today)

    return _act(command, posting, act)


def name_substitute(command: Command, posting: str, substitute: Substitute) -> Posting:
    """Somebody posted by the same department does the work for some days."""

    def act(old: Posting) -> Step:
        other = appointments.posting_of(substitute.account)
        if other is None or other.organisation != old.organisation:
            raise InvalidInput.at("/account", "顶岗人员应由同一单位派驻")
        if Work.SIGN_OFF in old.work:
            raise InvalidInput.at("/account", "首席代表须按授权指定代理人,不能顶岗")
        lacking = other.qualification.shortcomings(substitute.since)
        if old.work & QUALIFIED_WORK and lacking:
            raise InvalidInput.at("/account", "；".join(each.message for each in lacking))
        return posting_acts.name_substitute(old, substitute, command.today)

    return _act(command, posting, act)


def renew_qualification(command: Command, posting: str, qualification: Qualification) -> Posting:
    """Record a renewed law-enforcement certificate."""
    return _act(
        command,
        posting,
        lambda old: posting_acts.renew_qualification(old, qualification, command.today),
    )


def recommend(
    command: Command, posting: str, excellent_years: frozenset[int], document: str
) -> Posting:
    """Recommend a person excellent two years in a row; the years come from the appraisal."""
    return _act(
        command, posting, lambda old: posting_acts.recommend(old, excellent_years, document)
    )


def complete_due(command: Command) -> int:
    """Record what fell due by today on any posting; how much. Another run finds nothing left.

    Raises Forbidden unless the table lets the caller keep postings.
    """
    command.require()
    done = 0
    for posting in store.postings_due(command.today):
        present = store.read_posting(posting)
        while present is not None:
            step = posting_acts.fall_due(present, command.today)
            if step is None:
                break
            change = Change()
            _record(command, change, step)
            if step.posting.last_day is not None:
                _empty_seat(change, step.posting)
            try:
                change.commit()
            except StaleVersion:  # somebody acted on it in this moment; the next run looks again
                break
            present = step.posting
            done += 1
    return done


def _act(command: Command, posting: str, act: Callable[[Posting], Step]) -> Posting:
    """One act on a posting in one transaction, with the signing power that ends by it."""

    def decide(change: Change) -> Posting:
        old = read_posting(posting)
        command.require(service.network(), old.organisation)
        step = act(old)
        _record(command, change, step)
        last_day = _last_day_decided(step)
        if last_day is not None:
            appointments.release(command, change, step.posting, last_day)
        if step.posting.last_day is not None:
            _empty_seat(change, step.posting)
        return step.posting

    return once(command, decide, Posting)


def _last_day_decided(step: Step) -> date | None:
    """The last day of a posting that this step decided to end."""
    if step.type == "posting.transfer_consented" and step.posting.transfer is not None:
        return step.posting.transfer.effective_on - timedelta(days=1)
    return step.posting.last_day


def _record(command: Command, change: Change, step: Step) -> None:
    posting = step.posting
    change.posting(posting)
    subject = store.posting_pk(posting.id)
    change.event(command.event(subject, posting.version, step.type, step.data))


def _empty_seat(change: Change, posting: Posting) -> None:
    seat = store.read_seat(posting.account)
    if seat.posting == posting.id:
        change.seat(replace(seat, posting=None, version=seat.version + 1))
