"""Whatever the order and however often: the same log, the same figures, the same boards."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.notices import shipped_calendar
from chalicelib.supervision.boards import NOW, Board, Sheet, split
from chalicelib.supervision.heard import Heard
from chalicelib.supervision.measures import Cell, counts, difference, standing, total
from tests.support.supervision_cases import random_case

CALENDAR = shipped_calendar()
seeds = st.integers(0, 10**6)


@st.composite
def deliveries(draw):
    """A random lawful case, and its events shuffled with some of them doubled."""
    script = random_case(random.Random(draw(seeds)), 1)
    doubled = draw(st.lists(st.sampled_from(script.events), max_size=6))
    return script, draw(st.permutations([*script.events, *doubled]))


@given(deliveries())
def test_any_delivery_is_heard_as_the_same_log(delivery):
    script, events = delivery
    heard = Heard(script.no)
    for event in events:
        heard = heard.hear(event, script.about)
    assert [event.seq for event in heard.events] == [event.seq for event in script.events]
    assert not heard.gap
    assert Heard.from_bytes(script.no, heard.to_bytes()) == heard


@given(deliveries())
def test_the_differences_of_any_delivery_add_up_to_the_whole(delivery):
    script, events = delivery
    heard, known, changes = Heard(script.no), None, []
    for event in events:
        after = heard.hear(event, script.about)
        where = standing(after, CALENDAR, known)
        timing = where.timing if where else None
        changes.append(difference(counts(after, CALENDAR, timing), counts(heard, CALENDAR, known)))
        heard, known = after, timing
    assert total(changes) == total([counts(heard, CALENDAR)])


@given(deliveries())
def test_a_case_is_open_once_received_and_no_longer_once_closed(delivery):
    script, _ = delivery
    heard = Heard(script.no)
    for event in script.events:
        heard = heard.hear(event, script.about)
        standing_now = sum(counter["open"] for counter in counts(heard, CALENDAR).values())
        closed = any(
            e.type in ("case.delivered", "case.withdrawn", "case.rejected") for e in heard.events
        )
        assert standing_now == (not closed)


@given(deliveries())
def test_a_decided_case_was_on_time_or_late_and_took_what_it_took(delivery):
    script, _ = delivery
    heard = Heard(script.no)
    for event in script.events:
        heard = heard.hear(event, script.about)
    where = standing(heard, CALENDAR, None)
    decided = any(e.type in ("case.granted", "case.refused") for e in heard.events)
    assert (where.timing is not None) == decided
    if where.timing:
        allowed, used = where.timing.promise
        assert used >= 0
        assert where.timing.late or used <= allowed


cells = st.builds(
    Cell, st.just(2026), st.sampled_from(["rs", "ga"]), st.sampled_from(["p1", "p2"]), st.just("i1")
)
copies = st.tuples(
    cells,
    st.integers(1, 5),
).map(lambda pair: (pair[0], pair[1], {"open": pair[1] * 7, "in": pair[1]}))


@given(
    st.lists(copies, max_size=12).flatmap(
        lambda made: st.tuples(st.just(made), st.permutations(made))
    )
)
def test_a_board_holds_the_newest_copy_of_each_cell_in_any_order(pair):
    made, shuffled = pair
    boards = []
    for order in (made, shuffled):
        board = Board()
        for cell, version, values in order:
            board = board.take(cell, version, values)
        boards.append(board)
    assert boards[0].rows == boards[1].rows
    newest = {}
    for cell, _version, values in sorted(made, key=lambda one: one[1]):
        newest[cell] = values
    assert Sheet([boards[0]]).rows == newest


@given(
    st.dictionaries(
        st.sampled_from(["11.closed", "12.closed", "open", "alarm.red"]), st.integers(1, 9)
    )
)
def test_a_cells_values_are_split_over_its_boards_without_loss(values):
    split_up = split(Cell(2026, "rs", "p", "i"), values)
    assert sum(sum(part.values()) for part in split_up.values()) == sum(values.values())
    assert set(split_up[NOW]) <= {"open", "alarm.red"}
