"""pydantic's findings in Chinese, at the right place."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, Field, ValidationError, field_validator
from pydantic_core._pydantic_core import list_all_errors

from chalicelib.http.validation import MESSAGES, OTHERWISE, field_errors, message_of, pointer_to

CHINESE = re.compile(r"[一-鿿]")


@pytest.mark.parametrize("error", list_all_errors(), ids=lambda each: each["type"])
def test_every_error_that_pydantic_knows_reads_in_chinese(error):
    """No English leaks out, whatever pydantic finds, and no placeholder stays unfilled."""
    finding = {"type": error["type"], "loc": (), "ctx": error.get("example_context")}
    if error["type"] in ("value_error", "assertion_error"):
        finding["ctx"] = {"error": ValueError("号码的校验位不对")}
    message = message_of(finding)
    assert CHINESE.search(message)
    assert "{" not in message


def test_each_message_is_for_an_error_that_exists():
    known = {error["type"] for error in list_all_errors()}
    assert set(MESSAGES) - known == {"repeated"}


class Form(BaseModel):
    day: date
    at: AwareDatetime
    fee: Annotated[Decimal, Field(max_digits=6, decimal_places=2)]
    kind: Literal["a", "b"]
    number: str

    @field_validator("number")
    @classmethod
    def _check(cls, value: str) -> str:
        if value != "ok":
            raise ValueError("身份证号的校验位不对")
        return value


def test_a_form_full_of_mistakes():
    given = {
        "day": "2026-02-30",
        "at": "2026-02-11T09:00:00",
        "fee": "1.234",
        "kind": "c",
        "number": "x",
    }
    with pytest.raises(ValidationError) as invalid:
        Form.model_validate(given)
    found = {e.pointer: e.message for e in field_errors(invalid.value.errors(), given)}
    assert found == {
        "/day": "应为日期,例如 2026-02-11",
        "/at": "时刻应带时区,例如 +08:00",
        "/fee": "最多 2 位小数",
        "/kind": "只能是 a 或 b",
        "/number": "身份证号的校验位不对",
    }


def test_one_field_is_reported_once():
    class Either(BaseModel):
        value: int | datetime

    with pytest.raises(ValidationError) as invalid:
        Either.model_validate({"value": "x"})
    assert len(invalid.value.errors()) == 2
    (only,) = field_errors(invalid.value.errors(), {"value": "x"})
    assert only.pointer == "/value"


def test_pointers_escape_their_parts():
    assert pointer_to(("a/b", "c~d"), {"a/b": {}}, absent=True) == "/a~1b/c~0d"


def test_union_tags_are_not_part_of_a_pointer():
    location = ("verdict", "grant", "opinion")
    assert pointer_to(location, {"verdict": {"opinion": 1}}) == "/verdict/opinion"
    assert pointer_to(location, {"verdict": {}}, absent=True) == "/verdict/opinion"


@given(st.lists(st.text(max_size=3) | st.integers(0, 3), max_size=4), st.booleans())
def test_any_location_gives_a_well_formed_pointer(location, absent):
    pointer = pointer_to(location, {"a": ["b"]}, absent=absent)
    assert pointer == "" or pointer.startswith("/")
    assert not re.search(r"~(?![01])", pointer)


def test_an_unknown_finding_still_says_something():
    assert message_of({"type": "not_yet_invented", "loc": ()}) == OTHERWISE
