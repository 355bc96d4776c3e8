"""`make bench`: every benchmark in a process of its own, each row with its target."""

from __future__ import annotations

import importlib
import logging
import pkgutil
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

HERE = Path(__file__).parent
HELPERS = {"__main__", "embedded", "units"}


def names() -> list[str]:
    found = (module.name for module in pkgutil.iter_modules([str(HERE)]))
    return sorted(name for name in found if name not in HELPERS)


def show(name: str) -> None:
    """Run one benchmark in this process and print its table."""
    # A wait that runs out is what is measured; the engine writes a page of words for each.
    logging.getLogger("moto.stepfunctions").setLevel(logging.CRITICAL)
    rows = importlib.import_module(f"benchmarks.{name}").run()
    table = Table(title=name, title_justify="left")
    for column in ("measured", "value", "target"):
        table.add_column(column, justify="right" if column == "value" else "left")
    for what, value, target in rows:
        table.add_row(what, f"{value:,.3f}".rstrip("0").rstrip("."), target)
    Console(width=120).print(table)


def main(wanted: list[str]) -> int:
    if len(wanted) == 1:
        show(wanted[0])
        return 0
    failed = [
        name
        for name in wanted or names()
        if subprocess.run([sys.executable, "-m", "benchmarks", name], check=False).returncode
    ]
    if failed:
        print("failed:", ", ".join(failed), file=sys.stderr)
    return len(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
