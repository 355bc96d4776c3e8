"""Making the certificate 制证: signed, stored and recorded in one transaction.

Property 3 stands by construction: the only event that lets a granted case with a result go on is
written in the same transaction as the certificate itself.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import date

from chalicelib.aws.settings import clock
from chalicelib.cases import service, store
from chalicelib.cases.lifecycle import store_certificate
from chalicelib.cases.model import Case, Stage
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import service as certificates
from chalicelib.certificates import store as certificate_store
from chalicelib.certificates.model import Certificate
from chalicelib.network import service as network


def valid_until(start: date, months: int | None) -> date | None:
    """The last day of a validity of so many months (民法典 202), or None where it has no end."""
    if months is None:
        return None
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def _prepare(case: Case) -> Certificate:
    item = catalogue.item_version(case.item_code, case.item_version)
    if item.result is None:
        raise ValueError(f"{case.item_code} yields no certificate")
    issuer = network.organisation(case.body)
    person = service.person_of(case.no)
    now = clock().now()
    return certificates.prepare(
        type_code=item.result.certificate_type,
        holder=case.holder,
        holder_kind=person["id_type"],
        issuer_uscc=issuer.uscc,
        issuer_name=issuer.name,
        serial=case.no.replace("-", ""),
        issued_at=now,
        valid_from=now.date(),
        valid_to=valid_until(now.date(), item.result.validity_months),
        fields={},
        personal={"CZZT": person["name"], "CZZTDM": person["id_number"]},
        case_no=case.no,
    )


def issue(no: str) -> Case:
    """Store the certificate that a granted case owes, once, and answer the head afterwards."""
    for _ in range(service.ATTEMPTS):
        head = service.read(no)
        if head.case.stage is not Stage.CERTIFICATE:
            return head.case
        certificate = _prepare(head.case)

        def beside(write: store.Append, certificate: Certificate = certificate) -> None:
            certificate_store.add_to(write.transaction, certificate)

        drafts = store_certificate(head.case, certificate.identifier)
        try:
            return service.append(head, drafts, service.THE_SYSTEM, beside=beside)
        except store.Moved:
            continue
    raise RuntimeError(f"{no} kept moving while its certificate was made")
