"""Annotated copies 加注件: a certificate file that names for whom and what it was made."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from chalicelib.aws import signing
from chalicelib.certificates import document, keys, status
from chalicelib.certificates.model import Opened
from chalicelib.certificates.verify import annotation_message
from chalicelib.core.time import to_text

LIFETIME = timedelta(days=7)
"""How long a copy may be relied upon as current. Our own choice: no rule was found."""


def annotated(
    opened: Opened,
    *,
    show: frozenset[str] | None,
    made_for: str,
    purpose: str,
    case_no: str | None,
    now: datetime,
) -> dict[str, Any]:
    """The file of a certificate with the items in `show` (None: all), annotated and signed.

    The annotation carries the status at `made_at`, so a reader without a network knows how old
    that knowledge is. One KMS call.
    """
    certificate = opened.certificate
    file = document.to_file(opened, show)
    annotation = {
        "made_for": made_for,
        "purpose": purpose,
        "case_no": case_no,
        "made_at": to_text(now),
        "expires_at": to_text(now + LIFETIME),
        "status_code": certificate.status,
        "status": status.label(certificate, now.date()),
    }
    signer = signing.signer()
    keys.publish(signer.public_key)
    message = annotation_message(annotation, document.signed_root(file))
    return {
        **file,
        "annotation": annotation,
        "annotation_signature": {
            "kid": signer.public_key.key_id,
            "value": document.b64(signer.sign(message)),
        },
    }
