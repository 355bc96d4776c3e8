"""A principal on its way from the authorizer to the view: API Gateway carries strings only."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.principal import NOBODY, Principal


def to_context(principal: Principal) -> dict[str, str]:
    """The authorizer context that says who this is."""
    pairs = {
        "account": principal.account,
        "name": principal.name,
        "roles": " ".join(sorted(principal.roles)),
        "organisation": principal.organisation,
        "point": principal.point,
        "holder": principal.holder,
        "assurance": str(principal.assurance),
    }
    return {key: value for key, value in pairs.items() if value}


def from_context(context: Mapping[str, str] | None) -> Principal:
    """The principal that `to_context` wrote; nobody where no authorizer ran."""
    if not context or "account" not in context:
        return NOBODY
    return Principal(
        account=context["account"],
        name=context.get("name", ""),
        roles=frozenset(context.get("roles", "").split()),
        organisation=context.get("organisation"),
        point=context.get("point"),
        holder=context.get("holder"),
        assurance=int(context.get("assurance", "1")),
    )
