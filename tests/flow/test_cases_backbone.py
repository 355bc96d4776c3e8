"""One real case, from a village station to the citizen's hand, through the real machines."""

from __future__ import annotations

from chalicelib.cases import store
from chalicelib.cases.model import replay
from chalicelib.certificates import store as certificates
from tests.support.applications import CITIZEN, STATION
from tests.support.steps import Road


def test_a_sunk_item_goes_from_the_station_to_the_citizens_hand(engine, residence_case):
    road = Road(engine, residence_case).to_delivery()
    log = store.read_log(road.no)
    assert [recorded.event.type for recorded in log] == [
        "case.received",
        "case.accepted",
        "case.reviewed",
        "case.granted",
        "case.certificate_stored",
    ]
    row = engine.client(STATION).get("/v1/queues/delivery").json["items"][0]
    assert row["case_no"] == road.no
    handed = engine.client(STATION).post(
        f"/v1/cases/{road.no}/delivery", {"received_by": "applicant"}
    )
    assert handed.status == 200, handed.text
    assert handed.json["stage"] == "closed"
    assert engine.client(STATION).get("/v1/queues/delivery").json["items"] == []
    engine.settle(lambda: engine.executions(road.no, statusFilter="RUNNING") == [])


def test_replaying_the_log_gives_the_stored_head_byte_for_byte(engine, residence_case):
    road = Road(engine, residence_case).to_closure()
    head = store.CaseItem.get(store.case_pk(road.no), store.HEAD)
    assert replay(store.read_log(road.no)).to_state() == head.state


def test_the_certificate_is_signed_and_stored_before_the_case_goes_on(engine, residence_case):
    road = Road(engine, residence_case).to_delivery()
    view = engine.client("ga.reviewer").get(f"/v1/cases/{road.no}").json
    identifier = view["certificate"]["identifier"]
    assert identifier.startswith("1.2.156.3005.2.")
    assert certificates.CertificateItem.get(*certificates.key_of(identifier)).case_no == road.no


def test_the_citizen_follows_his_case_and_sees_who_held_it(engine, residence_case):
    road = Road(engine, residence_case).to_closure()
    me = engine.client(CITIZEN)
    assert [each["case_no"] for each in me.get("/v1/me/cases").json["items"]] == [road.no]
    timeline = me.get(f"/v1/cases/{road.no}/events").json["items"]
    assert [line["actor"]["role"] for line in timeline] == [
        "station_clerk",
        "acceptor",
        "reviewer",
        "chief_representative",
        "system",
        "station_clerk",
    ]
    assert all(line["title"] for line in timeline)


def test_accepting_reviewing_and_signing_are_three_people_and_a_wrong_one_is_told_why(
    engine, residence_case
):
    no = residence_case
    for account, path, body in (
        ("ga.reviewer", "acceptance", {}),
        (STATION, "acceptance", {}),
        ("rs.acceptor", "acceptance", {}),
        ("ga.acceptor", "review", {"opinion": "同意", "recommendation": "grant"}),
        ("ga.reviewer", "sign-off", {"decision": "grant"}),
        ("rs.chief", "sign-off", {"decision": "grant"}),
    ):
        refused = engine.client(account).post(f"/v1/cases/{no}/{path}", body)
        assert refused.status == 403, (account, path, refused.text)
        assert refused.json["detail"]
    assert len(store.read_log(no)) == 1


def test_every_item_of_the_head_collection_stays_under_one_kilobyte(engine, residence_case):
    """A write unit is a kilobyte: the cost of a case rests on this."""
    road = Road(engine, residence_case).to_closure()
    sizes = engine.item_sizes(road.no)
    assert max(size for sk, size in sizes.items() if sk != "EVENT#00001") <= 1024, sizes
    assert sizes["EVENT#00001"] <= 2048
