"""Every other route with a scope or a condition × everybody, in scope and out of it.

What the things are is written down here as the world was made. While the cells are walked nothing is
written: a request that reaches a write got past the table, and is told that the store is busy (503).
Whoever is refused is told 403, whatever else might be wrong with what he asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from chalicelib.catalogue import ports, stand_in
from chalicelib.core.access import Resource, allows, rules_for
from chalicelib.core.access_terms import Scope
from chalicelib.http.openapi import Operation, operations
from chalicelib.network import service as network
from chalicelib.network import standing, store
from chalicelib.supervision import alarm_store, redress_store
from tests.support.applications import CITIZEN, STATION, application, item_named, person
from tests.support.engine import ACCOUNTS, Engine, principal_of
from tests.support.scoped import Facts, Known, mine, of
from tests.support.scoped_things import (
    in_the_hall,
    lists_of_cases,
    of_certificates,
    of_supervision,
    of_the_catalogue,
)
from tests.support.steps import Road
from tests.support.supervision_cases import plain
from tests.support.supervision_hearing import hear

PEOPLE = (
    "citizen.zhang",
    "citizen.li",
    STATION,
    "station.shiqiao",
    "window.centre",
    "ga.acceptor",
    "ga.reviewer",
    "ga.chief",
    "ga.deputy",
    "rs.acceptor",
    "rs.chief",
    "ga.editor",
    "rs.editor",
    "ga.system",
    "rs.system",
    "fz.owner",
    "cz.owner",
    "supervisor",
    "office",
)
WRITES = (
    "TransactWriteItems",
    "PutItem",
    "UpdateItem",
    "DeleteItem",
    "BatchWriteItem",
    "PutObject",
)
ELSEWHERE = "/v1/cases/{no}"
"""What is about a case is walked in `test_http_access_scopes`."""

STATION_POINT = ACCOUNTS[STATION]["point"]


def with_duties(**facts: Any) -> Facts:
    """Of the network: the duties of the caller's organisation, as the demo district has them."""
    duties = {
        "office": frozenset({"network.manage", "pilot.manage", "posting.consent"}),
    }
    return lambda who: Resource(duties=duties.get(who.organisation or "", frozenset()), **facts)


