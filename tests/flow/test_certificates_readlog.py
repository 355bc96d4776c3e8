"""The read log on its table: complete under contention, checkpointed, verified from the terminal."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import boto3
import pytest

from chalicelib.certificates import auditing, readlog
from chalicelib.certificates.chain import CHAINS, Line, Outcome
from chalicelib.core.errors import TooManyRequests
from chalicelib.core.events import Actor
from tests.support.certificates_room import CASE, NOW, certificates_room

TABLE = "yichuang-certificates"


@pytest.fixture
def room(monkeypatch):
    with certificates_room(monkeypatch) as opened:
        yield opened


def line(number: int, holder: str = "ab" * 16) -> Line:
    return Line(
        at=NOW + timedelta(seconds=number),
        act="certificate.read",
        outcome=Outcome.GIVEN,
        reader=Actor(f"clerk{number}", "reviewer", "rs"),
        purpose="核对",
        case_no=CASE,
        holder=holder,
        identifiers=("1.2.156.3005.2.X",),
    )


def verified() -> auditing.LogReport:
    return auditing.verify_log()


def update(pk: str, sk: str, name: str, value: str) -> None:
    boto3.client("dynamodb").update_item(
        TableName=TABLE,
        Key={"pk": {"S": pk}, "sk": {"S": sk}},
        UpdateExpression="SET #n = :v",
        ExpressionAttributeNames={"#n": name},
        ExpressionAttributeValues={":v": {"S": value}},
    )


def delete(pk: str, sk: str) -> None:
    boto3.client("dynamodb").delete_item(TableName=TABLE, Key={"pk": {"S": pk}, "sk": {"S": sk}})


def test_a_log_that_nobody_touched_is_whole(room):
    for number in range(5):
        readlog.append(line(number, holder=f"{number:032x}"))
    readlog.make_checkpoint(NOW)
    report = verified()
    assert report.findings == []
    assert (report.lines, report.checkpoints) == (5, 1)


def test_readers_of_one_chain_at_once_all_get_their_line(room, monkeypatch):
    monkeypatch.setattr(readlog, "TRIES", 60)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: readlog.append(line(number)), range(12)))
    links = list(readlog.walk(line(0).chain))
    assert [each.seq for each in links] == list(range(1, 13))
    assert {each.line["reader"]["account"] for each in links} == {f"clerk{n}" for n in range(12)}
    assert verified().findings == []


def test_a_chain_that_stays_busy_refuses_the_reading(room, monkeypatch):
    readlog.append(line(1))
    monkeypatch.setattr(readlog, "_end", lambda chain: (0, "0" * 64))
    monkeypatch.setattr(readlog, "TRIES", 2)
    with pytest.raises(TooManyRequests):
        readlog.append(line(2))


def test_an_altered_line_is_found(room):
    first = readlog.append(line(1))
    readlog.append(line(2))
    forged = json.dumps({**first.line, "purpose": "别的"}, ensure_ascii=False)
    update(f"LOG#{first.chain}", "0000000001", "line", forged)
    assert [(each.chain, each.seq) for each in verified().findings] == [(first.chain, 1)]


def test_a_lost_line_is_found(room):
    links = [readlog.append(line(number)) for number in range(3)]
    delete(f"LOG#{links[0].chain}", "0000000002")
    assert verified().findings


def test_lines_in_another_order_are_found(room):
    links = [readlog.append(line(number)) for number in range(2)]
    pk = f"LOG#{links[0].chain}"
    for sk, link in (("0000000001", links[1]), ("0000000002", links[0])):
        update(pk, sk, "line", json.dumps(dict(link.line), ensure_ascii=False))
    assert verified().findings


def test_a_cut_and_mended_end_is_found_by_the_checkpoint(room):
    links = [readlog.append(line(number)) for number in range(3)]
    pk = f"LOG#{links[0].chain}"
    readlog.make_checkpoint(NOW)
    delete(pk, "0000000003")
    client = boto3.client("dynamodb")
    client.update_item(
        TableName=TABLE,
        Key={"pk": {"S": pk}, "sk": {"S": "HEAD"}},
        UpdateExpression="SET seq = :s, digest = :d",
        ExpressionAttributeValues={":s": {"N": "2"}, ":d": {"S": links[1].digest}},
    )
    assert [finding.seq for finding in verified().findings] == [3]


def test_a_forged_checkpoint_is_found(room):
    readlog.append(line(1))
    readlog.make_checkpoint(NOW)
    heads = json.dumps({chain: [0, "0" * 64] for chain in CHAINS})
    (checkpoint,) = readlog.checkpoints()
    update("CHECKPOINTS", checkpoint.at, "heads", heads)
    findings = verified().findings
    assert [finding.chain for finding in findings] == ["checkpoint"]


def test_a_line_about_nobody_known_is_kept_but_in_nobodys_list(room):
    readlog.append(line(1, holder=None))
    assert verified().lines == 1
    assert readlog.of_holder("ab" * 16, 5, None)[0] == []


def test_the_log_is_found_whole_from_an_export_too(room, tmp_path):
    links = [readlog.append(line(number)) for number in range(3)]
    readlog.make_checkpoint(NOW)
    target = tmp_path / "log.jsonl"
    with target.open("w", encoding="utf-8") as out:
        assert auditing.export_log(out) == 3
    keys = auditing.published_keys()
    report = auditing.verify_export(target.read_text("utf-8").splitlines(), keys)
    assert (report.findings, report.lines, report.checkpoints) == ([], 3, 1)
    text = target.read_text("utf-8").replace(links[1].line["purpose"], "改")
    assert auditing.verify_export(text.splitlines(), keys).findings
    swapped = target.read_text("utf-8").splitlines()
    swapped[0], swapped[1] = swapped[1], swapped[0]
    assert auditing.verify_export(swapped, keys).findings
