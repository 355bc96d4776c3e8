"""One transaction of the network room: heads, their events, the answer, and what must still hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from pynamodb.exceptions import TransactWriteError

from chalicelib.aws.tables import Transaction
from chalicelib.core.errors import StaleVersion
from chalicelib.core.events import Event
from chalicelib.network.chiefs import ChiefRegister
from chalicelib.network.model import Community, Network, Organisation, ServicePoint
from chalicelib.network.pilots import Switch
from chalicelib.network.postings import Posting
from chalicelib.network.store import (
    ANSWER,
    DISTRICT,
    HEAD,
    NETWORK,
    SEAT,
    NetworkItem,
    Seat,
    answer_pk,
    chiefs_pk,
    posting_pk,
)

ANSWERS_KEPT: Final = timedelta(days=7)
REFUSED_CONDITIONS: Final = frozenset({"ConditionalCheckFailed", "TransactionConflict"})


class Change:
    """One transaction under construction: heads, their events, and what must still hold."""

    def __init__(self) -> None:
        self.transaction = Transaction()

    def network(self, network: Network) -> None:
        """Take the network's next revision: of two changes made on one reading, one fails."""
        self._head(NETWORK, DISTRICT, network.revision + 1, network.district.to_dict())

    def organisation(self, organisation: Organisation) -> None:
        sk = f"ORGANISATION#{organisation.key}"
        self._head(NETWORK, sk, organisation.version, organisation.to_dict())

    def point(self, point: ServicePoint) -> None:
        self._head(NETWORK, f"POINT#{point.key}", point.version, point.to_dict())

    def community(self, community: Community) -> None:
        self._head(NETWORK, f"COMMUNITY#{community.key}", 1, community.to_dict())

    def switch(self, switch: Switch) -> None:
        self._head(NETWORK, f"SWITCH#{switch.key}", switch.version, switch.to_dict())

    def chiefs(self, register: ChiefRegister) -> None:
        self._head(chiefs_pk(register.organisation), HEAD, register.version, register.to_dict())

    def posting(self, posting: Posting) -> None:
        state = "active" if posting.last_day is None else "ended"
        order = f"{posting.since.isoformat()}#{posting.id}"
        keys = {
            "organisation_pk": f"{posting.organisation}#{state}",
            "organisation_sk": order,
            "point_pk": f"{posting.point}#{state}",
            "point_sk": order,
        }
        if posting.next_due is not None:
            keys |= {"due_pk": "POSTING", "due_sk": f"{posting.next_due.isoformat()}#{posting.id}"}
        self._head(posting_pk(posting.id), HEAD, posting.version, posting.to_dict(), keys)

    def seat(self, seat: Seat) -> None:
        document = {"posting": seat.posting}
        self._head(f"ACCOUNT#{seat.account}", SEAT, seat.version, document)

    def require_seat(self, seat: Seat) -> None:
        """Fail unless the account still is posted where it was read."""
        self.transaction.condition_check(
            NetworkItem,
            f"ACCOUNT#{seat.account}",
            SEAT,
            condition=NetworkItem.version == seat.version,
        )

    def event(self, event: Event) -> None:
        """Append an event to its subject's log."""
        item = NetworkItem(event.subject, f"EVENT#{event.seq:06d}", event=event.to_dict())
        self.transaction.save(item, condition=NetworkItem.pk.does_not_exist())

    def answer(self, account: str, key: str, fingerprint: str, answer: Mapping[str, Any]) -> None:
        """Keep what the caller is about to be answered, for a repetition of the same request."""
        item = NetworkItem(
            answer_pk(account, key),
            ANSWER,
            fingerprint=fingerprint,
            document=dict(answer),
            expires_at=ANSWERS_KEPT,
        )
        self.transaction.save(item, condition=NetworkItem.pk.does_not_exist())

    def commit(self) -> None:
        """Write all of it or nothing. Raises StaleVersion when a condition no longer holds."""
        try:
            with self.transaction:
                pass
        except TransactWriteError as refused:
            codes = {reason.code for reason in refused.cancellation_reasons if reason}
            if codes & REFUSED_CONDITIONS:
                raise StaleVersion("内容已被他人更新,请刷新后重试") from refused
            raise

    def _head(
        self,
        pk: str,
        sk: str,
        version: int,
        document: Mapping[str, Any],
        keys: Mapping[str, Any] | None = None,
    ) -> None:
        item = NetworkItem(pk, sk, version=version, document=dict(document), **(keys or {}))
        first, later = NetworkItem.pk.does_not_exist(), NetworkItem.version == version - 1
        self.transaction.save(item, condition=first if version == 1 else later)
