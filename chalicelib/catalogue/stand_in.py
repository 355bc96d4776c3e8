"""A stand-in for the fee system, for one machine and for tests.

It keeps nothing and signs what the real one would say. What its page must show travels in the
page's address; a sum that was altered there does not pay the order, since the callback's sum must
be the order's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from chalicelib.catalogue.charging import Callback
from chalicelib.catalogue.signatures import PAID, REFUNDED, sign

PAGES = "/local/fees/"


def page_of(order_id: str, amount_fen: int, description: str) -> str:
    """The address of the page on which an order is paid; the local gateway serves it."""
    return f"{PAGES}{order_id}?{urlencode({'amount_fen': amount_fen, 'for': description})}"


def payment(order_id: str, amount_fen: int, at: datetime) -> Callback:
    """What the fee system reports when an order was paid: once, however often it is told."""
    return Callback(order_id, PAID, amount_fen, f"LS{order_id}", at)


@dataclass(frozen=True)
class StandInFeeSystem:
    """A fee system on one machine. `tell` takes each signed callback, as the platform's route does."""

    tell: Callable[[Callback, str], object]
    now: Callable[[], datetime]

    def place(self, order_id: str, amount_fen: int, description: str) -> str:
        return page_of(order_id, amount_fen, description)

    def refund(self, order_id: str, refund_id: str, amount_fen: int, reason: str) -> None:
        del reason
        self._say(Callback(order_id, REFUNDED, amount_fen, refund_id, self.now()))

    def pay(self, order_id: str, amount_fen: int) -> Callback:
        """The citizen pays a sum on the page of an order."""
        callback = payment(order_id, amount_fen, self.now())
        self._say(callback)
        return callback

    def _say(self, callback: Callback) -> None:
        self.tell(callback, sign(callback))
