"""The cloud assembly: the template and its assets, made by the real CDK app when something changed.

Synthesis takes some ten seconds and a node process, so it runs in a process of its own and its
result is kept under a name that stands for everything it was made from.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).parent.parent
SOURCES = ("app.py", "chalicelib", "infra", "statemachines", "requirements.txt", ".chalice")
KEPT = 3
"""How many assemblies stay on disk; older ones go."""

_ARCHITECTURES = {"aarch64": "arm64", "arm64": "arm64"}


class SynthesisError(RuntimeError):
    """The CDK app did not synthesise. The text is what it said."""


def assembly(stage: str, directory: Path) -> Path:
    """The assembly of `stage` for the sources as they are now, kept in `directory`."""
    context = {"stage": stage, "architecture": _ARCHITECTURES.get(platform.machine(), "x86_64")}
    made = directory / fingerprint(context)
    directory.mkdir(parents=True, exist_ok=True)
    with (directory / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two processes that need the same make it once
        if not (made / "manifest.json").is_file():
            _synthesise(context, made)
            _forget_old(directory)
        os.utime(made)
    return made


def fingerprint(context: Mapping[str, str]) -> str:
    """A name for everything that the assembly is made from."""
    digest = hashlib.sha256(json.dumps([context, sys.version], sort_keys=True).encode())
    for source in _sources():
        digest.update(f"{source.relative_to(PROJECT)}\0{source.stat().st_size}\0".encode())
        digest.update(source.read_bytes())
    return digest.hexdigest()[:16]


def _sources() -> Iterator[Path]:
    for name in SOURCES:
        root = PROJECT / name
        if root.is_file():
            yield root
        else:
            yield from (
                path
                for path in sorted(root.rglob("*"))
                if path.is_file()
                and "__pycache__" not in path.parts
                and not {"deployments", "deployed"} & set(path.parts)
            )


def _synthesise(context: Mapping[str, str], target: Path) -> None:
    unfinished = target.with_suffix(f".{os.getpid()}")
    shutil.rmtree(unfinished, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-O", "-m", "infra.app", str(unfinished)],
        cwd=PROJECT,
        env={
            **os.environ,
            "CDK_CONTEXT_JSON": json.dumps(context),
            # jsii says at every start that Node 20 has reached its end of life.
            "JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION": "20,22,24",
            "JSII_SILENCE_WARNING_UNTESTED_NODE_VERSION": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SynthesisError(f"{done.stdout}\n{done.stderr}".strip())
    unfinished.replace(target)


def _forget_old(directory: Path) -> None:
    made = sorted(directory.glob("[0-9a-f]*"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in made[KEPT:]:
        shutil.rmtree(old, ignore_errors=True)
