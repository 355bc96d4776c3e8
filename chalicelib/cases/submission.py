"""Submission 提交: an application becomes a case, in one transaction and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from chalicelib.aws.sealing import holder_key, seal
from chalicelib.aws.settings import clock, settings
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import agency, attaching, intake, lifecycle, store
from chalicelib.cases.model import Case, Channel, Recorded, replay
from chalicelib.cases.recording import Request, queue_of
from chalicelib.cases.service import actor_of, resource_of
from chalicelib.cases.standing import next_due
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.model import Item, ProjectType
from chalicelib.certificates import service as certificates
from chalicelib.core.access import Resource, explain, role_of
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import Colour, Due, lit_clocks
from chalicelib.core.errors import Conflict, FieldError, Forbidden, InvalidInput, KeyReused
from chalicelib.core.events import Event
from chalicelib.core.identifiers import case_number
from chalicelib.core.masking import mask_name
from chalicelib.core.principal import CITIZEN, Assurance, Principal
from chalicelib.core.time import SystemClock, to_text
from chalicelib.network import service as network
from chalicelib.network.pilots import Subject


@dataclass(frozen=True, slots=True)
class Received:
    """A case as its first event left it, and that event: all that the receipt is made of."""

    case: Case
    event: Event
    item_name: str
    clocks: tuple[tuple[Due, Colour], ...]


def submit(
    principal: Principal,
    *,
    item_code: str,
    applicant: intake.Applicant,
    attachments: Sequence[intake.Attachment],
    channel: Channel,
    address: str,
    form: Mapping[str, Any],
    request: Request,
    concern: tuple[str, str] | None = None,
    mandate: str | None = None,
) -> Received:
    """Take an application in: one transaction, and nothing else.

    A citizen who applies for another needs a mandate; staff need none, and name the one by which
    their point acts for the applicant, or which an agent who stands at the window shows.

    The case number follows from who asks under which key, so the head's own condition keeps a
    repeated or doubled submission from making a second case.
    """
    item = catalogue.item_in_force(item_code)
    by_staff = CITIZEN not in principal.roles
    now, calendar = clock().now(), working_calendar()
    holder = holder_key(applicant.id_type, applicant.id_number)
    authority = None
    if mandate is not None and by_staff:
        authority = agency.presented(
            principal, mandate, holder=holder, item_code=item.code, day=now.date()
        )
    elif not by_staff:
        authority = agency.authority_for(
            principal, "case.submit", holder=holder, item_code=item.code, day=now.date()
        )
    if mandate is not None and authority is None:
        raise Forbidden.at("/mandate", "没有当事人有效的委托授权。")
    about = _about(principal, item, holder, agency.identities(authority))
    if about.holder is None and (concern or any(each.certificate for each in attachments)):
        raise Forbidden("引用证照需要实名认证后办理。")
    faults: list[FieldError] = []
    # Only who may apply for this person may learn what the store holds of him.
    verdict = explain(principal, "case.submit", about)
    if about.holder is not None and verdict.allowed:
        attachments, faults = attaching.completed(item, holder, attachments, now.date())
    application = intake.Application(
        item, applicant, attachments, channel, address, form, by_staff=by_staff
    )
    no = case_number(settings().district, request.seed)
    try:
        intake.check(application, faults)
    except InvalidInput:
        # What was taken in once keeps its answer, though a certificate has ended since.
        if store.read_event(no, 1) is None:
            raise
        return _received_before(no, request, item.name, calendar)
    role = role_of(verdict)
    if by_staff:
        _require_switched_on(item, principal.point, now.date())
    if concern is not None:
        found = certificates.get(concern[1])
        application = replace(
            application,
            concern=intake.concern_of(concern[0], found, item, holder, now.date()),
        )
    draft = intake.receive(
        application,
        holder=holder,
        origin=principal.point if by_staff else None,
        received_at=now,
        calendar_version=calendar.version,
    )
    draft = agency.noted(draft, authority)
    recorded = Recorded(
        Event(no, 1, draft.type, now, actor_of(principal, role), draft.data), str(request)
    )
    events = [recorded]
    if by_staff and item.project_type is ProjectType.INSTANT:
        events += _accepted_on_the_spot(replay(events), principal, now)
    append = store.Append(None, events)
    if authority is not None:
        authority.hold(append.transaction)
    lit = lit_clocks(append.after.ledger, calendar, now)
    try:
        case = append.commit(
            row={
                "item": item.name,
                "applicant": mask_name(applicant.name),
                "kind": str(item.project_type),
                **({"origin": principal.point} if by_staff else {}),
            },
            queue=queue_of(append.after, next_due(due for due, _ in lit)),
            applicant_sk=f"{to_text(now)}#{no}",
            sealed=seal(intake.sealed_part(application), no),
            written_at=SystemClock().now(),
        )
    except store.Moved:
        return _received_before(no, request, item.name, calendar)
    return Received(case, recorded.event, item.name, lit)


def _accepted_on_the_spot(case: Case, principal: Principal, now: datetime) -> list[Recorded]:
    """即办件 are finished in one visit: a window that may accept does so as it takes the papers in."""
    verdict = explain(principal, "case.accept", resource_of(case, principal, "case.accept"))
    if case.owed or not verdict.allowed:
        return []
    actor = actor_of(principal, role_of(verdict))
    drafts = lifecycle.accept(case, lifecycle.Act(principal.account, now), on_the_spot=True)
    return [
        Recorded(Event(case.no, seq, draft.type, now, actor, draft.data), "")
        for seq, draft in enumerate(drafts, start=case.version + 1)
    ]


def _about(principal: Principal, item: Item, holder: str, agents: frozenset[str]) -> Resource:
    """What the table decides by. A plain login vouches for no person: where the item does not ask
    for more, it hands in as an account, and what comes of it is for the person whom it names.
    """
    unknown = CITIZEN in principal.roles and principal.holder is None and not agents
    if unknown and item.assurance <= Assurance.PLAIN:
        return Resource(account=principal.account, assurance=item.assurance)
    return Resource(holder=holder, point=principal.point, agents=agents, assurance=item.assurance)


def _require_switched_on(item: Item, point: str | None, day: date) -> None:
    """Items and workflows are switched on by organisation; a pilot runs only where it runs."""
    if not network.switched_on(Subject.ITEM, item.code, point, day):
        raise Conflict(f"“{item.name}”尚未在本网点开通办理。")


def _received_before(
    no: str, request: Request, item_name: str, calendar: WorkingCalendar
) -> Received:
    log = store.read_log(no)
    if not log:
        raise Conflict("同一申请正在提交,请稍后重试。")
    first, written = log[0], log[:1]
    if first.request != str(request):
        raise KeyReused("这个 Idempotency-Key 已经用于另一份申请,请换一个新的再提交。")
    written += [each for each in log[1:2] if each.event.data.get("on_the_spot")]
    case = replay(written)
    lit = lit_clocks(case.ledger, calendar, first.event.at)
    return Received(case, first.event, item_name, lit)
