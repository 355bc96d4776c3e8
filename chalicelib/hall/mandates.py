"""Mandates 委托: one person lets another act for him, in stated matters, for stated days; pure.

Clause 6: an agent acts, and the case stays the principal's. A mandate holds from the principal's
own confirmation (online, or at a window with both present and the signed paper), on the days it
names, until it is revoked; that its days are over needs no act.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import Any, Final

from chalicelib.core.errors import Conflict, FieldError, InvalidInput, OutOfTurn
from chalicelib.core.identifiers import valid_citizen_number, valid_uscc
from chalicelib.hall.regimes import MandateRules

DRAFTED: Final = "mandate.drafted"
RECORDED: Final = "mandate.recorded"
CONFIRMED: Final = "mandate.confirmed"
REVOKED: Final = "mandate.revoked"

MOST_ITEMS: Final = 30


class Kind(StrEnum):
    """Who acts: family, somebody trusted, or the station itself free of charge (clause 6)."""

    FAMILY = "family"
    AGENT = "agent"
    STATION = "station"


KIND_NAMES: Final[Mapping[Kind, str]] = {
    Kind.FAMILY: "亲属代办",
    Kind.AGENT: "委托代办",
    Kind.STATION: "网点免费代办",
}


class AgentAct(StrEnum):
    """What an agent may be allowed to do."""

    SUBMIT = "submit"
    SUPPLEMENT = "supplement"
    WITHDRAW = "withdraw"
    COLLECT = "collect"
    READ = "read"


ACT_NAMES: Final[Mapping[AgentAct, str]] = {
    AgentAct.SUBMIT: "提交申请",
    AgentAct.SUPPLEMENT: "补正材料",
    AgentAct.WITHDRAW: "撤回申请",
    AgentAct.COLLECT: "领取结果",
    AgentAct.READ: "查看进度",
}


class State(StrEnum):
    """Where a mandate stands. That it is over or not yet begun is a matter of the day."""

    DRAFTED = "drafted"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"


class Standing(StrEnum):
    """What its readers see on a day."""

    DRAFTED = "drafted"
    COMING = "coming"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    REVOKED = "revoked"


STANDING_NAMES: Final[Mapping[Standing, str]] = {
    Standing.DRAFTED: "待本人确认",
    Standing.COMING: "尚未开始",
    Standing.IN_FORCE: "有效",
    Standing.EXPIRED: "已到期",
    Standing.REVOKED: "已撤销",
}


@dataclass(frozen=True, slots=True)
class Party:
    """A person or a body, as it is sealed. `id_type` is 111 (GB 11643) or 001 (GB 32100)."""

    id_type: str
    id_number: str
    name: str
    phone: str = ""

    def to_dict(self) -> dict[str, str]:
        return {
            "id_type": self.id_type,
            "id_number": self.id_number,
            "name": self.name,
            "phone": self.phone,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, str]) -> Party:
        return cls(raw["id_type"], raw["id_number"], raw["name"], raw.get("phone", ""))

    def faults(self, pointer: str) -> list[FieldError]:
        """What is wrong with the number."""
        if self.id_type == "111" and not valid_citizen_number(self.id_number):
            return [
                FieldError(f"{pointer}/id_number", "身份证号码不正确,请对照证件核对 18 位号码。")
            ]
        if self.id_type == "001" and not valid_uscc(self.id_number):
            return [
                FieldError(
                    f"{pointer}/id_number", "统一社会信用代码不正确,请对照执照核对 18 位代码。"
                )
            ]
        return []


@dataclass(frozen=True, slots=True)
class Terms:
    """What is allowed to whom and when. No `items` means every item; both days are included."""

    kind: Kind
    relation: str
    items: tuple[str, ...]
    acts: frozenset[AgentAct]
    first_day: date
    last_day: date

    def faults(self, rules: MandateRules, today: date) -> list[FieldError]:
        """Everything that is wrong with the terms, at once."""
        faults = []
        if self.kind is Kind.FAMILY and self.relation not in rules.relations:
            faults.append(FieldError("/relation", "请选择代办人与您的亲属关系。"))
        if self.kind is not Kind.FAMILY and self.relation:
            faults.append(FieldError("/relation", "只有亲属代办需要填写亲属关系。"))
        if not self.acts:
            faults.append(FieldError("/acts", "请选择允许代办人做什么。"))
        if len(self.items) > MOST_ITEMS:
            faults.append(FieldError("/items", f"一份委托最多列 {MOST_ITEMS} 个事项。"))
        if self.first_day < today:
            faults.append(FieldError("/first_day", "委托不能从过去的日期开始。"))
        longest = rules.longest_days[self.kind]
        if self.last_day < self.first_day:
            faults.append(FieldError("/last_day", "结束日期不能早于开始日期。"))
        elif (self.last_day - self.first_day).days >= longest:
            faults.append(FieldError("/last_day", f"{KIND_NAMES[self.kind]}最长 {longest} 天。"))
        return faults


@dataclass(frozen=True, slots=True)
class Mandate:
    """The head of a mandate. `principal` is a holder hash; `agent` one too, or `point:<key>`.

    `point` is the service point whose window recorded it, None where it was given online.
    `drafted_by` is `principal`, `agent` or `window`.
    """

    id: str
    version: int
    state: State
    principal: str
    agent: str
    terms: Terms
    drafted_by: str
    drafted_on: date
    point: str | None = None
    confirmed_at: str | None = None
    revoked_at: str | None = None
    revoked_by: str | None = None

    def standing(self, day: date) -> Standing:
        """What it is on a day."""
        if self.state is State.REVOKED:
            return Standing.REVOKED
        if day > self.terms.last_day:
            return Standing.EXPIRED
        if self.state is State.DRAFTED:
            return Standing.DRAFTED
        return Standing.COMING if day < self.terms.first_day else Standing.IN_FORCE

    def confirm(self, at: str, day: date) -> Mandate:
        """The principal's own confirmation. Raises OutOfTurn for what cannot be confirmed."""
        match self.standing(day):
            case Standing.DRAFTED:
                return replace(
                    self, state=State.CONFIRMED, confirmed_at=at, version=self.version + 1
                )
            case Standing.EXPIRED:
                raise OutOfTurn("这份委托的结束日期已过,请重新办理。")
            case Standing.REVOKED:
                raise OutOfTurn("这份委托已经撤销。")
        raise Conflict("这份委托已经确认过。")

    def revoke(self, at: str, by: str) -> Mandate:
        """End it at once. `by` is `principal`, `agent` or `window`. Raises OutOfTurn."""
        if self.state is State.REVOKED:
            raise OutOfTurn("这份委托已经撤销。")
        return replace(
            self, state=State.REVOKED, revoked_at=at, revoked_by=by, version=self.version + 1
        )

    def to_dict(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "version": self.version,
            "state": self.state.value,
            "principal": self.principal,
            "agent": self.agent,
            **terms_to_dict(self.terms),
            "drafted_by": self.drafted_by,
            "drafted_on": self.drafted_on.isoformat(),
            "point": self.point,
            "confirmed_at": self.confirmed_at,
            "revoked_at": self.revoked_at,
            "revoked_by": self.revoked_by,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Mandate:
        return cls(
            id=raw["id"],
            version=int(raw["version"]),
            state=State(raw["state"]),
            principal=raw["principal"],
            agent=raw["agent"],
            terms=terms_from_dict(raw),
            drafted_by=raw["drafted_by"],
            drafted_on=date.fromisoformat(raw["drafted_on"]),
            point=raw["point"],
            confirmed_at=raw["confirmed_at"],
            revoked_at=raw["revoked_at"],
            revoked_by=raw["revoked_by"],
        )


def terms_to_dict(terms: Terms) -> dict[str, Any]:
    return {
        "kind": terms.kind.value,
        "relation": terms.relation,
        "items": list(terms.items),
        "acts": sorted(act.value for act in terms.acts),
        "first_day": terms.first_day.isoformat(),
        "last_day": terms.last_day.isoformat(),
    }


def terms_from_dict(raw: Mapping[str, Any]) -> Terms:
    return Terms(
        kind=Kind(raw["kind"]),
        relation=raw["relation"],
        items=tuple(raw["items"]),
        acts=frozenset(AgentAct(each) for each in raw["acts"]),
        first_day=date.fromisoformat(raw["first_day"]),
        last_day=date.fromisoformat(raw["last_day"]),
    )


def covers(terms: Terms, act: AgentAct, item_code: str, day: date) -> bool:
    """Whether terms in force allow this act in this item on this day."""
    return (
        act in terms.acts
        and (not terms.items or item_code in terms.items)
        and terms.first_day <= day <= terms.last_day
    )


def check(
    principal: Party, agent: Party | None, terms: Terms, rules: MandateRules, today: date
) -> None:
    """Raise one InvalidInput that names every fault, or do nothing. `agent` None is a station."""
    faults = [*principal.faults("/principal"), *terms.faults(rules, today)]
    if agent is not None:
        faults += agent.faults("/agent")
        if (agent.id_type, agent.id_number) == (principal.id_type, principal.id_number):
            faults.append(FieldError("/agent/id_number", "代办人不能是委托人自己。"))
    if terms.kind is Kind.FAMILY and _has_body(principal, agent):
        faults.append(FieldError("/kind", "亲属代办只能在个人之间。"))
    if faults:
        raise InvalidInput("委托内容不完整或有误,请一次改好后再提交。", faults)


def _has_body(principal: Party, agent: Party | None) -> bool:
    parties: Collection[Party] = [principal, *([agent] if agent else [])]
    return any(party.id_type != "111" for party in parties)
