"""Mandates: given and confirmed by the principal, or recorded at a window; acted under; revoked."""

from __future__ import annotations

import pytest

from chalicelib.cases import store as cases
from chalicelib.hall import acting, mandating, store
from chalicelib.hall.store import HallItem
from tests.support.applications import application, document_for, item_named
from tests.support.engine import ACCOUNTS, principal_of
from tests.support.hall import (
    COMPANY,
    LI,
    STATION,
    WANG,
    WINDOW,
    ZHANG,
    done,
    given,
    mandate_body,
    party,
    post,
    relayed,
    station_mandate,
    stored_events,
)

ITEM = "居住证申领"
CENTRAL_ITEM = "医师执业注册"


def applied(engine, who=LI, mandate=None, item=ITEM, key="", **changes):
    """An application for Zhang by somebody else."""
    body = application(item_named(item), who, **changes)
    if mandate is not None:
        body.pop("applicant", None)
        body.pop("on_behalf_of", None)
        body["mandate"] = mandate
    return post(engine, who, "/v1/cases", body, key)


def for_zhang(engine, who=LI):
    return applied(engine, who, applicant=party(ZHANG))


def test_without_a_mandate_nobody_applies_for_another_and_is_told_why(engine):
    answer = for_zhang(engine)
    assert answer.status == 403
    assert "没有当事人有效的委托授权" in answer.json["detail"]


def test_a_draft_allows_nothing_before_the_principal_has_confirmed_it(engine):
    drafted = done(post(engine, LI, "/v1/mandates", mandate_body()))
    assert (drafted["standing"], drafted["drafted_by"]) == ("drafted", "agent")
    assert for_zhang(engine).status == 403
    path = f"/v1/mandates/{drafted['id']}/confirmation"
    assert post(engine, LI, path).status == 403
    assert post(engine, WANG, path).status == 403
    assert done(post(engine, ZHANG, path))["standing"] == "in_force"
    assert post(engine, ZHANG, path).status == 409
    assert for_zhang(engine).status == 201


def test_the_case_is_the_principals_and_names_the_agent_whom_the_principal_sees(engine):
    mandate = given(engine)
    no = done(applied(engine, LI, mandate, phone="13900001111"))["case_no"]
    head = cases.read_head(no)
    assert head.case.holder == principal_of(ZHANG).holder
    event = cases.read_log(no)[0].event
    assert event.data["agent"] == {"mandate": mandate, "kind": "family"}
    assert event.actor.account == LI
    zhang = engine.client(ZHANG)
    assert [row["case_no"] for row in zhang.get("/v1/me/cases").json["items"]] == [no]
    seen = zhang.get(f"/v1/cases/{no}/events").json["items"][0]["agent"]
    assert (seen["name"], seen["relation_name"]) == ("李*示", "子女")
    assert zhang.get(f"/v1/cases/{no}").json["agent"]["mandate"] == mandate
    assert engine.client(LI).get("/v1/me/cases").json["items"] == []


def test_the_mandate_knows_the_applicant_so_the_agent_types_no_number(engine):
    mandate = given(engine)
    no = done(applied(engine, LI, mandate, phone="13900001111"))["case_no"]
    shown = engine.client(ZHANG).get(f"/v1/cases/{no}").json["applicant"]
    assert (shown["name"], shown["phone"]) == (ACCOUNTS[ZHANG]["name"], "139****1111")
    assert applied(engine, WANG, mandate).status == 403
    assert applied(engine, LI, "no-such-mandate").status == 403


def test_an_agent_reads_supplements_and_withdraws_what_the_mandate_covers(engine):
    mandate = given(engine)
    no = done(applied(engine, LI, mandate))["case_no"]
    li = engine.client(LI)
    assert li.get(f"/v1/cases/{no}").status == 200
    assert [r["case_no"] for r in li.get(f"/v1/mandates/{mandate}/cases").json["items"]] == [no]
    missing = {"missing": [{"material_id": "m1", "text": "请补充照片"}]}
    done(post(engine, "ga.acceptor", f"/v1/cases/{no}/correction-notice", missing))
    more = {"materials": [{"material_id": "m1", "document": document_for(LI, "照片")}]}
    assert post(engine, WANG, f"/v1/cases/{no}/supplements", more).status in (403, 422)
    done(post(engine, LI, f"/v1/cases/{no}/supplements", more))
    done(post(engine, LI, f"/v1/cases/{no}/withdrawal", {"reason": "改天再办"}))
    kinds = {r.event.type: r.event.data.get("agent") for r in cases.read_log(no)}
    named = {"mandate": mandate, "kind": "family"}
    assert kinds["case.supplemented"] == kinds["case.withdrawn"] == named
    assert kinds["case.correction_requested"] is None
    # What is the applicant's alone stays so.
    assert post(engine, LI, f"/v1/cases/{no}/rating", {"grade": 1}).status == 403


