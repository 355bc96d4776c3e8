"""What people do with visits: arrive, call, serve, hand over, end, refuse, rate, object.

A window session belongs to one client: a clerk has one visitor before him or none (`DESK#<account>`
is taken with the call and given back with the end), what he enters is tied to that visitor, and once
it is over he sees nothing of the person any more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from chalicelib.calendars.service import working_calendar
from chalicelib.cases import store as cases
from chalicelib.catalogue import service as catalogue
from chalicelib.core.access import Resource
from chalicelib.core.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    OutOfTurn,
)
from chalicelib.core.principal import CITIZEN
from chalicelib.hall import booking as appointments
from chalicelib.hall import store, visits
from chalicelib.hall.booking import resource_of
from chalicelib.hall.bookings import Booking
from chalicelib.hall.bookings import State as BookingState
from chalicelib.hall.commands import Change, Command, once
from chalicelib.hall.regimes import regimes
from chalicelib.hall.store import LAST, SESSION, HallItem
from chalicelib.hall.visit_records import (
    about,
    append,
    at_point,
    desk_pk,
    facts_of,
    leave_desk,
    numbers_pk,
    read,
    visit_id_of,
)
from chalicelib.hall.visits import Visit, rank, regime_at
from chalicelib.network import service as network
from chalicelib.network import store as network_store
from chalicelib.network.model import PointState

CALLS_LOOKED_AT: Final = 50
"""How many of the waiting a call looks at before it says that nobody waits."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes where: by himself or taken in by a clerk. `person` None is a nameless walk-in."""

    point: str
    person: str | None
    name: str = ""
    booking: str | None = None
    item_code: str | None = None


# --- commands ------------------------------------------------------------------------------------


def arrive(command: Command, arrival: Arrival) -> Visit:
    """The next number of the point and day. Nobody is turned away for numbers or bookings (8).

    Raises NotFound, Forbidden, InvalidInput, OutOfTurn (an appointment that is used or not today).
    """
    point = network.point(arrival.point)
    if point.state is not PointState.OPEN:
        raise InvalidInput.at("/point", "这个网点没有开放,请选择其他网点。")
    if arrival.item_code is not None:
        catalogue.item_in_force(arrival.item_code)
    by_person = CITIZEN in command.principal.roles
    own = resource_of(arrival.person or "-", None)
    by = command.require(own if by_person else Resource(point=point.key))

    def decide(change: Change) -> Visit:
        booked = _booked(arrival, command.today)
        number = _next_number(change, point.key, command.today)
        office = network.network().district.office_hours
        working = working_calendar().is_working(command.today)
        made = Visit(
            id=visit_id_of(point.key, command.today, number),
            version=1,
            state=visits.State.WAITING,
            point=point.key,
            day=command.today,
            number=number,
            person=arrival.person or (booked.person if booked else None),
            arrived_at=command.now,
            rank=_rank(command.now, booked),
            regime=regime_at(command.now, working, office),
            booking=booked.id if booked else None,
            item_code=arrival.item_code or (booked.item_code if booked else None),
        )
        if booked is not None:
            kept = booked.keep(made.id)
            change.event(appointments.kept_event(by, kept))
            appointments.save(change, kept)
        data = {
            "point": made.point,
            "number": made.number,
            "regime": made.regime.value,
            "item_code": made.item_code,
            "booked": booked is not None,
        }
        append(change, made, visits.ARRIVED, by, data=data, words={"name": arrival.name})
        return made

    return once(command, decide, Visit)


def call_next(command: Command, window: str) -> Visit:
    """Call who is next at the clerk's own point. Raises NotFound where nobody waits, OutOfTurn
    while somebody is still before this clerk."""
    point, account = command.principal.point, command.principal.account
    by = command.require(Resource(point=point))
    if point is None:
        raise Forbidden("只有网点的窗口可以叫号。")

    def decide(change: Change) -> Visit:
        if store.read(desk_pk(account), SESSION) is not None:
            raise OutOfTurn("请先结束正在接待的来访,一个窗口一次只接待一位。")
        waiting = _first_waiting(point, command.today, account)
        after = waiting.call(account, window)
        change.put_new(HallItem(desk_pk(account), SESSION, document={"visit": after.id}))
        data = {"point": point, "window": window, "first_asked": after.first_asked}
        append(change, after, visits.CALLED, by, data=data)
        return after

    return once(command, decide, Visit)


def serve(
    command: Command,
    visit_id: str,
    *,
    case_no: str | None = None,
    consultation: str | None = None,
    answer: str = "",
) -> Visit:
    """The visitor is at the window; note the case, the consultation or the answer given to him.

    Raises InvalidInput for a case or a consultation of somebody else: a session has one client.
    """

    def decide(change: Change) -> Visit:
        known = read(visit_id)
        by = command.require(Resource(point=known.point))
        if case_no is not None:
            _require_clients_case(known, case_no)
        if consultation is not None:
            _require_clients_consultation(known, consultation)
        after = known.serve(
            command.principal.account,
            case_no=case_no,
            consultation=consultation,
            answered=bool(answer.strip()),
        )
        data = {"point": known.point, "case_no": case_no, "consultation": consultation} | {
            "answered": bool(answer.strip())
        }
        words = {"answer": answer.strip()} if answer.strip() else None
        append(change, after, visits.SERVED, by, data=data, words=words)
        return after

    return once(command, decide, Visit)


