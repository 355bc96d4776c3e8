"""An API whose process loads a room when the first request for it comes.

A cold start would otherwise pay for every room, and for pydantic's models of all of them, to answer
one. Which module serves which path is written down in `routes.json`, made from the composed app:

    python -m chalicelib.http.lazy           # writes chalicelib/http/routes.json
    python -m chalicelib.http.lazy --check   # says whether that file is what the code would give
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from chalice.app import Chalice

from chalicelib.http.app import Api

ROUTES = Path(__file__).with_name("routes.json")


class LazyApi(Api):
    """Mounts the blueprint (`bp`) of the modules that own a path before it answers for it."""

    def __init__(self, app_name: str) -> None:
        super().__init__(app_name=app_name)
        self._owners: Mapping[str, list[str]] = json.loads(ROUTES.read_text(encoding="utf-8"))
        self._mounted: set[str] = set()

    def __call__(self, event: dict[str, Any], context: Any) -> Any:
        path = event.get("requestContext", {}).get("resourcePath", "")
        for module in self._owners.get(path, ()):
            if module not in self._mounted:
                self.register_blueprint(importlib.import_module(module).bp)
                self._mounted.add(module)
        return super().__call__(event, context)


def owners_of(app: Chalice) -> dict[str, list[str]]:
    """The modules that serve each path of a composed app."""
    return {
        path: sorted({entry.view_function.__module__ for entry in methods.values()})
        for path, methods in sorted(app.routes.items())
    }


def document(app: Chalice) -> str:
    """The text of `routes.json` for an app."""
    return json.dumps(owners_of(app), indent=1) + "\n"


def main(arguments: list[str]) -> int:
    text = document(importlib.import_module("app").app)
    if "--check" in arguments:
        return int(text != ROUTES.read_text(encoding="utf-8"))
    ROUTES.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
