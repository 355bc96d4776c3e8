"""Composition only: the Chalice app, its authorizer, and the blueprints of the rooms."""

from __future__ import annotations

from chalicelib.calendars import api as calendars
from chalicelib.cases import api as cases
from chalicelib.cases import workers as case_workers
from chalicelib.cases.relation import tie_of
from chalicelib.certificates import ports
from chalicelib.http import authorizer, system, uploads
from chalicelib.http.app import compose
from chalicelib.supervision import api as supervision
from chalicelib.supervision import workers as supervision_workers

ports.wire(tie_of)

app = compose(
    "yichuang",
    authorizer.bp,
    system.bp,
    uploads.bp,
    calendars.bp,
    cases.bp,
    case_workers.bp,
    supervision.bp,
    supervision_workers.bp,
)
