"""The view decorator: typed in, typed out, refusals as problem documents."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from aws_lambda_powertools import Logger
from chalice.app import Blueprint
from pydantic import BaseModel, Field

from chalicelib.core import access_table
from chalicelib.core.access_terms import act, own, public
from chalicelib.core.errors import OutOfTurn
from chalicelib.core.principal import ANYONE, CITIZEN, Principal
from chalicelib.core.time import from_text
from chalicelib.http.app import compose
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input, Output, PageQuery
from chalicelib.http.view import Call, Reply, view
from tests.support.api import ApiClient

ZHANG = Principal("zhang", "张示例", frozenset({"citizen"}), holder="a" * 32, assurance=2)
SUPERVISOR = Principal("watch", "监察", frozenset({"supervisor"}))


class Person(Input):
    name: Annotated[str, Field(min_length=1, max_length=10)]
    age: Annotated[int, Field(ge=0)]


class Grant(Input):
    decision: Literal["grant"]
    opinion: str


class Refuse(Input):
    decision: Literal["refuse"]
    reasons: Annotated[str, Field(min_length=5)]


class Decision(Input):
    people: tuple[Person, ...] = ()
    verdict: Annotated[Grant | Refuse, Field(discriminator="decision")]


class Filters(PageQuery):
    colour: Literal["red", "yellow"] | None = None
    tag: tuple[str, ...] = ()


class Seen(Output):
    account: str
    body: dict | None = None
    key: str = ""


@pytest.fixture
def client(monkeypatch):
    rows = {"test.open": act("试", public(ANYONE)), "test.own": act("试", own(CITIZEN))}
    monkeypatch.setattr("chalicelib.core.access.TABLE", {**access_table.TABLE, **rows})
    bp = Blueprint(__name__)

    @bp.route("/open", methods=["GET"])
    @view(act="test.open", query=Filters, public=True)
    def listing(call: Call):
        return {"query": call.query.model_dump(exclude_unset=True)}

    @bp.route("/bare", methods=["GET"])
    @view(act="test.open", public=True)
    def bare(_call: Call):
        return {}

    @bp.route("/own", methods=["POST"], authorizer=jwt_authorizer)
    @view(act="test.own", body=Decision, returns=Seen, status=201, body_limit=1024)
    def decide(call: Call[Decision]):
        return Seen(
            account=call.principal.account,
            body=call.body.model_dump(exclude_unset=True),
            key=call.idempotency_key,
        )

    @bp.route("/things/{name}", methods=["GET", "PUT"], authorizer=jwt_authorizer)
    @view(act="test.own")
    def thing(call: Call, name: str):
        call.expect_version(7)
        return Reply({"name": name}, etag="7", headers={"Cache-Control": "private"})

    @bp.route("/raise/{what}", methods=["GET"], authorizer=jwt_authorizer)
    @view(act="test.own")
    def fail(_call: Call, what: str):
        raise {"out-of-turn": OutOfTurn("受理后才能审查"), **FAULTS}[what]

    @bp.route("/unnamed", methods=["GET"], authorizer=jwt_authorizer)
    @view(act="test.unnamed")
    def unnamed(_call: Call):
        return {}

    @bp.route("/nothing", methods=["DELETE"], authorizer=jwt_authorizer)
    @view(act="test.own", status=204)
    def nothing(_call: Call):
        return None

    @bp.route("/kinds", methods=["GET"], authorizer=jwt_authorizer)
    @view(act="test.own")
    def kinds(_call: Call):
        return KINDS

    @bp.route("/fingerprint", methods=["POST"], authorizer=jwt_authorizer)
    @view(act="test.own", body=Anything)
    def fingerprinted(call: Call):
        return {"fingerprint": call.fingerprint}

    return ApiClient(compose("test", bp)).act_as(ZHANG)


class Anything(Input):
    a: int = 0
    b: int = 0


class Throttled(Exception):
    def __init__(self):
        super().__init__("slow down")
        self.response = {"Error": {"Code": "ThrottlingException"}}


class TransactionFault(Exception):
    cause_response_code = "ProvisionedThroughputExceededException"


FAULTS = {
    "secret": ValueError("张示例 410102190001010011 cannot be parsed"),
    "throttled": Throttled(),
    "pynamodb": TransactionFault(),
}


@dataclass
class Point:
    x: int


class Nested(BaseModel):
    at: datetime


SHANGHAI = timezone(timedelta(hours=8))
KINDS = {
    "at": datetime(2026, 2, 11, 9, tzinfo=SHANGHAI),
    "on": date(2026, 2, 11),
    "whole": Decimal("3"),
    "part": Decimal("0.25"),
    "set": frozenset({"b", "a"}),
    "point": Point(1),
    "model": [Nested(at=datetime(2026, 2, 11, 9, tzinfo=SHANGHAI))],
    "text": "中文",
}

GOOD = {"verdict": {"decision": "grant", "opinion": "同意"}}


def test_a_valid_call_reaches_the_view_typed(client):
    answer = client.post("/own", GOOD, headers={"Idempotency-Key": "k-1"})
    assert answer.status == 201
    assert answer.json == {"account": "zhang", "body": GOOD, "key": "k-1"}
    assert answer.headers["Content-Type"] == "application/json"


def test_every_answer_carries_the_guarding_headers(client):
    for answer in (client.get("/open"), client.post("/own", {}), client.get("/raise/secret")):
        assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Cache-Control"] == "no-store"
        assert "max-age" in answer.headers["Strict-Transport-Security"]
        assert answer.headers["X-Request-Id"].startswith("request-")


def test_a_view_may_let_its_answer_be_cached(client):
    assert client.get("/things/a").headers["Cache-Control"] == "private"


def test_all_fields_are_reported_at_once_with_pointers_and_in_chinese(client):
    body = {
        "people": [{"name": "甲", "age": 3}, {"name": "", "age": -1, "extra": 1}, {}],
        "verdict": {"decision": "refuse", "reasons": "无"},
    }
    answer = client.post("/own", body)
    assert answer.status == 422
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json
    assert problem["type"] == "urn:yichuang:problem:invalid-input"
    assert problem["instance"].startswith("urn:yichuang:request:request-")
    assert {each["pointer"]: each["message"] for each in problem["errors"]} == {
        "/people/1/name": "至少 1 个字",
        "/people/1/age": "不能小于 0",
        "/people/1/extra": "没有这一项",
        "/people/2/name": "此项必填",
        "/people/2/age": "此项必填",
        "/verdict/reasons": "至少 5 个字",
    }


def test_an_unknown_kind_points_at_the_union(client):
    answer = client.post("/own", {"verdict": {"decision": "maybe"}})
    assert answer.pointers == ["/verdict"]
    assert "grant" in answer.json["errors"][0]["message"]


@pytest.mark.parametrize("text", ["{", "", "nul", '{"a": 1,}', b"\xff\xfe", "[" * 1000])
def test_what_is_no_json_is_a_malformed_request(client, text):
    assert client.post("/own", text).status == 400


@pytest.mark.parametrize("text", ["[]", "null", '"x"', "1"])
def test_json_of_another_shape_is_invalid(client, text):
    assert client.post("/own", text).status == 422


def test_a_number_that_is_no_number_is_refused(client):
    body = (
        '{"people": [{"name": "甲", "age": NaN}], "verdict": {"decision": "grant", "opinion": ""}}'
    )
    assert client.post("/own", body).status in (400, 422)


def test_another_media_type_is_refused_in_our_words(client):
    answer = client.post(
        "/own", "a=1", headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status == 415
    assert answer.json["type"] == "urn:yichuang:problem:wrong-media-type"
    answer = client.post("/own", GOOD, headers={"Content-Type": "application/json; charset=utf-8"})
    assert answer.status == 201


def test_a_body_over_the_limit_is_refused_before_it_is_parsed(client):
    answer = client.post("/own", "{" + " " * 2000)
    assert (answer.status, answer.json["type"]) == (413, "urn:yichuang:problem:too-large")


def test_the_role_is_checked_before_the_body_is_read(client):
    answer = client.act_as(SUPERVISOR).post("/own", "{")
    assert answer.status == 403
    assert answer.json["detail"].startswith("当前角色不能办理“试”")


def test_an_act_that_the_table_does_not_name_is_refused(client):
    assert client.get("/unnamed").status == 403


def test_without_a_principal_the_view_itself_refuses(client):
    """Should a route ever lose its authorizer, its view still asks who is calling."""
    client.app.routes["/own"]["POST"].authorizer = None
    answer = ApiClient(client.app).post("/own", GOOD)
    assert answer.status == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_the_query_is_typed_and_lists_keep_all_their_values(client):
    answer = client.get("/open?limit=5&tag=a&tag=b&colour=red")
    assert answer.json == {"query": {"limit": 5, "tag": ["a", "b"], "colour": "red"}}
    assert client.get("/open?tag=a").json == {"query": {"tag": ["a"]}}


def test_an_empty_filter_was_not_filled_in(client):
    assert client.get("/open?colour=&tag=").json == {"query": {}}


def test_bad_queries_point_at_their_parameters(client):
    answer = client.get("/open?limit=0&color=red&colour=red&colour=yellow")
    assert answer.status == 422
    assert {each["pointer"]: each["message"] for each in answer.json["errors"]} == {
        "/query/limit": "不能小于 1",
        "/query/color": "没有这一项",
        "/query/colour": "只能填写一次",
    }
    assert client.get("/bare?x=1").pointers == ["/query/x"]


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 129, "a\tb"])
def test_a_key_that_cannot_be_one_is_refused(client, key):
    answer = client.post("/own", GOOD, headers={"Idempotency-Key": key})
    assert (answer.status, answer.pointers) == (422, ["/header/Idempotency-Key"])


def test_without_a_key_each_call_has_its_own(client):
    keys = {client.post("/own", GOOD).json["key"] for _ in range(3)}
    assert len(keys) == 3


def test_the_fingerprint_is_of_the_content_not_of_its_spelling(client):
    def fingerprint(body):
        return client.post("/fingerprint", body).json["fingerprint"]

    assert fingerprint('{"a":1,"b":2}') == fingerprint('{ "b": 2, "a": 1 }')
    assert fingerprint('{"a":1,"b":2}') != fingerprint('{"a":2,"b":1}')


def test_path_values_are_decoded(client):
    assert client.get("/things/%E4%B8%AD%E5%8E%9F%2F1").json == {"name": "中原/1"}
    for broken in ("%ff", "%00", "a%0Ab", "x" * 600):
        assert client.get(f"/things/{broken}").status == 400


def test_entity_tags(client):
    answer = client.get("/things/a")
    assert answer.headers["ETag"] == '"7"'
    again = client.get("/things/a", headers={"If-None-Match": 'W/"7"'})
    assert (again.status, again.text) == (304, "")
    assert client.put("/things/a", headers={"If-Match": '"7"'}).status == 200
    assert client.put("/things/a", headers={"If-Match": "*"}).status == 200
    stale = client.put("/things/a", headers={"If-Match": '"6"'})
    assert (stale.status, stale.json["type"]) == (412, "urn:yichuang:problem:stale-version")


def test_a_problem_is_answered_with_its_reason(client):
    answer = client.get("/raise/out-of-turn")
    assert (answer.status, answer.json["detail"]) == (409, "受理后才能审查")


def test_a_fault_tells_nothing_outside_and_nothing_personal_inside(client, logged):
    answer = client.get("/raise/secret")
    assert answer.status == 500
    assert answer.json["title"] == "系统故障"
    for text in (answer.text, logged()):
        assert "410102" not in text and "张示例" not in text
    assert "Traceback" not in answer.text and "ValueError" not in answer.text
    assert '"fault":"ValueError"' in logged().replace(" ", "")
    assert answer.headers["X-Request-Id"] in logged()


@pytest.mark.parametrize("fault", ["throttled", "pynamodb"])
def test_a_passing_fault_says_so(client, fault):
    answer = client.get(f"/raise/{fault}")
    assert (answer.status, answer.headers["Retry-After"]) == (503, "1")


def test_a_body_where_none_is_taken_is_refused(client):
    assert client.put("/things/a", {"x": 1}).status == 422
    assert client.put("/things/a", "{}").status == 200


def test_an_empty_success(client):
    answer = client.request("DELETE", "/nothing")
    assert (answer.status, answer.text) == (204, "")


def test_the_answers_json_knows_the_platforms_types(client):
    assert client.get("/kinds").json == {
        "at": "2026-02-11T09:00:00.000+08:00",
        "on": "2026-02-11",
        "whole": 3,
        "part": 0.25,
        "set": ["a", "b"],
        "point": {"x": 1},
        "model": [{"at": "2026-02-11T09:00:00+08:00"}],
        "text": "中文",
    }
    assert "中文" in client.get("/kinds").text


def test_a_wrong_method_and_an_unknown_path_are_problems_too(client):
    answer = client.post("/open", {})
    assert (answer.status, answer.json["type"]) == (405, "urn:yichuang:problem:method-not-allowed")
    assert answer.headers["Allow"] == "GET"
    assert client.get("/no/such").status == 404


def test_a_view_outside_of_a_composed_app_says_how_to_compose_one(client):
    route = client.app.routes["/open"]["GET"]
    with pytest.raises(LookupError):
        route.view_function()


@pytest.fixture
def logged(monkeypatch):
    """What the API logs."""
    stream = io.StringIO()
    logger = Logger(service="yichuang-test", stream=stream)
    monkeypatch.setattr("chalicelib.http.faults.logger", lambda: logger)
    yield stream.getvalue
    for handler in logger.handlers:
        logger.removeHandler(handler)


def test_a_blueprint_can_serve_in_two_apps():
    """In plain Chalice the second app would serve the first's POST as a GET without authorizer."""
    bp = Blueprint(__name__)

    @bp.route("/twice", methods=["POST"], authorizer=jwt_authorizer)
    @view(act="test.own")
    def twice(_call: Call):
        return {}

    for app in (compose("one", bp), compose("two", bp)):
        (route,) = app.routes["/twice"].values()
        assert (route.method, route.authorizer) == ("POST", jwt_authorizer)