@pytest.fixture
def things(engine: Engine, fees: None) -> dict[str, Known]:
    """One thing of each kind, by the route about it; " of ..." tells several of one route apart."""
    made: dict[str, Known] = {}
    zhang = principal_of(CITIZEN)

    def create(account: str, path: str, body: Any) -> dict[str, Any]:
        answer = engine.client(account).post(path, body)
        assert answer.status in (200, 201, 202), (path, answer.text)
        return dict(answer.json)

    # The network: a posting of ga at the centre, ga's signers, a pilot that is not.
    posting = next(each for each in store.posted_by("ga") if each.account == "ga.acceptor")
    chief = store.read_chiefs("ga").appointments[0].id
    days = {"since": "2026-03-05", "until": "2026-03-06", "reason": "出差"}
    qualification = {
        "experienced_since": "2019-07-01",
        "certificate_no": "豫A演示1",
        "certificate_until": "2029-12-31",
    }
    of_ga = {"posting": posting.id}
    by_duty = with_duties(organisation="ga")
    transfer = {"effective_on": "2027-06-01", "reason": "轮岗"}
    made |= {
        "POST /v1/postings": Known(
            by_duty,
            {},
            body={
                "account": "new.person",
                "organisation": "ga",
                "point": "centre",
                "work": ["review"],
                "since": "2026-03-02",
                "qualification": qualification,
            },
        ),
        "GET /v1/postings": Known(of(organisation="ga"), {}, "organisation=ga"),
        "GET /v1/postings/{posting}": Known(of(organisation="ga"), of_ga),
        "POST /v1/postings/{posting}/transfer": Known(of(organisation="ga"), of_ga, body=transfer),
        "POST /v1/postings/{posting}/transfer/decision": Known(
            by_duty, of_ga, body={"consent": True}
        ),
        "POST /v1/postings/{posting}/return": Known(by_duty, of_ga, body={"reason": "不适合"}),
        "POST /v1/postings/{posting}/substitutes": Known(
            by_duty, of_ga, body={"account": "ga.deputy", **days}
        ),
        "PUT /v1/postings/{posting}/qualification": Known(by_duty, of_ga, body=qualification),
        "POST /v1/postings/{posting}/recommendations": Known(
            by_duty, of_ga, body={"excellent_years": [2024, 2025], "document": "推荐1号"}
        ),
        "GET /v1/points/{key}/staffing": Known(
            of(organisation=network.point("centre").organisation), {"key": "centre"}
        ),
    }
    chiefs = "/v1/organisations/{key}/chief-representatives"
    appointment = {"account": "ga.chief", "since": "2026-03-02", "document": "授权书"}
    made |= {
        f"GET {chiefs}": Known(of(organisation="ga"), {"key": "ga"}),
        f"POST {chiefs}": Known(by_duty, {"key": "ga"}, body=appointment),
        f"POST {chiefs}/{{appointment}}/end": Known(
            by_duty, {"key": "ga", "appointment": chief}, body={"last_day": "2026-03-09"}
        ),
        f"POST {chiefs}/{{appointment}}/stand-ins": Known(
            by_duty, {"key": "ga", "appointment": chief}, body={"account": "ga.deputy", **days}
        ),
    }
    station = {
        "key": "new",
        "tier": "community",
        "organisation": "sq-yingchun",
        "parent": "xiajin",
        "communities": ["qingchuan"],
        "place": "晴川社区",
        "location": {"address": "某路 1 号", "longitude": 113.6, "latitude": 34.7},
        "hours": {"working_day": ["09:00-17:00"]},
        "windows": ["1"],
        "phone": "0371-0000000",
    }
    pilot = {"subject": "service", "code": "new", "title": "新", "points": ["chunhe", "yingchun"]}
    made |= {
        "POST /v1/points": Known(with_duties(), {}, body=station),
        "PUT /v1/points/{key}": Known(with_duties(), {"key": "centre"}, body={"phone": "1"}),
        "POST /v1/communities": Known(
            with_duties(), {}, body={"key": "n", "name": "新社区", "subdistrict": "jd-chunhe"}
        ),
        "POST /v1/organisations": Known(
            with_duties(),
            {},
            body={
                "key": "new",
                "name": "新单位",
                "kind": "department",
                "uscc": "91350100M000100Y43",
            },
        ),
        "PUT /v1/organisations/{key}": Known(
            with_duties(), {"key": "ga"}, body={"name": "公安分局"}
        ),
        "POST /v1/pilots": Known(with_duties(), {}, body={**pilot, "since": "2026-03-05"}),
        "POST /v1/pilots/{subject}/{code}/widening": Known(
            with_duties(), {"subject": "item", "code": "x"}, body={}
        ),
        "POST /v1/pilots/{subject}/{code}/stop": Known(
            with_duties(), {"subject": "item", "code": "x"}, body={"reason": "无"}
        ),
    }

    # A case of zhang with ga, decided, with its certificate.
    item = item_named("居住证申领")
    case = create(STATION, "/v1/cases", application(item, STATION))["case_no"]
    Road(engine, case).to_delivery()
    certificate = engine.client(CITIZEN).get("/v1/me/certificates").json["items"][0]["identifier"]
    of_certificate = {"identifier": certificate}
    made |= {
        "POST /v1/cases": Known(
            lambda who: replace(mine(who), assurance=item.assurance),
            {},
            body=lambda who: application(item, who.account, **_own(who.account)),
        ),
        "GET /v1/me": Known(mine, {}),
        "POST /v1/me/corrections": Known(
            of(holder=zhang.holder),
            {},
            body={"case_no": case, "field": "phone", "value": "13811110000", "reason": "换号"},
        ),
        "GET /v1/me/certificates": Known(mine, {}),
        "GET /v1/me/certificate-reads": Known(mine, {}),
        "GET /v1/me/personal-data": Known(mine, {}),
        "POST /v1/me/certificates/{identifier}/presentations": Known(
            of(holder=zhang.holder),
            of_certificate,
            body={"fields": ["CZZT"]},
            hidden=True,
        ),
        "POST /v1/certificates/{identifier}/status": Known(
            of(organisation="ga"), of_certificate, body={"status": "99", "basis": "决定书"}
        ),
    }

    # What departments ask each other, what their systems listen to, what they want changed.
    question = {"asked": "rs", "case_no": live_case(engine), "topic": "社保", "text": "是否参保"}
    asked = create("ga.reviewer", "/v1/inquiries", question)["id"]
    in_ga, in_rs, by_id = of(organisation="ga"), of(organisation="rs"), {"inquiry_id": asked}
    made |= {
        "POST /v1/inquiries/{inquiry_id}/answer": Known(in_rs, by_id, body={"text": "参保"}),
        "POST /v1/inquiries/{inquiry_id}/withdrawal": Known(in_ga, by_id, body={"reason": "无"}),
        "GET /v1/inquiries": Known(mine, {}),
        "POST /v1/inquiries": Known(in_ga, {}, body={**question, "asked": "mz"}),
        "GET /v1/inquiries/{inquiry_id}": Known(
            lambda who: Resource(organisation="rs" if who.organisation == "rs" else "ga"), by_id
        ),
        "GET /v1/inquiry-classes": Known(mine, {}),
        "GET /v1/inquiry-candidates": Known(of(), {}),
    }
    listening = create(
        "ga.system", "/v1/subscriptions", {"types": ["case.*"], "url": "https://hooks.example/x"}
    )["id"]
    subscription = "/v1/subscriptions/{subscription_id}"
    to_ga, span = {"subscription_id": listening}, {"since": "2026-03-01T00:00:00+08:00"}
    hidden = {"facts": in_ga, "path": to_ga, "hidden": True}
    made |= {
        "GET /v1/subscriptions": Known(mine, {}),
        "POST /v1/subscriptions": Known(
            mine, {}, body={"types": ["case.*"], "url": "https://hooks.example/y"}
        ),
        f"DELETE {subscription}": Known(**hidden),
        f"GET {subscription}/deliveries": Known(**hidden),
        f"POST {subscription}/redelivery": Known(**hidden, body={"key": "x"}),
        f"POST {subscription}/replay": Known(
            **hidden, body={**span, "until": "2026-03-02T00:00:00+08:00"}
        ),
    }

    # What supervision holds of a case with ga that began at the station.
    hear(plain(body="ga", point=STATION_POINT).alert("promise", "red").rated(5))
    (alarm, *_) = alarm_ids()
    (redress,) = redress_store.page(None, None, 10, None).cases
    of_unit = of(organisation=redress.organisation, point=redress.point)
    held = alarm_store.read(alarm).alarm.organisation
    of_alarm = of(organisation=held, point=held)
    made |= {
        "GET /v1/alarms": Known(of(organisation="ga", point="ga"), {}, "organisation=ga"),
        "GET /v1/redress": Known(of(organisation="ga", point="ga"), {}, "organisation=ga"),
        "GET /v1/me/redress": Known(mine, {}),
        "GET /v1/redress/{identifier}": Known(of_unit, {"identifier": redress.id}),
        "GET /v1/alarms/{identifier}": Known(of_alarm, {"identifier": alarm}),
        "POST /v1/alarms/{identifier}/response": Known(
            of_alarm, {"identifier": alarm}, body={"kind": "explained", "text": "已处理"}
        ),
        "POST /v1/redress/{identifier}/answer": Known(
            of_unit, {"identifier": redress.id}, body={"text": "致歉"}
        ),
        "POST /v1/redress/{identifier}/rectification": Known(
            of_unit, {"identifier": redress.id}, body={"text": "整改"}
        ),
        "POST /v1/violation-reports": Known(
            mine, {}, body={"kind": "asked_again", "text": "三月二日在站里又要了一次户口簿"}
        ),
    }

    # An upload of zhang's, which others do not find.
    upload = create(
        CITIZEN, "/v1/uploads", {"name": "a.pdf", "content_type": "application/pdf", "size": 9}
    )
    upload_id, slip = upload["upload_id"], upload["headers"]["x-amz-meta-slip"]
    boto3.client("s3").put_object(
        Bucket="yichuang-documents",
        Key=f"uploads/{upload_id}",
        Body=b"no PDF at",
        Metadata={"slip": slip},
    )
    made |= {
        "POST /v1/uploads": Known(
            mine, {}, body={"name": "a.pdf", "content_type": "application/pdf", "size": 9}
        ),
        "POST /v1/uploads/{upload_id}/completion": Known(
            of(account=CITIZEN), {"upload_id": upload_id}, hidden=True
        ),
    }
    return {
        **made,
        **in_the_hall(engine),
        **of_certificates(engine, case, certificate),
        **of_the_catalogue(engine),
        **of_supervision(),
        **lists_of_cases(),
    }


