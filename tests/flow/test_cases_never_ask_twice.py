"""Never ask twice: what the store holds is offered, attached by reference, and not asked for again."""

from __future__ import annotations

import json
import uuid
from dataclasses import replace
from datetime import date, datetime

import pytest
from pynamodb.transactions import TransactWrite

from chalicelib.aws.sealing import holder_key
from chalicelib.aws.tables import connection
from chalicelib.calendars.service import working_calendar
from chalicelib.cases import store as cases
from chalicelib.certificates import acts, service, store
from chalicelib.certificates.model import Grade
from chalicelib.certificates.status import Status
from chalicelib.core.events import Event
from chalicelib.core.time import SHANGHAI
from chalicelib.supervision import measures
from chalicelib.supervision.heard import Heard
from tests.support.applications import CITIZEN, STATION, application, item_named, person
from tests.support.engine import ACCOUNTS, ROOT

CATALOGUE = json.loads((ROOT / "data/demo_catalogue.json").read_text())
WINDOW = next(name for name, each in ACCOUNTS.items() if "window_clerk" in each["roles"])
OTHER = [name for name, each in ACCOUNTS.items() if each["roles"] == ["citizen"]][1]


def held(kind: str = "id_card", account: str = CITIZEN, **changes):
    """A certificate of that account's in the store."""
    raw = next(each for each in CATALOGUE["certificate_types"] if each["key"] == kind)
    issuer = next(each for each in CATALOGUE["bodies"] if each["key"] == raw["issuer"])
    who = person(account)
    now = datetime(2026, 3, 2, 9, tzinfo=SHANGHAI)
    made = service.prepare(
        type_code=raw["type_code"],
        holder=holder_key(who["id_type"], who["id_number"]),
        holder_kind=who["id_type"],
        issuer_uscc=issuer["uscc"],
        issuer_name=issuer["name"],
        serial=uuid.uuid4().hex[:12].upper(),
        issued_at=now,
        valid_from=date(2020, 1, 1),
        valid_to=changes.pop("valid_to", None),
        fields={},
        personal={"CZZT": who["name"], "CZZTDM": who["id_number"]},
        case_no="",
    )
    return keep(replace(made, **changes))


def keep(certificate):
    with TransactWrite(connection=connection()) as transaction:
        store.add_to(transaction, certificate)
    return certificate


def end(certificate, status=Status.REVOKED):
    with TransactWrite(connection=connection()) as transaction:
        store.move_status_in(transaction, certificate, status)


@pytest.fixture
def item(engine):
    """居住证申领, whose identity card the store may hold."""
    return item_named("居住证申领")


@pytest.fixture
def mixed(engine):
    """An item that asks for an identity card and for something no store can hold."""
    return item_named(CATALOGUE["items"][0]["item_name"])


def plain_of(item):
    return next(m for m in item.materials if m.required and m.certificate_type is None)


def card_of(item):
    kind = next(each for each in CATALOGUE["certificate_types"] if each["key"] == "id_card")
    return next(m for m in item.materials if m.certificate_type == kind["type_code"])


def by_reference(item, account, identifier, **changes):
    """The application with its identity card attached by reference."""
    body = application(item, account, **changes)
    card = card_of(item).id
    body["materials"] = [
        {"material_id": card, "certificate": identifier} if each["material_id"] == card else each
        for each in body["materials"]
    ]
    return body


def without_card(item, account):
    body = application(item, account)
    card = card_of(item).id
    body["materials"] = [each for each in body["materials"] if each["material_id"] != card]
    return body


def submit(engine, body, account=CITIZEN, key=None):
    return engine.client(account).post(
        "/v1/cases", body, headers={"Idempotency-Key": key or uuid.uuid4().hex}
    )


def first_event(no):
    return cases.recorded_of(cases.read_event(no, 1)).event


def prefill(engine, item, account=STATION, **client):
    return engine.client(account).post(
        "/v1/prefill",
        {
            "item_code": item.code,
            "on_behalf_of": {k: v for k, v in {**person(), **client}.items() if k != "phone"},
        },
    )


# --- an application is opened ----------------------------------------------------------------------


def test_a_citizen_is_offered_what_the_store_holds_with_its_source(engine, item):
    card = held()
    answer = engine.client(CITIZEN).get(f"/v1/me/prefill/{item.code}")
    assert answer.status == 200, answer.text
    (offer,) = answer.json["items"]
    assert offer["material_id"] == card_of(item).id
    assert offer["certificate"] == card.identifier
    assert (offer["name"], offer["issuer_name"]) == (card.name, card.issuer_name)
    assert offer["number"] == "*" * 8 + card.serial[-4:]
    assert (offer["valid_from"], offer["valid_to"]) == ("2020-01-01", None)
    assert (offer["grade"], offer["grade_label"]) == ("A", "本平台签发")
    assert answer.headers["Cache-Control"] == "no-store"


