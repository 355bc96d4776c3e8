"""What every test shares: an environment that points nowhere, and the platform on moto."""

from __future__ import annotations

from tests.support import environment as _environment  # noqa: F401 - first of all

pytest_plugins = ["tests.support.engine"]


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their parameter and place: a file made for a test holds the hour it was
    made at, and the workers would not agree on which tests there are."""
    return argname if isinstance(val, bytes | bytearray) else None
