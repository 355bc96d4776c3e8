"""What a case's clocks are computed from: limits, days on which things happened, interruptions.

The ledger is facts only. It sits inside the head of a case, so its JSON form is small and leaves
out whatever is not there. Due dates, alerts and colours are derived from it in
`chalicelib.core.deadlines`; nothing else in the code adds days.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.errors import Conflict, InvalidInput
from chalicelib.core.limits import (
    ACCEPTANCE_LIMIT,
    DELIVERY_LIMIT,
    ClockKind,
    Limit,
    Origin,
    OriginatedLimit,
    ReceiptPolicy,
    SuspensionKind,
    Unit,
    kind_of,
    step_clock,
)
from chalicelib.core.time import SHANGHAI, from_text, to_text

OFFICE_CLOSES = time(17, 30)
"""[D] After this a submission under `NEXT_WORKDAY` counts for the next working day."""


@dataclass(frozen=True, slots=True)
class Suspension:
    """An interruption. `started_on` is still counted, `ended_on` (result received) is not.

    So (started_on, ended_on] is excluded and the remaining days resume the day after `ended_on`.
    """

    id: str
    kind: SuspensionKind
    started_on: date
    ended_on: date | None = None

    def __post_init__(self) -> None:
        if self.ended_on is not None and self.ended_on < self.started_on:
            raise ValueError(f"suspension {self.id} ends before it starts")


@dataclass(frozen=True, slots=True)
class Correction:
    """A 补正告知 and the day the supplement came in, once it has."""

    noticed_on: date
    supplemented_on: date | None = None


@dataclass(frozen=True, slots=True)
class Extension:
    """An extension of the statutory limit: once, approved before expiry (行政许可法 42)."""

    limit: Limit
    approved_on: date


@dataclass(frozen=True, slots=True)
class StepClock:
    """The clock of one step, such as a hearing's twenty days (行政许可法 46-48).

    `suspendable` says whether the procedures that stop the case's clocks stop this one as well.
    """

    name: str
    limit: Limit
    started_on: date
    ended_on: date | None = None
    suspendable: bool = False


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that the clocks of one case depend on, besides the calendar.

    `accepted_on` is the receipt date where acceptance is deemed (`deemed_on` is then the day whose
    00:00 brought it). `ended_on` is the day of closure, rejection, withdrawal or voiding; `ended`
    tells a closure that completed the case from one that broke it off. `correction_freezes_promise`
    [D]: between correction notice and supplement a promise counted from receipt stands still.
    """

    received_at: datetime
    promise: OriginatedLimit
    statutory: OriginatedLimit | None = None
    acceptance: Limit | None = ACCEPTANCE_LIMIT
    delivery: Limit | None = DELIVERY_LIMIT
    receipt_policy: ReceiptPolicy = ReceiptPolicy.INSTANT
    office_closes: time = OFFICE_CLOSES
    correction_freezes_promise: bool = True
    accepted_on: date | None = None
    deemed_on: date | None = None
    decided_on: date | None = None
    ended_on: date | None = None
    corrections: tuple[Correction, ...] = ()
    suspensions: tuple[Suspension, ...] = ()
    extension: Extension | None = None
    steps: tuple[StepClock, ...] = ()

    @property
    def arrived_on(self) -> date:
        """The Asia/Shanghai date of the submission, before any receipt policy."""
        return self.received_at.astimezone(SHANGHAI).date()

    def receipt_day(self, calendar: WorkingCalendar) -> date:
        """The day on which the submission counts as received, under its receipt policy.

        Out of hours is a day off, or past `office_closes`. A limit counted from receipt starts the
        day after (民法典 201), so at INSTANT 09:00 and 23:59 give the same due date.
        """
        local = self.received_at.astimezone(SHANGHAI)
        day = local.date()
        if self.receipt_policy is ReceiptPolicy.INSTANT:
            return day
        if calendar.is_working(day) and local.time() <= self.office_closes:
            return day
        return calendar.add_working_days(day, 1)

    def filing_day(self, calendar: WorkingCalendar) -> date | None:
        """The day the application was complete: the last supplement's, else the receipt day.

        None while a supplement is awaited. The acceptance clock runs from it, silence accepts as of
        it, and so does a statutory limit counted from receipt (a legal clock does not begin before
        what was asked for is in).
        """
        if self.corrections:
            return self.corrections[-1].supplemented_on
        return self.receipt_day(calendar)

    @property
    def awaiting_supplement(self) -> bool:
        """Whether a correction notice is out and its supplement is not in."""
        return bool(self.corrections) and self.corrections[-1].supplemented_on is None

    @property
    def open_suspension(self) -> Suspension | None:
        """The latest open procedure that stops the clocks, if there is one."""
        for suspension in reversed(self.suspensions):
            if suspension.ended_on is None and suspension.kind.excludes_clock:
                return suspension
        return None

    # --- what may happen to it: each answers the ledger afterwards --------------------------------

    def accept(self, on: date) -> Ledger:
        """Accepted expressly on that day. Raises Conflict where it is accepted or ended."""
        self._require_open()
        if self.accepted_on is not None:
            raise Conflict("本件已经受理")
        return replace(self, accepted_on=on)

    def accept_by_silence(self, receipt: date, on: date) -> Ledger:
        """Deemed accepted as of `receipt`, by the expiry that 00:00 of `on` completed (32(4))."""
        return replace(self.accept(receipt), deemed_on=on)

    def request_correction(self, on: date) -> Ledger:
        """A correction notice went out. Raises Conflict where one is already out."""
        self._require_open()
        if self.accepted_on is not None:
            raise Conflict("本件已经受理,不能再发补正告知")
        if self.awaiting_supplement:
            raise Conflict("补正告知已经发出,尚未补正")
        return replace(self, corrections=(*self.corrections, Correction(on)))

    def supplement(self, on: date) -> Ledger:
        """The supplement came in. Raises Conflict where none is awaited."""
        self._require_open()
        if not self.awaiting_supplement:
            raise Conflict("没有待补正的告知")
        *earlier, last = self.corrections
        if on < last.noticed_on:
            raise InvalidInput("补正日期早于补正告知日期")
        return replace(self, corrections=(*earlier, replace(last, supplemented_on=on)))

    def suspend(self, identity: str, kind: SuspensionKind, on: date) -> Ledger:
        """A procedure began. Raises Conflict for an identity already used."""
        self._require_open()
        if any(known.id == identity for known in self.suspensions):
            raise Conflict(f"程序 {identity} 已经登记")
        return replace(self, suspensions=(*self.suspensions, Suspension(identity, kind, on)))

    def resume(self, identity: str, on: date) -> Ledger:
        """The procedure's result came in. Raises Conflict where it is not open."""
        self._require_open()
        for at, known in enumerate(self.suspensions):
            if known.id == identity and known.ended_on is None:
                if on < known.started_on:
                    raise InvalidInput("程序结束日期早于开始日期")
                done = replace(known, ended_on=on)
                changed = (*self.suspensions[:at], done, *self.suspensions[at + 1 :])
                return replace(self, suspensions=changed)
        raise Conflict(f"程序 {identity} 没有在办")

    def extend(self, limit: Limit, on: date) -> Ledger:
        """The statutory limit is extended. Raises Conflict for a second time, or without one.

        That `on` is no later than the unextended due date depends on the calendar:
        `chalicelib.core.deadlines.may_extend`.
        """
        self._require_open()
        if self.statutory is None:
            raise Conflict("本件没有法定期限,不能延长")
        if self.extension is not None:
            raise Conflict("办理期限只能延长一次")
        return replace(self, extension=Extension(limit, on))

    def start_step(self, step: StepClock) -> Ledger:
        """A step's clock starts. Raises Conflict where a step of that name is running."""
        self._require_open()
        if any(known.name == step.name and known.ended_on is None for known in self.steps):
            raise Conflict(f"环节 {step.name} 已在计时")
        others = tuple(known for known in self.steps if known.name != step.name)
        return replace(self, steps=(*others, step))

    def end_step(self, name: str, on: date) -> Ledger:
        """The step is done. Raises Conflict where it is not running."""
        for at, known in enumerate(self.steps):
            if known.name == name and known.ended_on is None:
                done = replace(known, ended_on=on)
                return replace(self, steps=(*self.steps[:at], done, *self.steps[at + 1 :]))
        raise Conflict(f"环节 {name} 没有在计时")

    def decide(self, on: date) -> Ledger:
        """Granted or refused: the promise and the statutory clock end, delivery begins."""
        self._require_open()
        if self.decided_on is not None:
            raise Conflict("本件已经作出决定")
        return replace(self, decided_on=on)

    def end(self, on: date) -> Ledger:
        """Closed, rejected, withdrawn or voided: every clock stands still from here on."""
        self._require_open()
        return replace(self, ended_on=on)

    def _require_open(self) -> None:
        if self.ended_on is not None:
            raise Conflict("本件已经结束")

    # --- JSON -------------------------------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Compact JSON in a fixed order; what is at its default is left out."""
        pairs: dict[str, Any] = {
            "received": to_text(self.received_at),
            "promise": _encode_originated(self.promise),
            "statutory": _encode_originated(self.statutory) if self.statutory else None,
            "accepted": _day(self.accepted_on),
            "deemed": _day(self.deemed_on),
            "decided": _day(self.decided_on),
            "ended": _day(self.ended_on),
        }
        if self.acceptance != ACCEPTANCE_LIMIT:
            pairs["acceptance"] = self.acceptance.encode() if self.acceptance else ""
        if self.delivery != DELIVERY_LIMIT:
            pairs["delivery"] = self.delivery.encode() if self.delivery else ""
        if self.receipt_policy is not ReceiptPolicy.INSTANT:
            pairs["next_workday_after"] = self.office_closes.isoformat("minutes")
        if not self.correction_freezes_promise:
            pairs["promise_runs_on"] = True
        pairs["corrections"] = [
            _days(correction.noticed_on, correction.supplemented_on)
            for correction in self.corrections
        ]
        pairs["suspensions"] = [
            [known.id, str(known.kind), *_days(known.started_on, known.ended_on)]
            for known in self.suspensions
        ]
        if self.extension:
            approved = self.extension.approved_on.isoformat()
            pairs["extension"] = [self.extension.limit.encode(), approved]
        pairs["steps"] = [_encode_step(step) for step in self.steps]
        return {key: value for key, value in pairs.items() if value not in (None, [])}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Ledger:
        """What `to_dict` wrote."""
        closes = raw.get("next_workday_after")
        extension = raw.get("extension")
        return cls(
            received_at=from_text(raw["received"]),
            promise=_decode_originated(raw["promise"]),
            statutory=_decode_originated(raw["statutory"]) if "statutory" in raw else None,
            acceptance=_decode_limit(raw.get("acceptance"), ACCEPTANCE_LIMIT),
            delivery=_decode_limit(raw.get("delivery"), DELIVERY_LIMIT),
            receipt_policy=ReceiptPolicy.NEXT_WORKDAY if closes else ReceiptPolicy.INSTANT,
            office_closes=time.fromisoformat(closes) if closes else OFFICE_CLOSES,
            correction_freezes_promise=not raw.get("promise_runs_on", False),
            accepted_on=_date(raw.get("accepted")),
            deemed_on=_date(raw.get("deemed")),
            decided_on=_date(raw.get("decided")),
            ended_on=_date(raw.get("ended")),
            corrections=tuple(
                Correction(*map(date.fromisoformat, days)) for days in raw.get("corrections", ())
            ),
            suspensions=tuple(
                Suspension(identity, SuspensionKind(kind), *map(date.fromisoformat, days))
                for identity, kind, *days in raw.get("suspensions", ())
            ),
            extension=Extension(Limit.decode(extension[0]), date.fromisoformat(extension[1]))
            if extension
            else None,
            steps=tuple(map(_decode_step, raw.get("steps", ()))),
        )


