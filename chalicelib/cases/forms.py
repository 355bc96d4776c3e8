"""What comes in over HTTP: the bodies and queries of the cases room."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.core.limits import SuspensionKind
from chalicelib.http.schema import Input, PageQuery

Words = Annotated[str, Field(min_length=1, max_length=2000)]
Short = Annotated[str, Field(min_length=1, max_length=200)]


class Person(Input):
    """Who applies: 111 with a citizen number (GB 11643), or 001 with a credit code (GB 32100)."""

    id_type: Literal["111", "001"] = "111"
    id_number: Annotated[str, Field(max_length=18, description="身份证号码或统一社会信用代码")]
    name: Annotated[str, Field(max_length=100)]
    phone: Annotated[str, Field(max_length=20, pattern=r"^[0-9+\- ]*$")] = ""


class MaterialIn(Input):
    """One material: an uploaded document's token, or the identifier of a stored certificate."""

    material_id: Annotated[str, Field(max_length=16)]
    document: Annotated[str | None, Field(max_length=2048)] = None
    certificate: Annotated[str | None, Field(max_length=200)] = None


class DeliveryIn(Input):
    """How the result is to reach the applicant; unsaid, it is where the case began."""

    channel: Literal["origin_window", "window", "courier", "electronic"] | None = None
    address: Annotated[str, Field(max_length=200)] = ""


class ConcernIn(Input):
    """The certificate that the application is to renew, change or cancel."""

    kind: Literal["renewal", "change", "cancellation"]
    certificate: Annotated[str, Field(max_length=200)]


class Submission(Input):
    """An application. Staff name the applicant under `on_behalf_of`, citizens under `applicant`.

    A citizen who acts for another names the `mandate`, which knows the applicant; `phone` is then
    where the applicant or the agent can be reached.
    """

    item_code: Annotated[str, Field(min_length=1, max_length=40)]
    applicant: Person | None = None
    on_behalf_of: Person | None = None
    mandate: Annotated[str | None, Field(max_length=40)] = None
    phone: Annotated[str, Field(max_length=20, pattern=r"^[0-9+\- ]*$")] = ""
    form: Annotated[dict[str, Any], Field(max_length=100)] = {}
    materials: Annotated[list[MaterialIn], Field(max_length=60)] = []
    delivery: DeliveryIn = DeliveryIn()
    concern: ConcernIn | None = None


class Acceptance(Input):
    """Nothing needs to be said to accept; an error put right on the spot may be recorded."""

    corrected: Annotated[str | None, Field(max_length=500)] = None


class MissingIn(Input):
    material_id: Annotated[str | None, Field(max_length=16)] = None
    text: Short


class CorrectionNotice(Input):
    """Everything that is missing, at once."""

    missing: Annotated[list[MissingIn], Field(max_length=60)]


class Rejection(Input):
    kind: Literal["not_required", "not_competent"]
    reason: Words
    where_to: Annotated[str | None, Field(max_length=200)] = None


class Supplement(Input):
    materials: Annotated[list[MaterialIn], Field(min_length=1, max_length=60)]


class Review(Input):
    opinion: Words
    recommendation: Literal["grant", "refuse"]


class SignOff(Input):
    """`grant` or `refuse`; `send_back` asks for another review. A refusal needs its reason."""

    decision: Literal["grant", "refuse", "send_back"]
    opinion: Annotated[str | None, Field(max_length=2000)] = None
    reason: Annotated[str | None, Field(max_length=2000)] = None
    remedies: Annotated[str | None, Field(max_length=1000)] = None


class ProcedureIn(Input):
    """A special procedure; one that stops the clock tells the applicant in writing how long."""

    kind: Short
    reason: Words
    notice: Annotated[str | None, Field(max_length=2000)] = None
    expected_days: Annotated[int | None, Field(ge=1, le=1000)] = None
    held_on: Annotated[date | None, Field(description="听证举行日期")] = None


class ProcedureResult(Input):
    result: Words
    staff: Annotated[list[Short], Field(max_length=20)] = []
    document: Annotated[str | None, Field(max_length=2048)] = None


class ForwardIn(Input):
    """上报件: the lower level's opinion goes up with all materials."""

    to: Short
    opinion: Words


class ExtensionIn(Input):
    value: Annotated[int, Field(ge=1, le=365)]
    reason: Words


class Delivery(Input):
    """Hand the result over, print it first, or give it to a courier."""

    step: Literal["deliver", "print", "dispatch"] = "deliver"
    received_by: Literal["applicant", "agent", "courier"] = "applicant"
    mandate: Annotated[str | None, Field(max_length=40, description="代办人领取所凭的委托")] = None
    channel: Literal["origin_window", "window", "courier"] | None = None
    courier: Annotated[str | None, Field(max_length=60)] = None
    tracking: Annotated[str | None, Field(max_length=60)] = None


class Reason(Input):
    reason: Annotated[str | None, Field(max_length=2000)] = None


class Rating(Input):
    grade: Annotated[int, Field(ge=1, le=5, description="1 非常满意 … 5 非常不满意")]
    comment: Annotated[str | None, Field(max_length=1000)] = None


class Objection(Input):
    text: Words


class QueueQuery(PageQuery):
    organisation: Annotated[str | None, Field(max_length=40)] = None


class SupposedSuspension(Input):
    """A procedure that would interrupt every open case; it ends where `to` is known."""

    kind: SuspensionKind
    start: Annotated[date, Field(alias="from")]
    end: Annotated[date | None, Field(alias="to")] = None


class WhatIf(Input):
    """Days made holidays or working days, or a suspension: which open cases change colour?"""

    days_off: Annotated[list[date], Field(max_length=366)] = []
    make_up_days: Annotated[list[date], Field(max_length=366)] = []
    suspension: SupposedSuspension | None = None
    cursor: Annotated[str | None, Field(max_length=2048)] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 100
