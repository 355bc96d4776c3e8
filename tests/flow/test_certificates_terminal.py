"""The operator's commands: verify offline, import with progress, audit the read log."""

from __future__ import annotations

import json
import socket

import pytest
from typer.testing import CliRunner

from chalicelib.certificates import (
    importjobs,
    imports,
    keys,
    presenting,
    readlog,
    store,
    terminal,
    workers,
)
from chalicelib.certificates.batches import dynamodb
from chalicelib.core.identifiers import certificate_identifier, citizen_check
from chalicelib.core.principal import OFFICE
from cli import audit, certificate
from tests.support.certificates_room import NOW, certificates_room, citizen, staff

RUN = CliRunner()


class _Still:
    @staticmethod
    def now():
        return NOW


@pytest.fixture
def room(monkeypatch):
    with certificates_room(monkeypatch) as opened:
        dynamodb.cache_clear()
        monkeypatch.setattr(importjobs, "clock", lambda: _Still)
        yield opened


@pytest.fixture
def files(room, tmp_path):
    """A certificate file and the keys to verify it with, as a citizen would keep them."""
    held = room.stored()
    copy = presenting.own_copy(citizen(room.holder), held.identifier, NOW)
    file, published = tmp_path / "certificate.json", tmp_path / "keys.json"
    file.write_text(json.dumps(copy, ensure_ascii=False), "utf-8")
    published.write_text(json.dumps(keys.jwks()), "utf-8")
    return file, published


def no_network(*_args, **_kwargs):
    raise AssertionError("the command went to the network")


def test_a_file_is_verified_without_a_network(files, monkeypatch):
    file, published = files
    monkeypatch.setattr(socket.socket, "connect", no_network)
    result = RUN.invoke(certificate.app, ["verify", str(file), "--keys", str(published)])
    assert result.exit_code == 0, result.output
    assert "签名相符" in result.output
    assert "就业创业证" in result.output


@pytest.mark.parametrize("what", ["meta", "claims", "annotation"])
def test_an_altered_file_is_refused_with_a_reason_and_a_code(files, what):
    file, published = files
    content = json.loads(file.read_text("utf-8"))
    target = {
        "meta": (content["meta"], "ZZYXQJZRQ"),
        "claims": (content["claims"]["KZ_GZ"], "value"),
        "annotation": (content["annotation"], "made_for"),
    }[what]
    target[0][target[1]] = "改"
    file.write_text(json.dumps(content), "utf-8")
    result = RUN.invoke(certificate.app, ["verify", str(file), "--keys", str(published)])
    assert result.exit_code == 1
    assert "签名" in result.stderr


def test_without_keys_it_says_where_to_get_them(files, tmp_path):
    file, _ = files
    missing = str(tmp_path / "none.json")
    result = RUN.invoke(certificate.app, ["verify", str(file), "--keys", missing])
    assert result.exit_code == 1
    assert "公钥" in result.stderr


def test_the_keys_are_fetched_for_later(room, tmp_path):
    out = tmp_path / "keys.json"
    assert RUN.invoke(certificate.app, ["keys", str(out)]).exit_code == 0
    assert json.loads(out.read_text())["keys"] == keys.jwks()["keys"]


# --- import ------------------------------------------------------------------------------------------


def number_of(person: int) -> str:
    first = f"41010219900101{person:03d}"
    return first + citizen_check(first)


def written(room, path, count: int, spoilt: int | None = None):
    issuer, kind = room.body("rs"), room.type("job_cert")["type_code"]
    header = "ZZLXDM,ZZBH,ZZBFJG,ZZBFJGDM,ZZBFRQ,ZZYXQQSRQ,CZZT,CZZTDM,CZZTDMLXDM"
    lines = [header]
    for person in range(count):
        number = "1" if person == spoilt else number_of(person)
        lines.append(
            f"{kind},H{person:04d},{issuer['name']},{issuer['uscc']},2020-01-02,2020-01-02,"
            f"某人,{number},111"
        )
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def imported(path, organisation: str = "rs"):
    return RUN.invoke(
        certificate.app, ["import", str(path), "--organisation", organisation, "--account", "op"]
    )


def test_a_file_is_imported_from_the_terminal(room, tmp_path):
    result = imported(written(room, tmp_path / "history.csv", 120))
    assert result.exit_code == 0, result.output
    assert "120" in result.stdout
    issuer, kind = room.body("rs")["uscc"], room.type("job_cert")["type_code"]
    held = store.find(certificate_identifier(kind, issuer, "H0007"))
    assert held is not None
    assert held.issuer_name == room.body("rs")["name"]


