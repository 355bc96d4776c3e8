"""A district is founded from its document, and answers who and where."""

from __future__ import annotations

import json
from datetime import date

import pytest

from chalicelib.core.errors import Forbidden, NotFound
from chalicelib.core.identifiers import valid_citizen_number, valid_uscc
from chalicelib.network import service, store
from chalicelib.network.coverage import coverage
from chalicelib.network.duties import Duty
from chalicelib.network.naming import Tier
from tests.support.network_room import DATA, founded_room

TODAY = date(2026, 3, 2)


@pytest.fixture(scope="module")
def district():
    with founded_room(whole=True) as written:
        yield written


def read(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))


def test_the_demo_district_has_its_nineteen_points_on_four_tiers(district):
    network = service.network()
    tiers = {tier: len(network.select(tier=tier)) for tier in Tier}
    assert tiers == {
        Tier.CENTRE: 1,
        Tier.SUB_CENTRE: 2,
        Tier.SUBDISTRICT: 4,
        Tier.COMMUNITY: 12,
    }
    assert all(network.within(key, "centre") for key in network.points)


def test_every_body_of_the_catalogue_is_an_organisation_under_its_own_code(district):
    for body in read("demo_catalogue.json")["bodies"]:
        assert service.organisation(body["key"]).uscc == body["uscc"]


def test_every_body_has_a_chief_representative_who_alone_may_sign_today(district):
    for body in read("demo_catalogue.json")["bodies"]:
        key = body["key"]
        register, appointment = service.signing_power(key, f"{key}.chief", "any", TODAY)
        assert register.version == 1
        assert service.appointed(key, "any", TODAY) == {appointment.account}
        with pytest.raises(Forbidden):
            service.signing_power(key, f"{key}.reviewer", "any", TODAY)


def test_accepting_reviewing_and_signing_are_three_posted_accounts_in_every_body(district):
    for body in read("demo_catalogue.json")["bodies"]:
        posted, _ = store.postings_of(body["key"], active=True, limit=20)
        accounts = {work: each.account for each in posted for work in each.work}
        assert {"acceptance", "review", "sign_off"} <= accounts.keys()
        assert len(set(accounts.values())) == len(accounts)


def test_the_lists_have_their_owners(district):
    assert service.duty_holders(Duty.REVIEW_POWERS) == ("fz",)
    assert service.duty_holders(Duty.REVIEW_RESPONSIBILITIES) == ("bb",)
    assert service.duty_holders(Duty.REVIEW_FEES) == ("cz",)


def test_coverage_names_the_communities_without_a_station(district):
    covered = coverage(service.network())
    assert (covered.numerator, covered.denominator) == (12, 14)
    assert [each.name for each in covered.missing] == ["长堤村", "晴川社区"]


def test_an_unknown_key_is_not_found(district):
    with pytest.raises(NotFound):
        service.point("nowhere")
    with pytest.raises(NotFound):
        service.organisation("nobody")


def test_every_demo_account_belongs_to_the_network_and_every_posting_to_an_account(district):
    network = service.network()
    accounts = {each["account"]: each for each in read("demo_accounts.json")}
    for account in accounts.values():
        if account["organisation"]:
            network.organisation(account["organisation"])
        if account["point"]:
            network.point(account["point"])
    for posting in district["postings"]:
        account = accounts[posting["account"]]
        assert (account["organisation"], account["point"]) == (
            posting["organisation"],
            posting["point"],
        )


def test_demo_citizens_and_companies_carry_valid_numbers_of_nobody_alive():
    holders = [each for each in read("demo_accounts.json") if "holder_id_number" in each]
    assert {each["holder_id_type"] for each in holders} == {"111", "001"}
    for each in holders:
        number = each["holder_id_number"]
        if each["holder_id_type"] == "111":
            assert valid_citizen_number(number)
            assert number.startswith("4101021900")
        else:
            assert valid_uscc(number)


def test_heads_and_logs_agree_after_a_founding(district):
    for subject in ("ORGANISATION#ga", "POINT#centre", "CHIEF#ga", "POSTING#p-ga-chief"):
        log = list(store.read_events(subject))
        assert [event.seq for event in log] == [1]
