"""A command of the hall: who asks for which act, once, written in one transaction or not at all."""

from __future__ import annotations

import hashlib
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, TypeVar

from pynamodb.exceptions import TransactWriteError

from chalicelib.aws.sealing import seal
from chalicelib.aws.tables import Transaction
from chalicelib.core import access, commands
from chalicelib.core.errors import Conflict, KeyReused, Problem, StaleVersion
from chalicelib.core.events import Actor, Event
from chalicelib.core.time import to_text
from chalicelib.hall import store
from chalicelib.hall.store import ANSWER, HEAD, HallItem, answer_pk, event_sk

ATTEMPTS: Final = 10
"""How often a command is decided again when another one came between its read and its write."""

ANSWERS_KEPT: Final = timedelta(days=7)
REFUSED: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


T = TypeVar("T", bound=commands.Kept)


@dataclass(frozen=True, slots=True)
class By:
    """In whose name something is recorded, and when."""

    actor: Actor
    at: datetime

    def event(self, subject: str, seq: int, kind: str, data: Mapping[str, Any]) -> Event:
        """The event; what is None in `data` was not said."""
        known = {key: value for key, value in data.items() if value is not None}
        return Event(subject, seq, kind, self.at, self.actor, known)


@dataclass(frozen=True, slots=True)
class Command(commands.Command):
    """A command of this room, recorded in the role whose row of the table allows it."""

    @property
    def new_id(self) -> str:
        """Twenty hex digits that follow from who asks under which key."""
        return hashlib.sha256(f"{self.principal.account}\n{self.key}".encode()).hexdigest()[:20]

    def require(self, resource: access.Resource) -> By:
        """Who is to be recorded, in the role whose row allows the act. Raises Forbidden."""
        who = self.principal
        role = access.role_of(access.explain(who, self.act, resource))
        actor = Actor(who.account, role, who.organisation, who.point)
        return By(actor, self.now)


class Change:
    """One transaction under construction: heads, their events, and what must hold beside them."""

    def __init__(self) -> None:
        self.transaction = Transaction()
        self.empty = True

    def head(
        self, pk: str, version: int, document: Mapping[str, Any], keys: Mapping[str, str]
    ) -> None:
        """Put a head at `version`; it must stand at the one before, or not be there for the first."""
        item = HallItem(pk, HEAD, version=version, document=dict(document))
        for name, value in keys.items():
            setattr(item, name, value)
        first, later = HallItem.pk.does_not_exist(), HallItem.version == version - 1
        self.transaction.save(item, condition=first if version == 1 else later)
        self.empty = False

    def event(self, event: Event, words: Mapping[str, Any] | None = None) -> None:
        """Append an event to its subject's log, with the words that only some may read sealed."""
        item = HallItem(event.subject, event_sk(event.seq), event=event.to_dict())
        if words is not None:
            item.sealed = seal(words, event.id)
        self.transaction.save(item, condition=HallItem.pk.does_not_exist())
        self.empty = False

    def put_new(self, item: HallItem) -> None:
        """Put an item that may not be there yet."""
        self.transaction.save(item, condition=HallItem.pk.does_not_exist())

    def put(self, item: HallItem) -> None:
        self.transaction.save(item)

    def delete(self, pk: str, sk: str) -> None:
        self.transaction.delete(HallItem(pk, sk))

    def answer(self, command: Command, answer: Mapping[str, Any]) -> None:
        """Keep what the caller is about to be answered, for a repetition of the same request."""
        item = HallItem(
            answer_pk(command.principal.account, command.key),
            ANSWER,
            fingerprint=command.fingerprint,
            document=dict(answer),
            expires_at=ANSWERS_KEPT,
        )
        self.transaction.save(item, condition=HallItem.pk.does_not_exist())

    def commit(self) -> None:
        """Write all of it or nothing. Raises StaleVersion when a condition does not hold."""
        try:
            self.transaction._commit()
        except TransactWriteError as refused:
            codes = {reason.code for reason in refused.cancellation_reasons if reason}
            if codes & REFUSED:
                raise StaleVersion("内容已被他人更新,请刷新后重试") from refused
            raise


def once(command: Command, decide: Callable[[Change], T], kind: type[T]) -> T:
    """Decide and write in one transaction; the same request again gets the first answer.

    The earlier answer is looked for only when the decision or its write is refused. A write that
    another one came before is decided again. Raises KeyReused for another request under the same
    key, Conflict where too many want the same thing at once, and whatever `decide` raises.
    """
    for attempt in range(ATTEMPTS):
        change = Change()
        try:
            result = decide(change)
            if change.empty:
                return result
            change.answer(command, result.to_dict())
            change.commit()
        except Problem as refused:
            earlier = store.read_answer(command.principal.account, command.key)
            if earlier is not None:
                return _repeated(command, earlier, kind)
            if not isinstance(refused, StaleVersion):
                raise
            time.sleep(random.uniform(0, 0.01 * 2**attempt))
            continue
        return result
    raise Conflict("同时办理的人较多,请稍后再试一次。")


def each_due(
    kind: str, act: str, now: datetime, settle: Callable[[Command, str], object]
) -> list[str]:
    """Settle whatever of a kind fell due by `now`; again changes nothing. The ids of what was settled.

    Each gets a command of the platform's own. Somebody may come first at this very moment: then
    `settle` raises a Problem, and what he did stands.
    """
    settled = []
    for pk in store.due(kind, to_text(now)):
        subject = pk.partition("#")[2]
        try:
            settle(Command.of_the_system(act, now, f"{act}:{subject}"), subject)
        except Problem:
            continue
        settled.append(subject)
    return settled


def _repeated(command: Command, earlier: tuple[str, dict[str, Any]], kind: type[T]) -> T:
    fingerprint, answer = earlier
    if fingerprint != command.fingerprint:
        raise KeyReused("重复提交标识已用于另一份内容")
    return kind.from_dict(answer)
