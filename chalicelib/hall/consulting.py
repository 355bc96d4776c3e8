"""What people do with consultations: ask, hand on, answer, publish; and what time does to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from chalicelib.aws.sealing import unseal
from chalicelib.calendars.service import working_calendar
from chalicelib.catalogue import service as catalogue
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import Forbidden, InvalidInput, NotFound, Problem
from chalicelib.core.principal import STATION_CLERK, WINDOW_CLERK, Principal
from chalicelib.core.time import to_text
from chalicelib.hall import store, visit_records
from chalicelib.hall.booking import person_key, resource_of
from chalicelib.hall.commands import By, Change, Command, once
from chalicelib.hall.consultations import (
    ALERT_RAISED,
    ANSWERED,
    ASKED,
    CLOCK,
    HANDED_ON,
    PUBLISHED,
    Consultation,
    Desk,
    Rung,
    State,
    alerts_left,
    check_public,
)
from chalicelib.hall.regimes import ConsultationRules, regimes
from chalicelib.hall.store import HallItem
from chalicelib.network import service as network

DUE: Final = "CONSULTATIONS"
EVERYTHING: Final = "all"
CLERKS: Final = frozenset({WINDOW_CLERK, STATION_CLERK})


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, and of whom where the asker knows: an item, or a body.

    `visit` is the visit in which a clerk writes it down for his visitor.
    """

    text: str
    item_code: str | None = None
    organisation: str | None = None
    visit: str | None = None


@dataclass(frozen=True, slots=True)
class Words:
    """What was said, unsealed. Never to be logged."""

    question: str
    answer: str | None
    name: str


def consultation_pk(consultation_id: str) -> str:
    return f"CONSULTATION#{consultation_id}"


def answers_pk(about: str) -> str:
    """Where the published answers about everything, an item or a body stand."""
    return f"ANSWERS#{about}"


# --- commands ------------------------------------------------------------------------------------


def ask(command: Command, question: Question) -> Consultation:
    """Write a question down and route it. Raises NotFound (item, body), Forbidden, InvalidInput."""
    who = command.principal
    own = resource_of(person_key(who), who.point)
    by = command.require(own)
    desk = _route(question)
    person, at, name = _asker(who, question)
    due_on = working_calendar().add_working_days(
        command.today, regimes().consultations.working_days
    )

    def decide(change: Change) -> Consultation:
        made = Consultation(
            id=command.new_id,
            version=1,
            state=State.OPEN,
            person=person,
            desk=desk,
            item_code=question.item_code,
            asked_on=command.today,
            due_on=due_on,
            asked_at=at,
            visit=question.visit,
        )
        data = {"due_on": due_on.isoformat(), "at": at, "visit": question.visit}
        words = {"text": question.text, "name": name}
        _append(change, made, ASKED, by, data=data, words=words)
        return made

    return once(command, decide, Consultation)


def hand_on(
    command: Command,
    consultation_id: str,
    *,
    organisation: str | None,
    item_code: str | None,
    reason: str,
) -> Consultation:
    """Give it to the body that can answer, by name; the limit goes on."""
    desk = _route(Question("", item_code, organisation))

    def decide(change: Change) -> Consultation:
        known = read(consultation_id)
        by = command.require(_responsible(known))
        after = known.hand_on(desk)
        data = {"from": known.desk.responsible, "to": desk.responsible}
        _append(change, after, HANDED_ON, by, data=data, words={"reason": reason})
        return after

    return once(command, decide, Consultation)


def answer(command: Command, consultation_id: str, text: str) -> Consultation:
    """Answer. Raises NotFound, Forbidden (another's), OutOfTurn (answered)."""

    def decide(change: Change) -> Consultation:
        known = read(consultation_id)
        by = command.require(_responsible(known))
        after = known.answer(to_text(command.now))
        late = command.today > known.due_on
        _append(change, after, ANSWERED, by, data={"late": late}, words={"text": text})
        return after

    return once(command, decide, Consultation)


def publish(command: Command, consultation_id: str, question: str, answered: str) -> Consultation:
    """Make the answer public as a frequent question, in words that name nobody."""

    def decide(change: Change) -> Consultation:
        known = read(consultation_id)
        by = command.require(_responsible(known))
        after = known.publish()
        name = words_of(known).name
        check_public("/question", question, name)
        check_public("/answer", answered, name)
        public = {
            "id": known.id,
            "question": question,
            "answer": answered,
            "item_code": known.item_code,
            "organisation": known.desk.organisation,
            "point": known.desk.point,
            "published_at": to_text(command.now),
        }
        for about in filter(None, (EVERYTHING, known.item_code, known.desk.organisation)):
            key = f"{to_text(command.now)}#{known.id}"
            change.put_new(HallItem(answers_pk(about), key, document=public))
        _append(change, after, PUBLISHED, by, data={})
        return after

    return once(command, decide, Consultation)


def pass_time(now: datetime) -> list[str]:
    """Raise every alert that is due, each rung once whoever comes first; the consultations' ids."""
    alerted = []
    for pk in store.due(DUE, to_text(now)):
        consultation_id = pk.removeprefix("CONSULTATION#")
        for rung, at in alerts_left(read(consultation_id), working_calendar(), _rules()):
            if at > now:
                break
            key = f"alert:{consultation_id}:{rung.value}"
            try:
                _alert(Command.of_the_system("consultation.alert", now, key), consultation_id, rung)
            except Problem:
                break  # answered at this very moment
            alerted.append(consultation_id)
    return alerted


