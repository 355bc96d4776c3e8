"""The citizen's item list in a real Chromium slowed down four times: search, and the first load.

Run `python -m benchmarks.pages` after `make web`. The pages are the built ones; `web/bench/search.ts`
types and times.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.catalogue import SEARCHED, Row, many_items
from chalicelib.catalogue.indexing import build_index

WEB = Path(__file__).parents[1] / "web"


def run() -> list[Row]:
    with TemporaryDirectory() as directory:
        index = Path(directory) / "index.json"
        index.write_text(json.dumps(build_index(many_items(SEARCHED))), encoding="utf-8")
        measured = _measure(index)
    return [
        (f"search over {SEARCHED:,} items, throttled 4×, p95, ms", measured["p95"], "≤ 50"),
        (f"search over {SEARCHED:,} items, throttled 4×, median, ms", measured["p50"], ""),
        ("letters typed, each the median of three", measured["letters"], ""),
        ("everyday phrasings found in the first three, %", measured["quality"], "≥ 90"),
        ("first load of the item list, compressed, KB", measured["firstLoad"] / 1024, "≤ 120"),
    ]


def _measure(index: Path) -> dict[str, float]:
    program = [WEB / "node_modules/.bin/vite-node", "--config", "vitest.config.ts"]
    done = subprocess.run(
        [*program, "bench/search.ts", index],
        cwd=WEB,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured
