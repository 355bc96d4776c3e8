"""What the mandates' HTTP takes and gives. Numbers come in bodies and never go out in full."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.core.masking import mask_id_number, mask_name, mask_phone
from chalicelib.hall.mandates import (
    ACT_NAMES,
    KIND_NAMES,
    STANDING_NAMES,
    AgentAct,
    Kind,
    Mandate,
    Party,
    Standing,
)
from chalicelib.hall.mandating import Parties
from chalicelib.hall.regimes import regimes
from chalicelib.http.schema import Input, Output, PageQuery
from chalicelib.network import service as network


class PartyIn(Input):
    """A person with a citizen number (111, GB 11643) or a body with a credit code (001, GB 32100)."""

    id_type: Literal["111", "001"] = "111"
    id_number: Annotated[str, Field(min_length=1, max_length=18)]
    name: Annotated[str, Field(min_length=1, max_length=100)]
    phone: Annotated[str, Field(max_length=20, pattern=r"^[0-9+\- ]*$")] = ""

    def party(self) -> Party:
        return Party(self.id_type, self.id_number.upper(), self.name, self.phone)


class MandateIn(Input):
    """Who lets whom do what, and for how long. No `items` means every item.

    At a window both are present, and `paper` is the uploaded paper that both signed.
    """

    kind: Kind
    principal: PartyIn
    agent: PartyIn | None = None
    station: Annotated[str | None, Field(max_length=40, description="免费代办的网点")] = None
    relation: Annotated[str, Field(max_length=20, description="亲属关系")] = ""
    items: Annotated[list[Annotated[str, Field(max_length=40)]], Field(max_length=30)] = Field(
        default_factory=list
    )
    acts: Annotated[list[AgentAct], Field(max_length=5)]
    first_day: date | None = None
    last_day: date
    paper: Annotated[str | None, Field(max_length=2048, description="双方签名的委托书")] = None
    both_present: Annotated[bool, Field(description="双方到场")] = False


class MandateQuery(PageQuery):
    side: Annotated[
        Literal["given", "held"], Field(description="given 我委托别人,held 别人委托我")
    ] = "given"


class PartyShown(Output):
    """A party as the other one and the clerk see it."""

    id_type: str
    name: str
    id_number: str
    phone: str

    @classmethod
    def of(cls, party: Party) -> PartyShown:
        natural = party.id_type == "111"
        return cls(
            id_type=party.id_type,
            name=mask_name(party.name) if natural else party.name,
            id_number=mask_id_number(party.id_number) if natural else party.id_number,
            phone=mask_phone(party.phone) if party.phone else "",
        )


class MandateShown(Output):
    """A mandate as it stands today. `mine` is the caller's side: principal, agent or neither."""

    id: str
    version: int
    kind: Kind
    kind_name: str
    relation: str
    relation_name: str
    items: list[str]
    acts: list[AgentAct]
    act_names: list[str]
    first_day: date
    last_day: date
    standing: Standing
    standing_name: str
    principal: PartyShown
    agent: PartyShown | None
    station: str | None
    station_name: str | None
    drafted_by: str
    point: str | None
    confirmed_at: str | None
    revoked_at: str | None
    revoked_by: str | None
    mine: str | None

    @classmethod
    def of(cls, mandate: Mandate, named: Parties, holder: str | None, today: date) -> MandateShown:
        terms, standing = mandate.terms, mandate.standing(today)
        station = mandate.agent.removeprefix("point:") if terms.kind is Kind.STATION else None
        acts = [act for act in AgentAct if act in terms.acts]
        return cls(
            id=mandate.id,
            version=mandate.version,
            kind=terms.kind,
            kind_name=KIND_NAMES[terms.kind],
            relation=terms.relation,
            relation_name=regimes().mandates.relations.get(terms.relation, ""),
            items=list(terms.items),
            acts=acts,
            act_names=[ACT_NAMES[act] for act in acts],
            first_day=terms.first_day,
            last_day=terms.last_day,
            standing=standing,
            standing_name=STANDING_NAMES[standing],
            principal=PartyShown.of(named.principal),
            agent=PartyShown.of(named.agent) if named.agent else None,
            station=station,
            station_name=network.point(station).name if station else None,
            drafted_by=mandate.drafted_by,
            point=mandate.point,
            confirmed_at=mandate.confirmed_at,
            revoked_at=mandate.revoked_at,
            revoked_by=mandate.revoked_by,
            mine=_side(mandate, holder),
        )


class RelationShown(Output):
    key: str
    name: str


class MandateRulesShown(Output):
    """What a mandate may be: relations, acts, and the longest days by kind."""

    relations: list[RelationShown]
    acts: list[RelationShown]
    longest_days: dict[str, int]


class CasesShown(Output):
    """Cases that a mandate covers."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None


def _side(mandate: Mandate, holder: str | None) -> str | None:
    if holder == mandate.principal:
        return "principal"
    return "agent" if holder == mandate.agent else None
