"""Appointments over HTTP: slots for everybody, booking for the signed in."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.aws.sealing import holder_key
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import InvalidInput
from chalicelib.core.principal import CITIZEN
from chalicelib.hall import booking
from chalicelib.hall.booking import Asked, Slot, person_key, resource_of
from chalicelib.hall.bookings import STATE_NAMES, Booking, Form, State
from chalicelib.hall.commands import Command
from chalicelib.hall.mandate_shapes import PartyIn
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Input, Output, Page, PageQuery
from chalicelib.http.view import Call, view
from chalicelib.network import service as network

bp = Blueprint(__name__)

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$", description="HH:MM")]


class SlotQuery(Input):
    point: Annotated[str, Field(min_length=1, max_length=40)]
    day: date
    form: Form = Form.WINDOW


class SlotShown(Output):
    """A stretch of the day; `left` places may still be booked."""

    start: str
    minutes: int
    capacity: int
    left: int

    @classmethod
    def of(cls, slot: Slot) -> SlotShown:
        return cls(start=slot.start, minutes=slot.minutes, capacity=slot.capacity, left=slot.left)


class SlotsShown(Output):
    """The slots of a day. Whatever they say, whoever comes without an appointment is served."""

    point: str
    point_name: str
    day: date
    items: list[SlotShown]
    next_cursor: str | None = None
    notice: str = "没有预约或约满时,可以直接到窗口取号办理。"


class BookingIn(Input):
    """An appointment. A clerk names the person whom he books for."""

    point: Annotated[str, Field(min_length=1, max_length=40)]
    day: date
    start: Clock
    form: Form = Form.WINDOW
    item_code: Annotated[str | None, Field(max_length=40)] = None
    phone: Annotated[str, Field(max_length=20, pattern=r"^[0-9+\- ]*$")] = ""
    address: Annotated[str, Field(max_length=200, description="上门地址")] = ""
    on_behalf_of: PartyIn | None = None


class BookingQuery(PageQuery):
    """A citizen's own without `day`; a point's of a day for its clerks."""

    day: date | None = None


class BookingShown(Output):
    id: str
    version: int
    state: State
    state_name: str
    point: str
    point_name: str
    point_address: str
    day: date
    start: str
    minutes: int
    form: Form
    item_code: str | None
    visit: str | None

    @classmethod
    def of(cls, known: Booking) -> BookingShown:
        point = network.point(known.point)
        return cls(
            id=known.id,
            version=known.version,
            state=known.state,
            state_name=STATE_NAMES[known.state],
            point=known.point,
            point_name=point.name,
            point_address=point.location.address,
            day=known.day,
            start=known.start,
            minutes=known.minutes,
            form=known.form,
            item_code=known.item_code,
            visit=known.visit,
        )


def _command(call: Call[Any, Any], act: str) -> Command:
    return Command(call.principal, act, call.now, call.idempotency_key, call.fingerprint)


@bp.route("/v1/appointment-slots", methods=["GET"])
@view(
    act="slot.read",
    query=SlotQuery,
    returns=SlotsShown,
    summary="可预约时段/Slots",
    public=True,
)
def slots(call: Call[None, SlotQuery]) -> SlotsShown:
    """The slots of a point's day that have not begun: from its opening hours and its capacity."""
    asked = call.query
    point = network.point(asked.point)
    found = booking.slots_on(asked.point, asked.day, asked.form, call.now)
    return SlotsShown(
        point=point.key,
        point_name=point.name,
        day=asked.day,
        items=[SlotShown.of(slot) for slot in found],
    )


@bp.route("/v1/appointments", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="booking.create",
    body=BookingIn,
    returns=BookingShown,
    status=201,
    summary="预约/Book",
)
def book(call: Call[BookingIn]) -> BookingShown:
    """Take a place of a slot; one person holds one appointment at a time."""
    asked, who = call.body, call.principal
    by_self = CITIZEN in who.roles
    if not by_self and asked.on_behalf_of is None:
        raise InvalidInput.at("/on_behalf_of", "请填写预约人信息。")
    if by_self and asked.on_behalf_of is not None:
        raise InvalidInput.at("/on_behalf_of", "网上预约只能为自己预约。")
    other = asked.on_behalf_of.party() if asked.on_behalf_of else None
    if other is not None and (faults := other.faults("/on_behalf_of")):
        raise InvalidInput("预约人信息有误。", faults)
    made = booking.book(
        _command(call, "booking.create"),
        Asked(
            point=asked.point,
            day=asked.day,
            start=asked.start,
            form=asked.form,
            item_code=asked.item_code,
            person=holder_key(other.id_type, other.id_number) if other else person_key(who),
            name=other.name if other else who.name,
            phone=other.phone if other and other.phone else asked.phone,
            address=asked.address,
        ),
    )
    return BookingShown.of(made)


@bp.route("/v1/appointments", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="booking.read",
    query=BookingQuery,
    returns=Page[BookingShown],
    summary="预约清单/Appointments",
)
def list_bookings(call: Call[None, BookingQuery]) -> Page[BookingShown]:
    """A citizen's own, the latest first; the clerk's point's of a day, the earliest first."""
    asked, who = call.query, call.principal
    if CITIZEN in who.roles:
        person = person_key(who)
        listing = f"bookings:{person}"
        found, last = booking.own(person, asked.limit, decode_cursor(asked.cursor, listing))
    else:
        require(who, "booking.read", Resource(point=who.point))
        point, day = who.point or "", asked.day or call.now.date()
        listing = f"bookings:{point}:{day}"
        start = decode_cursor(asked.cursor, listing)
        found, last = booking.at_point(point, day, asked.limit, start)
    items = list(map(BookingShown.of, found))
    return Page[BookingShown](items=items, next_cursor=encode_cursor(last, listing))


@bp.route("/v1/appointments/{booking_id}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="booking.read", returns=BookingShown, summary="查看预约/One appointment")
def show_booking(call: Call, booking_id: str) -> BookingShown:
    known = booking.read(booking_id)
    require(call.principal, "booking.read", resource_of(known.person, known.point))
    return BookingShown.of(known)


@bp.route("/v1/appointments/{booking_id}/cancellation", methods=["POST"], authorizer=jwt_authorizer)
@view(act="booking.cancel", returns=BookingShown, summary="取消预约/Cancel")
def cancel(call: Call, booking_id: str) -> BookingShown:
    """Give the place back, before the slot begins."""
    return BookingShown.of(booking.cancel(_command(call, "booking.cancel"), booking_id))
