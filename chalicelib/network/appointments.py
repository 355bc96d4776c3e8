"""Use cases of chief representatives: appointment, stand-in, end (clause 7).

A body's register and its event are written together, on the condition that the person appointed
still is posted where they were read: nobody is appointed in the moment in which they leave.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import date
from typing import Any

from chalicelib.core.errors import InvalidInput, StaleVersion
from chalicelib.network import service, store
from chalicelib.network.change import Change
from chalicelib.network.chiefs import Appointment, ChiefRegister, StandIn, check_signer
from chalicelib.network.commands import Command, once
from chalicelib.network.postings import Posting


def appoint(
    command: Command,
    organisation: str,
    *,
    account: str,
    since: date,
    until: date | None,
    items: frozenset[str] | None,
    document: str,
    expected: str | None = None,
) -> ChiefRegister:
    """Give a body's signing power to a posted person, from a day on (clause 7)."""

    def act(change: Change, old: ChiefRegister) -> tuple[ChiefRegister, str, dict[str, Any]]:
        if since < command.today:
            raise InvalidInput.at("/since", "任命不能从过去的日期开始")
        _check_signer(change, account, organisation, since, standing_in=False)
        appointment = Appointment(uuid.uuid4().hex, account, since, until, items, document)
        data = {
            "appointment": appointment.id,
            "account": account,
            "since": since.isoformat(),
            "until": until.isoformat() if until else None,
        }
        return old.appoint(appointment), "chief_representative.appointed", data

    return _act(command, organisation, act, expected)


def end(
    command: Command,
    organisation: str,
    appointment: str,
    last_day: date,
    expected: str | None = None,
) -> ChiefRegister:
    """End an appointment on a day, today at the earliest: what was signed stays signed."""

    def act(_change: Change, old: ChiefRegister) -> tuple[ChiefRegister, str, dict[str, Any]]:
        if last_day < command.today:
            raise InvalidInput.at("/last_day", "任命不能在过去的日期结束")
        data = {"appointment": appointment, "last_day": last_day.isoformat()}
        return old.end(appointment, last_day), "chief_representative.ended", data

    return _act(command, organisation, act, expected)


def name_stand_in(
    command: Command,
    organisation: str,
    appointment: str,
    stand_in: StandIn,
    expected: str | None = None,
) -> ChiefRegister:
    """Name who signs in a chief representative's place for some days."""

    def act(change: Change, old: ChiefRegister) -> tuple[ChiefRegister, str, dict[str, Any]]:
        if stand_in.since < command.today:
            raise InvalidInput.at("/since", "代理不能从过去的日期开始")
        _check_signer(change, stand_in.account, organisation, stand_in.since, standing_in=True)
        data = {
            "appointment": appointment,
            "account": stand_in.account,
            "since": stand_in.since.isoformat(),
            "until": stand_in.until.isoformat(),
        }
        named = old.name_stand_in(appointment, stand_in)
        return named, "chief_representative.stand_in_named", data

    return _act(command, organisation, act, expected)


def release(command: Command, change: Change, posting: Posting, last_day: date) -> None:
    """Cut what a person signs after the last day of their posting, in the same transaction."""
    old = store.read_chiefs(posting.organisation)
    new = old.release(posting.account, last_day)
    if new.version == old.version:
        return
    data = {"account": posting.account, "last_day": last_day.isoformat()}
    _record(command, change, new, "chief_representative.released", data)


def posting_of(account: str) -> Posting | None:
    """Where an account is posted now, if anywhere."""
    seat = store.read_seat(account)
    return store.read_posting(seat.posting) if seat.posting else None


def _act(
    command: Command,
    organisation: str,
    act: Callable[[Change, ChiefRegister], tuple[ChiefRegister, str, dict[str, Any]]],
    expected: str | None,
) -> ChiefRegister:

    def decide(change: Change) -> ChiefRegister:
        network = service.network()
        command.require(network, organisation)
        network.organisation(organisation)
        old = store.read_chiefs(organisation)
        if expected not in (None, "*", str(old.version)):
            raise StaleVersion("内容已被他人更新,请刷新后重试")
        new, kind, data = act(change, old)
        _record(command, change, new, kind, data)
        return new

    return once(command, decide, ChiefRegister)


def _record(
    command: Command, change: Change, register: ChiefRegister, kind: str, data: dict[str, Any]
) -> None:
    change.chiefs(register)
    subject = store.chiefs_pk(register.organisation)
    change.event(command.event(subject, register.version, kind, data))


def _check_signer(
    change: Change, account: str, organisation: str, on: date, *, standing_in: bool
) -> None:
    seat = store.read_seat(account)
    posting = store.read_posting(seat.posting) if seat.posting else None
    check_signer(posting, organisation, on, standing_in)
    change.require_seat(seat)
