"""Who I am here and what I may do; and the access table, for everybody who works with it."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.core.access import may
from chalicelib.core.access_table import TABLE
from chalicelib.core.access_terms import ROLE_NAMES, SCOPE_NAMES, Rule
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Output
from chalicelib.http.view import Call, view

bp = Blueprint(__name__)


class Me(Output):
    """The caller as the token names them. `acts` are those that some role of theirs may do."""

    account: str
    name: str
    roles: list[str]
    role_names: list[str]
    organisation: str | None
    point: str | None
    real_name: bool
    acts: list[str]


class Row(Output):
    """One row: the role, how far it reaches, and what refuses it."""

    role: str
    role_name: str
    scope: str
    scope_name: str
    conditions: list[str]


class ActShown(Output):
    """One act with everybody who may do it."""

    act: str
    title: str
    rows: list[Row]


class AccessTable(Output):
    """The whole table, in its own order."""

    items: list[ActShown]


@bp.route("/v1/me", methods=["GET"], authorizer=jwt_authorizer)
@view(act="me.read", returns=Me, summary="我的身份和权限")
def me(call: Call) -> Me:
    """What the pages need to show somebody only what is theirs to do."""
    who = call.principal
    roles = sorted(who.roles)
    return Me(
        account=who.account,
        name=who.name,
        roles=roles,
        role_names=[ROLE_NAMES[role] for role in roles],
        organisation=who.organisation,
        point=who.point,
        real_name=who.assurance >= 2,
        acts=[name for name in TABLE if may(who, name)],
    )


@bp.route("/v1/access", methods=["GET"], authorizer=jwt_authorizer)
@view(act="access.read", returns=AccessTable, summary="权限表")
def access_table(_call: Call) -> AccessTable:
    """Who may do what, how far, and on what condition."""
    return AccessTable(
        items=[
            ActShown(act=name, title=each.title, rows=[_row(rule) for rule in each.rules])
            for name, each in TABLE.items()
        ]
    )


def _row(rule: Rule) -> Row:
    return Row(
        role=rule.role,
        role_name=ROLE_NAMES[rule.role],
        scope=rule.scope.value,
        scope_name=SCOPE_NAMES[rule.scope],
        conditions=[condition.otherwise for condition in rule.conditions],
    )
