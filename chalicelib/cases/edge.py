"""Between a request and the cases room: what a call asks for, one act done, the case as answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chalicelib.aws.documents import read_document_token
from chalicelib.cases import forms, intake, service, store, views
from chalicelib.cases.model import Case
from chalicelib.cases.recording import Request
from chalicelib.core.errors import InvalidInput
from chalicelib.core.principal import Principal
from chalicelib.http.view import Call, Reply


def request_of(call: Call[Any, Any]) -> Request:
    """By what a repetition of this call is known."""
    return Request.of(call.principal.account, call.idempotency_key, call.fingerprint)


def version_asked(call: Call[Any, Any]) -> int | None:
    """The version that an `If-Match` names; one that is no version matches nothing."""
    tag = call.if_match
    if tag is None or tag == "*":
        return None
    return int(tag) if tag.isdecimal() else 0


def attachments_of(
    given: Sequence[forms.MaterialIn], principal: Principal
) -> list[intake.Attachment]:
    """What was handed in. Raises InvalidInput with the pointer of an entry that will not do."""
    return [_attachment(entry, index, principal) for index, entry in enumerate(given)]


def _attachment(entry: forms.MaterialIn, index: int, principal: Principal) -> intake.Attachment:
    pointer = f"/materials/{index}"
    if (entry.document is None) == (entry.certificate is None):
        raise InvalidInput.at(
            pointer, "每份材料请提供上传文件(document)或证照标识(certificate)其中之一。"
        )
    if entry.certificate is not None:
        return intake.Attachment(entry.material_id, certificate=entry.certificate)
    found = read_document_token(entry.document or "", principal, f"{pointer}/document")
    return intake.Attachment(
        entry.material_id, found.name, found.key, found.sha256, found.size, found.content_type
    )


def do(
    call: Call[Any, Any],
    no: str,
    name: str,
    decide: service.Decide,
    beside: Callable[[store.Append], None] | None = None,
) -> Reply:
    """Do one act and answer the case as it stands behind it."""
    case = service.act(
        call.principal,
        no,
        name,
        decide,
        request=request_of(call),
        if_match=version_asked(call),
        beside=beside,
    )
    return shown(case, call.principal)


def shown(case: Case, principal: Principal) -> Reply:
    """The case as this person may see it, under its version."""
    return Reply(views.case_view(case, principal), etag=str(case.version))
