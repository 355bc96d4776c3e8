"""A command of the network room: who asks for which act, once, and in whose name it is recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from chalicelib.core import access, commands
from chalicelib.core.errors import KeyReused, Problem
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import SYSTEM
from chalicelib.network import store
from chalicelib.network.change import Change
from chalicelib.network.model import Network

T = TypeVar("T", bound=commands.Kept)


@dataclass(frozen=True, slots=True)
class Command(commands.Command):
    """A command of this room, recorded in the role whose row of the table allows it."""

    @property
    def by(self) -> Actor:
        """The actor to record, in the role whose row allows the act."""
        who = self.principal
        roles = sorted(rule.role for rule in access.rules_for(self.act) if rule.role in who.roles)
        role = roles[0] if roles else SYSTEM
        return Actor(who.account, role, who.organisation, who.point)

    def event(self, subject: str, seq: int, kind: str, data: Mapping[str, Any]) -> Event:
        """An event of this command, now."""
        return Event(subject, seq, kind, self.now, self.by, data)

    def require(self, network: Network | None = None, organisation: str | None = None) -> None:
        """Ask the access table about something of an organisation, with what `network` knows.

        The duties of the caller's own organisation are among the facts. Raises Forbidden.
        """
        own = network.organisations.get(self.principal.organisation or "") if network else None
        duties = own.duties if own is not None and own.active else frozenset()
        facts = access.Resource(organisation=organisation, duties=duties)
        access.require(self.principal, self.act, facts)


def once(command: Command, decide: Callable[[Change], T], kind: type[T]) -> T:
    """Decide and write in one transaction; the same request again gets the first answer.

    The earlier answer is looked for only when the decision or its write is refused, so a first
    request reads nothing for it. Raises KeyReused for another request under the same key, and
    whatever `decide` raises.
    """
    change = Change()
    try:
        result = decide(change)
        change.answer(command.principal.account, command.key, command.fingerprint, result.to_dict())
        change.commit()
    except Problem:
        earlier = store.read_answer(command.principal.account, command.key)
        if earlier is None:
            raise
        fingerprint, answer = earlier
        if fingerprint != command.fingerprint:
            raise KeyReused("重复提交标识已用于另一份内容") from None
        return kind.from_dict(answer)
    return result


def record(change: Change, events: Iterable[Event]) -> None:
    """Append events to the transaction."""
    for event in events:
        change.event(event)
