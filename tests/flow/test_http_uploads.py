"""Uploads: a slot, the file, its completion, and the token that hands it in."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import unquote

import boto3
import pytest
import requests
from moto import mock_aws

from chalicelib.aws import documents
from chalicelib.aws.documents import Document, document_token, read_document_token
from chalicelib.aws.settings import settings
from chalicelib.core.errors import Gone, InvalidInput, NotFound
from chalicelib.core.principal import Principal
from chalicelib.http import uploads
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.files import A_JPEG, A_PDF, A_PNG, an_ofd
from tests.support.identity import use_test_keyring

BUCKET = "yichuang-documents-test"
NAME = "张示例的身份证.pdf"
ZHANG = Principal("zhang", "张示例", frozenset({"citizen"}), holder="a" * 32, assurance=2)
LI = Principal("li", "李演示", frozenset({"citizen"}), holder="b" * 32, assurance=2)
SUPERVISOR = Principal("watch", "监察", frozenset({"supervisor"}))


@pytest.fixture
def bucket(monkeypatch):
    monkeypatch.setenv("YICHUANG_DOCUMENTS_BUCKET", BUCKET)
    monkeypatch.setenv("YICHUANG_DOCUMENTS_ENDPOINT", "")
    use_test_keyring(monkeypatch)
    for cached in (settings, documents._s3, documents._signer):
        cached.cache_clear()
    with mock_aws():
        s3 = boto3.client("s3", region_name="us-east-1")
        s3.create_bucket(Bucket=BUCKET)
        yield s3
    for cached in (settings, documents._s3, documents._signer):
        cached.cache_clear()


@pytest.fixture
def client(bucket):
    return ApiClient(compose("uploads", uploads.bp)).act_as(ZHANG)


def declare(content: bytes, content_type: str = "application/pdf", **changes) -> dict:
    return {"name": NAME, "content_type": content_type, "size": len(content), **changes}


def put(slot: dict, content: bytes) -> requests.Response:
    return requests.request(
        slot["method"], slot["url"], data=content, headers=slot["headers"], timeout=5
    )


def complete(client: ApiClient, slot: dict):
    return client.post(f"/v1/uploads/{slot['upload_id']}/completion")


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (A_PDF, "application/pdf"),
        (A_PNG, "image/png"),
        (A_JPEG, "image/jpeg"),
        (an_ofd(), "application/ofd"),
    ],
)
def test_a_file_goes_up_and_comes_back_as_a_token_without_a_single_call(
    client, bucket, content, content_type
):
    opened = client.post("/v1/uploads", declare(content, content_type))
    assert opened.status == 201
    assert put(opened.json, content).status_code == 200
    done = complete(client, opened.json)
    assert done.status == 200
    sha256 = hashlib.sha256(content).hexdigest()
    expected = {"name": NAME, "sha256": sha256, "size": len(content), "content_type": content_type}
    assert {key: done.json[key] for key in expected} == expected

    bucket.delete_object(Bucket=BUCKET, Key=f"uploads/{opened.json['upload_id']}")
    document = read_document_token(done.json["document"], ZHANG)
    assert document.sha256 == sha256
    assert document.key.endswith(sha256)
    assert documents.fetch(document.key) == content


def test_no_name_stands_in_a_key_an_address_or_the_metadata(client, bucket):
    slot = client.post("/v1/uploads", declare(A_PDF)).json
    put(slot, A_PDF)
    document = read_document_token(complete(client, slot).json["document"], ZHANG)
    objects = bucket.list_objects_v2(Bucket=BUCKET)["Contents"]
    heads = [bucket.head_object(Bucket=BUCKET, Key=each["Key"]) for each in objects]
    seen = json.dumps([objects, heads, slot["url"], document.key], default=str, ensure_ascii=False)
    assert "示例" not in unquote(seen)
    assert "zhang" not in seen


def test_what_stays_is_an_attachment_of_the_checked_type_and_nothing_else(client, bucket):
    slot = client.post("/v1/uploads", declare(A_PDF)).json
    put(slot, A_PDF)
    document = read_document_token(complete(client, slot).json["document"], ZHANG)
    head = bucket.head_object(Bucket=BUCKET, Key=document.key)
    assert head["ContentType"] == "application/pdf"
    assert head["ContentDisposition"] == "attachment"
    assert head["Metadata"] == {}


def test_the_slot_signs_size_type_and_checksum(client):
    sha256 = hashlib.sha256(A_PDF).hexdigest()
    slot = client.post("/v1/uploads", declare(A_PDF, sha256=sha256)).json
    signed = slot["url"].partition("X-Amz-SignedHeaders=")[2].partition("&")[0]
    assert set(unquote(signed).split(";")) == {
        "content-length",
        "content-type",
        "host",
        "x-amz-checksum-sha256",
        "x-amz-meta-slip",
    }
    assert "X-Amz-Expires=900" in slot["url"]


def test_the_same_request_opens_the_same_slot_and_another_opens_another(client):
    key = {"Idempotency-Key": "tap-tap"}
    first, again = (client.post("/v1/uploads", declare(A_PDF), headers=key) for _ in range(2))
    assert first.json["upload_id"] == again.json["upload_id"]
    other = client.post("/v1/uploads", declare(A_PDF, size=5), headers=key)
    somebody = client.act_as(LI).post("/v1/uploads", declare(A_PDF), headers=key)
    fresh = client.post("/v1/uploads", declare(A_PDF))
    ids = {each.json["upload_id"] for each in (first, other, somebody, fresh)}
    assert len(ids) == 4


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"size": 10 * 1024 * 1024 + 1}, 413, "/size"),
        ({"size": 0}, 422, "/size"),
        ({"content_type": "image/gif"}, 415, "/content_type"),
        ({"content_type": "application/x-msdownload"}, 415, "/content_type"),
        ({"name": ""}, 422, "/name"),
        ({"sha256": "ABC"}, 422, "/sha256"),
    ],
)
def test_a_file_that_may_not_be_uploaded_gets_no_slot(client, changes, status, pointer):
    answer = client.post("/v1/uploads", declare(A_PDF, **changes))
    assert (answer.status, answer.pointers) == (status, [pointer])


def test_exactly_ten_megabytes_are_welcome(client):
    assert client.post("/v1/uploads", declare(A_PDF, size=10 * 1024 * 1024)).status == 201


def test_a_program_called_a_document_is_refused_by_its_content(client):
    content = b"MZ\x90\x00" + bytes(200)
    slot = client.post("/v1/uploads", declare(content)).json
    put(slot, content)
    answer = complete(client, slot)
    assert (answer.status, answer.json["type"]) == (415, "urn:yichuang:problem:wrong-media-type")
    assert "PDF" in answer.json["detail"]


def test_a_transfer_that_broke_off_is_refused(client, bucket):
    slot = client.post("/v1/uploads", declare(A_PDF)).json
    put(slot, A_PDF[:-20])
    assert complete(client, slot).status == 422


def test_another_file_than_the_declared_one_is_refused(client):
    sha256 = hashlib.sha256(A_PDF).hexdigest()
    slot = client.post("/v1/uploads", declare(A_PDF, sha256=sha256)).json
    slot["headers"].pop("x-amz-checksum-sha256")
    other = A_PDF.replace(b"1.4", b"1.7")
    put(slot, other)
    assert complete(client, slot).status == 422


def test_completing_before_the_file_is_there_says_so(client):
    slot = client.post("/v1/uploads", declare(A_PDF)).json
    answer = complete(client, slot)
    assert (answer.status, answer.json["detail"]) == (404, "文件还没有传上来")


@pytest.mark.parametrize("upload_id", ["x", "0" * 40, "..%2Fdocuments", "A" * 40])
def test_an_unknown_slot_is_not_found(client, upload_id):
    assert client.post(f"/v1/uploads/{upload_id}/completion").status == 404


def test_somebody_elses_slot_is_not_found(client):
    slot = client.post("/v1/uploads", declare(A_PDF)).json
    put(slot, A_PDF)
    assert complete(client.act_as(LI), slot).status == 404
    assert complete(client, slot).status == 200


def test_an_object_without_our_slip_is_not_found(client, bucket):
    bucket.put_object(Bucket=BUCKET, Key=f"uploads/{'0' * 40}", Body=A_PDF)
    bucket.put_object(
        Bucket=BUCKET, Key=f"uploads/{'1' * 40}", Body=A_PDF, Metadata={"slip": "AAAA"}
    )
    for upload_id in ("0" * 40, "1" * 40):
        assert client.post(f"/v1/uploads/{upload_id}/completion").status == 404


def test_a_slip_moved_to_another_slot_does_not_open(client, bucket):
    slot = client.post("/v1/uploads", declare(A_PDF)).json
    slip = slot["headers"]["x-amz-meta-slip"]
    bucket.put_object(Bucket=BUCKET, Key=f"uploads/{'2' * 40}", Body=A_PDF, Metadata={"slip": slip})
    assert client.post(f"/v1/uploads/{'2' * 40}/completion").status == 404


def test_what_was_checked_stays_though_the_slot_is_written_again(client):
    slot = client.post("/v1/uploads", declare(A_PDF)).json
    put(slot, A_PDF)
    first = read_document_token(complete(client, slot).json["document"], ZHANG)
    other = A_PDF.replace(b"1.4", b"1.7")
    put(slot, other)
    second = read_document_token(complete(client, slot).json["document"], ZHANG)
    assert documents.fetch(first.key) == A_PDF
    assert documents.fetch(second.key) == other


def test_completing_twice_gives_the_same_document(client):
    slot = client.post("/v1/uploads", declare(A_PDF)).json
    put(slot, A_PDF)
    first, again = (
        read_document_token(complete(client, slot).json["document"], ZHANG) for _ in range(2)
    )
    assert first == again


def test_a_role_without_uploads_gets_none(client):
    assert client.act_as(SUPERVISOR).post("/v1/uploads", declare(A_PDF)).status == 403


A_DOCUMENT = Document("documents/x/y", NAME, "0" * 64, 3, "application/pdf")


def test_a_token_is_its_owners_alone(bucket):
    token = document_token(A_DOCUMENT, ZHANG)
    assert read_document_token(token, ZHANG) == A_DOCUMENT
    for stolen in (token, token[:-1], "x", ""):
        with pytest.raises(InvalidInput) as refused:
            read_document_token(stolen, LI, "/materials/0/document")
        assert refused.value.errors[0].pointer == "/materials/0/document"


def test_a_token_lasts_thirty_days_of_real_time(bucket, monkeypatch):
    token = document_token(A_DOCUMENT, ZHANG)
    later = documents.time.time() + 30 * 24 * 3600
    monkeypatch.setattr(documents.time, "time", lambda: later - 2)
    assert read_document_token(token, ZHANG)
    monkeypatch.setattr(documents.time, "time", lambda: later + 2)
    with pytest.raises(Gone) as refused:
        read_document_token(token, ZHANG, "/materials/0/document")
    assert refused.value.errors[0].pointer == "/materials/0/document"


def test_a_cursor_is_not_a_document(bucket):
    from chalicelib.http.paging import encode_cursor

    cursor = encode_cursor({"k": "documents/x", "a": "zhang"}, "documents")
    assert cursor
    with pytest.raises(InvalidInput):
        read_document_token(cursor, ZHANG)


def test_a_kept_file_is_found_again_and_a_missing_one_is_not(bucket):
    kept = documents.store("notices/410102-1/acceptance.pdf", A_PDF, "application/pdf")
    assert documents.store("notices/410102-1/acceptance.pdf", A_PDF, "application/pdf") == kept
    assert documents.fetch(kept.key) == A_PDF
    with pytest.raises(NotFound):
        documents.fetch("documents/none")


def test_a_download_is_an_attachment_with_a_neutral_name(bucket):
    kept = documents.store("a", A_PDF, "application/pdf")
    url = documents.download_url(kept.key, kept.content_type, "410102-26-000001-m1")
    answer = requests.get(url, timeout=5)
    assert answer.content == A_PDF
    assert "410102-26-000001-m1.pdf" in unquote(url)
    with pytest.raises(ValueError, match="neutral"):
        documents.download_url(kept.key, kept.content_type, NAME)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("C:\\Users\\张\\证件.pdf", "证件.pdf"),
        ("../../etc/passwd", "passwd"),
        ("a\x00b\u202e.pdf", "ab.pdf"),
        ("...", "file.pdf"),
        ("长" * 200 + ".pdf", ("长" * 116) + ".pdf"),
    ],
)
def test_a_name_keeps_only_what_names_the_file(given, kept):
    assert documents.clean_name(given, "application/pdf") == kept


def test_addresses_name_the_endpoint_that_browsers_reach(bucket, monkeypatch):
    monkeypatch.setenv("YICHUANG_DOCUMENTS_ENDPOINT", "http://127.0.0.1:8000")
    settings.cache_clear()
    documents._signer.cache_clear()
    slot = documents.open_slot(ZHANG, "r", documents.Declared("a.pdf", "application/pdf", 3))
    assert slot.url.startswith(f"http://127.0.0.1:8000/{BUCKET}/uploads/")
