"""The worked dates of the deadline rules, and what each clock does in a case's life.

Rules: 行政许可法 32, 42, 44, 45, 82; 民法典 201-203; clause 10 of the source document.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.core.calendar import Notice, WorkingCalendar
from chalicelib.core.deadlines import (
    AlertPolicy,
    ClockKind,
    Colour,
    Ledger,
    Origin,
    OriginatedLimit,
    ReceiptPolicy,
    Rung,
    State,
    StepClock,
    SuspensionKind,
    alerts,
    clocks,
    colour,
    colours,
    deemed_acceptance,
    due,
    enforced_due,
    may_extend,
    step_clock,
)
from chalicelib.core.notices import shipped_calendar
from tests.support.ledgers import accepted, at, ledger, months, natural, on, working

CALENDAR = shipped_calendar()
PROMISE, STATUTORY = ClockKind.PROMISE, ClockKind.STATUTORY
ACCEPTANCE, DELIVERY = ClockKind.ACCEPTANCE, ClockKind.DELIVERY
FROM_RECEIPT = Origin.RECEIPT


def due_on(case: Ledger, clock: str = PROMISE):
    found = due(case, clock, CALENDAR)
    assert found is not None
    return found.due_on


def rungs(case: Ledger, clock: str, policy: AlertPolicy | None = None):
    schedule = alerts(case, CALENDAR, policy) if policy else alerts(case, CALENDAR)
    return [(alert.rung, alert.at) for alert in schedule if alert.clock == clock]


# --- the worked dates -----------------------------------------------------------------------------


def test_1_accepted_before_the_spring_festival():
    case = accepted(on(2, 11), working(5), working(20))
    assert due_on(case) == on(2, 25)
    assert due_on(case, STATUTORY) == on(3, 17)


def test_2_silence_is_acceptance_as_of_receipt():
    case = ledger(at(2, 10), working(5), working(20))
    assert due_on(case, ACCEPTANCE) == on(2, 24)
    assert deemed_acceptance(case, CALENDAR) == (at(2, 25, 0), on(2, 10))
    deemed = case.accept_by_silence(on(2, 10), on(2, 25))
    assert due_on(deemed, STATUTORY) == on(3, 16)
    assert deemed_acceptance(deemed, CALENDAR) is None


def test_3_an_expert_review_stops_the_clock_from_the_day_after_it_starts():
    case = accepted(on(3, 30), working(10))
    assert due_on(case) == on(4, 14)
    waiting = case.suspend("review", SuspensionKind.EXPERT_REVIEW, on(4, 2))
    assert due(waiting, PROMISE, CALENDAR).state is State.SUSPENDED
    assert due_on(waiting) is None
    assert due_on(waiting.resume("review", on(4, 20))) == on(4, 29)


def test_4_an_extension_moves_the_statute_and_not_the_promise():
    case = accepted(on(4, 20), working(7), working(20))
    assert due_on(case, STATUTORY) == on(5, 20)
    extended = case.extend(working(10), on(5, 20))
    assert due_on(extended, STATUTORY) == on(6, 3)
    assert due_on(extended) == on(4, 29)


def test_5_an_upload_on_a_saturday_counts_from_the_make_up_sunday():
    case = ledger(at(9, 19), working(5), origin=FROM_RECEIPT)
    assert due_on(case) == on(9, 24)
    patient = ledger(
        at(9, 19), working(5), origin=FROM_RECEIPT, receipt_policy=ReceiptPolicy.NEXT_WORKDAY
    )
    assert due_on(patient) == on(9, 28)


def test_6_an_evening_upload_before_two_festivals():
    assert due_on(ledger(at(9, 24, 20, 30), working(5), origin=FROM_RECEIPT)) == on(10, 9)


def test_7_delivery_within_ten_working_days_of_the_decision():
    case = accepted(on(9, 20), working(20)).decide(on(9, 28))
    assert due_on(case, DELIVERY) == on(10, 16)


def test_8_a_limit_in_calendar_days_that_ends_on_a_holiday_passes_to_the_next_working_day():
    assert due_on(accepted(on(4, 20), natural(15))) == on(5, 6)


def test_9_a_make_up_saturday_is_a_working_day():
    assert due_on(accepted(on(2, 27), working(1))) == on(2, 28)
    assert due_on(accepted(on(2, 27), working(3))) == on(3, 3)


def test_10_a_hearing_has_its_own_limits():
    told = StepClock("hearing_request", working(5), on(6, 17))
    asked = StepClock("hearing", working(20), on(6, 22))
    case = accepted(on(6, 1), working(60)).start_step(told).start_step(asked)
    assert due_on(case, step_clock("hearing_request")) == on(6, 25)
    assert due_on(case, step_clock("hearing")) == on(7, 20)


def test_11_before_the_may_holiday():
    assert due_on(accepted(on(4, 30), working(3))) == on(5, 8)


def test_12_a_limit_that_leaves_the_published_years_is_provisional():
    found = due(accepted(on(12, 25), working(20)), PROMISE, CALENDAR)
    assert found.provisional
    assert not due(accepted(on(12, 25), working(4)), PROMISE, CALENDAR).provisional
    assert CALENDAR.working_days_between(on(12, 25), on(12, 31)) == 4


def test_only_the_days_that_are_counted_make_a_date_provisional():
    # 2023 has no notice here: as the start it is not counted, as the first day it is.
    assert not due(accepted(on(12, 31, 2023), working(3)), PROMISE, CALENDAR).provisional
    assert due(accepted(on(12, 30, 2023), working(3)), PROMISE, CALENDAR).provisional
    # Of calendar days only the last, and the days it rolls over, depend on a notice.
    assert not due(accepted(on(12, 20, 2023), natural(30)), PROMISE, CALENDAR).provisional
    assert due(accepted(on(12, 20, 2026), natural(30)), PROMISE, CALENDAR).provisional
    lone = WorkingCalendar((Notice(2029, (on(1, 1, 2029),), ()),))
    rolled = due(accepted(on(12, 16, 2028), natural(15)), PROMISE, lone)
    assert (rolled.due_on, rolled.provisional) == (on(1, 2, 2029), True)


def test_a_clock_held_up_is_provisional_if_what_it_has_counted_is():
    def held(start):
        case = accepted(start, working(20))
        return case.suspend("a", SuspensionKind.TEST, on(1, 5, start.year + 1))

    assert due(held(on(12, 28, 2026)), PROMISE, CALENDAR).provisional
    assert not due(held(on(12, 28, 2025)), PROMISE, CALENDAR).provisional


def test_promise_and_statute_in_different_units_the_earlier_counts_per_case():
    # 施工许可: seven days by law from the application, three working days promised.
    case = accepted(on(2, 13), working(3), natural(7))
    assert due_on(case) == on(2, 25)
    assert due_on(case, STATUTORY) == on(2, 24)
    assert enforced_due(case, CALENDAR).clock == STATUTORY


# --- receipt, correction, acceptance --------------------------------------------------------------


@pytest.mark.parametrize("hour", [0, 9, 23])
def test_the_hour_of_an_upload_does_not_matter(hour):
    case = ledger(at(3, 4, hour, 59), working(5), origin=FROM_RECEIPT)
    assert due_on(case) == on(3, 11)


def test_next_workday_policy_pushes_an_upload_after_closing_time_only():
    def received(hour, minute):
        return ledger(
            at(3, 4, hour, minute), receipt_policy=ReceiptPolicy.NEXT_WORKDAY
        ).receipt_day(CALENDAR)

    assert received(17, 30) == on(3, 4)
    assert received(17, 31) == on(3, 5)


def test_a_correction_notice_ends_the_acceptance_clock_and_the_supplement_starts_it_again():
    case = ledger(at(3, 2), working(5), working(20), origin=FROM_RECEIPT)
    waiting = case.request_correction(on(3, 4))
    first = due(waiting, ACCEPTANCE, CALENDAR)
    assert (first.state, first.ended_on, first.due_on) == (State.MET, on(3, 4), on(3, 9))
    assert deemed_acceptance(waiting, CALENDAR) is None
    back = waiting.supplement(on(3, 16))
    assert due_on(back, ACCEPTANCE) == on(3, 23)
    assert deemed_acceptance(back, CALENDAR) == (at(3, 24, 0), on(3, 16))


def test_a_promise_from_receipt_stands_still_from_notice_to_supplement():
    case = ledger(at(3, 2), working(5), origin=FROM_RECEIPT).request_correction(on(3, 4))
    assert due(case, PROMISE, CALENDAR).state is State.SUSPENDED
    assert due_on(case.supplement(on(3, 16))) == on(3, 19)


def test_a_promise_may_be_told_to_run_on_through_a_correction():
    case = ledger(
        at(3, 2), working(5), origin=FROM_RECEIPT, correction_freezes_promise=False
    ).request_correction(on(3, 4))
    assert due_on(case) == on(3, 9)


def test_a_statute_from_receipt_begins_when_everything_asked_for_is_in():
    limit = OriginatedLimit(natural(7), FROM_RECEIPT)
    case = replace(ledger(at(3, 2), working(3)), statutory=limit)
    assert due_on(case, STATUTORY) == on(3, 9)
    waiting = case.request_correction(on(3, 4))
    assert due(waiting, STATUTORY, CALENDAR) is None
    assert due_on(waiting.supplement(on(3, 16)), STATUTORY) == on(3, 23)


def test_before_acceptance_only_the_clocks_from_receipt_run():
    case = ledger(at(3, 2), working(5), working(20))
    assert [found.clock for found in clocks(case, CALENDAR)] == [ACCEPTANCE]
    assert enforced_due(case, CALENDAR) is None


# --- suspensions ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "kind", [kind for kind in SuspensionKind if not kind.excludes_clock], ids=str
)
def test_a_procedure_outside_article_45_stops_nothing(kind):
    case = accepted(on(3, 30), working(10), working(20)).suspend("p", kind, on(4, 2))
    assert due_on(case) == on(4, 14)
    assert case.open_suspension is None


def test_the_eight_procedures_of_article_45_stop_the_clock():
    stopping = [kind.text for kind in SuspensionKind if kind.excludes_clock]
    eight = ["听证", "招标", "拍卖", "检验", "检测", "检疫", "鉴定", "专家评审"]
    assert stopping == [*eight, "其他法定程序"]


def test_overlapping_suspensions_merge():
    case = accepted(on(3, 30), working(10))
    one = case.suspend("a", SuspensionKind.TEST, on(4, 2)).suspend(
        "b", SuspensionKind.HEARING, on(4, 8)
    )
    assert due_on(one.resume("a", on(4, 15))) is None
    assert due_on(one.resume("a", on(4, 15)).resume("b", on(4, 20))) == on(4, 29)


def test_separate_suspensions_add_up():
    case = accepted(on(3, 30), working(10))
    both = (
        case.suspend("a", SuspensionKind.TEST, on(3, 31))
        .resume("a", on(4, 2))
        .suspend("b", SuspensionKind.TEST, on(4, 8))
        .resume("b", on(4, 9))
    )
    assert due_on(both) == on(4, 17)


def test_a_suspension_that_starts_on_the_due_date_comes_too_late():
    case = accepted(on(3, 30), working(10)).suspend("a", SuspensionKind.TEST, on(4, 14))
    assert due_on(case) == on(4, 14)
    assert due(case, PROMISE, CALENDAR).running


def test_a_suspension_that_ends_the_day_it_starts_changes_nothing():
    case = accepted(on(3, 30), working(10)).suspend("a", SuspensionKind.TEST, on(4, 2))
    assert due_on(case.resume("a", on(4, 2))) == on(4, 14)


def test_a_suspension_before_acceptance_takes_nothing_off():
    case = ledger(at(3, 2)).suspend("a", SuspensionKind.TEST, on(3, 3)).resume("a", on(3, 6))
    assert due_on(case.accept(on(3, 6))) == on(3, 13)


def test_a_calendar_day_limit_stops_for_every_day_of_a_suspension():
    case = accepted(on(3, 2), natural(15)).suspend("a", SuspensionKind.TEST, on(3, 5))
    assert due_on(case.resume("a", on(3, 15))) == on(3, 27)


def test_a_last_day_does_not_roll_into_a_suspension():
    # The fifteenth day is Sunday 2026-03-22; the test begins that Sunday and lasts to Thursday.
    case = accepted(on(3, 7), natural(15)).suspend("a", SuspensionKind.TEST, on(3, 22))
    assert due_on(case) is None
    assert due_on(case.resume("a", on(3, 26))) == on(3, 27)


# --- months, extensions, zero ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "limit", "last"),
    [
        (on(1, 30), months(1), on(2, 28)),
        (on(1, 31), months(1), on(2, 28)),
        (on(3, 31), months(1), on(4, 30)),
        (on(3, 16), months(3), on(6, 16)),
        (on(1, 5), months(6), on(7, 6)),  # 07-05 is a Sunday
        (on(8, 31), months(6), on(3, 1, 2027)),  # 2027-02-28 is a Sunday
        (on(2, 29, 2024), months(12), on(2, 28, 2025)),
    ],
)
def test_months_end_on_the_same_number_or_the_last_day(start, limit, last):
    assert due_on(accepted(start, limit)) == last


def test_an_extension_in_calendar_days_makes_one_longer_limit():
    case = accepted(on(4, 20), working(7), natural(15)).extend(natural(15), on(5, 6))
    assert due_on(case, STATUTORY) == on(5, 20)


def test_an_extension_in_another_unit_runs_after_the_limit():
    case = accepted(on(4, 20), working(7), natural(15)).extend(working(3), on(5, 6))
    assert due_on(case, STATUTORY) == on(5, 9)


def test_an_extension_comes_once_and_before_expiry():
    case = accepted(on(4, 20), working(7), working(20))
    assert may_extend(case, CALENDAR, on(5, 20))
    assert not may_extend(case, CALENDAR, on(5, 21))
    assert not may_extend(case.extend(working(10), on(5, 20)), CALENDAR, on(5, 20))
    assert not may_extend(accepted(on(4, 20)), CALENDAR, on(4, 21))
    assert not may_extend(case.decide(on(5, 1)), CALENDAR, on(5, 2))
    held = case.suspend("a", SuspensionKind.TEST, on(5, 19))
    assert may_extend(held, CALENDAR, on(6, 30))


def test_on_the_spot_is_due_the_same_day_or_the_next_working_day():
    assert due_on(accepted(on(3, 2), working(0))) == on(3, 2)
    assert due_on(accepted(on(3, 7), working(0))) == on(3, 9)
    assert rungs(accepted(on(3, 2), working(0)), PROMISE)[0] == (Rung.YELLOW, at(3, 3, 0))


# --- how clocks end -------------------------------------------------------------------------------


def test_a_decision_in_time_meets_the_promise_and_starts_delivery():
    case = accepted(on(3, 2), working(5), working(20)).decide(on(3, 9))
    states = {found.clock: found.state for found in clocks(case, CALENDAR)}
    assert states == {
        ACCEPTANCE: State.MET,
        PROMISE: State.MET,
        STATUTORY: State.MET,
        DELIVERY: State.RUNNING,
    }
    assert due(case.end(on(3, 23)), DELIVERY, CALENDAR).state is State.MET
    assert due(case.end(on(3, 24)), DELIVERY, CALENDAR).state is State.MISSED


def test_a_decision_a_day_late_misses_the_promise():
    case = accepted(on(3, 2), working(5), working(20)).decide(on(3, 10))
    assert due(case, PROMISE, CALENDAR).state is State.MISSED
    assert due(case, PROMISE, CALENDAR).overdue(at(3, 10))
    assert due(case, STATUTORY, CALENDAR).state is State.MET


def test_a_withdrawn_case_freezes_what_was_in_time_and_keeps_what_was_late():
    case = accepted(on(3, 2), working(5), working(20)).end(on(3, 11))
    assert due(case, PROMISE, CALENDAR).state is State.MISSED
    assert due(case, STATUTORY, CALENDAR).state is State.FROZEN


def test_a_decision_ends_what_an_open_procedure_holds_up():
    case = accepted(on(3, 2), working(5)).suspend("a", SuspensionKind.TEST, on(3, 3))
    found = due(case.decide(on(3, 20)), PROMISE, CALENDAR)
    assert (found.state, found.due_on) == (State.MET, on(3, 26))
    assert due(case.end(on(3, 20)), PROMISE, CALENDAR).state is State.FROZEN


def test_the_due_date_lasts_till_midnight():
    found = due(accepted(on(3, 2), working(5)), PROMISE, CALENDAR)
    assert not found.overdue(at(3, 9, 23, 59))
    assert found.overdue(at(3, 10, 0))
    assert found.overdue_at == at(3, 10, 0)


def test_the_enforced_due_looks_past_a_clock_that_is_held_up():
    case = ledger(at(3, 2), working(5), working(20), origin=FROM_RECEIPT)
    held = case.request_correction(on(3, 3)).accept(on(3, 4))
    assert due_on(held) is None
    assert enforced_due(held, CALENDAR).clock == STATUTORY


# --- alerts and colours ---------------------------------------------------------------------------


def test_a_promise_warns_a_fifth_before_its_end_then_yellow_then_red():
    case = accepted(on(3, 2), working(20))
    assert due_on(case) == on(3, 30)
    assert rungs(case, PROMISE) == [
        (Rung.WARNING, at(3, 24, 0)),
        (Rung.YELLOW, at(3, 31, 0)),
        (Rung.RED, at(4, 4, 0)),  # 04-01, 02 and 03 to put it right
    ]


def test_a_short_promise_warns_one_working_day_before():
    assert rungs(accepted(on(3, 2), working(3)), PROMISE)[0] == (Rung.WARNING, at(3, 4, 0))
    assert rungs(accepted(on(3, 2), working(1)), PROMISE)[0] == (Rung.WARNING, at(3, 3, 0))


def test_a_statute_turns_red_at_once_and_never_yellow():
    case = accepted(on(3, 2), working(5), working(20))
    assert rungs(case, STATUTORY) == [(Rung.WARNING, at(3, 24, 0)), (Rung.RED, at(3, 31, 0))]


def test_a_calendar_day_limit_warns_on_a_working_day_before_a_long_holiday():
    # Due 05-06 after the holiday; one working day before is 04-30, a fifth before is 05-02.
    assert rungs(accepted(on(4, 20), natural(15)), PROMISE)[0] == (Rung.WARNING, at(4, 30, 0))


def test_an_extension_takes_the_red_card_along():
    case = accepted(on(4, 20), working(7), working(20)).extend(working(10), on(5, 20))
    assert rungs(case, STATUTORY)[-1] == (Rung.RED, at(6, 4, 0))


def test_a_suspension_takes_away_what_is_still_ahead_and_keeps_what_was_before():
    case = accepted(on(3, 30), working(10))
    before = case.suspend("a", SuspensionKind.TEST, on(4, 2))
    assert rungs(before, PROMISE) == []
    during = case.suspend("a", SuspensionKind.TEST, on(4, 13))
    assert rungs(during, PROMISE) == [(Rung.WARNING, at(4, 10, 0))]
    assert alerts(during, CALENDAR)[-1].due_on == on(4, 14)


def test_the_schedule_is_in_order_of_time_and_reads_its_policy():
    case = accepted(on(3, 2), working(10), working(20))
    schedule = alerts(case, CALENDAR)
    assert [alert.at for alert in schedule] == sorted(alert.at for alert in schedule)
    strict = AlertPolicy(warning_percent=50, warning_working_days=1, rectify_working_days=1)
    assert rungs(case, PROMISE, strict) == [
        (Rung.WARNING, at(3, 9, 0)),
        (Rung.YELLOW, at(3, 17, 0)),
        (Rung.RED, at(3, 19, 0)),
    ]


def test_a_deemed_acceptance_has_its_yellow_card_and_no_red_one():
    case = ledger(at(2, 10)).accept_by_silence(on(2, 10), on(3, 20))
    assert rungs(case, ACCEPTANCE)[1:] == [(Rung.YELLOW, at(2, 25, 0))]
    assert due(case, ACCEPTANCE, CALENDAR).state is State.MISSED


def test_colours_follow_the_alerts():
    case = accepted(on(3, 2), working(5), working(20))
    shown = [
        colour(case, CALENDAR, now)
        for now in (at(3, 5, 23), at(3, 6, 0), at(3, 9, 23, 59), at(3, 10, 0), at(3, 14, 0))
    ]
    assert shown == [
        Colour.GREEN,
        Colour.WARNING,
        Colour.WARNING,
        Colour.YELLOW,
        Colour.RED,
    ]


def test_a_clock_that_is_met_is_green_again_and_one_that_was_missed_keeps_its_colour():
    late = accepted(on(3, 2), working(5), working(20)).decide(on(3, 10))
    assert colours(late, CALENDAR, at(3, 12)) == {
        ACCEPTANCE: Colour.GREEN,
        PROMISE: Colour.YELLOW,
        STATUTORY: Colour.GREEN,
        DELIVERY: Colour.GREEN,
    }
    warned = accepted(on(3, 2), working(5)).decide(on(3, 9))
    assert colour(warned, CALENDAR, at(3, 9)) is Colour.GREEN


@pytest.mark.parametrize("ending", [on(3, 5), on(3, 9), on(3, 10), on(3, 20)])
def test_colours_freeze_when_the_case_ends(ending):
    case = accepted(on(3, 2), working(5), working(20)).end(ending)
    then = colour(case, CALENDAR, at(ending.month, ending.day, 23))
    assert colour(case, CALENDAR, at(12, 31)) is then


def test_a_finished_case_stays_green_for_ever():
    case = accepted(on(3, 2), working(5), working(20)).decide(on(3, 4)).end(on(3, 5))
    assert colour(case, CALENDAR, at(12, 31)) is Colour.GREEN


def test_a_step_s_clock_turns_yellow_though_the_case_is_in_time():
    step = StepClock("review", working(2), on(3, 3))
    case = accepted(on(3, 2), working(20)).start_step(step)
    assert colours(case, CALENDAR, at(3, 6, 0))[step_clock("review")] is Colour.YELLOW
    assert colours(case, CALENDAR, at(3, 6, 0))[PROMISE] is Colour.GREEN
    done = case.end_step("review", on(3, 5))
    assert due(done, step_clock("review"), CALENDAR).state is State.MET


def test_a_step_is_suspended_only_if_it_may_be():
    case = accepted(on(3, 2), working(20)).suspend("a", SuspensionKind.HEARING, on(3, 3))
    own = case.start_step(StepClock("hearing", working(20), on(3, 3)))
    assert due(own, step_clock("hearing"), CALENDAR).running
    review = case.start_step(StepClock("review", working(3), on(3, 3), suspendable=True))
    assert due(review, step_clock("review"), CALENDAR).state is State.SUSPENDED


def test_an_unknown_clock_is_none_and_a_wrong_name_is_refused():
    case = accepted(on(3, 2))
    assert due(case, step_clock("nothing"), CALENDAR) is None
    with pytest.raises(ValueError, match="is not a valid"):
        due(case, "promises", CALENDAR)


def test_the_worst_of_several_clocks_is_the_colour_of_the_case():
    case = accepted(on(3, 2), working(5), working(6))
    assert colours(case, CALENDAR, at(3, 11, 0))[PROMISE] is Colour.YELLOW
    assert colour(case, CALENDAR, at(3, 11, 0)) is Colour.RED
