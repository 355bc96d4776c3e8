"""A change of the catalogue, from the department's proposal to the day it is in force."""

from __future__ import annotations

import json
from datetime import date, timedelta
from urllib.parse import quote

import pytest

from chalicelib.aws import bus
from chalicelib.aws.settings import settings
from chalicelib.catalogue import (
    api,
    change_service,
    change_store,
    editing,
    enforcement,
    list_store,
    ports,
    publication,
    runs,
    service,
    store,
    workers,
)
from chalicelib.catalogue.lists import ListKind
from chalicelib.catalogue.store import Row
from chalicelib.core.errors import Conflict
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.catalogue_room import (
    DATA,
    catalogue_room,
    code_of,
    demo_document,
    demo_item,
    found_district,
    person,
)

FEW = ("id_card_reissue", "residence_permit", "birth_hukou", "employment_register")


@pytest.fixture
def room(monkeypatch):
    with catalogue_room(monkeypatch, *FEW) as clock:
        found_district(monkeypatch)
        bus._client().create_event_bus(Name=settings().bus)
        yield clock


@pytest.fixture
def app():
    return compose("catalogue", editing.bp)


@pytest.fixture
def editor(app):
    return ApiClient(app, person("item_editor", "ga"))


@pytest.fixture
def lawyers(app):
    return ApiClient(app, person("list_owner", "fz"))


@pytest.fixture
def office(app):
    return ApiClient(app, person("office", "office"))


def amendment(key="residence_permit", **changes):
    item = demo_item(key)
    item.update(changes)
    return {
        "action": "amend",
        "item_code": item["task_code"],
        "item": item,
        "reason": "压缩时限",
        "legal_basis": "居住证暂行条例第十条",
    }


def shorter(key="residence_permit"):
    return amendment(key, promise_limit={"value": 3, "unit": "工作日"})


def propose(client, body=None, **options):
    answer = client.post("/v1/item-changes", body or shorter(), **options)
    assert answer.status == 201, answer.text
    return answer.json


def records_of(change_id):
    """The change's events as the stream shows them."""
    return [
        {
            "eventName": "INSERT",
            "dynamodb": {
                "SequenceNumber": str(event.seq),
                "NewImage": {
                    "pk": {"S": f"CHANGE#{change_id}"},
                    "sk": {"S": f"EVENT#{event.seq:05d}"},
                    "body": {"S": json.dumps(event.to_dict(), ensure_ascii=False)},
                },
            },
        }
        for event in change_store.log(change_id)
    ]


def announce(change_id):
    return workers.announce_catalogue({"Records": records_of(change_id)}, None)


def test_a_change_goes_from_proposal_to_force(room, editor, lawyers, office):
    change = propose(editor)
    assert change["stage"] == "under_review"
    assert change["waits_for"] == ["fz"]
    assert lawyers.get("/v1/item-changes?queue=review").json["items"][0]["id"] == change["id"]
    reviewed = lawyers.post(
        f"/v1/item-changes/{change['id']}/review", {"decision": "approve", "opinion": "同意"}
    ).json
    assert reviewed["stage"] == "reviewed"
    assert lawyers.get("/v1/item-changes?queue=review").json["items"] == []
    assert office.get("/v1/item-changes?queue=approval").json["items"][0]["id"] == change["id"]
    done = office.post(f"/v1/item-changes/{change['id']}/publication", {}).json
    assert done["stage"] == "in_force"
    item = service.item_in_force(code_of("residence_permit"))
    assert (item.version, item.promise.value) == (2, 3)
    assert service.item_version(item.code, 1).promise.value != 3
    announce(change["id"])
    edition = publication.current()
    assert edition.number == 2
    rows = publication.search_index(edition).rows
    assert next(row for row in rows if row[0] == item.code)[-1] == 2


def test_a_proposal_can_be_checked_before_it_is_filed(room, editor, app):
    looked_at = editor.post("/v1/item-changes/preview", shorter())
    assert looked_at.status == 200, looked_at.text
    assert looked_at.json["reviewers"] == [{"list": "powers", "owner": "fz"}]
    assert editor.get("/v1/item-changes").json["items"] == []
    filed = propose(editor)
    assert filed["checks"] == looked_at.json["checks"]
    stranger = ApiClient(app, person("item_editor", "rs"))
    assert stranger.post("/v1/item-changes/preview", shorter()).status == 403
    wrong = amendment(acceptance_conditions=[])
    assert editor.post("/v1/item-changes/preview", wrong).status == 422


