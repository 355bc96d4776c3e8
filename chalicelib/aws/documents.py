"""Documents in S3: a slot to upload into, a check of what arrived, a token to hand it in with.

An upload lands under `uploads/`, where a lifecycle rule clears away what nobody completed.
Completing reads it once: the size and the type by content, the SHA-256 of what is really there.
Then S3 copies exactly those bytes (by entity tag) under `documents/`, to a key that ends in their
hash and that no pre-signed address can write, so what was checked is what stays. The token that
comes back names the object, its hash and its owner under a MAC: a case can take a document in
without a single call to AWS.

File names may be personal data. They travel sealed in the object's metadata and inside the token,
never in a key, an address or a log. Everything here goes by real time: the addresses are S3's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from chalicelib.aws.sealing import (
    UnreadableError,
    keyring,
    read_token,
    seal,
    sign_token,
    unseal,
)
from chalicelib.aws.settings import settings
from chalicelib.core.errors import Gone, InvalidInput, NotFound, TooLarge, WrongMediaType
from chalicelib.core.filetypes import ACCEPTED, EXTENSIONS, is_whole
from chalicelib.core.principal import Principal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

LARGEST_BYTES = 10 * 1024 * 1024
SLOT_SECONDS = 15 * 60
TOKEN_SECONDS = 30 * 24 * 3600
DOWNLOAD_SECONDS = 5 * 60
LONGEST_NAME = 120
UPLOADS = "uploads"
DOCUMENTS = "documents"
SLIP = "slip"

UPLOAD_ID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True, slots=True)
class Declared:
    """What somebody says they are going to upload (`size` in bytes, `sha256` in hex)."""

    name: str
    content_type: str
    size: int
    sha256: str | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Where and how one file may be put, once, until `expires_at` (real time)."""

    upload_id: str
    url: str
    expires_at: datetime
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "PUT"


@dataclass(frozen=True, slots=True)
class Document:
    """A checked file: its S3 key, what its owner calls it, and what it is (`size` in bytes)."""

    key: str
    name: str
    sha256: str
    size: int
    content_type: str


@cache
def _s3() -> S3Client:
    import boto3  # noqa: PLC0415 - import time

    return boto3.client("s3")


@cache
def _signer() -> S3Client:
    """The client whose addresses are given out: they name the endpoint that browsers can reach."""
    import boto3  # noqa: PLC0415 - import time
    from botocore.config import Config  # noqa: PLC0415 - import time

    endpoint = settings().documents_endpoint or None
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        config=Config(
            signature_version="s3v4",
            s3={"addressing_style": "path" if endpoint else "virtual"},
            # By default botocore would sign a checksum of the body, which here is not known yet.
            request_checksum_calculation="when_required",
        ),
    )


def open_slot(principal: Principal, repeat: str, declared: Declared) -> Slot:
    """A place to upload one file of exactly the declared size and type to.

    `repeat` identifies the request (idempotency key and fingerprint): the same one opens the same
    slot. Raises TooLarge, WrongMediaType.
    """
    if declared.size > LARGEST_BYTES:
        raise TooLarge.at("/size", f"单个文件不能超过 {LARGEST_BYTES // 1024 // 1024} MB")
    if declared.content_type not in ACCEPTED:
        raise WrongMediaType.at("/content_type", f"只接受 {'、'.join(ACCEPTED.values())} 文件")
    upload_id = _upload_id(principal, repeat)
    slip = {
        "account": principal.account,
        "name": clean_name(declared.name, declared.content_type),
        "type": declared.content_type,
        "size": declared.size,
        "sha256": declared.sha256,
    }
    metadata = {SLIP: base64.b64encode(seal(slip, _slip_context(upload_id))).decode()}
    params: dict[str, Any] = {
        "Bucket": settings().documents_bucket,
        "Key": f"{UPLOADS}/{upload_id}",
        "ContentType": declared.content_type,
        "ContentLength": declared.size,
        "Metadata": metadata,
    }
    headers = {"Content-Type": declared.content_type, f"x-amz-meta-{SLIP}": metadata[SLIP]}
    if declared.sha256 is not None:
        checksum = base64.b64encode(bytes.fromhex(declared.sha256)).decode()
        params["ChecksumSHA256"] = headers["x-amz-checksum-sha256"] = checksum
    url = _signer().generate_presigned_url("put_object", Params=params, ExpiresIn=SLOT_SECONDS)
    expires_at = datetime.fromtimestamp(int(time.time()) + SLOT_SECONDS, UTC)
    return Slot(upload_id=upload_id, url=url, expires_at=expires_at, headers=headers)


