"""The documents and the dossier of a real case: who sees what, and an archive that checks offline."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

import boto3
import pytest

from chalicelib.aws import signing
from chalicelib.cases import archive, dossier_api, recording, store
from chalicelib.cases.dossier import LOG, MANIFEST
from chalicelib.cases.dossier_check import verify
from chalicelib.certificates import readlog
from chalicelib.certificates.verify import verify_file
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.applications import CITIZEN, STATION, item_named, person
from tests.support.dossiers import MADE
from tests.support.engine import principal_of
from tests.support.steps import Road

BUCKET = "yichuang-documents"
WHY = {"purpose": "归档前核对"}


@pytest.fixture
def ask(engine, residence_case):
    """Ask about the case as an account; what was handed in lies in the bucket."""
    for material in store.read_log(residence_case)[0].event.data["materials"]:
        _put(material["key"])
    app = compose("dossiers", dossier_api.bp)

    def call(account: str, path: str, body=None, no: str = residence_case):
        client, target = ApiClient(app, principal_of(account)), f"/v1/cases/{no}/{path}"
        return client.get(target) if body is None else client.post(target, body)

    return call


def _put(key: str) -> None:
    """The content of which the key ends in the hash: an application's documents are their names."""
    names = {each.name for each in item_named("居住证申领").materials}
    content = next(
        name.encode()
        for name in names
        if hashlib.sha256(name.encode()).hexdigest() == key.rpartition("/")[2]
    )
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=content)


def archives() -> list[str]:
    found = boto3.client("s3").list_objects_v2(Bucket=BUCKET, Prefix="documents/dossiers/")
    return [each["Key"] for each in found.get("Contents", [])]


def content_of(key: str) -> bytes:
    return boto3.client("s3").get_object(Bucket=BUCKET, Key=key)["Body"].read()


def lines() -> list:
    found, _ = readlog.of_holder(principal_of(CITIZEN).holder, 50, None)
    return found


# --- documents ------------------------------------------------------------------------------------


def test_the_documents_come_into_being_with_the_case(engine, residence_case, ask):
    assert [row["title"] for row in ask(CITIZEN, "documents").json["items"]] == ["收件回执"]
    Road(engine, residence_case).to_closure()
    rows = ask(CITIZEN, "documents").json["items"]
    assert [row["title"] for row in rows] == ["收件回执", "受理通知书", "准予决定书", "送达回证"]
    assert all(row["number"].startswith(residence_case) for row in rows)
    assert {row["addressee"] for row in rows} == {rows[0]["addressee"]}
    assert "*" in rows[0]["addressee"]


def number_of(ask, title: str = "收件回执") -> str:
    rows = ask(CITIZEN, "documents").json["items"]
    return next(row["number"] for row in rows if row["title"] == title)


def test_the_applicant_reads_a_document_in_his_name_and_leaves_no_line(ask):
    answer = ask(CITIZEN, f"documents/{number_of(ask)}")
    assert answer.status == 200, answer.text
    assert answer.json["addressee"] == person()["name"]
    assert answer.json["organisation"]
    assert answer.json["seal_note"]
    assert person()["id_number"] not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert lines() == []


@pytest.mark.parametrize("account", ["ga.acceptor", STATION])
def test_who_acts_reads_it_in_full_and_the_applicant_sees_that(ask, residence_case, account):
    answer = ask(account, f"documents/{number_of(ask)}")
    assert answer.json["addressee"] == person()["name"]
    (line,) = lines()
    assert (line.purpose, line.case_no) == ("查看收件回执", residence_case)
    assert (line.reader.account, line.fields) == (account, ("name",))


def test_who_only_watches_reads_it_masked(ask):
    answer = ask("supervisor", f"documents/{number_of(ask)}")
    assert answer.status == 200
    assert person()["name"] not in answer.text
    assert lines() == []


@pytest.mark.parametrize("account", ["rs.reviewer", "citizen.li", "station.shiqiao"])
@pytest.mark.parametrize("path", ["documents", "documents/x", "dossier"])
def test_who_has_nothing_to_do_with_the_case_is_refused(ask, account, path):
    assert ask(account, path).status == 403


def test_a_document_or_case_that_is_not_there_is_not_found(ask, residence_case):
    assert ask(CITIZEN, f"documents/{residence_case}-ZY009").status == 404
    assert ask(CITIZEN, "dossier", no="410102-00000-00000-0").status == 404


# --- the dossier ----------------------------------------------------------------------------------