def test_a_change_starts_from_the_item_as_the_document_writes_it(room, editor):
    reader = ApiClient(compose("reading", api.bp))
    item = reader.get(f"/v1/items/{code_of('residence_permit')}/document").json
    same = {**shorter(), "item": item}
    refused = editor.post("/v1/item-changes/preview", same)
    assert "没有不同" in refused.text
    item["promise_limit"]["value"] = 3
    assert editor.post("/v1/item-changes/preview", same).json["item_version"] == 2
    assert reader.get("/v1/items/nothing/document").status == 404


def test_the_reviewer_is_told_in_words_what_differs_and_what_it_does(room, editor):
    ports.wire_open_cases(lambda code: 7)
    checks = propose(editor)["checks"]
    ports.unwire()
    (difference,) = [each for each in checks["differences"] if each["field"] == "promise"]
    assert difference["sentence"].startswith("承诺时限由“")
    assert difference["sentence"].endswith("改为“3工作日”")
    assert checks["effect_on_open_cases"]["kind"] == "none"
    assert checks["effect_on_open_cases"]["open_cases"] == 7
    assert any("便民服务" in line for line in checks["seen_by"])


def test_an_approved_change_waits_for_its_day_and_comes_in_force_to_the_instant(
    room, editor, lawyers, office
):
    change_id = propose(editor)["id"]
    lawyers.post(f"/v1/item-changes/{change_id}/review", {"decision": "approve"})
    approved = office.post(
        f"/v1/item-changes/{change_id}/publication", {"effective_on": "2026-03-10"}
    ).json
    assert approved["stage"] == "approved"
    code = code_of("residence_permit")
    assert service.item_in_force(code).version == 1
    assert change_service.tend(change_id).stage == "approved"
    room.instant = room.instant.replace(month=3, day=10, hour=0, minute=0)
    assert service.item_in_force(code).version == 2
    assert workers.sweep_changes({}, None) == {"tended": 1}
    assert change_store.read(change_id).stage == "in_force"
    assert workers.sweep_changes({}, None) == {"tended": 0}
    (summary,) = store.summaries([code])
    assert summary["version"] == 2
    assert store.find_standing(code).upcoming is None


def test_a_new_item_needs_its_lists_owner_and_enters_the_list_with_its_charges(
    room, app, editor, office
):
    body = amendment("id_card_reissue") | {"action": "create"}
    item = body["item"]
    body.pop("item_code")
    item["task_code"] = item["task_code"][:-1] + "9"
    item["catalog_code"] = item["task_code"][19:]
    item["item_name"] = "居民身份证换领"
    item["fee"]["items"] = [
        {
            "name": "换领工本费",
            "standard": "20元/证",
            "amount_cny": 20,
            "basis": "发改价格〔2003〕2322号",
        }
    ]
    change = propose(editor, body)
    assert change["waits_for"] == ["cz", "fz"]
    for owner in ("fz", "cz"):
        ApiClient(app, person("list_owner", owner)).post(
            f"/v1/item-changes/{change['id']}/review", {"decision": "approve"}
        )
    assert list_store.find(ListKind.FEES, ["换领工本费"]) == []
    office.post(f"/v1/item-changes/{change['id']}/publication", {})
    assert service.item_in_force(item["task_code"]).name == "居民身份证换领"
    (fee,) = list_store.find(ListKind.FEES, ["换领工本费"])
    assert (fee.amount_fen, fee.source) == (2000, change["id"])
    assert list_store.find(ListKind.POWERS, [item["catalog_code"]])


def test_a_cancelled_item_leaves_the_lists_and_opens_no_case(room, editor, lawyers, office):
    code = code_of("residence_permit")
    change_id = propose(
        editor,
        {"action": "cancel", "item_code": code, "reason": "法律修改", "legal_basis": "某法"},
    )["id"]
    lawyers.post(f"/v1/item-changes/{change_id}/review", {"decision": "approve"})
    office.post(f"/v1/item-changes/{change_id}/publication", {})
    with pytest.raises(Conflict, match="已取消"):
        service.item_in_force(code)
    assert store.summaries([code]) == []
    assert list_store.find(ListKind.POWERS, [code[19:]]) == []


def test_a_rejection_says_why_and_frees_the_item_for_another_change(room, editor, lawyers):
    change_id = propose(editor)["id"]
    refused = lawyers.post(f"/v1/item-changes/{change_id}/review", {"decision": "reject"})
    assert refused.pointers == ["/opinion"]
    rejected = lawyers.post(
        f"/v1/item-changes/{change_id}/review", {"decision": "reject", "opinion": "依据不足"}
    ).json
    assert (rejected["stage"], rejected["closing_reason"]) == ("rejected", "依据不足")
    assert propose(editor)["stage"] == "under_review"


