"""One real case on the deployed template, from a village station to the citizen's hand."""

from __future__ import annotations

from typing import Any

import pytest

from local.deployment import Deployment
from tests.infra.people import Person, eventually, residence_permit

STATION = "station.yingchun"


@pytest.fixture(scope="module")
def clerk(deployment: Deployment) -> Person:
    return Person(deployment, STATION)


def stage(person: Person, no: str) -> str:
    found: str = person.get(f"/v1/cases/{no}").raise_for_status().json()["stage"]
    return found


def test_a_sunk_item_goes_from_the_station_to_the_citizens_hand(
    deployment: Deployment, clerk: Person
) -> None:
    receipt = clerk.post("/v1/cases", residence_permit(clerk)).raise_for_status().json()
    no = receipt["case_no"]

    def act(account: str, path: str, body: dict[str, Any]) -> None:
        answer = Person(deployment, account).post(f"/v1/cases/{no}/{path}", body)
        assert answer.status_code == 200, answer.text

    act("ga.acceptor", "acceptance", {})
    act("ga.reviewer", "review", {"opinion": "材料齐全,符合条件", "recommendation": "grant"})
    act("ga.chief", "sign-off", {"decision": "grant"})
    citizen = Person(deployment, "citizen.zhang")
    eventually(lambda: stage(citizen, no) == "delivery")
    act(STATION, "delivery", {"received_by": "applicant"})
    assert stage(citizen, no) == "closed"
    held = citizen.all("/v1/me/certificates")
    assert len([each for each in held if each["case_no"] == no]) == 1
