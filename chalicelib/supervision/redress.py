"""A bad rating or an objection as a case of its own: verified, put right, answered, called back.

One rating a case and a visit (GB/T 39734-2020); grades 4 and 5 of five are bad. The steps and their
limits are [D], after what other places do (verification started within a working day, rectification
within fifteen, every bad rating called back), and belong to the district's settings.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import midnight
from chalicelib.core.errors import InvalidInput, OutOfTurn
from chalicelib.core.time import from_text, to_text
from chalicelib.hall import visits
from chalicelib.supervision.measures import ONLINE, Cell, Counts
from chalicelib.supervision.model import Entry

BAD_FROM: Final = 4
"""GB/T 39046: 1 非常满意 … 5 非常不满意; 4 and 5 are bad ratings."""

MOST_ROUNDS: Final = 2
"""Called back unsatisfied, a case is put right once more; then the office decides."""


class Kind(StrEnum):
    """What the applicant said."""

    RATING = "rating"
    OBJECTION = "objection"


class State(StrEnum):
    """What the case waits for."""

    VERIFY = "verify"
    RECTIFY = "rectify"
    ANSWER = "answer"
    CALL_BACK = "call_back"
    CLOSED = "closed"


STATE_NAMES: Final[Mapping[State, str]] = {
    State.VERIFY: "待核实",
    State.RECTIFY: "待整改",
    State.ANSWER: "待答复",
    State.CALL_BACK: "待回访",
    State.CLOSED: "已办结",
}


@dataclass(frozen=True, slots=True)
class Limits:
    """Working days for each step. [D]"""

    verify_rating: int = 1
    verify_objection: int = 5
    rectify: int = 15
    answer: int = 2
    call_back: int = 5

    def of(self, kind: Kind, state: State) -> int:
        if state is State.VERIFY:
            return self.verify_rating if kind is Kind.RATING else self.verify_objection
        return {
            State.RECTIFY: self.rectify,
            State.ANSWER: self.answer,
            State.CALL_BACK: self.call_back,
        }[state]


DEFAULT_LIMITS: Final = Limits()


@dataclass(frozen=True, slots=True)
class Redress:
    """One bad rating or objection. `due_at` is when the present step must be done.

    What the person wrote stays in the log of the case or the visit; `event` says where.
    """

    subject: str
    kind: Kind
    event: str
    opened_at: datetime
    organisation: str
    due_at: datetime
    point: str = ""
    item_code: str = ""
    item_name: str = ""
    grade: int | None = None
    state: State = State.VERIFY
    founded: bool | None = None
    satisfied: bool | None = None
    rounds: int = 1
    history: tuple[Entry, ...] = ()
    version: int = 1

    @property
    def id(self) -> str:
        """The same for whoever opens it again: one a rating, one an objection."""
        return identifier_of(self.kind, self.event)

    @property
    def visit(self) -> str | None:
        """The visit it is about, None where it is about a case."""
        about_visit = self.subject.startswith(visits.SUBJECT)
        return self.subject.removeprefix(visits.SUBJECT) if about_visit else None

    @property
    def case_no(self) -> str | None:
        """The case it is about, None where it is about a visit."""
        return self.subject if self.visit is None else None

    @property
    def open(self) -> bool:
        return self.state is not State.CLOSED

    def verify(self, founded: bool, text: str, step: Step) -> Redress:
        """The supervision's finding: founded goes to the unit to put right, unfounded to answer."""
        self._at(State.VERIFY)
        after = State.RECTIFY if founded else State.ANSWER
        return self._moved("verified", text, step, after, founded=founded)

    def rectify(self, text: str, step: Step) -> Redress:
        """The unit has put it right."""
        self._at(State.RECTIFY)
        return self._moved("rectified", text, step, State.ANSWER)

    def answer(self, text: str, step: Step) -> Redress:
        """The unit has told the applicant what was found and done."""
        self._at(State.ANSWER)
        return self._moved("answered", text, step, State.CALL_BACK)

    def call_back(self, satisfied: bool, text: str, step: Step) -> Redress:
        """The supervision asked the applicant. Unsatisfied, a founded case is put right again."""
        self._at(State.CALL_BACK)
        again = not satisfied and bool(self.founded) and self.rounds < MOST_ROUNDS
        if again:
            return self._moved(
                "called_back", text, step, State.RECTIFY, satisfied=False, rounds=self.rounds + 1
            )
        return self._moved("called_back", text, step, State.CLOSED, satisfied=satisfied)

    def overdue_noted(self, now: datetime) -> Redress:
        """That the present step was not done in time stands in the record once."""
        entry = Entry(now, self.overdue_mark, "system", text=f"{STATE_NAMES[self.state]}超过时限")
        return replace(self, history=(*self.history, entry), version=self.version + 1)

    @property
    def overdue_mark(self) -> str:
        return f"overdue:{self.state.value}:{self.rounds}"

    @property
    def overdue_known(self) -> bool:
        return any(entry.act == self.overdue_mark for entry in self.history)

    def _at(self, state: State) -> None:
        if self.state is not state:
            raise OutOfTurn(f"现在{STATE_NAMES[self.state]},不能办理此操作")

    def _moved(self, act: str, text: str, step: Step, after: State, **changes: Any) -> Redress:
        if not text.strip():
            raise InvalidInput.at("/text", "请写明情况")
        entry = replace(step.by, act=act, text=text.strip())
        return replace(
            self,
            **changes,
            state=after,
            due_at=self.due_at if after is State.CLOSED else step.due(self.kind, after),
            history=(*self.history, entry),
            version=self.version + 1,
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "subject": self.subject,
            "kind": self.kind.value,
            "event": self.event,
            "opened_at": to_text(self.opened_at),
            "organisation": self.organisation,
            "due_at": to_text(self.due_at),
            "point": self.point,
            "item_code": self.item_code,
            "item_name": self.item_name,
            "grade": self.grade,
            "state": self.state.value,
            "founded": self.founded,
            "satisfied": self.satisfied,
            "rounds": self.rounds,
            "history": [entry.to_dict() for entry in self.history],
            "version": self.version,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Redress:
        return cls(
            subject=raw["subject"],
            kind=Kind(raw["kind"]),
            event=raw["event"],
            opened_at=from_text(raw["opened_at"]),
            organisation=raw["organisation"],
            due_at=from_text(raw["due_at"]),
            point=raw.get("point", ""),
            item_code=raw.get("item_code", ""),
            item_name=raw.get("item_name", ""),
            grade=raw.get("grade"),
            state=State(raw["state"]),
            founded=raw.get("founded"),
            satisfied=raw.get("satisfied"),
            rounds=raw.get("rounds", 1),
            history=tuple(Entry.from_dict(entry) for entry in raw.get("history", [])),
            version=raw.get("version", 1),
        )


@dataclass(frozen=True, slots=True)
class Step:
    """Who acts and when, with what due dates are reckoned from."""

    by: Entry
    calendar: WorkingCalendar
    limits: Limits = DEFAULT_LIMITS

    def due(self, kind: Kind, state: State) -> datetime:
        """24:00 of the last working day for a step that begins now."""
        days = self.limits.of(kind, state)
        last = self.calendar.add_working_days(self.by.at.date(), days)
        return midnight(last + timedelta(days=1))


def kind_of(event_type: str, grade: int | None) -> Kind | None:
    """What an event opens a case of: a rating of 4 or 5, or an objection; None for any other."""
    kind = _KINDS.get(event_type)
    good = kind is Kind.RATING and (grade is None or grade < BAD_FROM)
    return None if good else kind


def identifier_of(kind: Kind, event: str) -> str:
    """The identifier of the case that an event opens, known without asking the table."""
    return hashlib.sha256(f"{kind}|{event}".encode()).hexdigest()[:24]


def opened_by(
    event: Mapping[str, Any], calendar: WorkingCalendar, limits: Limits = DEFAULT_LIMITS
) -> Redress | None:
    """The case that a bus event opens, or None: a rating of 4 or 5, or an objection."""
    grade = event["data"].get("grade")
    kind = kind_of(event["type"], grade)
    if kind is None:
        return None
    about, at = event.get("facts") or {}, from_text(event["at"])
    step = Step(Entry(at, "opened", "system"), calendar, limits)
    return Redress(
        subject=event["subject"],
        kind=kind,
        event=event["id"],
        opened_at=at,
        organisation=about.get("body") or "",
        due_at=step.due(kind, State.VERIFY),
        point=about.get("origin") or "",
        item_code=about.get("item_code") or "",
        item_name=about.get("item_name") or "",
        grade=grade,
    )


_KINDS: Final[Mapping[str, Kind]] = {
    "case.rated": Kind.RATING,
    "visit.rated": Kind.RATING,
    "case.objected": Kind.OBJECTION,
    "visit.objected": Kind.OBJECTION,
}


def counts(redress: Redress) -> Counts:
    """What it adds to the figures, all in the month in which it was opened.

    That it was opened is not counted here: the bad rating or the objection is, with its case.
    """
    month = f"{redress.opened_at.month:02d}"
    late = any(entry.act.startswith("overdue") for entry in redress.history)
    counter = Counter(
        {
            f"{month}.redress_closed": int(not redress.open),
            f"{month}.redress_founded": int(bool(redress.founded)),
            f"{month}.redress_late": int(late),
        }
    )
    cell = Cell(
        redress.opened_at.year,
        redress.organisation or "-",
        redress.point or ONLINE,
        redress.item_code or "-",
    )
    kept = Counter({name: number for name, number in counter.items() if number})
    return {cell: kept} if kept else {}
