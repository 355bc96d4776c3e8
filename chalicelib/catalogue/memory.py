"""What a process remembers of the catalogue, and how it forgets all of it at once.

Every module with a memory of its own registers how to empty it; modules that were never imported
have nothing to forget.
"""

from __future__ import annotations

from collections.abc import Callable

_forgetters: list[Callable[[], object]] = []


def remembers(forgetter: Callable[[], None]) -> Callable[[], None]:
    """Register a function that empties a module's memory. Used as a decorator."""
    _forgetters.append(forgetter)
    return forgetter


def forget() -> None:
    """Empty this process's memory of the catalogue, after a write or between tests."""
    for forgetter in _forgetters:
        forgetter()