def _alert(command: Command, consultation_id: str, rung: Rung) -> Consultation:
    def decide(change: Change) -> Consultation:
        known = read(consultation_id)
        by = command.require(Resource())
        after = known.raise_alert(rung)
        data = {
            "clock": CLOCK,
            "rung": rung.value,
            "due_on": known.due_on.isoformat(),
            "responsible": known.desk.responsible,
        }
        _append(change, after, ALERT_RAISED, by, data=data)
        return after

    return once(command, decide, Consultation)


# --- reading -------------------------------------------------------------------------------------


def read(consultation_id: str) -> Consultation:
    """Raises NotFound."""
    document = store.read(consultation_pk(consultation_id))
    if document is None:
        raise NotFound("没有这个咨询")
    return Consultation.from_dict(document)


def look(principal: Principal, consultation_id: str) -> tuple[Consultation, Words | None]:
    """A consultation with its words for the asker and for who must answer; its course for who
    watches. Raises NotFound, Forbidden."""
    known = read(consultation_id)
    own = resource_of(known.person or "-", known.desk.point or known.asked_at)
    facts = replace(own, organisation=known.desk.organisation)
    require(principal, "consultation.read", facts)
    concerned = _is_askers(principal, known) or _is_desks(principal, known)
    return known, words_of(known) if concerned else None


def words_of(consultation: Consultation) -> Words:
    """The question, the answer, and who asked, unsealed."""
    pk = consultation_pk(consultation.id)
    question, answered, name = "", None, ""
    for item in store.under(pk, "EVENT#"):
        if item.sealed is None:
            continue
        raw: Any = item.event
        said = unseal(item.sealed, raw["id"])
        if raw["type"] == ASKED:
            question, name = said["text"], said["name"]
        elif raw["type"] == ANSWERED:
            answered = said["text"]
    return Words(question, answered, name)


Page = tuple[list[Consultation], Mapping[str, Any] | None]


def own(person: str, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of what a person asked, the latest first."""
    rows, last = store.page("person", f"CONSULTATIONS#{person}", limit, start)
    return [Consultation.from_dict(row) for row in rows], last


def waiting(desk: Desk, state: State, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of what a desk has to answer or answered, by the last day."""
    key = _desk_key(desk, state)
    rows, last = store.page("desk", key, limit, start, newest_first=False)
    return [Consultation.from_dict(row) for row in rows], last


def published(about: str, limit: int, start: Mapping[str, Any] | None) -> store.Rows:
    """A page of the published answers about an item, a body, or everything; the newest first."""
    return store.collection_page(answers_pk(about), limit, start)


def desk_of(principal: Principal) -> Desk:
    """The desk for which somebody answers. Raises Forbidden for who answers for none."""
    if principal.roles & CLERKS and principal.point is not None:
        return Desk(point=principal.point)
    if principal.organisation is not None:
        return Desk(organisation=principal.organisation)
    raise Forbidden("只有窗口和部门可以查看待答复的咨询。")


# --- inside --------------------------------------------------------------------------------------


def _rules() -> ConsultationRules:
    return regimes().consultations


def _route(question: Question) -> Desk:
    """The body of the item, the body that was named, or the centre's windows."""
    if question.item_code is not None:
        return Desk(organisation=catalogue.item_in_force(question.item_code).body)
    if question.organisation is not None:
        return Desk(organisation=network.organisation(question.organisation).key)
    return Desk(point=network.network().centre.key)


def _asker(who: Principal, question: Question) -> tuple[str | None, str | None, str]:
    """Whose question it is, at which point it was written down, and the asker's name.

    A clerk with a visitor before him writes the visitor's question down.
    """
    if question.visit is None:
        return person_key(who), None, who.name
    visit = visit_records.read(question.visit)
    if visit.server != who.account or visit.over:
        raise InvalidInput.at("/visit", "只能为正在接待的来访人登记咨询。")
    return visit.person, visit.point, visit_records.name_of(visit)


def _responsible(known: Consultation) -> Resource:
    return Resource(organisation=known.desk.organisation, point=known.desk.point)


def _is_askers(who: Principal, known: Consultation) -> bool:
    return known.person is not None and known.person == person_key(who)


def _is_desks(who: Principal, known: Consultation) -> bool:
    if who.roles & CLERKS:
        return who.point is not None and who.point in (known.desk.point, known.asked_at)
    return who.organisation is not None and who.organisation == known.desk.organisation


def _append(
    change: Change,
    after: Consultation,
    kind: str,
    by: By,
    *,
    data: Mapping[str, Any],
    words: Mapping[str, Any] | None = None,
) -> None:
    about = {
        **data,
        "organisation": after.desk.organisation,
        "point": after.desk.point,
        "item_code": after.item_code,
    }
    change.event(by.event(consultation_pk(after.id), after.version, kind, about), words)
    keys = {
        "desk_pk": _desk_key(after.desk, after.state),
        "desk_sk": f"{after.due_on.isoformat()}#{after.id}",
    }
    if after.person is not None:
        keys |= {
            "person_pk": f"CONSULTATIONS#{after.person}",
            "person_sk": f"{after.asked_on.isoformat()}#{after.id}",
        }
    left = alerts_left(after, working_calendar(), _rules())
    if left:
        keys |= {"due_pk": DUE, "due_sk": to_text(left[0][1])}
    change.head(consultation_pk(after.id), after.version, after.to_dict(), keys)


def _desk_key(desk: Desk, state: State) -> str:
    return f"CONSULTATIONS#{desk.key}#{state.value}"
