"""A case's documents and dossier: gathered from the stores, signed, kept as one archive.

The archive is built once for each state of a case: its key ends in the chain's head, and the first
one written stays. It is streamed: one material at a time is in memory, and parts of a multipart
upload. An upload that broke off is cleared away by the bucket's lifecycle rule.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from chalicelib.aws import documents, signing
from chalicelib.aws.settings import settings
from chalicelib.cases import recording, service, store, views
from chalicelib.cases.dossier import (
    MANIFEST,
    SIGNATURE,
    CaseFile,
    Dossier,
    Stored,
    dossier,
    signed_message,
)
from chalicelib.cases.intake import sha256_of
from chalicelib.cases.model import Case, Recorded
from chalicelib.cases.notices import Notice, addressee_of, notices
from chalicelib.cases.zipping import Packed, pack
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import document, keys, readlog, sealed, sharing
from chalicelib.certificates import service as certificates
from chalicelib.certificates.chain import Line, Outcome
from chalicelib.core.access import allows, explain
from chalicelib.core.errors import Conflict, Forbidden, Gone, NotFound
from chalicelib.core.principal import CITIZEN, Principal

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

PART_BYTES: Final = 8 * 1024 * 1024
"""Bytes of one part of an upload (S3 wants at least 5 MiB)."""

ZIP: Final = "application/zip"
OWN_PURPOSE: Final = "本人下载卷宗"


@cache
def _s3() -> S3Client:
    import boto3  # noqa: PLC0415 - import time

    return boto3.client("s3")


# --- who sees what --------------------------------------------------------------------------------


def visible(principal: Principal, no: str, act: str) -> Case:
    """The head of a case, for whoever may do `act` on it. Raises NotFound, Forbidden."""
    case = recording.read(no).case
    service.authorise(principal, act, service.resource_of(case, principal, act))
    return case


def _require_kept(case: Case) -> None:
    if case.disposed:
        raise Gone("本件已过保管期限,个人信息和材料已经销毁;销毁记录见办理过程。")


def _sees_name(principal: Principal, case: Case) -> bool:
    """Whether the table lets this person see the applicant's data in full: himself, or who acts."""
    resource = service.resource_of(case, principal, "person.reveal")
    return any(allows(principal, act, resource) for act in ("person.read", "person.reveal"))


# --- documents ------------------------------------------------------------------------------------


def documents_of(case: Case, *, masked: bool = True) -> list[Notice]:
    """Every document that the case's events asked for, in order."""
    item = catalogue.item_version(case.item_code, case.item_version)
    log, person = service.log_and_person(case.no)
    events = (recorded.event for recorded in log)
    return notices(events, item, addressee_of(person, masked=masked))


def document_for(principal: Principal, no: str, number: str, now: datetime) -> Notice:
    """One document; with the applicant's full name for himself and for those who act in the case.

    Whoever opens it in full without being the applicant leaves a line in the read log. Raises
    NotFound, Forbidden.
    """
    case = visible(principal, no, "case.read")
    full = _sees_name(principal, case)
    found = next((n for n in documents_of(case, masked=not full) if n.number == number), None)
    if found is None:
        raise NotFound("本件没有这个编号的文书。")
    if full and principal.holder != case.holder:
        purpose = f"查看{found.title}"
        line = _line(principal, case, now, act="case.read", purpose=purpose, fields=("name",))
        readlog.append(line)
    return found


def _line(
    principal: Principal,
    case: Case,
    now: datetime,
    *,
    act: str,
    purpose: str,
    fields: Sequence[str],
) -> Line:
    verdict = explain(principal, act, service.resource_of(case, principal, act))
    role = verdict.rule.role if verdict.rule else min(principal.roles, default="")
    return Line(
        at=now,
        act=act,
        outcome=Outcome.GIVEN,
        reader=service.actor_of(principal, role),
        purpose=purpose,
        case_no=case.no,
        holder=case.holder,
        identifiers=(case.certificate,) if case.certificate else (),
        fields=tuple(sorted(fields)),
    )


