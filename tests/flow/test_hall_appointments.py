"""Appointments: slots from the opening hours, a place for one each, kept, cancelled or missed."""

from __future__ import annotations

import threading

import pytest

from chalicelib.hall import booking, store
from chalicelib.hall.regimes import regimes
from chalicelib.hall.store import HallItem
from tests.support.engine import ACCOUNTS
from tests.support.hall import (
    LI,
    STATION,
    WANG,
    WINDOW,
    ZHANG,
    done,
    party,
    post,
    relayed,
    stored_events,
    sweep,
)

TOMORROW = "2026-03-03"


def slots(engine, point="yingchun", day=TOMORROW, **more):
    query = "".join(f"&{name}={value}" for name, value in more.items())
    anybody = engine.client(ZHANG).bearing(None)
    answer = anybody.get(f"/v1/appointment-slots?point={point}&day={day}{query}")
    return {slot["start"]: slot["left"] for slot in done(answer)["items"]}


def body(start="09:00", point="yingchun", day=TOMORROW, **more):
    return {"point": point, "day": day, "start": start, **more}


def booked(engine, who=ZHANG, **changes):
    return done(post(engine, who, "/v1/appointments", body(**changes)))


def test_slots_follow_the_opening_hours_of_the_day_and_the_capacity(engine):
    found = slots(engine)
    assert next(iter(found)) == "09:00" and list(found)[-1] == "17:00"
    assert set(found.values()) == {2}
    # 365 service: a Saturday has its own hours, at the centre the evening too.
    assert next(iter(slots(engine, day="2026-03-07"))) == "09:30"
    assert "18:30" in slots(engine, "centre")
    assert slots(engine, day="2026-03-17") == {}, "beyond the days that can be booked"
    assert slots(engine, day="2026-03-01") == {}


def test_slots_of_today_that_have_begun_are_not_offered(engine):
    assert next(iter(slots(engine, day="2026-03-02"))) == "10:30"


def test_a_place_is_taken_and_given_back(engine):
    made = booked(engine)
    assert (made["state"], made["point_name"]) == ("booked", "迎春社区便民服务站")
    assert slots(engine)["09:00"] == 1
    assert post(engine, LI, f"/v1/appointments/{made['id']}/cancellation").status == 403
    assert engine.client(LI).get(f"/v1/appointments/{made['id']}").status == 403
    done(post(engine, ZHANG, f"/v1/appointments/{made['id']}/cancellation"))
    assert slots(engine)["09:00"] == 2
    assert post(engine, ZHANG, f"/v1/appointments/{made['id']}/cancellation").status == 409
    booked(engine)


def test_a_full_slot_is_refused_and_the_window_is_still_open(engine):
    booked(engine, ZHANG)
    booked(engine, LI)
    refused = post(engine, WANG, "/v1/appointments", body())
    assert refused.status == 409
    assert "直接到窗口取号" in refused.json["detail"]
    assert done(post(engine, WANG, "/v1/visits", {"point": "yingchun"}))["number"] == 1


def test_the_last_place_goes_to_one_of_many_who_want_it_at_once(engine):
    """Everybody has seen the same two free places before the first one writes."""
    people = [a for a, e in ACCOUNTS.items() if a.startswith("citizen.")]
    barrier, answers = threading.Barrier(len(people)), []

    def want(who):
        barrier.wait()
        answers.append(post(engine, who, "/v1/appointments", body()).status)

    threads = [threading.Thread(target=want, args=(who,)) for who in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 201, *[409] * (len(people) - 2)]
    slot = store.read_item("SLOTS#yingchun#2026-03-03", "09:00#window")
    assert int(slot.taken) == 2


def test_a_place_that_goes_between_reading_and_writing_is_not_given_twice(engine, monkeypatch):
    booked(engine, LI)
    original, meanwhile = store.read_item, []

    def slow(pk, sk="HEAD"):
        found = original(pk, sk)
        if pk.startswith("SLOTS#") and not meanwhile:
            meanwhile.append(True)
            booked(engine, WANG)
        return found

    monkeypatch.setattr(store, "read_item", slow)
    assert post(engine, ZHANG, "/v1/appointments", body()).status == 409


def test_one_person_holds_one_appointment_at_a_time(engine):
    booked(engine, start="09:00")
    for point in ("yingchun", "centre"):
        refused = post(engine, ZHANG, "/v1/appointments", body(point=point))
        assert refused.status == 409
        assert "同一时间" in refused.json["detail"]
    booked(engine, start="09:30")
    # Booked by a clerk for the same person: it is the person that counts.
    mine = body(start="09:30", on_behalf_of=party(ZHANG))
    assert post(engine, STATION, "/v1/appointments", mine).status == 409


def test_two_bookings_of_one_person_at_once_are_one(engine, monkeypatch):
    original, meanwhile = store.under, []

    def slow(pk, prefix=""):
        found = list(original(pk, prefix))
        if pk.startswith("PERSON#") and not meanwhile:
            meanwhile.append(True)
            booked(engine, ZHANG, point="centre")
        return iter(found)

    monkeypatch.setattr(store, "under", slow)
    assert post(engine, ZHANG, "/v1/appointments", body()).status == 409
    assert slots(engine)["09:00"] == 2


