"""What people do with appointments: see the slots, book, cancel; and what time does to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Final

from chalicelib.aws.sealing import unseal
from chalicelib.calendars.service import working_calendar
from chalicelib.catalogue import service as catalogue
from chalicelib.core.access import Resource
from chalicelib.core.errors import Conflict, InvalidInput, NotFound, OutOfTurn
from chalicelib.core.events import Event
from chalicelib.core.principal import CITIZEN, Principal
from chalicelib.core.time import SHANGHAI, to_text
from chalicelib.hall import bookings, store
from chalicelib.hall.bookings import (
    BOOKED,
    CANCELLED,
    MISSED,
    Booking,
    Form,
    State,
    slot_starts,
)
from chalicelib.hall.commands import By, Change, Command, each_due, once
from chalicelib.hall.regimes import regimes
from chalicelib.hall.store import HallItem
from chalicelib.network import service as network
from chalicelib.network.model import PointState, ServicePoint

DUE: Final = "BOOKINGS"
LOCKS_KEPT: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Slot:
    """A stretch of a day that can be booked: `left` people may still book it."""

    start: str
    minutes: int
    capacity: int
    left: int


@dataclass(frozen=True, slots=True)
class Asked:
    """An appointment as it is asked for. `name`, `phone` and `address` are sealed."""

    point: str
    day: date
    start: str
    form: Form
    item_code: str | None
    person: str
    name: str
    phone: str
    address: str = ""


def booking_pk(booking_id: str) -> str:
    return f"BOOKING#{booking_id}"


def slots_pk(point: str, day: date) -> str:
    return f"SLOTS#{point}#{day.isoformat()}"


def person_key(who: Principal) -> str:
    """How a caller stands in the hall: by the holder hash, without one by the account."""
    return who.holder or f"account:{who.account}"


def resource_of(person: str, point: str | None) -> Resource:
    """What the access table decides by for something of a person at a point."""
    account = person.removeprefix("account:") if person.startswith("account:") else None
    return Resource(holder=None if account else person, account=account, point=point)


def slots_on(point_key: str, day: date, form: Form, now: datetime) -> list[Slot]:
    """The slots of a day that have not begun, with what is left of each. Raises NotFound.

    One Query.
    """
    point, rules = network.point(point_key), regimes().appointments
    capacity = rules.capacity_of(point.key, point.tier, form.value)
    if capacity == 0 or not _open_for_booking(point, day, now):
        return []
    taken = {item.sk: int(item.taken or 0) for item in store.under(slots_pk(point_key, day))}
    return [
        Slot(
            start,
            rules.slot_minutes,
            capacity,
            max(0, capacity - taken.get(_slot_sk(start, form), 0)),
        )
        for start in _starts(point, day)
        if _instant(day, start) > now
    ]


def book(command: Command, asked: Asked) -> Booking:
    """Take a place of a slot, if there is one left. Raises InvalidInput, Conflict, NotFound."""
    by = command.require(_asking(command.principal, asked))
    rules, point = regimes().appointments, network.point(asked.point)
    if asked.item_code is not None:
        catalogue.item_in_force(asked.item_code)
    if asked.form is Form.HOME and not asked.address.strip():
        raise InvalidInput.at("/address", "预约上门服务,请填写上门地址。")

    def decide(change: Change) -> Booking:
        capacity = rules.capacity_of(point.key, point.tier, asked.form.value)
        if capacity == 0:
            raise InvalidInput.at("/form", "这个网点没有开通此种预约,可以直接到窗口取号办理。")
        if not _open_for_booking(point, asked.day, command.now) or asked.start not in _starts(
            point, asked.day
        ):
            raise InvalidInput.at("/start", "这个时段不在可预约的时间内,请重新选择。")
        if _instant(asked.day, asked.start) <= command.now:
            raise InvalidInput.at("/start", "这个时段已经开始,请选择以后的时段,或直接到窗口取号。")
        made = Booking(
            id=command.new_id,
            version=1,
            state=State.BOOKED,
            person=asked.person,
            point=point.key,
            day=asked.day,
            start=asked.start,
            minutes=rules.slot_minutes,
            form=asked.form,
            item_code=asked.item_code,
            by="self" if CITIZEN in command.principal.roles else point.key,
        )
        _take_place(change, made, capacity)
        _take_time(change, made)
        words = {"name": asked.name, "phone": asked.phone, "address": asked.address}
        change.event(_event(by, made, BOOKED), words)
        save(change, made)
        return made

    return once(command, decide, Booking)


def cancel(command: Command, booking_id: str) -> Booking:
    """Give the place back. Raises NotFound, Forbidden, OutOfTurn."""

    def decide(change: Change) -> Booking:
        known = read(booking_id)
        by = command.require(resource_of(known.person, known.point))
        after = known.cancel()
        if known.starts_at <= command.now:
            raise OutOfTurn("预约的时段已经开始,不能取消。")
        change.transaction.update(
            HallItem(slots_pk(known.point, known.day), _slot_sk(known.start, known.form)),
            actions=[HallItem.taken.add(-1)],
        )
        _free_time(change, known)
        change.event(_event(by, after, CANCELLED))
        save(change, after)
        return after

    return once(command, decide, Booking)


def note_missed(now: datetime) -> list[str]:
    """Record every booking whose holder did not come; again changes nothing. Their ids."""
    return each_due(DUE, "booking.miss", now, _miss)


def _miss(command: Command, booking_id: str) -> Booking:
    def decide(change: Change) -> Booking:
        after = read(booking_id).miss()
        by = command.require(Resource())
        change.event(_event(by, after, MISSED))
        save(change, after)
        return after

    return once(command, decide, Booking)


# --- reading -------------------------------------------------------------------------------------


def read(booking_id: str) -> Booking:
    """Raises NotFound."""
    document = store.read(booking_pk(booking_id))
    if document is None:
        raise NotFound("没有这个预约")
    return Booking.from_dict(document)


def words_of(booking_id: str) -> dict[str, Any]:
    """Name, phone and address behind a booking, unsealed; empty where there are none."""
    sealed = store.sealed_of(booking_pk(booking_id), 1)
    return {} if sealed is None else unseal(sealed, f"{booking_pk(booking_id)}#1")


Page = tuple[list[Booking], Mapping[str, Any] | None]


def own(person: str, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of a person's appointments, the latest first."""
    rows, last = store.page("person", f"BOOKINGS#{person}", limit, start)
    return [Booking.from_dict(row) for row in rows], last


