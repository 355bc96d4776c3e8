"""Drafts over HTTP: a citizen's own, one an item."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.cases import drafts
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input, Output, Page
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)


class DraftIn(Input):
    """The form's own state, whole: it replaces what was kept before."""

    content: Annotated[dict[str, Any], Field(max_length=100)]


class DraftListed(Output):
    """A draft in the list, without what was filled in."""

    item_code: str
    item_name: str
    saved_at: datetime
    expires_at: datetime


class DraftShown(DraftListed):
    """A draft with what was filled in."""

    content: dict[str, Any]


class Dropped(Output):
    """The draft is no longer kept."""

    item_code: str


def _listed(draft: drafts.Draft) -> dict[str, Any]:
    return {
        "item_code": draft.item_code,
        "item_name": draft.item_name,
        "saved_at": draft.saved_at,
        "expires_at": draft.expires_at,
    }


def _shown(draft: drafts.Draft) -> DraftShown:
    return DraftShown(**_listed(draft), content=dict(draft.content))


@bp.route("/v1/me/drafts", methods=["GET"], authorizer=jwt_authorizer)
@view(act="draft.read", returns=Page[DraftListed], summary="我的草稿")
def own_drafts(call: Call) -> dict[str, Any]:
    """The caller's drafts, the last saved first."""
    return {"items": [_listed(each) for each in drafts.own(call.principal)], "next_cursor": None}


@bp.route("/v1/me/drafts/{item_code}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="draft.read", returns=DraftShown, summary="读取草稿")
def read_draft(call: Call, item_code: str) -> Reply:
    """The draft for one item, to go on with."""
    shown = _shown(drafts.read(call.principal, item_code))
    return Reply(shown, headers={"Cache-Control": "no-store"})


@bp.route("/v1/me/drafts/{item_code}", methods=["PUT"], authorizer=jwt_authorizer)
@view(act="draft.write", body=DraftIn, returns=DraftListed, summary="保存草稿")
def save_draft(call: Call[DraftIn], item_code: str) -> DraftListed:
    """Keep what has been filled in, for thirty days."""
    return DraftListed(
        **_listed(drafts.save(call.principal, item_code, call.body.content, call.now))
    )


@bp.route("/v1/me/drafts/{item_code}", methods=["DELETE"], authorizer=jwt_authorizer)
@view(act="draft.write", returns=Dropped, summary="删除草稿")
def drop_draft(call: Call, item_code: str) -> Dropped:
    """Throw a draft away, as after handing in."""
    drafts.drop(call.principal, item_code)
    return Dropped(item_code=item_code)
