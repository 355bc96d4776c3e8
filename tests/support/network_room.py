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
def founded_room(*, whole: bool = False) -> Iterator[dict[str, Any]]:
    """The room with the demo district in it, or a part of it; gives the document.

    Most tests take the part, which is founded and copied sooner.
    """
    with empty_room():
        district = document() if whole else part_of_it(document())
        if whole not in _founded:
            founding.found(district, NOW)
            _founded[whole] = [item.serialize() for item in store.NetworkItem.scan()]
        else:
            with store.NetworkItem.batch_write() as batch:
                for raw in _founded[whole]:
                    batch.save(store.NetworkItem.from_raw_data(raw))
        yield district


_founded: dict[bool, list[dict[str, Any]]] = {}


PART = frozenset(["office", "ldxz", "xx", "jc", "ga", "rs", "zr", "cz", "fz", "xxzx"])
SUBDISTRICTS = frozenset({"chunhe", "qiushi"})


def part_of_it(whole: dict[str, Any]) -> dict[str, Any]:
    """Two of the subdistricts, three bodies with their people, and the office."""
    stations = {
        each["key"] for each in whole["points"] if each["parent"] in SUBDISTRICTS
    } | SUBDISTRICTS
    offices = {f"jd-{key}" for key in (*SUBDISTRICTS, "dongqing", "xiajin")}
    communities = {f"sq-{key}" for key in (*stations, "changdi", "qingchuan")}
    points = stations | {"centre", "police", "dongqing", "xiajin"}
    organisations = PART | offices | communities
    return {
        **whole,
        "organisations": [e for e in whole["organisations"] if e["key"] in organisations],
        "points": [e for e in whole["points"] if e["key"] in points],
        "postings": [
            e
            for e in whole["postings"]
            if e["organisation"] in {"ga", "rs", "jc"} and e["point"] in points
        ],
        "chief_representatives": [
            e for e in whole["chief_representatives"] if e["organisation"] in {"ga", "rs"}
        ],
    }


def snapshot() -> list[dict[str, Any]]:
    """Every item of the table, to show that a refused command wrote nothing."""
    return sorted(
        (item.to_simple_dict() for item in store.NetworkItem.scan()),
        key=lambda each: (each["pk"], each["sk"]),
    )
