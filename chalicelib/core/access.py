"""Who may do what: one table of act × role × scope × condition, and nothing is allowed beside it.

Every route and every worker names its act. An act that the table does not name is refused, and a
fact that the caller of `require` left out counts against them: both fail closed. `explain` says in
Chinese which row allowed an act, or why the nearest one did not.

The edge asks `may` (does any of the caller's roles appear in a row of this act?) before it reads a
request; the service asks `require` with the resource, because only it knows whose the resource is.
Separation of accepting, reviewing and signing is a condition here and nowhere else (clause 7).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache

from chalicelib.core.errors import Forbidden
from chalicelib.core.principal import (
    ACCEPTOR,
    ANYONE,
    CHIEF_REPRESENTATIVE,
    CITIZEN,
    DEPARTMENT_SYSTEM,
    ITEM_EDITOR,
    LIST_OWNER,
    OFFICE,
    REVIEWER,
    STATION_CLERK,
    SUPERVISOR,
    SYSTEM,
    WINDOW_CLERK,
    Principal,
)


class Scope(StrEnum):
    """How far a row reaches from the person who acts."""

    OWN = "own"
    POINT = "point"
    ORGANISATION = "organisation"
    DISTRICT = "district"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Resource:
    """The facts about a thing that the table decides by. What is unknown stays None, and refuses.

    `holder` is the keyed hash of the person it concerns, `account` whoever created it,
    `organisation` the deciding body, `point` the service point that holds it now. `acceptor` and
    `reviewer` are the accounts that did those steps; `appointed` are the accounts with a chief
    representative's appointment valid now for this body and item; `agents` are the accounts or
    holders with a mandate valid now; `list_owner` is the organisation that keeps the item's list.
    """

    holder: str | None = None
    account: str | None = None
    organisation: str | None = None
    point: str | None = None
    sunk: bool | None = None
    comprehensive: bool | None = None
    acceptor: str | None = None
    reviewer: str | None = None
    appointed: frozenset[str] = frozenset()
    agents: frozenset[str] = frozenset()
    list_owner: str | None = None


NOTHING = Resource()


@dataclass(frozen=True, slots=True)
class Condition:
    """A named test over (who, what), with the sentence that a refused person reads."""

    name: str
    holds: Callable[[Principal, Resource], bool] = field(repr=False, compare=False)
    otherwise: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: this role may do this act within this scope while every condition holds."""

    act: str
    role: str
    scope: Scope
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """Whether, by which row, and why, in words."""

    allowed: bool
    reason: str
    rule: Rule | None = None


NOT_SUNK = Condition(
    "not_sunk",
    lambda _who, what: what.sunk is False,
    "下沉事项上传即收件,由上级部门受理,网点不能自行受理",
)
AT_COMPREHENSIVE_WINDOW = Condition(
    "at_comprehensive_window",
    lambda who, what: who.point is not None and what.comprehensive is True,
    "只有政务服务中心及分中心的综合窗口可以受理所有部门的事项",
)
NOT_ACCEPTOR = Condition(
    "not_acceptor",
    lambda who, what: what.acceptor is not None and what.acceptor != who.account,
    "受理人不能审查同一办件",
)
NOT_ACCEPTOR_NOR_REVIEWER = Condition(
    "not_acceptor_nor_reviewer",
    lambda who, what: (
        what.acceptor is not None
        and what.reviewer is not None
        and who.account not in (what.acceptor, what.reviewer)
    ),
    "受理人、审查人不能签批同一办件",
)
APPOINTED = Condition(
    "appointed",
    lambda who, what: who.account in what.appointed,
    "没有覆盖该事项的有效首席代表任命",
)
REAL_NAME = Condition(
    "real_name",
    lambda who, _what: who.assurance >= 2,
    "需要实名认证后办理",
)
MANDATED = Condition(
    "mandated",
    lambda who, what: who.account in what.agents or (who.holder or "") in what.agents,
    "没有当事人有效的委托授权",
)
OWNS_LIST = Condition(
    "owns_list",
    lambda who, what: what.list_owner is not None and what.list_owner == who.organisation,
    "只有该清单的主管单位可以审核",
)


def _rows(
    act: str, roles: str | Iterable[str], scope: Scope, *conditions: Condition
) -> tuple[Rule, ...]:
    each = (roles,) if isinstance(roles, str) else tuple(roles)
    return tuple(Rule(act, role, scope, conditions) for role in each)


