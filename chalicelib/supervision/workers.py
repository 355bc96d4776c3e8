"""Lambda entry points of supervision. Function names are what infrastructure deploys."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint

from chalicelib.supervision import service

bp = Blueprint(__name__)


@bp.lambda_function()
def supervise(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Target of the EventBridge rule on source `yichuang.cases`; takes one event at a time.

    Returns the identifiers of the alarms it raised. A fault is raised, so that EventBridge's retry
    and dead-letter queue see it; repeating an event changes nothing.
    """
    del context
    raised = service.take_in(event["detail"])
    return {"raised": [alarm.id for alarm in raised]}
