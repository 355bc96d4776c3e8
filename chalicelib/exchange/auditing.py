"""The auditor over closed cases: does the store hold what every one of them yielded?

It stands in this room because it looks down on both: what cases say they yielded, and what the
certificate store has. The cases' journal says which cases moved in a span of time; a case closes by
an event, so the spans together cover every closed case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import islice

from pynamodb.exceptions import PutError

from chalicelib.cases import store as cases
from chalicelib.cases.model import Case, Outcome, Stage
from chalicelib.certificates import store as certificates
from chalicelib.certificates.auditing import Audit, Closed, Missing, reconcile
from chalicelib.certificates.model import Certificate
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import SYSTEM
from chalicelib.exchange.store import ExchangeItem

CERTIFICATE_MISSING = "certificate.missing"
PAGE = 100


def audit_between(since: datetime, until: datetime) -> Audit:
    """Audit the cases that closed in [since, until), by real time; nothing is written."""
    return reconcile(closed_between(since, until), stored)


def report(audit: Audit, now: datetime) -> list[str]:
    """Raise an event for each certificate that is missing, once a case; the cases reported now."""
    return [missing.case_no for missing in audit.missing if _raise(missing, now)]


def closed_between(since: datetime, until: datetime) -> Iterator[Closed]:
    """The cases that are closed and whose log moved in the span."""
    for page in _pages(_numbers(since, until), PAGE):
        for head in cases.read_heads(page):
            if head.case.stage is Stage.CLOSED:
                yield _closed(head.case)


def stored(identifiers: Sequence[str]) -> Mapping[str, Certificate]:
    """Which of up to 100 certificates the store has: one BatchGet."""
    keys = []
    for identifier in identifiers:
        try:
            keys.append(certificates.key_of(identifier))
        except ValueError:
            continue
    found = certificates.CertificateItem.batch_get(keys, consistent_read=True)
    return {item.identifier: certificates.from_item(item) for item in found}


def _closed(case: Case) -> Closed:
    granted = case.outcome is Outcome.GRANTED
    return Closed(case.no, case.result if granted else None, case.certificate)


def _numbers(since: datetime, until: datetime) -> Iterator[str]:
    """Case numbers of the journal, each once as long as its entries lie near each other."""
    near: dict[str, None] = {}
    for no, _ in cases.journal_between(since, until):
        if no not in near:
            yield no
            near[no] = None
            if len(near) > 10 * PAGE:
                del near[next(iter(near))]


def _pages(numbers: Iterable[str], size: int) -> Iterator[list[str]]:
    rest = iter(numbers)
    while page := list(islice(rest, size)):
        yield page


def _raise(missing: Missing, now: datetime) -> bool:
    subject = f"AUDIT#{missing.case_no}"
    event = Event(
        subject=subject,
        seq=1,
        type=CERTIFICATE_MISSING,
        at=now,
        actor=Actor("system", SYSTEM),
        data={
            "case_no": missing.case_no,
            "certificate": missing.identifier,
            "what": missing.what,
        },
    )
    try:
        ExchangeItem(subject, "EVENT#0001", event=event.to_dict()).save(
            condition=ExchangeItem.pk.does_not_exist()
        )
    except PutError as error:
        if error.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True
