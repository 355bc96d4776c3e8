"""HTTP of bulk import: ask for a slot, upload the file, start, watch."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from chalice.app import Blueprint

from chalicelib.aws.settings import settings
from chalicelib.certificates import imports
from chalicelib.certificates.imports import Import, State
from chalicelib.certificates.service import actor_of, uscc_of
from chalicelib.certificates.shapes import ImportRequest, ImportShown
from chalicelib.core import access
from chalicelib.core.errors import Forbidden, InvalidInput
from chalicelib.core.principal import OFFICE, Principal
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.view import Call, view

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

bp = Blueprint(__name__)

CONTENT_TYPE = "application/octet-stream"
UPLOAD_SECONDS = 3600
DOWNLOAD_SECONDS = 900


@bp.route("/v1/certificate-imports", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="certificate_import.create",
    body=ImportRequest,
    returns=ImportShown,
    status=201,
    summary="新建证照导入/A bulk import",
)
def create(call: Call[ImportRequest]) -> ImportShown:
    """Where to put the file; the address takes nothing but a file of the declared size."""
    organisation = call.principal.organisation
    if organisation is None:
        raise Forbidden("只有单位账号可以导入证照")
    access.require(
        call.principal, "certificate_import.create", access.Resource(organisation=organisation)
    )
    job = imports.create(
        imports.id_of(call.principal.account, call.idempotency_key),
        organisation=organisation,
        issuer=_issuer(call.principal, organisation),
        format_=call.body.format,
        fingerprint=call.fingerprint,
        now=call.now,
    )
    return ImportShown.of(
        job, upload=_upload(job, call.body.size) if job.state is State.AWAITING_FILE else None
    )


@bp.route("/v1/certificate-imports/{import_id}/start", methods=["POST"], authorizer=jwt_authorizer)
@view(
    act="certificate_import.create",
    returns=ImportShown,
    status=202,
    summary="开始或继续导入/Start or resume",
)
def start(call: Call, import_id: str) -> ImportShown:
    """Start once the file is there, or again after a failure: finished parts are passed over."""
    job = _visible(call.principal, import_id, "certificate_import.create")
    if job.state is State.AWAITING_FILE and not _uploaded(job):
        raise InvalidInput("文件尚未上传")
    return ImportShown.of(imports.start(job, actor_of(call.principal), call.now))


@bp.route("/v1/certificate-imports/{import_id}", methods=["GET"], authorizer=jwt_authorizer)
@view(act="certificate_import.read", returns=ImportShown, summary="导入进度/Progress of an import")
def show(call: Call, import_id: str) -> ImportShown:
    """Counts as they grow; at the end, a short-lived address of the rejects."""
    job = _visible(call.principal, import_id, "certificate_import.read")
    rejects = job.state is State.DONE and job.rejected > 0
    return ImportShown.of(job, rejects_url=_download(job.rejects_key) if rejects else None)


def _visible(principal: Principal, import_id: str, act: str) -> Import:
    job = imports.read(import_id)
    access.require(principal, act, access.Resource(organisation=job.organisation))
    return job


def _issuer(principal: Principal, organisation: str) -> str | None:
    """Whose certificates rows may be: one's own body's, or any for the office."""
    if OFFICE in principal.roles:
        return None
    uscc = uscc_of(organisation)
    if not uscc:
        raise Forbidden("本单位没有统一社会信用代码,不能导入证照")
    return uscc


def _upload(job: Import, size: int) -> dict[str, Any]:
    """Where to put the file, once, within the hour: of exactly the declared size."""
    url = _signer().generate_presigned_url(
        "put_object",
        Params={
            "Bucket": settings().documents_bucket,
            "Key": job.file_key,
            "ContentType": CONTENT_TYPE,
            "ContentLength": size,
        },
        ExpiresIn=UPLOAD_SECONDS,
    )
    return {"method": "PUT", "url": url, "headers": {"Content-Type": CONTENT_TYPE}}


def _uploaded(job: Import) -> bool:
    client = _signer()
    try:
        client.head_object(Bucket=settings().documents_bucket, Key=job.file_key)
    except client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in ("404", "NoSuchKey", "NotFound"):
            return False
        raise
    return True


def _download(key: str) -> str:
    return _signer().generate_presigned_url(
        "get_object",
        Params={"Bucket": settings().documents_bucket, "Key": key},
        ExpiresIn=DOWNLOAD_SECONDS,
    )


@cache
def _signer() -> S3Client:
    import boto3  # noqa: PLC0415 - import time
    from botocore.config import Config  # noqa: PLC0415 - import time

    endpoint = settings().documents_endpoint or None
    addressing: Any = {"addressing_style": "path" if endpoint else "virtual"}
    config = Config(
        signature_version="s3v4",
        s3=addressing,
        # By default botocore would sign a checksum of the body, which here is not known yet.
        request_checksum_calculation="when_required",
    )
    return boto3.client("s3", endpoint_url=endpoint, config=config)
