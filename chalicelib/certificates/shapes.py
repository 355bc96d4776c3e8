"""What the certificates' HTTP takes and gives."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import Field

from chalicelib.certificates import checks
from chalicelib.certificates.chain import Line
from chalicelib.certificates.imports import Format, Import
from chalicelib.certificates.materials import Offer, Offers
from chalicelib.certificates.model import Certificate, CertificateType
from chalicelib.certificates.presenting import Verified
from chalicelib.certificates.status import Status, label
from chalicelib.core.masking import mask_serial
from chalicelib.core.time import to_text
from chalicelib.http.schema import Input, Output

LARGEST_IMPORT = 2 * 1024**3  # bytes

Identifier = Annotated[str, Field(min_length=1, max_length=160, description="证照标识 GB/T 36904")]
Purpose = Annotated[str, Field(max_length=400, description="事由")]
CaseNo = Annotated[str, Field(max_length=40, description="办件编号")]


class Reason(Input):
    """Why, and in which case: every reading by a department says both."""

    purpose: Purpose = ""
    case_no: CaseNo = ""


class Search(Reason):
    holder: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", description="持证主体的密钥摘要")]
    type: Annotated[str | None, Field(max_length=21, description="证照类型代码")] = None


class Verification(Input):
    """Either an identifier with the items to compare, or a code that the holder shows."""

    identifier: Identifier | None = None
    check: Annotated[dict[str, str], Field(max_length=10, description="要比对的照面项")] = Field(
        default_factory=dict
    )
    presentation_code: Annotated[str | None, Field(max_length=64)] = None


class EqualsCheck(Input):
    kind: Literal["equals"]
    field: str
    value: str

    def question(self) -> checks.Question:
        return checks.Equals(self.field, self.value)


class BelongsCheck(Input):
    """Do name and number belong together?"""

    kind: Literal["belongs"]
    name: str
    number: str

    def question(self) -> checks.Question:
        return checks.Belongs(self.name, self.number)


class AgeCheck(Input):
    kind: Literal["age_at_least"]
    years: Annotated[int, Field(ge=0, le=150)]
    on: date

    def question(self) -> checks.Question:
        return checks.AgeAtLeast(self.years, self.on)


class ValidityCheck(Input):
    kind: Literal["valid_on"]
    on: date

    def question(self) -> checks.Question:
        return checks.ValidOn(self.on)


Check = Annotated[
    EqualsCheck | BelongsCheck | AgeCheck | ValidityCheck, Field(discriminator="kind")
]


class CheckRequest(Reason):
    identifier: Identifier
    checks: Annotated[list[Check], Field(min_length=1, max_length=10)]


class StatusChange(Input):
    status: Annotated[str, Field(max_length=2, description="证照状态代码")]
    basis: Annotated[str, Field(max_length=400, description="变更依据")]


class PresentationRequest(Input):
    fields: Annotated[list[str], Field(max_length=40, description="出示哪些照面项")]


class ImportRequest(Input):
    format: Format
    size: Annotated[int, Field(ge=0, le=LARGEST_IMPORT, description="文件字节数")]


class Client(Input):
    """Whom a clerk has in front of him: number and name must belong together."""

    id_type: Literal["111", "001"] = "111"
    id_number: Annotated[str, Field(min_length=1, max_length=18)]
    name: Annotated[str, Field(min_length=1, max_length=100)]


class PrefillRequest(Input):
    """What the store holds for this client and this item. In a body, never in an address."""

    item_code: Annotated[str, Field(min_length=1, max_length=40)]
    on_behalf_of: Client


class Offered(Output):
    """A material that need not be handed in, and where it comes from.

    `certificate` is what the application attaches: `{material_id, certificate}`.
    """

    material_id: str
    material_name: str
    alternative_group: str | None
    certificate: str
    type_code: str
    name: str
    number: Annotated[str, Field(description="证照编号,仅留末四位")]
    issuer_name: str
    issued_on: date
    valid_from: date
    valid_to: date | None
    grade: str
    grade_label: str

    @classmethod
    def of(cls, offer: Offer) -> Offered:
        material, certificate = offer.material, offer.certificate
        return cls(
            material_id=material.id,
            material_name=material.name,
            alternative_group=material.alternative_group,
            certificate=certificate.identifier,
            type_code=certificate.type_code,
            name=certificate.name,
            number=mask_serial(certificate.serial),
            issuer_name=certificate.issuer_name,
            issued_on=certificate.issued_on,
            valid_from=certificate.valid_from,
            valid_to=certificate.valid_to,
            grade=certificate.grade.value,
            grade_label=certificate.grade.label,
        )


class Prefill(Output):
    """What the store holds for an application that is being opened, in the item's order."""

    items: list[Offered]
    name_differs: Annotated[bool, Field(description="证照库中的姓名与所填姓名不一致")] = False
    next_cursor: str | None = None

    @classmethod
    def of(cls, found: Offers) -> Prefill:
        return cls(
            items=[Offered.of(each) for each in found.items], name_differs=found.name_differs
        )