def hand_over(command: Command, visit_id: str, to: str, reason: str) -> Visit:
    """Hand the visitor to a colleague of the same point, by name (首问负责)."""

    def decide(change: Change) -> Visit:
        known = read(visit_id)
        by = command.require(Resource(point=known.point))
        after = known.hand_over(command.principal.account, to)
        _require_colleague(known.point, to)
        change.delete(desk_pk(command.principal.account), SESSION)
        data = {"point": known.point, "from": command.principal.account, "to": to}
        append(change, after, visits.HANDED_OVER, by, data=data, words={"reason": reason})
        return after

    return once(command, decide, Visit)


def end(command: Command, visit_id: str) -> Visit:
    """The visit is over and the window free for the next client."""

    def change_it(known: Visit) -> Visit:
        return known.end(command.principal.account, command.now)

    return _close(command, visit_id, visits.ENDED, change_it)


def note_absent(command: Command, visit_id: str) -> Visit:
    """Called and not there; the number can be taken anew."""

    def change_it(known: Visit) -> Visit:
        return known.miss(command.principal.account, command.now)

    return _close(command, visit_id, visits.ABSENT, change_it)


def refuse(command: Command, visit_id: str, reason: str) -> Visit:
    """Record that the visitor was turned away: why, and by whom; supervision raises a red alarm.

    The visitor says so himself, or a clerk of the point does.
    """

    def decide(change: Change) -> Visit:
        known = read(visit_id)
        by = command.require(facts_of(known))
        after = known.refuse(command.now)
        who = known.server or known.first_asked
        if CITIZEN not in command.principal.roles:
            who = who or command.principal.account
        leave_desk(change, known)
        # The words of a clerk are his reason on record; a visitor's own may name people.
        by_visitor = CITIZEN in command.principal.roles
        told = "来访人反映被拒绝接待" if by_visitor else reason.strip()
        data = {"point": known.point, "refused_by": who} | {"reason": told}
        append(change, after, visits.REFUSED, by, data=data, words={"reason": reason.strip()})
        return after

    return once(command, decide, Visit)


# --- inside --------------------------------------------------------------------------------------


def _booked(arrival: Arrival, today: date) -> Booking | None:
    if arrival.booking is None:
        return None
    known = appointments.read(arrival.booking)
    if known.point != arrival.point or known.day != today:
        raise OutOfTurn("这个预约不在今天或不在这个网点;可以不用预约,直接取号。")
    if arrival.person is not None and known.person != arrival.person:
        raise Forbidden("这个预约是其他人的。")
    if known.state is not BookingState.BOOKED:
        raise OutOfTurn("这个预约已经用过、取消或过期;可以不用预约,直接取号。")
    return known


def _rank(now: datetime, booked: Booking | None) -> datetime:
    rules = regimes().appointments
    if booked is None:
        return now
    latest = booked.ends_at + timedelta(minutes=rules.grace_minutes)
    return rank(now, (booked.starts_at, latest), timedelta(minutes=rules.lead_minutes))


def _next_number(change: Change, point: str, day: date) -> int:
    """The next queue number: whoever took it first makes the other one decide again."""
    pk = numbers_pk(point, day)
    last = store.read_item(pk, LAST)
    known = int(last.taken or 0) if last is not None else 0
    condition = HallItem.taken == known if last is not None else HallItem.pk.does_not_exist()
    change.transaction.update(
        HallItem(pk, LAST), actions=[HallItem.taken.set(known + 1)], condition=condition
    )
    return known + 1


def _first_waiting(point: str, day: date, account: str) -> Visit:
    """Who is next: first whom a colleague handed over by name, then in the order of the queue.

    The index may lag behind, so the head itself is read before it is taken.
    """
    found, _ = at_point(point, day, visits.State.WAITING, limit=CALLS_LOOKED_AT, start=None)
    mine = [visit for visit in found if visit.named == account]
    for visit in [*mine, *(visit for visit in found if visit.named is None)]:
        current = read(visit.id)
        if current.state is visits.State.WAITING and current.named in (None, account):
            return current
    raise NotFound("现在没有人在等候。")


def _require_colleague(point: str, account: str) -> None:
    seat = network_store.read_seat(account)
    posting = network_store.read_posting(seat.posting) if seat.posting else None
    if posting is None or posting.point != point:
        raise InvalidInput.at("/to", "本网点没有这位在岗的同事。")


def _require_clients_case(visit: Visit, case_no: str) -> None:
    head = cases.read_head(case_no)
    if head is None:
        raise InvalidInput.at("/case_no", "没有这个办件编号,请核对后重试。")
    if visit.person is not None and head.case.holder != visit.person:
        raise InvalidInput.at(
            "/case_no", "这个办件不是这位来访人的,一个窗口会话只办一位来访人的事。"
        )


def _require_clients_consultation(visit: Visit, consultation: str) -> None:
    document = store.read(f"CONSULTATION#{consultation}")
    if document is None or document["visit"] != visit.id:
        raise InvalidInput.at("/consultation", "这个咨询不是在本次来访中登记的。")


def _close(
    command: Command, visit_id: str, kind: str, change_it: Callable[[Visit], Visit]
) -> Visit:
    def decide(change: Change) -> Visit:
        known = read(visit_id)
        by = command.require(Resource(point=known.point))
        after = change_it(known)
        leave_desk(change, known)
        minutes = int((command.now - known.arrived_at).total_seconds() // 60)
        data = about(after) | {"regime": after.regime.value, "minutes": minutes}
        append(change, after, kind, by, data=data)
        return after

    return once(command, decide, Visit)
