"""An issuer's claims in the platform's terms."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chalicelib.aws.sealing import holder_key
from chalicelib.core.principal import (
    ACCEPTOR,
    CHIEF_REPRESENTATIVE,
    CITIZEN,
    DEPARTMENT_SYSTEM,
    ITEM_EDITOR,
    LIST_OWNER,
    OFFICE,
    REVIEWER,
    STATION_CLERK,
    SUPERVISOR,
    WINDOW_CLERK,
    Principal,
)

# `anyone` and `system` are nobody's to claim.
CLAIMABLE = frozenset(
    {
        CITIZEN,
        STATION_CLERK,
        WINDOW_CLERK,
        ACCEPTOR,
        REVIEWER,
        CHIEF_REPRESENTATIVE,
        SUPERVISOR,
        OFFICE,
        ITEM_EDITOR,
        LIST_OWNER,
        DEPARTMENT_SYSTEM,
    }
)
REAL_NAME = frozenset({"2", "real-name", "urn:yichuang:acr:real-name"})


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """The principal that verified claims describe.

    `roles` is a list or a space-separated text (other roles than ours are dropped; with none left
    the caller is a citizen); `organisation` and `point` are keys of the service network;
    `holder_id_type` and `holder_id_number` are a citizen's identity, of which only the keyed hash
    is kept; `acr` of real-name makes assurance 2, and an identity counts only with it.
    """
    given = claims.get("roles") or ()
    asked = given.split() if isinstance(given, str) else [str(each) for each in given]
    roles = CLAIMABLE.intersection(asked) or frozenset({CITIZEN})
    real_name = str(claims.get("acr", "")) in REAL_NAME
    number = _text(claims, "holder_id_number") if real_name else None
    return Principal(
        account=str(claims["sub"]),
        name=_text(claims, "name") or "",
        roles=roles,
        organisation=_text(claims, "organisation"),
        point=_text(claims, "point"),
        holder=holder_key(_text(claims, "holder_id_type") or "111", number) if number else None,
        assurance=2 if real_name else 1,
    )


def _text(claims: Mapping[str, Any], name: str) -> str | None:
    value = claims.get(name)
    return value if isinstance(value, str) and value else None
