"""Writes the lock files: each `.in` list with everything it pulls in, pinned as it is installed.

`make lock` runs it in the project's environment after a version in a list was changed and
installed. It needs no registry: what was tested is what is locked.
"""

from __future__ import annotations

import re
from importlib.metadata import Distribution, distribution
from pathlib import Path

from packaging.requirements import Requirement

PROJECT = Path(__file__).parent.parent
LISTS = ("requirements", "requirements-dev")


def main() -> None:
    """Rewrite both lock files."""
    for name in LISTS:
        pinned = sorted(closure(wanted(PROJECT / f"{name}.in")).values(), key=str.lower)
        head = f"# Resolved from {name}.in by `make lock`."
        (PROJECT / f"{name}.txt").write_text("\n".join([head, *pinned, ""]), "utf-8")


def wanted(file: Path) -> list[Requirement]:
    """The requirements of a list and of the lists it includes."""
    found: list[Requirement] = []
    for line in file.read_text("utf-8").splitlines():
        text = line.partition("#")[0].strip()
        if text.startswith("-r "):
            found += wanted(file.parent / text.removeprefix("-r ").strip())
        elif text:
            found.append(Requirement(text))
    return found


def closure(roots: list[Requirement]) -> dict[str, str]:
    """`name==version` of everything that `roots` need here, by normalised name.

    Raises PackageNotFoundError for what is not installed, ValueError where the installed version
    is not the one that is asked for.
    """
    pinned: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    waiting = list(roots)
    while waiting:
        requirement = waiting.pop()
        installed = distribution(requirement.name)
        if not requirement.specifier.contains(installed.version, prereleases=True):
            raise ValueError(f"{requirement} is not what is installed: {installed.version}")
        key = re.sub(r"[-_.]+", "-", requirement.name).lower()
        pinned[key] = f"{key}=={installed.version}"
        for extra in ("", *sorted(requirement.extras)):
            if (key, extra) not in seen:
                seen.add((key, extra))
                waiting += _needed(installed, extra)
    return pinned


def _needed(installed: Distribution, extra: str) -> list[Requirement]:
    needed = [Requirement(text) for text in installed.requires or []]
    return [
        requirement
        for requirement in needed
        if (requirement.marker is None and not extra)
        or (requirement.marker is not None and requirement.marker.evaluate({"extra": extra}))
    ]


if __name__ == "__main__":
    main()
