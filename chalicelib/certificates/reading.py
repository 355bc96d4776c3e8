"""Reading, checking and printing: with a purpose, in a case, and never without a line in the log.

The line is written before the seal is broken. A refusal is a line too.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NoReturn

from pynamodb.transactions import TransactWrite

from chalicelib.certificates import acts, checks, copies, readlog, sharing, store, types
from chalicelib.certificates.chain import Line, Outcome
from chalicelib.certificates.checks import Question
from chalicelib.certificates.model import HOLDER_NAME, HOLDER_NUMBER, Certificate
from chalicelib.certificates.ports import CaseTie, case_relation
from chalicelib.certificates.sealed import open_sealed
from chalicelib.certificates.service import actor_of, get, uscc_of
from chalicelib.certificates.sharing import Reader, Refusal
from chalicelib.core import access
from chalicelib.core.errors import Forbidden
from chalicelib.core.principal import Principal
from chalicelib.network import service as network


@dataclass(frozen=True, slots=True)
class Ask:
    """Who asks, why, in which case, when: what every reading begins with."""

    principal: Principal
    purpose: str
    case_no: str
    now: datetime
    at: str = ""
    """The pointer of what holds purpose and case number: `/query` where they came in the query."""

    @property
    def reader(self) -> Reader:
        who = self.principal
        return Reader(who.organisation, uscc_of(who.organisation), who.point)

    def line(
        self,
        act: str,
        outcome: Outcome,
        about: tuple[str, tuple[str, ...]],
        *,
        fields: tuple[str, ...] = (),
        reason: str = "",
    ) -> Line:
        """The log's line of this reading; `about` is the holder and the certificates."""
        holder, identifiers = about
        return Line(
            at=self.now,
            act=act,
            outcome=outcome,
            reader=actor_of(self.principal),
            purpose=self.purpose,
            case_no=self.case_no,
            holder=holder,
            identifiers=identifiers,
            fields=fields,
            reason=reason,
        )


@dataclass(frozen=True, slots=True)
class Printout:
    """What the window that delivers prints: the items in clear, the number, the QR payload."""

    certificate: Certificate
    items: Mapping[str, str]
    labels: Mapping[str, str]
    qr: str


def search(ask: Ask, holder: str, type_code: str | None) -> list[Certificate]:
    """What the store holds of a person, for whoever acts on him: open metadata only. One Query.

    Types that the reader could not read are left out. Raises InvalidInput, Forbidden.
    """
    act = "certificate.search"
    sharing.require_purpose(ask.purpose, ask.case_no, ask.at)
    tie = _tie(ask, act, holder, ())
    found = [
        certificate
        for certificate in store.of_holder(holder, [type_code] if type_code else None)
        if not isinstance(_shown(ask.reader, certificate, tie), Refusal)
    ]
    identifiers = tuple(certificate.identifier for certificate in found)
    readlog.append(ask.line(act, Outcome.GIVEN, (holder, identifiers)))
    return found


def read(ask: Ask, identifier: str) -> dict[str, Any]:
    """An annotated copy with the items that the case's item declares that it needs.

    Raises NotFound, InvalidInput, Forbidden.
    """
    act = "certificate.read"
    certificate, show = _granted(ask, act, identifier)
    readlog.append(
        ask.line(
            act, Outcome.GIVEN, (certificate.holder, (identifier,)), fields=tuple(sorted(show))
        )
    )
    return copies.annotated(
        open_sealed(certificate),
        show=show,
        made_for=_unit_name(ask.principal),
        purpose=ask.purpose,
        case_no=ask.case_no,
        now=ask.now,
    )


def check(ask: Ask, identifier: str, questions: Sequence[Question]) -> list[bool]:
    """Yes or no to each question, showing nothing. The log keeps which items were asked about.

    Raises NotFound, InvalidInput, Forbidden.
    """
    act = "certificate.check"
    sharing.require_purpose(ask.purpose, ask.case_no, ask.at)
    certificate = get(identifier)
    tie = _tie(ask, act, certificate.holder, (identifier,))
    if isinstance(refusal := _shown(ask.reader, certificate, tie), Refusal):
        _refuse(ask, act, refusal, certificate.holder, (identifier,))
    opened = open_sealed(certificate)
    answers = [checks.answer(opened, question) for question in questions]
    asked = tuple(sorted({name for question in questions for name in question.fields}))
    outcome = Outcome.YES if all(answers) else Outcome.NO
    readlog.append(ask.line(act, outcome, (certificate.holder, (identifier,)), fields=asked))
    return answers


