"""Case logs as the bus brings them to supervision, written step by step or at random."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from chalicelib.core.events import Actor, Event
from chalicelib.core.time import SHANGHAI, to_text

ACCEPTOR, REVIEWER, CHIEF = "rs-acceptor", "rs-reviewer", "rs-chief"
ROLES = {
    ACCEPTOR: "acceptor",
    REVIEWER: "reviewer",
    CHIEF: "chief_representative",
    "clerk": "station_clerk",
    "citizen": "citizen",
    "system": "system",
}
MONDAY = datetime(2026, 11, 2, 10, 0, tzinfo=SHANGHAI)


class Script:
    """Writes one case's events; `at` is when the next one happens."""

    def __init__(
        self,
        no: str = "410102-AAAAA-00001-1",
        *,
        body: str = "rs",
        point: str | None = "zy-station",
        item: str = "11410102DEM0000001431012500100",
        name: str = "居住证申领",
        promise: str = "5w@receipt",
        statutory: str | None = "20w@acceptance",
        at: datetime = MONDAY,
        result: str | None = "11410102DEM00000014001",
        channel: str = "origin_window",
    ) -> None:
        self.no, self.body, self.point, self.item, self.at = no, body, point, item, at
        self.promise, self.statutory, self.result, self.channel = (
            promise,
            statutory,
            result,
            channel,
        )
        self.events: list[Event] = []
        self.about = {
            "item_code": item,
            "item_name": name,
            "body": body,
            "origin": point,
            "project_type": "2",
            "sunk": point is not None,
        }

    def then(
        self,
        type_: str,
        data: dict[str, Any] | None = None,
        by: str = "system",
        role: str | None = None,
        after: timedelta = timedelta(0),
    ) -> Script:
        self.at += after
        point = self.point if by == "clerk" else None
        actor = Actor(by, role or ROLES.get(by, "acceptor"), self.body, point)
        event = Event(self.no, len(self.events) + 1, type_, self.at, actor, data or {})
        self.events.append(event)
        return self

    def days(self, days: float) -> Script:
        self.at += timedelta(days=days)
        return self

    def hours(self, hours: float) -> Script:
        self.at += timedelta(hours=hours)
        return self

    def received(self, by: str | None = None, materials: int = 2, from_store: int = 0) -> Script:
        ledger = {"received": to_text(self.at), "promise": self.promise}
        if self.statutory:
            ledger["statutory"] = self.statutory
        files = [{"id": f"m{n}", "key": f"k{n}", "sha256": "0" * 64} for n in range(materials)]
        files += [{"id": f"c{n}", "certificate": f"1.2.156.3005.2.{n}"} for n in range(from_store)]
        data = {
            "item": self.item,
            "item_version": 1,
            "body": self.body,
            "holder": "f" * 32,
            "origin": self.point,
            "sunk": self.point is not None,
            "result": self.result,
            "delivery": {"channel": self.channel},
            "materials": files,
            "ledger": ledger,
        }
        kept = {key: value for key, value in data.items() if value is not None}
        return self.then("case.received", kept, by or ("clerk" if self.point else "citizen"))

    def accepted(self, by: str = ACCEPTOR, deemed: bool = False) -> Script:
        data: dict[str, Any] = {"accepted_on": self.at.date().isoformat()}
        return self.then("case.accepted", {**data, "deemed": True} if deemed else data, by)

    def corrected(self, missing: tuple[str, ...] = ("户口簿",), **more: Any) -> Script:
        data = {
            "missing": [{"text": text} for text in missing],
            "noticed_on": self.at.date().isoformat(),
            **more,
        }
        return self.then("case.correction_requested", data, ACCEPTOR)

    def supplemented(self, by: str = "citizen") -> Script:
        return self.then("case.supplemented", {"materials": [{"id": "m9"}]}, by)

    def reviewed(self, by: str = REVIEWER) -> Script:
        data = {"opinion": "符合条件", "recommendation": "grant"}
        return self.then("case.reviewed", data, by, "reviewer")

    def procedure(self, kind: str = "hearing", expected: int = 10, **changes: Any) -> Script:
        started = self.at.date()
        data = {
            "id": f"p{len(self.events) + 1}",
            "kind": kind,
            "reason": "申请人要求",
            "started_on": started.isoformat(),
            "stops": ["statutory", "promise"],
            "notice": "听证告知书",
            "expected_on": (started + timedelta(days=expected)).isoformat(),
            **changes,
        }
        return self.then("case.procedure_started", data, REVIEWER)

    def procedure_ended(self, staff: tuple[str, ...] = ("甲", "乙"), **changes: Any) -> Script:
        started = next(e for e in reversed(self.events) if e.type == "case.procedure_started")
        data = {
            "id": started.data["id"],
            "kind": started.data["kind"],
            "result": "无异议",
            "staff": list(staff),
            "ended_on": self.at.date().isoformat(),
            **changes,
        }
        return self.then("case.procedure_finished", data, REVIEWER)

    def granted(self, by: str = CHIEF, role: str = "chief_representative") -> Script:
        return self.then("case.granted", {"opinion": "同意"}, by, role)

    def refused(self, by: str = CHIEF, **changes: Any) -> Script:
        data = {"reason": "不符合条件", "remedies": "可申请行政复议", **changes}
        return self.then("case.refused", data, by, "chief_representative")

    def certified(self) -> Script:
        return self.then(
            "case.certificate_stored", {"identifier": "1.2.156.3005.2.x", "type": self.result}
        )

    def delivered(self, channel: str | None = None) -> Script:
        data = {"channel": channel or self.channel, "received_by": "applicant"}
        return self.then("case.delivered", data, "clerk" if self.point else "system")

    def alert(self, clock: str, rung: str, responsible: str | None = None) -> Script:
        data = {
            "clock": clock,
            "rung": rung,
            "due_on": self.at.date().isoformat(),
            "at": to_text(self.at),
            "stage": "review",
            "responsible": responsible or self.body,
        }
        return self.then("case.alert_raised", data)

    def rated(self, grade: int) -> Script:
        return self.then("case.rated", {"grade": grade}, "citizen")

    def details(self) -> list[dict[str, Any]]:
        """The events as bus events' details."""
        return [{**event.to_dict(), "facts": self.about} for event in self.events]