def test_rejected_lines_lie_beside_the_file_with_their_reasons(room, tmp_path, monkeypatch):
    monkeypatch.setattr(importjobs, "PART_BYTES", 900)
    path = written(room, tmp_path / "history.csv", 60, spoilt=44)
    result = imported(path)
    assert result.exit_code == 2
    (reject,) = [
        json.loads(line) for line in terminal.rejects_of(path).read_text("utf-8").splitlines()
    ]
    assert reject["line"] == 46  # the header is the first line
    assert reject["errors"][0]["field"] == "/CZZTDM"
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "history.csv",
        "history.csv.rejects.jsonl",
    ]


def test_a_broken_off_run_goes_on_and_a_finished_one_does_nothing(room, tmp_path, monkeypatch):
    monkeypatch.setattr(importjobs, "PART_BYTES", 2_000)
    path, ran = written(room, tmp_path / "history.csv", 100), []
    original = terminal.run_part

    def run_part(part, *args, **kwargs):
        if len(ran) == 2:
            raise KeyboardInterrupt
        ran.append(part.number)
        return original(part, *args, **kwargs)

    monkeypatch.setattr(terminal, "run_part", run_part)
    assert imported(path).exit_code != 0
    ran_before = list(ran)
    monkeypatch.setattr(
        terminal,
        "run_part",
        lambda part, *a, **k: ran.append(part.number) or original(part, *a, **k),
    )
    assert imported(path).exit_code == 0
    assert ran_before == [0, 1]
    assert sorted(ran) == list(range(len(ran)))  # no part twice
    ran.clear()
    assert imported(path).exit_code == 0
    assert ran == []


def test_the_stream_does_not_start_the_machine_for_a_terminals_import(room, tmp_path, monkeypatch):
    imported(written(room, tmp_path / "history.csv", 1))
    (event,) = [
        item
        for item in imports.ImportItem.scan(imports.ImportItem.sk.startswith("EVENT#"))
        if item.event["type"] == imports.STARTED
    ]
    started: list[object] = []
    monkeypatch.setattr(workers, "_start_import", started.append)
    monkeypatch.setattr(workers.bus, "publish", lambda *_: 1)
    record = {
        "eventName": "INSERT",
        "dynamodb": {"SequenceNumber": "1", "NewImage": event.serialize()},
    }
    assert workers.relay_certificates({"Records": [record]}, None) == {"batchItemFailures": []}
    assert started == []


def test_a_useless_file_and_an_unknown_body_are_refused(room, tmp_path):
    path = tmp_path / "x.csv"
    path.write_text("a,b\n", "utf-8")
    assert "表头" in str(imported(path).exception)
    assert "单位" in str(imported(written(room, path, 1), organisation="nobody").exception)


def test_the_types_of_a_catalogue_are_registered(room, tmp_path):
    path = tmp_path / "catalogue.json"
    path.write_text(json.dumps(room.catalogue), "utf-8")
    result = RUN.invoke(certificate.app, ["types", str(path)])
    assert str(len(room.catalogue["certificate_types"])) in result.output


# --- audit -------------------------------------------------------------------------------------------


def test_a_whole_log_is_confirmed_and_an_altered_one_is_not(room, tmp_path, files):
    _, published = files
    assert RUN.invoke(audit.app, ["checkpoint"]).exit_code == 0
    result = RUN.invoke(audit.app, ["verify"])
    assert (result.exit_code, "日志完整:1 行" in result.output) == (0, True)

    out = tmp_path / "log.jsonl"
    assert RUN.invoke(audit.app, ["export", str(out)]).exit_code == 0
    offline = ["verify", str(out), "--keys", str(published)]
    assert RUN.invoke(audit.app, offline).exit_code == 0
    out.write_text(out.read_text("utf-8").replace("本人下载", "别的"), "utf-8")
    result = RUN.invoke(audit.app, offline)
    assert result.exit_code == 1
    assert "被改动" in result.stderr

    (chain, end) = next((chain, end) for chain, end in readlog.heads().items() if end[0])
    readlog.LogItem.get(f"LOG#{chain}", f"{end[0]:010d}").delete()
    assert RUN.invoke(audit.app, ["verify"]).exit_code == 1


def test_nothing_of_a_person_is_in_an_exported_log(room, tmp_path, files):
    out = tmp_path / "log.jsonl"
    RUN.invoke(audit.app, ["export", str(out)])
    text = out.read_text("utf-8")
    assert "张三丰" not in text
    assert "11010519491231002X" not in text
    assert staff(OFFICE).name not in text