def printout(ask: Ask, identifier: str) -> Printout:
    """The certificate that a case yielded, in clear, for the window that hands it over.

    Raises NotFound, InvalidInput, and Forbidden for any other certificate or window.
    """
    act = "certificate.print"
    sharing.require_purpose(ask.purpose, ask.case_no, ask.at)
    certificate = get(identifier)
    tie = _tie(ask, act, certificate.holder, (identifier,))
    delivers = certificate.case_no == ask.case_no and ask.principal.point in tie.points
    point = ask.principal.point if delivers else None
    if not access.allows(ask.principal, act, access.Resource(point=point)):
        refusal = Refusal("只有送达本办件的窗口可以打印本办件的证照")
        _refuse(ask, act, refusal, certificate.holder, (identifier,))
    kind = types.in_force(certificate.type_code)
    names = tuple(sorted({*certificate.fields, *kind.personal_fields}))
    readlog.append(ask.line(act, Outcome.GIVEN, (certificate.holder, (identifier,)), fields=names))
    labels = {HOLDER_NAME: "持证主体", HOLDER_NUMBER: "持证主体代码"}
    return Printout(
        certificate=certificate,
        items=open_sealed(certificate).claims,
        labels=labels | {each.name: each.label for each in kind.fields},
        qr=qr_payload(certificate),
    )


def qr_payload(certificate: Certificate) -> str:
    """What a printed certificate's QR code says: its identifier and the start of its signature.

    Nothing of the holder; whoever scans it verifies at `/v1/certificates/verify`.
    """
    return f"{certificate.identifier}#{certificate.signature.value[:8].hex()}"


def _granted(ask: Ask, act: str, identifier: str) -> tuple[Certificate, frozenset[str]]:
    sharing.require_purpose(ask.purpose, ask.case_no, ask.at)
    certificate = get(identifier)
    tie = _tie(ask, act, certificate.holder, (identifier,))
    show = _shown(ask.reader, certificate, tie)
    if isinstance(show, Refusal):
        _refuse(ask, act, show, certificate.holder, (identifier,))
    return certificate, show


def _shown(reader: Reader, certificate: Certificate, tie: CaseTie) -> frozenset[str] | Refusal:
    return sharing.shown(reader, certificate, types.in_force(certificate.type_code), tie)


def _tie(ask: Ask, act: str, holder: str, identifiers: tuple[str, ...]) -> CaseTie:
    """The case's tie, or the refusal that supervision hears of: nobody reads beside his cases."""
    tie = case_relation(ask.case_no)
    refusal = sharing.tied(ask.reader, holder, tie)
    if refusal is not None or tie is None:
        reason = refusal.reason if refusal else "没有这个办件"
        data = {"case_no": ask.case_no, "act": act, "reason": reason}
        event = acts.notice(acts.READ_REFUSED, data, actor_of(ask.principal), ask.now)
        _refuse(
            ask,
            act,
            Refusal(reason),
            holder,
            identifiers,
            together=lambda transaction: acts.add_notice_to(transaction, event),
        )
    return tie


def _refuse(
    ask: Ask,
    act: str,
    refusal: Refusal,
    holder: str,
    identifiers: tuple[str, ...],
    *,
    together: Callable[[TransactWrite], None] | None = None,
) -> NoReturn:
    line = ask.line(act, Outcome.REFUSED, (holder, identifiers), reason=refusal.reason)
    readlog.append(line, together)
    raise Forbidden.at(f"{ask.at}/case_no", refusal.reason)


def _unit_name(principal: Principal) -> str:
    """The body or point that reads, by name."""
    lookups: list[tuple[str | None, Callable[[str], Any]]] = [
        (principal.organisation, network.organisation),
        (principal.point, network.point),
    ]
    for key, lookup in lookups:
        if key is not None:
            return str(lookup(key).name)
    return principal.account
