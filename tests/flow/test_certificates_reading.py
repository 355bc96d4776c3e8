"""Reading over HTTP: with a purpose, in a case, what is needed, and a line in the log each time."""

from __future__ import annotations

import json
from datetime import date, timedelta
from urllib.parse import quote

import boto3
import pytest

from chalicelib.aws.signing import PublicKey
from chalicelib.certificates import acts, api, presenting, readlog
from chalicelib.certificates import service as certificates
from chalicelib.certificates.verify import verify_file
from chalicelib.core.errors import Gone, InvalidInput, KeyReused, NotFound, TooManyRequests
from chalicelib.core.principal import CHIEF_REPRESENTATIVE, STATION_CLERK
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.certificates_room import (
    CASE,
    NAME,
    NOW,
    NUMBER,
    certificates_room,
    citizen,
    staff,
)

WHY = {"purpose": "核对就业登记", "case_no": CASE}
EARLIER = "410102-00000-00001-T"
REVIEWER = staff()


@pytest.fixture
def room(monkeypatch):
    with certificates_room(monkeypatch) as opened:
        monkeypatch.setattr("chalicelib.http.view.clock", lambda: _Still)
        yield opened


class _Still:
    @staticmethod
    def now():
        return NOW


@pytest.fixture
def client():
    return ApiClient(compose("certificates", api.bp), REVIEWER)


def lines(room) -> list[dict]:
    found, _ = readlog.of_holder(room.holder, 50, None)
    return [line.to_dict() for line in reversed(found)]


def path(certificate, rest: str = "") -> str:
    return f"/v1/certificates/{quote(certificate.identifier)}{rest}"


# --- a department reads --------------------------------------------------------------------------------


def test_a_department_reads_what_its_item_needs_and_the_holder_sees_it(room, client):
    held = room.stored(case_no=EARLIER)
    room.tie(needs={held.type_code: frozenset({"CZZT"})})
    answer = client.get(path(held), query=WHY)
    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    file = answer.json
    assert {name for name, claim in file["claims"].items() if "value" in claim} == {"CZZT"}
    assert NUMBER not in answer.text
    assert file["annotation"]["made_for"] == "区人力资源和社会保障局"
    assert file["annotation"]["purpose"] == WHY["purpose"]

    (line,) = client.act_as(citizen(room.holder)).get("/v1/me/certificate-reads").json["items"]
    assert line["reader_name"] == "区人力资源和社会保障局"
    assert (line["act"], line["outcome"]) == ("certificate.read", "given")
    assert (line["purpose"], line["case_no"], line["fields"]) == (WHY["purpose"], CASE, ["CZZT"])
    assert line["identifiers"] == [held.identifier]


def test_the_copy_verifies_offline_against_the_published_keys(room, client):
    held = room.stored()
    room.tie(needs={held.type_code: None})
    file = json.loads(client.get(path(held), query=WHY).text)
    published = client.get("/v1/certificates/keys").json["keys"]
    assert verify_file(file, map(PublicKey.from_jwk, published)).genuine
    file["annotation"]["made_for"] = "别的单位"
    assert not verify_file(file, map(PublicKey.from_jwk, published)).genuine


@pytest.mark.parametrize(
    ("why", "pointer"),
    [
        ({"case_no": CASE}, "/query/purpose"),
        ({"purpose": "核对"}, "/query/case_no"),
        ({"purpose": f"核对{NUMBER}", "case_no": CASE}, "/query/purpose"),
    ],
)
def test_a_reading_without_purpose_or_case_is_refused_with_the_field(room, client, why, pointer):
    held = room.stored()
    room.tie(needs={held.type_code: None})
    answer = client.get(path(held), query=why)
    assert (answer.status, answer.pointers) == (422, [pointer])
    assert lines(room) == []


