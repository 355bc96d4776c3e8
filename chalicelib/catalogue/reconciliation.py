"""The day's reconciliation: what we took as paid against what the fee system says it received.

Pure. A day is an Asia/Shanghai day of payment.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Received:
    """One payment as either side has it."""

    order_id: str
    transaction: str
    amount_fen: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "order_id": self.order_id,
            "transaction": self.transaction,
            "amount_fen": self.amount_fen,
        }


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What agrees and what does not. `ours` and `theirs` are totals in fen."""

    day: str
    matched: int
    ours_fen: int
    theirs_fen: int
    only_here: tuple[Received, ...]
    only_there: tuple[Received, ...]
    differing: tuple[tuple[Received, Received], ...]

    @property
    def agrees(self) -> bool:
        return not (self.only_here or self.only_there or self.differing)

    def to_dict(self) -> dict[str, Any]:
        return {
            "day": self.day,
            "agrees": self.agrees,
            "matched": self.matched,
            "ours_fen": self.ours_fen,
            "theirs_fen": self.theirs_fen,
            "only_here": [each.to_dict() for each in self.only_here],
            "only_there": [each.to_dict() for each in self.only_there],
            "differing": [
                {"here": here.to_dict(), "there": there.to_dict()} for here, there in self.differing
            ],
        }


def reconcile(day: str, ours: Iterable[Received], theirs: Iterable[Received]) -> Reconciled:
    """Match by order. A payment that the other side lists twice is matched once."""
    here = {each.order_id: each for each in ours}
    statement = list(theirs)
    there: dict[str, Received] = {}
    extra = []
    for each in statement:
        if each.order_id in there:
            extra.append(each)
        else:
            there[each.order_id] = each
    both = here.keys() & there.keys()
    differing = tuple(
        (here[order], there[order]) for order in sorted(both) if here[order] != there[order]
    )
    return Reconciled(
        day=day,
        matched=len(both) - len(differing),
        ours_fen=sum(each.amount_fen for each in here.values()),
        theirs_fen=sum(each.amount_fen for each in statement),
        only_here=tuple(here[order] for order in sorted(here.keys() - both)),
        only_there=(*(there[order] for order in sorted(there.keys() - both)), *extra),
        differing=differing,
    )