def material_for(principal: Principal, no: str, sha256: str, now: datetime) -> dict[str, Any]:
    """Where one uploaded material can be fetched: `url`, `expires_in` seconds, `content_type`, `size`.

    Whoever opens it without being the applicant leaves a line in the read log, and only while the
    case is in hand: afterwards there is the dossier, with a purpose. Raises NotFound, Forbidden,
    Gone once the case was disposed of.
    """
    case = visible(principal, no, "case.read_material")
    _require_kept(case)
    found = next(
        (m for m in views.materials_of(store.read_log(no)) if sha256_of(m) == sha256), None
    )
    if found is None:
        raise NotFound("本件没有这份材料。")
    if principal.holder != case.holder:
        if not case.open:
            raise Forbidden("办件已经办结,请注明事由调阅卷宗。")
        item = catalogue.item_version(case.item_code, case.item_version)
        known = item.material(found["id"])
        purpose = f"审阅材料:{known.name if known else found['id']}"
        readlog.append(
            _line(
                principal,
                case,
                now,
                act="case.read_material",
                purpose=purpose,
                fields=(found["id"],),
            )
        )
    url = documents.download_url(found["key"], found["type"], f"{no}-{found['id']}")
    return {
        "url": url,
        "expires_in": documents.DOWNLOAD_SECONDS,
        "content_type": found["type"],
        "size": found["size"],
    }


# --- the dossier ----------------------------------------------------------------------------------


def dossier_of(case: Case, now: datetime) -> Dossier:
    """The dossier of a case as its log stands. Raises Gone once the case was disposed of."""
    _require_kept(case)
    log, person = service.log_and_person(case.no)
    certificate = _certificate_file(case)
    signers = {signing.signer().public_key.key_id}
    if certificate is not None:
        signers.add(certificate["signature"]["kid"])
    file = CaseFile(
        no=case.no,
        item=catalogue.item_version(case.item_code, case.item_version),
        log=log,
        person=person,
        keys=[jwk for jwk in keys.jwks()["keys"] if jwk["kid"] in signers],
        certificate=certificate,
        found=_look_up(log),
    )
    return dossier(file, now)


def _certificate_file(case: Case) -> dict[str, Any] | None:
    """The certificate's exchange file with every item, as it was signed; no annotation."""
    if case.certificate is None:
        return None
    opened = sealed.open_sealed(certificates.get(case.certificate))
    return document.to_file(opened)


def _look_up(log: Iterable[Recorded]) -> dict[str, tuple[int, str]]:
    """Size and media type of the procedures' documents, of which the log keeps the key alone."""
    found = {}
    for recorded in log:
        key = recorded.event.data.get("document")
        if recorded.event.type == "case.procedure_finished" and key:
            head = _head(key)
            if head is None:
                raise NotFound("特别程序的结果文件不在文件库中,卷宗不完整。")
            found[key] = (int(head["ContentLength"]), str(head.get("ContentType", "")))
    return found


def _head(key: str) -> Any:
    from botocore.exceptions import ClientError  # noqa: PLC0415 - import time

    try:
        return _s3().head_object(Bucket=settings().documents_bucket, Key=key)
    except ClientError as failure:
        if failure.response["ResponseMetadata"]["HTTPStatusCode"] == 404:
            return None
        raise


# --- the archive ----------------------------------------------------------------------------------


def archive_for(principal: Principal, no: str, purpose: str, now: datetime) -> tuple[Dossier, str]:
    """The dossier and a short-lived address of its archive, which is built if it is not there.

    The archive holds the applicant's data in full: it is for the applicant, and for who acts in
    the case and says what for. Raises NotFound, Forbidden, InvalidInput for a purpose that is none,
    Conflict where a material is no longer what was handed in.
    """
    case = visible(principal, no, "dossier.download")
    own = CITIZEN in principal.roles and principal.holder == case.holder
    if not own:
        sharing.require_purpose(purpose, no)
    made = dossier_of(case, now)
    key = build(made)
    fields = ("address", "form", "id_number", "materials", "name", "phone")
    reason = OWN_PURPOSE if own else purpose
    readlog.append(
        _line(principal, case, now, act="dossier.download", purpose=reason, fields=fields)
    )
    return made, _download_address(key, no)


