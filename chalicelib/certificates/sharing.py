"""May this department read this certificate in this case, and which items of it; pure.

A department reads because it acts on this holder in an open case. What it then sees follows from
the type's sharing class (国发〔2016〕51号) and from what the item's version declares that it needs:

| class | declared as a material | not declared |
|---|---|---|
| unconditional | the declared items | plain items, nothing of the holder |
| conditional | the declared items | refused |
| not shared | the issuer alone | the issuer alone |

The certificate that the case itself yielded is shown whole to those who deliver it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from chalicelib.certificates.model import (
    HOLDER_NAME,
    HOLDER_NUMBER,
    Certificate,
    CertificateType,
    ShareClass,
)
from chalicelib.certificates.ports import CaseTie
from chalicelib.core.errors import InvalidInput

PURPOSE_LIMIT = 200  # characters, as in a published client of the national interface
_NUMBERS = re.compile(r"[0-9]{17}[0-9Xx]|1[3-9][0-9]{9}")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads, as far as sharing goes: the body's key and social credit code, and the point."""

    organisation: str | None
    uscc: str
    point: str | None


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, in words that the reader is told and that the log keeps."""

    reason: str


def require_purpose(purpose: str, case_no: str, at: str = "") -> None:
    """Raise InvalidInput unless the purpose is given, short and free of personal numbers.

    `at` is the pointer of what holds both: empty for a body, `/query` for a query.
    """
    if not purpose.strip():
        raise InvalidInput.at(f"{at}/purpose", "查询证照须写明事由")
    if len(purpose) > PURPOSE_LIMIT:
        raise InvalidInput.at(f"{at}/purpose", f"事由不超过{PURPOSE_LIMIT}字")
    if _NUMBERS.search(purpose):
        raise InvalidInput.at(f"{at}/purpose", "事由中不要填写身份证号码或手机号码")
    if not case_no.strip():
        raise InvalidInput.at(f"{at}/case_no", "查询证照须写明办件编号")


def tied(reader: Reader, holder: str, tie: CaseTie | None) -> Refusal | None:
    """Why this reader does not act on this holder in this case; None if he does."""
    if tie is None:
        return Refusal("没有这个办件")
    acts = reader.organisation in tie.organisations or reader.point in tie.points
    if not acts:
        return Refusal("本单位没有办理这个办件")
    if holder not in tie.holders:
        return Refusal("这个办件与该持证主体无关")
    if not tie.open:
        return Refusal("办件已经办结,不能再以此查询证照")
    return None


def shown(
    reader: Reader, certificate: Certificate, kind: CertificateType, tie: CaseTie
) -> frozenset[str] | Refusal:
    """The items of a certificate that the reader may see, or why none."""
    if certificate.case_no == tie.case_no and certificate.source == "case":
        return frozenset(certificate.fields) | kind.personal_fields
    issuer = reader.uscc in kind.issuers
    if kind.share_class is ShareClass.NOT_SHARED and not issuer:
        return Refusal(f"“{kind.name}”不予共享,请向颁发机构发起信息征询")
    if kind.code in tie.needs:
        needed = tie.needs[kind.code]
        if needed is None:
            return frozenset(certificate.fields) | {HOLDER_NAME, HOLDER_NUMBER}
        return needed
    if kind.share_class is ShareClass.UNCONDITIONAL or issuer:
        return frozenset(certificate.fields)
    return Refusal(f"本事项的材料清单没有“{kind.name}”,不能查询")
