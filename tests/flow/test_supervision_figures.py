"""Indicators, their breakdown, the cases under them, the wall: exact, and of bounded reading."""

from __future__ import annotations

from collections import Counter

import pytest
from botocore.client import BaseClient

from chalicelib.core.errors import InvalidInput, NotFound
from chalicelib.supervision import board_store, boarding, case_store, cell_store, figures, service
from chalicelib.supervision.boards import BOARDS, NOW, Board, Filter
from chalicelib.supervision.cell_store import CellImage, cells_of
from tests.support.supervision_cases import Script, many, plain

pytest_plugins = ["tests.support.supervision_room"]

NOVEMBER = "2026-11"


def hear(scripts):
    for script in scripts:
        for detail in script.details():
            service.take_in(detail)


def copy_boards(year=2026):
    for shard in range(BOARDS):
        boarding.keep(_touching(image, year) for image in cells_of(year, shard))


def _touching(image: CellImage, year: int) -> CellImage:
    """As if the stream had shown every change of the cell."""
    image.touched = frozenset({NOW, *(f"{year}-{month:02d}" for month in range(1, 13))})
    return image


@pytest.fixture
def autumn(tables_only):
    scripts = list(many(seed=3, count=40))
    hear(scripts)
    copy_boards()
    return scripts


def value_of(answer, key):
    return next(one for one in answer["monthly"] if one["key"] == key)


def all_cards(key, wanted=Filter(), timeliness=None):
    cards, start = [], None
    while True:
        page = figures.cases(key, NOVEMBER, wanted, timeliness=timeliness, limit=7, start=start)
        cards += page.cards
        if page.next is None:
            return cards
        start = page.next


def test_a_number_is_the_length_of_its_list(autumn):
    answer = figures.indicators(NOVEMBER)
    for key in ("received", "closed"):
        assert value_of(answer, key)["numerator"] == len(all_cards(key)) > 0


def test_on_time_is_the_timely_part_of_the_list(autumn):
    found = value_of(figures.indicators(NOVEMBER), "on_time_rate")
    timely, late = (
        all_cards("on_time_rate", timeliness="timely"),
        all_cards("on_time_rate", timeliness="late"),
    )
    assert (found["numerator"], found["denominator"]) == (len(timely), len(timely) + len(late))
    assert found["rate"] == round(len(timely) / (len(timely) + len(late)), 4)


def test_sums_are_the_sums_of_their_cases_shares(autumn):
    answer = figures.indicators(NOVEMBER)
    closed = all_cards("closed")
    promised = value_of(answer, "actual_to_promised")
    timed = [card["promise_days"] for card in closed if "promise_days" in card]
    assert promised["denominator"] == sum(days[0] for days in timed)
    assert promised["numerator"] == sum(days[1] for days in timed)
    saved = sum(card.get("visits_saved", 0) for card in closed)
    assert value_of(answer, "visits_saved")["numerator"] == saved
    materials = sum(card.get("materials_saved", 0) for card in all_cards("received"))
    assert value_of(answer, "materials_saved")["numerator"] == materials


def test_ratings_open_the_cases_that_were_rated(autumn):
    found = value_of(figures.indicators(NOVEMBER), "satisfaction_rate")
    grades = [card["grade"] for card in all_cards("satisfaction_rate")]
    assert found["denominator"] == len(grades)
    assert found["numerator"] == sum(1 for grade in grades if grade <= 3)


@pytest.mark.parametrize("by", ["body", "point", "item"])
def test_the_parts_of_an_indicator_add_up_to_the_whole(autumn, by):
    whole = value_of(figures.indicators(NOVEMBER), "on_time_rate")
    rows = figures.breakdown("on_time_rate", NOVEMBER, by)["rows"]
    assert sum(row["numerator"] for row in rows) == whole["numerator"]
    assert sum(row["denominator"] for row in rows) == whole["denominator"]


@pytest.mark.parametrize("by", ["body", "point", "item"])
def test_each_part_opens_its_own_cases(autumn, by):
    for row in figures.breakdown("closed", NOVEMBER, by)["rows"]:
        cards = all_cards("closed", Filter(**{by: row["name"]}))
        assert len(cards) == row["numerator"]


def test_what_never_happened_has_no_rate(tables_only):
    found = value_of(figures.indicators("2026-01"), "on_time_rate")
    assert (found["numerator"], found["denominator"], found["rate"]) == (0, 0, None)


def test_an_unknown_indicator_or_month_is_refused(tables_only):
    with pytest.raises(NotFound):
        figures.breakdown("happiness", NOVEMBER, "body")
    with pytest.raises(InvalidInput):
        figures.month_of("2026-13")


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


@pytest.mark.parametrize("count", [5, 60])
def test_wall_and_indicators_read_twenty_items_at_most(tables_only, monkeypatch, count):
    hear(many(seed=9, count=count))
    copy_boards()
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
    room.hear(*many(seed=4, count=12))
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


def test_the_cells_are_the_sum_over_everything_heard(autumn):
    total = Counter()
    for counter in cell_store.all_counts(2026).values():
        total.update(counter)
    assert total["in"] == len(autumn)
    assert total["open"] == total["in"] - total["out"]
    assert len(case_store.oldest_open(100)) == total["open"]
