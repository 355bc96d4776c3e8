"""Cases over HTTP: hand in, look, wait. Paths and verbs are the public contract."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from chalice.app import Blueprint

from chalicelib.calendars.service import working_calendar
from chalicelib.cases import (
    agency,
    forms,
    intake,
    projection,
    queues,
    recording,
    service,
    store,
    submission,
    views,
)
from chalicelib.cases.edge import attachments_of, request_of, shown
from chalicelib.cases.model import Case, Channel
from chalicelib.core.access import NOTHING
from chalicelib.core.deadlines import clocks
from chalicelib.core.errors import InvalidInput
from chalicelib.core.explanation import explain
from chalicelib.core.principal import CITIZEN, Principal
from chalicelib.core.whatif import supposing, with_suspension
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import PageQuery
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)


def _applicant(call: Call[forms.Submission]) -> intake.Applicant:
    """Staff say for whom, citizens who they are; each under its own name.

    A citizen who acts for another names him under `on_behalf_of`, or the mandate alone, which knows
    him; either way the mandate is looked for.
    """
    own, asked = CITIZEN in call.principal.roles, call.body
    person = (asked.applicant or asked.on_behalf_of) if own else asked.on_behalf_of
    if person is None and asked.mandate is not None:
        found = agency.applicant_of(asked.mandate, call.principal)
        return replace(found, phone=asked.phone or found.phone)
    if person is None:
        field = "applicant" if own else "on_behalf_of"
        raise InvalidInput.at(f"/{field}", "请填写申请人信息。")
    return intake.Applicant(person.id_type, person.id_number.upper(), person.name, person.phone)


def _channel(asked: str | None, principal: Principal) -> Channel:
    if asked is not None:
        return Channel(asked)
    return Channel.ELECTRONIC if CITIZEN in principal.roles else Channel.ORIGIN_WINDOW


@bp.route("/v1/cases", methods=["POST"], authorizer=jwt_authorizer)
@view(act="case.submit", body=forms.Submission, status=201, summary="提交申请 / 窗口收件")
def submit(call: Call[forms.Submission]) -> Reply:
    """Take an application in and answer the receipt. The upload instant is the receipt."""
    asked, principal = call.body, call.principal
    received = submission.submit(
        principal,
        item_code=asked.item_code,
        applicant=_applicant(call),
        attachments=attachments_of(asked.materials, principal),
        channel=_channel(asked.delivery.channel, principal),
        address=asked.delivery.address,
        form=asked.form,
        request=request_of(call),
        concern=(asked.concern.kind, asked.concern.certificate) if asked.concern else None,
        mandate=asked.mandate,
    )
    location = {"Location": f"/v1/cases/{received.case.no}"}
    return Reply(views.receipt(received), headers=location, etag=str(received.case.version))


def _visible(call: Call[Any, Any], no: str, act: str = "case.read") -> Case:
    """The head, for a person who may see it."""
    case = recording.read(no).case
    service.authorise(call.principal, act, service.resource_of(case, call.principal, act))
    return case


@bp.route("/v1/cases/{no}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", summary="办件详情")
def read(call: Call, no: str) -> Reply:
    """The case as it stands, with the acts this caller may do now."""
    return shown(_visible(call, no), call.principal)


@bp.route("/v1/cases/{no}/events", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", query=PageQuery, summary="办理过程")
def events(call: Call[None, PageQuery], no: str) -> dict[str, Any]:
    """The log in order: what was done, when, by which role where."""
    _visible(call, no)
    listing, limit = f"events:{no}", call.query.limit
    start = decode_cursor(call.query.cursor, listing) or {"after": 0}
    log = store.read_log(no, after=start["after"])
    page, more = log[:limit], len(log) > limit
    following = {"after": page[-1].event.seq} if more else None
    return {
        "items": [views.event_view(recorded) for recorded in page],
        "next_cursor": encode_cursor(following, listing),
    }


@bp.route("/v1/cases/{no}/deadline", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", summary="时限及逐日说明")
def deadline(call: Call, no: str) -> dict[str, Any]:
    """Each clock with its days: which counted, which not, and why."""
    case = _visible(call, no)
    calendar = views.calendar_of(case)
    lights = {entry["clock"]: entry["colour"] for entry in views.clock_views(case)}
    return {
        "case_no": case.no,
        "clocks": [
            {
                **views.clock_view(due, calendar, lights[due.clock]),
                "days": explain(case.ledger, due.clock, calendar),
            }
            for due in clocks(case.ledger, calendar)
        ],
    }


@bp.route("/v1/me/cases", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.list", query=PageQuery, summary="我的办件")
def own_cases(call: Call[None, PageQuery]) -> dict[str, Any]:
    """The caller's own cases, newest first."""
    holder = call.principal.holder
    if holder is None:
        return {"items": [], "next_cursor": None}
    listing = f"me:{holder}"
    start = decode_cursor(call.query.cursor, listing)
    heads, last = store.applicant_page(holder, call.query.limit, start)
    return {
        "items": [views.summary_view(head) for head in heads],
        "next_cursor": encode_cursor(last, listing),
    }


@bp.route("/v1/queues/{queue}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="queue.read", query=forms.QueueQuery, summary="待办队列")
def queue(call: Call[None, forms.QueueQuery], queue: str) -> dict[str, Any]:
    """What waits for the caller's office, the most urgent first."""
    asked = call.query
    listing = f"queue:{queue}:{asked.organisation}:{call.principal.account}"
    start = decode_cursor(asked.cursor, listing)
    rows, following = queues.read_queue(
        call.principal,
        queue,
        organisation=asked.organisation,
        limit=asked.limit,
        after=start["after"] if start else None,
    )
    return {
        "items": rows,
        "next_cursor": encode_cursor({"after": following} if following else None, listing),
    }


@bp.route("/v1/deadlines/what-if", methods=["POST"], authorizer=jwt_authorizer)
@view(act="deadline.what_if", body=forms.WhatIf, summary="时限推演")
def what_if(call: Call[forms.WhatIf]) -> dict[str, Any]:
    """Which open cases would change, a page of them at a time. Nothing is written."""
    asked = call.body
    service.authorise(call.principal, "deadline.what_if", NOTHING)
    after = None
    if asked.days_off or asked.make_up_days:
        after = supposing(working_calendar(), asked.days_off, asked.make_up_days)
    change = None
    if asked.suspension:
        supposed = asked.suspension
        if supposed.end is not None and supposed.end < supposed.start:
            raise InvalidInput.at("/suspension/to", "结束日期不能早于开始日期。")
        change = with_suspension(supposed.kind, supposed.start, supposed.end)
    listing = f"what-if:{call.principal.account}"
    effects, looked_at, following = projection.what_if(
        after=after, change=change, limit=asked.limit, start=decode_cursor(asked.cursor, listing)
    )
    return {
        "items": effects,
        "looked_at": looked_at,
        "next_cursor": encode_cursor(following, listing),
    }
