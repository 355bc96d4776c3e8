"""Whatever single byte of a dossier is changed, the check finds it, and names where it was."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.cases.dossier import LOG
from chalicelib.cases.dossier_check import Flaw, verify
from tests.support.dossiers import SIGNER, unzipped, whole, zipped

MEMBERS = unzipped(whole())
KEYS = [SIGNER.public_key]


def flaw_of(content: bytes, keys=KEYS) -> str | None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dossier.zip"
        path.write_bytes(content)
        try:
            verify(path, keys)
        except Flaw as flaw:
            return flaw.where
    return None


def entry_at(path: str, offset: int) -> str:
    """The entry that holds this byte: in the log, the line that it belongs to."""
    if path != LOG:
        return path
    line = MEMBERS[LOG][:offset].count(b"\n") + 1
    return f"{LOG}#{line}"


@st.composite
def changes(draw):
    path = draw(st.sampled_from(sorted(MEMBERS)))
    offset = draw(st.integers(0, len(MEMBERS[path]) - 1))
    return path, offset, draw(st.integers(1, 255))


@settings(max_examples=250, deadline=None)
@given(change=changes(), trusted=st.booleans())
def test_any_byte_changed_in_any_member_is_found_and_named(change, trusted):
    path, offset, difference = change
    content = bytearray(MEMBERS[path])
    content[offset] ^= difference
    archive = zipped({**MEMBERS, path: bytes(content)})
    assert flaw_of(archive, KEYS if trusted else None) == entry_at(path, offset)


@settings(max_examples=250, deadline=None)
@given(at=st.integers(0, len(whole()) - 1), difference=st.integers(1, 255))
def test_any_byte_changed_anywhere_in_the_file_is_found(at, difference):
    content = bytearray(whole())
    content[at] ^= difference
    assert flaw_of(bytes(content)) is not None


@settings(max_examples=100, deadline=None)
@given(cut=st.integers(1, len(whole()) - 1))
def test_a_file_that_was_cut_short_is_found(cut):
    assert flaw_of(whole()[:cut]) is not None


@settings(max_examples=100, deadline=None)
@given(content=st.binary(max_size=400), tail=st.integers(0, 200))
def test_no_file_whatever_makes_the_check_fail_otherwise(content, tail):
    assert flaw_of(content + whole()[len(whole()) - tail :]) is not None
