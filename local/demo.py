"""Loads the demo district: its network, its catalogue, its certificate types.

Runs in a process of its own with the deployment's settings in its environment, through the same
importers that a real district uses; they leave alone what is stored already.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

DATA = Path(__file__).parent.parent / "data"
FILES = ("demo_network.json", "demo_catalogue.json")


def digest() -> str:
    """A name for the demo data, and for how it is loaded, as they are now."""
    whole = hashlib.sha256(Path(__file__).read_bytes())
    for name in FILES:
        whole.update((DATA / name).read_bytes())
    return whole.hexdigest()[:16]


def load() -> Iterator[str]:
    """Load everything, saying what after each step."""
    # These read the environment when they are imported.
    from chalicelib.aws.settings import clock  # noqa: PLC0415
    from chalicelib.catalogue.service import import_catalogue  # noqa: PLC0415
    from chalicelib.certificates import founding as certificates  # noqa: PLC0415
    from chalicelib.network import founding as network  # noqa: PLC0415

    written = network.found(_read("demo_network.json"), clock().now())
    yield f"服务网络 {sum(written.values())} 条"
    catalogue = _read("demo_catalogue.json")
    report = import_catalogue(catalogue)
    yield f"事项目录 {len(report.added) + len(report.changed)} 项"
    yield f"证照类型 {certificates.found(catalogue)} 种"


def _read(name: str) -> dict[str, object]:
    content: dict[str, object] = json.loads((DATA / name).read_text("utf-8"))
    return content


if __name__ == "__main__":
    for step in load():
        print(step, flush=True)
