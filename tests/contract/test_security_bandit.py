"""bandit finds nothing in what we run, but for the exceptions below, each with its reason."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from bandit.core import config, manager

ROOT = Path(__file__).parents[2]
SCANNED = ("app.py", "chalicelib", "cli", "local", "infra")

# By file and check. One that no longer applies fails the test as well as a new finding does.
EXCEPTIONS = {
    ("chalicelib/cases/reconcile.py", "B101"): "narrows a type that the line before established",
    ("chalicelib/cases/store.py", "B101"): "narrows a type that the line before established",
    ("chalicelib/certificates/batches.py", "B311"): "spreads retries over time; no secret",
    ("chalicelib/certificates/readlog.py", "B311"): "spreads retries over time; no secret",
    ("chalicelib/hall/commands.py", "B311"): "spreads retries over time; no secret",
    ("chalicelib/supervision/service.py", "B311"): "spreads retries over time; no secret",
    (
        "chalicelib/supervision/workbook.py",
        "B406",
    ): "escapes text for a file it writes; parses nothing",
    ("chalicelib/http/tokens.py", "B310"): "the scheme of the address is checked the line before",
    ("infra/audit.py", "B404"): "runs pip-audit, on the machine that checks",
    ("infra/audit.py", "B603"): "a fixed list of arguments, without a shell",
    ("infra/parts/secrets.py", "B106"): "the template of a secret; its random part is generated",
    ("local/assembly.py", "B404"): "runs the project's own tools, on this machine only",
    ("local/assembly.py", "B603"): "a fixed list of arguments, without a shell",
    ("local/deployment.py", "B404"): "runs the project's own tools, on this machine only",
    ("local/deployment.py", "B603"): "a fixed list of arguments, without a shell",
    ("local/deployment.py", "B101"): "narrows a type that the line before established",
    ("local/emulator.py", "B404"): "runs the embedded emulator, on this machine only",
    ("local/emulator.py", "B603"): "a fixed list of arguments, without a shell",
    ("chalicelib/exchange/subscriptions.py", "B105"): "the public prefix of every webhook secret",
    ("local/emulator.py", "B105"): "the emulator's public test credentials",
    ("local/emulator.py", "B310"): "a loopback address of our own",
    ("local/gateway.py", "B105"): "the word Bearer is no password",
}


@pytest.fixture(scope="module")
def findings() -> set[tuple[str, str]]:
    logging.getLogger("bandit").setLevel(logging.ERROR)
    scan = manager.BanditManager(config.BanditConfig(), "file")
    scan.discover_files([str(ROOT / name) for name in SCANNED], recursive=True)
    scan.run_tests()
    assert len(scan.files_list) > 50
    return {
        (Path(issue.fname).relative_to(ROOT).as_posix(), issue.test_id)
        for issue in scan.get_issue_list()
    }


def test_nothing_is_found_but_what_is_excepted_with_a_reason(findings):
    assert findings - set(EXCEPTIONS) == set()


def test_no_exception_outlives_what_it_excused(findings):
    assert set(EXCEPTIONS) - findings == set()