def at_point(point: str, day: date, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of a point's appointments on a day, the earliest first."""
    key = f"BOOKINGS#{point}#{day.isoformat()}"
    rows, last = store.page("desk", key, limit, start, newest_first=False)
    return [Booking.from_dict(row) for row in rows], last


def save(change: Change, booking: Booking) -> None:
    """Put the head, with the index keys that its state gives it."""
    order = f"{booking.day.isoformat()}T{booking.start}#{booking.id}"
    keys = {"person_pk": f"BOOKINGS#{booking.person}", "person_sk": order}
    if booking.state is not State.CANCELLED:
        keys |= {
            "desk_pk": f"BOOKINGS#{booking.point}#{booking.day.isoformat()}",
            "desk_sk": f"{booking.start}#{booking.id}",
        }
    if booking.state is State.BOOKED:
        grace = timedelta(minutes=regimes().appointments.grace_minutes)
        keys |= {"due_pk": DUE, "due_sk": to_text(booking.ends_at + grace)}
    change.head(booking_pk(booking.id), booking.version, booking.to_dict(), keys)


def kept_event(by: By, booking: Booking) -> Event:
    """The event of a person who came, for the visit's transaction."""
    return _event(by, booking, bookings.KEPT)


# --- inside --------------------------------------------------------------------------------------


def _asking(who: Principal, asked: Asked) -> Resource:
    """A citizen books for himself; a clerk books at his own point, for whoever stands there."""
    if CITIZEN in who.roles:
        return resource_of(asked.person, None)
    return Resource(point=asked.point)


def _open_for_booking(point: ServicePoint, day: date, now: datetime) -> bool:
    today = now.astimezone(SHANGHAI).date()
    last = today + timedelta(days=regimes().appointments.days_ahead)
    return point.state is PointState.OPEN and today <= day <= last


def _starts(point: ServicePoint, day: date) -> list[str]:
    working = working_calendar().is_working(day)
    return list(slot_starts(point.hours, day, working, regimes().appointments.slot_minutes))


def _instant(day: date, start: str) -> datetime:
    return datetime.combine(day, time.fromisoformat(start), SHANGHAI)


def _slot_sk(start: str, form: Form) -> str:
    return f"{start}#{form.value}"


def _take_place(change: Change, booking: Booking, capacity: int) -> None:
    """One more in the slot, on condition that there is room: the last place goes to one person."""
    key = slots_pk(booking.point, booking.day), _slot_sk(booking.start, booking.form)
    slot = store.read_item(*key)
    if slot is not None and int(slot.taken or 0) >= capacity:
        raise Conflict("这个时段已约满,请选择其他时段;也可以不预约,直接到窗口取号办理。")
    change.transaction.update(
        HallItem(*key),
        actions=[HallItem.taken.add(1)],
        condition=HallItem.taken.does_not_exist() | (HallItem.taken < capacity),
    )


def _take_time(change: Change, booking: Booking) -> None:
    """The person's time, once: two appointments at one time are refused."""
    held = {item.sk for item in store.under(f"PERSON#{booking.person}", f"AT#{booking.day}")}
    if held & {f"AT#{quarter}" for quarter in booking.locks}:
        raise Conflict("您在这个时间已有预约,同一时间只能有一个预约。")
    until = booking.ends_at + LOCKS_KEPT
    for quarter in booking.locks:
        lock = HallItem(f"PERSON#{booking.person}", f"AT#{quarter}", expires_at=until)
        change.put_new(lock)


def _free_time(change: Change, booking: Booking) -> None:
    for quarter in booking.locks:
        change.delete(f"PERSON#{booking.person}", f"AT#{quarter}")


def _event(by: By, booking: Booking, kind: str) -> Event:
    data = {
        "point": booking.point,
        "day": booking.day.isoformat(),
        "start": booking.start,
        "form": booking.form.value,
        "item_code": booking.item_code,
        "visit": booking.visit,
    }
    return by.event(booking_pk(booking.id), booking.version, kind, data)
