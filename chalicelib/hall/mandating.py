"""What people do with mandates: draft, confirm, record at a window, revoke; and what one covers.

What a mandate allows now is a small item of its own, written with the confirmation and deleted with
the revocation. Every act under a mandate holds a condition on it in its own transaction, so an act
that comes in the same moment as the revocation fails: revoked means at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from pynamodb.transactions import TransactWrite

from chalicelib.aws.documents import Document
from chalicelib.aws.sealing import holder_key, unseal
from chalicelib.catalogue import service as catalogue
from chalicelib.core.access import Resource
from chalicelib.core.errors import Forbidden, InvalidInput, NotFound
from chalicelib.core.principal import CITIZEN, Principal
from chalicelib.core.time import to_text
from chalicelib.hall import mandates, store
from chalicelib.hall.commands import Change, Command, once
from chalicelib.hall.mandates import (
    CONFIRMED,
    DRAFTED,
    RECORDED,
    REVOKED,
    AgentAct,
    Kind,
    Mandate,
    Party,
    State,
    Terms,
    covers,
    terms_from_dict,
    terms_to_dict,
)
from chalicelib.hall.regimes import regimes
from chalicelib.hall.store import HallItem
from chalicelib.network import service as network
from chalicelib.network.naming import Tier

STATION_TIERS: Final = (Tier.SUBDISTRICT, Tier.COMMUNITY)
"""Who acts for people free of charge: the lower tiers (clause 6)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A mandate as it is asked for. `agent` is a person or a body, `station` a service point.

    `paper` is the signed paper, which a window uploads.
    """

    principal: Party
    terms: Terms
    agent: Party | None = None
    station: str | None = None
    paper: Document | None = None


@dataclass(frozen=True, slots=True)
class Parties:
    """Who is named in a mandate. `agent` is None where a station acts. Never to be logged."""

    principal: Party
    agent: Party | None


@dataclass(frozen=True, slots=True)
class Grant:
    """A mandate that allows something now: who acts under it, and how an act holds on to it."""

    id: str
    agent: str
    principal: str
    kind: Kind
    relation: str

    def hold(self, transaction: TransactWrite) -> None:
        """Make another transaction fail unless the mandate still stands."""
        transaction.condition_check(
            HallItem,
            grants_pk(self.principal),
            grant_sk(self.agent, self.id),
            condition=HallItem.pk.exists(),
        )


def mandate_pk(mandate_id: str) -> str:
    return f"MANDATE#{mandate_id}"


def grants_pk(principal: str) -> str:
    return f"GRANTS#{principal}"


def grant_sk(agent: str, mandate_id: str) -> str:
    return f"{agent}#{mandate_id}"


def station_agent(point: str) -> str:
    """How a service point stands where an agent's hash would."""
    return f"point:{point}"


# --- commands ------------------------------------------------------------------------------------


def draft(command: Command, asked: Asked) -> Mandate:
    """Write a mandate down, by the principal or the agent; it holds once the principal confirms.

    At a window, with both present and the signed paper, it holds at once. Raises InvalidInput,
    NotFound (an item, a point), Forbidden for somebody who is neither party.
    """
    mandates.check(asked.principal, asked.agent, asked.terms, regimes().mandates, command.today)
    _require_agent(asked)
    for code in asked.terms.items:
        catalogue.item_in_force(code)
    principal = holder_key(asked.principal.id_type, asked.principal.id_number)
    agent = _agent_of(asked)
    drafted_by = _drafted_by(command.principal, principal, agent)
    if drafted_by == "window":
        by = command.require(Resource(point=command.principal.point))
    else:
        by = command.require(Resource(holder=command.principal.holder or "-"))
    at_window = drafted_by == "window"
    if at_window and asked.paper is None:
        raise InvalidInput.at("/paper", "窗口登记委托,请上传双方签名的委托书。")

    def decide(change: Change) -> Mandate:
        made = Mandate(
            id=command.new_id,
            version=1,
            state=State.CONFIRMED if at_window else State.DRAFTED,
            principal=principal,
            agent=agent,
            terms=asked.terms,
            drafted_by=drafted_by,
            drafted_on=command.today,
            point=command.principal.point if at_window else None,
            confirmed_at=to_text(command.now) if at_window else None,
        )
        data = {
            **terms_to_dict(asked.terms),
            "relation": None,  # who is whose child is nobody's business on the bus
            "drafted_by": drafted_by,
            "paper": asked.paper.sha256 if asked.paper else None,
        }
        kind = RECORDED if at_window else DRAFTED
        event = by.event(mandate_pk(made.id), 1, kind, data)
        change.event(event, _words(asked))
        _save(change, made)
        if at_window:
            change.put_new(_grant_item(made))
        return made

    return once(command, decide, Mandate)


def confirm(command: Command, mandate_id: str) -> Mandate:
    """The principal's own confirmation. Raises NotFound, Forbidden, OutOfTurn, Conflict."""

    def decide(change: Change) -> Mandate:
        known = read(mandate_id)
        by = command.require(Resource(holder=known.principal))
        after = known.confirm(to_text(command.now), command.today)
        data = {"last_day": after.terms.last_day.isoformat()}
        change.event(by.event(mandate_pk(known.id), after.version, CONFIRMED, data))
        _save(change, after)
        change.put_new(_grant_item(after))
        return after

    return once(command, decide, Mandate)


