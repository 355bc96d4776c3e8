"""The catalogue for those who keep it: changes, the lists, the proof check, the units that differ."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal, Self

from chalice.app import Blueprint
from pydantic import BaseModel, ConfigDict, Field

from chalicelib.catalogue import (
    change_service,
    change_store,
    list_keeping,
    list_store,
    publication,
    store,
)
from chalicelib.catalogue.changes import Action
from chalicelib.catalogue.commands import Request, queue_page
from chalicelib.catalogue.differences import deviations
from chalicelib.catalogue.lists import LISTS, ListKind, list_named
from chalicelib.catalogue.owners import owner_of
from chalicelib.catalogue.proof_checks import check
from chalicelib.catalogue.proof_reading import of_document, of_items
from chalicelib.catalogue.proposals import Proposal
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import Conflict, NotFound
from chalicelib.core.principal import ITEM_EDITOR, LIST_OWNER, OFFICE, SUPERVISOR
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.paging import decode_cursor, encode_cursor
from chalicelib.http.schema import Input, Output, Page, PageQuery
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)

LARGEST_CATALOGUE = 6 * 1024 * 1024
Reason = Annotated[str, Field(min_length=1, max_length=2000)]


class ProposedChange(Input):
    """A change as a department proposes it; `item` has the fields of the catalogue document."""

    action: Literal["create", "amend", "suspend", "resume", "cancel"]
    item_code: Annotated[str | None, Field(max_length=36, description="要变更的事项编码")] = None
    item: Annotated[dict[str, Any] | None, Field(description="变更后的事项全文")] = None
    reason: Annotated[Reason, Field(description="变更理由")]
    legal_basis: Annotated[Reason, Field(description="法律、法规或文件依据")]
    effective_on: Annotated[date | None, Field(description="希望生效的日期")] = None


class ReviewDecision(Input):
    """What a list's owner decides; a rejection needs its opinion."""

    decision: Literal["approve", "reject"]
    opinion: Annotated[str, Field(max_length=2000)] = ""


class PublicationDecision(Input):
    """What the office decides. Without a date an approval is in force at once."""

    decision: Literal["approve", "reject"] = "approve"
    effective_on: date | None = None
    reason: Annotated[str, Field(max_length=2000)] = ""


class Withdrawal(Input):
    """Why a proposal is taken back."""

    reason: Reason


class ChangeQuery(PageQuery):
    """`queue` is the caller's own work; without it, everything the caller may see."""

    queue: Literal["review", "approval"] | None = None


class ListView(Output):
    """A list: what it is, who keeps it."""

    list: str
    title: str
    owner: str | None
    source: str


class Lists(Output):
    """All lists."""

    items: list[ListView]


class EntryView(Output):
    """One line of a list."""

    kind: str
    ref: str
    name: str
    basis: str
    since: str
    source: str
    standard: str
    amount_fen: int | None


class ListPage(ListView):
    """One page of a list."""

    items: list[EntryView]
    next_cursor: str | None


class EntryIn(Input):
    """A line as the list's owner writes it."""

    name: Annotated[str, Field(min_length=1, max_length=200)]
    basis: Annotated[str, Field(min_length=1, max_length=1000, description="依据")]
    standard: Annotated[str, Field(max_length=500, description="收费或基金的标准")] = ""
    amount_fen: Annotated[int | None, Field(ge=0, description="定额(分)")] = None


class StrikeQuery(Input):
    """Why a line is struck off."""

    reason: Reason


class Moved(Output):
    """What a line's coming or going did: the items put in force again, or closed."""

    items: list[str]


class PostedCatalogue(BaseModel):
    """Somebody's catalogue, in either shape of `docs/catalogue.md`; empty for our own."""

    model_config = ConfigDict(extra="allow", defer_build=True)
    items: list[Any] | None = None

    @classmethod
    def model_validate_json(cls, json_data: str | bytes | bytearray, **options: Any) -> Self:
        """No body at all asks for our own catalogue, as an empty one does."""
        return super().model_validate_json(json_data or b"{}", **options)


class DeviationView(Output):
    """A unit that differs from the standard record in what is not local."""

    base_code: str
    code: str
    body_name: str
    standard_code: str
    differences: list[dict[str, str]]


