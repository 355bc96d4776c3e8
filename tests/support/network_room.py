"""A network room on moto: its table, and the demo district founded in it."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from moto import mock_aws

from chalicelib.aws import tables
from chalicelib.core.principal import CHIEF_REPRESENTATIVE, OFFICE, SUPERVISOR, Principal
from chalicelib.core.time import SHANGHAI
from chalicelib.network import founding, service, store
from chalicelib.network.commands import Command

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
OFFICER = Principal("office", "办公室", frozenset({OFFICE}), "office", "centre")
CENTRE_OFFICER = Principal("centre.officer", "中心", frozenset({OFFICE}), "xx", "centre")
WATCHER = Principal("supervisor", "监察窗口", frozenset({SUPERVISOR}), "jc", "centre")
KEYS = itertools.count(1)


def chief_of(body: str) -> Principal:
    """The body's chief representative of the demo accounts."""
    roles = frozenset({CHIEF_REPRESENTATIVE})
    return Principal(f"{body}.chief", "首席代表", roles, body, "centre")


def command(
    act: str,
    principal: Principal = OFFICER,
    now: datetime = NOW,
    key: str | None = None,
    fingerprint: str = "",
) -> Command:
    """A command under a key of its own."""
    return Command(principal, act, now, key or f"key-{next(KEYS)}", fingerprint)


def document() -> dict[str, Any]:
    """The demo district's document."""
    return dict(json.loads((DATA / "demo_network.json").read_text(encoding="utf-8")))


@contextmanager
def empty_room() -> Iterator[None]:
    """The room's table in an empty account."""
    with mock_aws():
        tables.connection.cache_clear()
        for model in store.TABLES:
            model._connection = None
            model.create_table(wait=True)
        service.forget()
        yield
        service.forget()


@contextmanager
def founded_room() -> Iterator[dict[str, Any]]:
    """The room with the demo district in it; gives the district's document."""
    with empty_room():
        district = document()
        founding.found(district, NOW)
        yield district


def snapshot() -> list[dict[str, Any]]:
    """Every item of the table, to show that a refused command wrote nothing."""
    return sorted(
        (item.to_simple_dict() for item in store.NetworkItem.scan()),
        key=lambda each: (each["pk"], each["sk"]),
    )
