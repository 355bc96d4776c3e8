"""Storing certificates: once, small, found by one read; reissued, and changed by acts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import boto3
import pytest
from pynamodb.exceptions import TransactWriteError
from pynamodb.transactions import TransactWrite

from chalicelib.aws import tables
from chalicelib.certificates import acts, keys, service, store, types
from chalicelib.certificates.model import Grade
from chalicelib.certificates.sealed import open_sealed
from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, KeyReused, NotFound
from chalicelib.core.identifiers import valid_certificate_identifier
from chalicelib.core.principal import CHIEF_REPRESENTATIVE
from tests.support.certificates_room import CASE, NAME, NOW, NUMBER, certificates_room, staff

CHIEF = staff(CHIEF_REPRESENTATIVE)


@pytest.fixture
def room(monkeypatch):
    with certificates_room(monkeypatch) as opened:
        yield opened


def test_preparing_names_the_same_certificate_again_and_writes_nothing(room):
    first, second = room.prepared(), room.prepared()
    assert first.identifier == second.identifier
    assert valid_certificate_identifier(first.identifier)
    assert CASE.replace("-", "") in first.identifier
    assert store.find(first.identifier) is None


def test_a_stored_certificate_comes_back_as_it_was(room):
    stored = room.stored()
    assert store.find(stored.identifier) == stored
    assert open_sealed(stored).claims == {"KZ_GZ": "电工", "CZZT": NAME, "CZZTDM": NUMBER}


def test_the_bulk_form_of_an_item_is_the_models(room):
    stored = room.prepared()
    in_bulk = store.wire(stored, stored.sealed, stored.signature)
    assert in_bulk == store.to_item(stored).serialize()


def test_a_certificate_takes_one_write_unit_and_shows_no_personal_data(room):
    stored = room.stored()
    raw = boto3.client("dynamodb").scan(
        TableName="yichuang-certificates",
        FilterExpression="begins_with(pk, :p)",
        ExpressionAttributeValues={":p": {"S": "CERT#"}},
    )["Items"][0]
    sizes = [len(name) + len(next(iter(each.values()))) for name, each in raw.items()]
    assert sum(sizes) <= 1024
    text = repr(raw).encode("unicode_escape").decode() + repr(raw)
    assert NAME not in text
    assert NUMBER not in text
    assert NUMBER not in repr(stored)


def test_the_same_certificate_is_stored_once(room):
    room.stored()
    with pytest.raises(TransactWriteError):
        room.stored()


def test_a_transaction_that_requires_a_certificate_fails_without_it(room):
    certificate = room.prepared()
    for outcome in (pytest.raises(TransactWriteError), None):
        transaction = TransactWrite(connection=tables.connection())
        store.require_in(transaction, certificate.identifier)
        if outcome:
            with outcome:
                transaction._commit()
            room.store(certificate)
        else:
            transaction._commit()


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"holder_kind": "001"}, "/holder_kind"),
        ({"issuer_uscc": "11430000006122244L"}, "/issuer_uscc"),
        ({"personal": {"CZZT": NAME, "CZZTDM": "1"}}, "/personal/CZZTDM"),
        ({"valid_to": date(2020, 1, 1)}, "/valid_to"),
        ({"serial": "a"}, "/serial"),
        ({"version": 0}, "/version"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_field(room, changes, pointer):
    with pytest.raises(InvalidInput) as refused:
        room.prepared(**changes)
    assert pointer in [error.pointer for error in refused.value.errors]


def test_an_unknown_type_is_refused(room):
    with pytest.raises(NotFound) as refused:
        room.prepared(type_code="11410102DEM000014W999")
    assert refused.value.errors[0].pointer == "/type_code"


def test_a_reissue_lapses_the_version_before_it_and_keeps_the_serial(room):
    first = room.stored()
    second = service.reissue(
        first,
        issued_at=NOW,
        valid_from=NOW.date(),
        valid_to=None,
        fields={"KZ_GZ": "焊工"},
        personal={"CZZT": NAME, "CZZTDM": NUMBER},
        case_no=CASE,
    )
    room.store(second)
    assert (second.serial, second.version) == (first.serial, 2)
    assert service.get(first.identifier).status == "05"
    held = service.held_for(room.holder, [first.type_code], NOW.date())
    assert held[first.type_code].identifier == second.identifier


def test_a_reissue_without_its_predecessor_is_refused(room):
    with pytest.raises(TransactWriteError):
        room.stored(version=2)


# --- never ask twice ---------------------------------------------------------------------------------


def test_what_the_store_holds_is_found_for_the_wanted_types_alone(room):
    held = room.stored()
    other = room.type("id_card")["type_code"]
    found = service.held_for(room.holder, [held.type_code, other], NOW.date())
    assert list(found) == [held.type_code]
    assert found[held.type_code].from_whom == "区人力资源和社会保障局"
    assert service.held_for("0" * 32, [held.type_code], NOW.date()) == {}
    assert service.held_for(room.holder, [], NOW.date()) == {}


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "02"},
        {"valid_to": date(2026, 3, 1), "valid_from": date(2026, 1, 1)},
        {"valid_from": date(2026, 3, 3)},
        {"grade": Grade.WINDOW_CHECKED},
    ],
)
def test_what_may_not_be_relied_upon_does_not_stand_in(room, changes):
    held = room.store(replace(room.prepared(), **changes))
    assert service.held_for(room.holder, [held.type_code], NOW.date()) == {}


def test_a_type_that_is_not_shared_is_still_asked_for(room):
    kind = next(
        each
        for each in room.catalogue["certificate_types"]
        if each["share_class"] == "不予共享" and each["holder_type"] == "自然人"
    )
    held = room.stored(kind["key"])
    assert service.held_for(room.holder, [held.type_code], NOW.date()) == {}


def test_asking_for_what_is_held_is_refused_by_field_and_supervision_hears(room):
    held = room.stored()
    unheld = room.type("id_card")["type_code"]
    wanted = {"/materials/0": unheld, "/materials/2": held.type_code}
    actor = service.actor_of(staff())
    with pytest.raises(Conflict) as refused:
        service.refuse_asking_again(actor, CASE, room.holder, wanted, NOW)
    assert [error.pointer for error in refused.value.errors] == ["/materials/2"]
    (event,) = notices()
    assert (event["type"], event["data"]["case_no"]) == ("material.asked_again", CASE)
    assert event["data"]["certificates"] == [held.identifier]
    assert event["actor"]["organisation"] == "rs"


def test_asking_for_what_is_not_held_is_nobodys_business(room):
    unheld = room.type("id_card")["type_code"]
    service.refuse_asking_again(service.actor_of(staff()), CASE, room.holder, {"/m": unheld}, NOW)
    assert notices() == []


def notices() -> list[dict]:
    found = acts.ActItem.scan(acts.ActItem.pk.startswith("NOTICE#"))
    return [item.event for item in found]


# --- status ------------------------------------------------------------------------------------------


def change(identifier: str, new: str = "02", key: str = "k1", who=CHIEF, basis: str = "依据"):
    return service.change_status(who, identifier, new=new, basis=basis, key=key, now=NOW)


def test_the_issuer_changes_a_status_by_an_act_with_its_basis(room):
    held = room.stored()
    assert change(held.identifier).status == "02"
    assert service.get(held.identifier).status == "02"
    (event,) = acts.history(held)
    assert (event.type, event.data["from"], event.data["to"]) == (
        "certificate.status_changed",
        "01",
        "02",
    )
    assert event.data["basis"] == "依据"
    assert event.actor.account == CHIEF.account


def test_the_same_request_again_changes_nothing(room):
    held = room.stored()
    change(held.identifier)
    assert change(held.identifier).status == "02"
    assert len(acts.history(held)) == 1
    with pytest.raises(KeyReused):
        change(held.identifier, new="03")


def test_another_body_may_not(room):
    held = room.stored()
    with pytest.raises(Forbidden):
        change(held.identifier, who=staff(CHIEF_REPRESENTATIVE, "mz"))
    assert service.get(held.identifier).status == "01"


def test_a_status_that_cannot_follow_writes_nothing(room):
    held = room.stored()
    change(held.identifier, "03")
    with pytest.raises(InvalidInput):
        change(held.identifier, "01", key="k2")
    assert len(acts.history(held)) == 1


# --- types and keys ----------------------------------------------------------------------------------


def test_every_type_of_the_demo_catalogue_is_in_force(room):
    everything = {kind.code: kind for kind in types.everything()}
    assert len(everything) == len(room.catalogue["certificate_types"])
    for item in room.catalogue["items"]:
        if item.get("result"):
            kind = everything[room.type(item["result"]["certificate_type"])["type_code"]]
            assert room.body(item["implementing_body"])["uscc"] in kind.issuers
            wanted = {"111"} if "1" in item["service_object_codes"] else {"001"}
            assert wanted <= kind.holder_kinds


def test_the_keys_that_signed_stay_published(room, monkeypatch):
    held = room.stored()
    before = keys.jwks()["keys"]
    assert [key["kid"] for key in before] == [held.signature.key_id]
    room.rotate_key(monkeypatch)
    assert {key["kid"] for key in keys.jwks()["keys"]} > {held.signature.key_id}
