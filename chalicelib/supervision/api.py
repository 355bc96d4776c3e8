"""HTTP of supervision: alarms and what is done about them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from chalice.app import Blueprint
from pydantic import BaseModel, Field

from chalicelib.core.access import Resource, allows, require
from chalicelib.core.principal import Principal
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.view import Call, view
from chalicelib.supervision import alarm_store, service
from chalicelib.supervision.answers import Asked
from chalicelib.supervision.model import AlarmState, Level, Outcome, ResponseKind

bp = Blueprint(__name__)


class AlarmEntry(BaseModel):
    """One line of an alarm's handling."""

    at: str
    act: str
    account: str
    organisation: str | None = None
    text: str = ""


class AlarmShown(BaseModel):
    """An alarm as its readers see it; `facts` were frozen when it was raised."""

    id: str
    case_no: str
    subject: str
    clock: str
    rung: str
    level: str
    rule: str
    rule_name: str
    dimension: str
    raised_at: str
    organisation: str
    point: str
    item_code: str
    item_name: str
    state: str
    reply_due_at: str | None = None
    escalation: int = 0
    outcome: str | None = None
    accountable: bool = False
    facts: dict[str, Any]
    history: list[AlarmEntry] = []
    version: int


class AlarmList(BaseModel):
    items: list[AlarmShown]
    next_cursor: str | None = None


class AlarmQuery(BaseModel):
    """Any combination narrows the list; all of them are one Query."""

    level: Level | None = None
    organisation: str | None = None
    state: AlarmState | None = None
    cursor: str | None = None
    limit: int = Field(50, ge=1, le=100)


class ResponseBody(BaseModel):
    kind: ResponseKind
    text: str = Field(max_length=2000)


class ClosureBody(BaseModel):
    outcome: Literal[Outcome.EXPLAINED, Outcome.RECTIFIED, Outcome.CONFIRMED, Outcome.WITHDRAWN]
    reason: str = Field(max_length=2000)
    accountable: bool = False


def shown(raw: Mapping[str, Any]) -> AlarmShown:
    """An alarm in the public shape."""
    return AlarmShown.model_validate(raw)


def _asked(call: Call[Any, Any]) -> Asked:
    return Asked(call.principal.account, call.idempotency_key, call.fingerprint)


def _unit_seen_by(principal: Principal, asked: str | None) -> str | None:
    """The unit whose alarms are listed: the one asked for, else one's own, or all for a watcher.

    Raises Forbidden for another unit's list.
    """
    if asked is None and not allows(principal, "alarm.read"):
        asked = principal.organisation or principal.point
    require(principal, "alarm.read", Resource(organisation=asked, point=asked))
    return asked


@bp.route("/v1/alarms", methods=["GET"], authorizer=jwt_authorizer)
@view(act="alarm.read", query=AlarmQuery, returns=AlarmList, summary="预警清单/List alarms")
def list_alarms(call: Call[Any, Any]) -> AlarmList:
    """Gravest and newest first."""
    asked: AlarmQuery = call.query
    unit = _unit_seen_by(call.principal, asked.organisation)
    listing = f"alarms:{asked.level}:{unit}:{asked.state}"
    page = alarm_store.page(
        asked.level, unit, asked.state, asked.limit, decode_cursor(asked.cursor, listing)
    )
    return AlarmList(
        items=[shown(service.public(alarm)) for alarm in page.alarms],
        next_cursor=encode_cursor(page.last_key, listing),
    )


@bp.route("/v1/alarms/{identifier}/response", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="alarm.respond", body=ResponseBody, returns=AlarmShown, summary="答复预警/Answer an alarm"
)
def respond(call: Call[Any, Any], identifier: str) -> AlarmShown:
    body: ResponseBody = call.body
    return shown(service.answer(call.principal, identifier, body.kind, body.text, _asked(call)))


@bp.route("/v1/alarms/{identifier}/closure", methods=["POST"], authorizer=jwt_authorizer)
@view(act="alarm.close", body=ClosureBody, returns=AlarmShown, summary="办结预警/Settle an alarm")
def close(call: Call[Any, Any], identifier: str) -> AlarmShown:
    body: ClosureBody = call.body
    return shown(
        service.settle(
            call.principal,
            identifier,
            _asked(call),
            outcome=body.outcome,
            reason=body.reason,
            accountable=body.accountable,
        )
    )