@pytest.mark.parametrize(
    ("changes", "allowed"),
    [
        ({"acts": ["submit"]}, {"submit"}),
        ({"acts": ["submit", "read"]}, {"submit", "read"}),
        ({"acts": ["read", "withdraw"]}, {"read", "withdraw"}),
        ({"items": ["other"]}, set()),
        ({"first_day": "2026-03-03"}, set()),
    ],
)
def test_what_the_mandate_does_not_name_is_refused(engine, changes, allowed):
    if changes.get("items"):
        changes = {"items": [item_named("医师执业注册").code]}
    given(engine, **changes)
    own = done(applied(engine, ZHANG))["case_no"]
    seen = set()
    if for_zhang(engine).status == 201:
        seen.add("submit")
    if engine.client(LI).get(f"/v1/cases/{own}").status == 200:
        seen.add("read")
    if post(engine, LI, f"/v1/cases/{own}/withdrawal", {"reason": "不办了"}).status == 200:
        seen.add("withdraw")
    assert seen == allowed


def test_it_is_over_when_its_days_are_over_without_anybodys_act(engine):
    mandate = given(engine, last_day="2026-03-03")
    assert for_zhang(engine).status == 201
    engine.clock.move(days=2)
    answer = for_zhang(engine)
    assert answer.status == 403
    assert engine.client(ZHANG).get(f"/v1/mandates/{mandate}").json["standing"] == "expired"


def test_revoked_means_at_once_and_by_either_side(engine):
    for who in (ZHANG, LI):
        mandate = given(engine)
        assert for_zhang(engine).status == 201
        assert post(engine, WANG, f"/v1/mandates/{mandate}/revocation").status == 403
        revoked = done(post(engine, who, f"/v1/mandates/{mandate}/revocation"))
        assert revoked["standing"] == "revoked"
        assert for_zhang(engine).status == 403
        assert post(engine, who, f"/v1/mandates/{mandate}/revocation").status == 409


def test_an_act_in_the_same_moment_as_the_revocation_fails_and_writes_nothing(engine, monkeypatch):
    """The mandate is revoked between the agent's reading of it and his write."""
    mandate, original = given(engine), mandating.covering

    def revoked_meanwhile(*args, **kwargs):
        found = original(*args, **kwargs)
        if found is not None:
            done(post(engine, ZHANG, f"/v1/mandates/{mandate}/revocation"))
        return found

    monkeypatch.setattr(mandating, "covering", revoked_meanwhile)
    assert for_zhang(engine).status == 409
    assert engine.client(ZHANG).get("/v1/me/cases").json["items"] == []


def test_a_withdrawal_in_the_moment_of_the_revocation_is_refused(engine, monkeypatch):
    mandate, original = given(engine), mandating.covering
    no = done(applied(engine, ZHANG))["case_no"]
    calls = []

    def revoked_meanwhile(*args, **kwargs):
        found = original(*args, **kwargs)
        if found is not None and kwargs["item_code"] and not calls:
            calls.append(found)
            done(post(engine, ZHANG, f"/v1/mandates/{mandate}/revocation"))
        return found

    monkeypatch.setattr(mandating, "covering", revoked_meanwhile)
    answer = post(engine, LI, f"/v1/cases/{no}/withdrawal", {"reason": "不办了"})
    assert (answer.status, len(calls)) == (403, 1)
    assert cases.read_head(no).case.version == 1