def test_the_dossier_lists_every_event_and_material_with_its_hash(engine, residence_case, ask):
    Road(engine, residence_case).to_closure()
    shown = ask(CITIZEN, "dossier").json
    assert shown["final"] is True
    log = store.read_log(residence_case)
    assert shown["as_of_seq"] == len(log)
    names = [entry["name"] for entry in shown["entries"]]
    assert [name for name in names if name.startswith(LOG)] == [
        f"{LOG}#{recorded.event.seq}" for recorded in log
    ]
    handed_in = log[0].event.data["materials"]
    hashes = [e["sha256"] for e in shown["entries"] if e["kind"] == "material"]
    assert hashes == [entry["key"].rpartition("/")[2] for entry in handed_in]
    assert shown["head"] == shown["entries"][-1]["link"]
    assert person()["id_number"] not in json.dumps(shown)


def test_the_archive_of_a_closed_case_checks_offline(engine, residence_case, ask, tmp_path):
    Road(engine, residence_case).to_closure()
    answer = ask(CITIZEN, "dossier/archive", {})
    assert answer.status == 200, answer.text
    assert answer.json["final"] is True
    assert f"dossier-{residence_case}.zip" in answer.json["url"]
    (key,) = archives()
    path = tmp_path / "dossier.zip"
    path.write_bytes(content_of(key))
    public = [signing.signer().public_key]
    found = verify(path, public)
    assert found.manifest["head"] == answer.json["head"] == ask(CITIZEN, "dossier").json["head"]
    with zipfile.ZipFile(path) as opened:
        (certificate,) = [name for name in opened.namelist() if name.startswith("certificate/")]
        assert verify_file(json.loads(opened.read(certificate)), public).genuine
        texts = [opened.read(n).decode() for n in opened.namelist() if n.endswith(".txt")]
    assert all(person()["name"] in text for text in texts)


def test_it_is_built_once_for_each_state_of_the_case(engine, residence_case, ask):
    ask(CITIZEN, "dossier/archive", {})
    (first,) = archives()
    before = content_of(first)
    engine.clock.move(hours=1)
    ask(CITIZEN, "dossier/archive", {})
    assert archives() == [first]
    assert content_of(first) == before
    manifest = json.loads(zipfile.ZipFile(io.BytesIO(before)).read(MANIFEST))
    assert manifest["final"] is False
    Road(engine, residence_case).to_review()
    ask(CITIZEN, "dossier/archive", {})
    assert len(archives()) == 2


def test_of_two_that_build_it_at_once_the_first_stays(ask, residence_case, monkeypatch):
    made = archive.dossier_of(recording.read(residence_case).case, MADE)
    key = archive.build(made)
    before = content_of(key)
    monkeypatch.setattr(archive, "_head", lambda _key: None)
    assert archive.build(made) == key
    assert content_of(key) == before


def test_a_long_archive_goes_up_in_parts(engine, monkeypatch):
    monkeypatch.setattr(archive, "PART_BYTES", 5 * 1024 * 1024)
    sizes = [5 * 1024 * 1024] * 2 + [17]
    whole = b"".join(bytes([place]) * size for place, size in enumerate(sizes))
    archive._upload("documents/dossiers/long.zip", iter([whole[:7], whole[7:]]))
    found = boto3.client("s3").get_object(Bucket=BUCKET, Key="documents/dossiers/long.zip")
    assert found["Body"].read() == whole
    assert found["ETag"].strip('"').endswith("-3")


def test_staff_say_what_for_and_the_applicant_sees_it(ask, residence_case):
    refused = ask("ga.reviewer", "dossier/archive", {})
    assert (refused.status, refused.pointers) == (422, ["/purpose"])
    assert lines() == []
    assert ask("ga.reviewer", "dossier/archive", WHY).status == 200
    (line,) = lines()
    assert (line.act, line.purpose, line.case_no) == (
        "dossier.download",
        WHY["purpose"],
        residence_case,
    )
    assert (line.reader.account, line.reader.role) == ("ga.reviewer", "reviewer")


def test_who_only_watches_sees_the_list_and_not_the_papers(ask):
    assert ask("supervisor", "dossier").status == 200
    refused = ask("supervisor", "dossier/archive", WHY)
    assert refused.status == 403
    assert refused.json["detail"]
    assert archives() == []


def test_a_material_that_is_no_longer_what_was_handed_in_makes_no_dossier(ask, residence_case):
    key = store.read_log(residence_case)[0].event.data["materials"][0]["key"]
    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"something else")
    refused = ask(CITIZEN, "dossier/archive", {})
    assert refused.status == 409
    assert archives() == []
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=key)
    assert ask(CITIZEN, "dossier/archive", {}).status == 404
    assert archives() == []
