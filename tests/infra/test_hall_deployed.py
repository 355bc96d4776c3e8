"""The hall on the deployed template: a mandate that works, a number, a refusal that is alarmed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.core.time import SHANGHAI
from local.deployment import Deployment
from tests.infra.people import Person, applicant, eventually, item_named, materials_for

ZHANG, LI, WINDOW = "citizen.zhang", "citizen.li", "window.centre"


@pytest.fixture(scope="module")
def agent(deployment: Deployment) -> Person:
    return Person(deployment, LI)


@pytest.fixture(scope="module")
def principal(deployment: Deployment) -> Person:
    return Person(deployment, ZHANG)


def application(agent: Person, mandate: str | None) -> dict[str, Any]:
    item = agent.get(f"/v1/items/{item_named('居住证申领')['task_code']}").raise_for_status().json()
    who = {"mandate": mandate} if mandate else {"applicant": applicant(ZHANG)}
    return {"item_code": item["code"], "materials": materials_for(agent, item), **who}


def test_an_agent_applies_under_a_mandate_and_only_as_long_as_it_stands(
    principal: Person, agent: Person
) -> None:
    assert agent.post("/v1/cases", application(agent, None)).status_code == 403
    last_day = datetime.now(SHANGHAI).date() + timedelta(days=20)
    draft = {
        "kind": "family",
        "relation": "child",
        "principal": applicant(ZHANG),
        "agent": applicant(LI),
        "acts": ["submit", "read"],
        "last_day": last_day.isoformat(),
    }
    mandate = principal.post("/v1/mandates", draft).raise_for_status().json()["id"]
    assert agent.post("/v1/cases", application(agent, mandate)).status_code == 403
    principal.post(f"/v1/mandates/{mandate}/confirmation", {}).raise_for_status()
    answer = agent.post("/v1/cases", application(agent, mandate))
    assert answer.status_code == 201, answer.text
    no = answer.json()["case_no"]
    seen = principal.get(f"/v1/cases/{no}").raise_for_status().json()
    assert (seen["agent"]["mandate"], seen["agent"]["name"]) == (mandate, "李*示")
    principal.post(f"/v1/mandates/{mandate}/revocation", {}).raise_for_status()
    assert agent.get(f"/v1/cases/{no}").status_code == 403
    assert agent.post("/v1/cases", application(agent, mandate)).status_code == 403


def test_turning_a_visitor_away_goes_from_the_stream_to_a_red_card(
    deployment: Deployment, principal: Person
) -> None:
    visit = principal.post("/v1/visits", {"point": "centre"}).raise_for_status().json()
    assert visit["number"] >= 1
    window = Person(deployment, WINDOW)
    called = window.post("/v1/visit-calls", {"window": "1号窗口"}).raise_for_status().json()
    assert called["id"] == visit["id"]
    path = f"/v1/visits/{visit['id']}/refusal"
    principal.post(path, {"reason": "窗口说号满了"}).raise_for_status()
    supervisor = Person(deployment, "supervisor")

    def raised() -> dict[str, Any] | None:
        items = supervisor.all("/v1/alarms", limit=100)
        return next((each for each in items if each["rule"] == "P11"), None)

    alarm = eventually(raised, 60)
    assert (alarm["level"], alarm["organisation"]) == ("red", "centre")


def test_slots_are_booked_on_the_deployed_table(principal: Person) -> None:
    tomorrow = (datetime.now(SHANGHAI) + timedelta(days=1)).date().isoformat()
    offered = principal.get("/v1/appointment-slots", point="centre", day=tomorrow)
    first = offered.raise_for_status().json()["items"][0]
    body = {"point": "centre", "day": tomorrow, "start": first["start"]}
    made = principal.post("/v1/appointments", body)
    assert made.status_code == 201, made.text
    assert principal.post("/v1/appointments", body).status_code == 409
    again = principal.get("/v1/appointment-slots", point="centre", day=tomorrow).json()["items"][0]
    assert again["left"] == first["left"] - 1
