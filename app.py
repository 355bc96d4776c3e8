"""Composition only: the Chalice app, its authorizer, and the blueprints of the rooms.

Packaging, tests and the OpenAPI document see the whole app. A running function loads a room when
the first request for it comes, so a cold start pays for one room and not for all.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from importlib import import_module

from chalicelib.aws.settings import clock, settings
from chalicelib.cases import ports as cases_ports
from chalicelib.cases.ports import Mandates
from chalicelib.catalogue import ports as charging_ports
from chalicelib.catalogue.ports import CaseFacts, FeeSystem
from chalicelib.certificates import ports
from chalicelib.certificates.ports import CaseTie
from chalicelib.core.principal import Principal
from chalicelib.http import authorizer
from chalicelib.http.app import Api, compose
from chalicelib.network import ports as network_ports
from chalicelib.network.pilots import Figures

ROOMS = (
    "chalicelib.http.system",
    "chalicelib.http.me",
    "chalicelib.http.uploads",
    "chalicelib.calendars.api",
    "chalicelib.network.api",
    "chalicelib.network.people_api",
    "chalicelib.network.pilots_api",
    "chalicelib.catalogue.api",
    "chalicelib.catalogue.charging_api",
    "chalicelib.catalogue.editing",
    "chalicelib.catalogue.stationing_api",
    "chalicelib.certificates.api",
    "chalicelib.certificates.import_api",
    "chalicelib.cases.access_api",
    "chalicelib.cases.api",
    "chalicelib.cases.acts_api",
    "chalicelib.cases.corrections_api",
    "chalicelib.cases.dossier_api",
    "chalicelib.cases.person_api",
    "chalicelib.cases.drafts_api",
    "chalicelib.exchange.api",
    "chalicelib.exchange.subscription_api",
    "chalicelib.hall.appointments_api",
    "chalicelib.hall.consultations_api",
    "chalicelib.hall.mandates_api",
    "chalicelib.hall.visits_api",
    "chalicelib.supervision.api",
    "chalicelib.supervision.appraisals_api",
    "chalicelib.supervision.limits_api",
    "chalicelib.supervision.redress_api",
    "chalicelib.supervision.rules_api",
    "chalicelib.supervision.violations_api",
)
WORKERS = (
    "chalicelib.network.workers",
    "chalicelib.catalogue.workers",
    "chalicelib.certificates.workers",
    "chalicelib.cases.workers",
    "chalicelib.exchange.workers",
    "chalicelib.hall.workers",
    "chalicelib.supervision.workers",
)


def tie_of(case_no: str) -> CaseTie | None:
    """What a case says about reading certificates in it."""
    from chalicelib.cases.relation import tie_of as found  # noqa: PLC0415 - loaded when asked

    return found(case_no)


def facts_of(case_no: str) -> CaseFacts | None:
    """What a case says about charging in it."""
    from chalicelib.cases.relation import facts_of as found  # noqa: PLC0415 - loaded when asked

    return found(case_no)


def open_cases_of(item_code: str) -> int:
    """How many cases of an item are open now, by supervision's figures."""
    from chalicelib.supervision import board_store  # noqa: PLC0415 - loaded when asked
    from chalicelib.supervision.boards import NOW, Filter  # noqa: PLC0415 - loaded when asked

    return board_store.read([NOW])[NOW].total(Filter(item=item_code))["open"]


def mandates() -> Mandates:
    """Who may act for whom, as the hall knows it."""
    from chalicelib.hall import acting  # noqa: PLC0415 - loaded when asked

    return acting


def fee_system() -> FeeSystem:
    """The district's fee system: a stand-in on one machine, elsewhere none until it is connected."""
    if settings().stage != "local":
        return charging_ports.NoFeeSystem()
    from chalicelib.catalogue import charging_service, stand_in  # noqa: PLC0415 - when asked

    return stand_in.StandInFeeSystem(charging_service.callback, clock().now)


def figures_of_points(since: date, until: date, item: str | None) -> Iterable[Figures]:
    """What happened at every point in some days, by supervision's figures."""
    from chalicelib.supervision.pilot_figures import figures  # noqa: PLC0415 - loaded when asked

    return figures(since, until, item)


def no_longer_standing(principal: Principal, now: datetime) -> Mapping[str, str]:
    """Which roles of a caller's token ended since it was made, by the network's people."""
    from chalicelib.network.standing import fallen_now  # noqa: PLC0415 - loaded when asked

    return fallen_now(principal, now)


def composed() -> Api:
    if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
        from chalicelib.http.lazy import LazyApi  # noqa: PLC0415 - only a running function needs it

        return compose("yichuang", authorizer.bp, kind=LazyApi, standing=no_longer_standing)
    rooms = (import_module(room).bp for room in ROOMS)
    workers = (import_module(module).functions for module in WORKERS)
    return compose(
        "yichuang", authorizer.bp, *rooms, functions=workers, standing=no_longer_standing
    )


ports.wire(tie_of)
cases_ports.wire(mandates)
network_ports.connect_figures(figures_of_points)
charging_ports.wire_cases(facts_of)
charging_ports.wire_open_cases(open_cases_of)
charging_ports.wire_fee_system(fee_system)
app = composed()