def test_the_department_may_take_it_back_until_it_is_approved(room, editor, lawyers, office):
    change_id = propose(editor)["id"]
    lawyers.post(f"/v1/item-changes/{change_id}/review", {"decision": "approve"})
    taken = editor.post(f"/v1/item-changes/{change_id}/withdrawal", {"reason": "再研究"})
    assert taken.json["stage"] == "withdrawn"
    late = office.post(f"/v1/item-changes/{change_id}/publication", {})
    assert (late.status, late.json["type"]) == (409, "urn:yichuang:problem:out-of-turn")


def test_an_item_has_one_open_change_at_a_time(room, editor):
    propose(editor)
    second = editor.post("/v1/item-changes", shorter())
    assert second.status == 409
    assert "变更在办" in second.json["detail"]


@pytest.mark.parametrize(
    ("role", "organisation", "path"),
    [
        ("item_editor", "rs", ""),
        ("list_owner", "cz", "/{id}/review"),
        ("list_owner", "bb", "/{id}/review"),
        ("item_editor", "rs", "/{id}/withdrawal"),
        ("item_editor", "ga", "/{id}/review"),
        ("list_owner", "fz", "/{id}/publication"),
        ("item_editor", "ga", "/{id}/publication"),
    ],
)
def test_only_whose_turn_it_is_may_act(room, editor, role, organisation, path):
    change_id = propose(editor)["id"] if path else None
    body = {
        "": amendment(note="新的说明"),
        "/{id}/review": {"decision": "approve"},
        "/{id}/withdrawal": {"reason": "不办了"},
        "/{id}/publication": {},
    }[path]
    client = editor.act_as(person(role, organisation))
    answer = client.post(f"/v1/item-changes{path.format(id=change_id)}", body)
    assert answer.status == 403
    assert answer.json["detail"]


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"supervision_channel": ""}, "/item/supervision_channel"),
        ({"acceptance_conditions": []}, "/item/acceptance_conditions"),
        ({"materials": []}, "/item"),
        ({"task_code": "1" * 31}, "/item/task_code"),
        ({}, "/item"),
    ],
)
def test_what_could_not_be_published_is_refused_when_it_is_proposed(room, editor, changes, pointer):
    asked = amendment(**changes) | {"item_code": code_of("residence_permit")}
    answer = editor.post("/v1/item-changes", asked)
    assert answer.status == 422
    assert pointer in answer.pointers


def test_a_change_that_would_ask_for_a_circular_proof_is_refused_with_its_path(room, editor):
    item = demo_item("residence_permit")
    document = demo_document("lease_filing", "residence_permit")
    service.import_catalogue(document, publish=False)
    lease = next(m for m in item["materials"] if m["certificate_type"] == "lease")
    needs_lease = amendment(
        materials=[*item["materials"][:1], lease | {"required": True, "alternative_group": None}]
    )
    propose(editor, needs_lease)
    lease_item = demo_item("lease_filing")
    lease_item["materials"].append(
        item["materials"][0] | {"material_name": "居住证", "certificate_type": "residence_permit"}
    )
    zj = ApiClient(editor.app, person("item_editor", "zj"))
    first = zj.post(
        "/v1/item-changes", amendment("lease_filing", materials=lease_item["materials"])
    )
    assert first.status == 201, "the other leg of the circle is not in force yet"
    change_id = first.json["id"]
    lawyers = ApiClient(editor.app, person("list_owner", "fz"))
    office = ApiClient(editor.app, person("office", "office"))
    mine = editor.get("/v1/item-changes").json["items"][0]["id"]
    for each in (mine, change_id):
        assert (
            lawyers.post(f"/v1/item-changes/{each}/review", {"decision": "approve"}).status == 200
        )
    assert office.post(f"/v1/item-changes/{mine}/publication", {}).status == 200
    clash = office.post(f"/v1/item-changes/{change_id}/publication", {})
    assert clash.status == 409
    assert "互为前提" in clash.json["detail"]


def test_a_charge_off_the_fee_list_is_refused(room, editor):
    item = demo_item("id_card_reissue")
    list_row = list_store.entry_key(ListKind.FEES, item["fee"]["items"][0]["name"])
    list_row.delete()
    answer = editor.post(
        "/v1/item-changes",
        amendment("id_card_reissue", promise_limit={"value": 9, "unit": "工作日"}),
    )
    assert answer.pointers == ["/item/fee"]
    assert "不在行政事业性收费清单上" in answer.text


