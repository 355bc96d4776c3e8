"""The catalogue room on moto: its table, a bucket, a clock that stands, and the demo document."""

from __future__ import annotations

import copy
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from chalicelib.aws import documents, sealing
from chalicelib.calendars import service as calendars
from chalicelib.calendars import store as calendars_store
from chalicelib.catalogue import service, store
from chalicelib.core.principal import Principal
from chalicelib.core.time import SHANGHAI
from chalicelib.network import service as network
from chalicelib.network import store as network_store
from chalicelib.network.model import Network, Organisation, ServicePoint
from chalicelib.network.naming import District
from tests.support.identity import KEYRING

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
BUCKET = "yichuang-documents"


@cache
def _demo() -> str:
    return (DATA / "demo_catalogue.json").read_text(encoding="utf-8")


def demo_document(*keys: str) -> dict[str, Any]:
    """The demo catalogue, or only the items of these ids."""
    document: dict[str, Any] = json.loads(_demo())
    if keys:
        document["items"] = [item for item in document["items"] if item["id"] in keys]
    return document


def demo_item(key: str) -> dict[str, Any]:
    return copy.deepcopy(demo_document(key)["items"][0])


def code_of(key: str) -> str:
    code: str = demo_document(key)["items"][0]["task_code"]
    return code


class StandingClock:
    """A clock that moves only when it is told to."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant

    def real_seconds(self, span: timedelta) -> float:
        return span.total_seconds()

    def advance(self, **by: float) -> None:
        self.instant += timedelta(**by)


@contextmanager
def catalogue_room(monkeypatch: pytest.MonkeyPatch, *keys: str) -> Iterator[StandingClock]:
    """The room with the demo items of these ids in force (all of them when none is named)."""
    clock = StandingClock(NOW)
    with mock_aws():
        sealing.use(KEYRING)
        for model in (*store.TABLES, *network_store.TABLES, *calendars_store.TABLES):
            model._connection = None
            model.create_table(wait=False)
        calendars.forget()
        network.forget()
        documents._s3().create_bucket(Bucket=BUCKET)
        for name, module in list(sys.modules.items()):
            if name.startswith("chalicelib.catalogue") and hasattr(module, "clock"):
                monkeypatch.setattr(module, "clock", lambda: clock)
        service.forget()
        if keys != ("nothing",):
            service.import_catalogue(demo_document(*keys))
        yield clock
        service.forget()
        sealing.use(None)


@cache
def _network() -> Network:
    raw = json.loads((DATA / "demo_network.json").read_text(encoding="utf-8"))
    organisations = [Organisation.from_dict(each) for each in raw["organisations"]]
    points = [ServicePoint.from_dict({"version": 1, **each}) for each in raw["points"]]
    return Network(
        District.from_dict(raw["district"]),
        {each.key: each for each in organisations},
        {each.key: each for each in points},
    )


def found_district(monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo network as the network room would answer it, without writing it to moto."""
    monkeypatch.setattr(network, "network", _network)


def person(role: str, organisation: str, account: str = "") -> Principal:
    """Somebody of an organisation in one role."""
    return Principal(account or f"{organisation}.{role}", "某人", frozenset({role}), organisation)


class CallCounter:
    """Counts the AWS calls that PynamoDB's connection and boto3 clients make."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        import botocore.client

        self.calls: list[str] = []
        original = botocore.client.BaseClient._make_api_call

        def counted(client: Any, name: str, arguments: Any) -> Any:
            self.calls.append(name)
            return original(client, name, arguments)

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", counted)
