"""A principal on its way from the authorizer to the view: API Gateway carries strings only."""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.core.principal import NOBODY, Principal


def to_context(principal: Principal, expires: int | None = None) -> dict[str, str]:
    """The authorizer context that says who this is, and until when (real time, epoch seconds)."""
    pairs = {
        "account": principal.account,
        "name": principal.name,
        "roles": " ".join(sorted(principal.roles)),
        "organisation": principal.organisation,
        "point": principal.point,
        "holder": principal.holder,
        "assurance": str(principal.assurance),
        "expires": str(expires) if expires is not None else None,
    }
    return {key: value for key, value in pairs.items() if value}


def has_expired(context: Mapping[str, str] | None, now: float) -> bool:
    """Whether the token behind a context is over at `now` (real time, epoch seconds).

    The gateway remembers an authorizer's answer for some minutes, whatever the token's own end.
    """
    expires = (context or {}).get("expires")
    return expires is not None and float(expires) < now


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