@pytest.mark.parametrize(
    "changes",
    [
        {"organisations": frozenset({"mz"})},
        {"holders": frozenset({"f" * 32})},
        {"open": False},
        {"case_no": "410102-00000-00000-0"},
    ],
)
def test_a_case_that_is_not_theirs_is_refused_and_logged(room, client, changes):
    held = room.stored()
    room.tie(**{"needs": {held.type_code: None}, **changes})
    answer = client.get(path(held), query=WHY)
    assert (answer.status, answer.pointers) == (403, ["/query/case_no"])
    (line,) = lines(room)
    assert (line["outcome"], line["case_no"]) == ("refused", CASE)
    assert line["reason"]
    (notice,) = acts.ActItem.scan(acts.ActItem.pk.startswith("NOTICE#"))
    assert notice.event["type"] == "certificate.read_refused"
    assert (notice.event["actor"]["organisation"], notice.event["data"]["case_no"]) == ("rs", CASE)


def test_a_conditional_certificate_that_the_item_does_not_declare_is_refused(room, client):
    held = room.stored("id_card", case_no=EARLIER)
    room.tie()
    assert client.get(path(held), query=WHY).status == 403
    assert [line["outcome"] for line in lines(room)] == ["refused"]


def test_an_unknown_or_broken_identifier_is_not_found(room, client):
    room.tie()
    unknown = room.prepared(serial="NOTSTORED")
    assert client.get(path(unknown), query=WHY).status == 404
    assert client.get("/v1/certificates/1.2.3", query=WHY).status == 404


def test_a_search_gives_open_metadata_alone(room, client):
    held = room.stored()
    room.stored("id_card", serial="OTHER", case_no=EARLIER)
    room.tie(needs={held.type_code: None})
    answer = client.get("/v1/certificates", query=WHY | {"holder": room.holder})
    assert [item["identifier"] for item in answer.json["items"]] == [held.identifier]
    assert NAME not in answer.text
    assert NUMBER not in answer.text
    (line,) = lines(room)
    assert line["identifiers"] == [held.identifier]


def test_a_search_by_type_finds_no_other(room, client):
    held = room.stored()
    room.tie(needs={held.type_code: None})
    other = room.type("id_card")["type_code"]
    query = WHY | {"holder": room.holder, "type": other}
    assert client.get("/v1/certificates", query=query).json["items"] == []


def test_a_search_wants_a_keyed_hash_never_a_number(room, client):
    room.tie()
    answer = client.get("/v1/certificates", query=WHY | {"holder": NUMBER})
    assert (answer.status, answer.pointers) == (422, ["/query/holder"])


def test_a_check_answers_yes_or_no_and_shows_nothing(room, client):
    held = room.stored()
    room.tie(needs={held.type_code: None})
    questions = [
        {"kind": "belongs", "name": NAME, "number": NUMBER},
        {"kind": "age_at_least", "years": 60, "on": "2026-03-02"},
        {"kind": "age_at_least", "years": 90, "on": "2026-03-02"},
        {"kind": "valid_on", "on": "2026-03-02"},
        {"kind": "equals", "field": "KZ_GZ", "value": "焊工"},
    ]
    body = WHY | {"identifier": held.identifier, "checks": questions}
    answer = client.post("/v1/certificates/check", body)
    assert answer.json == {"answers": [True, True, False, True, False]}
    (line,) = lines(room)
    assert (line["act"], line["outcome"]) == ("certificate.check", "no")
    assert line["fields"] == ["CZZT", "CZZTDM", "KZ_GZ"]
    assert NAME not in json.dumps(line, ensure_ascii=False)


def test_a_check_of_an_unknown_kind_is_refused_with_its_place(room, client):
    held = room.stored()
    body = WHY | {"identifier": held.identifier, "checks": [{"kind": "guess"}]}
    answer = client.post("/v1/certificates/check", body)
    assert answer.status == 422
    assert answer.pointers[0].startswith("/checks/0")


def test_a_citizen_may_not_read_anothers(room, client):
    held = room.stored()
    stranger = client.act_as(citizen("0" * 32))
    assert stranger.get(path(held)).status == 404
    assert stranger.post("/v1/certificates/check", {}).status == 403


# --- the window that delivers ---------------------------------------------------------------------------


