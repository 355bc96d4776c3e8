"""What the certificates room must know of cases, which lie above it: supplied at composition.

`app.py` sets the port once:

    ports.wire(case_relation)

Until then no case is known, and every reading by a department is refused: the room fails closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True, slots=True)
class CaseTie:
    """What one case says about reading certificates in it.

    `holders` are the keyed hashes of the people the case is about; `organisations` and `points`
    act in it. `needs` are the certificate types that the item's version declares as materials: the
    items of each that it needs, or None for the holder's name and number and every plain item.
    `open` is whether the case is still being handled or delivered.
    """

    case_no: str
    holders: frozenset[str]
    organisations: frozenset[str]
    points: frozenset[str]
    needs: Mapping[str, frozenset[str] | None] = field(default_factory=dict)
    open: bool = True


class CaseRelation(Protocol):
    """Finds the tie of a case; None where there is no such case."""

    def __call__(self, case_no: str) -> CaseTie | None: ...


def _no_cases(case_no: str) -> CaseTie | None:
    del case_no
    return None


_relation: CaseRelation = _no_cases


def wire(relation: CaseRelation) -> None:
    """Say how cases are looked up."""
    global _relation  # noqa: PLW0603 - set once, at composition
    _relation = relation


def case_relation(case_no: str) -> CaseTie | None:
    """The tie of a case, by whatever the composition wired."""
    return _relation(case_no)
