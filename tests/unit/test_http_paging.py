"""Cursors belong to the list that made them."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import InvalidInput
from chalicelib.http.paging import decode_cursor, encode_cursor
from tests.support.identity import use_test_keyring

KEY = {"pk": {"S": "QUEUE#rs"}, "sk": {"S": "2026-02-25#4101"}}


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    use_test_keyring(monkeypatch)


def test_a_cursor_gives_back_its_key():
    cursor = encode_cursor(KEY, "queue:review:rs")
    assert cursor is not None
    assert decode_cursor(cursor, "queue:review:rs") == KEY


def test_the_last_page_has_none_and_the_first_needs_none():
    assert encode_cursor(None, "queue") is None
    assert encode_cursor({}, "queue") is None
    assert decode_cursor(None, "queue") is None
    assert decode_cursor("", "queue") is None


@pytest.mark.parametrize(
    "spoil", [lambda c: c[:-1], lambda c: "x" + c, lambda _: "junk", lambda _: "中.文"]
)
def test_a_spoilt_cursor_is_refused_with_a_pointer(spoil):
    with pytest.raises(InvalidInput) as refused:
        decode_cursor(spoil(encode_cursor(KEY, "queue")), "queue")
    assert refused.value.errors[0].pointer == "/query/cursor"


def test_a_cursor_of_one_department_does_not_open_anothers_list():
    with pytest.raises(InvalidInput):
        decode_cursor(encode_cursor(KEY, "queue:review:rs"), "queue:review:ga")
