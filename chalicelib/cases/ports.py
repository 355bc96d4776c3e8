"""What the cases room must know of mandates, which lie above it: supplied at composition.

`app.py` sets the port once:

    ports.wire(mandates)

Until then nobody acts for anybody: the room fails closed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Protocol

from chalicelib.core.principal import Principal

if TYPE_CHECKING:
    from pynamodb.transactions import TransactWrite

    from chalicelib.cases.intake import Applicant


@dataclass(frozen=True, slots=True)
class Authority:
    """A mandate that covers one act now.

    `identity` is the agent as the access table looks for him: a holder hash or an account. `hold`
    adds the condition that the mandate still stands to a transaction.
    """

    mandate: str
    kind: str
    identity: str
    hold: Callable[[TransactWrite], None]


@dataclass(frozen=True, slots=True)
class AgentNamed:
    """Who acted, as the principal reads it: a masked name, and how they stand to each other."""

    name: str
    kind_name: str
    relation_name: str


class Mandates(Protocol):
    """What the hall knows of mandates."""

    def covering(
        self, agent: Principal, *, holder: str, act: str, item_code: str, day: date
    ) -> Authority | None:
        """The mandate by which `agent` may do `act` for that holder today."""

    def collecting(
        self, mandate: str, *, holder: str, item_code: str, day: date
    ) -> Authority | None:
        """The named mandate, if it lets its agent collect for that holder today."""

    def presented(
        self, mandate: str, clerk: Principal, *, holder: str, act: str, item_code: str, day: date
    ) -> Authority | None:
        """The named mandate, if its agent, or the clerk's own point, may do `act` by it today."""

    def applicant(self, mandate: str, agent: Principal) -> Applicant | None:
        """Whom a mandate lets `agent` act for; None where it is not this agent's."""

    def named(self, mandate: str) -> AgentNamed | None:
        """Who acts under a mandate."""


_source: list[Callable[[], Mandates]] = []


def wire(source: Callable[[], Mandates]) -> None:
    """Say where mandates are asked for; `source` is called when one is."""
    _source[:] = [source]


def mandates() -> Mandates | None:
    """What the composition wired; None where nobody can act for anybody."""
    return _source[0]() if _source else None
