"""The network's routes: in the access table, in a valid document, each under a name of its own."""

from __future__ import annotations

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from chalicelib.core import access
from chalicelib.core.principal import ANYONE
from chalicelib.http import authorizer, openapi
from chalicelib.http.app import compose
from chalicelib.http.openapi import operations
from chalicelib.network import api, people_api, pilots_api, store
from infra.tables import DECLARED

APP = compose("network", authorizer.bp, api.bp, people_api.bp, pilots_api.bp)
OPERATIONS = operations(APP)


def test_the_document_is_valid_and_its_operations_have_names_of_their_own():
    OpenAPIV31SpecValidator(openapi.openapi(APP)).validate()
    names = [f"{each.room}_{each.declaration.name}" for each in OPERATIONS]
    assert len(set(names)) == len(names)
    assert len(names) > 25


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda o: f"{o.method} {o.path}")
def test_every_route_is_in_the_access_table_and_guarded_unless_public(operation):
    roles = {rule.role for rule in access.rules_for(operation.declaration.act)}
    assert roles
    assert operation.declaration.public == (roles == {ANYONE})
    route = APP.routes[operation.path][operation.method]
    assert (route.authorizer is None) == operation.declaration.public


def test_the_template_declares_the_indexes_that_the_store_queries():
    declared = {
        index.name: (index.hash_key, index.range_key) for index in DECLARED["network"].indexes
    }
    queried = {
        index["index_name"]: tuple(key["AttributeName"] for key in index["key_schema"])
        for index in store.NetworkItem._get_schema()["global_secondary_indexes"]
    }
    assert declared == queried
    assert DECLARED["network"].publishes
