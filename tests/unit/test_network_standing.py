"""A role stands while a posting backs it, here, today, with the qualification and the appointment."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from chalicelib.core.principal import (
    ACCEPTOR,
    CHIEF_REPRESENTATIVE,
    REVIEWER,
    WINDOW_CLERK,
    Principal,
)
from chalicelib.network.chiefs import Appointment, ChiefRegister, StandIn
from chalicelib.network.postings import Decision, Posting, Substitute, Transfer
from chalicelib.network.qualification import Qualification, Work
from chalicelib.network.standing import People, fallen

TODAY = date(2026, 3, 2)
TOMORROW, YESTERDAY = TODAY + timedelta(days=1), TODAY - timedelta(days=1)
QUALIFIED = Qualification(date(2020, 1, 1), "豫A0001", date(2029, 12, 31))


def posting(account: str = "a", work: Work = Work.ACCEPTANCE, **changes) -> Posting:
    made = Posting(
        f"p-{account}", account, "ga", "centre", frozenset({work}), date(2025, 1, 1), QUALIFIED
    )
    return replace(made, **changes)


def who(role: str, account: str = "a", point: str | None = "centre") -> Principal:
    return Principal(account, "某", frozenset({role}), "ga", point)


def lost(principal: Principal, *postings: Posting, chiefs: ChiefRegister | None = None) -> set[str]:
    people = People.of(postings, chiefs or ChiefRegister("ga"))
    return set(fallen(principal, people, TODAY))


def test_a_posting_backs_the_role_of_its_work():
    assert lost(who(ACCEPTOR), posting()) == set()
    assert lost(who(REVIEWER), posting()) == {REVIEWER}


@pytest.mark.parametrize(
    "ended",
    [
        {"last_day": YESTERDAY},
        {"since": TOMORROW},
        {"transfer": Transfer(TODAY, "轮岗", "x", decision=Decision.CONSENTED)},
        {"point": "police"},
        {"qualification": Qualification(date(2020, 1, 1), "豫A0001", YESTERDAY)},
        {"qualification": Qualification(date(2025, 12, 1), "豫A0001", date(2029, 12, 31))},
    ],
)
def test_what_ended_by_today_takes_the_role(ended):
    assert lost(who(ACCEPTOR), posting(**ended)) == {ACCEPTOR}


@pytest.mark.parametrize(
    "standing",
    [
        {"last_day": TODAY},
        {"since": TODAY, "qualification": QUALIFIED},
        {"transfer": Transfer(TOMORROW, "轮岗", "x", decision=Decision.CONSENTED)},
        {"transfer": Transfer(TODAY, "轮岗", "x", decision=Decision.PENDING)},
        {"qualification": Qualification(date(2020, 1, 1), "豫A0001", TODAY)},
    ],
)
def test_the_last_day_still_counts_and_what_is_not_decided_takes_nothing(standing):
    assert lost(who(ACCEPTOR), posting(**standing)) == set()


def test_a_window_needs_no_law_enforcement_certificate():
    assert (
        lost(who(WINDOW_CLERK), posting(work=Work.WINDOW, qualification=Qualification())) == set()
    )


def test_an_account_that_was_never_posted_holds_no_posted_role():
    assert lost(who(ACCEPTOR, "stranger"), posting()) == {ACCEPTOR}


def test_a_person_is_posted_again_before_the_old_posting_ends():
    moving = Transfer(TOMORROW, "轮岗", "x", "police", decision=Decision.CONSENTED)
    old, new = posting(transfer=moving), posting(id="p2", since=TOMORROW, point="police")
    assert lost(who(ACCEPTOR), old, new) == set()
    assert lost(who(ACCEPTOR, point="police"), old, new) == {ACCEPTOR}


def test_a_substitute_holds_the_work_on_the_days_named_and_on_no_other():
    for days, expected in (
        ((TODAY, TODAY), set()),
        ((TOMORROW, TOMORROW), {ACCEPTOR}),
        ((YESTERDAY, YESTERDAY), {ACCEPTOR}),
    ):
        absent = posting(substitutes=(Substitute("b", *days, "病假"),))
        helper = posting("b", Work.REVIEW)
        assert lost(who(ACCEPTOR, "b"), absent, helper) == expected


def appointed(*stand_ins: StandIn, **changes) -> ChiefRegister:
    power = Appointment("x", "chief", date(2026, 1, 1), None, None, "授权书", stand_ins)
    return ChiefRegister("ga", (replace(power, **changes),), 1)


def test_a_chief_representative_stands_by_the_appointment():
    chief, signing = who(CHIEF_REPRESENTATIVE, "chief"), posting("chief", Work.SIGN_OFF)
    assert lost(chief, signing, chiefs=appointed()) == set()
    assert lost(chief, signing, chiefs=appointed(until=YESTERDAY)) == {CHIEF_REPRESENTATIVE}
    assert lost(chief, signing, chiefs=appointed(since=TOMORROW)) == {CHIEF_REPRESENTATIVE}
    assert lost(chief, signing) == {CHIEF_REPRESENTATIVE}
    unqualified = replace(signing, qualification=Qualification())
    assert lost(chief, unqualified, chiefs=appointed()) == {CHIEF_REPRESENTATIVE}


def test_a_stand_in_holds_the_role_on_the_days_named():
    deputy, work = who(CHIEF_REPRESENTATIVE, "deputy"), posting("deputy", Work.REVIEW)
    assert lost(deputy, work, chiefs=appointed()) == {CHIEF_REPRESENTATIVE}
    today, tomorrow = (StandIn("deputy", day, day, "出差") for day in (TODAY, TOMORROW))
    assert lost(deputy, work, chiefs=appointed(today)) == set()
    assert lost(deputy, work, chiefs=appointed(tomorrow)) == {CHIEF_REPRESENTATIVE}


def test_only_the_role_that_fell_is_taken():
    both = replace(who(ACCEPTOR), roles=frozenset({ACCEPTOR, REVIEWER, "citizen"}))
    assert lost(both, posting()) == {REVIEWER}
