"""The wall and the boards under it: live, of bounded reading, and the same as their cells."""

from __future__ import annotations

import pytest
from botocore.client import BaseClient

from chalicelib.supervision import board_store, boarding, figures
from chalicelib.supervision.boards import BOARDS, NOW, Board, Filter
from tests.support.supervision_cases import Script, many, plain
from tests.support.supervision_hearing import hear

pytest_plugins = ["tests.support.supervision_room"]

NOVEMBER = "2026-11"


class Reads:
    """Counts the items that calls bring back."""

    def __init__(self, monkeypatch) -> None:
        self.items = 0
        original = BaseClient._make_api_call

        def counted(client, operation, arguments):
            answer = original(client, operation, arguments)
            if operation == "GetItem":
                self.items += 1
            elif operation == "BatchGetItem":
                self.items += sum(len(t["Keys"]) for t in arguments["RequestItems"].values())
            elif operation == "Query":
                self.items += answer["ScannedCount"]
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", counted)


@pytest.mark.parametrize("count", [5, 30])
def test_wall_and_indicators_read_twenty_items_at_most(tables_only, monkeypatch, count):
    hear(*many(seed=9, count=count))
    reads = Reads(monkeypatch)
    figures.wall()
    assert reads.items <= 20
    reads.items = 0
    figures.indicators(NOVEMBER)
    assert reads.items <= 20


def test_the_wall_counts_what_is_open_and_lights_up(room):
    room.clock.move_to(2026, 11, 9, 12, 0)
    room.hear(
        plain("410102-AAAAA-00001-1"),
        Script("410102-BBBBB-00002-2").received().accepted().days(7).alert("promise", "yellow"),
        Script("410102-CCCCC-00003-3", body="ga", point=None).received(),
    )
    room.settle(lambda: figures.wall()["alarms"]["yellow"] == 1)
    wall = figures.wall()
    assert wall["open"] == 2
    assert {row["name"]: (row["open"], row["light"]) for row in wall["bodies"]} == {
        "rs": (1, "yellow"),
        "ga": (1, "green"),
    }
    assert {row["name"] for row in wall["points"]} == {"zy-station", "online"}
    assert [card["case_no"] for card in wall["oldest"]] == [
        "410102-BBBBB-00002-2",
        "410102-CCCCC-00003-3",
    ]
    assert wall["gravest"][0]["rule"] == "T03"
    assert (wall["received_today"], wall["closed_today"]) == (3, 1)
    assert wall["hours"][-1] == {"hour": "2026-11-09T12", "received": 3, "closed": 1}


def test_the_hours_flow_is_told_apart_by_hour(room):
    room.hear(Script("410102-AAAAA-00001-1").received())
    room.settle()
    room.clock.move(hours=2)
    room.hear(Script("410102-BBBBB-00002-2").received(), plain("410102-CCCCC-00003-3"))
    room.settle()
    hours = {one["hour"]: one for one in figures.wall()["hours"]}
    assert hours["2026-11-02T10"]["received"] == 1
    assert hours["2026-11-02T11"]["received"] == 0
    assert (hours["2026-11-02T12"]["received"], hours["2026-11-02T12"]["closed"]) == (2, 1)


def test_boards_kept_by_the_stream_equal_boards_built_from_the_cells(room):
    room.hear(*many(seed=4, count=8))
    room.settle()
    names = [NOW, NOVEMBER, "2026-12"]
    kept = {name: sheet.rows for name, sheet in board_store.read(names).items()}
    for name in names:
        for shard in range(BOARDS):
            board_store.change(name, shard, lambda _: Board())
    boarding.rebuild(2026)
    built = {name: sheet.rows for name, sheet in board_store.read(names).items()}
    for name in names:
        assert _without_empty(built[name]) == _without_empty(kept[name])


def _without_empty(rows):
    return {cell: dict(values) for cell, values in rows.items() if values}


def test_a_copy_that_comes_late_does_not_undo_a_newer_one(room):
    room.hear(Script("410102-AAAAA-00001-1").received())
    first = room.records()
    room.hear(Script("410102-BBBBB-00002-2").received())
    second = room.records()
    from chalicelib.supervision import workers

    for records in (second, first, second):
        cells = [r for r in records if r["dynamodb"]["NewImage"]["sk"]["S"].startswith("CELL#")]
        workers.keep_boards({"Records": cells}, None)
    assert figures.wall()["open"] == 2


def test_removed_proofs_are_counted_for_the_district_and_open_their_list(tables_only):
    removed = {"key": "circular|a|b", "message": "循环", "found_at": "x", "removed_at": "y"}
    board_store.save_census({"rates": {}, "proofs": {"standing": [], "removed": [removed]}})
    whole = {one["key"]: one for one in figures.indicators(NOVEMBER)["monthly"]}["proofs_removed"]
    assert (whole["numerator"], whole["denominator"]) == (1, 1)
    page = figures.cases(
        "proofs_removed", NOVEMBER, Filter(), timeliness=None, limit=10, start=None
    )
    assert page.cards == (removed,)
    of_body = figures.indicators(NOVEMBER, Filter(body="rs"))["monthly"]
    assert {one["key"]: one for one in of_body}["proofs_removed"]["denominator"] == 0
