"""What anyone may read of the catalogue: items, guides, versions, the whole as open data."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.catalogue import listing, pages, publication, service, store, writing
from chalicelib.catalogue.listing import Filters
from chalicelib.catalogue.model import Item, limit_in_words
from chalicelib.core.errors import NotFound
from chalicelib.core.time import to_text
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Output, Page, PageQuery
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)

FRESH = "public, max-age=60"


class ItemQuery(PageQuery):
    """Filters of the item list; all of them must hold."""

    q: Annotated[str | None, Field(max_length=100, description="说法、名称、拼音或首字母")] = None
    domain: Annotated[str | None, Field(max_length=40, description="领域")] = None
    organisation: Annotated[str | None, Field(max_length=40, description="实施机构代号")] = None
    tier: Annotated[
        Literal["centre", "sub_centre", "subdistrict", "community"] | None,
        Field(description="可办理的层级"),
    ] = None
    sunk: Annotated[bool | None, Field(description="是否下沉事项")] = None


class Limit(Output):
    """A value and its unit."""

    value: int
    unit: Literal["working_day", "calendar_day", "month"]


class ItemSummary(Output):
    """What a list shows of an item."""

    code: str
    version: int
    name: str
    domain: str
    body: str
    body_name: str
    type_code: str
    project_type: str
    promise: Limit
    sunk: bool
    sunk_levels: list[str]
    available_365: bool
    charged: bool


class ItemVersionLine(Output):
    """One version of an item: since when, and why."""

    version: int
    name: str
    since: str
    why: str


class Versions(Output):
    """Every version of an item, newest first."""

    items: list[ItemVersionLine]


class EditionView(Output):
    """The published edition of the whole catalogue."""

    edition: int
    hash: str
    items: int
    published_at: str
    downloads: dict[str, str]


@bp.route("/v1/items", methods=["GET"])
@view(act="item.read", query=ItemQuery, returns=Page[ItemSummary], summary="事项列表", public=True)
def list_items(call: Call[None, ItemQuery]) -> dict[str, Any]:
    """Items in force, by search (`q`, best first) or by code."""
    asked = call.query
    filters = Filters(asked.domain, asked.organisation, asked.tier, asked.sunk)
    name = f"items:{asked.q or ''}:{filters.key()}"
    start = decode_cursor(asked.cursor, name)
    if asked.q:
        found, following = listing.search(asked.q, filters, asked.limit, start)
    else:
        found, following = listing.browse(filters, asked.limit, start)
    return {"items": found, "next_cursor": encode_cursor(following, name)}


@bp.route("/v1/items/{item_code}", methods=["GET"])
@view(act="item.read", summary="事项指南", public=True)
def read_item(_call: Call, item_code: str) -> Reply:
    """The guide of an item in force: the clause-11 block, the materials with their samples."""
    item = service.item_in_force(item_code)
    return Reply(guide(item), etag=f"{item.code}-{item.version}", headers={"Cache-Control": FRESH})


@bp.route("/v1/items/{item_code}/versions", methods=["GET"])
@view(act="item.read", returns=Versions, summary="事项版本", public=True)
def list_versions(_call: Call, item_code: str) -> dict[str, Any]:
    """Every version that an item has had or will have."""
    return {"items": listing.versions(item_code)}


@bp.route("/v1/items/{item_code}/document", methods=["GET"])
@view(act="item.read", summary="事项的目录文件格式", public=True)
def read_document(_call: Call, item_code: str) -> Reply:
    """The item as the catalogue document writes it: what a change of it starts from."""
    standing = store.find_standing(item_code)
    if standing is None:
        raise NotFound(f"目录中没有编码为{item_code}的事项")
    item = standing.item
    return Reply(
        writing.item_document(item, store.certificate_types()), etag=f"{item.code}-{item.version}"
    )


@bp.route("/v1/items/{item_code}/versions/{version}", methods=["GET"])
@view(act="item.read", summary="事项历史版本", public=True)
def read_version(_call: Call, item_code: str, version: str) -> Reply:
    """One version as it was decided. It never changes."""
    item = service.item_version(item_code, listing.version_number(version))
    return Reply(
        guide(item),
        etag=f"{item.code}-{item.version}",
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


@bp.route("/v1/catalogue", methods=["GET"])
@view(act="item.read", returns=EditionView, summary="目录版本与下载", public=True)
def read_edition(_call: Call) -> Reply:
    """Which edition is published, its hash, and where to download all of it."""
    edition = publication.current()
    body = {
        "edition": edition.number,
        "hash": edition.content_hash,
        "items": edition.items,
        "published_at": to_text(edition.at),
        "downloads": {form: f"/v1/catalogue/download/{form}" for form in publication.FORMATS},
    }
    return Reply(body, etag=edition.content_hash, headers={"Cache-Control": FRESH})


@bp.route("/v1/catalogue/index", methods=["GET"])
@view(act="item.read", summary="检索索引", public=True)
def read_index(_call: Call) -> Reply:
    """The compact search index that the citizen's page searches; see `docs/search.md`."""
    edition = publication.current()
    return Reply(
        publication.index_text(edition),
        etag=edition.index_hash,
        headers={"Content-Type": "application/json", "Cache-Control": FRESH},
    )


@bp.route("/v1/catalogue/download/{form}", methods=["GET"])
@view(act="item.read", status=303, summary="开放数据下载", public=True)
def download(_call: Call, form: str) -> Reply:
    """The whole published catalogue as one JSON or CSV file, with its version and hash."""
    edition = publication.current()
    return Reply(
        status=303,
        headers={
            "Location": publication.download_link(edition, form),
            "X-Content-SHA256": edition.content_hash,
            "Cache-Control": "no-store",
        },
    )


@bp.route("/v1/catalogue/pages/{item_code}", methods=["GET"])
@view(act="item.read", produces=pages.HTML, summary="事项网页", public=True)
def read_page(_call: Call, item_code: str) -> Reply:
    """The guide as a page without scripts, which search engines and old phones can read."""
    item = service.item_in_force(item_code)
    return Reply(
        pages.item_page(item),
        etag=f"{item.code}-{item.version}",
        headers=pages.HEADERS,
    )


@bp.route("/v1/catalogue/pages", methods=["GET"])
@view(act="item.read", produces=pages.HTML, summary="事项网页目录", public=True)
def read_contents(_call: Call) -> Reply:
    """Links to the pages of every item in force, by domain."""
    edition = publication.current()
    return Reply(
        pages.contents_page(publication.search_index(edition)),
        etag=edition.index_hash,
        headers=pages.HEADERS,
    )


def guide(item: Item) -> dict[str, Any]:
    """An item as its readers see it: what is stored, the public block, and the limits in words."""
    return item.to_dict() | {
        "type_name": item.type_name,
        "sunk": item.sunk,
        "promise_text": limit_in_words(item.promise),
        "statutory_text": limit_in_words(item.statutory.limit),
        "disclosure": item.disclosure,
    }
