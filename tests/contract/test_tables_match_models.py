"""The tables that are deployed are those that the rooms' models read and write."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from pynamodb.attributes import TTLAttribute
from pynamodb.models import Model

from infra.tables import DECLARED, Index

ROOT = Path(__file__).parents[2]
STORES = sorted(path.parent.name for path in (ROOT / "chalicelib").glob("*/store.py"))


def models_of(room: str) -> tuple[type[Model], ...]:
    tables: tuple[type[Model], ...] = import_module(f"chalicelib.{room}.store").TABLES
    return tables


def declared_index(index: Index) -> dict[str, Any]:
    projection: dict[str, Any] = {"ProjectionType": "KEYS_ONLY"}
    if index.include is None:
        projection = {"ProjectionType": "ALL"}
    elif index.include:
        projection = {"ProjectionType": "INCLUDE", "NonKeyAttributes": list(index.include)}
    keys = [
        {"AttributeName": index.hash_key, "KeyType": "HASH"},
        {"AttributeName": index.range_key, "KeyType": "RANGE"},
    ]
    return {"keys": keys, "projection": projection}


@pytest.mark.parametrize("room", STORES)
def test_a_room_has_one_table_with_the_generic_keys(room: str) -> None:
    (model,) = models_of(room)
    hash_key, range_key = model._hash_keyname, model._range_keyname
    assert (hash_key, range_key) == ("pk", "sk")
    kinds = {model._attributes[name].attr_type for name in ("pk", "sk")}
    assert kinds == {"S"}


@pytest.mark.parametrize("room", STORES)
def test_every_index_that_a_model_asks_is_deployed_and_no_other(room: str) -> None:
    (model,) = models_of(room)
    asked = {
        index.Meta.index_name: {
            "keys": index._get_schema()["key_schema"],
            "projection": _projection(index),
        }
        for index in model._indexes.values()
    }
    deployed = {index.name: declared_index(index) for index in DECLARED[room].indexes}
    assert asked == deployed


@pytest.mark.parametrize("room", STORES)
def test_what_expires_does_so_by_the_deployed_attribute(room: str) -> None:
    (model,) = models_of(room)
    expiring = [
        attribute.attr_name
        for attribute in model._attributes.values()
        if isinstance(attribute, TTLAttribute)
    ]
    assert expiring in ([], ["expires_at"])


def test_every_room_that_keeps_something_has_a_table() -> None:
    assert set(STORES) <= DECLARED.keys()


def _projection(index: Any) -> dict[str, Any]:
    projection = index.Meta.projection
    found = {"ProjectionType": projection.projection_type}
    if projection.non_key_attributes:
        found["NonKeyAttributes"] = projection.non_key_attributes
    return found
