"""Whether the powers that a token claims still stand today (clauses 7, 14 and 16).

A token says for an hour or a day what its issuer knew when it was made. What ends powers is known
here: a posting that ended or moved to another point, a stand-in whose days are over, an appointment
that ran out, a law-enforcement certificate that expired. So every request of posted staff is held
against the network as it is now, by the deployment's own date.

One organisation's people and signers are two reads, kept for a minute in a process and shared by all
its staff; days are compared anew each time, so what ends by date ends at midnight and not a minute
later. Whoever is sent back is refused within the minute, though the record's last day is that day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import lru_cache
from time import monotonic

from chalicelib.core.principal import (
    ACCEPTOR,
    CHIEF_REPRESENTATIVE,
    REVIEWER,
    STATION_CLERK,
    WINDOW_CLERK,
    Principal,
)
from chalicelib.core.time import SHANGHAI
from chalicelib.network import store
from chalicelib.network.chiefs import ChiefRegister
from chalicelib.network.postings import Posting
from chalicelib.network.qualification import QUALIFIED_WORK, Work

FRESH_SECONDS = 60
ORGANISATIONS_KEPT = 64

WORK_OF: Mapping[str, Work] = {
    STATION_CLERK: Work.STATION,
    WINDOW_CLERK: Work.WINDOW,
    ACCEPTOR: Work.ACCEPTANCE,
    REVIEWER: Work.REVIEW,
}
"""The work that backs a role. A chief representative's is backed by the appointment besides."""

POSTED_ROLES = frozenset({*WORK_OF, CHIEF_REPRESENTATIVE})


@dataclass(frozen=True, slots=True)
class People:
    """An organisation's people at the points, by account, and its register of signers.

    `helping` are the postings for which an account stands in on some days, by that account.
    """

    posted: Mapping[str, tuple[Posting, ...]]
    helping: Mapping[str, tuple[Posting, ...]]
    chiefs: ChiefRegister

    @classmethod
    def of(cls, postings: tuple[Posting, ...], chiefs: ChiefRegister) -> People:
        posted: dict[str, list[Posting]] = {}
        helping: dict[str, list[Posting]] = {}
        for posting in postings:
            posted.setdefault(posting.account, []).append(posting)
            for account in {substitute.account for substitute in posting.substitutes}:
                helping.setdefault(account, []).append(posting)
        return cls(
            {account: tuple(each) for account, each in posted.items()},
            {account: tuple(each) for account, each in helping.items()},
            chiefs,
        )


def fallen(principal: Principal, people: People, today: date) -> dict[str, str]:
    """The roles of a person that do not stand on a day, each with the reason; pure."""
    claimed = principal.roles & POSTED_ROLES
    present = [p for p in people.posted.get(principal.account, ()) if p.active_on(today)]
    if not present:
        return dict.fromkeys(claimed, "本人的派驻已结束或尚未开始,不能再以该身份办理")
    here = [p for p in present if principal.point in (None, p.point)]
    if not here:
        return dict.fromkeys(claimed, "本人已不在该网点派驻,请重新登录")
    reasons: dict[str, str] = {}
    for role in claimed:
        reason = _lacking(role, principal.account, here[0], people, today)
        if reason is not None:
            reasons[role] = reason
    return reasons


def _lacking(role: str, account: str, posting: Posting, people: People, today: date) -> str | None:
    """What keeps one role from standing, or None."""
    if role == CHIEF_REPRESENTATIVE:
        if not _appointed(people.chiefs, account, today):
            return "本人今天没有有效的首席代表任命或代理"
    elif WORK_OF[role] not in _work(account, posting, people, today):
        return "本人的派驻不包括这项工作"
    if role == CHIEF_REPRESENTATIVE or WORK_OF[role] in QUALIFIED_WORK:
        lacking = posting.qualification.shortcomings(today)
        if lacking:
            return "；".join(each.message for each in lacking)
    return None


def _work(account: str, posting: Posting, people: People, today: date) -> frozenset[Work]:
    """A person's own work, and that of those for whom they stand in today."""
    stood_in_for = (
        each.work
        for each in people.helping.get(account, ())
        if each.active_on(today) and each.worker_on(today) == account
    )
    return posting.work.union(*stood_in_for)


def _appointed(chiefs: ChiefRegister, account: str, today: date) -> bool:
    """Whether a person is the body's representative today, or stands in for them."""
    appointment = chiefs.on(today)
    return appointment is not None and account in (appointment.account, appointment.signer(today))


def fallen_now(principal: Principal, now: datetime) -> Mapping[str, str]:
    """The roles of a caller that do not stand now, with the reasons. None for who is not posted.

    At most two reads a minute for each organisation in a process.
    """
    if not principal.roles & POSTED_ROLES:
        return {}
    if principal.organisation is None:
        return dict.fromkeys(principal.roles & POSTED_ROLES, "账号没有所属单位")
    people = _people(principal.organisation, int(monotonic() // FRESH_SECONDS))
    return fallen(principal, people, now.astimezone(SHANGHAI).date())


@lru_cache(maxsize=ORGANISATIONS_KEPT)
def _people(organisation: str, _minute: int) -> People:
    return People.of(store.posted_by(organisation), store.read_chiefs(organisation))


def forget() -> None:
    """Read everybody again at the next question: after a change in this process, and in tests."""
    _people.cache_clear()


def on_record(account: str, today: date) -> Principal | None:
    """An account with the roles that its posting and appointment back today; None if not posted.

    What the network knows of a person, whatever their token says: for whoever explains their powers.
    """
    seat = store.read_seat(account)
    posting = store.read_posting(seat.posting) if seat.posting else None
    if posting is None:
        return None
    people = _people(posting.organisation, int(monotonic() // FRESH_SECONDS))
    claimed = Principal(account, "", POSTED_ROLES, posting.organisation, posting.point)
    return replace(claimed, roles=POSTED_ROLES - fallen(claimed, people, today).keys())
