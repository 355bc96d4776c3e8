"""Making the certificate 制证: signed, stored and recorded in one transaction.

Property 3 stands by construction: the only event that lets a granted case with a result go on is
written in the same transaction as the certificate itself.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from datetime import date

from chalicelib.aws.settings import clock
from chalicelib.cases import recording, service, store
from chalicelib.cases.lifecycle import store_certificate
from chalicelib.cases.model import Case, Stage
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import acts, status
from chalicelib.certificates import service as certificates
from chalicelib.certificates import store as certificate_store
from chalicelib.certificates.model import Certificate
from chalicelib.certificates.status import Status
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
    person = service.person_of(case.no)
    now = clock().now()
    start = now.date()
    end = valid_until(start, item.result.validity_months)
    owner = {"CZZT": person["name"], "CZZTDM": person["id_number"]}
    if case.concern is not None:
        previous = certificates.get(case.concern.identifier)
        return certificates.reissue(
            previous,
            issued_at=now,
            valid_from=start,
            valid_to=end,
            fields=previous.fields,
            personal=owner,
            case_no=case.no,
        )
    issuer = network.organisation(case.body)
    return certificates.prepare(
        type_code=item.result.certificate_type,
        holder=case.holder,
        holder_kind=person["id_type"],
        issuer_uscc=issuer.uscc,
        issuer_name=issuer.name,
        serial=case.no.replace("-", ""),
        issued_at=now,
        valid_from=start,
        valid_to=end,
        fields={},
        personal=owner,
        case_no=case.no,
    )


def _yield(case: Case) -> tuple[str, Callable[[store.Append], None]]:
    """What a granted case puts into the store: a certificate, or the end of one."""
    if case.concern is not None and case.concern.kind == "cancellation":
        previous = certificates.get(case.concern.identifier)
        basis = f"依申请注销,办件 {case.no}"
        wanted = status.require_change(previous.status, Status.CANCELLED.value, basis)
        event = acts.status_changed(previous, wanted, basis, recording.THE_SYSTEM, clock().now())

        def cancel(write: store.Append) -> None:
            certificate_store.move_status_in(write.transaction, previous, wanted)
            acts.add_to(write.transaction, event, acts.request_digest("system", case.no))

        return previous.identifier, cancel
    certificate = _prepare(case)
    return certificate.identifier, lambda write: certificate_store.add_to(
        write.transaction, certificate
    )


def issue(no: str) -> Case:
    """Store what a granted case yields, once, and answer the head afterwards."""
    for _ in range(recording.ATTEMPTS):
        head = recording.read(no)
        if head.case.stage is not Stage.CERTIFICATE:
            return head.case
        identifier, beside = _yield(head.case)
        drafts = store_certificate(head.case, identifier)
        try:
            return recording.append(head, drafts, recording.THE_SYSTEM, beside=beside)
        except store.Moved:
            continue
    raise RuntimeError(f"{no} kept moving while its certificate was made")
