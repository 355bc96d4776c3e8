"""Composition only: the Chalice app, its authorizer, and the blueprints of the rooms."""

from __future__ import annotations

from chalicelib.calendars import api as calendars
from chalicelib.cases import api as cases
from chalicelib.cases import workers as case_workers
from chalicelib.cases.relation import tie_of
from chalicelib.catalogue import api as catalogue
from chalicelib.certificates import api as certificates
from chalicelib.certificates import import_api, ports
from chalicelib.certificates import workers as certificate_workers
from chalicelib.http import authorizer, system, uploads
from chalicelib.http.app import compose
from chalicelib.network import api as network
from chalicelib.network import people_api, pilots_api
from chalicelib.network import workers as network_workers
from chalicelib.supervision import api as supervision
from chalicelib.supervision import workers as supervision_workers

ports.wire(tie_of)

app = compose(
    "yichuang",
    authorizer.bp,
    system.bp,
    uploads.bp,
    calendars.bp,
    network.bp,
    people_api.bp,
    pilots_api.bp,
    network_workers.bp,
    catalogue.bp,
    certificates.bp,
    import_api.bp,
    certificate_workers.bp,
    cases.bp,
    case_workers.bp,
    supervision.bp,
    supervision_workers.bp,
)
