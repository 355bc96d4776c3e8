"""What people and bodies did in a period, counted case by case so that each figure opens its cases.

Pure: a case's log gives each account that acted in it a part, and its body another. Adding up is
all that is left, and every figure keeps the numbers of the cases that it was counted from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from chalicelib.core.principal import CITIZEN, SYSTEM
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.measures import Timing
from chalicelib.supervision.model import Alarm, Level, Outcome

GOOD_UNTIL: Final = 3
"""Grades 1 to 3 of five are good (GB/T 39735)."""

_ACTS: Final[Mapping[str, str]] = {
    "case.received": "received",
    "case.accepted": "accepted",
    "case.correction_requested": "corrections",
    "case.reviewed": "reviewed",
    "case.granted": "signed",
    "case.refused": "signed",
    "case.delivered": "delivered",
}


@dataclass
class Tally:
    """Figures of one account or body, each with the cases (or alarms) under it."""

    figures: Counter[str] = field(default_factory=Counter)
    under: dict[str, list[str]] = field(default_factory=dict)

    def add(self, figure: str, subject: str, number: int = 1) -> None:
        """Count a case under a figure; a case that counts nothing does not stand under it."""
        if number:
            self.figures[figure] += number
            known = self.under.setdefault(figure, [])
            if not known or known[-1] != subject:
                known.append(subject)

    def to_dict(self) -> dict[str, Any]:
        under = {figure: sorted(set(subjects)) for figure, subjects in self.under.items()}
        return {"figures": dict(self.figures), "under": under}


@dataclass
class Ledger:
    """The tallies of a period: by account, and by body."""

    accounts: dict[str, Tally] = field(default_factory=dict)
    bodies: dict[str, Tally] = field(default_factory=dict)

    def account(self, name: str) -> Tally:
        return self.accounts.setdefault(name, Tally())

    def body(self, name: str) -> Tally:
        return self.bodies.setdefault(name, Tally())

    def add_case(self, heard: Heard, timing: Timing | None) -> None:
        """Count a closed case for its body and for everybody who acted in it."""
        moments = tuple(heard.moments())
        if not moments:
            return
        number, after = heard.subject, moments[-1].after
        body = self.body(after.body)
        people = [self.account(name) for name in sorted(_staff(heard))]
        for tally in (body, *people):
            tally.add("cases", number)
            self._add_timing(tally, number, timing)
        grade = next((e.data["grade"] for e in heard.events if e.type == "case.rated"), None)
        if grade is not None:
            for tally in (body, *people):
                tally.add("rated", number)
                tally.add("rated_good", number, int(grade <= GOOD_UNTIL))
        for moment in moments:
            event = moment.event
            act = _ACTS.get(event.type)
            if act and event.actor.role not in (SYSTEM, CITIZEN):
                self.account(event.actor.account).add(act, number)
                body.add(act, number)
            if event.type == "case.sent_back" and moment.before and moment.before.reviewer:
                self.account(moment.before.reviewer).add("sent_back", number)
                body.add("sent_back", number)

    @staticmethod
    def _add_timing(tally: Tally, number: str, timing: Timing | None) -> None:
        if timing is None:
            return
        tally.add("timed", number)
        tally.add("on_time", number, int(not timing.late))
        allowed, used = timing.promise
        tally.add("days_promised", number, allowed)
        tally.add("days_used", number, used)

    def add_alarm(self, alarm: Alarm) -> None:
        """Count a settled alarm against the unit, and against the person if it has an actor.

        Only confirmed violations count; what was explained, rectified or withdrawn does not.
        """
        unit = self.body(alarm.organisation)
        if alarm.level is not Level.WARNING:
            unit.add("cards", alarm.id)
            unit.add("answered_in_time", alarm.id, int(not alarm.did("escalated:1")))
        if alarm.outcome is not Outcome.CONFIRMED:
            return
        unit.add(f"confirmed_{alarm.level.value}", alarm.id)
        actor: Mapping[str, Any] = alarm.facts.get("actor") or {}
        if alarm.accountable and actor.get("role") not in (None, SYSTEM, CITIZEN):
            self.account(actor["account"]).add(f"confirmed_{alarm.level.value}", alarm.id)


def _staff(heard: Heard) -> set[str]:
    """Who acted in a case, the applicant and the system aside."""
    return {
        event.actor.account
        for event in heard.events
        if event.type in _ACTS and event.actor.role not in (SYSTEM, CITIZEN)
    }


def merged(tallies: Iterable[Tally]) -> Tally:
    """Several tallies as one: a substitute's acts count for the posting."""
    together = Tally()
    for tally in tallies:
        together.figures.update(tally.figures)
        for figure, subjects in tally.under.items():
            together.under.setdefault(figure, []).extend(subjects)
    return together