CLERKS = (STATION_CLERK, WINDOW_CLERK)
DEPARTMENT = (ACCEPTOR, REVIEWER, CHIEF_REPRESENTATIVE)
STAFF = (*CLERKS, *DEPARTMENT)
WATCHERS = (SUPERVISOR, OFFICE)
EDITORS = (ITEM_EDITOR, LIST_OWNER, OFFICE)
SIGNED_IN = (CITIZEN, *STAFF, *WATCHERS, ITEM_EDITOR, LIST_OWNER, DEPARTMENT_SYSTEM)

OWN, POINT, ORGANISATION, DISTRICT, PUBLIC = Scope

TABLE: tuple[Rule, ...] = (
    # What anyone may see: no name, no number, no case.
    *_rows("health.read", ANYONE, PUBLIC),
    *_rows("openapi.read", ANYONE, PUBLIC),
    *_rows("item.read", ANYONE, PUBLIC),
    *_rows("point.read", ANYONE, PUBLIC),
    *_rows("indicator.read", ANYONE, PUBLIC),
    *_rows("calendar.read", ANYONE, PUBLIC),
    *_rows("deadline.preview", ANYONE, PUBLIC),
    *_rows("certificate.verify", ANYONE, PUBLIC),
    # Documents and drafts belong to the account that made them.
    *_rows("upload.create", (CITIZEN, *STAFF), OWN),
    *_rows("upload.complete", (CITIZEN, *STAFF), OWN),
    *_rows("draft.read", CITIZEN, OWN),
    *_rows("draft.write", CITIZEN, OWN),
    # A case, from submission to what follows its end.
    *_rows("case.submit", CITIZEN, OWN),
    *_rows("case.submit", CLERKS, POINT),
    *_rows("case.list", CITIZEN, OWN),
    *_rows("case.read", CITIZEN, OWN),
    *_rows("case.read", CITIZEN, DISTRICT, MANDATED),
    *_rows("case.read", CLERKS, POINT),
    *_rows("case.read", DEPARTMENT, ORGANISATION),
    *_rows("case.read", WATCHERS, DISTRICT),
    *_rows("case.accept", WINDOW_CLERK, DISTRICT, NOT_SUNK, AT_COMPREHENSIVE_WINDOW),
    *_rows("case.accept", ACCEPTOR, ORGANISATION),
    *_rows("case.notify_correction", WINDOW_CLERK, DISTRICT, NOT_SUNK, AT_COMPREHENSIVE_WINDOW),
    *_rows("case.notify_correction", ACCEPTOR, ORGANISATION),
    *_rows("case.reject", WINDOW_CLERK, DISTRICT, NOT_SUNK, AT_COMPREHENSIVE_WINDOW),
    *_rows("case.reject", ACCEPTOR, ORGANISATION),
    *_rows("case.supplement", CITIZEN, OWN),
    *_rows("case.supplement", CLERKS, POINT),
    *_rows("case.review", REVIEWER, ORGANISATION, NOT_ACCEPTOR),
    *_rows("special.start", REVIEWER, ORGANISATION),
    *_rows("special.finish", REVIEWER, ORGANISATION),
    *_rows("case.extend", CHIEF_REPRESENTATIVE, ORGANISATION, APPOINTED),
    *_rows("case.sign", CHIEF_REPRESENTATIVE, ORGANISATION, APPOINTED, NOT_ACCEPTOR_NOR_REVIEWER),
    *_rows("case.deliver", CLERKS, POINT),
    *_rows("case.withdraw", CITIZEN, OWN),
    *_rows("case.void", SUPERVISOR, DISTRICT),
    *_rows("case.rate", CITIZEN, OWN),
    *_rows("case.object", CITIZEN, OWN),
    *_rows("case.renew", CITIZEN, OWN),
    *_rows("dossier.read", CITIZEN, OWN),
    *_rows("dossier.read", CLERKS, POINT),
    *_rows("dossier.read", DEPARTMENT, ORGANISATION),
    *_rows("dossier.read", WATCHERS, DISTRICT),
    *_rows("queue.read", CLERKS, POINT),
    *_rows("queue.read", WINDOW_CLERK, DISTRICT, AT_COMPREHENSIVE_WINDOW),
    *_rows("queue.read", DEPARTMENT, ORGANISATION),
    # Certificates: the holder sees all of it, an office what its case needs.
    *_rows("certificate.list", CITIZEN, OWN),
    *_rows("certificate.present", CITIZEN, OWN),
    *_rows("certificate.read_log", CITIZEN, OWN),
    *_rows("certificate.search", (*STAFF, DEPARTMENT_SYSTEM), DISTRICT),
    *_rows("certificate.read", CITIZEN, OWN),
    *_rows("certificate.read", (*STAFF, DEPARTMENT_SYSTEM), DISTRICT),
    *_rows("certificate.check", (*STAFF, DEPARTMENT_SYSTEM), DISTRICT),
    *_rows("certificate.change_status", CHIEF_REPRESENTATIVE, ORGANISATION),
    *_rows("certificate_import.create", (OFFICE, DEPARTMENT_SYSTEM), ORGANISATION),
    *_rows("certificate_import.read", (OFFICE, DEPARTMENT_SYSTEM), ORGANISATION),
    *_rows("certificate_import.read", OFFICE, DISTRICT),
    # Departments ask each other, and let their own systems listen.
    *_rows("inquiry.create", (*DEPARTMENT, DEPARTMENT_SYSTEM), ORGANISATION),
    *_rows("inquiry.read", (*DEPARTMENT, DEPARTMENT_SYSTEM), ORGANISATION),
    *_rows("inquiry.read", WATCHERS, DISTRICT),
    *_rows("inquiry.answer", (*DEPARTMENT, DEPARTMENT_SYSTEM), ORGANISATION),
    *_rows("subscription.create", (DEPARTMENT_SYSTEM, OFFICE), ORGANISATION),
    *_rows("subscription.read", (DEPARTMENT_SYSTEM, OFFICE), ORGANISATION),
    *_rows("subscription.delete", (DEPARTMENT_SYSTEM, OFFICE), ORGANISATION),
    # The catalogue: proposed by a department, reviewed by the list's owner, approved by the office.
    *_rows("item_change.propose", ITEM_EDITOR, ORGANISATION),
    *_rows("item_change.read", ITEM_EDITOR, ORGANISATION),
    *_rows("item_change.read", (LIST_OWNER, *WATCHERS), DISTRICT),
    *_rows("item_change.withdraw", ITEM_EDITOR, ORGANISATION),
    *_rows("item_change.review", LIST_OWNER, DISTRICT, OWNS_LIST),
    *_rows("item_change.publish", OFFICE, DISTRICT),
    *_rows("list.read", (*EDITORS, SUPERVISOR), DISTRICT),
    *_rows("catalogue.check", (*EDITORS, SUPERVISOR), DISTRICT),
    # The service network and its people.
    *_rows("organisation.read", (*STAFF, *WATCHERS, *EDITORS), DISTRICT),
    *_rows("organisation.write", OFFICE, DISTRICT),
    *_rows("point.write", OFFICE, DISTRICT),
    *_rows("pilot.read", WATCHERS, DISTRICT),
    *_rows("pilot.write", OFFICE, DISTRICT),
    *_rows("posting.read", OFFICE, DISTRICT),
    *_rows("posting.read", CHIEF_REPRESENTATIVE, ORGANISATION),
    *_rows("posting.read", SUPERVISOR, DISTRICT),
    *_rows("posting.write", OFFICE, DISTRICT),
    *_rows("posting.request_transfer", CHIEF_REPRESENTATIVE, ORGANISATION),
    *_rows("posting.transfer", OFFICE, DISTRICT),
    *_rows("appointment.read", WATCHERS, DISTRICT),
    *_rows("appointment.read", DEPARTMENT, ORGANISATION),
    *_rows("appointment.write", OFFICE, DISTRICT),
    *_rows("appraisal.read", WATCHERS, DISTRICT),
    *_rows("appraisal.read", CHIEF_REPRESENTATIVE, ORGANISATION),
    *_rows("appraisal.write", OFFICE, DISTRICT),
    *_rows("appraisal.object", CHIEF_REPRESENTATIVE, ORGANISATION),
    # The service regimes of the hall.
    *_rows("booking.create", CITIZEN, OWN),
    *_rows("booking.create", CLERKS, POINT),
    *_rows("booking.read", CITIZEN, OWN),
    *_rows("booking.read", CLERKS, POINT),
    *_rows("booking.cancel", CITIZEN, OWN),
    *_rows("booking.cancel", CLERKS, POINT),
    *_rows("visit.create", CITIZEN, OWN),
    *_rows("visit.create", CLERKS, POINT),
    *_rows("visit.read", CITIZEN, OWN),
    *_rows("visit.read", CLERKS, POINT),
    *_rows("visit.close", CLERKS, POINT),
    *_rows("consultation.create", CITIZEN, OWN),
    *_rows("consultation.create", CLERKS, POINT),
    *_rows("consultation.read", CITIZEN, OWN),
    *_rows("consultation.read", CLERKS, POINT),
    *_rows("consultation.read", DEPARTMENT, ORGANISATION),
    *_rows("consultation.answer", CLERKS, POINT),
    *_rows("consultation.answer", DEPARTMENT, ORGANISATION),
    *_rows("mandate.create", CITIZEN, OWN, REAL_NAME),
    *_rows("mandate.create", CLERKS, POINT),
    *_rows("mandate.read", CITIZEN, OWN),
    *_rows("mandate.read", CITIZEN, DISTRICT, MANDATED),
    *_rows("mandate.read", CLERKS, POINT),
    *_rows("mandate.revoke", CITIZEN, OWN),
    # Supervision sees everything and writes alarms only (clause 2).
    *_rows("alarm.read", WATCHERS, DISTRICT),
    *_rows("alarm.read", DEPARTMENT, ORGANISATION),
    *_rows("alarm.respond", DEPARTMENT, ORGANISATION),
    *_rows("alarm.close", SUPERVISOR, DISTRICT),
    *_rows("wall.read", WATCHERS, DISTRICT),
    *_rows("rule.read", WATCHERS, DISTRICT),
    *_rows("rule.write", SUPERVISOR, DISTRICT),
    *_rows("violation.report", (CITIZEN, *STAFF), OWN),
    # The platform's own acts, done by timers and workers.
    *_rows("case.advance", SYSTEM, DISTRICT),
)


