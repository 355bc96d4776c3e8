"""Visits: a number for everybody, one client a window, answered or handed over, rated once."""

from __future__ import annotations

import pytest

from chalicelib.hall import lapsing, store, visit_records
from chalicelib.hall.store import HallItem
from chalicelib.supervision import alarm_store
from tests.support.applications import application, item_named
from tests.support.engine import ACCOUNTS
from tests.support.hall import (
    LI,
    SECOND_WINDOW,
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
from tests.support.steps import Road


def arrived(engine, who=ZHANG, **body):
    """A number at the centre; the visit."""
    if who == WINDOW:
        return done(post(engine, who, "/v1/visits", body))
    return done(post(engine, who, "/v1/visits", {"point": "centre", **body}))


def called(engine, who=WINDOW, window="1号窗口"):
    return post(engine, who, "/v1/visit-calls", {"window": window})


def answered(engine, visit, who=WINDOW):
    """Serve the visitor with an answer on the spot, and end."""
    done(post(engine, who, f"/v1/visits/{visit}/service", {"answer": "带身份证原件即可"}))
    return done(post(engine, who, f"/v1/visits/{visit}/end"))


def ended(engine, visitor=ZHANG):
    visit = arrived(engine, visitor)["id"]
    done(called(engine))
    answered(engine, visit)
    return visit


def kinds(visit):
    return [event.type for event in store.log(visit_records.visit_pk(visit))]


def test_numbers_count_up_by_point_and_day(engine):
    numbers = [arrived(engine, who)["number"] for who in (ZHANG, LI, WINDOW, WANG)]
    assert numbers == [1, 2, 3, 4]
    assert done(post(engine, STATION, "/v1/visits", {}))["number"] == 1
    engine.clock.move(days=1)
    assert arrived(engine)["number"] == 1


def test_two_who_come_at_once_get_two_numbers(engine, monkeypatch):
    """The second reads the last number before the first has written his."""
    original, meanwhile = store.read_item, []

    def slow(pk, sk="HEAD"):
        found = original(pk, sk)
        if pk.startswith("NUMBERS#") and not meanwhile:
            meanwhile.append(None)
            meanwhile[0] = arrived(engine, LI)["number"]
        return found

    monkeypatch.setattr(store, "read_item", slow)
    assert sorted([arrived(engine, ZHANG)["number"], meanwhile[0]]) == [1, 2]


def test_the_same_request_is_one_number(engine):
    first = done(post(engine, ZHANG, "/v1/visits", {"point": "centre"}, key="k"))
    again = done(post(engine, ZHANG, "/v1/visits", {"point": "centre"}, key="k"))
    assert again == first
    assert post(engine, ZHANG, "/v1/visits", {"point": "police"}, key="k").status == 422
    assert arrived(engine, LI)["number"] == 2


def test_a_visitor_is_called_served_and_seen_off(engine):
    visit = arrived(engine)["id"]
    arrived(engine, LI)
    assert engine.client(LI).get(f"/v1/visits/{visit}").status == 403
    seen = done(called(engine))
    assert (seen["id"], seen["window"], seen["visitor"]) == (visit, "1号窗口", "张*例")
    answered(engine, visit)
    assert kinds(visit) == ["visit.arrived", "visit.called", "visit.served", "visit.ended"]


def test_how_many_are_before_one(engine):
    arrived(engine)
    mine = arrived(engine, LI)["id"]
    assert engine.client(LI).get(f"/v1/visits/{mine}").json["ahead"] == 1
    done(called(engine))
    assert engine.client(LI).get(f"/v1/visits/{mine}").json["ahead"] == 0


def test_a_window_has_one_client_and_sees_nothing_of_the_last_one(engine):
    first = arrived(engine)["id"]
    second = arrived(engine, LI)["id"]
    done(called(engine))
    assert called(engine).status == 409
    assert called(engine, SECOND_WINDOW).json["id"] == second
    session = engine.client(WINDOW).get("/v1/window-session").json["visit"]
    assert (session["id"], session["visitor"]) == (first, "张*例")
    # Nor does another window act on this client.
    for step in ("end", "absence"):
        assert post(engine, SECOND_WINDOW, f"/v1/visits/{first}/{step}").status in (403, 409)
    closed = answered(engine, first)
    assert closed["visitor"] is None
    assert engine.client(WINDOW).get("/v1/window-session").json["visit"] is None
    assert engine.client(WINDOW).get(f"/v1/visits/{first}").json["visitor"] is None
    assert called(engine).status == 404


def test_two_windows_that_call_at_once_get_two_visitors(engine, monkeypatch):
    """Both look at the same queue; the slower one finds the visitor taken and takes the next."""
    first, second = arrived(engine)["id"], arrived(engine, LI)["id"]
    original, calls = visit_records.read, []

    def read(visit_id):
        found = original(visit_id)
        if not calls:
            calls.append(visit_id)
            calls.append(done(called(engine, SECOND_WINDOW))["id"])
        return found

    from chalicelib.hall import visiting

    monkeypatch.setattr(visiting, "read", read)
    assert (called(engine).json["id"], calls[1]) == (second, first)


def test_only_the_clients_own_case_is_tied_to_the_session(engine):
    visit = arrived(engine)["id"]
    done(called(engine))
    item = item_named("居住证申领")
    of_zhang = done(post(engine, ZHANG, "/v1/cases", application(item, ZHANG)))["case_no"]
    of_li = application(item, LI, applicant=party(LI))
    of_li = done(post(engine, LI, "/v1/cases", of_li))["case_no"]
    path = f"/v1/visits/{visit}/service"
    for foreign in (of_li, "410102-00000-00000-0"):
        assert post(engine, WINDOW, path, {"case_no": foreign}).pointers == ["/case_no"]
    assert done(post(engine, WINDOW, path, {"case_no": of_zhang}))["case_no"] == of_zhang
    assert done(post(engine, WINDOW, f"/v1/visits/{visit}/end"))["state"] == "ended"


def test_who_was_asked_first_answers_or_hands_over_by_name(engine):
    visit = arrived(engine)["id"]
    done(called(engine))
    done(post(engine, WINDOW, f"/v1/visits/{visit}/service", {}))
    refused = post(engine, WINDOW, f"/v1/visits/{visit}/end")
    assert refused.status == 409
    assert "首问负责" in refused.json["detail"]
    path = f"/v1/visits/{visit}/handover"
    for nobody in ("nobody", "window.police", WINDOW):
        body = {"to": nobody, "reason": "不熟悉"}
        assert post(engine, WINDOW, path, body).pointers == ["/to"]
    done(post(engine, WINDOW, path, {"to": SECOND_WINDOW, "reason": "社保由二号窗口办"}))
    # It waits for the named colleague alone, before whoever came meanwhile.
    other = arrived(engine, LI)["id"]
    assert called(engine).json["id"] == other
    taken = called(engine, SECOND_WINDOW).json
    assert (taken["id"], taken["first_asked"], taken["server"]) == (visit, WINDOW, SECOND_WINDOW)
    answered(engine, visit, SECOND_WINDOW)
    handed = next(e for e in stored_events() if e["type"] == "visit.handed_over")
    assert (handed["data"]["from"], handed["data"]["to"]) == (WINDOW, SECOND_WINDOW)


def test_one_who_is_called_and_not_there_frees_the_window(engine):
    visit = arrived(engine)["id"]
    done(called(engine))
    assert done(post(engine, WINDOW, f"/v1/visits/{visit}/absence"))["state"] == "absent"
    assert post(engine, ZHANG, f"/v1/visits/{visit}/rating", {"grade": 1}).status == 409
    assert engine.client(WINDOW).get("/v1/window-session").json["visit"] is None


def test_a_visit_is_rated_once_by_its_visitor_after_its_end(engine):
    visit = arrived(engine)["id"]
    path = f"/v1/visits/{visit}/rating"
    assert post(engine, ZHANG, path, {"grade": 1}).status == 409
    done(called(engine))
    answered(engine, visit)
    assert post(engine, WINDOW, path, {"grade": 1}).status == 403
    assert post(engine, LI, path, {"grade": 1}).status == 403
    assert post(engine, ZHANG, path, {"grade": 6}).status == 422
    rated = done(post(engine, ZHANG, path, {"grade": 2, "comment": "很快"}, key="r"))
    assert rated["grade"] == 2
    assert done(post(engine, ZHANG, path, {"grade": 2, "comment": "很快"}, key="r")) == rated
    assert post(engine, ZHANG, path, {"grade": 5}).status == 409
    assert kinds(visit).count("visit.rated") == 1


def test_a_nameless_walk_in_rates_by_the_code_of_his_slip(engine):
    slip = arrived(engine, WINDOW)
    visit, code = slip["id"], slip["rating_code"]
    done(called(engine))
    answered(engine, visit)
    anybody = engine.client(ZHANG).bearing(None)
    assert anybody.post("/v1/visit-ratings", {"code": code[:-1] + "x", "grade": 1}).status == 410
    assert anybody.post("/v1/visit-ratings", {"code": code, "grade": 3}).status == 201
    assert anybody.post("/v1/visit-ratings", {"code": code, "grade": 1}).status == 409
    # A nameless visit is nobody's own.
    assert post(engine, ZHANG, f"/v1/visits/{visit}/rating", {"grade": 1}).status == 403


def test_slips_do_not_share_their_idempotency_keys(engine):
    slips = [arrived(engine, WINDOW) for _ in range(2)]
    for slip in slips:
        done(called(engine))
        answered(engine, slip["id"])
    anybody = engine.client(ZHANG).bearing(None)
    for slip in slips:
        body = {"code": slip["rating_code"], "grade": 2}
        answer = anybody.post("/v1/visit-ratings", body, headers={"Idempotency-Key": "1"})
        assert (answer.status, answer.json["visit"]) == (201, slip["id"])


def test_supervision_counts_a_rating_and_opens_a_case_for_a_bad_one(engine):
    visit = ended(engine)
    words = {"grade": 5, "comment": "等了太久"}
    done(post(engine, ZHANG, f"/v1/visits/{visit}/rating", words))
    text = {"text": "工作人员态度不好"}
    done(post(engine, ZHANG, f"/v1/visits/{visit}/objection", text))
    assert post(engine, ZHANG, f"/v1/visits/{visit}/objection", text).status == 409
    published = relayed(engine)
    rated = next(e["detail"] for e in published if e["detail-type"] == "visit.rated")
    assert rated["data"]["grade"] == 5
    assert rated["facts"] == {"body": "xx", "origin": "centre"}
    assert not any(word in str(published) for word in ("等了太久", "态度不好", "张示例"))
    engine.drain_bus()
    relayed(engine)
    engine.drain_bus()  # everything again: nothing twice
    answer = engine.client("supervisor").get("/v1/redress")
    opened = [(each["kind"], each["organisation"], each["point"]) for each in answer.json["items"]]
    assert sorted(opened) == [("objection", "xx", "centre"), ("rating", "xx", "centre")]
    # Who watches reads what the visitor wrote; the window does not.
    seen = engine.client("supervisor").get(f"/v1/visits/{visit}").json
    assert (seen["comment"], seen["objection"]) == ("等了太久", "工作人员态度不好")
    assert engine.client(WINDOW).get(f"/v1/visits/{visit}").json["comment"] is None


@pytest.mark.parametrize("who", [ZHANG, WINDOW])
def test_turning_somebody_away_is_recorded_with_who_and_why_and_alarmed_at_once(engine, who):
    visit = arrived(engine)["id"]
    done(called(engine))
    body = {"reason": "说今天的号满了"}
    assert post(engine, LI, f"/v1/visits/{visit}/refusal", body).status == 403
    assert post(engine, STATION, f"/v1/visits/{visit}/refusal", body).status == 403
    done(post(engine, who, f"/v1/visits/{visit}/refusal", body))
    assert post(engine, who, f"/v1/visits/{visit}/refusal", body).status == 409
    refused = next(e for e in stored_events() if e["type"] == "visit.refused")
    assert refused["data"]["refused_by"] == WINDOW
    assert engine.client(WINDOW).get("/v1/window-session").json["visit"] is None
    relayed(engine)
    engine.drain_bus()
    (alarm,) = alarm_store.page().alarms
    assert (alarm.rule, alarm.level, alarm.organisation) == ("P11", "red", "centre")


def test_no_visit_outlives_its_day_and_no_window_keeps_its_client_overnight(engine):
    """Li waits, Wang is called, Zhang is answered and not seen off; who had ended stays as he is."""
    done_before = ended(engine, "company.demo")
    served = arrived(engine)["id"]
    done(called(engine))
    done(post(engine, WINDOW, f"/v1/visits/{served}/service", {"answer": "带身份证原件即可"}))
    summoned = arrived(engine, WANG)["id"]
    done(called(engine, SECOND_WINDOW))
    waiting = arrived(engine, LI)["id"]
    engine.clock.move_to(2026, 3, 2, 23, 59)
    assert sweep()["closed"] == []
    engine.clock.move(minutes=1)
    assert sorted(sweep()["closed"]) == sorted([served, summoned, waiting])
    assert sweep()["closed"] == []
    assert visit_records.read(done_before).version == 4
    assert kinds(served)[-1] == "visit.ended"
    for visit, was in ((summoned, "called"), (waiting, "waiting")):
        last = store.log(visit_records.visit_pk(visit))[-1]
        assert (last.type, last.data["was"], last.actor.role) == ("visit.lapsed", was, "system")
    assert store.log(visit_records.visit_pk(summoned))[-1].data["first_asked"] == SECOND_WINDOW
    # The morning begins with free windows and an empty queue.
    for who in (WINDOW, SECOND_WINDOW):
        assert engine.client(who).get("/v1/window-session").json["visit"] is None
    engine.clock.move_to(2026, 3, 3, 9)
    assert called(engine).status == 404
    # Who was served can rate it, who was not can object.
    assert post(engine, ZHANG, f"/v1/visits/{served}/rating", {"grade": 2}).status == 200
    assert post(engine, LI, f"/v1/visits/{waiting}/rating", {"grade": 2}).status == 409
    text = {"text": "等到下班也没有叫到我"}
    assert post(engine, LI, f"/v1/visits/{waiting}/objection", text).status == 200
    lapsed = engine.client(WINDOW).get("/v1/visits?state=lapsed&day=2026-03-02").json["items"]
    assert {row["id"] for row in lapsed} == {summoned, waiting}
    assert {row["state_name"] for row in lapsed} == {"当日未办"}


def test_a_visitor_who_waits_for_a_named_colleague_does_not_wait_overnight(engine):
    visit = arrived(engine)["id"]
    done(called(engine))
    body = {"to": SECOND_WINDOW, "reason": "社保由二号窗口办"}
    done(post(engine, WINDOW, f"/v1/visits/{visit}/handover", body))
    engine.clock.move(days=1)
    assert sweep()["closed"] == [visit]
    last = store.log(visit_records.visit_pk(visit))[-1]
    assert (last.data["named"], last.data["first_asked"]) == (SECOND_WINDOW, WINDOW)


def test_a_visit_that_ends_as_the_day_is_closed_ends_once(engine, monkeypatch):
    """The sweep has read the visit when its clerk ends it: his end stands, with no second one."""
    visit = arrived(engine)["id"]
    done(called(engine))
    done(post(engine, WINDOW, f"/v1/visits/{visit}/service", {"answer": "带身份证原件即可"}))
    engine.clock.move(days=1)
    original, meanwhile = lapsing.read, []

    def slow(visit_id):
        found = original(visit_id)
        if not meanwhile:
            meanwhile.append(True)
            done(post(engine, WINDOW, f"/v1/visits/{visit}/end"))
        return found

    monkeypatch.setattr(lapsing, "read", slow)
    assert sweep()["closed"] == []
    assert kinds(visit).count("visit.ended") == 1
    assert store.log(visit_records.visit_pk(visit))[-1].actor.account == WINDOW


def test_a_day_that_is_closed_does_not_take_the_window_from_the_next_client(engine):
    """The clerk ended yesterday's visit late and has called today's first: the sweep, which still
    finds the old one in its index, leaves the session alone."""
    old = arrived(engine)["id"]
    done(called(engine))
    engine.clock.move(days=1)
    done(post(engine, WINDOW, f"/v1/visits/{old}/absence"))
    new = arrived(engine, LI)["id"]
    done(called(engine))
    stale = HallItem(visit_records.visit_pk(old), "HEAD")
    stale.update([HallItem.due_pk.set(visit_records.DUE), HallItem.due_sk.set("2026-03-03")])
    assert sweep()["closed"] == []
    assert engine.client(WINDOW).get("/v1/window-session").json["visit"]["id"] == new


@pytest.mark.parametrize(
    ("day", "hour", "regime"),
    [(2, 10, "regular"), (2, 12, "noon"), (2, 19, "extended"), (7, 10, "rest_day")],
)
def test_each_visit_knows_the_service_regime_it_came_in(engine, day, hour, regime):
    engine.clock.move_to(2026, 3, day, hour, 30)
    assert arrived(engine)["regime"] == regime


def test_a_point_that_is_closed_takes_nobody_and_an_unknown_one_is_not_found(engine):
    assert post(engine, ZHANG, "/v1/visits", {"point": "nowhere"}).status == 404
    assert post(engine, ZHANG, "/v1/visits", {}).pointers == ["/point"]


def test_lists_stay_within_their_scope(engine):
    mine = arrived(engine)["id"]
    theirs = arrived(engine, LI)["id"]
    rows = engine.client(ZHANG).get("/v1/visits").json["items"]
    assert [row["id"] for row in rows] == [mine]
    rows = engine.client(WINDOW).get("/v1/visits?state=waiting&limit=1").json
    assert [row["id"] for row in rows["items"]] == [mine]
    rows = engine.client(WINDOW).get(f"/v1/visits?limit=1&cursor={rows['next_cursor']}").json
    assert [row["id"] for row in rows["items"]] == [theirs]
    assert engine.client(WINDOW).get("/v1/visits?point=yingchun").status == 403
    assert engine.client(STATION).get("/v1/visits").json["items"] == []
    assert engine.client("supervisor").get("/v1/visits?point=centre").status == 200
    assert not any(ACCOUNTS[who]["name"] in str(rows) for who in (ZHANG, LI))


def redress_told(engine, query="", who=ZHANG):
    answer = engine.client(who).get(f"/v1/me/redress?{query}")
    assert answer.status == 200, answer.text
    return answer.json


def test_what_was_answered_to_a_visitor_reaches_him_and_nobody_else(engine):
    visit, other = ended(engine), ended(engine)
    done(post(engine, ZHANG, f"/v1/visits/{visit}/objection", {"text": "叫号以后等了一小时"}))
    done(post(engine, ZHANG, f"/v1/visits/{other}/rating", {"grade": 1}))
    relayed(engine)
    engine.drain_bus()
    (told,) = redress_told(engine, f"visit={visit}")["items"]
    assert (told["visit"], told["case_no"], told["kind"]) == (visit, None, "objection")
    assert (told["state_name"], told["answers"]) == ("待核实", [])
    assert redress_told(engine, f"visit={other}")["items"] == []  # a good rating opens nothing

    (shown,) = engine.client("supervisor").get("/v1/redress").json["items"]
    assert (shown["visit"], shown["case_no"]) == (visit, None)
    path = f"/v1/redress/{shown['id']}"
    found = {"founded": False, "text": "监控显示等了八分钟"}
    assert engine.client("supervisor").post(f"{path}/verification", found).status == 200
    answer = {"text": "已核对取号记录,向您说明"}
    assert engine.client(WINDOW).post(f"{path}/answer", answer).status == 200
    (told,) = redress_told(engine, f"visit={visit}")["items"]
    assert [each["text"] for each in told["answers"]] == ["已核对取号记录,向您说明"]
    assert "监控显示" not in str(told)

    assert redress_told(engine, who=LI)["items"] == []
    assert engine.client(LI).get(f"/v1/me/redress?visit={visit}").status == 403
    assert engine.client(LI).get("/v1/me/redress?visit=centre-20260302-0099").status == 404
    both = engine.client(ZHANG).get(f"/v1/me/redress?visit={visit}&case_no=410102-00000-00000-0")
    assert (both.status, both.pointers) == (422, ["/query/visit"])


def test_ones_own_redress_is_paged_through_cases_and_then_visits(engine):
    """Every page within the limit, nothing twice, and an account without cases begins at visits."""
    objected = []
    for _ in range(3):
        visit = ended(engine)
        done(post(engine, ZHANG, f"/v1/visits/{visit}/objection", {"text": "等得太久"}))
        objected.append(visit)
    item = item_named("居住证申领")
    no = done(post(engine, STATION, "/v1/cases", application(item, STATION)))["case_no"]
    Road(engine, no).to_closure()
    done(post(engine, ZHANG, f"/v1/cases/{no}/objection", {"text": "少发了一本"}))
    relayed(engine)
    engine.settle()
    found, query = [], "limit=1"
    for _ in range(20):
        page = redress_told(engine, query)
        assert len(page["items"]) <= 1
        found += [each["case_no"] or each["visit"] for each in page["items"]]
        if page["next_cursor"] is None:
            break
        query = f"limit=1&cursor={page['next_cursor']}"
    assert found == [no, *reversed(objected)]