def test_the_window_that_delivers_prints_in_clear_with_number_and_code(room, client):
    held = room.stored()
    room.tie(points=frozenset({"station"}))
    clerk = staff(STATION_CLERK, None, point="station")
    answer = client.act_as(clerk).get(path(held, "/print"), query=WHY)
    assert answer.status == 200
    values = {item["label"]: item["value"] for item in answer.json["items"]}
    assert values["持证主体"] == NAME
    assert answer.json["qr"].startswith(held.identifier)
    assert NUMBER not in answer.json["qr"]
    (line,) = lines(room)
    assert (line["act"], line["reader"]["point"]) == ("certificate.print", "station")


def test_no_other_window_and_no_other_certificate_is_printed(room, client):
    held = room.stored()
    other = room.stored("id_card", serial="OTHER", case_no=EARLIER)
    room.tie(points=frozenset({"station"}))
    clerk = staff(STATION_CLERK, None, point="station")
    elsewhere = staff(STATION_CLERK, None, point="elsewhere")
    assert client.act_as(elsewhere).get(path(held, "/print"), query=WHY).status == 403
    assert client.act_as(clerk).get(path(other, "/print"), query=WHY).status == 403
    assert client.act_as(REVIEWER).get(path(held, "/print"), query=WHY).status == 403


# --- the issuer changes a status ------------------------------------------------------------------------


def test_the_issuer_suspends_over_http(room, client):
    held = room.stored()
    chief = client.act_as(staff(CHIEF_REPRESENTATIVE))
    body = {"status": "02", "basis": "行政许可法第六十九条"}
    answer = chief.post(path(held, "/status"), body, headers={"Idempotency-Key": "a"})
    assert (answer.status, answer.json["status_label"]) == (200, "暂扣")
    assert chief.post(path(held, "/status"), {"status": "02", "basis": ""}).pointers == ["/basis"]
    assert client.post(path(held, "/status"), body).status == 403


# --- the holder ------------------------------------------------------------------------------------------


def test_the_holder_lists_and_downloads_his_own(room, client):
    held = room.stored()
    own = client.act_as(citizen(room.holder))
    (item,) = own.get("/v1/me/certificates").json["items"]
    assert item["identifier"] == held.identifier
    file = own.get(path(held)).json
    assert {name for name, claim in file["claims"].items() if "value" in claim} == set(
        file["claims"]
    )
    assert own.get("/v1/me/certificate-reads").json["items"][0]["reader_name"] == "本人"
    assert client.act_as(citizen("0" * 32)).get("/v1/me/certificates").json["items"] == []


def test_the_log_is_read_a_page_at_a_time(room, client):
    held = room.stored()
    own = client.act_as(citizen(room.holder))
    for _ in range(3):
        own.get(path(held))
    first = own.get("/v1/me/certificate-reads", query={"limit": "2"}).json
    rest = own.get(
        "/v1/me/certificate-reads", query={"limit": "2", "cursor": first["next_cursor"]}
    ).json
    assert (len(first["items"]), len(rest["items"])) == (2, 1)
    other = client.act_as(citizen("0" * 32))
    answer = other.get("/v1/me/certificate-reads", query={"cursor": first["next_cursor"]})
    assert answer.pointers == ["/query/cursor"]


# --- showing by a code ---------------------------------------------------------------------------------


def show(room, held, fields=("CZZT",), key="k"):
    return presenting.present(citizen(room.holder), held.identifier, fields, key=key, now=NOW)


def test_a_code_shows_what_was_chosen_once(room, client):
    held = room.stored()
    own = client.act_as(citizen(room.holder))
    made = own.post(
        f"/v1/me/certificates/{quote(held.identifier)}/presentations", {"fields": ["CZZT"]}
    )
    assert made.status == 201
    body = {"presentation_code": made.json["code"]}
    answer = client.post("/v1/certificates/verify", body)
    assert answer.status == 200
    shown = answer.json["certificate"]["claims"]
    assert {name for name, claim in shown.items() if "value" in claim} == {"CZZT"}
    assert NUMBER not in answer.text
    again = client.post("/v1/certificates/verify", body)
    assert (again.status, again.pointers) == (410, ["/presentation_code"])
    assert [line["outcome"] for line in lines(room)] == ["given", "refused"]


