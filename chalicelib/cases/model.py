"""A case 办件 as its event log tells it: the stages, the head, and how each event moves it.

`evolve` is the only way a head comes to be: from nothing by `case.received`, then event by event.
Replaying a log therefore gives the stored head byte for byte (`Case.to_state`).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.events import Event
from chalicelib.core.identifiers import CERTIFICATE_ROOT
from chalicelib.core.jsontext import compact
from chalicelib.core.ledger import Ledger, StepClock
from chalicelib.core.limits import Limit, SuspensionKind, Unit
from chalicelib.core.time import from_text, to_text


class Stage(StrEnum):
    """Where a case stands. The names are the field's: see docs/glossary.md."""

    ACCEPTANCE = "acceptance"
    CORRECTION = "correction"
    REVIEW = "review"
    SIGN_OFF = "sign_off"
    CERTIFICATE = "certificate"
    DELIVERY = "delivery"
    CLOSED = "closed"


STAGE_NAMES: Final[Mapping[Stage, str]] = {
    Stage.ACCEPTANCE: "待受理",
    Stage.CORRECTION: "待补正",
    Stage.REVIEW: "审查中",
    Stage.SIGN_OFF: "待签批",
    Stage.CERTIFICATE: "制证中",
    Stage.DELIVERY: "待送达",
    Stage.CLOSED: "已办结",
}


class Outcome(StrEnum):
    """How a case ended."""

    GRANTED = "granted"
    REFUSED = "refused"
    NOT_REQUIRED = "not_required"
    NOT_COMPETENT = "not_competent"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    VOIDED = "voided"


OUTCOME_NAMES: Final[Mapping[Outcome, str]] = {
    Outcome.GRANTED: "准予",
    Outcome.REFUSED: "不予",
    Outcome.NOT_REQUIRED: "不受理(无需办理)",
    Outcome.NOT_COMPETENT: "不予受理(不属本机关职权)",
    Outcome.WITHDRAWN: "申请人撤回",
    Outcome.RETURNED: "退件",
    Outcome.VOIDED: "作废(误录)",
}


TOLERANCE: Final = "tolerance"
HEARING_REQUEST: Final = "hearing_request"
HEARING: Final = "hearing"
"""Names of the steps that have a clock of their own."""

TOLERANCE_LIMIT: Final = Limit(5, Unit.WORKING_DAY)
"""容缺受理: how long a secondary material may be owed. [D]: local rules differ, none is law."""

HEARING_REQUEST_LIMIT: Final = Limit(5, Unit.WORKING_DAY)
HEARING_LIMIT: Final = Limit(20, Unit.WORKING_DAY)
"""行政许可法 art. 47: five days to ask for a hearing, twenty to hold it."""


class Channel(StrEnum):
    """How the result reaches the applicant (行政许可法 art. 44)."""

    ORIGIN_WINDOW = "origin_window"
    WINDOW = "window"
    COURIER = "courier"
    ELECTRONIC = "electronic"


@dataclass(frozen=True, slots=True)
class Procedure:
    """A special procedure under way: kind, first day, expected end; `id` is unique in the case."""

    id: str
    kind: str
    started_on: date
    expected_on: date | None = None


@dataclass(frozen=True, slots=True)
class Concern:
    """The certificate that an application is about: to renew, change or cancel it.

    `expires_on` is its last day where the application came in time for a tacit renewal
    (行政许可法 art. 50), else None.
    """

    kind: str
    identifier: str
    expires_on: date | None = None


KEYS_KEPT: Final = 2
"""How many of a case's last idempotency keys the head remembers (the log keeps all)."""


