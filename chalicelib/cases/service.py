"""Acts on a case: authorise, decide, append.

A command reads the head once, decides purely, and writes one transaction. A retry under the same
idempotency key gets the first answer: the head remembers the last keys, the log all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from chalicelib.aws.sealing import unseal
from chalicelib.aws.settings import clock
from chalicelib.cases import agency, store
from chalicelib.cases.lifecycle import Act, Draft
from chalicelib.cases.model import Case, Recorded, Stage, replay
from chalicelib.cases.ports import Authority
from chalicelib.cases.recording import ATTEMPTS, Request, append, as_of, holding_point, read
from chalicelib.core.access import Resource, explain, role_of
from chalicelib.core.errors import (
    Conflict,
    Forbidden,
    KeyReused,
    NotFound,
    OutOfTurn,
    StaleVersion,
)
from chalicelib.core.events import Actor
from chalicelib.core.principal import Principal
from chalicelib.network import service as network

Decide = Callable[[Case, Act], list[Draft]]


def authorise(principal: Principal, act: str, resource: Resource) -> str:
    """The role in which the access table lets this person do it. Raises Forbidden with the reason."""
    return role_of(explain(principal, act, resource))


def actor_of(principal: Principal, role: str) -> Actor:
    return Actor(principal.account, role, principal.organisation, principal.point)


def resource_of(
    case: Case,
    principal: Principal | None = None,
    act: str = "",
    agents: frozenset[str] | None = None,
) -> Resource:
    """The facts that the access table decides by.

    `agents` are those with a mandate for this act, where the caller has asked for them already.
    """
    if agents is None:
        asked = authority_over(case, principal, act) if principal is not None else None
        agents = agency.identities(asked)
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
        agents=agents,
    )


def authority_over(case: Case, principal: Principal, act: str) -> Authority | None:
    """The mandate by which somebody may do this on another's case; None for one's own."""
    today = clock().now().date()
    return agency.authority_for(
        principal, act, holder=case.holder, item_code=case.item_code, day=today
    )


_SIGNED_ACTS: Final = frozenset({"case.sign", "case.extend"})


def _appointed(case: Case, principal: Principal) -> frozenset[str]:
    try:
        network.signing_power(case.body, principal.account, case.item_code, clock().now().date())
    except (Forbidden, NotFound):
        return frozenset()
    return frozenset({principal.account})


def act(
    principal: Principal,
    no: str,
    name: str,
    decide: Decide,
    *,
    request: Request | None = None,
    if_match: int | None = None,
    beside: Callable[[store.Append], None] | None = None,
) -> Case:
    """Do one act on one case: authorise, decide, append. Answers the head afterwards.

    `beside` adds to the transaction what must hold in other rooms.

    Raises Forbidden, NotFound, StaleVersion, KeyReused and whatever the decision raises.
    """
    for _ in range(ATTEMPTS):
        head = read(no)
        case = head.case
        if request and (again := _answered(case, request)):
            return again
        authority = authority_over(case, principal, name)
        facts = resource_of(case, principal, name, agency.identities(authority))
        role = authorise(principal, name, facts)
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
        done = [agency.noted(draft, authority) for draft in drafts]
        hold = _holding(authority, beside)
        try:
            return append(head, done, actor_of(principal, role), request, hold)
        except store.Moved:
            continue
    raise Conflict("办件正被多人同时办理,请稍后重试。")


def _holding(
    authority: Authority | None, beside: Callable[[store.Append], None] | None
) -> Callable[[store.Append], None] | None:
    """What must hold beside an act: what the act asks for, and the mandate it is done under."""
    if authority is None:
        return beside

    def both(write: store.Append) -> None:
        authority.hold(write.transaction)
        if beside is not None:
            beside(write)

    return both


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


def person_of(no: str) -> dict[str, Any]:
    """The sealed part of a case's first event. The caller answers for the purpose."""
    first = store.read_event(no, 1)
    if first is None:
        raise NotFound(NOBODY)
    return _opened(first.sealed, no)


def log_and_person(no: str) -> tuple[list[Recorded], dict[str, Any]]:
    """The whole log with what `person_of` answers, in one read."""
    log, sealed = store.read_log_and_seal(no)
    if not log:
        raise NotFound(NOBODY)
    return log, _opened(sealed, no)


def _opened(sealed: bytes | None, no: str) -> dict[str, Any]:
    return unseal(sealed, no) if sealed is not None else dict(DISPOSED)


NOBODY: Final = "办件的申请人信息不存在。"


DISPOSED: Final[dict[str, Any]] = {"id_type": "", "id_number": "", "name": "(已销毁)"}
"""Who applied, once the case was disposed of: nothing of it is left."""
