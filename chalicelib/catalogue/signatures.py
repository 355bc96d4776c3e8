"""How the fee system's callbacks are signed, and a stand-in for that system on one machine.

The signature is HMAC-SHA256 (hex) over the callback's fields in order, one a line, under a key that
only the two systems hold. It is derived from the deployment's secret for this purpose alone;
`yichuang catalogue fee-key` shows it to whoever connects the real system.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from chalicelib.aws import sealing
from chalicelib.catalogue.charging import Callback
from chalicelib.core.time import to_text

PURPOSE = "yichuang fee callback"
PAID, REFUNDED = "paid", "refunded"


def key() -> bytes:
    """The key that this deployment shares with its fee system."""
    return sealing.keyring().fixed_key(PURPOSE)


def sign(callback: Callback) -> str:
    """The signature of a callback, hex."""
    said = "\n".join(
        (
            callback.kind,
            callback.order_id,
            str(callback.amount_fen),
            callback.transaction,
            to_text(callback.at),
        )
    )
    return hmac.digest(key(), said.encode(), "sha256").hex()


def is_signed(callback: Callback, signature: str) -> bool:
    """Whether the fee system, and nobody else, said this."""
    return signature.isascii() and hmac.compare_digest(sign(callback), signature)


@dataclass(frozen=True)
class StandInFeeSystem:
    """A fee system on one machine: it keeps nothing, and signs what the real one would say.

    `tell` takes each signed callback, as the platform's callback route does.
    """

    tell: Callable[[Callback, str], object]
    now: Callable[[], datetime]

    def place(self, order_id: str, amount_fen: int, description: str) -> str:
        del amount_fen, description
        return f"/local/fees/{order_id}"

    def refund(self, order_id: str, refund_id: str, amount_fen: int, reason: str) -> None:
        del reason
        self._say(Callback(order_id, REFUNDED, amount_fen, refund_id, self.now()))

    def pay(self, order_id: str, amount_fen: int) -> Callback:
        """The citizen pays a sum on the page of an order."""
        callback = Callback(order_id, PAID, amount_fen, f"LS{order_id}", self.now())
        self._say(callback)
        return callback

    def _say(self, callback: Callback) -> None:
        self.tell(callback, sign(callback))