class Deviations(Output):
    """The units that differ; empty when clause 13 holds."""

    items: list[DeviationView]


@bp.route("/v1/item-changes", methods=["POST"], authorizer=jwt_authorizer)
@view(act="item_change.propose", body=ProposedChange, status=201, summary="提出事项变更")
def propose(call: Call[ProposedChange]) -> Reply:
    """File a change. What is wrong with it, or would ask senseless proofs, is refused here."""
    change = change_service.propose(call.principal, _proposal(call.body), _request(call))
    return _change(change, {"Location": f"/v1/item-changes/{change['id']}"})


@bp.route("/v1/item-changes/preview", methods=["POST"], authorizer=jwt_authorizer)
@view(act="item_change.propose", body=ProposedChange, summary="检查拟提出的事项变更")
def preview(call: Call[ProposedChange]) -> dict[str, Any]:
    """What the reviewers of a proposal would be shown, or what is wrong with it. Nothing is filed."""
    return change_service.preview(call.principal, _proposal(call.body))


@bp.route("/v1/item-changes", methods=["GET"], authorizer=jwt_authorizer)
@view(act="item_change.read", query=ChangeQuery, returns=Page[Any], summary="事项变更列表")
def list_changes(call: Call[None, ChangeQuery]) -> dict[str, Any]:
    """The caller's queue by due day, or the changes that the caller may see by day of filing."""
    queue = _queue(call)
    name = f"item-changes:{queue}"
    start = decode_cursor(call.query.cursor, name)
    rows, following = queue_page(queue, call.query.limit, start)
    return {"items": rows, "next_cursor": encode_cursor(following, name)}


