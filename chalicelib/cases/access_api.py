"""Why somebody may or may not do an act, row by row of the access table."""

from __future__ import annotations

from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.cases import recording, service
from chalicelib.core import access
from chalicelib.core.access import Resource
from chalicelib.core.access_terms import ROLE_NAMES, SCOPE_NAMES
from chalicelib.core.errors import NotFound
from chalicelib.core.principal import Principal
from chalicelib.core.time import SHANGHAI
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input, Output
from chalicelib.http.view import Call, view
from chalicelib.network import service as network
from chalicelib.network import standing

bp = Blueprint(__name__)


class ExplanationQuery(Input):
    """Without an account, about the caller. Without a case, about the act by itself."""

    act: Annotated[str, Field(min_length=1, max_length=60, examples=["case.sign"])]
    case_no: Annotated[str | None, Field(max_length=40)] = None
    account: Annotated[str | None, Field(max_length=120)] = None


class ConditionShown(Output):
    """One condition of a row: what it refuses by, and whether it is met."""

    text: str
    met: bool


class RowConsidered(Output):
    """One row of the act, and how each part of it came out."""

    role: str
    role_name: str
    holds: bool
    scope: str
    scope_name: str
    within: bool
    conditions: list[ConditionShown]
    allows: bool


class ExplanationShown(Output):
    """The verdict with its reason; `roles` are those that stand today."""

    account: str
    act: str
    title: str
    case_no: str | None
    organisation: str | None
    point: str | None
    roles: list[str]
    allowed: bool
    reason: str
    rows: list[RowConsidered]


@bp.route("/v1/access/explanation", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="access.read",
    query=ExplanationQuery,
    returns=ExplanationShown,
    summary="权限解释/Explain access",
)
def explanation(call: Call[None, ExplanationQuery]) -> dict[str, Any]:
    """Why an account may or may not do an act on a case, by every row of the table.

    About somebody else only the office and the supervisor may ask; the platform then goes by what
    the network records of the account's posting, for it sees no token.
    """
    asked = call.query
    who = call.principal
    if asked.account is not None and asked.account != who.account:
        access.require(who, "account_access.read")
        who = _recorded(asked.account, call)
    resource = _facts(who, asked)
    verdict = access.explain(who, asked.act, resource)
    return {
        "account": who.account,
        "act": asked.act,
        "title": access.title_of(asked.act),
        "case_no": asked.case_no,
        "organisation": who.organisation,
        "point": who.point,
        "roles": [ROLE_NAMES[role] for role in sorted(who.roles)],
        "allowed": verdict.allowed,
        "reason": verdict.reason,
        "rows": [_row(each) for each in access.considered(who, asked.act, resource)],
    }


def _recorded(account: str, call: Call[Any, Any]) -> Principal:
    found = standing.on_record(account, call.now.astimezone(SHANGHAI).date())
    if found is None:
        raise NotFound("没有该账号的派驻记录;未派驻的人员,权限以其登录时的身份为准。")
    return found


def _facts(who: Principal, asked: ExplanationQuery) -> Resource:
    """What the table decides by: the case's facts, or the duties of the account's organisation."""
    if asked.case_no is not None:
        case = recording.read(asked.case_no).case
        return service.resource_of(case, who, asked.act)
    own = network.network().organisations.get(who.organisation or "")
    return Resource(duties=own.duties if own is not None and own.active else frozenset())


def _row(each: access.Considered) -> dict[str, Any]:
    return {
        "role": each.rule.role,
        "role_name": ROLE_NAMES[each.rule.role],
        "holds": each.holds,
        "scope": each.rule.scope.value,
        "scope_name": SCOPE_NAMES[each.rule.scope],
        "within": each.within,
        "conditions": [
            {"text": condition.otherwise, "met": met} for condition, met in each.conditions
        ],
        "allows": each.allows,
    }
