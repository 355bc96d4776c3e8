"""The OpenAPI document says what the code does, and the code is named in the access table."""

from __future__ import annotations

import json

import pytest
from chalice.app import Blueprint, Chalice
from openapi_spec_validator import OpenAPIV31SpecValidator

from app import app
from chalicelib.core import access
from chalicelib.http import openapi, system, uploads
from chalicelib.http.app import compose
from chalicelib.http.openapi import operations
from chalicelib.http.schema import Input, Page, PageQuery
from chalicelib.http.view import Call, view
from tests.support.api import ApiClient

OPERATIONS = operations(app)


def test_the_document_that_is_served_is_the_one_the_code_gives():
    """After a change: python -m chalicelib.http.openapi"""
    assert openapi.DOCUMENT.read_text(encoding="utf-8") == openapi.to_text(openapi.openapi(app))


def test_the_document_is_valid_openapi():
    OpenAPIV31SpecValidator(openapi.openapi(app)).validate()


def test_it_is_the_same_every_time():
    first, again = (openapi.to_text(openapi.openapi(app)) for _ in range(2))
    assert first == again


def test_it_is_served():
    answer = ApiClient(compose("system", system.bp)).get("/v1/openapi.json")
    assert answer.status == 200
    assert answer.text == openapi.DOCUMENT.read_text(encoding="utf-8")
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_every_route_names_an_act_of_the_table_and_guards_what_is_not_public(operation):
    declared = operation.declaration
    roles = {rule.role for rule in access.rules_for(declared.act)}
    assert roles, f"{declared.act} is not in the access table"
    assert declared.public == (roles == {"anyone"})
    route = app.routes[operation.path][operation.method]
    assert (route.authorizer is None) == declared.public
    assert declared.summary


def test_operations_have_names_of_their_own():
    names = [f"{each.room}_{each.declaration.name}" for each in OPERATIONS]
    assert len(set(names)) == len(names)


def test_no_route_has_personal_data_in_its_path():
    for each in OPERATIONS:
        assert not {"name", "id_number", "phone", "holder"} & set(each.parameters)


def test_a_route_that_declares_nothing_is_not_published():
    bare = Chalice(app_name="bare")
    bare.route("/x")(dict)
    with pytest.raises(TypeError, match="declares nothing"):
        openapi.openapi(bare)


class Body(Input):
    amount: int


class Query(PageQuery):
    colour: str | None = None
    word: str


class Thing(Input):
    name: str


@pytest.fixture(scope="module")
def document():
    bp = Blueprint(__name__)

    @bp.route("/v1/things/{thing_id}", methods=["POST"])
    @view(act="item.read", body=Body, returns=Page[Thing], status=201, public=True, summary="办理")
    def act(_call: Call, thing_id: str):
        """Does it.

        At length.
        """

    @bp.route("/v1/things", methods=["GET"])
    @view(act="case.read", query=Query, summary="列出")
    def listing(_call: Call):
        return {}

    return openapi.openapi(compose("document", bp))


def test_a_post_has_its_body_key_and_problems(document):
    post = document["paths"]["/v1/things/{thing_id}"]["post"]
    reference = post["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    assert reference == "#/components/schemas/Body"
    assert [each["name"] for each in post["parameters"]] == [
        "thing_id",
        "Idempotency-Key",
        "If-Match",
    ]
    assert post["description"] == "Does it.\n\nAt length."
    assert post["security"] == []
    assert {"201", "400", "404", "409", "412", "413", "415", "422"} <= set(post["responses"])
    assert not {"401", "403"} & set(post["responses"])


def test_query_parameters_are_spelled_out(document):
    get = document["paths"]["/v1/things"]["get"]
    found = {each["name"]: each for each in get["parameters"]}
    assert set(found) == {"cursor", "limit", "colour", "word"}
    assert found["word"]["required"] and "required" not in found["colour"]
    assert found["colour"]["schema"] == {"type": "string"}
    assert found["limit"]["schema"]["maximum"] == 100
    assert found["limit"]["description"] == "每页条数"
    assert "security" not in get
    assert "citizen" in get["x-roles"]
    assert {"401", "403"} <= set(get["responses"])


def test_only_what_is_used_is_among_the_schemas(document):
    assert set(document["components"]["schemas"]) == {"Body", "Page_Thing_", "Problem", "Thing"}
    assert document["info"]["version"]


def test_uploads_are_documented_with_their_limits():
    schema = openapi.openapi(compose("uploads", uploads.bp))["components"]["schemas"]
    request = schema["UploadRequest"]
    assert request["properties"]["size"]["minimum"] == 1
    assert request["additionalProperties"] is False
    assert json.dumps(schema, ensure_ascii=False).count("字节数")