def test_nothing_is_offered_of_anybody_else(engine, item):
    held(account=OTHER)
    assert engine.client(CITIZEN).get(f"/v1/me/prefill/{item.code}").json["items"] == []


@pytest.mark.parametrize(
    "changes",
    [
        {"valid_to": date(2026, 3, 1)},
        {"status": Status.SUSPENDED.value},
        {"grade": Grade.SELF_UPLOADED},
    ],
)
def test_what_may_not_be_relied_upon_is_not_offered(engine, item, changes):
    held(**changes)
    assert engine.client(CITIZEN).get(f"/v1/me/prefill/{item.code}").json["items"] == []


def test_of_an_any_of_group_one_certificate_is_offered(engine):
    grouped = [
        (item, group)
        for item in (item_named(each["item_name"]) for each in CATALOGUE["items"])
        for group in {m.alternative_group for m in item.materials if m.alternative_group}
        if sum(bool(m.certificate_type) for m in item.materials if m.alternative_group == group) > 1
    ]
    if not grouped:
        pytest.fail("the demo catalogue has no group of certificates")
    item, group = grouped[0]
    codes = {each["type_code"]: each["key"] for each in CATALOGUE["certificate_types"]}
    for material in item.materials:
        if material.alternative_group == group and material.certificate_type:
            held(codes[material.certificate_type])
    offered = engine.client(CITIZEN).get(f"/v1/me/prefill/{item.code}").json["items"]
    assert [each["alternative_group"] for each in offered].count(group) == 1


def test_a_clerk_is_offered_it_for_the_client_in_front_of_him_and_the_client_sees_the_look(
    engine, item
):
    card = held()
    answer = prefill(engine, item)
    assert answer.status == 200, answer.text
    assert [each["certificate"] for each in answer.json["items"]] == [card.identifier]
    (line,) = engine.client(CITIZEN).get("/v1/me/certificate-reads").json["items"]
    assert (line["act"], line["outcome"]) == ("certificate.offer", "given")
    assert line["identifiers"] == [card.identifier]
    assert item.name in line["purpose"]


def test_a_number_without_its_name_tells_a_clerk_nothing_and_is_on_record(engine, item):
    held()
    answer = prefill(engine, item, name="某某某")
    assert (answer.json["items"], answer.json["name_differs"]) == ([], True)
    (line,) = engine.client(CITIZEN).get("/v1/me/certificate-reads").json["items"]
    assert (line["outcome"], line["identifiers"]) == ("no", [])


@pytest.mark.parametrize("role", ["reviewer", "acceptor", "office", "supervisor", "citizen"])
def test_only_who_takes_in_applications_looks_for_a_client(engine, item, role):
    held()
    account = next(name for name, each in ACCOUNTS.items() if each["roles"] == [role])
    assert prefill(engine, item, account).status == 403


# --- it is handed in --------------------------------------------------------------------------------


@pytest.mark.parametrize("account", [CITIZEN, STATION])
def test_what_is_attached_by_reference_is_taken_with_its_source_and_counted(engine, item, account):
    card = held()
    answer = submit(engine, by_reference(item, account, card.identifier), account)
    assert answer.status == 201, answer.text
    no = answer.json["case_no"]
    entry = next(m for m in first_event(no).data["materials"] if m["id"] == card_of(item).id)
    assert entry["certificate"] == card.identifier
    assert entry["from"]["issuer"] == card.issuer_name
    engine.relay()
    (published,) = [each["detail"] for each in engine.published]
    heard = Heard(no).hear(Event.from_dict(published), {})
    (cell,) = measures.counts(heard, working_calendar()).values()
    assert cell["03.materials_saved"] == 1


def test_the_department_sees_where_the_material_came_from(engine, item):
    card = held()
    no = submit(engine, by_reference(item, CITIZEN, card.identifier)).json["case_no"]
    acceptor = next(
        name
        for name, each in ACCOUNTS.items()
        if each["roles"] == ["acceptor"] and each["organisation"] == item.body
    )
    view = engine.client(acceptor).get(f"/v1/cases/{no}").json
    shown = next(each for each in view["materials"] if each["source"] == "certificate")
    assert shown["certificate"] == card.identifier
    assert shown["certificate_source"] == {
        "name": card.name,
        "issuer": card.issuer_name,
        "issued_on": card.issued_on.isoformat(),
        "valid_to": None,
        "grade": "A",
    }


def test_what_is_lacking_and_held_is_attached_without_being_asked_for(engine, item):
    card = held()
    answer = submit(engine, without_card(item, CITIZEN))
    assert answer.status == 201, answer.text
    assert card.identifier in [each["certificate"] for each in answer.json["documents"]]


def test_what_is_lacking_and_not_held_is_still_named(engine, item):
    held(account=OTHER)
    answer = submit(engine, without_card(item, CITIZEN))
    assert answer.status == 422
    assert answer.pointers == [f"/materials/{card_of(item).id}"]


