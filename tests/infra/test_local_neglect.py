"""A case that nobody touches, on the deployed template with its days sped up: the cards come by
themselves, from the state machine's timer over EventBridge into the alarms, each once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from local.deployment import Deployment, deployed
from tests.infra.people import Person, eventually, residence_permit

DAY_SECONDS = 2.0
STATION = "station.yingchun"

pytestmark = [pytest.mark.deployed, pytest.mark.xdist_group("neglect")]


@pytest.fixture(scope="module")
def hurried() -> Iterator[Deployment]:
    """A deployment of its own in which a day lasts two seconds."""
    with deployed(day_seconds=DAY_SECONDS) as running:
        yield running


def alarms_of(watcher: Person, no: str) -> list[dict[str, Any]]:
    return [alarm for alarm in watcher.all("/v1/alarms", limit=100) if alarm["case_no"] == no]


def test_a_neglected_case_gets_its_warning_its_yellow_and_its_red_card_each_once(
    hurried: Deployment,
) -> None:
    clerk, watcher = Person(hurried, STATION), Person(hurried, "supervisor")
    no = (
        clerk.post("/v1/cases", residence_permit(clerk, "citizen.li"))
        .raise_for_status()
        .json()["case_no"]
    )

    def promise_cards() -> Counter[str]:
        events = watcher.all(f"/v1/cases/{no}/events", limit=100)
        raised = [e["data"] for e in events if e["type"] == "case.alert_raised"]
        return Counter(each["rung"] for each in raised if each["clock"] == "promise")

    # Seven working days and the red card behind them, with a holiday in between at the worst.
    eventually(lambda: promise_cards()["red"], 40 * DAY_SECONDS)
    assert promise_cards() == {"warning": 1, "yellow": 1, "red": 1}

    def all_heard() -> bool:
        return {"warning", "yellow", "red"} <= {alarm["level"] for alarm in alarms_of(watcher, no)}

    eventually(all_heard, 30)
    subjects = Counter(
        (alarm["rule"], alarm["subject"], alarm["level"]) for alarm in alarms_of(watcher, no)
    )
    assert set(subjects.values()) == {1}