@bp.route("/v1/item-changes/{change_id}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="item_change.read", summary="事项变更详情")
def read_change(call: Call, change_id: str) -> Reply:
    """A change with its checks, its reviews and its log."""
    return _change(change_service.read(call.principal, change_id))


@bp.route("/v1/item-changes/{change_id}/review", methods=["POST"], authorizer=jwt_authorizer)
@view(act="item_change.review", body=ReviewDecision, summary="清单主管单位审核")
def review_change(call: Call[ReviewDecision], change_id: str) -> Reply:
    """The owner of a list that the change touches approves it, or sends it back."""
    _expect(call, change_id)
    asked = call.body
    approved = asked.decision == "approve"
    request = _request(call)
    return _change(
        change_service.review(call.principal, change_id, approved, asked.opinion, request)
    )


@bp.route("/v1/item-changes/{change_id}/publication", methods=["POST"], authorizer=jwt_authorizer)
@view(act="item_change.publish", body=PublicationDecision, summary="审定并公布")
def publish_change(call: Call[PublicationDecision], change_id: str) -> Reply:
    """The office approves, for a date or at once, or sends it back."""
    _expect(call, change_id)
    asked, request = call.body, _request(call)
    if asked.decision == "reject":
        return _change(change_service.reject(call.principal, change_id, asked.reason, request))
    return _change(change_service.approve(call.principal, change_id, asked.effective_on, request))


@bp.route("/v1/item-changes/{change_id}/withdrawal", methods=["POST"], authorizer=jwt_authorizer)
@view(act="item_change.withdraw", body=Withdrawal, summary="撤回事项变更")
def withdraw_change(call: Call[Withdrawal], change_id: str) -> Reply:
    """The department takes its proposal back."""
    _expect(call, change_id)
    return _change(
        change_service.withdraw(call.principal, change_id, call.body.reason, _request(call))
    )


@bp.route("/v1/lists", methods=["GET"], authorizer=jwt_authorizer)
@view(act="list.read", returns=Lists, summary="清单目录")
def read_lists(_call: Call) -> dict[str, Any]:
    """The lists, with who keeps each."""
    return {"items": [_listing(kind) for kind in ListKind]}


@bp.route("/v1/lists/{listing}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="list.read", query=PageQuery, returns=ListPage, summary="清单")
def read_list(call: Call[None, PageQuery], listing: str) -> dict[str, Any]:
    """One page of a list, by reference: one Query."""
    kind = list_named(listing)
    cursor_name = f"list:{kind}"
    start = decode_cursor(call.query.cursor, cursor_name)
    entries, after = list_store.page(kind, call.query.limit, start["after"] if start else None)
    return _listing(kind) | {
        "items": [entry.to_dict() for entry in entries],
        "next_cursor": encode_cursor({"after": after} if after else None, cursor_name),
    }


@bp.route("/v1/lists/{listing}/{ref}", methods=["PUT"], authorizer=jwt_authorizer)
@view(act="list.write", body=EntryIn, returns=Moved, summary="列入清单")
def put_entry(call: Call[EntryIn], listing: str, ref: str) -> dict[str, Any]:
    """Put a line on a list; items of that base code are in force again."""
    asked = call.body
    line = list_keeping.Line(asked.name, asked.basis, asked.standard, asked.amount_fen)
    return {"items": list_keeping.enter(call.principal, list_named(listing), ref, line)}


@bp.route("/v1/lists/{listing}/{ref}", methods=["DELETE"], authorizer=jwt_authorizer)
@view(act="list.write", query=StrikeQuery, returns=Moved, summary="移出清单")
def strike_entry(call: Call[None, StrikeQuery], listing: str, ref: str) -> dict[str, Any]:
    """Strike a line off a list: its items are closed, its charge can no longer be made."""
    kind = list_named(listing)
    return {"items": list_keeping.strike(call.principal, kind, ref, call.query.reason)}


@bp.route("/v1/catalogue/check", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="catalogue.check",
    body=PostedCatalogue,
    summary="证明检查",
    body_limit=LARGEST_CATALOGUE,
)
def check_catalogue(call: Call[PostedCatalogue]) -> dict[str, Any]:
    """Check the catalogue in force, or a posted one, for proofs that make no sense."""
    posted = call.body.model_dump(exclude_unset=True)
    if posted:
        return check(of_document(posted)).to_dict()
    catalogue = of_items(list(publication.in_force(call.now)), store.certificate_types())
    return check(catalogue).to_dict()


@bp.route("/v1/catalogue/deviations", methods=["GET"], authorizer=jwt_authorizer)
@view(act="list.read", returns=Deviations, summary="标准不统一的单位")
def read_deviations(call: Call) -> dict[str, Any]:
    """The units whose record differs from the standard in what clause 13 wants the same."""
    found = deviations(publication.in_force(call.now))
    return {"items": [each.to_dict() for each in found]}


def _proposal(asked: ProposedChange) -> Proposal:
    return Proposal(
        action=Action(asked.action),
        reason=asked.reason,
        legal_basis=asked.legal_basis,
        item_code=asked.item_code,
        item=asked.item,
        wished_on=asked.effective_on,
    )


def _request(call: Call[Any]) -> Request:
    return Request(call.principal.account, call.idempotency_key, call.fingerprint)


def _change(change: dict[str, Any], headers: dict[str, str] | None = None) -> Reply:
    return Reply(change, headers=headers or {}, etag=str(change["version"]))


def _expect(call: Call[Any], change_id: str) -> None:
    if call.if_match is not None:
        call.expect_version(change_store.read(change_id).version)


def _queue(call: Call[None, ChangeQuery]) -> str:
    """The queue that the caller's question and roles name. Raises Forbidden, NotFound."""
    roles, organisation = call.principal.roles, call.principal.organisation
    if call.query.queue == "review":
        if LIST_OWNER not in roles or organisation is None:
            raise NotFound("只有清单主管单位有审核队列")
        return f"review#{organisation}"
    if call.query.queue == "approval":
        if OFFICE not in roles:
            raise NotFound("只有政务服务改革管理办公室有审定队列")
        return "approval#office"
    if roles & {LIST_OWNER, OFFICE, SUPERVISOR}:
        return "changes#all"
    require(call.principal, "item_change.read", Resource(organisation=organisation))
    return f"changes#{organisation}" if ITEM_EDITOR in roles else "changes#none"


def _listing(kind: ListKind) -> dict[str, Any]:
    listing = LISTS[kind]
    return {
        "list": str(kind),
        "title": listing.title,
        "owner": _owner(kind),
        "source": listing.source,
    }


def _owner(kind: ListKind) -> str | None:
    try:
        return owner_of(kind)
    except Conflict:
        return None
