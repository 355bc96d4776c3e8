"""The words in which the access table is written: scopes, facts, conditions, rows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

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
    Assurance,
    Principal,
)


class Scope(StrEnum):
    """How far a row reaches from the person who acts."""

    OWN = "own"
    POINT = "point"
    ORGANISATION = "organisation"
    DISTRICT = "district"
    PUBLIC = "public"


SCOPE_NAMES: Mapping[Scope, str] = {
    Scope.OWN: "本人",
    Scope.POINT: "本网点",
    Scope.ORGANISATION: "本单位",
    Scope.DISTRICT: "全区",
    Scope.PUBLIC: "公开",
}
ROLE_NAMES: Mapping[str, str] = {
    ANYONE: "任何人",
    CITIZEN: "申请人",
    STATION_CLERK: "网点工作人员",
    WINDOW_CLERK: "综合窗口",
    ACCEPTOR: "受理人",
    REVIEWER: "审查人",
    CHIEF_REPRESENTATIVE: "首席代表",
    SUPERVISOR: "监察窗口",
    OFFICE: "政务服务改革管理办公室",
    ITEM_EDITOR: "事项编辑",
    LIST_OWNER: "清单主管单位",
    DEPARTMENT_SYSTEM: "部门系统",
    SYSTEM: "系统",
}


@dataclass(frozen=True, slots=True)
class Resource:
    """The facts about a thing that the table decides by. What is unknown stays None, and refuses.

    `holder` is the keyed hash of the person it concerns, `account` whoever created it,
    `organisation` the deciding body, `point` the service point that holds it now. `acceptor` and
    `reviewer` are the accounts that did those steps; `appointed` are the accounts with a chief
    representative's appointment valid now for this body and item; `agents` are the accounts or
    holders with a mandate valid now; `list_owner` is the organisation that keeps the item's list;
    `duties` are those that fall to the caller's own organisation now (clause 1, annex);
    `assurance` is the level of login that the item asks for.
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
    duties: frozenset[str] = frozenset()
    assurance: Assurance | None = None


@dataclass(frozen=True, slots=True)
class Condition:
    """A named test over (who, what), with the sentence that a refused person reads."""

    name: str
    holds: Callable[[Principal, Resource], bool] = field(repr=False, compare=False)
    otherwise: str


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of an act: this role may do it within this scope while every condition holds."""

    role: str
    scope: Scope
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """What can be done: its name in Chinese, and the rows that allow it."""

    title: str
    rules: tuple[Rule, ...]


def act(title: str, *grants: tuple[Rule, ...]) -> Act:
    """An act of the table with the rows of all its grants."""
    return Act(title, tuple(rule for grant in grants for rule in grant))


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


def unmet(rule: Rule, principal: Principal, resource: Resource) -> Condition | None:
    """The first condition of the row that does not hold, or None."""
    return next((each for each in rule.conditions if not each.holds(principal, resource)), None)


def _grant(scope: Scope, roles: tuple[str, ...], when: tuple[Condition, ...]) -> tuple[Rule, ...]:
    return tuple(Rule(role, scope, when) for role in roles)


def own(*roles: str, when: tuple[Condition, ...] = ()) -> tuple[Rule, ...]:
    """Rows for what is the person's own: by holder where it has one, else by account."""
    return _grant(Scope.OWN, roles, when)


def point(*roles: str, when: tuple[Condition, ...] = ()) -> tuple[Rule, ...]:
    """Rows for what the person's service point holds."""
    return _grant(Scope.POINT, roles, when)


def organisation(*roles: str, when: tuple[Condition, ...] = ()) -> tuple[Rule, ...]:
    """Rows for what the person's organisation decides."""
    return _grant(Scope.ORGANISATION, roles, when)


def district(*roles: str, when: tuple[Condition, ...] = ()) -> tuple[Rule, ...]:
    """Rows for everything in the district."""
    return _grant(Scope.DISTRICT, roles, when)


def public(role: str) -> tuple[Rule, ...]:
    """A row for everybody, signed in or not."""
    return _grant(Scope.PUBLIC, (role,), ())


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
    lambda who, _what: who.assurance >= Assurance.REAL_NAME,
    "需要实名认证后办理",
)
ASSURED = Condition(
    "assured",
    lambda who, what: what.assurance is not None and who.assurance >= what.assurance,
    "该事项需要实名认证后办理",
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


def _on_duty(duty: str, title: str) -> Condition:
    """The duty has to fall to the caller's organisation: a role alone does not carry it."""
    return Condition(
        duty.replace(".", "_"),
        lambda _who, what: duty in what.duties,
        f"本单位没有“{title}”的职责",
    )


MANAGES_NETWORK = _on_duty("network.manage", "管理服务网络、机构和网点")
MANAGES_PILOTS = _on_duty("pilot.manage", "组织试点和推广")
CONSENTS_TO_TRANSFERS = _on_duty("posting.consent", "派驻人员调整的事先审核")
