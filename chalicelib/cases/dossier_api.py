"""A case's documents and its dossier over HTTP: lists, one document, the archive to download."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.aws.documents import DOWNLOAD_SECONDS
from chalicelib.cases import archive
from chalicelib.cases.notices import Notice
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input, Output, Page
from chalicelib.http.view import Call, Reply, view

bp = Blueprint(__name__)

NOT_KEPT = {"Cache-Control": "no-store"}


class DocumentRow(Output):
    """One document of a case; the addressee is masked."""

    number: str
    kind: str
    title: str
    on: Annotated[date, Field(description="文书日期(Asia/Shanghai)")]
    seq: Annotated[int, Field(description="所依据的办理记录序号")]
    addressee: str


class DocumentShown(DocumentRow):
    """A document in full; the addressee's whole name only for the applicant and who acts."""

    organisation: str
    paragraphs: list[str]
    seal_note: str


class DossierEntry(Output):
    """One thing in the dossier. `link` is the chain's value up to and over it (SHA-256, hex)."""

    name: str
    kind: str
    title: str
    at: str
    size: int
    sha256: str
    link: str


class DossierShown(Output):
    """What the dossier holds as the case stands; `final` once the case is closed."""

    case_no: str
    final: bool
    item_code: str
    item_version: int
    as_of_seq: Annotated[int, Field(description="截至第几条办理记录")]
    entries: list[DossierEntry]
    head: Annotated[str, Field(description="链值:代表整份卷宗")]
    archive: Annotated[str, Field(description="向此路径 POST 取得下载地址")]


class ArchiveIn(Input):
    """Staff say what they need the whole dossier for; the applicant reads it in the read log."""

    purpose: Annotated[str, Field(max_length=200, description="事由,将告知当事人")] = ""


class ArchiveOut(Output):
    """Where the archive can be downloaded, for so many seconds, as an attachment."""

    url: str
    expires_in: int
    head: str
    final: bool


class MaterialOpened(Output):
    """Where one material can be downloaded, for so many seconds, as an attachment."""

    url: str
    expires_in: int
    content_type: str
    size: Annotated[int, Field(description="字节数")]


def _row(notice: Notice) -> dict[str, object]:
    return {name: getattr(notice, name) for name in DocumentRow.model_fields}


@bp.route("/v1/cases/{no}/documents", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", returns=Page[DocumentRow], summary="办件文书")
def documents(call: Call, no: str) -> dict[str, object]:
    """Every document that the law asked for so far, in order. A case has few enough for one page."""
    case = archive.visible(call.principal, no, "case.read")
    rows = [_row(notice) for notice in archive.documents_of(case)]
    return {"items": rows, "next_cursor": None}


@bp.route("/v1/cases/{no}/documents/{number}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read", returns=DocumentShown, summary="文书内容")
def read_document(call: Call, no: str, number: str) -> Reply:
    """One document, to read and to print."""
    notice = archive.document_for(call.principal, no, number, call.now)
    shown = DocumentShown.model_validate(
        {
            **_row(notice),
            "organisation": notice.organisation,
            "paragraphs": list(notice.paragraphs),
            "seal_note": notice.seal_note,
        }
    )
    return Reply(shown, headers=NOT_KEPT)


@bp.route("/v1/cases/{no}/materials/{sha256}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="case.read_material", returns=MaterialOpened, summary="打开申请材料")
def open_material(call: Call, no: str, sha256: str) -> Reply:
    """An address of one uploaded material, for some minutes, named by its content hash."""
    opened = archive.material_for(call.principal, no, sha256, call.now)
    return Reply(MaterialOpened(**opened), headers=NOT_KEPT)


@bp.route("/v1/cases/{no}/dossier", methods=["GET"], authorizer=jwt_authorizer)
@view(act="dossier.read", returns=DossierShown, summary="卷宗目录")
def read_dossier(call: Call, no: str) -> Reply:
    """Everything in the dossier with its hash, in order, and the chain's head."""
    case = archive.visible(call.principal, no, "dossier.read")
    made = archive.dossier_of(case, call.now)
    shown = DossierShown(
        case_no=no,
        final=made.file.final,
        item_code=made.file.item.code,
        item_version=made.file.item.version,
        as_of_seq=made.file.log[-1].event.seq,
        entries=[DossierEntry.model_validate(entry.to_dict()) for entry in made.entries],
        head=made.head,
        archive=f"/v1/cases/{no}/dossier/archive",
    )
    return Reply(shown, headers=NOT_KEPT)


@bp.route("/v1/cases/{no}/dossier/archive", methods=["POST"], authorizer=jwt_authorizer)
@view(act="dossier.download", body=ArchiveIn, returns=ArchiveOut, summary="下载卷宗")
def archived(call: Call[ArchiveIn], no: str) -> Reply:
    """Build the archive if this state of the case has none yet, and answer where to download it."""
    made, url = archive.archive_for(call.principal, no, call.body.purpose, call.now)
    answer = ArchiveOut(url=url, expires_in=DOWNLOAD_SECONDS, head=made.head, final=made.file.final)
    return Reply(answer, headers=NOT_KEPT)