def _encode_originated(limit: OriginatedLimit) -> str:
    return f"{limit.limit.encode()}@{limit.origin}"


def _decode_originated(text: str) -> OriginatedLimit:
    limit, _, origin = text.partition("@")
    return OriginatedLimit(Limit.decode(limit), Origin(origin))


def _decode_limit(text: str | None, default: Limit) -> Limit | None:
    if text is None:
        return default
    return Limit.decode(text) if text else None


def _encode_step(step: StepClock) -> list[str]:
    tail = ["stops"] if step.suspendable else []
    return [step.name, step.limit.encode(), *tail, *_days(step.started_on, step.ended_on)]


def _decode_step(raw: Sequence[str]) -> StepClock:
    name, limit, *days = raw
    suspendable = days[0] == "stops"
    started, *ended = (date.fromisoformat(day) for day in days[suspendable:])
    return StepClock(name, Limit.decode(limit), started, ended[0] if ended else None, suspendable)


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _days(start: date, end: date | None) -> list[str]:
    return [start.isoformat(), end.isoformat()] if end else [start.isoformat()]


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


__all__ = [
    "ACCEPTANCE_LIMIT",
    "DELIVERY_LIMIT",
    "OFFICE_CLOSES",
    "ClockKind",
    "Correction",
    "Extension",
    "Ledger",
    "Limit",
    "Origin",
    "OriginatedLimit",
    "ReceiptPolicy",
    "StepClock",
    "Suspension",
    "SuspensionKind",
    "Unit",
    "kind_of",
    "step_clock",
]
