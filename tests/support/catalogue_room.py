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
from chalicelib.catalogue import ports, service, store
from chalicelib.core import access_table
from chalicelib.core import principal as who
from chalicelib.core.access_terms import (
    OWNS_LIST,
    act,
    district,
    organisation,
    own,
    point,
    public,
)
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
    grant(monkeypatch)
    # The room alone: whatever an application has wired in this process is back afterwards.
    monkeypatch.setattr(ports, "_cases", [ports._no_cases])
    monkeypatch.setattr(ports, "_open_cases", [])
    monkeypatch.setattr(ports, "_fee_system", [ports.NoFeeSystem])
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


CLERKS = (who.WINDOW_CLERK, who.STATION_CLERK)
DEPARTMENT = (who.ACCEPTOR, who.REVIEWER, who.CHIEF_REPRESENTATIVE)
WATCHERS = (who.OFFICE, who.SUPERVISOR)
NEEDED_ROWS = {
    "fee.order": act("开具缴款单", point(*CLERKS), organisation(who.ACCEPTOR)),
    "fee.read": act(
        "查看缴费",
        own(who.CITIZEN),
        point(*CLERKS),
        organisation(*DEPARTMENT),
        district(*WATCHERS),
        district(who.LIST_OWNER, when=(OWNS_LIST,)),
    ),
    "fee.confirm": act("收费系统回调", public(who.ANYONE)),
    "fee.refund": act("退费", district(who.LIST_OWNER, when=(OWNS_LIST,))),
    "fee.reconcile": act("对账", district(who.LIST_OWNER, when=(OWNS_LIST,))),
    "stationing.read": act("查看进驻情况", district(*WATCHERS, who.ITEM_EDITOR, who.LIST_OWNER)),
    "stationing.write": act("登记未进驻理由", district(who.OFFICE)),
}
"""The rows of the access table that the room's routes go by."""


def grant(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give the room's acts their rows, those that the table does not have already."""
    for name, row in NEEDED_ROWS.items():
        if name not in access_table.TABLE:
            monkeypatch.setitem(access_table.TABLE, name, row)


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


def person(role: str, body: str, account: str = "") -> Principal:
    """Somebody of an organisation in one role."""
    return Principal(account or f"{body}.{role}", "某人", frozenset({role}), body)


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
