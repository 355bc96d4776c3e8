"""Certificates, their types and their signatures: what the store holds and what a file carries.

Names in capitals (ZZBS, CZZT, …) are the short names of GB/T 36903; `KZ_…` are a licence's own
items. The identifier is that of GB/T 36904. Status codes are in `status.py`, the signed document
and its selective disclosure in `document.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

HOLDER_NAME = "CZZT"
HOLDER_NUMBER = "CZZTDM"
CITIZEN_NUMBER = "111"
UNIFIED_SOCIAL_CREDIT_CODE = "001"

HOLDER_KINDS: Mapping[str, str] = {
    "001": "统一社会信用代码",
    "111": "公民身份号码",
    "112": "临时居民身份证",
    "113": "户口簿",
    "114": "军官证",
    "414": "普通护照",
    "511": "台湾居民来往大陆通行证",
    "516": "港澳居民来往内地通行证",
    "553": "外国人永久居留身份证",
}
"""持证主体代码类型: 001 and 111 by GB/T 36903, the others by GA/T 2000.156 (confidence medium)."""


class ShareClass(StrEnum):
    """国发〔2016〕51号: how a certificate type may be shared between departments."""

    UNCONDITIONAL = "unconditional"
    CONDITIONAL = "conditional"
    NOT_SHARED = "not_shared"

    @property
    def label(self) -> str:
        return {
            ShareClass.UNCONDITIONAL: "无条件共享",
            ShareClass.CONDITIONAL: "有条件共享",
            ShareClass.NOT_SHARED: "不予共享",
        }[self]


class Grade(StrEnum):
    """可信等级: who answers for the content. Only A and B may stand in for a material."""

    SYSTEM_ISSUED = "A"
    ISSUER_CONFIRMED = "B"
    WINDOW_CHECKED = "C"
    SELF_UPLOADED = "D"

    @property
    def label(self) -> str:
        return {
            Grade.SYSTEM_ISSUED: "本平台签发",
            Grade.ISSUER_CONFIRMED: "颁发机构确认",
            Grade.WINDOW_CHECKED: "窗口核验",
            Grade.SELF_UPLOADED: "本人上传",
        }[self]

    @property
    def satisfies_material(self) -> bool:
        return self in (Grade.SYSTEM_ISSUED, Grade.ISSUER_CONFIRMED)


@dataclass(frozen=True, slots=True)
class TypeField:
    """One licence-specific item (`KZ_…`) that certificates of a type carry."""

    name: str
    label: str
    personal: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class CertificateType:
    """证照目录 (GB/T 36902): a kind of certificate, who defines it, who issues it, to whom.

    `code` has 21 characters: the definer's unified social credit code and a serial of three.
    `issuers` are the unified social credit codes that may issue it; `validity_months` None means
    for good. An empty `fields` leaves the licence's own items open.
    """

    code: str
    name: str
    definition: str
    kind: str
    issuers: frozenset[str]
    holder_kinds: frozenset[str]
    share_class: ShareClass
    validity_months: int | None = None
    fields: tuple[TypeField, ...] = ()
    root_credential: bool = False

    @property
    def definer(self) -> str:
        return self.code[:18]

    @property
    def personal_fields(self) -> frozenset[str]:
        own = {each.name for each in self.fields if each.personal}
        return frozenset(own | {HOLDER_NAME, HOLDER_NUMBER})


@dataclass(frozen=True, slots=True)
class Signature:
    """The issuer's signature over a tree of documents of which this one is a leaf.

    `value` signs the root; `path` leads from this document's leaf to it, one 33-byte step a level
    (side, then the sibling's hash). A document signed alone has an empty path. `key_id` is the
    RFC 7638 thumbprint of the public key.
    """

    key_id: str
    value: bytes
    path: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Certificate:
    """One version of one certificate, as the store keeps it.

    `holder` is the keyed hash of the holder's number; name, number and other personal items are in
    `sealed` alone, with the seed of the disclosure salts. `fields` are the licence's plain items.
    Dates are Asia/Shanghai days; `valid_to` is the last valid day, None for good.
    """

    identifier: str
    type_code: str
    issuer_uscc: str
    serial: str
    version: int
    name: str
    issuer_name: str
    holder: str
    holder_kind: str
    issued_on: date
    valid_from: date
    valid_to: date | None
    fields: Mapping[str, str]
    sealed: bytes
    signature: Signature
    status: str = "01"
    grade: Grade = Grade.SYSTEM_ISSUED
    source: str = ""
    case_no: str | None = None

    @property
    def lineage(self) -> str:
        """What its versions have in common."""
        return f"{self.type_code}.{self.issuer_uscc}.{self.serial}"


@dataclass(frozen=True, slots=True)
class Opened:
    """A certificate with its seal broken: for one answer, never to be stored or logged."""

    certificate: Certificate
    personal: Mapping[str, str] = field(repr=False)
    seed: bytes = field(repr=False)

    @property
    def claims(self) -> dict[str, str]:
        """Every item that can be disclosed or withheld, personal ones included."""
        return {**self.certificate.fields, **self.personal}