def test_a_window_records_it_with_both_present_and_the_signed_paper(engine):
    body = mandate_body()
    paper = document_for(WINDOW, "双方签名的委托书")
    assert (
        post(engine, WINDOW, "/v1/mandates", body).json["errors"][0]["pointer"] == "/both_present"
    )
    absent = {**body, "both_present": True}
    assert post(engine, WINDOW, "/v1/mandates", absent).pointers == ["/paper"]
    stolen = {**absent, "paper": document_for(LI, "别人的")}
    assert post(engine, WINDOW, "/v1/mandates", stolen).pointers == ["/paper"]
    made = done(post(engine, WINDOW, "/v1/mandates", {**absent, "paper": paper}))
    assert (made["standing"], made["point"], made["mine"]) == ("in_force", "centre", None)
    assert for_zhang(engine).status == 201
    # The clerk's own point knows it; another one does not.
    assert engine.client(WINDOW).get(f"/v1/mandates/{made['id']}").status == 200
    assert engine.client(STATION).get(f"/v1/mandates/{made['id']}").status == 403


def test_a_station_acts_for_people_free_of_charge_and_its_case_says_so(engine):
    mandate = station_mandate(engine)
    no = done(applied(engine, STATION, mandate))["case_no"]
    event = cases.read_log(no)[0].event
    assert event.data["agent"] == {"mandate": mandate, "kind": "station"}
    assert cases.read_head(no).case.holder == principal_of(ZHANG).holder
    shown = engine.client(ZHANG).get(f"/v1/cases/{no}").json["agent"]
    assert shown["name"] == "迎春社区便民服务站"
    other = "station.shiqiao"
    assert post(engine, other, f"/v1/cases/{no}/withdrawal", {"reason": "误"}).status == 403
    done(post(engine, STATION, f"/v1/cases/{no}/withdrawal", {"reason": "申请人改期"}))
    # Without a mandate the same clerk may not.
    done(post(engine, ZHANG, f"/v1/mandates/{mandate}/revocation"))
    again = done(applied(engine, STATION))["case_no"]
    assert post(engine, STATION, f"/v1/cases/{again}/withdrawal", {"reason": "误"}).status == 403


def at_the_window(engine, mandate, who=WINDOW, **person):
    """An agent stands at the counter and shows a mandate; the clerk types whom it is for."""
    named = {**party(ZHANG, "13800001234"), **person}
    body = {**application(item_named(CENTRAL_ITEM), who), "on_behalf_of": named}
    return post(engine, who, "/v1/cases", {**body, "mandate": mandate})


def test_an_agent_at_the_window_shows_his_mandate_and_the_case_says_so(engine):
    mandate = given(engine)
    no = done(at_the_window(engine, mandate))["case_no"]
    event = cases.read_log(no)[0].event
    assert event.data["agent"] == {"mandate": mandate, "kind": "family"}
    assert cases.read_head(no).case.holder == principal_of(ZHANG).holder
    shown = engine.client(ZHANG).get(f"/v1/cases/{no}").json["agent"]
    assert shown["mandate"] == mandate


def test_a_mandate_shown_at_the_window_must_stand_and_name_the_applicant(engine):
    mandate = given(engine)
    of_wang = at_the_window(engine, mandate, **party(WANG, "13800001234"))
    assert (of_wang.status, of_wang.pointers) == (403, ["/mandate"])
    assert at_the_window(engine, "no-such-mandate").status == 403
    stations = station_mandate(engine)
    assert at_the_window(engine, stations).status == 403, "another point's"
    narrow = given(engine, acts=["read"])
    assert at_the_window(engine, narrow).status == 403
    done(post(engine, ZHANG, f"/v1/mandates/{mandate}/revocation"))
    assert at_the_window(engine, mandate).status == 403


def test_a_company_lets_a_person_act_for_it(engine):
    given(engine, COMPANY, LI, kind="agent", relation="")
    found = acting.covering(
        principal_of(LI),
        holder=principal_of(COMPANY).holder,
        act="submit",
        item_code="any",
        day=engine.clock.now().date(),
    )
    assert found is not None and found.kind == "agent"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"acts": []}, "/acts"),
        ({"relation": "neighbour"}, "/relation"),
        ({"last_day": "2026-03-01"}, "/last_day"),
        ({"last_day": "2036-03-01"}, "/last_day"),
        ({"first_day": "2026-02-01"}, "/first_day"),
        ({"agent": party(ZHANG)}, "/agent/id_number"),
        ({"agent": {**party(LI), "id_number": "410102190002020028"}}, "/agent/id_number"),
        ({"agent": party(COMPANY)}, "/kind"),
        ({"station": "yingchun"}, "/agent"),
        ({"kind": "station", "relation": ""}, "/station"),
    ],
)
def test_a_bad_mandate_is_refused_with_its_field(engine, changes, pointer):
    answer = post(engine, ZHANG, "/v1/mandates", {**mandate_body(), **changes})
    assert answer.status == 422
    assert pointer in answer.pointers
    assert stored_events() == []


