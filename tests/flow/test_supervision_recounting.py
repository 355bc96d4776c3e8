"""The recount finds what is wrong: a counter, an event never heard, a board left behind."""

from __future__ import annotations

from pynamodb.expressions.operand import Path as Attribute
from typer.testing import CliRunner

from chalicelib.supervision import boarding, recounting, service
from chalicelib.supervision.boards import shard_of
from chalicelib.supervision.measures import Cell
from chalicelib.supervision.store import Row
from cli.supervision import app
from tests.support.supervision_cases import Script, plain
from tests.support.supervision_hearing import hear

pytest_plugins = ["tests.support.supervision_room"]


def run(*arguments):
    return CliRunner().invoke(app, [*map(str, arguments)], catch_exceptions=False)


def test_a_counter_that_was_tampered_with_is_named(tables_only):
    hear(plain())
    cell = Cell(2026, "rs", "zy-station", plain().item)
    row = Row(f"CELLS#2026#{shard_of(cell)}", f"CELL#{cell.body}#{cell.point}#{cell.item}")
    row.update([Attribute(["11.closed"]).add(3)])
    answer = run("recount", 2026)
    assert answer.exit_code == 1
    assert "11.closed" in answer.output
    assert "-3" in answer.output


def test_an_event_that_was_never_heard_is_found_in_the_recount_from_the_log(tables_only):
    script = plain("410102-AAAAA-00001-1")
    for detail in script.details()[:-1]:
        service.take_in(detail)
    boarding.rebuild(2026)
    found = recounting.recount(2026, lambda _: script.events)
    (missing,) = found.differs.values()
    assert missing["11.closed"] == 1
    assert missing["open"] == -1


def test_a_board_left_behind_is_named_and_rebuilt(room):
    room.hear(plain("410102-AAAAA-00001-1"))
    room.settle()
    room.hear(plain("410102-BBBBB-00002-2"))
    room.records()  # the stream's records are lost
    assert run("recount", 2026).exit_code == 1
    assert run("rebuild", 2026).exit_code == 0
    assert run("recount", 2026).exit_code == 0


def test_rules_are_listed_with_what_they_rest_on(tables_only):
    answer = run("rules")
    assert "T03" in answer.output
    assert "P09" in answer.output


def test_alarms_and_redress_count_in_the_recount(room):
    room.hear(Script("410102-AAAAA-00001-1").received().alert("promise", "yellow"))
    room.settle(lambda: run("recount", 2026).exit_code == 0)
