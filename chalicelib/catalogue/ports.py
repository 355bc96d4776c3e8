"""What the catalogue must know from above and outside: cases, and the fee system.

All are supplied at composition. Until then no case is known and no order can be placed: charging
fails closed.

    ports.wire_cases(facts_of)                # by the application, from the cases room
    ports.wire_open_cases(open_cases_of)      # the same, from supervision's figures
    ports.wire_fee_system(lambda: FinanceBureau(...))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from chalicelib.core.errors import Conflict


@dataclass(frozen=True, slots=True)
class CaseFacts:
    """What charging asks of a case: the version of the item it is bound to, whose it is, and where."""

    case_no: str
    item_code: str
    item_version: int
    organisation: str
    point: str | None
    holder: str | None
    open: bool = True


class Cases(Protocol):
    """Finds the facts of a case; None where there is no such case."""

    def __call__(self, case_no: str) -> CaseFacts | None: ...


class FeeSystem(Protocol):
    """财政非税收入系统: takes orders, shows the citizen a page to pay on, sends money back.

    It reports what happened by signed callbacks (`signatures.sign`). Both calls are idempotent by
    the order's and the refund's id.
    """

    def place(self, order_id: str, amount_fen: int, description: str) -> str:
        """Take an order; the address of the page on which it is paid."""
        ...

    def refund(self, order_id: str, refund_id: str, amount_fen: int, reason: str) -> None:
        """Send money back; a callback says when it is done."""
        ...


OpenCases = Callable[[str], int]
"""How many cases of an item are open, by its code."""


def _no_cases(case_no: str) -> CaseFacts | None:
    del case_no
    return None


class NoFeeSystem:
    """A district that is connected to no fee system: nothing can be ordered."""

    def place(self, order_id: str, amount_fen: int, description: str) -> str:
        raise Conflict("本区尚未接入财政收费系统")

    def refund(self, order_id: str, refund_id: str, amount_fen: int, reason: str) -> None:
        raise Conflict("本区尚未接入财政收费系统")


_cases: list[Cases] = [_no_cases]
_open_cases: list[OpenCases] = []
_fee_system: list[Callable[[], FeeSystem]] = [NoFeeSystem]


def wire_cases(cases: Cases) -> None:
    """Say how cases are looked up."""
    _cases[:] = [cases]


def wire_open_cases(count: OpenCases) -> None:
    """Say how an item's open cases are counted."""
    _open_cases[:] = [count]


def wire_fee_system(supply: Callable[[], FeeSystem]) -> None:
    """Say which fee system this deployment has. It is asked for only when money is due."""
    _fee_system[:] = [supply]


def unwire() -> None:
    """Back to knowing nobody, for tests."""
    _cases[:] = [_no_cases]
    _open_cases[:] = []
    _fee_system[:] = [NoFeeSystem]


def case_facts(case_no: str) -> CaseFacts | None:
    """The facts of a case, by whatever the composition wired."""
    return _cases[0](case_no)


def open_cases(item_code: str) -> int | None:
    """How many cases of an item are open; None where nothing was wired that knows."""
    return _open_cases[0](item_code) if _open_cases else None


def fee_system() -> FeeSystem:
    """The fee system of this deployment."""
    return _fee_system[0]()
