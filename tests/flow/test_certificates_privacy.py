"""Nothing of a person in keys, items, events, logs or addresses: everything is done, then grepped."""

from __future__ import annotations

import json
import logging

import boto3
import pytest

from chalicelib.catalogue.document import read_document
from chalicelib.certificates import (
    api,
    importjobs,
    imports,
    materials,
    presenting,
    reading,
    service,
    workers,
)
from chalicelib.certificates.batches import dynamodb
from chalicelib.certificates.imports import Format
from chalicelib.certificates.reading import Ask
from chalicelib.core.errors import Conflict
from chalicelib.core.events import Actor
from chalicelib.core.principal import CHIEF_REPRESENTATIVE, WINDOW_CLERK
from chalicelib.exchange import workers as exchange_workers
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.certificates_room import CASE, NAME, NOW, NUMBER, citizen, staff
from tests.support.exchange_room import exchange_room

BUCKET = "yichuang-documents"
HIDDEN = "某路88号"


@pytest.fixture
def room(monkeypatch):
    with exchange_room(monkeypatch) as opened:
        for cached in (dynamodb, importjobs._s3):
            cached.cache_clear()
        boto3.client("s3").create_bucket(Bucket=BUCKET)
        monkeypatch.setattr(importjobs, "clock", lambda: opened.clock)
        yield opened


def live_through(room, sent: list[str]) -> None:
    """A certificate's whole life, an import, an inquiry: with what went over the wire in `sent`."""
    certificates = room.certificates
    held = certificates.stored(personal={"CZZT": NAME, "CZZTDM": NUMBER, "KZ_ZZ": HIDDEN})
    certificates.tie(
        needs={held.type_code: None}, organisations=frozenset({"rs"}), points=frozenset({"p"})
    )
    client = ApiClient(compose("certificates", api.bp), staff())
    why = {"purpose": "核对", "case_no": CASE}
    path = f"/v1/certificates/{held.identifier}"
    for answer in (
        client.get(path, query=why),
        client.get(path, query={**why, "case_no": "410102-00000-00000-0"}),
        client.get("/v1/certificates", query={**why, "holder": certificates.holder}),
    ):
        sent.append(json.dumps(dict(answer.headers)))
    _apply(room, held.type_code)
    ask = Ask(staff(), "核对", CASE, NOW)
    reading.check(ask, held.identifier, [])
    code = presenting.present(
        citizen(certificates.holder), held.identifier, ["CZZT"], key="k", now=NOW
    )
    presenting.redeem(code.code, NOW)
    presenting.compare(held.identifier, {"CZZT": NAME, "CZZTDM": NUMBER}, NOW)
    service.change_status(
        staff(CHIEF_REPRESENTATIVE), held.identifier, new="02", basis="依据", key="k", now=NOW
    )
    room.answer(room.ask(text=f"{NAME}是否领取低保"), text=f"{NAME}未领取")
    _import(room)


def _apply(room, type_code: str) -> None:
    """What is held is looked for by the holder and at a window, and asked for again in vain."""
    holder = room.certificates.holder
    item = next(
        each
        for each in read_document(room.certificates.catalogue).items
        if type_code in {m.certificate_type for m in each.materials if m.holder_role == "本人"}
    )
    assert materials.of_own(citizen(holder), item, NOW)
    clerk = staff(WINDOW_CLERK, None, point="p")
    for name, found in ((NAME, True), ("某某某", False)):
        told = materials.of_client(clerk, item, id_type="111", number=NUMBER, name=name, now=NOW)
        assert bool(told.items) is found
    with pytest.raises(Conflict):
        service.refuse_asking_again(service.actor_of(staff()), CASE, holder, {"/m": type_code}, NOW)


def _import(room) -> None:
    issuer, kind = room.certificates.body("rs"), room.certificates.type("job_cert")
    row = {
        "ZZLXDM": kind["type_code"],
        "ZZBH": "P1",
        "ZZBFJG": issuer["name"],
        "ZZBFJGDM": issuer["uscc"],
        "ZZBFRQ": "2020-05-06",
        "ZZYXQQSRQ": "2020-05-06",
        "CZZT": NAME,
        "CZZTDM": NUMBER,
        "CZZTDMLXDM": "111",
    }
    job = imports.create(
        "privacy", organisation="rs", issuer=None, format_=Format.JSONL, fingerprint="f", now=NOW
    )
    content = [row, {**row, "ZZBH": "P2", "CZZTDM": f"{NUMBER}9"}]
    body = b"".join(json.dumps(each, ensure_ascii=False).encode() + b"\n" for each in content)
    boto3.client("s3").put_object(Bucket=BUCKET, Key=job.file_key, Body=body)
    job = imports.start(job, Actor("rs.system", "department_system", "rs"), NOW)
    for part in importjobs.plan(job.id)["parts"]:
        importjobs.take_in(job.id, part)
    importjobs.close(job.id)
    boto3.client("s3").delete_object(Bucket=BUCKET, Key=job.file_key)  # whose it was, to keep


def everything_kept() -> str:
    """Every item of both tables and every object of the bucket."""
    client, storage = boto3.client("dynamodb"), boto3.client("s3")
    items = [
        client.scan(TableName=table)["Items"]
        for table in ("yichuang-certificates", "yichuang-exchange")
    ]
    objects = [
        storage.get_object(Bucket=BUCKET, Key=each["Key"])["Body"].read().decode()
        for each in storage.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    ]
    return repr(items) + "".join(objects)


def everything_published(monkeypatch) -> str:
    """What the relays put on the bus for all the events that lie in the tables."""
    published: list[str] = []
    for module in (workers, exchange_workers):
        monkeypatch.setattr(
            module.bus,
            "publish",
            lambda source, events: published.extend(
                json.dumps({**event.to_dict(), "facts": facts}, ensure_ascii=False)
                for event, facts in events
            ),
        )
    monkeypatch.setattr(workers, "_start_import", lambda _: None)
    monkeypatch.setattr(exchange_workers.flow, "start", lambda _: None)
    client = boto3.client("dynamodb")
    for table, relay in (
        ("yichuang-certificates", workers.relay_certificates),
        ("yichuang-exchange", exchange_workers.relay_exchange),
    ):
        events = [
            item
            for item in client.scan(TableName=table)["Items"]
            if item["sk"]["S"].startswith("EVENT#")
        ]
        records = [
            {"eventName": "INSERT", "dynamodb": {"SequenceNumber": "1", "NewImage": item}}
            for item in events
        ]
        assert relay({"Records": records}, None) == {"batchItemFailures": []}
    assert len(published) >= 5
    return "\n".join(published)


def test_no_trace_of_a_person_anywhere(room, monkeypatch, caplog, capfd):
    caplog.set_level(logging.DEBUG, "chalicelib")
    sent: list[str] = []
    live_through(room, sent)
    out, err = capfd.readouterr()
    places = {
        "tables and files": everything_kept(),
        "events": everything_published(monkeypatch),
        "logs": caplog.text + out + err,
        "headers": "".join(sent),
    }
    for place, text in places.items():
        for trace in (NAME, NUMBER, HIDDEN):
            escaped = trace.encode("unicode_escape").decode()
            assert trace not in text, f"{trace} in {place}"
            assert escaped not in text, f"{trace} in {place}"


def test_the_grep_would_find_what_is_there(room):
    client = boto3.client("dynamodb")
    client.put_item(
        TableName="yichuang-certificates",
        Item={"pk": {"S": "LEAK"}, "sk": {"S": "X"}, "name": {"S": NAME}},
    )
    assert NAME in everything_kept()
