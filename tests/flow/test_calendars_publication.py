"""A notice is published: who may, what it changes, and that it is never half there."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest
from moto import mock_aws

from app import app
from chalicelib.aws import tables
from chalicelib.calendars import service, store
from chalicelib.core.calendar import Status
from chalicelib.core.errors import Conflict, InvalidInput, KeyReused, StaleVersion
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.principal import OFFICE, SUPERVISOR, Principal
from tests.support.api import ApiClient
from tests.support.ledgers import at, on

OFFICER = Principal(account="office.wang", name="王", roles=frozenset({OFFICE}))
WATCHER = Principal(account="jc.li", name="李", roles=frozenset({SUPERVISOR}))
NOTICE = {
    "year": 2027,
    "status": "official",
    "source": "国务院办公厅关于2027年部分节假日安排的通知",
    "days_off": ["2027-01-01", "2027-05-01", "2027-10-01", "2027-10-02", "2027-10-03"],
    "makeup_working_days": [],
    "names": {"2027-01-01": "元旦"},
}
NOW = at(11, 4)


@pytest.fixture
def room():
    """The room's table on moto, and a process that has read nothing yet."""
    with mock_aws():
        start_afresh()
        store.CalendarItem.create_table(wait=True)
        yield
    start_afresh()


def start_afresh():
    tables.connection.cache_clear()
    store.CalendarItem._connection = None
    service.forget()


def publish(notice=NOTICE, key="k1", fingerprint="f1", now=NOW, who=OFFICER):
    return service.publish(notice, who, now, key, fingerprint)


def with_days(*days, **changes):
    return {**NOTICE, "days_off": [*NOTICE["days_off"], *days], **changes}


def count_reads(monkeypatch):
    reads = []
    real = store.CalendarItem.get.__func__

    def counted(cls, *keys, **options):
        reads.append(keys)
        return real(cls, *keys, **options)

    monkeypatch.setattr(store.CalendarItem, "get", classmethod(counted))
    return reads


def test_before_any_publication_the_shipped_notices_hold(room):
    assert service.working_calendar() is shipped_calendar()


def test_the_calendar_is_read_once_a_minute_and_built_once_a_version(room, monkeypatch):
    publish()
    reads = count_reads(monkeypatch)
    first = service.working_calendar()
    assert service.working_calendar() is first
    assert len(reads) == 1
    monkeypatch.setattr(service, "CACHED_SECONDS", 0)
    service.forget()
    again = service.working_calendar()
    assert service.working_calendar() is again
    assert len(reads) == 3


def test_a_published_notice_makes_its_year_official_and_says_what_moved(room):
    answer = publish()
    assert (answer["number"], answer["status_before"], answer["status"]) == (
        1,
        "provisional",
        "official",
    )
    assert answer["days"] == [
        {"date": "2027-01-01", "working": False},
        {"date": "2027-10-01", "working": False},
    ]
    calendar = service.working_calendar()
    assert answer["version"] == calendar.version
    assert answer["version_before"] == shipped_calendar().version
    assert calendar.status(2027) is Status.OFFICIAL
    assert calendar.name(on(1, 1, 2027)) == "元旦"


def test_every_version_is_kept_and_the_last_holds(room):
    publish()
    publish(with_days("2027-02-08"), key="k2")
    assert [known.number for known in service.publications(2027)] == [1, 2]
    assert not service.working_calendar().is_working(on(2, 8, 2027))
    assert [known.published_by for known in service.publications(2027)] == ["office.wang"] * 2


def test_a_shipped_year_can_be_corrected_by_publication(room):
    notice = {**_shipped(2026), "source": "更正"}
    notice["days_off"] = [*notice["days_off"], "2026-12-31"]
    assert publish(notice)["days"] == [{"date": "2026-12-31", "working": False}]
    assert not service.working_calendar().is_working(on(12, 31))


def _shipped(year):
    return next(n.to_dict() for n in shipped_calendar().notices if n.year == year)


def test_a_notice_that_changes_nothing_or_takes_back_an_official_year_is_refused(room):
    with pytest.raises(Conflict):
        publish(_shipped(2026))
    publish()
    with pytest.raises(Conflict):
        publish(key="k2")
    with pytest.raises(Conflict):
        publish(with_days("2027-02-08", status="provisional"), key="k3")
    assert len(service.publications(2027)) == 1


def test_a_wrong_notice_leaves_nothing_behind(room):
    with pytest.raises(InvalidInput):
        publish({**NOTICE, "days_off": []})
    assert list(store.CalendarItem.scan()) == []


def test_the_same_key_gets_the_first_answer_again(room):
    first = publish()
    assert publish(now=NOW + timedelta(hours=1)) == first
    assert len(service.publications(2027)) == 1
    with pytest.raises(KeyReused):
        publish(with_days("2027-02-08"), fingerprint="f2")


def test_another_s_key_is_another_key(room):
    publish()
    other = replace(OFFICER, account="office.zhao")
    assert publish(with_days("2027-02-08"), fingerprint="f2", who=other)["number"] == 2