def revoke(command: Command, mandate_id: str) -> Mandate:
    """End it at once: by the principal, by the agent, or at a window in the principal's name.

    Raises NotFound, Forbidden, OutOfTurn.
    """

    def decide(change: Change) -> Mandate:
        known = read(mandate_id)
        by = command.require(facts_of(known, command.principal))
        side = _side_of(command.principal, known)
        after = known.revoke(to_text(command.now), side)
        change.event(by.event(mandate_pk(known.id), after.version, REVOKED, {"by": side}))
        _save(change, after)
        if known.state is State.CONFIRMED:
            change.delete(grants_pk(known.principal), grant_sk(known.agent, known.id))
        return after

    return once(command, decide, Mandate)


# --- reading -------------------------------------------------------------------------------------


def read(mandate_id: str) -> Mandate:
    """Raises NotFound."""
    document = store.read(mandate_pk(mandate_id))
    if document is None:
        raise NotFound("没有这份委托")
    return Mandate.from_dict(document)


def parties(mandate_id: str) -> Parties:
    """The people that a mandate names, unsealed. Raises NotFound."""
    sealed = store.sealed_of(mandate_pk(mandate_id), 1)
    if sealed is None:
        raise NotFound("没有这份委托")
    words = unseal(sealed, f"{mandate_pk(mandate_id)}#1")
    agent = words["agent"]
    return Parties(Party.from_dict(words["principal"]), Party.from_dict(agent) if agent else None)


def covering(
    principal: str, agent: str, act: AgentAct, *, item_code: str, day: date
) -> Grant | None:
    """The mandate by which `agent` may do this for that principal today; None without one.

    One strongly consistent Query over the mandates between the two.
    """
    for item in store.under(grants_pk(principal), f"{agent}#"):
        document: Any = item.document
        terms = terms_from_dict(document)
        if covers(terms, act, item_code, day):
            return Grant(item.sk.rpartition("#")[2], agent, principal, terms.kind, terms.relation)
    return None


def facts_of(mandate: Mandate, who: Principal) -> Resource:
    """What the access table decides by: whose it is, who acts under it, whose window knows it."""
    agents = {mandate.agent} if mandate.agent == who.holder else set()
    point = mandate.point
    if mandate.terms.kind is Kind.STATION:
        point = mandate.agent.removeprefix("point:")
    return Resource(holder=mandate.principal, point=point, agents=frozenset(agents))


def given_by(holder: str, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of the mandates that a principal gave, the newest first."""
    rows, last = store.page("person", f"GIVEN#{holder}", limit, start)
    return [Mandate.from_dict(row) for row in rows], last


def held_by(agent: str, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of the mandates that an agent holds, the newest first."""
    rows, last = store.page("agent", f"HELD#{agent}", limit, start)
    return [Mandate.from_dict(row) for row in rows], last


Page = tuple[list[Mandate], Mapping[str, Any] | None]


# --- inside --------------------------------------------------------------------------------------


def _require_agent(asked: Asked) -> None:
    if asked.terms.kind is Kind.STATION:
        if asked.station is None or asked.agent is not None:
            raise InvalidInput.at("/station", "网点免费代办请选择一个网点。")
        if network.point(asked.station).tier not in STATION_TIERS:
            raise InvalidInput.at("/station", "免费代办由街道便民服务中心和社区服务站提供。")
    elif asked.agent is None or asked.station is not None:
        raise InvalidInput.at("/agent", "请填写代办人信息。")


def _agent_of(asked: Asked) -> str:
    if asked.agent is None:
        return station_agent(asked.station or "")
    return holder_key(asked.agent.id_type, asked.agent.id_number)


def _drafted_by(who: Principal, principal: str, agent: str) -> str:
    """Which side writes it down. Raises Forbidden for a citizen who is neither."""
    if CITIZEN not in who.roles:
        return "window"
    if who.holder is not None and who.holder == principal:
        return "principal"
    if who.holder is not None and who.holder == agent:
        return "agent"
    raise Forbidden("只有委托人或代办人本人可以填写委托,请核对双方的证件号码。")


def _side_of(who: Principal, mandate: Mandate) -> str:
    if who.holder == mandate.principal:
        return "principal"
    return "agent" if who.holder == mandate.agent else "window"


def _words(asked: Asked) -> dict[str, Any]:
    return {
        "principal": asked.principal.to_dict(),
        "agent": asked.agent.to_dict() if asked.agent else None,
        "paper": asked.paper.key if asked.paper else None,
    }


def _save(change: Change, mandate: Mandate) -> None:
    order = f"{mandate.drafted_on.isoformat()}#{mandate.id}"
    keys = {
        "person_pk": f"GIVEN#{mandate.principal}",
        "person_sk": order,
        "agent_pk": f"HELD#{mandate.agent}",
        "agent_sk": order,
    }
    change.head(mandate_pk(mandate.id), mandate.version, mandate.to_dict(), keys)


def _grant_item(mandate: Mandate) -> HallItem:
    return HallItem(
        grants_pk(mandate.principal),
        grant_sk(mandate.agent, mandate.id),
        document=terms_to_dict(mandate.terms),
    )
