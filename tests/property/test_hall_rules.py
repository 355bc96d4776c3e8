"""Rules of the hall that hold whatever comes: slots, queues, mandates, visits, alerts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Problem
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.time import SHANGHAI
from chalicelib.hall import consultations, mandates, visits
from chalicelib.hall.bookings import quarters, slot_starts
from chalicelib.hall.mandates import AgentAct, Kind, Mandate, Standing, Terms, covers
from chalicelib.hall.regimes import regimes
from chalicelib.hall.visits import State, Visit, rank
from chalicelib.network.hours import Hours, Span

DAY = date(2026, 3, 2)
DAYS = st.dates(date(2026, 1, 1), date(2026, 12, 31))
INSTANTS = st.datetimes(
    datetime.combine(DAY, time()), datetime.combine(DAY, time.max), timezones=st.just(SHANGHAI)
).map(lambda at: at.replace(microsecond=0))
LEAD = timedelta(minutes=20)


@st.composite
def hours(draw):
    """One or two spans of a day, to the minute."""
    edges = sorted(draw(st.sets(st.integers(0, 1439), min_size=4, max_size=4)))
    at = [time(minute // 60, minute % 60) for minute in edges]
    return Hours((Span(at[0], at[1]), Span(at[2], at[3])))


@given(hours(), st.sampled_from([15, 20, 30, 45, 60]))
def test_every_slot_lies_whole_within_opening_hours_and_overlaps_no_other(open_hours, minutes):
    starts = [time.fromisoformat(text) for text in slot_starts(open_hours, DAY, True, minutes)]
    begins = [datetime.combine(DAY, start) for start in starts]
    ends = [begin + timedelta(minutes=minutes) for begin in begins]
    for begin, end in zip(begins, ends, strict=True):
        assert any(
            datetime.combine(DAY, span.opens) <= begin and end <= datetime.combine(DAY, span.closes)
            for span in open_hours.working_day
        )
    assert all(end <= later for end, later in zip(ends, begins[1:], strict=False))


@given(INSTANTS, INSTANTS, st.sampled_from([15, 20, 30, 60]))
def test_two_stretches_of_time_share_a_lock_whenever_they_overlap(first, second, minutes):
    length = timedelta(minutes=minutes)
    overlap = first < second + length and second < first + length
    shared = set(quarters(first, first + length)) & set(quarters(second, second + length))
    assert shared or not overlap


@given(INSTANTS, INSTANTS, INSTANTS)
def test_a_walk_in_is_never_called_after_a_booking_whose_time_was_further_off(walk_in, slot, came):
    """Booking spares waiting; it takes nobody's turn who came well before the booked time."""
    booked = (slot, slot + timedelta(minutes=45))
    if walk_in < slot - LEAD:
        assert rank(walk_in, None, LEAD) < rank(came, booked, LEAD) or came > booked[1]
    if came > booked[1]:
        assert rank(came, booked, LEAD) == came, "too late is a walk-in"


def terms(first, last, items=(), acts=AgentAct):
    return Terms(Kind.AGENT, "", tuple(items), frozenset(acts), first, last)


@given(DAYS, DAYS, DAYS, st.sets(st.sampled_from(AgentAct)), st.sampled_from(AgentAct))
def test_a_mandate_covers_exactly_its_days_and_its_acts(first, last, day, acts, act):
    allowed = covers(terms(first, last, acts=acts), act, "item", day)
    assert allowed == (first <= day <= last and act in acts)


@given(DAYS, st.integers(0, 400))
def test_the_longest_mandate_is_the_configured_number_of_days(first, days):
    given_terms = terms(first, first + timedelta(days=days))
    faults = given_terms.faults(regimes().mandates, first)
    assert bool(faults) == (days + 1 > regimes().mandates.longest_days["agent"])


@given(DAYS, DAYS, DAYS)
def test_no_act_passes_under_a_mandate_that_does_not_read_as_in_force(first, last, day):
    drafted = Mandate(
        "m", 1, mandates.State.DRAFTED, "p", "a", terms(first, last), "principal", first
    )
    for mandate in (drafted, drafted.revoke("now", "principal")):
        assert mandate.standing(day) is not Standing.IN_FORCE
    if drafted.standing(first) is Standing.DRAFTED:
        confirmed = drafted.confirm("now", first)
        stands = confirmed.standing(day) is Standing.IN_FORCE
        assert stands == covers(confirmed.terms, AgentAct.READ, "item", day)
        assert Mandate.from_dict(confirmed.to_dict()) == confirmed


NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
STEPS = {
    "call": lambda v, who: v.call(who, "1"),
    "serve": lambda v, who: v.serve(who, case_no=None, consultation=None, answered=False),
    "answer": lambda v, who: v.serve(who, case_no=None, consultation=None, answered=True),
    "hand over": lambda v, who: v.hand_over(who, "b" if who == "a" else "a"),
    "end": lambda v, who: v.end(who, NOW),
    "miss": lambda v, who: v.miss(who, NOW),
    "refuse": lambda v, _who: v.refuse(NOW),
    "pass the day": lambda v, _who: v.pass_day(NOW + timedelta(days=1)),
    "rate": lambda v, _who: v.rate(3, NOW),
    "object": lambda v, _who: v.object(NOW),
}


@given(st.lists(st.tuples(st.sampled_from(sorted(STEPS)), st.sampled_from("ab")), max_size=25))
def test_a_visit_keeps_its_promises_whatever_anybody_tries(tries):
    visit = Visit("v", 1, State.WAITING, "centre", DAY, 1, None, NOW, NOW, visits.Regime.REGULAR)
    ratings = 0
    for step, who in tries:
        try:
            after = STEPS[step](visit, who)
        except Problem:
            continue
        assert after.version == visit.version + 1
        assert not visit.over or step in ("rate", "object")
        if visit.first_asked:
            assert after.first_asked == visit.first_asked
        if step in ("serve", "answer", "hand over", "end", "miss"):
            assert visit.server == who, "only who has the visitor acts"
        if step == "call":
            assert visit.named in (None, who)
        if after.state is State.ENDED:
            assert after.answered or after.case_no or after.consultation
        ratings += step == "rate"
        visit = after
        assert Visit.from_dict(visit.to_dict()) == visit
    assert ratings <= 1


@given(DAYS)
def test_alerts_of_a_question_come_in_order_at_midnights_and_none_before_its_last_day(asked_on):
    calendar, rules = shipped_calendar(), regimes().consultations
    due_on = calendar.add_working_days(asked_on, rules.working_days)
    known = consultations.Consultation(
        "c", 1, consultations.State.OPEN, None, consultations.Desk("ga"), None, asked_on, due_on
    )
    raised = list(consultations.alerts(known, calendar, rules))
    instants = [at for _, at in raised]
    assert [rung.value for rung, _ in raised] == ["warning", "yellow", "red"]
    assert instants == sorted(set(instants))
    assert instants[0].date() == due_on
    assert all((at.hour, at.minute) == (0, 0) for at in instants)
