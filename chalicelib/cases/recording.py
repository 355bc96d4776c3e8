"""What is written of a case, and read back: heads, appended events, the queue it waits in.

This is all that the timers' workers need; it knows no item, no certificate and no person.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import store
from chalicelib.cases.lifecycle import Draft
from chalicelib.cases.model import Case, Recorded, Stage, replay
from chalicelib.cases.standing import next_due, what_time_brings
from chalicelib.core.deadlines import clocks
from chalicelib.core.errors import NotFound
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import SYSTEM
from chalicelib.core.time import SystemClock, to_text

ATTEMPTS: Final = 8
"""How often a command is decided again when another one came between its read and its write."""

QUEUES: Final[Mapping[Stage, str]] = {
    Stage.ACCEPTANCE: "acceptance",
    Stage.REVIEW: "review",
    Stage.SIGN_OFF: "sign-off",
    Stage.DELIVERY: "delivery",
}

UPLOADED: Final = "uploaded"
"""The part of a department's acceptance queue that its comprehensive windows may not accept."""

THE_SYSTEM: Final = Actor("system", SYSTEM)


@dataclass(frozen=True, slots=True)
class Request:
    """An idempotency key with what was asked under it, both as short digests.

    `seed` is the whole digest of account and key: a case number is made from it.
    """

    key: str
    body: str
    seed: bytes

    @classmethod
    def of(cls, account: str, key: str, fingerprint: str) -> Request:
        who = f"{account}\n{key}"
        return cls(_digest(who), _digest(fingerprint), hashlib.sha256(who.encode()).digest())

    def __str__(self) -> str:
        return f"{self.key}:{self.body}"


def _digest(text: str) -> str:
    """Eight hex digits: ample among the few requests that one case remembers."""
    return hashlib.blake2s(text.encode(), digest_size=4).hexdigest()


def read(no: str) -> store.Head:
    """The head of a case. Raises NotFound."""
    head = store.read_head(no)
    if head is None:
        raise NotFound("没有这个办件编号,请核对后重试。")
    return head


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
    due = next_due(clocks(after.ledger, calendar))
    return write.commit(row=head.row, queue=queue_of(after, due), written_at=SystemClock().now())


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
        elif case.sunk and case.stage is Stage.ACCEPTANCE:
            name = UPLOADED
    return partition_of(owner, name), f"{due_on}#{to_text(case.ledger.received_at)}#{case.no}"


def holding_point(case: Case) -> str:
    """Where the result waits to be handed over: the origin, else the centre."""
    if case.origin:
        return case.origin
    # Only a case without a point of origin asks the network, which the timers' workers can spare.
    from chalicelib.network import service as network  # noqa: PLC0415

    return network.network().centre.key


def partition_of(owner: str, queue: str) -> str:
    return f"{owner}#{queue}"


def body_owner(body: str) -> str:
    return f"BODY#{body}"


def point_owner(point: str) -> str:
    return f"POINT#{point}"
