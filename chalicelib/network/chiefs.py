"""Chief representatives: who holds a body's signing power, on which days, for what (clause 7).

A body has one signer on any day. Its appointments do not overlap in time; while a stand-in's dates
run, the stand-in signs and the representative does not. Dates are Asia/Shanghai days, both ends
included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, NotFound
from chalicelib.network.postings import Posting
from chalicelib.network.qualification import Work

LAST_DAY = date.max
WATCHING = frozenset({Work.ENFORCEMENT, Work.SUPERVISION})


@dataclass(frozen=True, slots=True)
class StandIn:
    """Who signs in a representative's place, from `since` through `until`, and why."""

    account: str
    since: date
    until: date
    reason: str

    def covers(self, on: date) -> bool:
        return self.since <= on <= self.until


@dataclass(frozen=True, slots=True)
class Appointment:
    """A body's chief representative from `since` through `until` (None: until further notice).

    `items` limits the power to those item codes; None is every item of the body. `document` is the
    number of the letter of authorisation.
    """

    id: str
    account: str
    since: date
    until: date | None
    items: frozenset[str] | None
    document: str
    stand_ins: tuple[StandIn, ...] = ()

    @property
    def last_day(self) -> date:
        return self.until or LAST_DAY

    def covers(self, on: date) -> bool:
        return self.since <= on <= self.last_day

    def in_scope(self, item: str) -> bool:
        return self.items is None or item in self.items

    def signer(self, on: date) -> str:
        """The account that signs on a day that the appointment covers."""
        for stand_in in self.stand_ins:
            if stand_in.covers(on):
                return stand_in.account
        return self.account

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "account": self.account,
            "since": self.since.isoformat(),
            "until": self.until.isoformat() if self.until else None,
            "items": None if self.items is None else sorted(self.items),
            "document": self.document,
            "stand_ins": [
                {
                    "account": each.account,
                    "since": each.since.isoformat(),
                    "until": each.until.isoformat(),
                    "reason": each.reason,
                }
                for each in self.stand_ins
            ],
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Appointment:
        items = raw.get("items")
        return cls(
            id=raw["id"],
            account=raw["account"],
            since=date.fromisoformat(raw["since"]),
            until=date.fromisoformat(raw["until"]) if raw.get("until") else None,
            items=None if items is None else frozenset(items),
            document=raw["document"],
            stand_ins=tuple(
                StandIn(
                    account=each["account"],
                    since=date.fromisoformat(each["since"]),
                    until=date.fromisoformat(each["until"]),
                    reason=each["reason"],
                )
                for each in raw.get("stand_ins", ())
            ),
        )


