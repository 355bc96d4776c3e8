"""A published calendar moves open cases and their timers; what-if writes nothing."""

from __future__ import annotations

import json
from datetime import date

from typer.testing import CliRunner

from chalicelib.cases import projection, store
from cli.calendar import app as calendar_command
from tests.support.applications import STATION, application, item_named
from tests.support.steps import Road

STATUTORY_2027 = (
    *(f"2027-02-{day:02}" for day in range(5, 10)),
    "2027-04-05",
    "2027-05-01",
    "2027-05-02",
    "2027-06-09",
    "2027-09-15",
    "2027-10-01",
    "2027-10-02",
    "2027-10-03",
)
NOTICE_2027 = {
    "year": 2027,
    "status": "official",
    "source": "国务院办公厅关于2027年部分节假日安排的通知(测试)",
    "days_off": [
        *(f"2027-01-0{day}" for day in range(1, 6)),
        *STATUTORY_2027,
    ],
    "makeup_working_days": [],
}


def year_end_case(engine) -> str:
    engine.clock.move_to(2026, 12, 25, 10, 0)
    item = item_named("居住证申领")
    answer = engine.client(STATION).post("/v1/cases", application(item, STATION))
    assert answer.status == 201, answer.text
    return answer.json["case_no"]


def clocks(engine, no: str) -> dict[str, dict[str, object]]:
    view = engine.client("ga.reviewer").get(f"/v1/cases/{no}").json
    return {clock["clock"]: clock for clock in view["clocks"]}


def test_a_case_over_the_year_end_is_provisional_until_the_notice_moves_it_and_its_timer(
    engine, tmp_path
):
    no = year_end_case(engine)
    Road(engine, no).caught_up()
    projection.catch_up()
    before = clocks(engine, no)["promise"]
    armed = store.read_flow(no).sweep_at
    assert before["provisional"] is True
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(NOTICE_2027), encoding="utf-8")
    answer = CliRunner().invoke(calendar_command, ["publish", str(file)])
    assert answer.exit_code == 0, answer.output
    assert "移动 1 件" in answer.output
    after = clocks(engine, no)["promise"]
    assert after["provisional"] is False
    assert after["due_on"] > before["due_on"]
    Road(engine, no).caught_up()
    assert store.read_flow(no).seen == 2
    assert armed is not None
    event = store.read_log(no)[-1].event
    assert event.type == "case.calendar_changed"
    assert event.data["moved"]["promise"] == [before["due_on"], after["due_on"]]


def test_projecting_again_writes_nothing(engine, tmp_path):
    no = year_end_case(engine)
    Road(engine, no).caught_up()
    projection.catch_up()
    file = tmp_path / "2027.json"
    file.write_text(json.dumps(NOTICE_2027), encoding="utf-8")
    assert CliRunner().invoke(calendar_command, ["publish", str(file)]).exit_code == 0
    length = len(store.read_log(no))
    again = CliRunner().invoke(calendar_command, ["project"])
    assert "没有需要移动的" in again.output
    assert len(store.read_log(no)) == length


def test_a_notice_at_fault_is_refused_with_its_field(engine, tmp_path):
    file = tmp_path / "wrong.json"
    file.write_text(json.dumps({**NOTICE_2027, "days_off": ["2027-13-01"]}), encoding="utf-8")
    answer = CliRunner().invoke(calendar_command, ["publish", str(file)])
    assert answer.exit_code == 1
    assert "days_off" in answer.output


def test_what_if_names_the_cases_that_would_change_and_writes_nothing(engine, residence_case):
    Road(engine, residence_case).caught_up()
    engine.clock.move_to(2026, 3, 11, 9, 0)
    before = store.read_log(residence_case)
    supposed = {"days_off": [date(2026, 3, day).isoformat() for day in range(4, 10)]}
    items, cursor = [], None
    while True:
        answer = engine.client("office").post(
            "/v1/deadlines/what-if", {**supposed, "limit": 100, "cursor": cursor}
        )
        assert answer.status == 200, answer.text
        items += answer.json["items"]
        cursor = answer.json["next_cursor"]
        if cursor is None:
            break
    assert [item["case_no"] for item in items] == [residence_case]
    assert items[0]["colour_before"] != items[0]["colour_after"]
    assert store.read_log(residence_case) == before
    assert engine.client(STATION).post("/v1/deadlines/what-if", supposed).status == 403
