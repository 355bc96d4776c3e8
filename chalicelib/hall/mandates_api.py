"""Mandates over HTTP: draft, confirm, revoke, look. Numbers travel in bodies, never in addresses."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib.aws.documents import read_document_token
from chalicelib.cases import store as cases
from chalicelib.cases import views
from chalicelib.core.access import require
from chalicelib.core.errors import Forbidden, InvalidInput
from chalicelib.core.principal import CITIZEN, Principal
from chalicelib.hall import mandating
from chalicelib.hall.commands import Command
from chalicelib.hall.mandate_shapes import (
    CasesShown,
    MandateIn,
    MandateQuery,
    MandateRulesShown,
    MandateShown,
    RelationShown,
)
from chalicelib.hall.mandates import ACT_NAMES, AgentAct, Mandate, Standing, Terms
from chalicelib.hall.mandating import Asked
from chalicelib.hall.regimes import regimes
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Page, PageQuery
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)


def _command(call: Call[Any, Any], act: str) -> Command:
    return Command(call.principal, act, call.now, call.idempotency_key, call.fingerprint)


def _shown(call: Call[Any, Any], mandate: Mandate, status: int | None = None) -> Reply:
    named = mandating.parties(mandate.id)
    today = call.now.date()
    return Reply(
        MandateShown.of(mandate, named, call.principal.holder, today),
        status=status,
        headers={"Cache-Control": "no-store"},
        etag=str(mandate.version),
    )


@bp.route("/v1/mandates", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="mandate.create",
    body=MandateIn,
    returns=MandateShown,
    status=201,
    summary="填写委托/Draft a mandate",
)
def draft(call: Call[MandateIn]) -> Reply:
    """By either party, to be confirmed by the principal; at a window with both present, at once."""
    asked, paper = call.body, None
    if CITIZEN not in call.principal.roles:
        if not asked.both_present:
            raise InvalidInput.at("/both_present", "窗口登记委托须双方到场,并核对证件。")
        if asked.paper is None:
            raise InvalidInput.at("/paper", "窗口登记委托,请上传双方签名的委托书。")
        paper = read_document_token(asked.paper, call.principal, "/paper")
    terms = Terms(
        kind=asked.kind,
        relation=asked.relation,
        items=tuple(dict.fromkeys(asked.items)),
        acts=frozenset(asked.acts),
        first_day=asked.first_day or call.now.date(),
        last_day=asked.last_day,
    )
    mandate = mandating.draft(
        _command(call, "mandate.create"),
        Asked(
            principal=asked.principal.party(),
            terms=terms,
            agent=asked.agent.party() if asked.agent else None,
            station=asked.station,
            paper=paper,
        ),
    )
    return _shown(call, mandate)


@bp.route("/v1/mandates", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="mandate.read",
    query=MandateQuery,
    returns=Page[MandateShown],
    summary="我的委托/My mandates",
)
def list_mandates(call: Call[None, MandateQuery]) -> Reply:
    """What the caller gave or holds, the newest first. A clerk's point holds what stations hold."""
    asked, side = call.query, call.query.side
    whose = _whose(call.principal, side)
    if whose is None:
        return Reply(Page[MandateShown](items=[]))
    listing = f"mandates:{side}:{whose}"
    read = mandating.given_by if side == "given" else mandating.held_by
    found, last = read(whose, asked.limit, decode_cursor(asked.cursor, listing))
    holder, today = call.principal.holder, call.now.date()
    items = [
        MandateShown.of(mandate, mandating.parties(mandate.id), holder, today) for mandate in found
    ]
    page = Page[MandateShown](items=items, next_cursor=encode_cursor(last, listing))
    return Reply(page, headers={"Cache-Control": "no-store"})


@bp.route("/v1/mandates/{mandate_id}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="mandate.read", returns=MandateShown, summary="查看委托/One mandate")
def show_mandate(call: Call, mandate_id: str) -> Reply:
    """For the two parties, and the point that recorded it or acts under it."""
    return _shown(call, _readable(call.principal, mandate_id))


@bp.route("/v1/mandates/{mandate_id}/confirmation", methods=["POST"], authorizer=jwt_authorizer)
@view(act="mandate.confirm", returns=MandateShown, summary="确认委托/Confirm")
def confirm(call: Call, mandate_id: str) -> Reply:
    """By the principal himself, signed in with his real name."""
    return _shown(call, mandating.confirm(_command(call, "mandate.confirm"), mandate_id))


@bp.route("/v1/mandates/{mandate_id}/revocation", methods=["POST"], authorizer=jwt_authorizer)
@view(act="mandate.revoke", returns=MandateShown, summary="撤销委托/Revoke")
def revoke(call: Call, mandate_id: str) -> Reply:
    """At once: no act under it passes from here on."""
    return _shown(call, mandating.revoke(_command(call, "mandate.revoke"), mandate_id))


@bp.route("/v1/mandates/{mandate_id}/cases", methods=["GET"], authorizer=jwt_authorizer)
@view(act="mandate.read", query=PageQuery, returns=CasesShown, summary="委托范围内的办件/Its cases")
def list_cases(call: Call[None, PageQuery], mandate_id: str) -> CasesShown:
    """The principal's cases that the agent may follow, the newest first; a page may be shorter."""
    mandate, asked = _readable(call.principal, mandate_id), call.query
    if (
        mandate.standing(call.now.date()) is not Standing.IN_FORCE
        or AgentAct.READ not in mandate.terms.acts
    ):
        raise Forbidden("这份委托现在不允许查看办件。")
    listing = f"mandate-cases:{mandate_id}"
    start = decode_cursor(asked.cursor, listing)
    heads, last = cases.applicant_page(mandate.principal, asked.limit, start)
    covered = mandate.terms.items
    return CasesShown(
        items=[
            views.summary_view(head)
            for head in heads
            if not covered or head.case.item_code in covered
        ],
        next_cursor=encode_cursor(last, listing),
    )


@bp.route("/v1/mandate-rules", methods=["GET"], authorizer=jwt_authorizer)
@view(act="mandate.read", returns=MandateRulesShown, summary="委托规则/What a mandate may be")
def rules(call: Call) -> MandateRulesShown:
    """The relations, the acts and the longest days, as they are configured."""
    del call
    known = regimes().mandates
    return MandateRulesShown(
        relations=[RelationShown(key=key, name=name) for key, name in known.relations.items()],
        acts=[RelationShown(key=act.value, name=ACT_NAMES[act]) for act in AgentAct],
        longest_days=dict(known.longest_days),
    )


def _readable(who: Principal, mandate_id: str) -> Mandate:
    mandate = mandating.read(mandate_id)
    require(who, "mandate.read", mandating.facts_of(mandate, who))
    return mandate


def _whose(who: Principal, side: str) -> str | None:
    """Under which key the caller's mandates stand; None for who can have none."""
    if who.holder is not None:
        return who.holder
    if side == "held" and CITIZEN not in who.roles and who.point is not None:
        return mandating.station_agent(who.point)
    return None
