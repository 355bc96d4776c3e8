"""The engine of the flow tests itself: what its stream shows, and whose clock is read."""

from __future__ import annotations

import pytest

from chalicelib.aws import settings
from chalicelib.cases import recording, store
from chalicelib.cases.lifecycle import Draft
from tests.support.applications import residence_permit
from tests.support.engine import district


def test_the_stream_goes_on_behind_a_cancelled_transaction_and_shows_nothing_of_it(engine):
    no = residence_permit(engine).json["case_no"]
    stale = store.read_head(no)
    engine.client("ga.acceptor").post(f"/v1/cases/{no}/acceptance", {})
    assert len(engine.new_records()) == 2
    with pytest.raises(store.Moved):
        recording.append(stale, [Draft("case.corrected", {"what": "x"})], recording.THE_SYSTEM)
    assert engine.new_records() == []
    opinion = {"opinion": "符合条件", "recommendation": "grant"}
    assert engine.client("ga.reviewer").post(f"/v1/cases/{no}/review", opinion).status == 200
    (shown,) = engine.new_records()
    assert shown["dynamodb"]["NewImage"]["type"]["S"] == "case.reviewed"


def test_what_is_loaded_within_one_district_reads_the_clock_of_the_next():
    with pytest.MonkeyPatch.context() as patch, district(patch) as first:
        first.clock.move_to(2026, 9, 1, 9, 0)
        # As a module does that a function imports when it is first called.
        taken = settings.clock
        assert taken().now() == first.clock.now()
    with pytest.MonkeyPatch.context() as patch, district(patch) as second:
        assert taken().now() == second.clock.now() != first.clock.now()