def test_the_same_key_twice_is_one_change(room, editor):
    key = {"Idempotency-Key": "k1"}
    first = editor.post("/v1/item-changes", shorter(), headers=key)
    again = editor.post("/v1/item-changes", shorter(), headers=key)
    assert first.json == again.json
    other = editor.post("/v1/item-changes", amendment(note="另一份"), headers=key)
    assert (other.status, other.json["type"]) == (
        422,
        "urn:yichuang:problem:idempotency-key-reused",
    )


def test_two_who_decide_at_once_cannot_both(room, editor, lawyers):
    change = propose(editor)
    stale = {"If-Match": '"7"'}
    path = f"/v1/item-changes/{change['id']}/review"
    assert lawyers.post(path, {"decision": "approve"}, headers=stale).status == 412
    assert lawyers.post(path, {"decision": "approve"}, headers={"If-Match": '"1"'}).status == 200
    assert lawyers.post(path, {"decision": "approve"}).status == 409


def test_alerts_are_raised_once_each_and_name_who_is_waited_for(room, editor):
    change_id = propose(editor)["id"]
    assert change_service.tend(change_id).alerts == frozenset()
    room.instant += timedelta(days=30)
    tended = change_service.tend(change_id)
    assert tended.alerts == {"step:review:warning", "step:review:yellow", "step:review:red"}
    assert change_service.tend(change_id) == tended
    raised = [e for e in change_store.log(change_id) if e.type == "item_change.alert_raised"]
    assert [e.data["rung"] for e in raised] == ["warning", "yellow", "red"]
    assert all(e.data["responsible"] == ["fz"] for e in raised)


def test_replaying_the_log_is_reading_the_change(room, editor, lawyers):
    change_id = propose(editor)["id"]
    lawyers.post(f"/v1/item-changes/{change_id}/review", {"decision": "approve"})
    shown = editor.get(f"/v1/item-changes/{change_id}").json
    assert [event["type"] for event in shown["events"]] == [
        "item_change.proposed",
        "item_change.reviewed",
    ]
    assert shown["version"] == change_store.read(change_id).version == 2


def test_announcing_twice_publishes_the_same_edition_and_starts_one_execution(
    room, editor, monkeypatch
):
    started = []
    monkeypatch.setenv("YICHUANG_ITEM_CHANGE_MACHINE", "arn:machine")

    class Machines:
        class exceptions:  # noqa: N801 - boto3's name
            ExecutionAlreadyExists = KeyError

        def start_execution(self, **asked):
            started.append(asked["name"])

    monkeypatch.setattr(runs, "_client", Machines)
    change_id = propose(editor)["id"]
    assert announce(change_id) == {"batchItemFailures": []}
    assert started == [f"{change_id}-v1"]


def test_an_execution_ends_when_its_version_is_no_longer_the_last(room, editor, lawyers):
    change_id = propose(editor)["id"]
    first = workers.tend_change({"change_id": change_id, "version": 1}, None)
    assert first["next"] == "Wait"
    assert first["seconds"] > 3600
    lawyers.post(f"/v1/item-changes/{change_id}/review", {"decision": "approve"})
    assert workers.tend_change({"change_id": change_id, "version": 1}, None) == {"next": "Done"}
    assert workers.tend_change({"change_id": "BG0", "version": 1}, None) == {"next": "Done"}