def complete(principal: Principal, upload_id: str) -> Document:
    """The document that was put into the slot, checked and moved to where it stays.

    Raises NotFound for a slot that is unknown, empty or somebody else's; WrongMediaType when the
    content is not of the declared type or broke off; InvalidInput when it is not the declared file.
    Completing twice gives the same document.
    """
    if not UPLOAD_ID.fullmatch(upload_id):
        raise NotFound("没有这个上传任务")
    content, slip, etag = _arrived(upload_id)
    if slip["account"] != principal.account:
        raise NotFound("没有这个上传任务")
    sha256 = hashlib.sha256(content).hexdigest()
    if len(content) != slip["size"] or slip["sha256"] not in (None, sha256):
        raise InvalidInput("收到的文件与申报的大小或摘要不一致,请重新上传")
    if not is_whole(content, slip["type"]):
        raise WrongMediaType(f"文件内容不是完整的 {ACCEPTED[slip['type']]},请重新上传")
    document = Document(
        key=f"{DOCUMENTS}/{upload_id}/{sha256}",
        name=slip["name"],
        sha256=sha256,
        size=len(content),
        content_type=slip["type"],
    )
    bucket = settings().documents_bucket
    _s3().copy_object(
        Bucket=bucket,
        Key=document.key,
        CopySource={"Bucket": bucket, "Key": f"{UPLOADS}/{upload_id}"},
        CopySourceIfMatch=etag,
        MetadataDirective="REPLACE",
        ContentType=document.content_type,
        ContentDisposition="attachment",
    )
    return document


def _arrived(upload_id: str) -> tuple[bytes, dict[str, Any], str]:
    """What lies in the slot: content, opened slip, entity tag."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - import time

    try:
        found = _s3().get_object(Bucket=settings().documents_bucket, Key=f"{UPLOADS}/{upload_id}")
    except ClientError as failure:
        if failure.response["Error"]["Code"] in ("NoSuchKey", "404"):
            raise NotFound("文件还没有传上来") from failure
        raise
    if found["ContentLength"] > LARGEST_BYTES:
        raise TooLarge(f"单个文件不能超过 {LARGEST_BYTES // 1024 // 1024} MB")
    try:
        sealed = base64.b64decode(found["Metadata"].get(SLIP, ""))
        slip = unseal(sealed, _slip_context(upload_id))
    except (ValueError, UnreadableError) as forged:
        raise NotFound("没有这个上传任务") from forged
    return found["Body"].read(LARGEST_BYTES + 1), slip, found["ETag"]


def document_token(document: Document, principal: Principal) -> str:
    """A token with which this account, and no other, can hand the document in for thirty days."""
    return sign_token(
        {
            "k": document.key,
            "n": document.name,
            "h": document.sha256,
            "s": document.size,
            "t": document.content_type,
            "a": principal.account,
            "e": int(time.time()) + TOKEN_SECONDS,
        },
        DOCUMENTS,
    )


def read_document_token(token: str, principal: Principal, pointer: str = "") -> Document:
    """The document that a token stands for. Calls nothing.

    Raises InvalidInput at `pointer` for a token that is forged or another account's, Gone for one
    that has expired.
    """
    claims = read_token(token, DOCUMENTS)
    if claims is None or claims["a"] != principal.account:
        raise InvalidInput.at(pointer, "材料标识无效,请重新上传")
    if claims["e"] < time.time():
        raise Gone.at(pointer, "材料上传已超过 30 天,请重新上传")
    return Document(claims["k"], claims["n"], claims["h"], claims["s"], claims["t"])


def store(key: str, content: bytes, content_type: str) -> Document:
    """Keep a file that the platform itself made (a certificate, a notice) under `documents/<key>`.

    The key is deterministic, so a repeated call writes the same object again.
    """
    document = Document(
        key=f"{DOCUMENTS}/{key}",
        name=PurePosixPath(key).name,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        content_type=content_type,
    )
    _s3().put_object(
        Bucket=settings().documents_bucket,
        Key=document.key,
        Body=content,
        ContentType=content_type,
        ContentDisposition="attachment",
    )
    return document


def fetch(key: str) -> bytes:
    """The bytes of a kept document. Raises NotFound."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - import time

    try:
        found = _s3().get_object(Bucket=settings().documents_bucket, Key=key)
    except ClientError as failure:
        if failure.response["Error"]["Code"] in ("NoSuchKey", "404"):
            raise NotFound("没有这份文件") from failure
        raise
    return found["Body"].read()