def test_of_two_who_publish_at_once_one_is_told_to_look_again(room, monkeypatch):
    stale = store.read_current(consistent=True)
    publish()
    monkeypatch.setattr(store, "read_current", lambda consistent=False: stale)
    with pytest.raises(StaleVersion):
        publish(with_days("2027-02-08"), key="k2", fingerprint="f2")
    assert len(service.publications(2027)) == 1


def test_one_request_that_comes_twice_at_once_is_done_once(room, monkeypatch):
    """The second passes the look-up before the first has written, and finds its answer after."""
    real, passed = store.read_answer, threading.Event()

    def first_sees_nothing(account, key):
        if passed.is_set():
            return real(account, key)
        passed.set()
        publish()
        return None

    stale = store.read_current(consistent=True)
    monkeypatch.setattr(store, "read_answer", first_sees_nothing)
    monkeypatch.setattr(store, "read_current", lambda consistent=False: stale)
    assert publish()["number"] == 1
    assert len(service.publications(2027)) == 1


def test_a_case_that_ended_keeps_the_calendar_that_held_then(room):
    publish()
    publish(with_days("2027-02-08"), key="k2", now=NOW + timedelta(days=2))
    service.forget()
    assert service.calendar_at(NOW - timedelta(days=1)) is shipped_calendar()
    between = service.calendar_at(NOW)
    assert between.status(2027) is Status.OFFICIAL
    assert between.is_working(on(2, 8, 2027))
    assert service.calendar_at(NOW + timedelta(days=3)) is service.working_calendar()


# --- over HTTP ------------------------------------------------------------------------------------


@pytest.fixture
def client(room):
    return ApiClient(app)


def test_anyone_reads_a_year_day_by_day(client):
    answer = client.get("/v1/calendars/2026")
    assert answer.status == 200
    year = answer.json
    assert (year["year"], year["status"], year["working_days"]) == (2026, "official", 248)
    assert len(year["days"]) == 365
    assert sum(day["working"] for day in year["days"]) == 248
    assert year["days"][44] == {
        "date": "2026-02-14",
        "working": True,
        "reason": "make_up",
        "text": "调休上班",
    }
    assert year["days"][47]["text"] == "春节"


def test_a_year_without_a_notice_says_so(client):
    year = client.get("/v1/calendars/2028").json
    assert year["status"] == "provisional"
    assert "尚未公布" in year["source"]
    assert len(year["days"]) == 366


def test_the_entity_tag_changes_when_the_year_does(client):
    tag = client.get("/v1/calendars/2027").headers["ETag"]
    unchanged = client.get("/v1/calendars/2027", headers={"If-None-Match": tag})
    assert (unchanged.status, unchanged.text) == (304, "")
    publish()
    assert client.get("/v1/calendars/2027", headers={"If-None-Match": tag}).status == 200


@pytest.mark.parametrize(
    "year", ["1999", "2100", "abc", "-1", "20266", "२०२६", "9" * 400, "2026.0"]
)
def test_a_year_out_of_range_is_not_found(client, year):
    assert client.get(f"/v1/calendars/{year}").status == 404


def test_the_office_publishes_over_http_once(client):
    officer = client.act_as(OFFICER)
    first = officer.post("/v1/calendars", NOTICE, headers={"Idempotency-Key": "a"})
    again = officer.post("/v1/calendars", NOTICE, headers={"Idempotency-Key": "a"})
    assert (first.status, again.status) == (201, 201)
    assert first.json == again.json
    assert first.headers["Location"] == "/v1/calendars/2027"
    assert client.get("/v1/calendars/2027").json["status"] == "official"


@pytest.mark.parametrize("who", [None, WATCHER])
def test_nobody_else_publishes(client, who):
    asking = client.act_as(who) if who else client
    assert asking.post("/v1/calendars", NOTICE).status in (401, 403)
    assert client.get("/v1/calendars/2027").json["status"] == "provisional"


def test_a_wrong_notice_is_pointed_at_over_http(client):
    wrong = {**NOTICE, "days_off": [*NOTICE["days_off"], "2027-02-30"]}
    answer = client.act_as(OFFICER).post("/v1/calendars", wrong)
    assert (answer.status, answer.pointers) == (422, ["/days_off/5"])


def test_the_calculator_follows_what_is_published(client):
    question = {"start": "2026-12-25", "limit": {"value": 20, "unit": "working_day"}}
    before = client.post("/v1/deadlines/preview", question).json
    publish()
    after = client.post("/v1/deadlines/preview", question).json
    assert (before["due_on"], before["provisional"]) == ("2027-01-22", True)
    assert (after["due_on"], after["provisional"]) == ("2027-01-25", False)
    new_year = next(day for day in after["days"] if day["date"] == str(date(2027, 1, 1)))
    assert (new_year["reason"], new_year["text"]) == ("holiday", "元旦放假,不计入")