def test_a_code_dies_after_five_minutes(room):
    held = room.stored()
    late = NOW + timedelta(minutes=5, seconds=1)
    with pytest.raises(Gone):
        presenting.redeem(show(room, held).code, late)
    assert presenting.redeem(show(room, held, key="k2").code, NOW + timedelta(minutes=5)).match


def test_the_same_request_gives_the_same_code_and_another_body_is_refused(room):
    held = room.stored()
    assert show(room, held) == show(room, held)
    assert show(room, held).code != show(room, held, key="other").code
    with pytest.raises(KeyReused):
        show(room, held, fields=("CZZTDM",))


def test_the_table_holds_no_code(room):
    held = room.stored()
    code = show(room, held).code
    items = boto3.client("dynamodb").scan(TableName="yichuang-certificates")["Items"]
    assert code not in repr(items)


def test_a_field_that_the_certificate_lacks_cannot_be_shown(room):
    held = room.stored()
    with pytest.raises(InvalidInput) as refused:
        show(room, held, fields=("CZZT", "KZ_NO"))
    assert refused.value.errors[0].pointer == "/fields/1"


def test_nobody_shows_anothers_certificate(room):
    held = room.stored()
    with pytest.raises(NotFound):
        presenting.present(citizen("0" * 32), held.identifier, (), key="k", now=NOW)
    with pytest.raises(NotFound):
        presenting.redeem("guess", NOW)


# --- comparing from outside ------------------------------------------------------------------------------


def test_anyone_compares_and_learns_only_whether_all_match(room, client):
    held = room.stored()
    nobody = ApiClient(client.app)
    right = {"identifier": held.identifier, "check": {"CZZT": NAME, "CZZTDM": NUMBER}}
    answer = nobody.post("/v1/certificates/verify", right)
    assert answer.json["match"] is True
    assert answer.json["status_label"] == "有效"
    assert NAME not in answer.text
    wrong = {"identifier": held.identifier, "check": {"CZZT": NAME, "CZZTDM": "1"}}
    assert nobody.post("/v1/certificates/verify", wrong).json["match"] is False
    assert [line["outcome"] for line in lines(room)] == ["yes", "no"]


def test_existence_alone_asks_nothing_and_logs_nothing(room, client):
    held = room.stored()
    answer = ApiClient(client.app).post("/v1/certificates/verify", {"identifier": held.identifier})
    assert answer.json["match"] is True
    assert lines(room) == []


def test_guessing_is_cut_short_for_the_day(room):
    held = room.stored()
    for _ in range(presenting.TRIES_A_DAY):
        presenting.compare(held.identifier, {"CZZT": "?"}, NOW)
    with pytest.raises(TooManyRequests):
        presenting.compare(held.identifier, {"CZZT": NAME}, NOW)
    assert presenting.compare(held.identifier, {"CZZT": NAME}, NOW + timedelta(days=1)).match


@pytest.mark.parametrize("body", [{}, {"identifier": "x", "presentation_code": "y"}])
def test_a_verification_is_by_identifier_or_by_code(room, client, body):
    assert client.post("/v1/certificates/verify", body).pointers == ["/identifier"]


def test_an_expired_certificate_says_so(room):
    held = room.stored(valid_to=date(2026, 3, 3))
    shown = presenting.compare(held.identifier, {}, NOW + timedelta(days=2))
    assert (shown.status, shown.status_label) == ("01", "已过有效期")
    assert certificates.get(held.identifier).status == "01"


def test_the_types_are_public(room, client):
    items = ApiClient(client.app).get("/v1/certificate-types").json["items"]
    assert len(items) == len(room.catalogue["certificate_types"])
    assert {item["share_class_label"] for item in items} == {
        "无条件共享",
        "有条件共享",
        "不予共享",
    }
