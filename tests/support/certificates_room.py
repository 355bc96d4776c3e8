"""A certificates room on moto: its table, its key, its types, a network and one known case."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from pynamodb.transactions import TransactWrite

from chalicelib.aws import sealing, signing, tables
from chalicelib.aws import settings as aws_settings
from chalicelib.certificates import acts as certificate_acts
from chalicelib.certificates import founding, keys, ports, presenting, service, store, types
from chalicelib.certificates.model import Certificate
from chalicelib.certificates.ports import CaseTie
from chalicelib.certificates.readlog import LogItem
from chalicelib.core import principal as who
from chalicelib.core.principal import Principal
from chalicelib.core.time import SHANGHAI
from chalicelib.network import service as network_service
from chalicelib.network.model import Network, Organisation, ServicePoint
from chalicelib.network.naming import District
from tests.support.identity import use_test_keyring

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
NAME, NUMBER = "张三丰", "11010519491231002X"
CASE = "410102-7K3M9-QX24T-C"

MODELS = (
    store.CertificateItem,
    types.TypeItem,
    keys.KeyItem,
    certificate_acts.ActItem,
    LogItem,
    presenting.ShowItem,
    presenting.TriesItem,
)


@dataclass
class Room:
    """What a test needs at hand."""

    catalogue: dict[str, Any]
    ties: dict[str, CaseTie] = field(default_factory=dict)

    @property
    def holder(self) -> str:
        return sealing.holder_key("111", NUMBER)

    def body(self, key: str) -> dict[str, Any]:
        return next(body for body in self.catalogue["bodies"] if body["key"] == key)

    def type(self, key: str) -> dict[str, Any]:
        return next(kind for kind in self.catalogue["certificate_types"] if kind["key"] == key)

    def prepared(self, kind: str = "job_cert", **changes: Any) -> Certificate:
        raw = self.type(kind)
        issuer = self.body(raw["issuer"])
        given = {
            "type_code": raw["type_code"],
            "holder": self.holder,
            "holder_kind": "111",
            "issuer_uscc": issuer["uscc"],
            "issuer_name": issuer["name"],
            "serial": CASE.replace("-", ""),
            "issued_at": NOW,
            "valid_from": NOW.date(),
            "valid_to": date(2030, 3, 1),
            "fields": {"KZ_GZ": "电工"},
            "personal": {"CZZT": NAME, "CZZTDM": NUMBER},
            "case_no": CASE,
        }
        return service.prepare(**{**given, **changes})

    def store(self, certificate: Certificate) -> Certificate:
        with TransactWrite(connection=tables.connection()) as transaction:
            store.add_to(transaction, certificate)
        return certificate

    def stored(self, kind: str = "job_cert", **changes: Any) -> Certificate:
        return self.store(self.prepared(kind, **changes))

    def rotate_key(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Sign with another key from now on."""
        _new_key(monkeypatch)
        aws_settings.settings.cache_clear()
        signing.signer.cache_clear()

    def tie(self, **changes: Any) -> CaseTie:
        given: dict[str, Any] = {
            "case_no": CASE,
            "holders": frozenset({self.holder}),
            "organisations": frozenset({"rs"}),
            "points": frozenset(),
        }
        tie = CaseTie(**{**given, **changes})
        self.ties[tie.case_no] = tie
        return tie


def staff(role: str = who.REVIEWER, organisation: str | None = "rs", **more: Any) -> Principal:
    return Principal(f"{organisation}.{role}", "某人", frozenset({role}), organisation, **more)


def citizen(holder: str) -> Principal:
    return Principal("zhang", "张三丰", frozenset({who.CITIZEN}), holder=holder, assurance=2)


@contextmanager
def certificates_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Room]:
    with mock_aws():
        _new_key(monkeypatch)
        _fresh()
        use_test_keyring(monkeypatch)
        for model in MODELS:
            model._connection = None
        for model in store.TABLES:
            model.create_table(wait=True)
        district = _network()
        monkeypatch.setattr(network_service, "network", lambda: district)
        room = Room(json.loads((DATA / "demo_catalogue.json").read_text()))
        founding.found(room.catalogue)
        # Given back at the end: what follows in this process asks the composition's cases again.
        monkeypatch.setattr(ports, "_relation", room.ties.get)
        yield room
    _fresh()


@cache
def _network() -> Network:
    """The demo district as a value: the rooms above ask it, and never its table."""
    raw = json.loads((DATA / "demo_network.json").read_text())
    return Network(
        District.from_dict(raw["district"]),
        {each["key"]: Organisation.from_dict(each) for each in raw["organisations"]},
        {each["key"]: ServicePoint.from_dict(each) for each in raw["points"]},
    )


def _new_key(monkeypatch: pytest.MonkeyPatch) -> None:
    key = boto3.client("kms").create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY")
    monkeypatch.setenv("YICHUANG_SIGNING_KEY", key["KeyMetadata"]["KeyId"])


def _fresh() -> None:
    aws_settings.settings.cache_clear()
    signing.signer.cache_clear()
    tables.connection.cache_clear()
    for cached in (types, keys):
        cached.forget()
