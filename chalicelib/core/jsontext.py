"""JSON as it is kept and sent: without spaces, in UTF-8, and in one order where bytes are compared."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Final

# Made once: `json.dumps` makes an encoder for every call that asks for more than its defaults.
compact: Final[Callable[[object], str]] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":")
).encode
"""The value's JSON without a space, its members in the order given."""

canonical: Final[Callable[[object], str]] = json.JSONEncoder(
    ensure_ascii=False, separators=(",", ":"), sort_keys=True
).encode
"""The same with the members sorted: equal values have equal texts."""