def destroy(key: str, *, everything_below: bool = False) -> int:
    """Delete a kept document in every version that the bucket holds; how many went.

    `everything_below` takes all whose keys begin with `key`. Deleting what is gone is nothing. Raises
    ValueError for what is not a document's key, and RuntimeError where S3 kept something.
    """
    if not key.startswith(f"{DOCUMENTS}/") or key == f"{DOCUMENTS}/":
        raise ValueError("only kept documents are destroyed")
    bucket, gone = settings().documents_bucket, 0
    for page in _s3().get_paginator("list_object_versions").paginate(Bucket=bucket, Prefix=key):
        found = [
            {"Key": entry["Key"], "VersionId": entry["VersionId"]}
            for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ()))
            if everything_below or entry["Key"] == key
        ]
        if not found:
            continue
        answer = _s3().delete_objects(Bucket=bucket, Delete={"Objects": found, "Quiet": True})  # type: ignore[typeddict-item]
        if answer.get("Errors"):
            raise RuntimeError(f"{len(answer['Errors'])} versions were not deleted")
        gone += len(found)
    return gone


def download_url(key: str, content_type: str, stem: str) -> str:
    """An address that downloads the document for five minutes, always as an attachment.

    `stem` names the file for the receiver (ASCII letters, digits, `-_.`); it is part of the
    address, so it holds no personal data: a case number and a material's id, not what the citizen
    called it.
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", stem):
        raise ValueError(f"not a neutral file name: {stem!r}")
    filename = f"{stem}.{EXTENSIONS.get(content_type, 'bin')}"
    return _signer().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings().documents_bucket,
            "Key": key,
            "ResponseContentType": content_type,
            "ResponseContentDisposition": f'attachment; filename="{filename}"',
        },
        ExpiresIn=DOWNLOAD_SECONDS,
    )


def clean_name(name: str, content_type: str) -> str:
    """The file's own name without directories and unprintable characters, of bearable length."""
    base = re.split(r"[/\\]", name)[-1]
    kept = "".join(character for character in base if character.isprintable()).strip(" .")
    return kept[-LONGEST_NAME:] or f"file.{EXTENSIONS[content_type]}"


def _upload_id(principal: Principal, repeat: str) -> str:
    """Unguessable to others, the same for a repeated request."""
    subject = json.dumps([principal.account, repeat]).encode()
    return hmac.digest(keyring().fixed_key("yichuang upload"), subject, "sha256").hex()[:40]


def _slip_context(upload_id: str) -> str:
    return f"upload:{upload_id}"