class VerificationResult(Output):
    match: bool
    status: str
    status_label: str
    name: str
    issuer_name: str
    valid_from: date
    valid_to: date | None
    certificate: dict[str, Any] | None = None

    @classmethod
    def of(cls, verified: Verified) -> VerificationResult:
        return cls(
            match=verified.match,
            status=verified.status,
            status_label=verified.status_label,
            name=verified.name,
            issuer_name=verified.issuer_name,
            valid_from=verified.valid_from,
            valid_to=verified.valid_to,
            certificate=dict(verified.file) if verified.file else None,
        )


class Summary(Output):
    """A certificate without anything of its holder."""

    identifier: str
    type_code: str
    name: str
    issuer_name: str
    issued_on: date
    valid_from: date
    valid_to: date | None
    version: int
    status: str
    status_label: str
    grade: str
    case_no: str | None

    @classmethod
    def of(cls, certificate: Certificate, on: date) -> Summary:
        return cls(
            identifier=certificate.identifier,
            type_code=certificate.type_code,
            name=certificate.name,
            issuer_name=certificate.issuer_name,
            issued_on=certificate.issued_on,
            valid_from=certificate.valid_from,
            valid_to=certificate.valid_to,
            version=certificate.version,
            status=certificate.status,
            status_label=label(certificate, on),
            grade=certificate.grade.value,
            case_no=certificate.case_no,
        )


class Summaries(Output):
    items: list[Summary]
    next_cursor: str | None = None


class Presentation(Output):
    code: str
    payload: Annotated[str, Field(description="二维码内容")]
    expires_at: str
    fields: list[str]


class ReadLine(Output):
    """One line of the log about oneself: who, when, why, which items."""

    at: str
    act: str
    outcome: str
    reader: str
    reader_name: str
    role: str
    purpose: str
    case_no: str | None
    identifiers: list[str]
    fields: list[str]
    reason: str

    @classmethod
    def of(cls, line: Line, reader_name: str) -> ReadLine:
        return cls(
            at=to_text(line.at),
            act=line.act,
            outcome=line.outcome.value,
            reader=line.reader.account,
            reader_name=reader_name,
            role=line.reader.role,
            purpose=line.purpose,
            case_no=line.case_no,
            identifiers=list(line.identifiers),
            fields=list(line.fields),
            reason=line.reason,
        )


class ReadLines(Output):
    items: list[ReadLine]
    next_cursor: str | None = None


class Answers(Output):
    answers: list[bool]


class StatusShown(Output):
    identifier: str
    status: str
    status_label: str

    @classmethod
    def of(cls, certificate: Certificate, on: date) -> StatusShown:
        return cls(
            identifier=certificate.identifier,
            status=Status(certificate.status).value,
            status_label=label(certificate, on),
        )


class PrintedItem(Output):
    name: str
    label: str
    value: str


class Print(Output):
    """What a window prints: the certificate in clear, its number, the QR code's content."""

    summary: Summary
    items: list[PrintedItem]
    qr: str


class TypeShown(Output):
    """One entry of the catalogue of certificate types (GB/T 36902)."""

    code: str
    name: str
    definition: str
    kind: str
    definer: str
    issuers: list[str]
    holder_kinds: list[str]
    share_class: str
    share_class_label: str
    validity_months: int | None
    fields: list[dict[str, Any]]

    @classmethod
    def of(cls, kind: CertificateType) -> TypeShown:
        return cls(
            code=kind.code,
            name=kind.name,
            definition=kind.definition,
            kind=kind.kind,
            definer=kind.definer,
            issuers=sorted(kind.issuers),
            holder_kinds=sorted(kind.holder_kinds),
            share_class=kind.share_class.value,
            share_class_label=kind.share_class.label,
            validity_months=kind.validity_months,
            fields=[
                {"name": each.name, "label": each.label, "personal": each.personal}
                for each in kind.fields
            ],
        )


class Types(Output):
    items: list[TypeShown]
    next_cursor: str | None = None


class Keys(Output):
    """A JWK set (RFC 7517)."""

    keys: list[dict[str, str]]


class ImportShown(Output):
    """How far an import is. `rows` = `stored` + `unchanged` + `rejected`, of the parts done."""

    id: str
    state: str
    format: Format
    requested_at: str
    parts: int
    parts_done: int
    rows: int
    stored: int
    unchanged: int
    rejected: int
    reason: str
    upload: dict[str, Any] | None = None
    rejects_url: str | None = None

    @classmethod
    def of(cls, job: Import, **links: Any) -> ImportShown:
        return cls(
            id=job.id,
            state=job.state.value,
            format=job.format,
            requested_at=job.requested_at,
            parts=job.parts,
            parts_done=job.parts_done,
            rows=job.rows,
            stored=job.stored,
            unchanged=job.unchanged,
            rejected=job.rejected,
            reason=job.reason,
            **links,
        )
