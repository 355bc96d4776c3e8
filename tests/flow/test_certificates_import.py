"""History by import: through the machine, in parts, resumable, twice without effect, accounted for."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import boto3
import pytest

from chalicelib.aws import settings
from chalicelib.certificates import (
    acts,
    batches,
    import_api,
    importjobs,
    imports,
    presenting,
    store,
    verify,
    workers,
)
from chalicelib.certificates.auditing import published_keys
from chalicelib.certificates.document import to_file
from chalicelib.certificates.imports import Format, State
from chalicelib.certificates.sealed import open_sealed
from chalicelib.certificates.status import Status
from chalicelib.core.events import Actor
from chalicelib.core.identifiers import certificate_identifier, citizen_check
from chalicelib.core.principal import DEPARTMENT_SYSTEM, OFFICE
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.certificates_room import NOW, certificates_room, staff
from tests.support.machines import Machine, stop_executions

BUCKET = "yichuang-documents"
CLERK = Actor("rs.system", "department_system", "rs")


class _Still:
    @staticmethod
    def now():
        return NOW


@pytest.fixture
def room(monkeypatch):
    with certificates_room(monkeypatch) as opened:
        for cached in (importjobs._s3, import_api._signer, workers._machines):
            cached.cache_clear()
        batches.dynamodb.cache_clear()
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        for module in (importjobs, workers):
            monkeypatch.setattr(module, "clock", lambda: _Still)
        monkeypatch.setattr("chalicelib.http.view.clock", lambda: _Still)
        yield opened
        settings.settings.cache_clear()


@pytest.fixture
def machine(room, monkeypatch):
    made = Machine(monkeypatch, "certificate_import", "chalicelib.certificates.workers")
    monkeypatch.setenv("YICHUANG_IMPORT_MACHINE", made.arn)
    yield made
    stop_executions()


def number_of(person: int) -> str:
    first = f"410102199001{person // 1000 % 28 + 1:02d}{person % 1000:03d}"
    return first + citizen_check(first)


def rows(room, count: int, **changes: str) -> list[dict[str, str]]:
    issuer = room.body("rs")
    return [
        {
            "ZZLXDM": room.type("job_cert")["type_code"],
            "ZZBH": f"H{number:07d}",
            "ZZBFJG": issuer["name"],
            "ZZBFJGDM": issuer["uscc"],
            "ZZBFRQ": "2020-05-06",
            "ZZYXQQSRQ": "2020-05-06",
            "ZZYXQJZRQ": "",
            "CZZT": "某人",
            "CZZTDM": number_of(number),
            "CZZTDMLXDM": "111",
            "KZ_GZ": "电工",
            **changes,
        }
        for number in range(count)
    ]


def as_csv(content: list[dict[str, str]]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(content[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(content)
    return out.getvalue().encode()


def as_jsonl(content: list[dict[str, str]]) -> bytes:
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in content)


def job(room, content: bytes, format_: Format = Format.JSONL, key: str = "k") -> imports.Import:
    """An import whose file is there and which was started."""
    made = imports.create(
        imports.id_of("rs.system", key),
        organisation="rs",
        issuer=room.body("rs")["uscc"],
        format_=format_,
        fingerprint=key,
        now=NOW,
    )
    boto3.client("s3").put_object(Bucket=BUCKET, Key=made.file_key, Body=content)
    return imports.start(made, CLERK, NOW)


def rejects(made: imports.Import) -> list[dict[str, Any]]:
    body = boto3.client("s3").get_object(Bucket=BUCKET, Key=made.rejects_key)["Body"].read()
    return [json.loads(line) for line in body.splitlines()]


def counts(import_id: str) -> tuple[int, int, int, int]:
    done = imports.read(import_id)
    return done.rows, done.stored, done.unchanged, done.rejected


@pytest.mark.parametrize(("format_", "write"), [(Format.CSV, as_csv), (Format.JSONL, as_jsonl)])
def test_a_file_goes_through_the_machine_and_every_row_is_accounted_for(
    room, machine, monkeypatch, format_, write
):
    monkeypatch.setattr(importjobs, "PART_BYTES", 5_000)
    content = rows(room, 130)
    content[57]["CZZTDM"] = "110105194912310020"
    content[101]["ZZBFJGDM"] = room.body("mz")["uscc"]
    made = job(room, write(content), format_)
    assert machine.run({"import_id": made.id})["status"] == "SUCCEEDED"

    done = imports.read(made.id)
    assert (done.state, done.parts_done) == (State.DONE, done.parts)
    assert done.parts > 3
    assert counts(made.id) == (130, 128, 0, 2)
    shift = 2 if format_ is Format.CSV else 1
    assert [(r["line"], r["errors"][0]["field"]) for r in rejects(made)] == [
        (57 + shift, "/CZZTDM"),
        (101 + shift, "/ZZBFJGDM"),
    ]


def test_what_was_imported_is_found_signed_and_graded(room, machine):
    made = job(room, as_jsonl(rows(room, 3)))
    machine.run({"import_id": made.id})
    issuer, kind = room.body("rs")["uscc"], room.type("job_cert")["type_code"]
    held = store.find(certificate_identifier(kind, issuer, "H0000001"))
    assert held is not None
    assert (held.grade, held.source, held.case_no) == ("B", made.source, None)
    opened = open_sealed(held)
    assert opened.personal["CZZTDM"] == number_of(1)
    assert verify.verify_file(to_file(opened), published_keys()).genuine


def test_the_same_file_twice_changes_nothing(room, machine):
    content = as_jsonl(rows(room, 40))
    machine.run({"import_id": job(room, content).id}, "first")
    before = boto3.client("dynamodb").scan(
        TableName="yichuang-certificates",
        FilterExpression="begins_with(pk, :p)",
        ExpressionAttributeValues={":p": {"S": "CERT#"}},
    )["Items"]
    again = job(room, content, key="again")
    machine.run({"import_id": again.id}, "second")
    assert counts(again.id) == (40, 0, 40, 0)
    after = boto3.client("dynamodb").scan(
        TableName="yichuang-certificates",
        FilterExpression="begins_with(pk, :p)",
        ExpressionAttributeValues={":p": {"S": "CERT#"}},
    )["Items"]
    assert sorted(map(repr, before)) == sorted(map(repr, after))


def test_a_version_that_exists_with_other_content_is_refused(room, machine):
    machine.run({"import_id": job(room, as_jsonl(rows(room, 2))).id}, "first")
    changed = job(room, as_jsonl(rows(room, 2, KZ_GZ="焊工")), key="changed")
    machine.run({"import_id": changed.id}, "second")
    assert counts(changed.id) == (2, 0, 0, 2)
    assert {r["errors"][0]["field"] for r in rejects(changed)} == {"/ZZBS"}
    newer = job(room, as_jsonl(rows(room, 2, KZ_GZ="焊工", BBH="2")), key="newer")
    machine.run({"import_id": newer.id}, "third")
    assert counts(newer.id) == (2, 2, 0, 0)


def test_the_same_row_twice_in_a_file_counts_once_and_a_clash_is_refused(room, machine):
    twice = rows(room, 2)
    content = as_jsonl([*twice, twice[0], {**twice[1], "KZ_GZ": "焊工"}])
    made = job(room, content)
    machine.run({"import_id": made.id})
    assert counts(made.id) == (4, 2, 1, 1)
    assert rejects(made)[0]["line"] == 4


def test_a_broken_line_spoils_itself_alone(room, machine):
    good = as_jsonl(rows(room, 3)).splitlines()
    content = b"\n".join(
        [good[0], b'{"ZZBH": "', b"", b"\xff\xfe", b"x" * 70_000, good[1], b"[]", good[2]]
    )
    made = job(room, content)
    machine.run({"import_id": made.id})
    assert counts(made.id) == (7, 3, 0, 4)
    assert [reject["line"] for reject in rejects(made)] == [2, 4, 5, 7]


def test_rejects_repeat_no_personal_data(room, machine):
    content = rows(room, 2, ZZZT="88")
    made = job(room, as_jsonl(content))
    machine.run({"import_id": made.id})
    text = json.dumps(rejects(made), ensure_ascii=False)
    assert "某人" not in text
    assert number_of(0) not in text


def test_a_file_without_the_columns_is_refused_whole(room, machine):
    made = job(room, b"a,b\n1,2\n", Format.CSV)
    assert machine.run({"import_id": made.id})["status"] == "SUCCEEDED"
    done = imports.read(made.id)
    assert done.state is State.FAILED
    assert "表头缺少列" in done.reason


def test_an_empty_file_is_an_import_of_nothing(room, machine):
    made = job(room, b"")
    machine.run({"import_id": made.id})
    assert imports.read(made.id).state is State.DONE
    assert counts(made.id) == (0, 0, 0, 0)


def test_an_import_that_broke_off_goes_on_where_it_stopped(room, machine, monkeypatch):
    monkeypatch.setattr(importjobs, "PART_BYTES", 5_000)
    made = job(room, as_jsonl(rows(room, 100)))
    total = len(importjobs.plan(made.id)["parts"])

    def fail_late(name: str, event: Any) -> None:
        if name == "import_part" and event["part"]["number"] >= total // 2:
            raise ConnectionError("down")

    machine.fault = fail_late
    machine.run({"import_id": made.id}, "first", seconds=60)
    broken = imports.read(made.id)
    assert broken.state is State.FAILED
    assert 0 < broken.parts_done < total

    machine.fault, machine.invoked = None, []
    seen: list[int] = []
    original = importjobs.run_part
    monkeypatch.setattr(
        importjobs,
        "run_part",
        lambda part, *a, **k: seen.append(part.number) or original(part, *a, **k),
    )
    imports.start(broken, CLERK, NOW)
    machine.run({"import_id": made.id}, "second", seconds=60)
    assert imports.read(made.id).state is State.DONE
    assert counts(made.id) == (100, 100, 0, 0)
    assert len(seen) == total - broken.parts_done


def test_a_part_that_died_before_it_was_noted_counts_its_rows_as_stored(room, monkeypatch):
    made = job(room, as_jsonl(rows(room, 30)))
    (part,) = importjobs.plan(made.id)["parts"]
    with monkeypatch.context() as broken:
        broken.setattr(imports, "record_part", lambda *_: (_ for _ in ()).throw(OSError("down")))
        with pytest.raises(OSError, match="down"):
            importjobs.take_in(made.id, part)
    importjobs.take_in(made.id, part)
    assert counts(made.id) == (30, 30, 0, 0)


def test_a_part_that_is_run_twice_counts_once(room):
    made = job(room, as_jsonl(rows(room, 30)))
    (part,) = importjobs.plan(made.id)["parts"]
    importjobs.take_in(made.id, part)
    importjobs.take_in(made.id, part)
    assert counts(made.id) == (30, 30, 0, 0)


def test_rows_that_are_unaccounted_for_are_a_fault(room):
    made = job(room, as_jsonl(rows(room, 3)))
    (part,) = importjobs.plan(made.id)["parts"]
    importjobs.take_in(made.id, part)
    imports.ImportItem(f"IMPORT#{made.id}", "HEAD").update([imports.ImportItem.rows.add(1)])
    with pytest.raises(ArithmeticError):
        importjobs.close(made.id)


# --- over HTTP, and on the stream ------------------------------------------------------------------------


@pytest.fixture
def client():
    system = staff(DEPARTMENT_SYSTEM)
    return ApiClient(compose("imports", import_api.bp), system)


def test_a_department_asks_for_a_slot_uploads_starts_and_watches(room, client):
    repeat = {"Idempotency-Key": "k"}
    made = client.post("/v1/certificate-imports", {"format": "csv", "size": 9}, headers=repeat)
    assert (made.status, made.json["state"]) == (201, "awaiting_file")
    assert made.json["upload"]["method"] == "PUT"
    key = imports.read(made.json["id"]).file_key
    assert key in made.json["upload"]["url"]
    where = f"/v1/certificate-imports/{made.json['id']}"
    assert client.post(f"{where}/start").status == 422

    boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=as_csv(rows(room, 2)))
    assert client.post(f"{where}/start").json["state"] == "running"
    assert client.post(f"{where}/start").status == 409
    assert client.get(where).json["rows"] == 0


def test_the_same_request_is_the_same_import(room, client):
    key = {"Idempotency-Key": "k"}
    first = client.post("/v1/certificate-imports", {"format": "csv", "size": 9}, headers=key)
    again = client.post("/v1/certificate-imports", {"format": "csv", "size": 9}, headers=key)
    assert first.json["id"] == again.json["id"]
    other = client.post("/v1/certificate-imports", {"format": "jsonl", "size": 9}, headers=key)
    assert (other.status, other.json["type"].endswith("key-reused")) == (422, True)


def test_another_body_sees_nothing_of_it(room, client):
    made = client.post("/v1/certificate-imports", {"format": "csv", "size": 9}).json
    other = client.act_as(staff(DEPARTMENT_SYSTEM, "mz"))
    assert other.get(f"/v1/certificate-imports/{made['id']}").status == 403
    assert other.get("/v1/certificate-imports/unknown").status == 404
    office = client.act_as(staff(OFFICE, "office"))
    assert office.get(f"/v1/certificate-imports/{made['id']}").status == 200
    assert (
        client.act_as(staff()).post("/v1/certificate-imports", {"format": "csv", "size": 9}).status
        == 403
    )


def test_the_stream_starts_the_machine_once_and_publishes(room, machine, monkeypatch):
    published: list[str] = []
    monkeypatch.setattr(
        workers.bus, "publish", lambda source, events: published.extend(e.type for e, _ in events)
    )
    made = job(room, as_jsonl(rows(room, 2)))
    event = imports.ImportItem.get(f"IMPORT#{made.id}", "EVENT#0001").serialize()
    record = {
        "eventName": "INSERT",
        "dynamodb": {"SequenceNumber": "1", "NewImage": event},
    }
    other = {"eventName": "MODIFY", "dynamodb": {"SequenceNumber": "2", "NewImage": event}}
    batch = {"Records": [record, record, other]}
    assert workers.relay_certificates(batch, None) == {"batchItemFailures": []}
    assert published == ["certificate_import.started"] * 2
    executions = boto3.client("stepfunctions").list_executions(stateMachineArn=machine.arn)
    assert [each["name"] for each in executions["executions"]] == [f"import-{made.id}-g1"]
    machine.ended(executions["executions"][0]["executionArn"])


def test_a_record_that_fails_is_reported_and_the_others_go_on(room, monkeypatch):
    published: list[str] = []

    def publish(source, events):
        for event, _ in events:
            if event.seq == 1:
                raise ConnectionError("down")
            published.append(event.id)

    monkeypatch.setattr(workers.bus, "publish", publish)
    held = room.stored()
    records = []
    for seq, new in ((1, Status.SUSPENDED), (2, Status.REVOKED)):
        event = acts.status_changed(held, new, "依据", CLERK, NOW).to_dict() | {
            "seq": seq,
            "id": f"{held.identifier}#{seq}",
        }
        image = {"event": {"S": json.dumps(event)}, "sk": {"S": f"EVENT#001#{seq:04d}"}}
        records.append(
            {"eventName": "INSERT", "dynamodb": {"SequenceNumber": str(seq), "NewImage": image}}
        )
    answer = workers.relay_certificates({"Records": records}, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "1"}]}
    assert published == [f"{held.identifier}#2"]


def test_the_hourly_checkpoint_says_what_it_signed(room):
    held = room.stored()
    presenting.compare(held.identifier, {"CZZT": "?"}, NOW)
    assert workers.checkpoint_read_log({}, None)["lines"] == 1
