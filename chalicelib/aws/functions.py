"""A room's Lambda functions, declared without Chalice, which no running worker has a use for.

    functions = Functions(__name__)

    @functions.worker
    def relay(event: dict[str, Any], context: Any) -> dict[str, Any]: ...

The composed app registers them with Chalice, which deploys each as `<module>.<name>`; there the
runtime calls the plain function. That spares the cold start of every worker a fifteenth of its
processor time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

Worker = Callable[[dict[str, Any], Any], Any]
AnyWorker = TypeVar("AnyWorker", bound=Worker)


class Functions:
    """The workers of one module, in the order in which they are written."""

    def __init__(self, module: str) -> None:
        self.module = module
        self.workers: list[Worker] = []

    def worker(self, function: AnyWorker) -> AnyWorker:
        """Declare a function as one that is deployed, and leave it as it is."""
        self.workers.append(function)
        return function
