"""What every test shares: an environment that points nowhere, and the platform on moto."""

from __future__ import annotations

from tests.support import environment as _environment  # noqa: F401 - first of all

pytest_plugins = ["tests.support.engine"]
