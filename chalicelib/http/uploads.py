"""Uploads: a slot to put one file into, and its completion."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from chalice.app import Blueprint
from pydantic import Field

from chalicelib.aws import documents
from chalicelib.core.time import SHANGHAI
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.schema import Input, Output
from chalicelib.http.view import Call, view

bp = Blueprint(__name__)


class UploadRequest(Input):
    """The file that is going to be uploaded."""

    name: Annotated[str, Field(min_length=1, max_length=255, description="文件名")]
    content_type: Annotated[str, Field(max_length=100, examples=["application/pdf"])]
    size: Annotated[int, Field(ge=1, description="字节数")]
    sha256: Annotated[
        str | None, Field(pattern=r"^[0-9a-f]{64}$", description="内容的 SHA-256,给出时由存储核对")
    ] = None


class UploadSlot(Output):
    """Send the file to `url` by `method` with exactly these `headers`, before `expires_at`."""

    upload_id: str
    url: str
    method: str
    headers: dict[str, str]
    expires_at: datetime


class UploadedDocument(Output):
    """`document` is the token to hand in with a case; the rest is what was found in the file."""

    document: str
    name: str
    sha256: str
    size: int
    content_type: str


@bp.route("/v1/uploads", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="upload.create",
    body=UploadRequest,
    returns=UploadSlot,
    status=201,
    summary="申请上传位置",
)
def create_upload(call: Call[UploadRequest]) -> UploadSlot:
    """Opens a slot for one file: PDF, OFD, JPEG or PNG of at most 10 MB."""
    asked = call.body
    slot = documents.open_slot(
        call.principal,
        f"{call.idempotency_key} {call.fingerprint}",
        documents.Declared(asked.name, asked.content_type, asked.size, asked.sha256),
    )
    return UploadSlot(
        upload_id=slot.upload_id,
        url=slot.url,
        method=slot.method,
        headers=dict(slot.headers),
        expires_at=slot.expires_at.astimezone(SHANGHAI),
    )


@bp.route("/v1/uploads/{upload_id}/completion", methods=["POST"], authorizer=jwt_authorizer)
@view(act="upload.complete", returns=UploadedDocument, summary="完成上传")
def complete_upload(call: Call, upload_id: str) -> UploadedDocument:
    """Checks what arrived by its content and answers the token that hands it in."""
    document = documents.complete(call.principal, upload_id)
    return UploadedDocument(
        document=documents.document_token(document, call.principal),
        name=document.name,
        sha256=document.sha256,
        size=document.size,
        content_type=document.content_type,
    )