def test_only_the_two_may_write_it_down_and_only_by_their_real_names(engine):
    assert post(engine, WANG, "/v1/mandates", mandate_body()).status == 403
    plain = engine.client(ZHANG)
    plain.principal = type(plain.principal)(
        account=ZHANG, name="张示例", roles=frozenset({"citizen"}), holder=None, assurance=1
    )
    assert plain.post("/v1/mandates", mandate_body()).status == 403


def test_the_same_request_is_one_mandate_one_confirmation_one_revocation(engine):
    first = done(post(engine, ZHANG, "/v1/mandates", mandate_body(), key="d"))
    assert done(post(engine, ZHANG, "/v1/mandates", mandate_body(), key="d")) == first
    other = mandate_body(last_day="2026-03-30")
    assert post(engine, ZHANG, "/v1/mandates", other, key="d").status == 422
    for step in ("confirmation", "revocation"):
        path = f"/v1/mandates/{first['id']}/{step}"
        once = done(post(engine, ZHANG, path, key=step))
        assert done(post(engine, ZHANG, path, key=step)) == once
    kinds = [event["type"] for event in stored_events()]
    assert sorted(kinds) == ["mandate.confirmed", "mandate.drafted", "mandate.revoked"]


def test_lists_show_each_side_its_own_with_names_masked_and_no_numbers(engine):
    mandate = given(engine)
    for who, side in ((ZHANG, "given"), (LI, "held")):
        (row,) = engine.client(who).get(f"/v1/mandates?side={side}").json["items"]
        assert row["id"] == mandate
        assert row["agent"]["name"] == "李*示"
        assert ACCOUNTS[LI]["holder_id_number"] not in str(row)
        assert ACCOUNTS[ZHANG]["holder_id_number"] not in str(row)
    assert engine.client(WANG).get("/v1/mandates?side=held").json["items"] == []
    assert engine.client(LI).get("/v1/mandates?side=given").json["items"] == []


def test_nothing_personal_is_stored_in_the_clear_or_published(engine):
    given(engine)
    station_mandate(engine)
    secrets = [ACCOUNTS[who][what] for who in (ZHANG, LI) for what in ("name", "holder_id_number")]
    stored = str([item.to_simple_dict(force=True) for item in HallItem.scan()])
    assert not any(secret in stored for secret in [*secrets, "13800001234"])
    published = relayed(engine)
    assert {event["source"] for event in published} == {"yichuang.hall"}
    text = str(published)
    assert not any(secret in text for secret in secrets)
    assert principal_of(ZHANG).holder not in text


def test_a_result_is_collected_by_an_agent_only_under_a_mandate(engine):
    from tests.support.steps import Road

    mandate = given(engine)
    limited = given(engine, ZHANG, WANG, acts=["read"], relation="sibling")
    no = done(applied(engine, STATION))["case_no"]
    Road(engine, no).to_delivery()
    path, by_agent = f"/v1/cases/{no}/delivery", {"received_by": "agent"}
    for named in (None, limited, "nothing"):
        answer = post(engine, STATION, path, {**by_agent, "mandate": named})
        assert answer.status == 403, answer.text
        assert answer.pointers == ["/mandate"]
    done(post(engine, STATION, path, {**by_agent, "mandate": mandate}))
    delivered = next(r.event for r in cases.read_log(no) if r.event.type == "case.delivered")
    assert delivered.data["agent"]["mandate"] == mandate


def test_one_query_tells_what_an_agent_may_however_many_mandates_there_are(engine, monkeypatch):
    for relation in ("child", "parent", "sibling"):
        given(engine, relation=relation)
    calls = []
    original = store.under
    monkeypatch.setattr(store, "under", lambda *a: calls.append(a) or original(*a))
    day = engine.clock.now().date()
    holder = principal_of(ZHANG).holder
    found = acting.covering(principal_of(LI), holder=holder, act="read", item_code="x", day=day)
    assert found is not None
    assert len(calls) == 1