@cache
def _by_act() -> Mapping[str, tuple[Rule, ...]]:
    acts: dict[str, list[Rule]] = {}
    for rule in TABLE:
        acts.setdefault(rule.act, []).append(rule)
    return {act: tuple(rules) for act, rules in acts.items()}


def acts() -> frozenset[str]:
    """Every act that the table names."""
    return frozenset(_by_act())


def rules_for(act: str) -> tuple[Rule, ...]:
    """The rows of one act; none for an act that is not named."""
    return _by_act().get(act, ())


def roles_of(principal: Principal) -> frozenset[str]:
    """The caller's roles; everybody is also `anyone`."""
    return principal.roles | {ANYONE}


def may(principal: Principal, act: str) -> bool:
    """Whether any role of the caller appears in a row of this act, whatever the resource."""
    roles = roles_of(principal)
    return any(rule.role in roles for rule in rules_for(act))


def within(rule: Rule, principal: Principal, resource: Resource) -> bool:
    """Whether the resource lies in the row's scope. A missing fact on either side lies outside."""
    match rule.scope:
        case Scope.PUBLIC | Scope.DISTRICT:
            return True
        case Scope.ORGANISATION:
            return principal.organisation is not None and (
                resource.organisation == principal.organisation
            )
        case Scope.POINT:
            return principal.point is not None and resource.point == principal.point
        case Scope.OWN:
            if resource.holder is not None:
                return resource.holder == principal.holder
            return resource.account is not None and resource.account == principal.account


