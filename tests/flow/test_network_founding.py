"""The demo district is founded from its document, and answers who and where."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path

import pytest
from moto import mock_aws

from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.time import SHANGHAI
from chalicelib.network import founding, service, store
from chalicelib.network.naming import Tier

DATA = Path(__file__).parents[2] / "data"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)


@pytest.fixture
def district(monkeypatch):
    for name, value in {
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }.items():
        monkeypatch.setenv(name, value)
    with mock_aws():
        store._connection.cache_clear()
        store.NetworkItem._connection = None
        store.NetworkItem.create_table(wait=True)
        service.forget()
        yield json.loads((DATA / "demo_network.json").read_text())
        service.forget()


def test_the_demo_district_has_its_nineteen_points_and_eighteen_bodies(district):
    written = founding.found(district, NOW)
    bodies = json.loads((DATA / "demo_catalogue.json").read_text())["bodies"]
    assert written["points"] == 19
    assert len(service.network().select(tier=Tier.COMMUNITY)) == 12
    assert all(service.organisation(body["key"]).uscc == body["uscc"] for body in bodies)


def test_founding_again_writes_nothing(district):
    founding.found(district, NOW)
    assert set(founding.found(district, NOW).values()) == {0}


def test_every_body_has_a_chief_representative_who_may_sign_today(district):
    founding.found(district, NOW)
    register, appointment = service.signing_power("ga", "ga.chief", "any", date(2026, 3, 2))
    assert register.version == 1
    assert appointment.account == "ga.chief"
    with pytest.raises(Forbidden):
        service.signing_power("ga", "ga.reviewer", "any", date(2026, 3, 2))


def test_an_unknown_key_is_not_found(district):
    founding.found(district, NOW)
    with pytest.raises(NotFound):
        service.point("nowhere")
    with pytest.raises(NotFound):
        service.organisation("nobody")


def test_every_demo_account_belongs_to_a_registered_organisation_and_point(district):
    founding.found(district, NOW)
    network = service.network()
    for account in json.loads((DATA / "demo_accounts.json").read_text()):
        if account["organisation"]:
            network.organisation(account["organisation"])
        if account["point"]:
            network.point(account["point"])
