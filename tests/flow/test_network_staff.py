"""People: a posting, its seat, what the person signs and the log change together or not at all."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, NotFound, StaleVersion
from chalicelib.network import appointments, service, staff, store
from chalicelib.network.change import Change
from chalicelib.network.chiefs import StandIn
from chalicelib.network.commands import Command
from chalicelib.network.model import Community
from chalicelib.network.postings import Decision, Substitute
from chalicelib.network.qualification import Qualification, Work
from tests.support.network_room import (
    CENTRE_OFFICER,
    NOW,
    OFFICER,
    WATCHER,
    chief_of,
    command,
    founded_room,
    snapshot,
)

TODAY = NOW.date()
QUALIFIED = Qualification(date(2020, 1, 1), "豫A0001", date(2029, 12, 31))
COMMUNITY = Community("signed", "签批社区", "jd-chunhe")


@pytest.fixture(autouse=True)
def district():
    with founded_room() as written:
        yield written


def post(account="new.person", work=Work.REVIEW, since=TODAY, **changes):
    fields = {
        "account": account,
        "organisation": "ga",
        "point": "centre",
        "work": frozenset({work}),
        "since": since,
        "qualification": QUALIFIED,
    } | changes
    return staff.post(command("posting.write"), **fields)


def ask(posting="p-ga-chief", by=None, **changes):
    fields = {
        "effective_on": date(2027, 6, 1),
        "reason": "轮岗",
        "to_point": None,
        "exception": "",
    } | changes
    asking = command("posting.request_transfer", by or chief_of("ga"))
    return staff.request_transfer(asking, posting, **fields)


def decide(posting="p-ga-chief", consent=True, by=CENTRE_OFFICER, **options):
    deciding = command("posting.transfer", by, **options)
    return staff.decide_transfer(deciding, posting, consent=consent, comment="意见")


def keeping(now=NOW):
    return Command.of_the_system("posting.keep", now, f"keep-{now.isoformat()}")


# --- postings ---------------------------------------------------------------------------------


def test_a_person_is_posted_to_one_place_at_a_time():
    posting = post()
    assert store.read_seat("new.person").posting == posting.id
    before = snapshot()
    with pytest.raises(Conflict, match="已在派驻"):
        post()
    assert snapshot() == before
    found, _ = store.postings_of("ga", active=True, limit=20)
    assert posting in found
    found, _ = store.postings_at("centre", active=True)
    assert posting in found


def test_of_two_postings_of_one_person_at_once_one_fails(monkeypatch):
    seat = store.read_seat("new.person")
    monkeypatch.setattr(store, "read_seat", lambda account: seat)
    post()
    with pytest.raises(StaleVersion):
        post()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"organisation": "nobody"}, "/organisation"), ({"point": "nowhere"}, "/point")],
)
def test_a_posting_names_an_organisation_and_a_point_that_exist(changes, pointer):
    with pytest.raises(InvalidInput) as refused:
        post(**changes)
    assert refused.value.errors[0].pointer == pointer


def test_a_transfer_takes_consent_its_day_and_the_record_of_it():
    ask("p-ga-reviewer")
    decide("p-ga-reviewer")
    assert staff.complete_due(keeping()) == 0
    later = NOW.replace(year=2027, month=6, day=2)
    assert staff.complete_due(keeping(later)) == 1
    assert staff.complete_due(keeping(later)) == 0
    ended = staff.read_posting("p-ga-reviewer")
    assert ended.last_day == date(2027, 5, 31)
    assert store.read_seat("ga.reviewer").posting is None
    log = [event.type for event in store.read_events("POSTING#p-ga-reviewer")]
    assert log == [
        "posting.started",
        "posting.transfer_requested",
        "posting.transfer_consented",
        "posting.transferred",
    ]
    ended_list, _ = store.postings_of("ga", active=False, limit=20)
    assert [each.id for each in ended_list] == ["p-ga-reviewer"]


def test_a_person_may_be_posted_again_from_the_day_of_a_consented_transfer():
    ask("p-ga-reviewer")
    decide("p-ga-reviewer")
    with pytest.raises(Conflict):
        post("ga.reviewer", since=date(2027, 5, 31), point="police")
    again = post("ga.reviewer", since=date(2027, 6, 1), point="police")
    assert store.read_seat("ga.reviewer").posting == again.id
    later = NOW.replace(year=2027, month=6, day=2)
    staff.complete_due(keeping(later))
    assert store.read_seat("ga.reviewer").posting == again.id


def test_a_request_nobody_consented_to_lapses():
    ask("p-ga-reviewer")
    later = NOW.replace(year=2027, month=6, day=1)
    assert staff.complete_due(keeping(later)) == 1
    lapsed = staff.read_posting("p-ga-reviewer")
    assert lapsed.transfer.decision is Decision.LAPSED
    assert lapsed.active_on(later.date())


def test_a_department_asks_only_for_its_own_people_and_the_centre_alone_consents():
    with pytest.raises(Forbidden):
        ask("p-rs-reviewer")
    ask("p-ga-reviewer")
    for by in (chief_of("ga"), WATCHER):
        with pytest.raises(Forbidden):
            decide("p-ga-reviewer", by=by)
    with pytest.raises(NotFound):
        ask("p-nobody")


def test_a_substitute_is_posted_and_qualified_and_never_signs():
    week = (TODAY, TODAY + timedelta(days=4))

    def name(posting, account):
        substitute = Substitute(account, *week, "病假")
        return staff.name_substitute(command("posting.write"), posting, substitute)

    assert name("p-ga-acceptor", "ga.deputy").worker_on(TODAY) == "ga.deputy"
    for posting, account in (
        ("p-ga-reviewer", "rs.reviewer"),
        ("p-ga-reviewer", "nobody"),
        ("p-ga-reviewer", "window.police"),
        ("p-ga-chief", "ga.deputy"),
    ):
        with pytest.raises(InvalidInput) as refused:
            name(posting, account)
        assert refused.value.errors[0].pointer == "/account"


def test_an_excellent_person_is_recommended_and_a_certificate_renewed():
    renewed = staff.renew_qualification(command("posting.write"), "p-ga-reviewer", QUALIFIED)
    assert renewed.qualification == QUALIFIED
    recommended = staff.recommend(
        command("posting.write"), "p-ga-reviewer", frozenset({2025, 2026}), "推荐1号"
    )
    assert recommended.recommended == (2026,)
    log = list(store.read_events("POSTING#p-ga-reviewer"))
    assert [event.seq for event in log] == [1, 2, 3]
    assert not any("豫A0001" in str(event.to_dict()) for event in log)


# --- what a person signs ends with the posting ------------------------------------------------------


def signer(on):
    return store.read_chiefs("ga").signer(on)


def test_consent_ends_the_signing_power_on_the_same_day_without_any_job():
    ask()
    assert signer(date(2027, 6, 1)) == "ga.chief"
    decide()
    assert signer(date(2027, 5, 31)) == "ga.chief"
    assert signer(date(2027, 6, 1)) is None


def test_a_person_sent_back_signs_until_today_and_no_longer():
    sending = command("posting.transfer", CENTRE_OFFICER)
    staff.send_back(sending, "p-ga-chief", reason="不适应窗口工作")
    assert signer(TODAY) == "ga.chief"
    assert signer(TODAY + timedelta(days=1)) is None
    assert store.read_seat("ga.chief").posting is None
    log = [event.type for event in store.read_events("CHIEF#ga")]
    assert log == ["chief_representative.appointed", "chief_representative.released"]


def test_a_refused_transfer_takes_nothing():
    ask()
    decide(consent=False)
    assert signer(date(2027, 6, 1)) == "ga.chief"
    assert store.read_chiefs("ga").version == 1


# --- chief representatives ---------------------------------------------------------------------------


def appoint(account="ga.second", since=TODAY, **changes):
    fields = {"until": None, "items": None, "document": "授权书2号"} | changes
    return appointments.appoint(
        command("appointment.write"), "ga", account=account, since=since, **fields
    )


def end(last_day=TODAY):
    return appointments.end(command("appointment.write"), "ga", "ga-1", last_day)


def stand_in(account, since=TODAY, until=TODAY):
    named = StandIn(account, since, until, "出差")
    return appointments.name_stand_in(command("appointment.write"), "ga", "ga-1", named)


def test_a_body_changes_its_signer_from_one_day_to_the_next():
    post("ga.second", Work.SIGN_OFF)
    with pytest.raises(Conflict, match="一名首席代表"):
        appoint()
    end()
    appoint(since=TODAY + timedelta(days=1))
    assert signer(TODAY) == "ga.chief"
    assert signer(TODAY + timedelta(days=1)) == "ga.second"
    assert service.appointed("ga", "any", TODAY + timedelta(days=1)) == {"ga.second"}


def test_a_stand_in_signs_for_the_days_named():
    tomorrow = TODAY + timedelta(days=1)
    stand_in("ga.deputy", tomorrow, tomorrow)
    assert [signer(TODAY + timedelta(days=n)) for n in range(3)] == [
        "ga.chief",
        "ga.deputy",
        "ga.chief",
    ]


@pytest.mark.parametrize("account", ["ga.reviewer", "nobody", "rs.chief", "supervisor"])
def test_only_a_person_posted_for_sign_off_by_the_body_is_appointed(account):
    end()
    with pytest.raises(InvalidInput) as refused:
        appoint(account, since=TODAY + timedelta(days=1))
    assert refused.value.errors[0].pointer == "/account"


def test_whoever_leaves_in_the_same_moment_is_not_appointed(monkeypatch):
    post("ga.second", Work.SIGN_OFF)
    end()
    commit = Change.commit

    def leave_first(change):
        monkeypatch.setattr(Change, "commit", commit)
        leaving = store.read_seat("ga.second").posting
        sending = command("posting.transfer", CENTRE_OFFICER)
        staff.send_back(sending, leaving, reason="不适应窗口工作")
        commit(change)

    monkeypatch.setattr(Change, "commit", leave_first)
    with pytest.raises(StaleVersion):
        appoint(since=TODAY + timedelta(days=1))
    assert signer(TODAY + timedelta(days=1)) is None


def test_the_past_is_not_rewritten():
    yesterday = TODAY - timedelta(days=1)
    for refused in (
        lambda: end(yesterday),
        lambda: appoint(since=yesterday),
        lambda: stand_in("ga.deputy", yesterday, TODAY),
    ):
        with pytest.raises(InvalidInput):
            refused()


def test_an_appointment_is_the_offices_to_make():
    for principal in (chief_of("ga"), WATCHER, CENTRE_OFFICER):
        with pytest.raises(Forbidden):
            appointments.end(command("appointment.write", principal), "ga", "ga-1", TODAY)
    with pytest.raises(NotFound):
        appointments.end(command("appointment.write"), "nobody", "ga-1", TODAY)


def test_a_stale_register_is_not_overwritten():
    stand_in("ga.deputy")
    with pytest.raises(StaleVersion):
        appointments.end(command("appointment.write"), "ga", "ga-1", TODAY, expected="1")


def test_a_signature_holds_the_register_it_was_decided_on():
    register, _ = service.signing_power("ga", "ga.chief", "any", TODAY)
    signing = Change()
    signing.community(COMMUNITY)
    store.require_chiefs_in(signing.transaction, register)
    end()
    with pytest.raises(StaleVersion):
        signing.commit()

    register, _ = service.signing_power("ga", "ga.chief", "any", TODAY)
    signing = Change()
    signing.community(COMMUNITY)
    store.require_chiefs_in(signing.transaction, register)
    signing.commit()


def test_the_office_is_named_in_the_log_as_who_acted():
    stand_in("ga.deputy")
    *_, last = store.read_events("CHIEF#ga")
    assert (last.actor.account, last.actor.role, last.actor.organisation) == (
        OFFICER.account,
        "office",
        "office",
    )
