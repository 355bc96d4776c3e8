"""A case in memory: decide and evolve without a table, for rules and random walks."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from chalicelib.cases.lifecycle import Act, Draft
from chalicelib.cases.model import Case, Recorded, evolve
from chalicelib.cases.standing import what_time_brings
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.events import Actor, Event
from chalicelib.core.ledger import Ledger
from chalicelib.core.limits import Limit, Origin, OriginatedLimit, Unit
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.time import SHANGHAI

TYPE = "11410102DEM00009XJ003"
START = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)


@cache
def calendar() -> WorkingCalendar:
    return shipped_calendar()


class Life:
    """One case, its log, and a clock that a test moves."""

    def __init__(self, **changes: Any) -> None:
        self.now = changes.pop("now", START)
        self.log: list[Recorded] = []
        ledger = Ledger(
            received_at=self.now,
            promise=OriginatedLimit(Limit(7, Unit.WORKING_DAY), Origin.RECEIPT),
            statutory=OriginatedLimit(Limit(20, Unit.WORKING_DAY), Origin.ACCEPTANCE),
        )
        data: dict[str, Any] = {
            "item": "11410102DEM00009XJ4410709002000",
            "item_version": 1,
            "body": "ga",
            "holder": "a" * 32,
            "origin": "yingchun",
            "sunk": True,
            "result": TYPE,
            "delivery": {"channel": "origin_window"},
            "ledger": ledger.to_dict(),
        }
        kept = {key: value for key, value in (data | changes).items() if value is not None}
        self.record([Draft("case.received", kept)], "station.yingchun", "station_clerk")

    @property
    def case(self) -> Case:
        case = None
        for recorded in self.log:
            case = evolve(case, recorded)
        assert case is not None
        return case

    def record(self, drafts: list[Draft], account: str, role: str = "") -> None:
        for draft in drafts:
            event = Event(
                "410102-AAAAA-AAAAA-A",
                len(self.log) + 1,
                draft.type,
                self.now,
                Actor(account, role or account),
                json.loads(json.dumps(dict(draft.data))),
            )
            self.log.append(Recorded(event))

    def act(self, account: str) -> Act:
        return Act(account, self.now)

    def move_to(self, day: date) -> None:
        self.now = datetime(day.year, day.month, day.day, 9, 0, tzinfo=SHANGHAI)

    def pass_days(self, days: int) -> None:
        """Time passes, and what it brings is recorded as the machine would, until it rests."""
        self.now += timedelta(days=days)
        while drafts := what_time_brings(self.case, calendar(), self.now):
            self.record(drafts, "system", "system")

    def types(self) -> list[str]:
        return [recorded.event.type for recorded in self.log]