@dataclass(frozen=True, slots=True)
class Case:
    """The head of a case: what the log says now.

    `holder` is the keyed hash of the applicant's identity number. `raised` names the alerts that
    have fired as `clock:rung`. `requests` holds the last idempotency keys as `key:body:seq`
    digests. `result` is the certificate type that the item yields, or None. `correction` is the event
    of a person's request to correct their data that nobody has decided; `disposed` says that the
    person's data and documents are gone.
    """

    no: str
    version: int
    stage: Stage
    since: datetime
    item_code: str
    item_version: int
    body: str
    holder: str
    ledger: Ledger
    origin: str | None = None
    sunk: bool = False
    result: str | None = None
    channel: Channel = Channel.WINDOW
    acceptor: str | None = None
    reviewer: str | None = None
    signer: str | None = None
    recommendation: str | None = None
    outcome: Outcome | None = None
    certificate: str | None = None
    procedures: tuple[Procedure, ...] = ()
    forwarded: str | None = None
    calendar: str | None = None
    owed: tuple[str, ...] = ()
    concern: Concern | None = None
    rated: int | None = None
    correction: int | None = None
    disposed: bool = False
    raised: frozenset[str] = field(default_factory=frozenset)
    requests: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return self.stage is not Stage.CLOSED

    def holding_point(self) -> str | None:
        """The point that holds the result while it waits to be handed over, else None."""
        return self.origin if self.stage is Stage.DELIVERY else None

    def request(self, key: str) -> tuple[str, int] | None:
        """Body digest and sequence number of the remembered request with this key digest."""
        for entry in self.requests:
            known, body, seq = entry.split(":")
            if known == key:
                return body, int(seq)
        return None

    def to_state(self) -> str:
        """Canonical compact JSON: the stored head but for the holder, who has his own attribute.

        What is empty or usual is left out: a head is to stay under a kilobyte, the write unit.
        """
        raw: dict[str, Any] = {
            "stage": self.stage.value,
            "since": to_text(self.since),
            "item": [self.item_code, self.item_version],
            "body": self.body,
            "ledger": self.ledger.to_dict(),
            "origin": self.origin,
            "sunk": 1 if self.sunk else None,
            "result": self.result,
            "channel": None if self.channel is Channel.ORIGIN_WINDOW else self.channel.value,
            "acceptor": self.acceptor,
            "reviewer": self.reviewer,
            "signer": self.signer,
            "recommendation": self.recommendation,
            "outcome": self.outcome,
            "certificate": self._certificate_suffix(),
            "procedures": [
                [p.id, p.kind, p.started_on.isoformat(), _iso(p.expected_on)]
                for p in self.procedures
            ],
            "forwarded": self.forwarded,
            "calendar": self.calendar,
            "owed": list(self.owed),
            "concern": [self.concern.kind, self.concern.identifier, _iso(self.concern.expires_on)]
            if self.concern
            else None,
            "rated": self.rated,
            "correction": self.correction,
            "disposed": 1 if self.disposed else None,
            "raised": sorted(self.raised),
            "requests": list(self.requests),
        }
        kept = {key: value for key, value in raw.items() if value not in (None, [], "")}
        return compact(kept)

    def _certificate_root(self) -> str:
        return f"{CERTIFICATE_ROOT}.{self.result}."

    def _certificate_suffix(self) -> str | None:
        return self.certificate.removeprefix(self._certificate_root()) if self.certificate else None

    @classmethod
    def from_state(cls, no: str, version: int, holder: str, text: str) -> Case:
        """The head that `to_state` wrote, with the attributes that stand beside it."""
        raw = json.loads(text)
        suffix = raw.get("certificate")
        return cls(
            no=no,
            version=version,
            stage=Stage(raw["stage"]),
            since=from_text(raw["since"]),
            item_code=raw["item"][0],
            item_version=raw["item"][1],
            body=raw["body"],
            holder=holder,
            ledger=Ledger.from_dict(raw["ledger"]),
            origin=raw.get("origin"),
            sunk=bool(raw.get("sunk")),
            result=raw.get("result"),
            channel=Channel(raw.get("channel", Channel.ORIGIN_WINDOW)),
            acceptor=raw.get("acceptor"),
            reviewer=raw.get("reviewer"),
            signer=raw.get("signer"),
            recommendation=raw.get("recommendation"),
            outcome=Outcome(raw["outcome"]) if "outcome" in raw else None,
            certificate=f"{CERTIFICATE_ROOT}.{raw['result']}.{suffix}" if suffix else None,
            procedures=tuple(
                Procedure(p[0], p[1], date.fromisoformat(p[2]), _day(p[3]))
                for p in raw.get("procedures", [])
            ),
            forwarded=raw.get("forwarded"),
            calendar=raw.get("calendar"),
            owed=tuple(raw.get("owed", [])),
            concern=_concern(raw.get("concern")),
            rated=raw.get("rated"),
            correction=raw.get("correction"),
            disposed=bool(raw.get("disposed")),
            raised=frozenset(raw.get("raised", [])),
            requests=tuple(raw.get("requests", [])),
        )


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _concern(raw: list[str | None] | None) -> Concern | None:
    return Concern(raw[0] or "", raw[1] or "", _day(raw[2])) if raw else None


# --- how each event moves the head -----------------------------------------------------------


def _received(no: str, event: Event) -> Case:
    data = event.data
    return Case(
        no=no,
        version=0,
        stage=Stage.ACCEPTANCE,
        since=event.at,
        item_code=data["item"],
        item_version=data["item_version"],
        body=data["body"],
        holder=data["holder"],
        ledger=Ledger.from_dict(data["ledger"]),
        origin=data.get("origin"),
        sunk=data["sunk"],
        result=data.get("result"),
        channel=Channel(data["delivery"]["channel"]),
        calendar=data.get("calendar"),
        owed=tuple(data.get("owed", [])),
        concern=_concern(data.get("concern")),
    )