def test_a_poisoned_record_does_not_hold_up_other_changes(room, editor, monkeypatch):
    one = propose(editor)["id"]
    other = propose(editor, amendment("birth_hukou", note="新的说明"))["id"]
    original = workers._announce

    def failing(event):
        if event.subject == one:
            raise RuntimeError("poison")
        original(event)

    monkeypatch.setattr(workers, "_announce", failing)
    records = records_of(one) + records_of(other)
    answer = workers.announce_catalogue({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}


def test_a_change_of_the_standard_binds_the_other_units(room, editor, lawyers, office):
    document = demo_document("residence_permit")
    twin = demo_item("residence_permit")
    body = next(b for b in document["bodies"] if b["key"] == "jd")
    twin["task_code"] = body["uscc"] + twin["task_code"][18:]
    twin |= {"implementing_body": "jd", "implementing_body_name": body["name"]}
    twin["supervision_channel"] = "街道监督电话(示例)"
    twin.pop("public_disclosure_clause_11")
    document["items"].append(twin)
    service.import_catalogue(document)
    change = propose(editor)
    assert change["checks"]["following_units"] == [twin["task_code"]]
    lawyers.post(f"/v1/item-changes/{change['id']}/review", {"decision": "approve"})
    office.post(f"/v1/item-changes/{change['id']}/publication", {})
    differing = office.get("/v1/catalogue/deviations").json["items"]
    assert [each["code"] for each in differing] == [twin["task_code"]]
    announce(change["id"])
    follower = service.item_in_force(twin["task_code"])
    assert (follower.promise.value, follower.version) == (3, 2)
    assert follower.supervision_channel == "街道监督电话(示例)"
    assert office.get("/v1/catalogue/deviations").json["items"] == []
    assert enforcement.spread(change_store.read(change["id"]), room.now()) == []


def test_the_lists_say_who_keeps_them_and_page(room, office):
    titles = {each["list"]: each for each in office.get("/v1/lists").json["items"]}
    assert titles["fees"]["owner"] == "cz"
    assert titles["powers"]["owner"] == titles["approvals"]["owner"] == "fz"
    assert titles["public_services"]["owner"] == "bb"
    assert titles["negative"]["source"] == "原文未定主管单位"
    powers = office.get("/v1/lists/powers?limit=2").json
    assert len(powers["items"]) == 2
    rest = office.get(f"/v1/lists/powers?limit=2&cursor={powers['next_cursor']}").json
    refs = [each["ref"] for each in powers["items"] + rest["items"]]
    assert refs == sorted({code_of(key)[19:] for key in FEW if key != "employment_register"})
    assert office.get("/v1/lists/secrets").status == 404


def test_the_check_takes_our_catalogue_or_anybody_elses(room, office):
    ours = office.post("/v1/catalogue/check", {}).json
    assert (ours["items"], ours["clean"]) == (len(FEW), True)
    assert office.post("/v1/catalogue/check").json == ours
    fixture = json.loads((DATA / "circular_proofs.json").read_text(encoding="utf-8"))
    theirs = office.post("/v1/catalogue/check", fixture).json
    assert theirs["counts"]["circular"] == 1
    assert theirs["counts"]["baseless"] == 2
    assert office.post("/v1/catalogue/check", {"items": 7}).status == 422


def test_an_effective_date_in_the_past_is_refused(room, editor, lawyers, office):
    change_id = propose(editor)["id"]
    lawyers.post(f"/v1/item-changes/{change_id}/review", {"decision": "approve"})
    answer = office.post(
        f"/v1/item-changes/{change_id}/publication",
        {"effective_on": date(2026, 3, 1).isoformat()},
    )
    assert answer.pointers == ["/effective_on"]


def struck(client, kind, ref, reason="法规已修改"):
    path = f"/v1/lists/{kind}/{quote(ref)}?reason={quote(reason)}"
    return client.request("DELETE", path)


def test_an_item_is_in_force_only_while_it_stands_on_its_list(room, app, lawyers):
    reader = ApiClient(compose("reading", api.bp))
    code = code_of("residence_permit")
    item = service.item_in_force(code)
    assert (
        struck(ApiClient(app, person("list_owner", "cz")), "powers", item.base_code).status == 403
    )
    assert struck(lawyers, "powers", item.base_code).json == {"items": [code]}
    with pytest.raises(Conflict, match="已移出权力清单:法规已修改"):
        service.item_in_force(code)
    assert reader.get(f"/v1/items/{code}").status == 409
    listed = [each["code"] for each in reader.get("/v1/items?organisation=ga").json["items"]]
    assert code not in listed
    assert struck(lawyers, "powers", item.base_code).status == 404
    line = {"name": item.name, "basis": "居住证暂行条例"}
    back = lawyers.put(f"/v1/lists/powers/{item.base_code}", line)
    assert back.json == {"items": [code]}
    assert service.item_in_force(code) == item
    kinds = [row.body["type"] for row in Row.query("LISTLOG#powers")]
    assert kinds == ["list.entry_struck", "list.entry_put"]


def test_a_struck_line_is_told_and_the_catalogue_published_without_its_item(room, lawyers):
    publication.publish(room.now())
    before = publication.current()
    item = service.item_in_force(code_of("residence_permit"))
    struck(lawyers, "powers", item.base_code)
    (row,) = Row.query("LISTLOG#powers")
    image = {
        "pk": {"S": row.pk},
        "sk": {"S": row.sk},
        "body": {"S": json.dumps(row.body, ensure_ascii=False)},
    }
    record = {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": image}}
    assert workers.announce_catalogue({"Records": [record]}, None) == {"batchItemFailures": []}
    assert publication.current().items == before.items - 1


def test_a_fee_struck_off_its_list_stands_on_it_no_more(room, app):
    treasury = ApiClient(app, person("list_owner", "cz"))
    assert struck(treasury, "fees", "证件工本费").json == {"items": []}
    assert list_store.find(ListKind.FEES, ["证件工本费"]) == []
