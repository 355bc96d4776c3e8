"""What the cases room asks about mandates (its port `cases.ports.Mandates`)."""

from __future__ import annotations

from datetime import date

from chalicelib.cases.intake import Applicant
from chalicelib.cases.ports import AgentNamed, Authority
from chalicelib.core.errors import NotFound
from chalicelib.core.masking import mask_name
from chalicelib.core.principal import CITIZEN, Principal
from chalicelib.hall import mandating
from chalicelib.hall.mandates import KIND_NAMES, AgentAct, Kind, Mandate, State, covers
from chalicelib.hall.mandating import Grant, station_agent
from chalicelib.hall.regimes import regimes
from chalicelib.network import service as network


def covering(
    agent: Principal, *, holder: str, act: str, item_code: str, day: date
) -> Authority | None:
    """The mandate by which `agent` may do `act` for that holder today; None without one."""
    key = _key_of(agent)
    if key is None:
        return None
    found = mandating.covering(holder, key, AgentAct(act), item_code=item_code, day=day)
    return _authority(found, agent.holder or agent.account) if found else None


def collecting(mandate: str, *, holder: str, item_code: str, day: date) -> Authority | None:
    """The named mandate, if it lets its agent collect for that holder today."""
    known = _standing(mandate, holder, AgentAct.COLLECT, item_code, day)
    return _held_by_agent(known) if known else None


def presented(
    mandate: str, clerk: Principal, *, holder: str, act: str, item_code: str, day: date
) -> Authority | None:
    """The named mandate, if its agent may do `act` for that holder today.

    What a station acts by serves at that station alone.
    """
    known = _standing(mandate, holder, AgentAct(act), item_code, day)
    if known is None or (known.terms.kind is Kind.STATION and known.agent != _key_of(clerk)):
        return None
    # The access table knows a station's clerk by his account, as `covering` names him.
    return _held_by_agent(known, clerk.account if known.terms.kind is Kind.STATION else None)


def _standing(
    mandate: str, holder: str, act: AgentAct, item_code: str, day: date
) -> Mandate | None:
    try:
        known = mandating.read(mandate)
    except NotFound:
        return None
    stands = known.principal == holder and known.state is State.CONFIRMED
    return known if stands and covers(known.terms, act, item_code, day) else None


def _held_by_agent(known: Mandate, identity: str | None = None) -> Authority:
    grant = Grant(known.id, known.agent, known.principal, known.terms.kind, known.terms.relation)
    return _authority(grant, identity or known.agent)


def applicant(mandate: str, agent: Principal) -> Applicant | None:
    """Whom a mandate lets `agent` act for; None where it is not his, or does not stand."""
    try:
        known = mandating.read(mandate)
    except NotFound:
        return None
    if known.state is not State.CONFIRMED or known.agent != _key_of(agent):
        return None
    named = mandating.parties(mandate).principal
    return Applicant(named.id_type, named.id_number, named.name, named.phone)


def named(mandate: str) -> AgentNamed | None:
    """Who acts under a mandate, as its principal reads it."""
    try:
        known, parties = mandating.read(mandate), mandating.parties(mandate)
        if known.terms.kind is Kind.STATION:
            name = network.point(known.agent.removeprefix("point:")).name
        else:
            agent = parties.agent
            natural = agent is not None and agent.id_type == "111"
            name = agent.name if agent else ""
            name = mask_name(name) if natural else name
    except NotFound:
        return None
    relation = regimes().mandates.relations.get(known.terms.relation, "")
    return AgentNamed(name, KIND_NAMES[known.terms.kind], relation)


def _key_of(agent: Principal) -> str | None:
    """How somebody stands in mandates: a citizen by his hash, a clerk by his point."""
    if CITIZEN in agent.roles:
        return agent.holder
    return station_agent(agent.point) if agent.point else None


def _authority(grant: Grant, identity: str) -> Authority:
    return Authority(grant.id, grant.kind.value, identity, grant.hold)
