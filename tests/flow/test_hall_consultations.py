"""Consultations: routed, answered in time or alarmed, published without naming anybody."""

from __future__ import annotations

import pytest

from chalicelib.aws import bus
from chalicelib.hall import consulting, workers
from chalicelib.hall.store import HallItem
from chalicelib.supervision import alarm_store
from tests.support.applications import item_named
from tests.support.hall import (
    LI,
    STATION,
    WINDOW,
    ZHANG,
    done,
    post,
    records,
    relayed,
    stored_events,
    sweep,
)

TEXT = "我是张示例,租房合同到期还能办居住证吗?电话13800001234"


def asked(engine, who=ZHANG, **more):
    return done(post(engine, who, "/v1/consultations", {"text": TEXT, **more}))


def of_item(engine, who=ZHANG):
    return asked(engine, who, item_code=item_named("居住证申领").code)


def answer(engine, who, consultation, text="续签后可以办理"):
    return post(engine, who, f"/v1/consultations/{consultation}/answer", {"text": text})


def test_it_goes_to_the_body_of_the_item_the_named_one_or_the_centres_windows(engine):
    assert of_item(engine)["organisation"] == "ga"
    assert asked(engine, organisation="rs")["organisation"] == "rs"
    unrouted = asked(engine)
    assert (unrouted["organisation"], unrouted["point"]) == (None, "centre")
    assert unrouted["due_on"] == "2026-03-05"
    unknown = {"text": TEXT, "item_code": "nothing"}
    assert post(engine, ZHANG, "/v1/consultations", unknown).status == 404


def test_only_who_must_answer_answers_and_only_once(engine):
    mine = of_item(engine)["id"]
    for stranger in ("rs.acceptor", WINDOW, STATION, LI):
        assert answer(engine, stranger, mine).status == 403, stranger
    first = answer(engine, "ga.acceptor", mine)
    assert done(first)["state"] == "answered"
    assert answer(engine, "ga.reviewer", mine).status == 409
    seen = engine.client(ZHANG).get(f"/v1/consultations/{mine}").json
    assert (seen["text"], seen["answer"]) == (TEXT, "续签后可以办理")


def test_its_words_are_for_the_asker_and_who_must_answer(engine):
    mine = of_item(engine)["id"]
    read = {
        who: engine.client(who).get(f"/v1/consultations/{mine}")
        for who in (ZHANG, LI, "ga.acceptor", "rs.acceptor", "supervisor", STATION)
    }
    assert {who: a.status for who, a in read.items()} == {
        ZHANG: 200,
        LI: 403,
        "ga.acceptor": 200,
        "rs.acceptor": 403,
        "supervisor": 200,
        STATION: 403,
    }
    assert read[ZHANG].json["text"] == read["ga.acceptor"].json["text"] == TEXT
    assert read["supervisor"].json["text"] is None


def test_it_is_handed_on_by_name_and_its_limit_goes_on(engine):
    mine = asked(engine)
    engine.clock.move(days=1)
    path = f"/v1/consultations/{mine['id']}/transfer"
    to = {"organisation": "rs", "reason": "属于社保业务"}
    assert post(engine, "rs.acceptor", path, to).status == 403
    moved = done(post(engine, WINDOW, path, to))
    assert (moved["organisation"], moved["due_on"]) == ("rs", mine["due_on"])
    assert post(engine, WINDOW, path, {**to, "organisation": "mz"}).status == 403
    assert post(engine, "rs.acceptor", path, to).status == 422
    assert answer(engine, WINDOW, mine["id"]).status == 403
    done(answer(engine, "rs.acceptor", mine["id"]))


def test_a_desk_lists_what_it_has_to_answer_and_the_asker_his_own(engine):
    mine, other = of_item(engine)["id"], asked(engine, LI, organisation="rs")["id"]

    def listed(who, query="?box=desk"):
        return [c["id"] for c in done(engine.client(who).get(f"/v1/consultations{query}"))["items"]]

    assert listed("ga.acceptor") == [mine]
    assert listed("rs.acceptor") == [other]
    assert listed(WINDOW) == []
    assert listed(ZHANG, "") == [mine]
    done(answer(engine, "ga.acceptor", mine))
    assert listed("ga.acceptor") == []
    assert listed("ga.acceptor", "?box=desk&state=answered") == [mine]
    assert engine.client(ZHANG).get("/v1/consultations?box=desk").status == 403


def test_a_clerk_writes_the_question_of_the_visitor_before_him_down(engine):
    visit = done(post(engine, ZHANG, "/v1/visits", {"point": "centre"}))["id"]
    path, question = "/v1/consultations", {"text": TEXT, "visit": visit}
    assert post(engine, WINDOW, path, question).pointers == ["/visit"]
    done(post(engine, WINDOW, "/v1/visit-calls", {"window": "1号"}))
    mine = done(post(engine, WINDOW, path, question))
    assert [c["id"] for c in engine.client(ZHANG).get(path).json["items"]] == [mine["id"]]
    service = f"/v1/visits/{visit}/service"
    foreign = asked(engine, LI)["id"]
    assert post(engine, WINDOW, service, {"consultation": foreign}).pointers == ["/consultation"]
    done(post(engine, WINDOW, service, {"consultation": mine["id"]}))
    assert done(post(engine, WINDOW, f"/v1/visits/{visit}/end"))["state"] == "ended"


def test_an_unanswered_one_raises_each_alert_once(engine):
    mine = of_item(engine)["id"]
    assert sweep()["alerted"] == []
    raised = []
    for day in (5, 6, 11, 12):
        engine.clock.move_to(2026, 3, day, 0, 0)
        sweep()
        sweep()
        raised.append(engine.client(ZHANG).get(f"/v1/consultations/{mine}").json["raised"])
    # Due on Thursday the 5th; three working days after it end on Tuesday the 10th.
    three = ["warning", "yellow", "red"]
    assert raised == [three[:1], three[:2], three, three]
    alerts = [e for e in stored_events() if e["type"] == "consultation.alert_raised"]
    assert {e["data"]["responsible"] for e in alerts} == {"ga"}


