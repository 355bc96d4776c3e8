"""`yichuang sealing` shows numbers, rotates, and never shows a key."""

from __future__ import annotations

import pytest
from typer.testing import CliRunner

from chalicelib.aws import sealing
from chalicelib.aws.sealing import Keyring
from cli.main import app

FIRST, SECOND = b"a master of this test, the first one", b"a master of this test, the second"


@pytest.fixture(autouse=True)
def _keys():
    sealing.use(Keyring(2, {1: FIRST, 2: SECOND}))
    yield
    sealing.use(None)


def run(*arguments: str) -> str:
    answer = CliRunner().invoke(app, ["sealing", *arguments])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_the_masters_are_shown_by_number_and_use_only():
    shown = run("masters")
    assert "只读、查找" in shown
    assert "加密" in shown
    assert FIRST.decode() not in shown and SECOND.decode() not in shown


def test_a_rotation_says_what_it_did(monkeypatch):
    monkeypatch.setattr(sealing, "rotate", lambda: 3)
    assert "由 2 号轮换为 3 号" in run("rotate")
