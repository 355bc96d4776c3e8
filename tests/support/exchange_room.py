"""An exchange room on moto: its table beside the certificates', a clock to move, one known case."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

import pytest

from chalicelib.core.notices import shipped_calendar
from chalicelib.core.principal import REVIEWER, Principal
from chalicelib.core.time import SHANGHAI
from chalicelib.exchange import deliveries, flow, service, store, subscribing, workers
from chalicelib.exchange.model import Inquiry
from chalicelib.exchange.service import Question
from tests.support.certificates_room import CASE, Room, certificates_room, staff
from tests.support.clock import TestClock

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)  # a Monday
ASKER, ASKED, STRANGER = staff(REVIEWER, "rs"), staff(REVIEWER, "mz"), staff(REVIEWER, "wj")
KEYS = itertools.count(1)
SECRET_TEXT = "张三丰2024年是否领取低保?"


@dataclass
class Exchange:
    """What a test needs at hand."""

    certificates: Room
    clock: TestClock

    def question(self, **changes: object) -> Question:
        given: dict[str, object] = {
            "asked": "mz",
            "case_no": CASE,
            "topic": "是否领取低保",
            "text": SECRET_TEXT,
            "reply_class": "conditional",
        }
        return Question(**{**given, **changes})  # type: ignore[arg-type]

    def ask(self, who: Principal = ASKER, key: str | None = None, **changes: object) -> Inquiry:
        return service.ask(
            who,
            self.question(**changes),
            key=key or f"key-{next(KEYS)}",
            fingerprint=hashlib.sha256(repr(changes).encode()).hexdigest(),
            now=self.clock.now(),
        )

    def answer(self, inquiry: Inquiry, who: Principal = ASKED, text: str = "未领取") -> Inquiry:
        return service.answer(
            who, inquiry.id, text, [], fingerprint=str(len(text)), now=self.clock.now()
        )

    def events(self, inquiry: Inquiry) -> list[str]:
        return [item.event["type"] for item in store.log(inquiry.id)]


@contextmanager
def exchange_room(monkeypatch: pytest.MonkeyPatch) -> Iterator[Exchange]:
    with certificates_room(monkeypatch) as certificates:
        clock = TestClock(NOW)
        for module in (flow, workers):
            monkeypatch.setattr(module, "clock", lambda: clock)
        monkeypatch.setattr("chalicelib.http.view.clock", lambda: clock)
        for module in (service, flow):
            monkeypatch.setattr(module, "working_calendar", shipped_calendar)
        for cached in (flow._client, deliveries._events):
            cached.cache_clear()
        subscribing.forget()
        for model in store.TABLES:
            model._connection = None
            model.create_table(wait=True)
        certificates.tie(organisations=frozenset({"rs", "ga"}))
        yield Exchange(certificates, clock)
        subscribing.forget()