def build(made: Dossier) -> str:
    """The key of the archive of this very dossier; signed and written if nobody has before."""
    key = f"{documents.DOCUMENTS}/dossiers/{made.file.no}/{made.head}.zip"
    if _head(key) is None:
        _upload(key, pack(packed(made, signing.signer(), _fetched)))
    return key


def packed(
    made: Dossier, signer: signing.Signer, fetch: Callable[[Stored], bytes]
) -> Iterator[Packed]:
    """The archive's members in order, each made or fetched in its turn."""
    manifest = document.canonical(made.manifest)
    yield Packed.of(MANIFEST, manifest)
    yield Packed.of(SIGNATURE, signature_of(manifest, signer))
    for path, content in made.members():
        yield Packed.of(path, fetch(content) if isinstance(content, Stored) else content)


def signature_of(manifest: bytes, signer: signing.Signer) -> bytes:
    """`signature.json`: the manifest's hash, signed. One KMS call."""
    sha256 = hashlib.sha256(manifest).hexdigest()
    signature = {
        "kid": signer.public_key.key_id,
        "manifest_sha256": sha256,
        "value": document.b64(signer.sign(signed_message(sha256))),
    }
    return document.canonical(signature) + b"\n"


def _fetched(stored: Stored) -> bytes:
    """A kept file, if it still is what the log says: a dossier may not vouch for anything else."""
    content = documents.fetch(stored.key)
    if hashlib.sha256(content).hexdigest() != stored.sha256 or len(content) != stored.size:
        raise Conflict("有一份材料与收件时的摘要不符,卷宗未生成,请联系监察窗口。")
    return content


def _upload(key: str, chunks: Iterable[bytes]) -> None:
    """Write an object that is not there yet, from a stream; another hand's first one is as good."""
    from botocore.exceptions import ClientError  # noqa: PLC0415 - import time

    parts = _parts(chunks)
    first, second = next(parts, b""), next(parts, None)
    where: dict[str, Any] = {"Bucket": settings().documents_bucket, "Key": key}
    kept: dict[str, Any] = {"ContentType": ZIP, "ContentDisposition": "attachment"}
    try:
        if second is None:
            _s3().put_object(**where, **kept, Body=first, IfNoneMatch="*")
        else:
            _upload_parts(where, kept, itertools.chain((first, second), parts))
    except ClientError as failure:
        if failure.response["Error"]["Code"] not in ("PreconditionFailed", "412"):
            raise


def _upload_parts(where: dict[str, Any], kept: dict[str, Any], parts: Iterable[bytes]) -> None:
    begun = _s3().create_multipart_upload(**where, **kept)
    upload = {**where, "UploadId": begun["UploadId"]}
    done: list[Any] = []
    for number, part in enumerate(parts, start=1):
        answer = _s3().upload_part(**upload, PartNumber=number, Body=part)
        done.append({"PartNumber": number, "ETag": answer["ETag"]})
    _s3().complete_multipart_upload(**upload, MultipartUpload={"Parts": done}, IfNoneMatch="*")


def _parts(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in pieces of PART_BYTES, the last one shorter."""
    waiting = bytearray()
    for chunk in chunks:
        waiting += chunk
        while len(waiting) >= PART_BYTES:
            yield bytes(waiting[:PART_BYTES])
            del waiting[:PART_BYTES]
    if waiting:
        yield bytes(waiting)


def _download_address(key: str, no: str) -> str:
    """An address that downloads the archive for five minutes; it names the case, not the person."""
    return documents._signer().generate_presigned_url(
        "get_object",
        Params={
            "Bucket": settings().documents_bucket,
            "Key": key,
            "ResponseContentType": ZIP,
            "ResponseContentDisposition": f'attachment; filename="dossier-{no}.zip"',
        },
        ExpiresIn=documents.DOWNLOAD_SECONDS,
    )
