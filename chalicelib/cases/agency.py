"""Acting for somebody else 代办 (clause 6): the agent acts, and the case stays the principal's.

An act under a mandate names it in the event and holds a condition on it in its own transaction, so
that a mandate revoked in the same moment lets nothing pass. Where mandates are kept, the room does
not know (cases/ports.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

from chalicelib.cases import ports
from chalicelib.cases.intake import Applicant
from chalicelib.cases.lifecycle import Draft
from chalicelib.cases.ports import Authority
from chalicelib.core.errors import Forbidden
from chalicelib.core.principal import CITIZEN, STATION_CLERK, WINDOW_CLERK, Principal

CITIZENS_ACTS: Final[Mapping[str, str]] = {
    "case.submit": "submit",
    "case.read": "read",
    "case.supplement": "supplement",
    "case.withdraw": "withdraw",
}
"""Acts on a case, and what a mandate calls them."""

CLERKS_ACTS: Final[Mapping[str, str]] = {
    act: named for act, named in CITIZENS_ACTS.items() if act != "case.read"
}
"""What a point does under a mandate; it reads the cases that it holds in any case."""


def authority_for(
    principal: Principal, act: str, *, holder: str, item_code: str, day: date
) -> Authority | None:
    """By which mandate somebody does an act that is not his own; None for his own, or without one."""
    known = ports.mandates()
    if known is None or (principal.holder is not None and principal.holder == holder):
        return None
    if CITIZEN in principal.roles:
        named = CITIZENS_ACTS.get(act)
    elif principal.roles & {STATION_CLERK, WINDOW_CLERK}:
        named = CLERKS_ACTS.get(act)
    else:
        named = None
    if named is None:
        return None
    return known.covering(principal, holder=holder, act=named, item_code=item_code, day=day)


def identities(authority: Authority | None) -> frozenset[str]:
    """Whom the access table finds among the agents."""
    return frozenset({authority.identity}) if authority else frozenset()


def require_collecting(mandate: str | None, *, holder: str, item_code: str, day: date) -> Authority:
    """The mandate under which an agent collects a result. Raises Forbidden with the reason."""
    known, found = ports.mandates(), None
    if mandate is not None and known is not None:
        found = known.collecting(mandate, holder=holder, item_code=item_code, day=day)
    if found is None:
        raise Forbidden.at("/mandate", "代办人领取结果,须有当事人允许领取的有效委托。")
    return found


def presented(
    clerk: Principal, mandate: str, *, holder: str, item_code: str, day: date
) -> Authority | None:
    """By which mandate an application comes in at a window: the agent's who stands there and shows
    it, or the clerk's own point's. None where it does not stand, or names somebody else.
    """
    known = ports.mandates()
    if known is None:
        return None
    act = CITIZENS_ACTS["case.submit"]
    return known.presented(mandate, clerk, holder=holder, act=act, item_code=item_code, day=day)


def applicant_of(mandate: str, agent: Principal) -> Applicant:
    """The person for whom `agent` applies. Raises Forbidden where the mandate is not his."""
    known = ports.mandates()
    found = known.applicant(mandate, agent) if known else None
    if found is None:
        raise Forbidden.at("/mandate", "没有当事人有效的委托授权。")
    return found


def noted(draft: Draft, authority: Authority | None) -> Draft:
    """The event with the mandate under which it was done; no names."""
    if authority is None:
        return draft
    under = {"mandate": authority.mandate, "kind": authority.kind}
    return replace(draft, data={**draft.data, "agent": under})


def agent_view(data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The agent of an event as its readers see him; None where the applicant acted himself."""
    under = data.get("agent")
    if not under:
        return None
    known = ports.mandates()
    found = known.named(under["mandate"]) if known else None
    return {
        "mandate": under["mandate"],
        "kind": under["kind"],
        "name": found.name if found else None,
        "kind_name": found.kind_name if found else "代办",
        "relation_name": found.relation_name if found else "",
    }