def allows(principal: Principal, act: str, resource: Resource = NOTHING) -> bool:
    """Whether some row allows this act on this resource."""
    return explain(principal, act, resource).allowed


def require(principal: Principal, act: str, resource: Resource = NOTHING) -> None:
    """Do nothing if allowed; else raise Forbidden with the reason that `explain` gives."""
    verdict = explain(principal, act, resource)
    if not verdict.allowed:
        raise Forbidden(verdict.reason)


OUTSIDE = {
    Scope.OWN: "只能办理本人的事项",
    Scope.POINT: "只能办理本网点的办件",
    Scope.ORGANISATION: "只能办理本单位的办件",
}


def explain(principal: Principal, act: str, resource: Resource = NOTHING) -> Explanation:
    """The verdict with its reason: the row that allows, or what the nearest row lacks."""
    rules = rules_for(act)
    if not rules:
        return Explanation(False, f"操作“{act}”没有列入权限表")
    roles = roles_of(principal)
    mine = [rule for rule in rules if rule.role in roles]
    if not mine:
        return Explanation(False, "当前角色不能办理此操作")
    reasons: list[tuple[int, str, Rule]] = []
    for rule in mine:
        if not within(rule, principal, resource):
            reasons.append((0, OUTSIDE[rule.scope], rule))
            continue
        unmet = next((c for c in rule.conditions if not c.holds(principal, resource)), None)
        if unmet is None:
            return Explanation(True, f"角色 {rule.role} 在 {rule.scope} 范围内可以办理", rule)
        reasons.append((1, unmet.otherwise, rule))
    # A row whose scope fits and whose condition fails says more than one that is out of scope.
    _, reason, rule = max(reasons, key=lambda entry: entry[0])
    return Explanation(False, reason, rule)
