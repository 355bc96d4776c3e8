"""One signer a body on any day (clause 7), whatever is appointed, named, ended or released."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, NotFound, Problem
from chalicelib.network.chiefs import Appointment, ChiefRegister, StandIn

START = date(2026, 1, 1)
DAYS = 40
ACCOUNTS = ("ada", "bo", "cy")
offsets = st.integers(min_value=0, max_value=DAYS)


def day(offset):
    return START + timedelta(days=offset)


appointing = st.tuples(
    st.just("appoint"),
    st.sampled_from(ACCOUNTS),
    offsets,
    st.none() | offsets,
    st.none() | st.frozensets(st.sampled_from(["x", "y"]), min_size=1),
)
standing = st.tuples(
    st.just("stand_in"), st.sampled_from(ACCOUNTS), st.integers(0, 5), offsets, offsets
)
ending = st.tuples(st.just("end"), st.integers(0, 5), offsets)
releasing = st.tuples(st.just("release"), st.sampled_from(ACCOUNTS), offsets)
histories = st.lists(st.one_of(appointing, standing, ending, releasing), max_size=12)


def apply(register, act, number):
    match act:
        case ("appoint", account, since, until, items):
            ends = None if until is None else day(until)
            return register.appoint(
                Appointment(str(number), account, day(since), ends, items, "授权书1号")
            )
        case ("stand_in", account, which, since, until):
            stand_in = StandIn(account, day(since), day(until), "出差")
            return register.name_stand_in(str(which), stand_in)
        case ("end", which, last):
            return register.end(str(which), day(last))
        case ("release", account, last):
            return register.release(account, day(last))


def play(history):
    """The register after every act that was not refused, and each step of the way."""
    register = ChiefRegister("ga")
    steps = [register]
    for number, act in enumerate(history):
        try:
            register = apply(register, act, number)
        except Problem:
            continue
        steps.append(register)
    return steps


@given(histories)
def test_on_every_day_at_most_one_account_holds_the_power(history):
    register = play(history)[-1]
    for offset in range(DAYS + 1):
        covering = [each for each in register.appointments if each.covers(day(offset))]
        assert len(covering) <= 1
        holders = set()
        for account in ACCOUNTS:
            try:
                register.power(account, "x", day(offset))
            except Forbidden:
                continue
            holders.add(account)
        assert holders == register.signers("x", day(offset))
        assert len(holders) <= 1


@given(histories)
def test_a_stand_in_displaces_the_representative_for_exactly_their_days(history):
    for appointment in play(history)[-1].appointments:
        for offset in range(DAYS + 1):
            on = day(offset)
            if appointment.covers(on):
                standing_in = [each for each in appointment.stand_ins if each.covers(on)]
                assert len(standing_in) <= 1
                expected = standing_in[0].account if standing_in else appointment.account
                assert appointment.signer(on) == expected
        for each in appointment.stand_ins:
            assert appointment.since <= each.since <= each.until <= appointment.last_day


@given(histories)
def test_every_change_is_one_version_and_the_register_survives_its_storage(history):
    steps = play(history)
    for before, after in pairwise(steps):
        assert after.version == before.version + (after != before)
        assert ChiefRegister.from_dict(after.to_dict()) == after


@given(histories, st.sampled_from(ACCOUNTS), offsets)
def test_a_released_account_signs_nothing_later_and_nobody_gains_by_it(history, account, last):
    before = play(history)[-1]
    after = before.release(account, day(last))
    for offset in range(DAYS + 1):
        on = day(offset)
        if on <= day(last):
            assert after.signer(on) == before.signer(on)
        elif before.signer(on) != account:
            # Where the released representative's stand-in would have signed, nobody signs.
            assert after.signer(on) in {before.signer(on), None}
        else:
            assert after.signer(on) != account


@given(histories)
def test_the_gaps_are_exactly_the_days_without_a_signer(history):
    register = play(history)[-1]
    gaps = register.gaps(START, day(DAYS))
    for offset in range(DAYS + 1):
        on = day(offset)
        in_gap = any(since <= on <= until for since, until in gaps)
        assert in_gap == (register.signer(on) is None)


def register_of(**changes):
    fields = {
        "id": "1",
        "account": "ada",
        "since": day(0),
        "until": day(20),
        "items": None,
        "document": "授权书1号",
    } | changes
    return ChiefRegister("ga").appoint(Appointment(**fields))


def test_an_overlapping_appointment_is_a_conflict_and_the_next_day_is_not():
    register = register_of()
    second = Appointment("2", "bo", day(20), None, None, "授权书2号")
    with pytest.raises(Conflict, match="一个单位同一时间只有一名首席代表"):
        register.appoint(second)
    assert (
        register.appoint(Appointment("2", "bo", day(21), None, None, "授权书2号")).signer(day(21))
        == "bo"
    )


@pytest.mark.parametrize(
    ("account", "item", "on", "reason"),
    [
        ("bo", "x", day(3), "只有本单位在任的首席代表"),
        ("ada", "y", day(3), "不在首席代表的授权范围内"),
        ("ada", "x", day(21), "没有在任的首席代表"),
        ("ada", "x", day(6), "代理期间由代理人签批"),
    ],
)
def test_each_refusal_says_which_condition_is_missing(account, item, on, reason):
    register = register_of(items=frozenset({"x"})).name_stand_in(
        "1", StandIn("bo", day(5), day(7), "出差")
    )
    with pytest.raises(Forbidden, match=reason):
        register.power(account, item, on)
    assert register.power("ada", "x", day(3)).id == "1"
    assert register.power("bo", "x", day(6)).id == "1"


@pytest.mark.parametrize(
    ("stand_in", "problem"),
    [
        (StandIn("ada", day(1), day(2), "出差"), InvalidInput),
        (StandIn("bo", day(1), day(2), " "), InvalidInput),
        (StandIn("bo", day(2), day(1), "出差"), InvalidInput),
        (StandIn("bo", day(19), day(21), "出差"), InvalidInput),
        (StandIn("bo", day(7), day(9), "出差"), Conflict),
    ],
)
def test_a_wrong_stand_in_is_refused(stand_in, problem):
    register = register_of().name_stand_in("1", StandIn("cy", day(5), day(7), "出差"))
    with pytest.raises(problem):
        register.name_stand_in("1", stand_in)


def test_an_appointment_can_only_be_shortened_within_itself():
    register = register_of()
    assert register.end("1", day(4)).signer(day(5)) is None
    with pytest.raises(Conflict):
        register.end("1", day(21))
    with pytest.raises(Conflict):
        register_of(since=day(3)).end("1", day(2))
    with pytest.raises(NotFound):
        register.end("2", day(4))
    with pytest.raises(InvalidInput):
        register_of(until=day(0) - timedelta(days=1))
    with pytest.raises(InvalidInput):
        register_of(items=frozenset())