def live_case(engine: Engine) -> str:
    item = item_named("居住证申领")
    answer = engine.client(STATION).post("/v1/cases", application(item, STATION))
    no = str(answer.json["case_no"])
    Road(engine, no).to_review()
    return no


def alarm_ids() -> Iterator[str]:
    for item in alarm_store.Row.scan():
        if item.sk == "ALARM":
            yield item.pk.removeprefix("ALARM#")


@pytest.fixture(autouse=True)
def a_domain_that_may_listen(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("YICHUANG_WEBHOOK_DOMAINS", "hooks.example")


@pytest.fixture
def fees(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fee system that never reports back."""
    system = stand_in.StandInFeeSystem(lambda *_: {}, engine.clock.now)
    monkeypatch.setattr(ports, "_fee_system", [lambda: system])


@pytest.fixture
def nothing_is_written(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """From here on every write meets a store that is busy; only the read log still takes lines."""
    original = BaseClient._make_api_call

    def refusing(self: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        if operation in WRITES and "yichuang-certificates" not in str(asked):
            busy = {"Error": {"Code": "ThrottlingException", "Message": "busy"}}
            raise ClientError(busy, operation)
        return original(self, operation, asked)

    return lambda: monkeypatch.setattr(BaseClient, "_make_api_call", refusing)


def test_everybody_gets_what_the_table_says_of_everything_else(engine, things, nothing_is_written):
    nothing_is_written()
    cells, wrong = 0, []
    declared = {f"{each.method} {each.path}": each for each in operations(engine.app)}
    for name, known in things.items():
        operation = declared[name.partition(" of ")[0]]
        path = operation.path
        for variable, value in known.path.items():
            path = path.replace(f"{{{variable}}}", value)
        for account in PEOPLE:
            who = principal_of(account)
            gone = standing.fallen_now(who, engine.clock.now())
            stands = replace(who, roles=who.roles - gone.keys())
            expected = allows(stands, operation.declaration.act, known.facts(who))
            expected = expected and known.also(stands)
            query, body = known.asked_by(who)
            answer = engine.client(account).request(operation.method, f"{path}?{query}", body)
            refused = answer.status == 403 or (known.hidden and answer.status == 404)
            cells += 1
            # 422 would say that a request was not good enough to try whoever may do it.
            if answer.status in (400, 401, 422) or refused == expected:
                wrong.append(
                    (operation.method, operation.path, account, answer.status, answer.text)
                )
    print(f"{cells} cells of route, thing and person: {len(things)} things")
    assert not wrong, "\n".join(str(each)[:300] for each in wrong[:60])
    assert cells == len(things) * len(PEOPLE) > 2000


def _own(account: str) -> dict[str, Any]:
    if not account.startswith("citizen."):
        return {}
    return {"applicant": person(account)}


def test_no_route_with_a_scope_or_a_condition_is_left_out(engine, things):
    """Every one of them is walked, here or, where it is about a case, with the cases."""
    scoped = {
        f"{each.method} {each.path}"
        for each in operations(engine.app)
        if not each.declaration.public and _scoped(each) and not each.path.startswith(ELSEWHERE)
    }
    walked = {name.partition(" of ")[0] for name in things}
    print(f"{len(scoped & walked)} of {len(scoped)} routes with a scope or a condition")
    assert scoped <= walked, "\n".join(sorted(scoped - walked))


def _scoped(operation: Operation) -> bool:
    rules = rules_for(operation.declaration.act)
    return any(rule.conditions or rule.scope is not Scope.DISTRICT for rule in rules)
