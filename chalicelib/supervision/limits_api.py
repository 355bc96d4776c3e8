"""HTTP of the handling limits: kept as data, changed without a deployment, every version kept."""

from __future__ import annotations

from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.core.access import require
from chalicelib.core.errors import StaleVersion
from chalicelib.core.time import to_text
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input, Output
from chalicelib.http.view import Call, Reply, view
from chalicelib.supervision import answers, limit_store
from chalicelib.supervision.api import asked_by
from chalicelib.supervision.limits import LONGEST, MEANINGS

bp = Blueprint(__name__)

Days = Annotated[int, Field(ge=1, le=LONGEST, description="工作日")]


class AlarmLimits(Input):
    """Working days in the handling of an alarm, by its level."""

    reply_yellow: Days
    reply_red: Days
    remind_before: Days
    review: Days
    escalate_again: Days
    warning_lapses: Days


class RedressLimits(Input):
    """Working days for each step of a bad rating or an objection."""

    verify_rating: Days
    verify_objection: Days
    rectify: Days
    answer: Days
    call_back: Days


class LimitsForm(Input):
    """All limits together: one version of them holds."""

    alarms: AlarmLimits
    redress: RedressLimits


class LimitsShown(Output):
    """What holds now; version 0 is what ships. `meanings` says what each limit is."""

    alarms: dict[str, int]
    redress: dict[str, int]
    version: int
    meanings: dict[str, str]


class LimitsHistory(Output):
    items: list[dict[str, Any]]
    next_cursor: None = None


@bp.route("/v1/handling-limits", methods=["GET"], authorizer=jwt_authorizer)
@view(act="rule.read", returns=LimitsShown, summary="处理时限/Handling limits")
def read_limits(call: Call[None, None]) -> Reply:
    """The limits that hold for steps that begin now."""
    require(call.principal, "rule.read")
    return _reply(limit_store.read().to_dict())


@bp.route("/v1/handling-limits", methods=["PUT"], authorizer=jwt_authorizer)
@view(act="rule.write", body=LimitsForm, returns=LimitsShown, summary="修改处理时限/Write limits")
def write_limits(call: Call[LimitsForm, None]) -> Reply:
    """Put the next version in force: everywhere within half a minute, without a deployment."""
    asked = asked_by(call)
    earlier = answers.earlier(asked)
    if earlier is not None:
        return _reply(earlier)
    require(call.principal, "rule.write")
    current = limit_store.read()
    if call.if_match is not None and call.if_match not in ("*", str(current.version)):
        raise StaleVersion("处理时限已被他人修改,请刷新后重试")
    changed = current.changed_to(call.body.model_dump())
    by = {"by": call.principal.account, "at": to_text(call.now)}
    limit_store.write(changed, by, asked.answered(changed.to_dict()))
    return _reply(changed.to_dict())


@bp.route("/v1/handling-limits/versions", methods=["GET"], authorizer=jwt_authorizer)
@view(act="rule.read", returns=LimitsHistory, summary="处理时限的历次版本/Versions of the limits")
def list_limit_versions(call: Call[None, None]) -> LimitsHistory:
    """Every version that was written, by whom and when."""
    require(call.principal, "rule.read")
    return LimitsHistory(items=limit_store.history())


def _reply(limits: Any) -> Reply:
    shown = LimitsShown(**limits, meanings=dict(MEANINGS))
    return Reply(shown, etag=str(shown.version))
