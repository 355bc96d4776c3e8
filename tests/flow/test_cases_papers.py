"""What a citizen has half filled in, and what he has handed in: kept, opened, and by whom."""

from __future__ import annotations

import hashlib
from datetime import timedelta

import pytest

from chalicelib.core.time import SystemClock
from tests.support.applications import (
    CITIZEN,
    STATION,
    application,
    document_for,
    item_named,
    residence_permit,
)
from tests.support.steps import Road

SHA_256 = hashlib.sha256(b"x").hexdigest()


@pytest.fixture
def code(engine):
    return item_named("居住证申领").code


def test_a_draft_is_there_again_on_another_device(engine, code):
    phone, computer = engine.client(CITIZEN), engine.client(CITIZEN)
    filled = {"step": 1, "applicant": {"name": "张示例"}, "documents": []}
    assert phone.request("PUT", f"/v1/me/drafts/{code}", {"content": filled}).status == 200
    found = computer.get(f"/v1/me/drafts/{code}")
    assert found.json["content"] == filled
    assert found.headers["Cache-Control"] == "no-store"
    (listed,) = computer.get("/v1/me/drafts").json["items"]
    assert listed["item_name"] == "居住证申领"
    assert "content" not in listed


def test_a_draft_is_nobody_elses_and_is_kept_sealed(engine, code):
    from chalicelib.cases.drafts import DraftItem

    filled = {"applicant": {"name": "张示例", "id_number": "410102190001010011"}}
    engine.client(CITIZEN).request("PUT", f"/v1/me/drafts/{code}", {"content": filled})
    other = engine.client("citizen.li")
    assert other.get(f"/v1/me/drafts/{code}").status == 404
    assert other.get("/v1/me/drafts").json["items"] == []
    (kept,) = [item for item in DraftItem.scan() if item.pk.startswith("DRAFT#")]
    raw = str(kept.attribute_values)
    assert "张示例" not in raw
    assert "410102190001010011" not in raw
    assert CITIZEN not in kept.pk


def test_a_draft_ends_after_thirty_days_or_when_it_is_thrown_away(engine, code, monkeypatch):
    client = engine.client(CITIZEN)
    client.request("PUT", f"/v1/me/drafts/{code}", {"content": {"step": 1}})
    later = SystemClock().now() + timedelta(days=31)
    with monkeypatch.context() as patch:
        patch.setattr(SystemClock, "now", lambda _self: later)
        assert client.get(f"/v1/me/drafts/{code}").status == 404
        assert client.get("/v1/me/drafts").json["items"] == []
    assert client.get(f"/v1/me/drafts/{code}").status == 200
    for _ in range(2):
        assert client.request("DELETE", f"/v1/me/drafts/{code}").status == 200
    assert client.get(f"/v1/me/drafts/{code}").status == 404


def test_a_draft_of_an_item_that_is_not_there_is_refused(engine):
    path = "/v1/me/drafts/11410102DEM00009XJ4999999999999"
    assert engine.client(CITIZEN).request("PUT", path, {"content": {}}).status == 404


def first_material(engine, account: str, no: str):
    return engine.client(account).get(f"/v1/cases/{no}").json["materials"][0]


def test_who_reviews_can_open_what_was_handed_in_and_the_applicant_reads_that_he_did(engine):
    no = residence_permit(engine).json["case_no"]
    material = first_material(engine, "ga.reviewer", no)
    path = f"/v1/cases/{no}/materials/{material['sha256']}"
    opened = engine.client("ga.reviewer").get(path)
    assert opened.status == 200, opened.text
    assert material["sha256"] in opened.json["url"]
    assert opened.json["size"] == material["size"]
    (line,) = [
        each
        for each in engine.client(CITIZEN).get("/v1/me/certificate-reads").json["items"]
        if each["act"] == "case.read_material"
    ]
    assert line["case_no"] == no
    assert material["name"] in line["purpose"]


def test_the_applicant_opens_his_own_without_a_line(engine):
    no = residence_permit(engine, CITIZEN).json["case_no"]
    material = first_material(engine, CITIZEN, no)
    client = engine.client(CITIZEN)
    assert client.get(f"/v1/cases/{no}/materials/{material['sha256']}").status == 200
    acts = [each["act"] for each in client.get("/v1/me/certificate-reads").json["items"]]
    assert "case.read_material" not in acts


def test_another_department_another_citizen_and_another_hash_get_nothing(engine):
    no = residence_permit(engine).json["case_no"]
    sha256 = first_material(engine, "ga.reviewer", no)["sha256"]
    for account in ("wj.reviewer", "citizen.li", "supervisor"):
        answer = engine.client(account).get(f"/v1/cases/{no}/materials/{sha256}")
        assert answer.status == 403, account
    assert engine.client("ga.reviewer").get(f"/v1/cases/{no}/materials/{SHA_256}").status == 404


def test_once_the_case_is_closed_staff_ask_for_the_dossier(engine):
    no = residence_permit(engine).json["case_no"]
    sha256 = first_material(engine, "ga.reviewer", no)["sha256"]
    Road(engine, no).to_delivery().post(STATION, "delivery", {"received_by": "applicant"})
    path = f"/v1/cases/{no}/materials/{sha256}"
    assert engine.client("ga.reviewer").get(path).status == 403
    assert engine.client(CITIZEN).get(path).status == 200


def test_a_supplement_stands_among_the_materials(engine):
    item = item_named("居住证申领")
    no = residence_permit(engine).json["case_no"]
    before = engine.client(STATION).get(f"/v1/cases/{no}").json["materials"]
    road = Road(engine, no)
    road.post("ga.acceptor", "correction-notice", {"missing": [{"text": "照片不清晰"}]})
    added = [{"material_id": item.materials[0].id, "document": document_for(STATION, "重拍")}]
    road.post(STATION, "supplements", {"materials": added})
    after = engine.client(STATION).get(f"/v1/cases/{no}").json
    assert after["materials"][: len(before)] == before
    assert after["materials"][-1]["sha256"] == hashlib.sha256("重拍".encode()).hexdigest()
    acts = engine.client("ga.acceptor").get(f"/v1/cases/{no}").json["acts"]
    assert "case.accept" in acts
    assert "case.notify_correction" not in acts


def test_the_list_of_own_cases_says_by_when_the_office_must_decide(engine):
    answer = engine.client(CITIZEN).post(
        "/v1/cases", application(item_named("居住证申领"), CITIZEN)
    )
    no = answer.json["case_no"]
    (row,) = engine.client(CITIZEN).get("/v1/me/cases").json["items"]
    clocks = engine.client(CITIZEN).get(f"/v1/cases/{no}").json["clocks"]
    assert row["due_on"] == min(
        c["due_on"] for c in clocks if c["clock"] in ("promise", "statutory")
    )