def test_cors_is_for_the_configured_origin_only(monkeypatch, client):
    assert "Access-Control-Allow-Origin" not in client.get("/open").headers
    monkeypatch.setenv("YICHUANG_WEB_ORIGIN", "https://web.test")
    bp = Blueprint(__name__)

    @bp.route("/shared", methods=["GET"])
    @view(act="test.open", public=True)
    def shared(_call: Call):
        return {}

    headers = ApiClient(compose("cors", bp)).get("/shared").headers
    assert headers["Access-Control-Allow-Origin"] == "https://web.test"
    assert "Idempotency-Key" in headers["Access-Control-Allow-Headers"]
    assert "ETag" in headers["Access-Control-Expose-Headers"]


def test_now_is_the_deployments_clock(client, monkeypatch):
    moment = from_text("2026-02-11T09:00:00.000+08:00")

    class Fixed:
        def now(self):
            return moment

    monkeypatch.setattr("chalicelib.http.view.clock", Fixed)
    bp = Blueprint(__name__)

    @bp.route("/now", methods=["GET"])
    @view(act="test.open", public=True)
    def now(call: Call):
        return {"now": call.now}

    assert json.loads(ApiClient(compose("now", bp)).get("/now").text) == {
        "now": "2026-02-11T09:00:00.000+08:00"
    }
