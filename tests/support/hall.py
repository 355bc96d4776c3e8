"""What the tests of the hall begin with: people, mandates, a stream to relay."""

from __future__ import annotations

import itertools
import json
from typing import Any

from chalicelib.hall import workers
from chalicelib.hall.store import HallItem
from tests.support.api import Answer
from tests.support.applications import document_for
from tests.support.engine import ACCOUNTS, Engine

ZHANG, LI, WANG, COMPANY = "citizen.zhang", "citizen.li", "citizen.wang", "company.demo"
WINDOW, SECOND_WINDOW, STATION = "window.centre", "window.centre2", "station.yingchun"
EVERY_ACT = ["submit", "supplement", "withdraw", "collect", "read"]
KEYS = itertools.count(1)


def post(engine: Engine, who: str, path: str, body: Any = None, key: str = "") -> Answer:
    """One request under a key of its own, unless one is given."""
    headers = {"Idempotency-Key": key or f"hall-{next(KEYS)}"}
    return engine.client(who).post(path, body, headers=headers)


def done(answer: Answer) -> Any:
    assert answer.status in (200, 201), answer.text
    return answer.json


def party(account: str, phone: str = "") -> dict[str, str]:
    """A demo account as a form names it."""
    found = ACCOUNTS[account]
    return {
        "id_type": found["holder_id_type"],
        "id_number": found["holder_id_number"],
        "name": found["name"],
        "phone": phone,
    }


def mandate_body(principal: str = ZHANG, agent: str = LI, **changes: Any) -> dict[str, Any]:
    """Everything that family may do in every item, for the month of the tests."""
    body = {
        "kind": "family",
        "relation": "child",
        "principal": party(principal, "13800001234"),
        "agent": party(agent),
        "acts": EVERY_ACT,
        "last_day": "2026-03-31",
    }
    return {**body, **changes}


def given(engine: Engine, principal: str = ZHANG, agent: str = LI, **changes: Any) -> str:
    """A mandate that its principal drafted and confirmed; its id."""
    drafted = done(
        post(engine, principal, "/v1/mandates", mandate_body(principal, agent, **changes))
    )
    done(post(engine, principal, f"/v1/mandates/{drafted['id']}/confirmation"))
    return str(drafted["id"])


def station_mandate(engine: Engine, principal: str = ZHANG, **changes: Any) -> str:
    """The station acts for the principal, recorded there with the signed paper; its id."""
    body = mandate_body(principal, kind="station", relation="", station="yingchun", **changes)
    del body["agent"]
    paper = {"paper": document_for(STATION, "委托书"), "both_present": True}
    return str(done(post(engine, STATION, "/v1/mandates", {**body, **paper}))["id"])


def stored_events() -> list[dict[str, Any]]:
    """Every event of the hall, as its items hold them."""
    return [item.event for item in HallItem.scan() if item.sk.startswith("EVENT#")]


def records() -> list[dict[str, Any]]:
    """The stream's records of every event there is."""
    return [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": str(number),
                "NewImage": {
                    "sk": {"S": f"EVENT#{event['seq']:04d}"},
                    "event": {"S": json.dumps(event, ensure_ascii=False)},
                },
            },
        }
        for number, event in enumerate(stored_events())
    ]


def relayed(engine: Engine) -> list[dict[str, Any]]:
    """Relay everything; what went on the bus."""
    before = len(engine.published)
    assert workers.relay_hall({"Records": records()}, None) == {"batchItemFailures": []}
    return engine.published[before:]


def sweep() -> dict[str, Any]:
    return workers.sweep_hall({}, None)