def _to(case: Case, stage: Stage, event: Event) -> Case:
    return replace(case, stage=stage, since=event.at)


def _accepted(case: Case, event: Event) -> Case:
    on = date.fromisoformat(event.data["accepted_on"])
    deemed = bool(event.data.get("deemed"))
    ledger = (
        case.ledger.accept_by_silence(on, event.at.date()) if deemed else case.ledger.accept(on)
    )
    if case.owed:
        ledger = ledger.start_step(StepClock(TOLERANCE, TOLERANCE_LIMIT, event.at.date()))
    accepted = replace(case, ledger=ledger, acceptor=event.actor.account)
    return _to(accepted, Stage.REVIEW, event)


def _correction_requested(case: Case, event: Event) -> Case:
    ledger = case.ledger.request_correction(event.at.date())
    return _to(replace(case, ledger=ledger), Stage.CORRECTION, event)


def _supplemented(case: Case, event: Event) -> Case:
    given = {entry["id"] for entry in event.data["materials"]}
    owed = tuple(each for each in case.owed if each not in given)
    if case.stage is not Stage.CORRECTION:
        ledger = case.ledger
        if case.owed and not owed:
            ledger = ledger.end_step(TOLERANCE, event.at.date())
        return replace(case, ledger=ledger, owed=owed)
    ledger = case.ledger.supplement(event.at.date())
    return _to(replace(case, ledger=ledger, owed=owed), Stage.ACCEPTANCE, event)


def _ended(case: Case, outcome: Outcome, event: Event) -> Case:
    ledger = case.ledger.end(event.at.date())
    return _to(replace(case, ledger=ledger, outcome=outcome, procedures=()), Stage.CLOSED, event)


def _rejected(case: Case, event: Event) -> Case:
    return _ended(case, Outcome(event.data["kind"]), event)


def _reviewed(case: Case, event: Event) -> Case:
    reviewed = replace(
        case, reviewer=event.actor.account, recommendation=event.data["recommendation"]
    )
    return _to(reviewed, Stage.SIGN_OFF, event)


def _sent_back(case: Case, event: Event) -> Case:
    return _to(replace(case, recommendation=None), Stage.REVIEW, event)


def _procedure_started(case: Case, event: Event) -> Case:
    data = event.data
    begun = Procedure(
        data["id"],
        data["kind"],
        date.fromisoformat(data["started_on"]),
        _day(data.get("expected_on")),
    )
    ledger = case.ledger
    if data["stops"]:
        ledger = ledger.suspend(begun.id, SuspensionKind(begun.kind), begun.started_on)
    return replace(case, ledger=ledger, procedures=(*case.procedures, begun))


def _step_runs(ledger: Ledger, name: str) -> bool:
    return any(step.name == name and step.ended_on is None for step in ledger.steps)


def _procedure_finished(case: Case, event: Event) -> Case:
    ended, ledger = event.data["id"], case.ledger
    if any(pause.id == ended for pause in ledger.suspensions):
        ledger = ledger.resume(ended, date.fromisoformat(event.data["ended_on"]))
    if event.data["kind"] == SuspensionKind.HEARING and _step_runs(ledger, HEARING):
        ledger = ledger.end_step(HEARING, date.fromisoformat(event.data["ended_on"]))
    running = tuple(p for p in case.procedures if p.id != ended)
    return replace(case, ledger=ledger, procedures=running)


def _hearing_offered(case: Case, event: Event) -> Case:
    step = StepClock(HEARING_REQUEST, HEARING_REQUEST_LIMIT, event.at.date())
    return replace(case, ledger=case.ledger.start_step(step))


def _hearing_requested(case: Case, event: Event) -> Case:
    on = event.at.date()
    step = StepClock(HEARING, HEARING_LIMIT, on)
    return replace(case, ledger=case.ledger.end_step(HEARING_REQUEST, on).start_step(step))


def _hearing_waived(case: Case, event: Event) -> Case:
    return replace(case, ledger=case.ledger.end_step(HEARING_REQUEST, event.at.date()))


def _extended(case: Case, event: Event) -> Case:
    limit = Limit.decode(event.data["limit"])
    return replace(case, ledger=case.ledger.extend(limit, event.at.date()))


def _decided(case: Case, outcome: Outcome, stage: Stage, event: Event) -> Case:
    ledger = case.ledger.decide(event.at.date())
    decided = replace(
        case, ledger=ledger, outcome=outcome, signer=event.actor.account, recommendation=None
    )
    return _to(decided, stage, event)