@dataclass(frozen=True, slots=True)
class ChiefRegister:
    """All appointments of one body, in order of their first day. Every change is a new version."""

    organisation: str
    appointments: tuple[Appointment, ...] = ()
    version: int = 0

    def on(self, day: date) -> Appointment | None:
        """The appointment that covers `day`; there is at most one."""
        return next((each for each in self.appointments if each.covers(day)), None)

    def signer(self, day: date) -> str | None:
        """The one account that may sign for the body on `day`, whatever the item."""
        appointment = self.on(day)
        return appointment.signer(day) if appointment else None

    def power(self, account: str, item: str, on: date) -> Appointment:
        """The appointment by which `account` may sign `item` on that day.

        Raises Forbidden, saying which of the conditions of clause 7 is missing: an appointment that
        covers the day, held (or stood in for) by this account, with the item in its scope.
        """
        appointment = self.on(on)
        if appointment is None:
            raise Forbidden(f"{on.isoformat()}本单位没有在任的首席代表,不能签批")
        if appointment.signer(on) != account:
            if account == appointment.account:
                raise Forbidden("首席代表在代理期间由代理人签批")
            raise Forbidden("只有本单位在任的首席代表或其代理人可以签批")
        if not appointment.in_scope(item):
            raise Forbidden("该事项不在首席代表的授权范围内")
        return appointment

    def signers(self, item: str, on: date) -> frozenset[str]:
        """The accounts that may sign `item` on a day: one, or none."""
        appointment = self.on(on)
        if appointment is None or not appointment.in_scope(item):
            return frozenset()
        return frozenset({appointment.signer(on)})

    def appoint(self, new: Appointment) -> ChiefRegister:
        """The register with one more appointment. Raises Conflict when two would hold the power."""
        if new.until is not None and new.until < new.since:
            raise InvalidInput.at("/until", "截止日期不能早于起始日期")
        if new.items is not None and not new.items:
            raise InvalidInput.at("/items", "授权范围不能为空;授权全部事项请省略此项")
        for other in self.appointments:
            if new.since <= other.last_day and other.since <= new.last_day:
                raise Conflict(
                    f"与{other.since.isoformat()}起的任命重叠:一个单位同一时间只有一名首席代表"
                )
        return self._with((*self.appointments, new))

    def end(self, appointment: str, last_day: date) -> ChiefRegister:
        """The register in which that appointment's last day is `last_day`, with its stand-ins cut.

        Raises Conflict when the appointment would become longer or end before it began.
        """
        old = self._find(appointment)
        if last_day > old.last_day:
            raise Conflict("任命已在此日期之前结束")
        if last_day < old.since:
            raise Conflict("截止日期不能早于任命的起始日期")
        kept = tuple(
            replace(each, until=min(each.until, last_day))
            for each in old.stand_ins
            if each.since <= last_day
        )
        return self._swap(replace(old, until=last_day, stand_ins=kept))

    def name_stand_in(self, appointment: str, stand_in: StandIn) -> ChiefRegister:
        """The register with a stand-in, whose dates lie within the appointment and meet no other's.

        Raises InvalidInput or Conflict.
        """
        old = self._find(appointment)
        if stand_in.account == old.account:
            raise InvalidInput.at("/account", "代理人不能是首席代表本人")
        if not stand_in.reason.strip():
            raise InvalidInput.at("/reason", "请写明由他人代理的原因")
        if stand_in.until < stand_in.since:
            raise InvalidInput.at("/until", "截止日期不能早于起始日期")
        if stand_in.since < old.since or stand_in.until > old.last_day:
            raise InvalidInput.at("/since", "代理期间应在任命期间之内")
        for other in old.stand_ins:
            if stand_in.since <= other.until and other.since <= stand_in.until:
                raise Conflict("同一天只能有一名代理人")
        stand_ins = sorted((*old.stand_ins, stand_in), key=lambda each: each.since)
        return self._swap(replace(old, stand_ins=tuple(stand_ins)))

    def release(self, account: str, last_day: date) -> ChiefRegister:
        """The register in which `account` signs nothing after `last_day`, as when a posting ends.

        Appointments and stand-ins of the account are cut, later ones dropped. The same register,
        at the same version, where there is nothing to cut.
        """
        kept: list[Appointment] = []
        for old in self.appointments:
            own = old.account == account
            if own and old.since > last_day:
                continue
            until = min(old.last_day, last_day) if own else old.last_day
            stand_ins = tuple(
                replace(each, until=end)
                for each in old.stand_ins
                if (end := min(each.until, last_day if each.account == account else until, until))
                >= each.since
            )
            cut = old.until if until == old.last_day else until
            kept.append(replace(old, until=cut, stand_ins=stand_ins))
        return self if tuple(kept) == self.appointments else self._with(kept)

    def gaps(self, since: date, until: date) -> tuple[tuple[date, date], ...]:
        """The stretches between two days, both included, on which nobody can sign."""
        found: list[tuple[date, date]] = []
        free_from = since
        for appointment in self.appointments:
            if appointment.since > until:
                break
            if appointment.since > free_from:
                found.append((free_from, appointment.since - timedelta(days=1)))
            if appointment.last_day == LAST_DAY:
                return tuple(found)
            free_from = max(free_from, appointment.last_day + timedelta(days=1))
        if free_from <= until:
            found.append((free_from, until))
        return tuple(found)

    def _find(self, appointment: str) -> Appointment:
        for each in self.appointments:
            if each.id == appointment:
                return each
        raise NotFound("没有这项任命")

    def _swap(self, new: Appointment) -> ChiefRegister:
        return self._with(each if each.id != new.id else new for each in self.appointments)

    def _with(self, appointments: Iterable[Appointment]) -> ChiefRegister:
        ordered = tuple(sorted(appointments, key=lambda each: each.since))
        return replace(self, appointments=ordered, version=self.version + 1)

    def to_dict(self) -> dict[str, Any]:
        return {
            "organisation": self.organisation,
            "appointments": [each.to_dict() for each in self.appointments],
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> ChiefRegister:
        return cls(
            organisation=raw["organisation"],
            appointments=tuple(Appointment.from_dict(each) for each in raw["appointments"]),
            version=int(raw["version"]),
        )


def check_signer(posting: Posting | None, organisation: str, on: date, standing_in: bool) -> None:
    """Whether a posted person may be given a body's signing power from a day on (clause 7).

    A chief representative is posted by the body for sign-off alone; a stand-in is posted by it and
    does no supervision or enforcement. Both are qualified (clause 16). Raises InvalidInput at
    `/account`.
    """
    if posting is None or posting.organisation != organisation or not posting.active_on(on):
        raise InvalidInput.at("/account", "首席代表及其代理人应由本单位派驻,且在派驻期间")
    if not standing_in and Work.SIGN_OFF not in posting.work:
        raise InvalidInput.at("/account", "首席代表应专司签批")
    if posting.work & WATCHING:
        raise InvalidInput.at("/account", "承担监管、监察工作的人员不能签批")
    lacking = posting.qualification.shortcomings(on)
    if lacking:
        raise InvalidInput.at("/account", "；".join(each.message for each in lacking))
