"""Who may do what. The table is core/access_table.py; this asks it.

Every route and every worker names its act. An act that the table does not name is refused, and a
fact that the caller of `require` left out counts against them: both fail closed. `explain` says in
Chinese which row allowed an act, or why the nearest one did not.

The edge asks `may` (does any of the caller's roles appear in a row of this act?) before it reads a
request; the service asks `require` with the resource, because only it knows whose the resource is.
Separation of accepting, reviewing and signing is a condition in the table and nowhere else (7).
"""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter

from chalicelib.core.access_table import TABLE
from chalicelib.core.access_terms import (
    ROLE_NAMES,
    SCOPE_NAMES,
    Condition,
    Resource,
    Rule,
    Scope,
    unmet,
    within,
)
from chalicelib.core.errors import Forbidden
from chalicelib.core.principal import ANYONE, Principal

__all__ = [
    "NOTHING",
    "Considered",
    "Explanation",
    "Resource",
    "Rule",
    "Scope",
    "acts",
    "allows",
    "considered",
    "explain",
    "may",
    "require",
    "role_of",
    "rules_for",
    "title_of",
]

NOTHING = Resource()

OUTSIDE = {
    Scope.OWN: "只能办理本人的事项",
    Scope.POINT: "只能办理本网点的办件",
    Scope.ORGANISATION: "只能办理本单位的办件",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether, by which row, and why, in words."""

    allowed: bool
    reason: str
    rule: Rule | None = None


@dataclass(frozen=True, slots=True)
class Considered:
    """One row of an act held against a person and a resource, part by part."""

    rule: Rule
    holds: bool
    within: bool
    conditions: tuple[tuple[Condition, bool], ...]

    @property
    def allows(self) -> bool:
        return self.holds and self.within and all(met for _, met in self.conditions)


def acts() -> frozenset[str]:
    """Every act that the table names."""
    return frozenset(TABLE)


def rules_for(act: str) -> tuple[Rule, ...]:
    """The rows of one act; none for an act that is not named."""
    return TABLE[act].rules if act in TABLE else ()


def title_of(act: str) -> str:
    """What the act is called where people read it."""
    return TABLE[act].title if act in TABLE else act


def may(principal: Principal, act: str) -> bool:
    """Whether any role of the caller appears in a row of this act, whatever the resource."""
    return any(_holds(principal, rule.role) for rule in rules_for(act))


def allows(principal: Principal, act: str, resource: Resource = NOTHING) -> bool:
    """Whether some row allows this act on this resource."""
    return any(
        _holds(principal, rule.role)
        and within(rule, principal, resource)
        and unmet(rule, principal, resource) is None
        for rule in rules_for(act)
    )


def require(principal: Principal, act: str, resource: Resource = NOTHING) -> None:
    """Do nothing if allowed; else raise Forbidden with the reason that `explain` gives."""
    if not allows(principal, act, resource):
        raise Forbidden(explain(principal, act, resource).reason)


def explain(principal: Principal, act: str, resource: Resource = NOTHING) -> Explanation:
    """The verdict with its reason: the row that allows, or what the nearest row lacks."""
    rules = rules_for(act)
    if not rules:
        return Explanation(False, f"操作“{act}”没有列入权限表")
    mine = [rule for rule in rules if _holds(principal, rule.role)]
    if not mine:
        able = "、".join(dict.fromkeys(ROLE_NAMES[rule.role] for rule in rules))
        return Explanation(False, f"当前角色不能办理“{title_of(act)}”,可以办理的是:{able}")
    # What came nearest explains best: a row whose scope fits says more than one out of scope.
    return max((_verdict(rule, principal, resource) for rule in mine), key=itemgetter(0))[1]


def considered(
    principal: Principal, act: str, resource: Resource = NOTHING
) -> tuple[Considered, ...]:
    """Every row of an act with how each part of it came out, for whoever asks why."""
    return tuple(
        Considered(
            rule,
            _holds(principal, rule.role),
            within(rule, principal, resource),
            tuple((each, each.holds(principal, resource)) for each in rule.conditions),
        )
        for rule in rules_for(act)
    )


def role_of(verdict: Explanation) -> str:
    """The role of the row that allowed it. Raises Forbidden with the reason where none did."""
    if not verdict.allowed or verdict.rule is None:
        raise Forbidden(verdict.reason)
    return verdict.rule.role


def _verdict(rule: Rule, principal: Principal, resource: Resource) -> tuple[int, Explanation]:
    """How near this row comes to allowing (2 is allowing), and what it says."""
    if not within(rule, principal, resource):
        return 0, Explanation(False, OUTSIDE[rule.scope], rule)
    condition = unmet(rule, principal, resource)
    if condition is not None:
        return 1, Explanation(False, condition.otherwise, rule)
    reach = SCOPE_NAMES[rule.scope]
    return 2, Explanation(True, f"{ROLE_NAMES[rule.role]}可以办理{reach}范围内的此操作", rule)


def _holds(principal: Principal, role: str) -> bool:
    return role == ANYONE or role in principal.roles
