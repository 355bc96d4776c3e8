"""Keyed hashes, sealed blobs and signed tokens."""

from __future__ import annotations

import json

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from moto import mock_aws

from chalicelib.aws import sealing
from chalicelib.aws.sealing import (
    Keyring,
    UnreadableError,
    derive,
    holder_key,
    read_token,
    seal,
    sign_token,
    unseal,
    version_of,
)
from chalicelib.aws.settings import settings as deployment

FIRST = b"the first master, long enough to serve"
SECOND = b"the second master, also long enough to"

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.fixture(autouse=True)
def _one_master():
    sealing.use(Keyring(1, {1: FIRST}))
    yield
    sealing.use(None)


def test_derivation_is_rfc_5869():
    """Test case 3 of the RFC: no salt, no info, SHA-256."""
    expected = (
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    )
    assert derive(bytes([0x0B] * 22), "", 42).hex() == expected


def test_the_same_number_gives_the_same_key_however_it_is_written():
    key = holder_key("111", "11010519491231002X")
    assert key == holder_key("111", " 11010519491231002x ")
    assert len(key) == 32
    assert int(key, 16)
    assert "1101051949" not in key


def test_the_key_depends_on_the_kind_of_number_and_on_the_deployment():
    key = holder_key("111", "110105194912310021")
    assert key != holder_key("001", "110105194912310021")
    sealing.use(Keyring(1, {1: SECOND}))
    assert key != holder_key("111", "110105194912310021")


@given(data=st.dictionaries(st.text(max_size=10), JSON, max_size=5), context=st.text(max_size=30))
@settings(max_examples=50)
def test_what_is_sealed_opens_in_its_own_context_only(data, context):
    blob = seal(data, context)
    assert unseal(blob, context) == data
    with pytest.raises(UnreadableError):
        unseal(blob, context + "!")


def test_a_blob_shows_nothing_and_is_never_the_same_twice():
    blobs = {seal({"name": "张示例", "number": "410102190001010011"}, "case:1") for _ in range(20)}
    assert len(blobs) == 20
    assert not any(b"410102" in blob or "张".encode() in blob for blob in blobs)


def test_every_changed_byte_is_noticed():
    blob = seal({"name": "张示例"}, "case:1")
    for at in range(len(blob)):
        changed = blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :]
        with pytest.raises(UnreadableError):
            unseal(changed, "case:1")
    for length in range(len(blob)):
        with pytest.raises(UnreadableError):
            unseal(blob[:length], "case:1")


def test_a_rotation_keeps_the_old_readable_and_the_holder_findable():
    before, holder = seal({"v": 1}, "case:1"), holder_key("111", "1")
    sealing.use(Keyring(2, {1: FIRST, 2: SECOND}))
    after = seal({"v": 2}, "case:1")
    assert (version_of(before), version_of(after)) == (1, 2)
    assert unseal(before, "case:1") == {"v": 1}
    assert unseal(after, "case:1") == {"v": 2}
    assert holder_key("111", "1") == holder


def test_a_token_says_what_was_signed_and_nothing_else_does():
    token = sign_token({"k": "文件", "n": 1}, "documents")
    assert read_token(token, "documents") == {"k": "文件", "n": 1}
    assert read_token(token, "cursor:x") is None
    for at in range(len(token)):
        other = "A" if token[at] != "A" else "B"
        assert read_token(token[:at] + other + token[at + 1 :], "documents") is None
    for junk in ("", ".", "a.b", "张.三", token + "x", token.partition(".")[0]):
        assert read_token(junk, "documents") is None


def test_tokens_of_one_family_are_told_apart_by_their_whole_purpose():
    token = sign_token({"pk": "1"}, "cursor:queue:rs")
    assert read_token(token, "cursor:queue:ga") is None


@pytest.mark.parametrize(
    "text",
    [
        '{"current": "2", "1": "%s"}' % ("x" * 40),
        '{"current": "2", "2": "%s"}' % ("x" * 40),
        '{"current": "1", "1": "short"}',
    ],
)
def test_a_secret_that_cannot_serve_is_refused(text):
    with pytest.raises(ValueError, match="master"):
        Keyring.parse(text)


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("YICHUANG_SECRET_NAME", "yichuang/test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    deployment.cache_clear()
    sealing._secrets.cache_clear()
    sealing.use(None)
    with mock_aws():
        client = boto3.client("secretsmanager")
        client.create_secret(
            Name="yichuang/test", SecretString=json.dumps({"current": "1", "1": FIRST.decode()})
        )
        yield client
    deployment.cache_clear()
    sealing._secrets.cache_clear()


def test_the_secret_is_fetched_once(secret, monkeypatch):
    calls = []
    fetch = sealing._secrets().get_secret_value
    monkeypatch.setattr(
        sealing._secrets(), "get_secret_value", lambda **k: calls.append(1) or fetch(**k)
    )
    assert unseal(seal({"a": 1}, "c"), "c") == {"a": 1}
    assert holder_key("111", "1") == holder_key("111", "1")
    assert calls == [1]


def rotate(secret) -> None:
    text = json.dumps({"current": "2", "1": FIRST.decode(), "2": SECOND.decode()})
    secret.put_secret_value(SecretId="yichuang/test", SecretString=text)


def test_rotating_adds_a_master_and_loses_nothing(secret):
    before, holder = seal({"a": 1}, "c"), holder_key("111", "1")
    assert [sealing.rotate(), sealing.rotate()] == [2, 3]
    stored = Keyring.parse(secret.get_secret_value(SecretId="yichuang/test")["SecretString"])
    assert stored.current == 3
    assert stored.masters[1] == FIRST
    assert len(set(stored.masters.values())) == 3
    after = seal({"a": 2}, "c")
    sealing.use(None)
    assert (unseal(before, "c"), unseal(after, "c")) == ({"a": 1}, {"a": 2})
    assert (version_of(after), holder_key("111", "1")) == (3, holder)


def test_a_process_learns_of_a_rotation_when_it_meets_a_newer_blob(secret, monkeypatch):
    holder_key("111", "1")
    rotate(secret)
    here = sealing.keyring()
    sealing.use(None)
    newer = seal({"a": 2}, "c")
    sealing.use(here)
    with pytest.raises(UnreadableError):
        unseal(newer, "c")  # fetched a moment ago: not again
    monkeypatch.setattr(sealing._loaded, "at", sealing._loaded.at - 61)
    assert unseal(newer, "c") == {"a": 2}


def test_made_up_versions_do_not_make_it_fetch_again_and_again(secret, monkeypatch):
    forged = bytearray(seal({"a": 1}, "c"))
    forged[1:3] = b"\x00\x63"
    monkeypatch.setattr(sealing._loaded, "at", sealing._loaded.at - 61)
    calls = []
    fetch = sealing._secrets().get_secret_value
    monkeypatch.setattr(
        sealing._secrets(), "get_secret_value", lambda **k: calls.append(1) or fetch(**k)
    )
    for _ in range(5):
        with pytest.raises(UnreadableError):
            unseal(bytes(forged), "c")
    assert calls == [1]
