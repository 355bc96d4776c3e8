"""An item says what login it asks for; most ask for real-name, and so does whatever says nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from chalicelib.cases import store
from chalicelib.catalogue import service as catalogue
from chalicelib.core.principal import Assurance, Principal
from chalicelib.http.claims import principal_of as claimed
from tests.support.applications import CITIZEN, STATION, application, item_named, person
from tests.support.engine import ROOT, principal_of

RESIDENCE = "居住证申领"


def plain(account: str) -> Principal:
    """The account by a login that vouches for nobody."""
    return replace(principal_of(account), holder=None, assurance=Assurance.PLAIN)


@pytest.fixture
def asks_little(engine):
    """居住证申领 no longer asks for real-name: the next version of the item says so."""
    document = json.loads((ROOT / "data/demo_catalogue.json").read_text("utf-8"))
    (item,) = (each for each in document["items"] if each["item_name"] == RESIDENCE)
    item |= {"assurance": "plain", "task_version": item["task_version"] + 1}
    catalogue.import_catalogue(document)
    catalogue.forget()
    assert item_named(RESIDENCE).assurance is Assurance.PLAIN
    return engine


@pytest.mark.parametrize("item", [RESIDENCE, "居民身份证补领"])
def test_a_plain_login_is_told_that_the_item_asks_for_real_name(engine, item):
    known = principal_of(CITIZEN)
    body = application(item_named(item), CITIZEN, applicant=person())
    refused = engine.client(CITIZEN).act_as(plain(CITIZEN)).post("/v1/cases", body)
    assert (refused.status, refused.json["detail"]) == (403, "该事项需要实名认证后办理")
    assert engine.client(CITIZEN).act_as(known).post("/v1/cases", body).status == 201


def test_every_item_of_the_demo_asks_for_real_name_and_its_guide_says_so(engine):
    document = json.loads((ROOT / "data/demo_catalogue.json").read_text("utf-8"))
    for each in document["items"]:
        guide = engine.client(CITIZEN).get(f"/v1/items/{each['task_code']}").json
        assert guide["assurance"] == "real-name"


def test_where_the_item_asks_for_no_more_a_plain_login_hands_in(asks_little):
    item = item_named(RESIDENCE)
    client = asks_little.client("citizen.li").act_as(plain("citizen.li"))
    assert client.get(f"/v1/items/{item.code}").json["assurance"] == "plain"
    body = application(item, "citizen.li", applicant=person(CITIZEN))
    made = client.post("/v1/cases", body)
    assert made.status == 201, made.text
    # It vouched for nobody: the case is of the person whom it names, and opens to him alone.
    no = made.json["case_no"]
    assert store.read_head(no).case.holder == principal_of(CITIZEN).holder
    assert client.get(f"/v1/cases/{no}").status == 403
    assert asks_little.client("citizen.li").get(f"/v1/cases/{no}").status == 403
    assert asks_little.client(CITIZEN).get(f"/v1/cases/{no}").status == 200
    # Who is known applies for himself, or by a mandate: the low demand opens no other road.
    assert asks_little.client("citizen.li").post("/v1/cases", body).status == 403


def test_a_plain_login_learns_nothing_of_what_the_store_holds(asks_little):
    item = item_named(RESIDENCE)
    client = asks_little.client("citizen.li").act_as(plain("citizen.li"))
    body = application(item, "citizen.li", applicant=person(CITIZEN))
    first, *others = body["materials"]
    borrowed = {"material_id": first["material_id"], "certificate": "x"}
    refused = client.post("/v1/cases", {**body, "materials": [borrowed, *others]})
    assert (refused.status, refused.json["detail"]) == (403, "引用证照需要实名认证后办理。")
    # Nor is anything attached for it: what is missing is missing.
    assert client.post("/v1/cases", {**body, "materials": others}).status == 422


def test_a_window_is_asked_for_nobodys_login(asks_little):
    body = application(item_named(RESIDENCE), STATION)
    assert asks_little.client(STATION).post("/v1/cases", body).status == 201


def test_an_identity_that_the_login_does_not_vouch_for_is_nobodys(engine):
    number = person()["id_number"]
    who = claimed({"sub": "x", "acr": "1", "holder_id_type": "111", "holder_id_number": number})
    assert (who.holder, who.assurance) == (None, 1)
    vouched = claimed({"sub": "x", "acr": "2", "holder_id_type": "111", "holder_id_number": number})
    assert (vouched.holder, vouched.assurance) == (principal_of(CITIZEN).holder, 2)
