"""The ledger: what may happen to it, and its small JSON form."""

from __future__ import annotations

import json

import pytest
from hypothesis import given

from chalicelib.core.errors import Conflict, InvalidInput
from chalicelib.core.ledger import Ledger, Limit, Origin, StepClock, SuspensionKind
from tests.support.ledgers import accepted, at, ledger, months, natural, on, random_ledgers, working


@given(random_ledgers())
def test_any_ledger_survives_json(case):
    again = Ledger.from_dict(json.loads(json.dumps(case.to_dict())))
    assert again.to_dict() == case.to_dict()
    assert json.dumps(again.to_dict()) == json.dumps(case.to_dict())
    for name in ("promise", "statutory", "suspensions", "steps", "corrections", "extension"):
        assert getattr(again, name) == getattr(case, name)


def test_a_plain_ledger_is_small_and_reads_like_what_it_says():
    case = accepted(on(3, 2), working(5), working(20))
    assert case.to_dict() == {
        "received": "2026-03-02T09:00:00.000+08:00",
        "promise": "5w@acceptance",
        "statutory": "20w@acceptance",
        "accepted": "2026-03-02",
    }


def test_a_ledger_with_everything_in_it_stays_under_a_kilobyte():
    case = ledger(at(3, 2), working(5), working(20), origin=Origin.RECEIPT)
    case = case.request_correction(on(3, 3)).supplement(on(3, 9)).accept(on(3, 10))
    for number in range(4):
        kind = SuspensionKind.EXPERT_REVIEW
        case = case.suspend(f"p{number}", kind, on(4, number + 1)).resume(f"p{number}", on(4, 20))
    case = case.start_step(StepClock("hearing_request", working(5), on(3, 11)))
    case = case.extend(working(10), on(4, 21)).decide(on(4, 28)).end(on(4, 29))
    assert len(json.dumps(case.to_dict())) < 700


@pytest.mark.parametrize(
    ("limit", "code"), [(working(20), "20w"), (natural(7), "7d"), (months(3), "3m")]
)
def test_limits_have_a_code_and_words(limit, code):
    assert limit.encode() == code
    assert Limit.decode(code) == limit
    assert limit.text.startswith(str(limit.value))


def test_a_limit_is_not_negative():
    with pytest.raises(ValueError, match="negative"):
        working(-1)


OPEN = ledger(at(3, 2), working(5), working(20))
ACCEPTED = OPEN.accept(on(3, 3))
SUSPENDED = ACCEPTED.suspend("a", SuspensionKind.TEST, on(3, 4))
STEP = StepClock("review", working(2), on(3, 3))


@pytest.mark.parametrize(
    "act",
    [
        lambda: ACCEPTED.accept(on(3, 4)),
        lambda: ACCEPTED.request_correction(on(3, 4)),
        lambda: OPEN.supplement(on(3, 4)),
        lambda: OPEN.request_correction(on(3, 3)).request_correction(on(3, 4)),
        lambda: SUSPENDED.suspend("a", SuspensionKind.TEST, on(3, 5)),
        lambda: SUSPENDED.resume("b", on(3, 5)),
        lambda: SUSPENDED.resume("a", on(3, 5)).resume("a", on(3, 6)),
        lambda: ACCEPTED.extend(working(5), on(3, 4)).extend(working(5), on(3, 5)),
        lambda: accepted(on(3, 2)).extend(working(5), on(3, 4)),
        lambda: ACCEPTED.start_step(STEP).start_step(STEP),
        lambda: ACCEPTED.end_step("review", on(3, 4)),
        lambda: ACCEPTED.decide(on(3, 4)).decide(on(3, 5)),
        lambda: ACCEPTED.end(on(3, 4)).end(on(3, 5)),
        lambda: ACCEPTED.end(on(3, 4)).decide(on(3, 5)),
        lambda: SUSPENDED.end(on(3, 5)).resume("a", on(3, 6)),
    ],
)
def test_what_cannot_happen_is_refused(act):
    with pytest.raises(Conflict):
        act()


def test_nothing_ends_before_it_starts():
    with pytest.raises(InvalidInput):
        SUSPENDED.resume("a", on(3, 3))
    with pytest.raises(InvalidInput):
        OPEN.request_correction(on(3, 4)).supplement(on(3, 3))


def test_a_finished_step_may_be_started_again():
    again = ACCEPTED.start_step(STEP).end_step("review", on(3, 4)).start_step(STEP)
    assert [step.ended_on for step in again.steps] == [None]


def test_the_open_suspension_is_the_latest_that_stops_the_clocks():
    both = SUSPENDED.suspend("visit", SuspensionKind.SITE_VISIT, on(3, 5))
    assert both.open_suspension.id == "a"
    assert both.resume("a", on(3, 6)).open_suspension is None
