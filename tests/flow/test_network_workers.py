"""The room's workers: what the stream inserts reaches the bus, and a fault loses nothing."""

from __future__ import annotations

import json
from datetime import date

import pytest

from chalicelib.aws import bus
from chalicelib.core.events import Event
from chalicelib.network import staff, store, workers
from chalicelib.network.postings import Decision
from tests.support.network_room import CENTRE_OFFICER, NOW, chief_of, command, founded_room


@pytest.fixture(autouse=True)
def district():
    with founded_room() as written:
        yield written


def stream(*items):
    """The records of inserted items, as the stream shows them."""
    return {
        "Records": [
            {
                "eventName": "INSERT",
                "dynamodb": {"SequenceNumber": str(100 + n), "NewImage": item.serialize()},
            }
            for n, item in enumerate(items)
        ]
    }


def logged(subject):
    return list(store.NetworkItem.query(subject, store.NetworkItem.sk.startswith("EVENT#")))


def test_events_reach_the_bus_in_order_and_nothing_else_does(monkeypatch):
    published = []
    monkeypatch.setattr(
        workers, "publish", lambda source, events: published.append((source, [*events]))
    )
    head = store.NetworkItem.get("POSTING#p-ga-chief", "HEAD")
    batch = stream(head, *logged("POINT#centre"), *logged("CHIEF#ga"))
    modified = stream(*logged("CHIEF#rs"))["Records"][0] | {"eventName": "MODIFY"}
    batch["Records"].append(modified)
    assert workers.publish_network(batch, None) == {"batchItemFailures": []}
    ((source, events),) = published
    assert source == "yichuang.network"
    assert [event.id for event, _ in events] == ["POINT#centre#1", "CHIEF#ga#1"]
    assert all(isinstance(event, Event) for event, _ in events)


def test_a_batch_the_bus_refuses_comes_again_whole(monkeypatch):
    def refuse(source, events):
        raise bus.NotPublished("1 entries")

    monkeypatch.setattr(workers, "publish", refuse)
    batch = stream(*logged("POINT#centre"), *logged("CHIEF#ga"))
    assert workers.publish_network(batch, None) == {
        "batchItemFailures": [{"itemIdentifier": "100"}]
    }


def test_no_event_of_the_room_holds_a_certificate_number():
    text = json.dumps(
        [item.event for item in store.NetworkItem.scan() if item.event], ensure_ascii=False
    )
    assert "豫A演示" not in text


def test_the_keeper_records_what_fell_due_and_one_refusal_does_not_stop_it(monkeypatch):
    for posting in ("p-ga-reviewer", "p-ga-acceptor"):
        staff.request_transfer(
            command("posting.request_transfer", chief_of("ga")),
            posting,
            effective_on=date(2027, 6, 1),
            reason="轮岗",
            to_point=None,
            exception="",
        )
    staff.decide_transfer(
        command("posting.transfer", CENTRE_OFFICER), "p-ga-acceptor", consent=True, comment=""
    )

    class Later:
        def now(self):
            return NOW.replace(year=2027, month=6, day=1)

    monkeypatch.setattr(workers, "clock", Later)
    read, stale = store.read_posting, store.read_posting("p-ga-reviewer")
    staff.recommend(command("posting.write"), "p-ga-reviewer", frozenset({2025, 2026}), "推荐1号")
    monkeypatch.setattr(
        store, "read_posting", lambda key: stale if key == "p-ga-reviewer" else read(key)
    )
    assert workers.keep_postings({}, None) == {"recorded": 1}
    monkeypatch.setattr(store, "read_posting", read)
    assert workers.keep_postings({}, None) == {"recorded": 1}
    assert workers.keep_postings({}, None) == {"recorded": 0}
    assert staff.read_posting("p-ga-reviewer").transfer.decision is Decision.LAPSED
    assert staff.read_posting("p-ga-acceptor").last_day == date(2027, 5, 31)
