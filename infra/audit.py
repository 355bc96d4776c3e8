"""Known vulnerabilities in what is locked, by pip-audit, where its database can be reached.

`make lint` runs it. One package is asked about first: without an answer the rest is not tried, the
reason is printed and the check passes, for a machine without a network has to build and test too.
A finding fails it unless it is excused below; an excuse that no longer applies fails it as well.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
ANSWER_SECONDS = 5
WHOLE_SECONDS = 60

EXCUSED: Mapping[str, str] = {}
"""Identifiers of vulnerabilities that do not concern us, each with the reason."""


class UnreachableError(Exception):
    """The database gave no answer."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One known vulnerability of a locked package."""

    package: str
    identifier: str

    def __str__(self) -> str:
        return f"{self.package}: {self.identifier}"


Run = Callable[[Path], str]
"""Runs pip-audit over a list of requirements and answers its JSON, or raises UnreachableError."""


def pip_audit(requirements: Path) -> str:
    """pip-audit's answer about exactly what the file pins; it installs and resolves nothing."""
    command = [sys.executable, "-m", "pip_audit", "--disable-pip", "--no-deps", "-f", "json"]
    command += ["--progress-spinner", "off", "--timeout", str(ANSWER_SECONDS)]
    try:
        done = subprocess.run(
            [*command, "-r", str(requirements)],
            capture_output=True,
            text=True,
            timeout=WHOLE_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        raise UnreachableError(f"no answer within {WHOLE_SECONDS} s") from late
    if not done.stdout.strip():
        lines = done.stderr.strip().splitlines()
        raise UnreachableError(lines[-1][:200] if lines else "no answer")
    return done.stdout


def findings_of(answer: str) -> list[Finding]:
    """The vulnerabilities in an answer. Raises UnreachableError where nothing was looked up."""
    packages: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    audited = [package for package in packages if "skip_reason" not in package]
    if not audited:
        reasons = [str(package["skip_reason"]) for package in packages]
        raise UnreachableError(reasons[0] if reasons else "nothing is locked")
    return [
        Finding(f"{package['name']} {package['version']}", vulnerability["id"])
        for package in audited
        for vulnerability in package["vulns"]
    ]


def pinned(locks: Sequence[Path]) -> list[str]:
    """`name==version` of everything that is locked, once."""
    lines = (line for lock in locks for line in lock.read_text("utf-8").splitlines())
    return sorted({line.strip() for line in lines if line.strip() and not line.startswith("#")})


def audit(packages: Sequence[str], run: Run = pip_audit) -> list[Finding]:
    """Every finding about the packages. Raises UnreachableError after the first without answer."""
    with tempfile.TemporaryDirectory() as scratch:
        asked = Path(scratch) / "asked.txt"
        asked.write_text(packages[0] + "\n", "utf-8")
        findings_of(run(asked))
        asked.write_text("\n".join(packages) + "\n", "utf-8")
        return findings_of(run(asked))


def main(run: Run = pip_audit, excused: Mapping[str, str] = EXCUSED) -> int:
    """Print what was found; 1 for a finding without an excuse, or an excuse without a finding."""
    packages = pinned([PROJECT / name for name in LOCKS])
    try:
        found = audit(packages, run)
    except UnreachableError as reason:
        print(f"pip-audit: skipped, its database cannot be reached ({reason})")
        return 0
    identifiers = {finding.identifier for finding in found}
    open_ones = [finding for finding in found if finding.identifier not in excused]
    stale = sorted(set(excused) - identifiers)
    for finding in open_ones:
        print(f"pip-audit: {finding}")
    for identifier in stale:
        print(f"pip-audit: {identifier} is excused and no longer found")
    if not open_ones and not stale:
        print(f"pip-audit: {len(packages)} packages, {len(found)} findings, all excused")
    return int(bool(open_ones or stale))


if __name__ == "__main__":
    sys.exit(main())