def test_the_same_request_is_one_appointment(engine):
    first = done(post(engine, ZHANG, "/v1/appointments", body(), key="b"))
    assert done(post(engine, ZHANG, "/v1/appointments", body(), key="b")) == first
    assert post(engine, ZHANG, "/v1/appointments", body("10:00"), key="b").status == 422
    assert slots(engine)["09:00"] == 1


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"start": "09:10"}, "/start"),
        ({"start": "08:30"}, "/start"),
        ({"start": "25:00"}, "/start"),
        ({"day": "2026-03-01"}, "/start"),
        ({"day": "2026-04-01"}, "/start"),
        ({"day": "2026-03-02", "start": "09:30"}, "/start"),
        ({"form": "home"}, "/address"),
        ({"form": "home", "address": "示例路1号", "point": "centre"}, "/form"),
        ({"on_behalf_of": party(LI)}, "/on_behalf_of"),
    ],
)
def test_a_bad_appointment_is_refused_with_its_field(engine, changes, pointer):
    answer = post(engine, ZHANG, "/v1/appointments", body(**changes))
    assert (answer.status, answer.pointers) == (422, [pointer])
    assert stored_events() == []


def test_a_visit_at_home_has_places_of_its_own_and_an_address_that_is_sealed(engine):
    made = booked(engine, form="home", address="迎春路88号院2单元")
    assert slots(engine, form="home")["09:00"] == 0
    assert slots(engine)["09:00"] == 2
    stored = str([item.to_simple_dict(force=True) for item in HallItem.scan()])
    assert "迎春路88号" not in stored
    assert booking.words_of(made["id"])["address"] == "迎春路88号院2单元"


def test_who_comes_is_noted_and_called_by_his_time(engine):
    made = booked(engine, start="09:30")
    engine.clock.move_to(2026, 3, 3, 9, 15)
    walk_in = done(post(engine, STATION, "/v1/visits", {}))
    engine.clock.move(minutes=10)
    path, arrival = "/v1/visits", {"point": "yingchun", "appointment": made["id"]}
    assert post(engine, LI, path, arrival).status == 403
    visit = done(post(engine, ZHANG, path, arrival))
    assert engine.client(ZHANG).get(f"/v1/appointments/{made['id']}").json["state"] == "kept"
    assert post(engine, ZHANG, path, arrival).status == 409
    # As if he had come at 9:10, twenty minutes before his slot.
    calls = [post(engine, STATION, "/v1/visit-calls", {"window": "1号"}).json]
    assert calls[0]["id"] == visit["id"] != walk_in["id"]


def test_who_does_not_come_is_noted_once_and_the_late_comer_is_served_as_a_walk_in(engine):
    made, other = booked(engine), booked(engine, LI, start="10:00")
    engine.clock.move_to(2026, 3, 3, 9, 44)
    assert sweep()["missed"] == []
    engine.clock.move(minutes=1)
    assert sweep()["missed"] == [made["id"]]
    assert sweep()["missed"] == []
    kinds = [event["type"] for event in stored_events()]
    assert kinds.count("booking.missed") == 1
    late = {"point": "yingchun", "appointment": made["id"]}
    refused = post(engine, ZHANG, "/v1/visits", late)
    assert refused.status == 409
    assert "直接取号" in refused.json["detail"]
    assert done(post(engine, ZHANG, "/v1/visits", {"point": "yingchun"}))["number"] == 1
    assert engine.client(LI).get(f"/v1/appointments/{other['id']}").json["state"] == "booked"


def test_who_arrives_as_the_sweep_runs_has_come(engine, monkeypatch):
    made = booked(engine)
    engine.clock.move_to(2026, 3, 3, 9, 50)
    original, meanwhile = booking.read, []

    def slow(booking_id):
        found = original(booking_id)
        if not meanwhile:
            meanwhile.append(True)
            arrival = {"point": "yingchun", "appointment": made["id"]}
            done(post(engine, ZHANG, "/v1/visits", arrival))
        return found

    monkeypatch.setattr(booking, "read", slow)
    assert sweep()["missed"] == []
    assert original(made["id"]).state == "kept"


def test_a_clerk_books_for_who_stands_before_him_at_his_own_point(engine):
    mine = body(on_behalf_of=party(LI, "13900001111"))
    made = done(post(engine, STATION, "/v1/appointments", mine))
    assert [b["id"] for b in engine.client(LI).get("/v1/appointments").json["items"]] == [
        made["id"]
    ]
    rows = engine.client(STATION).get(f"/v1/appointments?day={TOMORROW}").json["items"]
    assert [row["id"] for row in rows] == [made["id"]]
    assert engine.client(WINDOW).get(f"/v1/appointments?day={TOMORROW}").json["items"] == []
    assert post(engine, WINDOW, "/v1/appointments", mine).status == 403
    assert post(engine, STATION, "/v1/appointments", body()).pointers == ["/on_behalf_of"]


def test_events_of_appointments_tell_no_person(engine):
    booked(engine, phone="13800001234")
    published = relayed(engine)
    (made,) = [event["detail"] for event in published]
    assert made["type"] == "booking.made"
    assert made["facts"] == {"body": "sq-yingchun", "origin": "yingchun"}
    assert not any(word in str(published) for word in ("张示例", "13800001234"))


def test_capacity_is_configuration_by_tier_and_by_point():
    rules = regimes().appointments
    assert rules.capacity_of("x", "community", "window") == 2
    from dataclasses import replace

    own = replace(rules, points={"x": {"window": 7}})
    assert own.capacity_of("x", "community", "window") == 7
    assert own.capacity_of("x", "community", "home") == 1
