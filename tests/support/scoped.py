"""What stands behind a path, for walks over the access table: the facts of a thing as it was made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from chalicelib.core.access import Resource
from chalicelib.core.principal import Principal

Facts = Callable[[Principal], Resource]


def everybody(_who: Principal) -> bool:
    return True


@dataclass(frozen=True)
class Known:
    """Parameters of a path, the facts of the thing, and what to send.

    `query` and `body` may depend on who asks. `also` is a rule beside the table: of those whom the
    table lets, who passes.
    """

    facts: Facts
    path: dict[str, str]
    query: str | Callable[[Principal], str] = ""
    body: Any = None
    hidden: bool = False  # told as "not found" rather than "not yours"
    also: Callable[[Principal], bool] = everybody

    def asked_by(self, who: Principal) -> tuple[str, Any]:
        query = self.query(who) if callable(self.query) else self.query
        return query, self.body(who) if callable(self.body) else self.body


def of(**facts: Any) -> Facts:
    return lambda _who: Resource(**facts)


def mine(who: Principal) -> Resource:
    """What a person makes or has: his own, his point's, his office's."""
    return Resource(
        holder=who.holder,
        account=who.account,
        organisation=who.organisation,
        point=who.point,
    )


def mine_at(point: str) -> Facts:
    """His own, but at this point."""
    return lambda who: Resource(holder=who.holder, account=who.account, point=point)
