"""Handling limits as data: what ships holds until the district writes its own, without deployment."""

from __future__ import annotations

import pytest

from chalicelib.aws import sealing
from chalicelib.core.principal import Principal
from chalicelib.http.app import compose
from chalicelib.supervision import alarm_store, flow, limits_api, redress_store, service
from chalicelib.supervision.handling import Policy
from chalicelib.supervision.limits import MEANINGS, SHIPPED, HandlingLimits
from chalicelib.supervision.redress import Limits
from tests.support.api import ApiClient
from tests.support.identity import KEYRING
from tests.support.supervision_cases import Script, plain
from tests.support.supervision_hearing import hear

pytest_plugins = ["tests.support.supervision_room"]

PATH = "/v1/handling-limits"


def principal(role):
    return Principal(role, "", frozenset({role}), "rs" if role == "reviewer" else None)


@pytest.fixture
def client(tables_only):
    sealing.use(KEYRING)
    yield ApiClient(compose("supervision", limits_api.bp), principal("supervisor"))
    sealing.use(None)


def form(**alarms):
    shown = SHIPPED.to_dict()
    return {"alarms": {**shown["alarms"], **alarms}, "redress": shown["redress"]}


def assigned(no, rung):
    (alarm,) = (
        alarm
        for detail in Script(no).received().alert("promise", rung).details()
        for alarm in service.take_in(detail)
    )
    flow.advance(alarm.id)
    return alarm_store.read(alarm.id).alarm


def test_what_ships_is_shown_with_its_meanings(client):
    shown = client.get(PATH).json
    assert (shown["version"], shown["alarms"]["reply_yellow"]) == (0, 3)
    assert set(shown["meanings"]) == {
        f"{group}/{name}" for group in ("alarms", "redress") for name in shown[group]
    }


def test_every_limit_has_its_meaning():
    named = {f"alarms/{name}" for name in Policy.__slots__} | {
        f"redress/{name}" for name in Limits.__slots__
    }
    assert set(MEANINGS) == named


def test_a_reply_limit_written_now_holds_for_the_next_alarm_of_its_level(client):
    before = assigned("410102-AAAAA-00001-1", "yellow")
    assert client.put(PATH, form(reply_yellow=5)).status == 200
    yellow = assigned("410102-AAAAA-00002-1", "yellow")
    red = assigned("410102-AAAAA-00003-1", "red")
    due = [alarm.reply_due_at.date().isoformat() for alarm in (before, yellow, red)]
    assert due == ["2026-11-06", "2026-11-10", "2026-11-04"]
    assert alarm_store.read(before.id).alarm.reply_due_at == before.reply_due_at


def test_limits_of_bad_ratings_are_data_too(client):
    written = form()
    written["redress"]["verify_rating"] = 4
    client.put(PATH, written)
    hear(plain("410102-AAAAA-00001-1").hours(1).rated(5))
    (case,) = redress_store.page(None, None, 10, None).cases
    opened = case.opened_at.date().isoformat()
    assert (opened, case.due_at.date().isoformat()) == ("2026-11-04", "2026-11-11")


def test_every_version_is_kept_with_its_writer(client):
    client.put(PATH, form(review=2))
    client.put(PATH, form(review=4))
    kept = client.get(f"{PATH}/versions").json["items"]
    assert [one["limits"]["alarms"]["review"] for one in kept] == [2, 4]
    assert {one["by"] for one in kept} == {"supervisor"}
    assert client.get(PATH).json["version"] == 2


def test_a_writer_who_saw_an_older_version_is_refused(client):
    client.put(PATH, form(review=2))
    stale = client.put(PATH, form(review=4), headers={"If-Match": '"0"'})
    assert stale.status == 412
    assert client.get(PATH).json["alarms"]["review"] == 2


def test_the_same_key_writes_once(client):
    first = client.put(PATH, form(review=2), headers={"Idempotency-Key": "k1"})
    again = client.put(PATH, form(review=2), headers={"Idempotency-Key": "k1"})
    assert first.json == again.json
    assert client.get(PATH).json["version"] == 1


@pytest.mark.parametrize("wrong", [{"review": 0}, {"review": 61}, {"reply_red": 9}])
def test_a_limit_that_is_none_is_refused(client, wrong):
    assert client.put(PATH, form(**wrong)).status == 422
    assert client.get(PATH).json["version"] == 0


@pytest.mark.parametrize(("role", "read", "write"), [("office", 200, 403), ("reviewer", 403, 403)])
def test_the_supervision_writes_and_watchers_read(client, role, read, write):
    other = ApiClient(client.app, principal(role))
    assert other.get(PATH).status == read
    assert other.put(PATH, form()).status == write


def test_limits_survive_their_own_writing():
    assert HandlingLimits.from_dict(SHIPPED.to_dict()) == SHIPPED
