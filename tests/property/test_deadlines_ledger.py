"""Random ledgers against a day-by-day oracle that shares no code with the engine."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import (
    ClockKind,
    Colour,
    Due,
    Ledger,
    Origin,
    ReceiptPolicy,
    Rung,
    State,
    alerts,
    clocks,
    colour,
    colours,
    course,
    due,
    enforced_due,
)
from chalicelib.core.explanation import Reason, explain
from chalicelib.core.limits import Unit
from chalicelib.core.notices import shipped
from chalicelib.core.reckoning import Pause, Span, merge, phases
from chalicelib.core.time import SHANGHAI
from tests.support import day_by_day
from tests.support.ledgers import ANY_LIMIT, DATES, DAY, LIMITS, random_ledgers, suspensions

# The oracle knows 2026 only.
CALENDAR = WorkingCalendar(tuple(notice for notice in shipped() if notice.year == 2026))
NOWS = st.datetimes(datetime(2025, 12, 1), datetime(2027, 6, 1)).map(  # noqa: DTZ001
    lambda moment: moment.replace(tzinfo=SHANGHAI)
)


@st.composite
def spans(draw):
    start = draw(DATES)
    limit, extension = draw(ANY_LIMIT), draw(st.none() | LIMITS)
    pauses = [Pause(each.started_on, each.ended_on) for each in draw(suspensions(start))]
    return limit, extension, pauses, Span(start, phases(limit, extension), merge(pauses))


@given(spans())
def test_the_last_day_is_the_one_found_by_walking(drawn):
    limit, extension, pauses, span = drawn
    assert span.last_day(CALENDAR) == day_by_day.due(
        span.started_on,
        limit.value,
        limit.unit,
        [(pause.after, pause.until) for pause in pauses],
        extension and (extension.value, extension.unit),
    )


def oracle(case: Ledger, kind: ClockKind) -> tuple[date, date | None] | None:
    """Start and due date of the promise or the statutory clock, in the words of the rules."""
    limit = case.promise if kind is ClockKind.PROMISE else case.statutory
    if limit is None:
        return None
    received = case.received_at.date()
    if case.receipt_policy is ReceiptPolicy.NEXT_WORKDAY:
        late = case.received_at.time() > case.office_closes
        if late or not day_by_day.works(received):
            received = day_by_day.settle(received + DAY)
    start = received
    if limit.origin is Origin.ACCEPTANCE:
        start = case.accepted_on
    elif kind is ClockKind.STATUTORY and case.corrections:
        start = case.corrections[-1].supplemented_on
    if start is None:
        return None
    stops = [
        (
            each.started_on,
            each.ended_on or (case.decided_on and max(case.decided_on, each.started_on)),
        )
        for each in case.suspensions
        if each.kind.excludes_clock
    ]
    if kind is ClockKind.PROMISE and case.correction_freezes_promise:
        stops += [(each.noticed_on, each.supplemented_on) for each in case.corrections]
    extension = None
    if kind is ClockKind.STATUTORY and case.extension:
        extension = (case.extension.limit.value, case.extension.limit.unit)
    return start, day_by_day.due(start, limit.limit.value, limit.limit.unit, stops, extension)


@given(random_ledgers())
def test_promise_and_statute_fall_where_the_rules_put_them(case):
    for kind in (ClockKind.PROMISE, ClockKind.STATUTORY):
        found = due(case, kind, CALENDAR)
        assert (found and (found.started_on, found.due_on)) == oracle(case, kind)


@given(random_ledgers())
def test_the_enforced_due_is_the_earlier_of_the_two(case):
    found = enforced_due(case, CALENDAR)
    ends = [oracle(case, kind) for kind in (ClockKind.PROMISE, ClockKind.STATUTORY)]
    dates = [end[1] for end in ends if end and end[1]]
    assert (found and found.due_on) == min(dates, default=None)


@given(random_ledgers())
def test_states_say_what_the_dates_say(case):
    for found in clocks(case, CALENDAR):
        if found.state in (State.RUNNING, State.SUSPENDED):
            assert found.ended_on is None
            assert (found.due_on is None) == (found.state is State.SUSPENDED)
        elif found.state is State.MET:
            assert found.ended_on <= found.due_on
        elif found.state is State.MISSED:
            assert found.ended_on > found.due_on


@given(random_ledgers())
def test_an_extension_never_moves_the_promise_and_never_shortens_the_statute(case):
    plain = Ledger.from_dict({k: v for k, v in case.to_dict().items() if k != "extension"})
    assert due(plain, ClockKind.PROMISE, CALENDAR) == due(case, ClockKind.PROMISE, CALENDAR)
    short = due(plain, ClockKind.STATUTORY, CALENDAR)
    long = due(case, ClockKind.STATUTORY, CALENDAR)
    if short and short.due_on and long.due_on:
        assert short.due_on <= long.due_on


@given(random_ledgers(), st.randoms())
def test_the_order_of_procedures_does_not_matter(case, random):
    raw = case.to_dict()
    shuffled = list(raw.get("suspensions", []))
    random.shuffle(shuffled)
    other = Ledger.from_dict({**raw, "suspensions": shuffled})
    assert clocks(other, CALENDAR) == clocks(case, CALENDAR)


# --- alerts and colours ---------------------------------------------------------------------------


@given(random_ledgers())
def test_each_rung_of_a_clock_comes_once_at_a_midnight_and_in_order(case):
    schedule = alerts(case, CALENDAR)
    keys = [(alert.clock, alert.rung) for alert in schedule]
    assert len(set(keys)) == len(keys)
    assert [alert.at for alert in schedule] == sorted(alert.at for alert in schedule)
    order = list(Rung)
    for clock in {alert.clock for alert in schedule}:
        own = [alert for alert in schedule if alert.clock == clock]
        assert [order.index(alert.rung) for alert in own] == sorted(
            order.index(alert.rung) for alert in own
        )
        for alert in own:
            assert alert.at.utcoffset() == timedelta(hours=8)
            assert (alert.at.hour, alert.at.minute, alert.at.second) == (0, 0, 0)


@given(random_ledgers())
def test_cards_come_after_the_due_date_and_warnings_before_its_end(case):
    for alert in alerts(case, CALENDAR):
        if alert.rung is Rung.WARNING:
            found = due(case, alert.clock, CALENDAR)
            assert found.started_on < alert.at.date() <= alert.due_on
        else:
            assert alert.at.date() > alert.due_on


@given(random_ledgers())
def test_a_clock_that_was_missed_or_still_runs_has_all_its_cards(case):
    schedule = alerts(case, CALENDAR)
    for found in clocks(case, CALENDAR):
        first = Rung.RED if found.kind is ClockKind.STATUTORY else Rung.YELLOW
        own = {alert.rung for alert in schedule if alert.clock == found.clock}
        assert (first in own) == (found.state in (State.RUNNING, State.MISSED))


@given(random_ledgers(), NOWS)
def test_the_colour_is_the_gravest_of_the_clocks(case, now):
    standing = colours(case, CALENDAR, now)
    assert set(standing) == {found.clock for found in clocks(case, CALENDAR)}
    gravest = max((each.gravity for each in standing.values()), default=0)
    assert colour(case, CALENDAR, now).gravity == gravest


@given(random_ledgers(), NOWS, NOWS)
def test_time_alone_never_makes_a_case_better(case, one, other):
    earlier, later = sorted((one, other))
    before, after = (colour(case, CALENDAR, now) for now in (earlier, later))
    assert before.gravity <= after.gravity


@given(random_ledgers(), NOWS)
def test_the_colour_of_an_ended_case_is_frozen(case, now):
    assume(case.ended_on is not None)
    last = max([case.ended_on, *(found.ended_on for found in clocks(case, CALENDAR))])
    end = datetime.combine(last, datetime.max.time(), SHANGHAI)
    assert colour(case, CALENDAR, max(now, end)) is colour(case, CALENDAR, end)


@given(random_ledgers(), NOWS)
def test_overdue_and_yellow_or_red_are_one_thing(case, now):
    standing = colours(case, CALENDAR, now)
    for found in clocks(case, CALENDAR):
        if found.state is State.RUNNING:
            cards = standing[found.clock] in (Colour.YELLOW, Colour.RED)
            assert cards == found.overdue(now)


# --- explanations ---------------------------------------------------------------------------------


def _total(found: Due, case: Ledger) -> int | None:
    """How many days must count, where the limit says so directly."""
    span = course(case, found.clock, CALENDAR).span
    if any(phase.unit is Unit.MONTH for phase in span.phases):
        return None
    return sum(phase.value for phase in span.phases)


@given(random_ledgers())
def test_an_explanation_ends_on_the_due_date_and_counts_the_limit(case):
    for found in clocks(case, CALENDAR):
        if found.due_on is None:
            continue
        lines = explain(case, found.clock, CALENDAR)
        assert (lines[0].date, lines[0].reason) == (found.started_on, Reason.START)
        assert lines[-1].date == found.due_on
        assert [line.date for line in lines] == [
            found.started_on + at * DAY for at in range(len(lines))
        ]
        numbers = [line.number for line in lines if line.counted]
        assert numbers == list(range(1, len(numbers) + 1))
        total = _total(found, case)
        assert total is None or len(numbers) == total


@given(random_ledgers())
def test_every_line_gives_the_true_reason(case):
    for found in clocks(case, CALENDAR):
        acts = course(case, found.clock, CALENDAR).acts
        stops = [(act.after, act.until) for act in acts]
        for line in explain(case, found.clock, CALENDAR)[1:]:
            held = day_by_day.suspended(line.date, stops)
            assert held == (line.reason is Reason.SUSPENDED)
            if line.counted:
                assert line.reason in (Reason.WORKING, Reason.MAKE_UP, Reason.CALENDAR_DAY)
            if line.reason in (Reason.WORKING, Reason.MAKE_UP, Reason.ROLLED):
                assert day_by_day.works(line.date)
            if line.reason in (Reason.WEEKEND, Reason.HOLIDAY):
                assert not day_by_day.works(line.date)
            assert line.provisional == (line.date.year != 2026)


@given(random_ledgers(), DATES)
def test_a_clock_held_up_is_explained_up_to_today(case, today):
    for found in clocks(case, CALENDAR):
        if found.due_on is None:
            lines = explain(case, found.clock, CALENDAR, today)
            held = course(case, found.clock, CALENDAR).span.pauses[-1]
            assert lines[-1].date == max(today, held.after, found.started_on)