def _granted(case: Case, event: Event) -> Case:
    stage = Stage.CERTIFICATE if case.result else Stage.DELIVERY
    return _decided(case, Outcome.GRANTED, stage, event)


def _refused(case: Case, event: Event) -> Case:
    return _decided(case, Outcome.REFUSED, Stage.DELIVERY, event)


def _certificate_stored(case: Case, event: Event) -> Case:
    return _to(replace(case, certificate=event.data["identifier"]), Stage.DELIVERY, event)


def _delivered(case: Case, event: Event) -> Case:
    if case.outcome is None:
        raise ValueError(f"{case.no}: delivered before it was decided")
    return _ended(case, case.outcome, event)


def _forwarded(case: Case, event: Event) -> Case:
    moved = replace(case, body=event.data["to"], forwarded=case.body, recommendation=None)
    return _to(moved, Stage.REVIEW, event)


def _alert_raised(case: Case, event: Event) -> Case:
    rung = f"{event.data['clock']}:{event.data['rung']}"
    return replace(case, raised=case.raised | {rung})


def _recomputed(case: Case, event: Event) -> Case:
    """A published calendar moved the due dates: alerts that it unmade may fire again."""
    raised = case.raised - frozenset(event.data["unmade"])
    return replace(case, raised=raised, calendar=event.data["calendar"])


def _rated(case: Case, event: Event) -> Case:
    return replace(case, rated=event.data["grade"])


def _correction_asked(case: Case, event: Event) -> Case:
    return replace(case, correction=event.seq)


def _data_corrected(case: Case, event: Event) -> Case:
    """A correction at once leaves a request that waits where it is."""
    return replace(case, correction=None) if "request" in event.data else case


def _disposed(case: Case, event: Event) -> Case:
    del event
    return replace(case, disposed=True, correction=None)


def _noted(case: Case, event: Event) -> Case:
    """An event that is part of the record and moves nothing."""
    del event
    return case


_MOVES: Final[Mapping[str, Callable[[Case, Event], Case]]] = {
    "case.accepted": _accepted,
    "case.corrected": _noted,
    "case.correction_requested": _correction_requested,
    "case.supplemented": _supplemented,
    "case.rejected": _rejected,
    "case.reviewed": _reviewed,
    "case.sent_back": _sent_back,
    "case.procedure_started": _procedure_started,
    "case.procedure_finished": _procedure_finished,
    "case.hearing_offered": _hearing_offered,
    "case.hearing_requested": _hearing_requested,
    "case.hearing_waived": _hearing_waived,
    "case.extended": _extended,
    "case.granted": _granted,
    "case.refused": _refused,
    "case.certificate_stored": _certificate_stored,
    "case.printed": _noted,
    "case.dispatched": _noted,
    "case.delivered": _delivered,
    "case.withdrawn": lambda case, event: _ended(case, Outcome.WITHDRAWN, event),
    "case.returned": lambda case, event: _ended(case, Outcome.RETURNED, event),
    "case.voided": lambda case, event: _ended(case, Outcome.VOIDED, event),
    "case.forwarded": _forwarded,
    "case.alert_raised": _alert_raised,
    "case.calendar_changed": _recomputed,
    "case.rated": _rated,
    "case.objected": _noted,
    "case.data_correction_requested": _correction_asked,
    "case.data_corrected": _data_corrected,
    "case.data_correction_refused": _data_corrected,
    "case.disposed": _disposed,
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """An event with the request that caused it: `key:body` digests, empty for the system's acts."""

    event: Event
    request: str = ""


def evolve(case: Case | None, recorded: Recorded) -> Case:
    """The head after one more event. Raises ValueError where the log has a gap or a stranger."""
    event = recorded.event
    if case is None:
        if event.type != "case.received" or event.seq != 1:
            raise ValueError(f"a case begins with case.received, not {event.id} {event.type}")
        moved = _received(event.subject, event)
    else:
        if event.seq != case.version + 1 or event.subject != case.no:
            raise ValueError(f"{case.no} at {case.version} cannot take {event.id}")
        moved = _MOVES[event.type](case, event)
    requests = moved.requests
    if recorded.request:
        requests = (*requests, f"{recorded.request}:{event.seq}")[-KEYS_KEPT:]
    return replace(moved, version=event.seq, requests=requests)


def replay(log: Iterable[Recorded]) -> Case:
    """The head that a whole log gives. Raises ValueError for an empty one."""
    case: Case | None = None
    for recorded in log:
        case = evolve(case, recorded)
    if case is None:
        raise ValueError("an empty log has no head")
    return case
