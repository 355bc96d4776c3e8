"""What may be asked of the cases room: submit, act, look.

A command reads the head once, decides purely, and writes one transaction. A retry under the same
idempotency key gets the first answer: the head remembers the last keys, the log all of them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from chalicelib.aws.sealing import holder_key, seal, unseal
from chalicelib.aws.settings import clock, settings
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import intake, store
from chalicelib.cases.lifecycle import Act, Draft
from chalicelib.cases.model import Case, Channel, Recorded, Stage, replay
from chalicelib.cases.standing import next_due, what_time_brings
from chalicelib.catalogue import service as catalogue
from chalicelib.catalogue.model import Item
from chalicelib.certificates import service as certificates
from chalicelib.core.access import Resource, explain
from chalicelib.core.errors import (
    Conflict,
    Forbidden,
    KeyReused,
    NotFound,
    OutOfTurn,
    StaleVersion,
)
from chalicelib.core.events import Actor, Event
from chalicelib.core.identifiers import case_number
from chalicelib.core.masking import mask_name
from chalicelib.core.principal import CITIZEN, SYSTEM, Principal
from chalicelib.core.time import SystemClock, to_text
from chalicelib.network import service as network
from chalicelib.network.pilots import Subject

ATTEMPTS: Final = 8
"""How often a command is decided again when another one came between its read and its write."""

QUEUES: Final[Mapping[Stage, str]] = {
    Stage.ACCEPTANCE: "acceptance",
    Stage.REVIEW: "review",
    Stage.SIGN_OFF: "sign-off",
    Stage.DELIVERY: "delivery",
}

THE_SYSTEM: Final = Actor("system", SYSTEM)

Decide = Callable[[Case, Act], list[Draft]]


@dataclass(frozen=True, slots=True)
class Request:
    """An idempotency key with what was asked under it, both as short digests.

    `seed` is the whole digest of account and key: a case number is made from it.
    """

    key: str
    body: str
    seed: bytes

    @classmethod
    def of(cls, account: str, key: str, asked: object) -> Request:
        body = json.dumps(asked, sort_keys=True, ensure_ascii=False, default=str)
        who = f"{account}\n{key}"
        return cls(_digest(who), _digest(body), hashlib.sha256(who.encode()).digest())

    def __str__(self) -> str:
        return f"{self.key}:{self.body}"


def _digest(text: str) -> str:
    """Eight hex digits: ample among the few requests that one case remembers."""
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()


# --- submission -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Received:
    """A case as its first event left it, and that event: all that the receipt is made of."""

    case: Case
    event: Event
    item_name: str


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
) -> Received:
    """Take an application in: one transaction, and nothing else.

    The case number follows from who asks under which key, so the head's own condition keeps a
    repeated or doubled submission from making a second case.
    """
    item = catalogue.item_in_force(item_code)
    by_staff = CITIZEN not in principal.roles
    application = intake.Application(
        item, applicant, attachments, channel, address, form, by_staff=by_staff
    )
    intake.check(application)
    holder = holder_key(applicant.id_type, applicant.id_number)
    role = authorise(principal, "case.submit", Resource(holder=holder, point=principal.point))
    now, calendar = clock().now(), working_calendar()
    if by_staff:
        _require_switched_on(item, principal.point, now.date())
    if concern is not None:
        found = certificates.get(concern[1])
        application = replace(
            application,
            concern=intake.concern_of(concern[0], found, item, holder, now.date()),
        )
    no = case_number(settings().district, request.seed)
    draft = intake.receive(
        application,
        holder=holder,
        origin=principal.point if by_staff else None,
        received_at=now,
        calendar_version=calendar.version,
    )
    recorded = Recorded(
        Event(no, 1, draft.type, now, actor_of(principal, role), draft.data), str(request)
    )
    append = store.Append(None, [recorded])
    try:
        case = append.commit(
            row={
                "item": item.name,
                "applicant": mask_name(applicant.name),
                **({"origin": principal.point} if by_staff else {}),
            },
            queue=queue_of(append.after, next_due(append.after, calendar)),
            applicant_sk=f"{to_text(now)}#{no}",
            sealed=seal(intake.sealed_part(application), no),
            written_at=SystemClock().now(),
        )
    except store.Moved:
        return _received_before(no, request, item.name)
    return Received(case, recorded.event, item.name)


def _require_switched_on(item: Item, point: str | None, day: date) -> None:
    """Items and workflows are switched on by organisation; a pilot runs only where it runs."""
    if not network.switched_on(Subject.ITEM, item.code, point, day):
        raise Conflict(f"“{item.name}”尚未在本网点开通办理。")


def _received_before(no: str, request: Request, item_name: str) -> Received:
    first = store.read_event(no, 1)
    if first is None:
        raise Conflict("同一申请正在提交,请稍后重试。")
    recorded = store.recorded_of(first)
    if recorded.request != str(request):
        raise KeyReused("这个 Idempotency-Key 已经用于另一份申请,请换一个新的再提交。")
    return Received(replay([recorded]), recorded.event, item_name)


# --- commands -------------------------------------------------------------------------------------


def authorise(principal: Principal, act: str, resource: Resource) -> str:
    """The role in which the access table lets this person do it. Raises Forbidden with the reason."""
    verdict = explain(principal, act, resource)
    if not verdict.allowed or verdict.rule is None:
        raise Forbidden(verdict.reason)
    return verdict.rule.role


def actor_of(principal: Principal, role: str) -> Actor:
    return Actor(principal.account, role, principal.organisation, principal.point)


def read(no: str) -> store.Head:
    """The head of a case. Raises NotFound."""
    head = store.read_head(no)
    if head is None:
        raise NotFound("没有这个办件编号,请核对后重试。")
    return head


def resource_of(case: Case, principal: Principal | None = None, act: str = "") -> Resource:
    """The facts that the access table decides by."""
    comprehensive = None
    if principal is not None and principal.point is not None:
        comprehensive = network.point(principal.point).comprehensive
    appointed: frozenset[str] = frozenset()
    if principal is not None and act in _SIGNED_ACTS and principal.organisation == case.body:
        appointed = _appointed(case, principal)
    return Resource(
        holder=case.holder,
        organisation=case.body,
        point=holding_point(case) if case.stage is Stage.DELIVERY else case.origin,
        sunk=case.sunk,
        comprehensive=comprehensive,
        acceptor=case.acceptor,
        reviewer=case.reviewer,
        appointed=appointed,
    )


_SIGNED_ACTS: Final = frozenset({"case.sign", "case.extend"})


def _appointed(case: Case, principal: Principal) -> frozenset[str]:
    try:
        network.signing_power(case.body, principal.account, case.item_code, clock().now().date())
    except (Forbidden, NotFound):
        return frozenset()
    return frozenset({principal.account})


def holding_point(case: Case) -> str:
    """Where the result waits to be handed over: the origin, else the centre."""
    return case.origin or network.network().centre.key


def act(
    principal: Principal,
    no: str,
    name: str,
    decide: Decide,
    *,
    request: Request | None = None,
    if_match: int | None = None,
) -> Case:
    """Do one act on one case: authorise, decide, append. Answers the head afterwards.

    Raises Forbidden, NotFound, StaleVersion, KeyReused and whatever the decision raises.
    """
    for _ in range(ATTEMPTS):
        head = read(no)
        case = head.case
        if request and (again := _answered(case, request)):
            return again
        role = authorise(principal, name, resource_of(case, principal, name))
        if if_match is not None and if_match != case.version:
            raise StaleVersion(f"办件已更新到第 {case.version} 版,您看到的是第 {if_match} 版。")
        now = clock().now()
        try:
            drafts = decide(case, Act(principal.account, now))
        except (OutOfTurn, Conflict):
            if request and (again := _answered_in_log(case, request)):
                return again
            raise
        if not drafts:
            return case
        try:
            return append(head, drafts, actor_of(principal, role), request)
        except store.Moved:
            continue
    raise Conflict("办件正被多人同时办理,请稍后重试。")


def pass_time(no: str) -> Case:
    """Append what time alone has brought: due alerts, deemed acceptance. Doing it again is nothing."""
    for _ in range(ATTEMPTS):
        head = read(no)
        drafts = what_time_brings(head.case, working_calendar(), clock().now())
        if not drafts:
            return head.case
        try:
            return append(head, drafts, THE_SYSTEM)
        except store.Moved:
            continue
    raise RuntimeError(f"{no} kept moving while its alerts were raised")


def append(
    head: store.Head,
    drafts: Sequence[Draft],
    actor: Actor,
    request: Request | None = None,
    beside: Callable[[store.Append], None] | None = None,
) -> Case:
    """Append decided events to a case in one transaction, with what `beside` adds to it."""
    case, now, calendar = head.case, clock().now(), working_calendar()
    events = [
        Recorded(
            Event(case.no, case.version + place, draft.type, now, actor, draft.data),
            str(request) if request and place == 1 else "",
        )
        for place, draft in enumerate(drafts, start=1)
    ]
    write = store.Append(case, events)
    if beside:
        beside(write)
    after = write.after
    due = next_due(after, calendar)
    return write.commit(row=head.row, queue=queue_of(after, due), written_at=SystemClock().now())


def _answered(case: Case, request: Request) -> Case | None:
    known = case.request(request.key)
    if known is None:
        return None
    body, seq = known
    if body != request.body:
        raise KeyReused("这个 Idempotency-Key 已经用于本件的另一次操作,请换一个新的。")
    return as_of(case, seq)


def _answered_in_log(case: Case, request: Request) -> Case | None:
    log = store.read_log(case.no)
    for recorded in log:
        key, _, body = recorded.request.partition(":")
        if key == request.key:
            if body != request.body:
                raise KeyReused("这个 Idempotency-Key 已经用于本件的另一次操作,请换一个新的。")
            return replay(log[: recorded.event.seq])
    return None


def as_of(case: Case, seq: int) -> Case:
    """The head as event `seq` left it: what the first answer was made of."""
    if seq == case.version:
        return case
    return replay(store.read_log(case.no)[:seq])


def queue_of(case: Case, due_on: str) -> tuple[str, str] | None:
    """Owner and sort key of the queue that a case waits in, or None where no office holds it."""
    name = QUEUES.get(case.stage)
    if name is None:
        return None
    if case.stage is Stage.DELIVERY:
        owner = point_owner(holding_point(case))
    else:
        owner = body_owner(case.body)
        if case.procedures:
            name = "special"
    return f"{owner}#{name}", f"{due_on}#{to_text(case.ledger.received_at)}#{case.no}"


def body_owner(body: str) -> str:
    return f"BODY#{body}"


def point_owner(point: str) -> str:
    return f"POINT#{point}"


def person_of(no: str) -> dict[str, Any]:
    """The sealed part of a case's first event. The caller answers for the purpose."""
    first = store.read_event(no, 1)
    if first is None or first.sealed is None:
        raise NotFound("办件的申请人信息不存在。")
    return unseal(first.sealed, no)


def new_key() -> str:
    """An idempotency key for a caller that brought none."""
    return secrets.token_hex(16)
