"""Kill a worker after its n-th AWS call: the call was made, what would follow it never is."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import pytest
from botocore.client import BaseClient

from chalicelib.cases import workers


class Killed(BaseException):
    """The process is gone. Nothing in the code may catch it."""


@dataclass
class Crash:
    """Dies after the n-th call of one operation, however calls of several workers interleave."""

    point: tuple[str, int] | None
    calls: Counter[str] = field(default_factory=Counter)
    hit: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def made(self, operation: str) -> None:
        with self.lock:
            self.calls[operation] += 1
            if (operation, self.calls[operation]) == self.point:
                self.hit = True
                raise Killed(operation)

    def points(self) -> list[tuple[str, int]]:
        """Every call that was counted, as a point to die at."""
        return [
            (operation, nth)
            for operation, count in sorted(self.calls.items())
            for nth in range(1, count + 1)
        ]


WORKERS = ("relay", "where_it_stands", "await_stage", "raise_alerts", "issue_certificate")
_in_worker = threading.local()


@contextmanager
def crash_after(monkeypatch: pytest.MonkeyPatch, point: tuple[str, int] | None) -> Iterator[Crash]:
    """Within, that AWS call of a worker is its last; None only counts."""
    crash = Crash(point)
    with monkeypatch.context() as patch:
        original_call = BaseClient._make_api_call

        def make_api_call(self: BaseClient, operation: str, arguments: object) -> object:
            answer = original_call(self, operation, arguments)
            if getattr(_in_worker, "depth", 0):
                crash.made(operation)
            return answer

        patch.setattr(BaseClient, "_make_api_call", make_api_call)
        for name in WORKERS:
            _mark(patch, name)
        yield crash


def _mark(patch: pytest.MonkeyPatch, name: str) -> None:
    """Calls count only inside the worker; being killed looks to its caller like a failed call."""
    original = getattr(workers, name)

    def worker(event: object, context: object) -> object:
        _in_worker.depth = getattr(_in_worker, "depth", 0) + 1
        try:
            return original(event, context)
        except Killed as killed:
            raise RuntimeError(f"killed after {killed}") from None
        finally:
            _in_worker.depth -= 1

    patch.setattr(workers, name, worker)
