"""The audit of locked packages: a finding fails, an excuse needs one, no network fails nothing."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from infra import audit


def answer(*packages: dict) -> str:
    return json.dumps({"dependencies": list(packages), "fixes": []})


def clean(name: str) -> dict:
    return {"name": name, "version": "1", "vulns": []}


def flawed(name: str, identifier: str = "PYSEC-1") -> dict:
    return {"name": name, "version": "1", "vulns": [{"id": identifier, "fix_versions": []}]}


def unknown(name: str) -> dict:
    return {"name": name, "skip_reason": f"{name} could not be audited"}


def answering(*packages: dict):
    return lambda _file: answer(*packages)


def test_clean_packages_pass(capsys):
    assert audit.main(answering(clean("a"), clean("b"))) == 0
    assert "0 findings" in capsys.readouterr().out


def test_a_finding_fails_unless_it_is_excused(capsys):
    found = answering(clean("a"), flawed("b"))
    assert audit.main(found) == 1
    assert "b 1: PYSEC-1" in capsys.readouterr().out
    assert audit.main(found, {"PYSEC-1": "we do not parse anything with it"}) == 0


def test_an_excuse_that_excuses_nothing_fails(capsys):
    assert audit.main(answering(clean("a")), {"PYSEC-9": "gone"}) == 1
    assert "PYSEC-9" in capsys.readouterr().out


def test_without_the_database_it_passes_and_says_why(capsys):
    assert audit.main(answering(unknown("a"), unknown("b"))) == 0
    assert "skipped, its database cannot be reached (a could not be audited)" in (
        capsys.readouterr().out
    )


def test_after_one_question_without_an_answer_no_other_is_asked(capsys):
    asked = []

    def nobody(file: Path) -> str:
        asked.append(file.read_text().split())
        raise audit.UnreachableError("timed out")

    assert audit.main(nobody) == 0
    assert [len(each) for each in asked] == [1]
    assert "timed out" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (subprocess.TimeoutExpired("pip-audit", 60), "no answer within"),
        (subprocess.CompletedProcess([], 1, "", "trace\nConnectionError: no route"), "no route"),
        (subprocess.CompletedProcess([], 1, "", ""), "no answer"),
    ],
)
def test_a_tool_that_gives_no_answer_is_no_finding(monkeypatch, outcome, reason):
    def run(*_args, **_kwargs):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(audit.UnreachableError, match=reason):
        audit.pip_audit(Path("requirements.txt"))


def test_everything_that_is_locked_is_asked_about():
    packages = audit.pinned([audit.PROJECT / name for name in audit.LOCKS])
    assert all(each.count("==") == 1 for each in packages)
    assert {each.partition("==")[0] for each in packages} >= {"chalice", "boto3", "pydantic"}