def test_after_an_outage_every_alert_comes_in_its_order_and_crashes_repeat_nothing(
    engine, monkeypatch
):
    for _ in range(3):
        of_item(engine)
    engine.clock.move_to(2026, 3, 20, 9, 0)
    original, calls = consulting._alert, []

    def dies(*args):
        calls.append(args)
        if len(calls) == 5:
            raise RuntimeError("the process is gone")
        return original(*args)

    monkeypatch.setattr(consulting, "_alert", dies)
    with pytest.raises(RuntimeError):
        sweep()
    sweep()
    raised = {}
    for event in stored_events():
        if event["type"] == "consultation.alert_raised":
            raised.setdefault(event["subject"], []).append(event["data"]["rung"])
    assert list(raised.values()) == [["warning", "yellow", "red"]] * 3


def test_an_answer_in_the_moment_of_an_alert_wins(engine, monkeypatch):
    mine = of_item(engine)["id"]
    engine.clock.move_to(2026, 3, 6, 9, 0)
    original, meanwhile = consulting.read, []

    def slow(consultation_id):
        found = original(consultation_id)
        if not meanwhile:
            meanwhile.append(True)
            done(answer(engine, "ga.acceptor", mine))
        return found

    monkeypatch.setattr(consulting, "read", slow)
    assert sweep()["alerted"] == []
    assert original(mine).raised == ()


def test_supervision_hears_of_a_late_answer(engine):
    mine = of_item(engine)["id"]
    engine.clock.move_to(2026, 3, 6, 9, 0)
    sweep()
    published = relayed(engine)
    assert TEXT not in str(published)
    engine.drain_bus()
    alarms = {(a.rule, a.level, a.organisation) for a in alarm_store.page().alarms}
    assert alarms == {("T09", "warning", "ga"), ("T09", "yellow", "ga")}
    assert mine in str(published)


def test_what_one_event_fails_at_comes_again_alone(engine, monkeypatch):
    of_item(engine)
    asked(engine, LI)
    sent, original = [], bus.publish

    def refuses_the_first(source, events):
        batch = list(events)
        sent.append(batch[0][0].id)
        if len(sent) == 1:
            raise bus.NotPublished("throttled")
        return original(source, batch)

    monkeypatch.setattr(bus, "publish", refuses_the_first)
    batch = records()
    failed = workers.relay_hall({"Records": batch}, None)["batchItemFailures"]
    assert failed == [{"itemIdentifier": batch[0]["dynamodb"]["SequenceNumber"]}]
    assert len(engine.published) == 1
    assert workers.relay_hall({"Records": batch[:1]}, None) == {"batchItemFailures": []}
    assert len({event["detail"]["id"] for event in engine.published}) == 2


def test_what_is_no_new_event_is_not_relayed(engine):
    of_item(engine)
    (record,) = records()
    head = {"eventName": "INSERT", "dynamodb": {"NewImage": {"sk": {"S": "HEAD"}}}}
    changed = {**record, "eventName": "MODIFY"}
    assert workers.relay_hall({"Records": [head, changed]}, None) == {"batchItemFailures": []}
    assert engine.published == []


def test_an_answer_becomes_a_frequent_question_in_words_that_name_nobody(engine):
    mine = of_item(engine)["id"]
    path = f"/v1/consultations/{mine}/publication"
    good = {"question": "租房合同到期还能办居住证吗?", "answer": "续签后可以办理。"}
    assert post(engine, "ga.acceptor", path, good).status == 409
    done(answer(engine, "ga.acceptor", mine))
    for where, words in (
        ("question", TEXT),
        ("question", "张示例问:还能办吗?"),
        ("answer", "请打 138 0000 1234"),
        ("answer", "身份证410102190001010011"),
    ):
        assert post(engine, "ga.acceptor", path, {**good, where: words}).pointers == [f"/{where}"]
    assert post(engine, "rs.acceptor", path, good).status == 403
    done(post(engine, "ga.acceptor", path, good))
    assert post(engine, "ga.acceptor", path, good).status == 409
    anybody = engine.client(ZHANG).bearing(None)
    code = item_named("居住证申领").code
    for query in ("", f"?item_code={code}", "?organisation=ga"):
        (row,) = done(anybody.get(f"/v1/consultation-answers{query}"))["items"]
        assert (row["question"], row["answer"]) == (good["question"], good["answer"])
        assert "张示例" not in str(row)
    assert done(anybody.get("/v1/consultation-answers?organisation=rs"))["items"] == []


def test_the_same_request_is_one_question_and_one_answer(engine):
    body = {"text": TEXT}
    first = done(post(engine, ZHANG, "/v1/consultations", body, key="q"))
    assert done(post(engine, ZHANG, "/v1/consultations", body, key="q")) == first
    assert post(engine, ZHANG, "/v1/consultations", {"text": "别的"}, key="q").status == 422
    path, said = f"/v1/consultations/{first['id']}/answer", {"text": "可以"}
    once = done(post(engine, WINDOW, path, said, key="a"))
    assert done(post(engine, WINDOW, path, said, key="a")) == once
    assert len(stored_events()) == 2


def test_words_are_sealed(engine):
    mine = of_item(engine)["id"]
    done(answer(engine, "ga.acceptor", mine, "请张示例本人来"))
    stored = str([item.to_simple_dict(force=True) for item in HallItem.scan()])
    assert not any(word in stored for word in ("租房合同", "13800001234", "请张示例"))
