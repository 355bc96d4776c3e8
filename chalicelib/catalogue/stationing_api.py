"""Stationing over HTTP: where items are handled, what is missing from the centre, and why."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.catalogue import stationing_service
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Input, Output, Page, PageQuery
from chalicelib.http.view import Call, view

bp = Blueprint(__name__)


class StationingQuery(PageQuery):
    """Whose items; everybody's without it."""

    organisation: Annotated[str | None, Field(max_length=40)] = None


class PlaceView(Output):
    """A point that handles the item."""

    point: str
    name: str
    tier: str
    functions: list[str]


class StationingView(Output):
    """Where an item is handled, and whether it is in the centre."""

    item_code: str
    item_name: str
    body: str
    status: str
    status_text: str
    owner: str
    reason: str
    places: list[PlaceView]


class ExemptionIn(Input):
    """Why an item is not in the centre, and who answers for it."""

    owner: Annotated[str, Field(min_length=1, max_length=40, description="责任单位代号")]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    until: Annotated[date | None, Field(description="最迟进驻日期")] = None


@bp.route("/v1/stationing", methods=["GET"], authorizer=jwt_authorizer)
@view(
    act="stationing.read",
    query=StationingQuery,
    returns=Page[StationingView],
    summary="事项进驻情况",
)
def list_stationing(call: Call[None, StationingQuery]) -> dict[str, Any]:
    """One page of items with the points that handle them."""
    asked = call.query
    name = f"stationing:{asked.organisation or ''}"
    start = decode_cursor(asked.cursor, name)
    found, following = stationing_service.page(asked.organisation, asked.limit, start, call.now)
    return {
        "items": [each.to_dict() for each in found],
        "next_cursor": encode_cursor(following, name),
    }


@bp.route("/v1/stationing/gaps", methods=["GET"], authorizer=jwt_authorizer)
@view(act="stationing.read", returns=Page[StationingView], summary="未进驻事项")
def list_gaps(call: Call) -> dict[str, Any]:
    """Every item that is not in the centre, each with its owner and its reason."""
    found = stationing_service.gaps(call.now)
    return {"items": [each.to_dict() for each in found], "next_cursor": None}


@bp.route("/v1/stationing/{item_code}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="stationing.read", returns=StationingView, summary="单个事项进驻情况")
def read_stationing(call: Call, item_code: str) -> dict[str, Any]:
    """Where one item is handled."""
    return stationing_service.of_item(item_code, call.now).to_dict()


@bp.route("/v1/stationing/{item_code}/exemption", methods=["PUT"], authorizer=jwt_authorizer)
@view(
    act="stationing.write",
    body=ExemptionIn,
    returns=StationingView,
    summary="登记未进驻的责任单位和理由",
)
def exempt(call: Call[ExemptionIn], item_code: str) -> dict[str, Any]:
    """Record why an item is not in the centre."""
    asked = call.body
    return stationing_service.exempt(
        call.principal, item_code, asked.owner, asked.reason, asked.until
    ).to_dict()


@bp.route("/v1/stationing/{item_code}/exemption", methods=["DELETE"], authorizer=jwt_authorizer)
@view(act="stationing.write", returns=StationingView, summary="事项进驻")
def bring_in(call: Call, item_code: str) -> dict[str, Any]:
    """The item is in the centre from now on."""
    return stationing_service.bring_in(call.principal, item_code).to_dict()
