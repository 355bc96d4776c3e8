"""Composition only: the Chalice app and the blueprints of the rooms.

A room is mounted when it has something to mount; nothing else happens here.
"""

from __future__ import annotations

from chalice import Chalice, Response

app = Chalice(app_name="yichuang")


@app.route("/v1/health", methods=["GET"])
def health() -> Response:
    """Says that the API answers."""
    return Response({"status": "ok"})
