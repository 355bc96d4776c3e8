"""A token outlives what it says: whoever lost the post is refused by the next minute's requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.core.time import SHANGHAI
from chalicelib.network import appointments, staff, standing, store
from chalicelib.network.qualification import Qualification
from tests.support.engine import Engine, principal_of
from tests.support.network_room import CENTRE_OFFICER, chief_of, command

QUEUE = "/v1/queues/acceptance"


def posting_of(account: str) -> str:
    found = appointments.posting_of(account)
    assert found is not None
    return found.id


def test_a_person_who_moves_is_refused_from_the_day_on_by_the_date_alone(engine: Engine):
    today = engine.clock.now().astimezone(SHANGHAI).date()
    acceptor = engine.client("ga.acceptor")
    asking = command("posting.request_transfer", chief_of("ga"), engine.clock.now())
    staff.request_transfer(
        asking,
        posting_of("ga.acceptor"),
        effective_on=today + timedelta(days=1),
        reason="轮岗",
        to_point=None,
        exception="机构调整",
    )
    staff.decide_transfer(
        command("posting.transfer", CENTRE_OFFICER, engine.clock.now()),
        posting_of("ga.acceptor"),
        consent=True,
        comment="",
    )
    standing.forget()
    assert acceptor.get(QUEUE).status == 200
    tomorrow = today + timedelta(days=1)
    engine.clock.move_to(tomorrow.year, tomorrow.month, tomorrow.day, 0, 0)
    refused = acceptor.get(QUEUE)
    assert (refused.status, "派驻" in refused.json["detail"]) == (403, True)
    assert engine.client("rs.acceptor").get(QUEUE).status == 200


def test_a_certificate_that_expired_yesterday_takes_the_post_and_its_renewal_gives_it_back(
    engine: Engine,
):
    today = engine.clock.now().astimezone(SHANGHAI).date()

    def renewed(until: date) -> None:
        staff.renew_qualification(
            command("posting.write", now=engine.clock.now()),
            posting_of("ga.reviewer"),
            Qualification(date(2020, 1, 1), "豫A演示9999", until),
        )
        standing.forget()

    renewed(today)
    reviewer = engine.client("ga.reviewer")
    assert reviewer.get("/v1/queues/review").status == 200
    engine.clock.move_to(2026, 3, 3, 9, 0)
    refused = reviewer.get("/v1/queues/review")
    assert (refused.status, refused.json["detail"]) == (403, "行政执法证已过期")
    renewed(date(2030, 1, 1))
    assert reviewer.get("/v1/queues/review").status == 200


def test_an_appointment_that_ended_takes_every_act_of_the_role(engine: Engine):
    today = engine.clock.now().astimezone(SHANGHAI).date()
    register = store.read_chiefs("ga")
    appointments.end(
        command("appointment.write", now=engine.clock.now()),
        "ga",
        register.appointments[0].id,
        today,
    )
    standing.forget()
    chief = engine.client("ga.chief")
    assert chief.get("/v1/postings").status == 200
    engine.clock.move_to(2026, 3, 3, 0, 0)
    assert chief.get("/v1/postings").status == 403
    assert chief.get("/v1/queues/sign-off").status == 403


def test_a_claimed_point_where_one_is_not_posted_is_nobodys(engine: Engine):
    elsewhere = replace(principal_of("window.centre"), point="police", organisation="xx")
    client = engine.client("window.centre").act_as(elsewhere)
    assert client.get("/v1/queues/delivery").status == 403


def test_a_request_reads_nothing_once_its_department_is_known(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
):
    reads = []
    known = store.posted_by
    monkeypatch.setattr(store, "posted_by", lambda key: reads.append(key) or known(key))
    for account in ("ga.acceptor", "ga.acceptor", "ga.reviewer", "rs.acceptor", "citizen.zhang"):
        engine.client(account).get("/v1/me")
    assert reads == ["ga", "rs"]


def test_the_next_minute_reads_again(engine: Engine, monkeypatch: pytest.MonkeyPatch):
    reads, minute = [], [0.0]
    known = store.posted_by
    monkeypatch.setattr(store, "posted_by", lambda key: reads.append(key) or known(key))
    monkeypatch.setattr(standing, "monotonic", lambda: minute[0])
    for second in (0.0, 30.0, 59.9, 60.0, 90.0, 120.0):
        minute[0] = second
        engine.client("ga.acceptor").get("/v1/me")
    assert len(reads) == 3
