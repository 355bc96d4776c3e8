"""How the fee system's callbacks are signed.

The signature is HMAC-SHA256 (hex) over the callback's fields in order, one a line, under a key that
only the two systems hold. It is derived from the deployment's secret for this purpose alone;
`yichuang catalogue fee-key` shows it to whoever connects the real system.
"""

from __future__ import annotations

import hmac

from chalicelib.aws import sealing
from chalicelib.catalogue.charging import Callback
from chalicelib.core.time import to_text

PURPOSE = "yichuang fee callback"
PAID, REFUNDED = "paid", "refunded"


def key() -> bytes:
    """The key that this deployment shares with its fee system."""
    return sealing.keyring().fixed_key(PURPOSE)


def sign(callback: Callback, secret: bytes | None = None) -> str:
    """The signature of a callback, hex: under this process's key, unless another is given."""
    said = "\n".join(
        (
            callback.kind,
            callback.order_id,
            str(callback.amount_fen),
            callback.transaction,
            to_text(callback.at),
        )
    )
    return hmac.digest(secret or key(), said.encode(), "sha256").hex()


def is_signed(callback: Callback, signature: str) -> bool:
    """Whether the fee system, and nobody else, said this."""
    return signature.isascii() and hmac.compare_digest(sign(callback), signature)