def pointer_of_card(body):
    place = next(n for n, each in enumerate(body["materials"]) if "certificate" in each)
    return f"/materials/{place}/certificate"


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("another's", "证照库中没有申请人的这个证照"),
        ("unknown", "证照库中没有申请人的这个证照"),
        ("broken", "证照库中没有申请人的这个证照"),
        ("other type", "不是"),
        ("expired", "已过有效期"),
        ("suspended", "暂扣"),
        ("self-uploaded", "未经颁发机构确认"),
    ],
)
def test_a_reference_that_will_not_do_is_refused_by_its_field(engine, item, case, words):
    identifier = {
        "another's": lambda: held(account=OTHER).identifier,
        "unknown": lambda: replace(held(account=OTHER), version=2).identifier[:-5] + "002.1",
        "broken": lambda: "1.2.156.no-identifier",
        "other type": lambda: held("hukou").identifier,
        "expired": lambda: held(valid_to=date(2026, 3, 1)).identifier,
        "suspended": lambda: held(status=Status.SUSPENDED.value).identifier,
        "self-uploaded": lambda: held(grade=Grade.SELF_UPLOADED).identifier,
    }[case]()
    body = by_reference(item, CITIZEN, identifier)
    answer = submit(engine, body)
    assert answer.status == 422, answer.text
    (error,) = answer.json["errors"]
    assert error["pointer"] == pointer_of_card(body)
    assert words in error["message"]


def test_a_certificate_cannot_stand_in_for_what_only_the_applicant_has(engine, mixed):
    card, plain = held(), plain_of(mixed)
    body = application(mixed, CITIZEN)
    place = next(n for n, m in enumerate(body["materials"]) if m["material_id"] == plain.id)
    body["materials"][place] = {"material_id": plain.id, "certificate": card.identifier}
    answer = submit(engine, body)
    assert (answer.status, answer.pointers) == (422, [f"/materials/{place}/certificate"])


def test_who_may_not_apply_for_a_person_learns_nothing_of_what_the_store_holds(engine, item):
    held()
    body = without_card(item, CITIZEN)
    body["materials"] = []
    answer = submit(engine, body, OTHER)
    assert (answer.status, "/materials/" + card_of(item).id in answer.pointers) == (422, True)


def test_a_repeated_request_keeps_its_answer_though_the_certificate_has_ended(engine, item):
    card = held()
    body, key = by_reference(item, CITIZEN, card.identifier), uuid.uuid4().hex
    first = submit(engine, body, key=key)
    end(card)
    again = submit(engine, body, key=key)
    assert (again.status, again.json["case_no"]) == (201, first.json["case_no"])
    assert submit(engine, body).status == 422


# --- nobody asks again -------------------------------------------------------------------------------


def accepting(item):
    return next(
        name
        for name, each in ACCOUNTS.items()
        if each["roles"] == ["acceptor"] and each["organisation"] == item.body
    )


def ask(engine, item, no, *materials):
    missing = [{"material_id": each, "text": "请补交"} for each in materials]
    return engine.client(accepting(item)).post(
        f"/v1/cases/{no}/correction-notice",
        {"missing": missing},
        headers={"Idempotency-Key": uuid.uuid4().hex},
    )


def notices():
    return [item.event for item in acts.ActItem.scan(acts.ActItem.pk.startswith("NOTICE#"))]


def test_a_notice_that_asks_for_what_is_held_is_refused_and_supervision_hears_once(engine, mixed):
    no = submit(engine, application(mixed, CITIZEN)).json["case_no"]
    card = held()
    plain = plain_of(mixed)
    for _impatient in range(2):
        answer = ask(engine, mixed, no, plain.id, card_of(mixed).id)
        assert answer.status == 409, answer.text
        assert answer.pointers == ["/missing/1/material_id"]
        assert card.name in answer.json["detail"]
    (notice,) = notices()
    assert notice["type"] == "material.asked_again"
    assert notice["data"] == {"case_no": no, "certificates": [card.identifier]}
    assert engine.client(accepting(mixed)).get(f"/v1/cases/{no}").json["stage"] == "acceptance"
    assert ask(engine, mixed, no, plain.id).status == 200


def test_what_is_attached_later_is_checked_as_well(engine, item):
    no = submit(engine, application(item, CITIZEN)).json["case_no"]
    material = card_of(item).id
    assert ask(engine, item, no, material).status == 200
    card, strange = held(), held(account=OTHER)

    def supplement(identifier):
        return engine.client(CITIZEN).post(
            f"/v1/cases/{no}/supplements",
            {"materials": [{"material_id": material, "certificate": identifier}]},
            headers={"Idempotency-Key": uuid.uuid4().hex},
        )

    refused = supplement(strange.identifier)
    assert (refused.status, refused.pointers) == (422, ["/materials/0/certificate"])
    assert supplement(card.identifier).status == 200
