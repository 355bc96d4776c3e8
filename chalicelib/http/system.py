"""What the platform says of itself: that it lives, and what it can be asked."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from chalice.app import Blueprint

from chalicelib.core.errors import NotFound
from chalicelib.core.time import to_text
from chalicelib.http.schema import Output
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)

DOCUMENT = Path(__file__).with_name("openapi.json")


class Health(Output):
    """Alive, and what time it is by this deployment's clock."""

    status: str
    now: str


@bp.route("/v1/health", methods=["GET"])
@view(act="health.read", returns=Health, summary="服务状态", public=True)
def health(call: Call) -> Health:
    """Says that the API answers. It touches no store, so it stays cheap to poll."""
    return Health(status="ok", now=to_text(call.now))


@bp.route("/v1/openapi.json", methods=["GET"])
@view(
    act="openapi.read", summary="接口说明 (OpenAPI 3.1)", public=True, produces="application/json"
)
def openapi_document(_call: Call) -> Reply:
    """The document generated from the code at build time; a test keeps it equal to the code."""
    return Reply(
        _document(),
        headers={"Content-Type": "application/json", "Cache-Control": "public, max-age=300"},
    )


@cache
def _document() -> str:
    try:
        return DOCUMENT.read_text(encoding="utf-8")
    except FileNotFoundError as missing:
        raise NotFound("接口说明尚未生成") from missing
