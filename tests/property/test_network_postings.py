"""Postings under dual management (clauses 14 and 16), over generated histories and by example."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, OutOfTurn, Problem
from chalicelib.network import posting_acts as acts
from chalicelib.network.chiefs import check_signer
from chalicelib.network.postings import Decision, Ending, Posting, Substitute, Transfer
from chalicelib.network.qualification import LONE_WORK, Qualification, Work, anniversary

SINCE = date(2025, 3, 3)
TODAY = date(2026, 3, 2)
QUALIFIED = Qualification(date(2019, 7, 1), "豫A0001", date(2027, 12, 31))


def posting(**changes):
    fields = {
        "id": "p1",
        "account": "ada",
        "organisation": "ga",
        "point": "centre",
        "work": frozenset({Work.REVIEW}),
        "since": SINCE,
        "qualification": QUALIFIED,
    } | changes
    return Posting(**fields)


def transfer(**changes):
    fields = {
        "effective_on": date(2027, 6, 1),
        "reason": "轮岗",
        "requested_by": "ga.chief",
    } | changes
    return Transfer(**fields)


# --- histories ---------------------------------------------------------------------------------

offsets = st.integers(0, 60)
things = st.one_of(
    st.tuples(st.just("request"), offsets, st.booleans()),
    st.tuples(st.just("decide"), st.booleans(), st.sampled_from(["ga.chief", "office", "ada"])),
    st.tuples(st.just("complete")),
    st.tuples(st.just("return")),
    st.tuples(st.just("substitute"), offsets, offsets),
    st.tuples(st.just("renew"), st.integers(-5, 400)),
    st.tuples(st.just("due")),
)
histories = st.lists(st.tuples(st.integers(0, 30), things), max_size=12)


def apply(present, thing, today):
    match thing:
        case ("request", after, excepted):
            asked = transfer(
                effective_on=today + timedelta(days=after), exception="机构改革" if excepted else ""
            )
            return acts.request_transfer(present, asked, today)
        case ("decide", consent, by):
            return acts.decide_transfer(present, consent, by, "意见", today)
        case ("complete",):
            return acts.complete_transfer(present, today)
        case ("return",):
            return acts.send_back(present, "不适应窗口工作", today)
        case ("substitute", since, length):
            begins = today + timedelta(days=since)
            ends = begins + timedelta(days=length)
            return acts.name_substitute(present, Substitute("bo", begins, ends, "病假"), today)
        case ("renew", days):
            until = today + timedelta(days=days)
            renewed = replace(present.qualification, certificate_until=until)
            return acts.renew_qualification(present, renewed, today)
        case ("due",):
            return acts.fall_due(present, today)


def play(history):
    """(today, step) of every act that was not refused, in order."""
    present, today = posting(), SINCE
    steps = [(today, acts.post(present))]
    for later, thing in history:
        today += timedelta(days=later)
        try:
            step = apply(present, thing, today)
        except Problem:
            continue
        if step is not None:
            steps.append((today, step))
            present = step.posting
    return steps


@given(histories)
def test_nobody_is_moved_without_consent_given_before_the_day_by_somebody_else(history):
    steps = [step for _, step in play(history)]
    moved = next((n for n, step in enumerate(steps) if step.type == "posting.transferred"), None)
    if moved is not None:
        consents = [
            (day, step)
            for day, step in play(history)[:moved]
            if step.type == "posting.transfer_consented"
        ]
        day, step = consents[-1]
        assert day < step.posting.transfer.effective_on
        assert step.posting.transfer.decided_by not in ("ga.chief", "ada")


@given(histories)
def test_a_transfer_before_two_years_carries_its_exception(history):
    for _, step in play(history):
        asked = step.posting.transfer
        if asked is not None and asked.effective_on < step.posting.tenure_until:
            assert asked.exception


@given(histories)
def test_each_step_is_one_version_and_survives_its_storage(history):
    steps = [step for _, step in play(history)]
    for before, after in pairwise(steps):
        assert after.posting.version == before.posting.version + 1
        assert Posting.from_dict(after.posting.to_dict()) == after.posting


@given(histories)
def test_an_ended_posting_takes_no_further_act(history):
    steps = play(history)
    today, last = steps[-1]
    ends = [n for n, (_, step) in enumerate(steps) if step.posting.last_day is not None]
    assert ends in ([], [len(steps) - 1])
    if ends:
        assert not last.posting.active_on(last.posting.last_day + timedelta(days=1))
        assert acts.fall_due(last.posting, today + timedelta(days=999)) is None
        assert last.posting.next_due is None


@given(histories)
def test_recording_a_move_changes_nothing_of_who_was_active_when(history):
    for (_, before), (_, after) in pairwise(play(history)):
        if after.type == "posting.transferred":
            for offset in range(-3, 4):
                day = after.posting.last_day + timedelta(days=offset)
                assert before.posting.active_on(day) == after.posting.active_on(day)


@given(histories, st.integers(0, 900))
def test_what_falls_due_comes_to_an_end_and_is_announced_by_next_due(history, later):
    today, step = play(history)[-1]
    today += timedelta(days=later)
    present = step.posting
    for _ in range(4):
        due = present.next_due
        fallen = acts.fall_due(present, today)
        if fallen is None:
            assert due is None or due > today
            break
        assert due is not None
        assert due <= today
        present = fallen.posting
    else:
        pytest.fail("it never settles")


# --- by example --------------------------------------------------------------------------------


def test_a_posting_needs_a_year_of_experience_and_a_certificate_all_said_at_once():
    lacking = Qualification(date(2024, 3, 4), "", None)
    with pytest.raises(InvalidInput) as refused:
        acts.post(posting(qualification=lacking))
    assert [each.pointer for each in refused.value.errors] == [
        "/qualification/experienced_since",
        "/qualification/certificate_no",
    ]
    exactly = replace(QUALIFIED, experienced_since=date(2024, 3, 3))
    assert acts.post(posting(qualification=exactly)).type == "posting.started"


def test_an_expired_certificate_does_not_qualify_and_its_last_day_does():
    expired = replace(QUALIFIED, certificate_until=SINCE - timedelta(days=1))
    with pytest.raises(InvalidInput, match="资格"):
        acts.post(posting(qualification=expired))
    assert acts.post(posting(qualification=replace(QUALIFIED, certificate_until=SINCE)))


def test_a_window_clerk_exercises_no_powers_and_needs_no_certificate():
    clerk = posting(work=frozenset({Work.WINDOW}), qualification=Qualification())
    assert acts.post(clerk).posting == clerk


@pytest.mark.parametrize("lone", sorted(LONE_WORK))
@pytest.mark.parametrize("other", sorted(set(Work) - set(LONE_WORK)))
def test_signing_and_watching_exclude_any_other_work(lone, other):
    with pytest.raises(InvalidInput) as refused:
        acts.post(posting(work=frozenset({lone, other})))
    assert refused.value.errors[0].pointer == "/work"


def test_two_years_end_on_the_anniversary_also_from_a_leap_day():
    assert posting().tenure_until == date(2027, 3, 3)
    assert anniversary(date(2024, 2, 29), 2) == date(2026, 2, 28)
    early = transfer(effective_on=date(2027, 3, 2))
    with pytest.raises(InvalidInput, match="未满两年"):
        acts.request_transfer(posting(), early, TODAY)
    on_time = transfer(effective_on=date(2027, 3, 3))
    assert acts.request_transfer(posting(), on_time, TODAY).data["tenure_met"] is True


def asked(**changes):
    return acts.request_transfer(posting(), transfer(**changes), TODAY).posting


@pytest.mark.parametrize("by", ["ga.chief", "ada"])
def test_neither_who_asked_nor_who_is_moved_may_consent(by):
    with pytest.raises(Forbidden):
        acts.decide_transfer(asked(), True, by, "", TODAY)


def test_consent_comes_before_the_day_and_a_refusal_with_its_reason():
    with pytest.raises(Conflict, match="事先同意"):
        acts.decide_transfer(asked(), True, "office", "", date(2027, 6, 1))
    with pytest.raises(InvalidInput):
        acts.decide_transfer(asked(), False, "office", " ", TODAY)
    refused = acts.decide_transfer(asked(), False, "office", "人手不足", TODAY).posting
    assert refused.active_on(date(2027, 6, 1))
    with pytest.raises(OutOfTurn):
        acts.decide_transfer(refused, True, "office", "", TODAY)


def test_a_consented_transfer_takes_effect_by_its_date_alone():
    consented = acts.decide_transfer(asked(), True, "office", "", TODAY).posting
    assert consented.active_on(date(2027, 5, 31))
    assert not consented.active_on(date(2027, 6, 1))
    with pytest.raises(OutOfTurn):
        acts.complete_transfer(consented, date(2027, 5, 31))
    done = acts.complete_transfer(consented, date(2027, 6, 3)).posting
    assert (done.last_day, done.ending) == (date(2027, 5, 31), Ending.TRANSFERRED)


def test_a_request_without_consent_lapses_on_its_day_and_may_be_made_again():
    pending = asked()
    lapsed = acts.fall_due(pending, date(2027, 6, 1))
    assert lapsed.type == "posting.transfer_lapsed"
    assert lapsed.posting.transfer.decision is Decision.LAPSED
    again = transfer(effective_on=date(2027, 7, 1))
    assert acts.request_transfer(lapsed.posting, again, date(2027, 6, 2))


def test_the_end_of_a_certificate_is_recorded_once_and_again_for_a_renewed_one():
    day_after = date(2028, 1, 1)
    noted = acts.fall_due(posting(), day_after)
    assert noted.type == "posting.qualification_lapsed"
    assert acts.fall_due(noted.posting, day_after) is None
    renewed = acts.renew_qualification(
        noted.posting, replace(QUALIFIED, certificate_until=date(2028, 6, 30)), day_after
    ).posting
    assert acts.fall_due(renewed, date(2028, 6, 30)) is None
    assert acts.fall_due(renewed, date(2028, 7, 1)).type == "posting.qualification_lapsed"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"effective_on": TODAY - timedelta(days=1)}, "/effective_on"),
        ({"reason": " "}, "/reason"),
        ({"to_point": "centre"}, "/to_point"),
    ],
)
def test_a_wrong_request_is_refused_at_its_field(changes, pointer):
    with pytest.raises(InvalidInput) as refused:
        asked(**changes)
    assert refused.value.errors[0].pointer == pointer


def test_a_second_request_waits_for_the_first():
    with pytest.raises(Conflict):
        acts.request_transfer(asked(), transfer(effective_on=date(2027, 7, 1)), TODAY)


def test_an_unfit_person_goes_back_with_a_reason_whatever_the_tenure():
    with pytest.raises(InvalidInput):
        acts.send_back(posting(), "", TODAY)
    back = acts.send_back(asked(), "多次超时", TODAY).posting
    assert (back.ending, back.last_day, back.transfer) == (Ending.RETURNED, TODAY, None)
    assert back.active_on(TODAY)
    assert not back.active_on(TODAY + timedelta(days=1))


def test_a_substitute_works_for_their_days_only():
    week = Substitute("bo", date(2026, 3, 9), date(2026, 3, 13), "病假")
    covered = acts.name_substitute(posting(), week, TODAY).posting
    days = [covered.worker_on(date(2026, 3, day)) for day in (8, 9, 13, 14)]
    assert days == ["ada", "bo", "bo", "ada"]
    with pytest.raises(Conflict):
        acts.name_substitute(covered, replace(week, account="cy"), TODAY)
    with pytest.raises(InvalidInput):
        acts.name_substitute(posting(), replace(week, account="ada"), TODAY)


def test_two_excellent_years_in_a_row_bring_one_recommendation():
    with pytest.raises(Conflict):
        acts.recommend(posting(), frozenset({2023, 2025}), "推荐〔2026〕1号")
    once = acts.recommend(posting(), frozenset({2024, 2025}), "推荐〔2026〕1号")
    assert once.data["years"] == [2024, 2025]
    with pytest.raises(Conflict):
        acts.recommend(once.posting, frozenset({2024, 2025}), "推荐〔2026〕2号")
    with pytest.raises(InvalidInput):
        acts.recommend(posting(), frozenset({2024, 2025}), " ")


# --- who may be given the signing power ------------------------------------------------------------


def test_a_chief_representative_is_posted_by_the_body_for_sign_off():
    chief = posting(work=frozenset({Work.SIGN_OFF}))
    check_signer(chief, "ga", TODAY, standing_in=False)
    check_signer(posting(), "ga", TODAY, standing_in=True)
    for wrong, body, standing_in in (
        (None, "ga", True),
        (chief, "rs", False),
        (posting(), "ga", False),
        (posting(work=frozenset({Work.REVIEW, Work.ENFORCEMENT})), "ga", True),
        (posting(work=frozenset({Work.SUPERVISION})), "ga", True),
        (replace(chief, last_day=TODAY - timedelta(days=1)), "ga", False),
        (replace(chief, qualification=Qualification()), "ga", False),
    ):
        with pytest.raises(InvalidInput) as refused:
            check_signer(wrong, body, TODAY, standing_in)
        assert refused.value.errors[0].pointer == "/account"
