"""The deployed product for tests: one for the whole session, started when a test first asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local.deployment import Deployment, deployed


@pytest.fixture(scope="session")
def deployment() -> Iterator[Deployment]:
    """The real template on the embedded emulator, with the demo district."""
    with deployed() as running:
        yield running


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep what uses the deployment together, on one of the workers: there is one of it."""
    for item in items:
        if "deployment" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.deployed)
            item.add_marker(pytest.mark.xdist_group("deployed"))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Groups that the runner does not see would deploy once for every worker, unnoticed."""
    if not getattr(session.config.option, "loadgroup", False):
        return
    for item in session.items:
        if item.get_closest_marker("xdist_group") and "@" not in item.nodeid:
            raise pytest.UsageError(f"{item.nodeid} is in a group that the runner does not keep")
