"""What anyone reads: lists that are one Query, guides, versions, the whole as open data."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
from urllib.parse import quote

import boto3
import pytest

from chalicelib.catalogue import api, publication, service, store, writing
from chalicelib.catalogue.document import read_document
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.catalogue_room import (
    BUCKET,
    CallCounter,
    catalogue_room,
    code_of,
    demo_document,
)

FEW = (
    "birth_hukou",
    "residence_permit",
    "id_card_reissue",
    "bravery_award",
    "employment_register",
    "unemployment_register",
    "startup_loan",
    "dibao",
    "marriage_register",
    "defer_school",
)


@pytest.fixture
def room(monkeypatch):
    with catalogue_room(monkeypatch, *FEW) as clock:
        yield clock


@pytest.fixture
def client():
    return ApiClient(compose("catalogue", api.bp))


def wanted(item, domain, organisation, tier, sunk):
    level = {"subdistrict": "街道", "community": "社区"}.get(tier)
    return (
        domain in (None, item["domain"])
        and organisation in (None, item["implementing_body"])
        and (level is None or level in item["sunk"]["levels"])
        and (sunk is None or item["sunk"]["is_sunk"] is sunk)
    )


def test_every_combination_of_filters_lists_exactly_its_items(room, client):
    for domain, organisation, tier, sunk in itertools.product(
        (None, "就业保障", "户籍"),
        (None, "rs", "ga"),
        (None, "centre", "subdistrict", "community"),
        (None, True, False),
    ):
        asked = {
            "domain": domain,
            "organisation": organisation,
            "tier": tier,
            "sunk": None if sunk is None else str(sunk).lower(),
            "limit": "100",
        }
        answer = client.get("/v1/items", query={k: v for k, v in asked.items() if v})
        assert answer.status == 200
        assert {item["code"] for item in answer.json["items"]} == {
            item["task_code"]
            for item in demo_document(*FEW)["items"]
            if wanted(item, domain, organisation, tier, sunk)
        }


def test_a_page_of_the_list_is_one_query_whatever_the_filters(room, client, monkeypatch):
    counter = CallCounter(monkeypatch)
    answer = client.get("/v1/items", query={"domain": "户籍", "sunk": "true", "limit": "2"})
    assert len(answer.json["items"]) == 2
    assert counter.calls == ["Query"]


def test_pages_follow_each_other_without_gap_or_repeat(room, client):
    for query in ({}, {"q": "登记"}):
        seen, cursor = [], None
        while True:
            page = client.get(
                "/v1/items", query=query | {"limit": "3"} | ({"cursor": cursor} if cursor else {})
            ).json
            seen += [item["code"] for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen))
        if not query:
            assert set(seen) == {item["task_code"] for item in demo_document(*FEW)["items"]}


def test_a_cursor_of_another_list_is_refused(room, client):
    cursor = client.get("/v1/items", query={"limit": "3"}).json["next_cursor"]
    answer = client.get("/v1/items", query={"limit": "3", "sunk": "true", "cursor": cursor})
    assert answer.status == 422
    assert answer.pointers == ["/query/cursor"]


def test_search_answers_everyday_words_and_keeps_to_the_filters(room, client):
    found = client.get("/v1/items", query={"q": "孩子上户口"}).json["items"]
    assert found[0]["code"] == code_of("birth_hukou")
    elsewhere = client.get("/v1/items", query={"q": "孩子上户口", "organisation": "jy"}).json
    assert elsewhere["items"]
    assert {item["body"] for item in elsewhere["items"]} == {"jy"}


def test_a_guide_shows_the_eleven_fields_and_a_sample_of_each_material(room, client):
    raw = demo_document("residence_permit")["items"][0]
    answer = client.get(f"/v1/items/{raw['task_code']}")
    assert answer.json["disclosure"] == raw["public_disclosure_clause_11"]
    assert list(answer.json["disclosure"]) == list(raw["public_disclosure_clause_11"])
    assert all(material["sample"]["lines"] for material in answer.json["materials"])
    again = client.get(
        f"/v1/items/{raw['task_code']}", headers={"If-None-Match": answer.headers["ETag"]}
    )
    assert again.status == 304


def test_versions_are_listed_newest_first_and_each_can_be_read(room, client):
    document = demo_document("dibao")
    document["items"][0]["task_version"] = 2
    service.import_catalogue(document, why="调整受理条件")
    code = code_of("dibao")
    lines = client.get(f"/v1/items/{code}/versions").json["items"]
    assert [(line["version"], line["why"]) for line in lines] == [
        (2, "调整受理条件"),
        (1, "目录导入"),
    ]
    assert client.get(f"/v1/items/{code}/versions/1").json["version"] == 1
    assert client.get(f"/v1/items/{code}/versions/7").status == 404
    assert client.get(f"/v1/items/{code}/versions/one").status == 422


def test_an_unknown_item_is_a_problem(room, client):
    answer = client.get(f"/v1/items/{'9' * 31}")
    assert answer.status == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert client.get(f"/v1/items/{'9' * 31}/versions").status == 404


def test_the_index_carries_the_catalogues_hash_and_is_not_sent_twice(room, client):
    edition = client.get("/v1/catalogue").json
    answer = client.get("/v1/catalogue/index")
    assert answer.json["hash"] == edition["hash"]
    assert len(answer.json["items"]) == edition["items"] == len(FEW)
    assert (
        client.get("/v1/catalogue/index", headers={"If-None-Match": answer.headers["ETag"]}).status
        == 304
    )


def test_the_downloads_hold_the_whole_catalogue_under_its_hash(room, client):
    edition = client.get("/v1/catalogue").json
    assert client.get("/v1/catalogue/download/json").status == 303
    whole = _object("json")
    head = {name: whole.pop(name) for name in ("edition", "hash", "published_at")}
    assert head["hash"] == edition["hash"] == hashlib.sha256(writing.canonical(whole)).hexdigest()
    rows = list(csv.DictReader(io.StringIO(_object("csv").lstrip("\ufeff"))))
    assert {row["事项编码"] for row in rows} == {
        item["task_code"] for item in demo_document(*FEW)["items"]
    }
    assert client.get("/v1/catalogue/download/xml").status == 404


def test_what_is_downloaded_can_be_imported_and_is_the_same_catalogue(room):
    whole = _object("json")
    read = read_document(whole)
    assert read.problems == ()
    assert {item.code: item for item in read.items} == {
        item.code: item for item in publication.in_force(room.now())
    }


def test_the_pages_are_plain_html_that_says_everything(room, client):
    code = code_of("residence_permit")
    page = client.get(f"/v1/catalogue/pages/{code}")
    assert page.headers["Content-Type"].startswith("text/html")
    for value in service.item_in_force(code).disclosure.values():
        assert value in page.text
    contents = client.get("/v1/catalogue/pages").text
    assert all(f"pages/{item['task_code']}" in contents for item in demo_document(*FEW)["items"])


def test_a_name_with_markup_is_shown_and_not_run(room, client):
    document = demo_document("dibao")
    document["items"][0] |= {"task_version": 2, "item_name": "<script>alert(1)</script>低保"}
    service.import_catalogue(document)
    page = client.get(f"/v1/catalogue/pages/{code_of('dibao')}").text
    assert "<script>alert" not in page
    assert "&lt;script&gt;" in page


def test_two_who_publish_at_once_publish_one_after_the_other(room, monkeypatch):
    document = demo_document("dibao")
    document["items"][0]["task_version"] = 2
    service.import_catalogue(document, publish=False)
    original = publication._put_index

    def interrupted(index_hash, index):
        monkeypatch.setattr(publication, "_put_index", original)
        second = demo_document("marriage_register")
        second["items"][0]["task_version"] = 2
        service.import_catalogue(second)
        original(index_hash, index)

    monkeypatch.setattr(publication, "_put_index", interrupted)
    assert publication.publish(room.now()).number == 2
    versions = {row[0]: row[-1] for row in publication.search_index(publication.current()).rows}
    assert versions[code_of("dibao")] == versions[code_of("marriage_register")] == 2


def test_only_the_last_two_indexes_are_kept(room):
    hashes = [publication.current().index_hash]
    for version in (2, 3, 4):
        document = demo_document("dibao")
        document["items"][0]["task_version"] = version
        service.import_catalogue(document)
        hashes.append(publication.current().index_hash)
    kept = [bool(list(store.Row.query(publication._index_pk(each)))) for each in hashes]
    assert kept == [False, False, True, True]


def test_a_mistyped_filter_is_refused(room, client):
    assert client.get("/v1/items", query={"tier": "village"}).status == 422
    assert client.get(f"/v1/items?{quote('domian')}=1").status == 422


def _object(form):
    key = f"documents/{publication.download_key(publication.current(), form)}"
    content = boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read().decode()
    return json.loads(content) if form == "json" else content
