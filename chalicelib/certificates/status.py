"""The status life of a certificate: which status may follow which, and on what basis; pure.

Codes are those of a published ministry interface specification (01 to 07, 99); "expired" is never
stored, it follows from the last valid day. 撤销 undoes an unlawful grant and 注销 ends a lawful one
(行政许可法 art. 69, 70); 吊销 is a penalty and needs its own decision.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from enum import StrEnum

from chalicelib.certificates.model import Certificate
from chalicelib.core.errors import InvalidInput

BASIS_LIMIT = 200  # characters


class Status(StrEnum):
    """证照状态."""

    VALID = "01"
    SUSPENDED = "02"
    REVOKED = "03"
    CANCELLED = "04"
    LAPSED = "05"
    TRANSFERRED = "06"
    WITHDRAWN_AS_PENALTY = "07"
    OTHER = "99"

    @property
    def label(self) -> str:
        return LABELS[self]


LABELS: Mapping[Status, str] = {
    Status.VALID: "有效",
    Status.SUSPENDED: "暂扣",
    Status.REVOKED: "撤销",
    Status.CANCELLED: "注销",
    Status.LAPSED: "失效",
    Status.TRANSFERRED: "办理转出",
    Status.WITHDRAWN_AS_PENALTY: "吊销",
    Status.OTHER: "其他",
}
EXPIRED_LABEL = "已过有效期"
NOT_YET_LABEL = "未到有效期"

_ENDS = frozenset(
    {
        Status.REVOKED,
        Status.CANCELLED,
        Status.LAPSED,
        Status.TRANSFERRED,
        Status.WITHDRAWN_AS_PENALTY,
        Status.OTHER,
    }
)
FOLLOWS: Mapping[Status, frozenset[Status]] = {
    Status.VALID: _ENDS | {Status.SUSPENDED},
    Status.SUSPENDED: _ENDS | {Status.VALID},
    # A grant that lapsed or was cancelled may still turn out unlawful; nothing else comes back.
    Status.LAPSED: frozenset({Status.REVOKED, Status.CANCELLED}),
    Status.CANCELLED: frozenset({Status.REVOKED}),
    Status.OTHER: frozenset({Status.VALID, *_ENDS}) - {Status.OTHER},
}


def require_change(old: str, new: str, basis: str) -> Status:
    """The new status, or InvalidInput naming `/status` or `/basis`."""
    try:
        wanted = Status(new)
    except ValueError:
        raise InvalidInput.at("/status", "没有此证照状态") from None
    if not basis.strip() or len(basis) > BASIS_LIMIT:
        raise InvalidInput.at("/basis", f"须写明变更状态的依据,不超过{BASIS_LIMIT}字")
    if wanted not in FOLLOWS.get(Status(old), frozenset()):
        raise InvalidInput.at("/status", f"“{Status(old).label}”的证照不能变更为“{wanted.label}”")
    return wanted


def usable(certificate: Certificate, on: date) -> bool:
    """Whether a certificate may be relied upon on a day."""
    begun = certificate.valid_from <= on
    over = certificate.valid_to is not None and on > certificate.valid_to
    return certificate.status == Status.VALID and begun and not over


def label(certificate: Certificate, on: date) -> str:
    """What a reader is told about the status on a day, expiry included."""
    if certificate.status == Status.VALID:
        if certificate.valid_to is not None and on > certificate.valid_to:
            return EXPIRED_LABEL
        if on < certificate.valid_from:
            return NOT_YET_LABEL
    return Status(certificate.status).label