def plain(no: str = "410102-AAAAA-00001-1", **options: Any) -> Script:
    """A case without incident, from receipt to delivery on its third day."""
    script = Script(no, **options).received().hours(3).accepted().days(1).reviewed()
    return script.hours(2).granted().certified().days(1).delivered()


def random_case(rng: random.Random, number: int, start: datetime = MONDAY) -> Script:
    """A lawful case of some length, any ending, with alerts as its clocks would raise them."""
    body = rng.choice(["rs", "ga", "mz", "zj"])
    point = rng.choice([None, "zy-station", "lh-station", "centre"])
    script = Script(
        f"410102-R{number:09d}",
        body=body,
        point=point,
        item=f"{body}-item-{rng.randrange(3)}",
        at=start + timedelta(minutes=rng.randrange(60 * 24 * 40)),
        channel="origin_window" if point else "electronic",
        promise=rng.choice(["5w@receipt", "3w@acceptance", "15d@acceptance"]),
        result=rng.choice([None, "11410102DEM00000014001"]),
    )
    script.received(from_store=rng.randrange(3)).hours(rng.randrange(1, 40))
    if rng.random() < 0.05:
        return script.then("case.withdrawn", {"reason": ""}, "citizen")
    if rng.random() < 0.05:
        return script.then(
            "case.rejected", {"kind": "not_required", "reason": "无需办理"}, ACCEPTOR
        )
    if rng.random() < 0.2:
        script.corrected().days(rng.randrange(1, 4)).supplemented(
            "clerk" if point else "citizen"
        ).hours(4)
    script.accepted().hours(rng.randrange(2, 90))
    for clock, rung in rng.sample(
        [("promise", "warning"), ("promise", "yellow"), ("statutory", "red")], rng.randrange(3)
    ):
        script.alert(clock, rung)
    if rng.random() < 0.15:
        script.procedure().days(rng.randrange(1, 9)).procedure_ended()
    script.reviewed().hours(rng.randrange(1, 50))
    if rng.random() < 0.1:
        script.refused()
    else:
        script.granted()
        if script.result:
            script.certified()
    script.hours(rng.randrange(1, 100)).delivered()
    if rng.random() < 0.4:
        script.hours(5).rated(rng.randrange(1, 6))
    return script


def many(seed: int, count: int) -> Iterator[Script]:
    rng = random.Random(seed)
    for number in range(count):
        yield random_case(rng, number)
