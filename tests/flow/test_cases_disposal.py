"""After its period a case keeps its history and loses the person: once, whole, and on record."""

from __future__ import annotations

import json
from datetime import date, timedelta

import boto3
import pytest
from typer.testing import CliRunner

from chalicelib.aws import documents
from chalicelib.cases import archive, disposal, disposal_store, service, store, workers
from chalicelib.cases.model import replay
from chalicelib.certificates import auditing, readlog
from chalicelib.core.errors import Forbidden, Gone
from chalicelib.core.time import SystemClock
from cli.main import app as cli
from tests.support.applications import CITIZEN, STATION, application, item_named, person
from tests.support.engine import principal_of

BUCKET = "yichuang-documents"


@pytest.fixture(autouse=True)
def versions(engine):
    """The bucket as it is deployed: every version stays until somebody destroys it."""
    boto3.client("s3").put_bucket_versioning(
        Bucket=BUCKET, VersioningConfiguration={"Status": "Enabled"}
    )


def taken_in(engine, key: str = "k", account: str = STATION, **changes) -> str:
    item = item_named("居住证申领")
    body = application(item, account, **changes)
    answer = engine.client(account).post("/v1/cases", body, headers={"Idempotency-Key": key})
    assert answer.status == 201, answer.text
    return str(answer.json["case_no"])


def put_material(no: str) -> list[str]:
    """The bytes behind the documents that the case names, in two versions each."""
    keys = sorted(set(disposal._documents_of(store.read_log(no))))
    for key in keys * 2:
        boto3.client("s3").put_object(Bucket=BUCKET, Key=key, Body=b"%PDF-1.7 x")
    return keys


def versions_of(prefix: str = "documents/") -> list[str]:
    listed = boto3.client("s3").list_object_versions(Bucket=BUCKET, Prefix=prefix)
    return [each["Key"] for each in (*listed.get("Versions", ()), *listed.get("DeleteMarkers", ()))]


def withdrawn(engine, no: str) -> None:
    answer = engine.client(CITIZEN).post(f"/v1/cases/{no}/withdrawal", {"reason": "不办了"})
    assert answer.status == 200, answer.text


def plan_now() -> int:
    return disposal.plan(SystemClock().now() - timedelta(hours=1))


@pytest.fixture
def closed(engine, monkeypatch):
    """A closed case with its documents, planned; its day is reached."""
    monkeypatch.setattr(disposal, "SETTLE", timedelta(seconds=-1))
    no = taken_in(engine)
    keys = put_material(no)
    withdrawn(engine, no)
    assert plan_now() == 1
    day = disposal.day_of(store.read_head(no).case)
    engine.clock.move_to(day.year, day.month, day.day, 3, 0)
    return no, keys, day


def test_a_case_is_on_the_list_of_its_own_day_and_not_before(engine, closed):
    no, _, day = closed
    assert day == date(2026 + 1 + 30, 1, 1)
    assert list(disposal_store.planned(day)) == [(no, day)]
    assert list(disposal_store.planned(day - timedelta(days=1))) == []
    engine.clock.move_to(day.year - 1, 12, 31, 23, 0)
    assert disposal.run().disposed == []
    assert service.person_of(no)["name"] == person()["name"]


def test_what_is_due_goes_whole_and_what_was_done_stays(engine, closed):
    no, keys, _ = closed
    before = [each.event.to_dict() for each in store.read_log(no)]
    parts = disposal_store.sealed_parts(no)
    assert parts and keys and versions_of()
    report = workers.dispose_cases({}, None)
    assert report["disposed"] == [no]
    assert versions_of() == []
    assert disposal_store.sealed_parts(no) == {}
    log = store.read_log(no)
    assert [each.event.to_dict() for each in log[:-1]] == before
    assert replay(log).to_state() == store.read_head(no).case.to_state()
    assert store.read_head(no).case.disposed
    assert "applicant" not in store.read_head(no).row
    everything = json.dumps(
        [str(item.to_simple_dict()) for item in store.CaseItem.scan()], ensure_ascii=False
    )
    for secret in (person()["name"], person()["id_number"], person()["phone"]):
        assert secret not in everything
    assert log[-1].event.data["digest"] == disposal.digest_of(parts, keys)


def test_the_record_says_what_why_when_and_by_whom_and_the_chains_still_hold(engine, closed):
    no, keys, day = closed
    disposal.run()
    (record,) = disposal_store.records(day.year)
    assert (record["case_no"], record["basis"], record["documents"], record["by"]) == (
        no,
        "保管期限30年届满",
        len(keys),
        "system",
    )
    assert len(record["digest"]) == 64
    assert record["at"].startswith(day.isoformat())
    (line, *_), _ = readlog.of_holder(principal_of(CITIZEN).holder, 5, None)
    assert (line.act, line.case_no) == ("case.dispose", no)
    readlog.make_checkpoint(engine.clock.now())
    verified = auditing.verify_log()
    assert (verified.findings, verified.lines > 0, verified.checkpoints) == ([], True, 1)


def test_the_person_and_staff_are_told_that_it_is_gone(engine, closed):
    no, *_ = closed
    disposal.run()
    shown = engine.client(CITIZEN).get(f"/v1/cases/{no}")
    assert (shown.status, shown.json["applicant"]["name"]) == (200, "(已销毁)")
    assert engine.client(CITIZEN).get(f"/v1/cases/{no}/dossier").status == 410
    material = f"/v1/cases/{no}/materials/{'0' * 64}"
    for account in (CITIZEN, STATION):
        assert engine.client(account).get(material).status == 410
    assert engine.client("citizen.li").get(material).status == 403
    with pytest.raises(Gone):
        archive.dossier_of(store.read_head(no).case, engine.clock.now())
    titles = [
        row["title"] for row in engine.client(CITIZEN).get(f"/v1/cases/{no}/events").json["items"]
    ]
    assert titles[-1] == "按保管期限销毁"
    body = {"case_no": no, "field": "phone", "value": "13811112222", "reason": "换号"}
    assert engine.client(CITIZEN).post("/v1/me/corrections", body).status == 410


@pytest.mark.parametrize("dies_at", ["destroy", "append", "commit"])
def test_a_run_that_dies_in_the_middle_is_finished_by_the_next(
    engine, closed, monkeypatch, dies_at
):
    no, keys, _ = closed
    owner = {"destroy": documents, "append": readlog, "commit": store.Append}[dies_at]
    whole, calls = getattr(owner, dies_at), []

    def dies(*args, **kwargs):
        calls.append(1)
        if len(calls) == 1:
            if dies_at == "destroy":
                whole(*args, **kwargs)
            raise RuntimeError("the function was stopped")
        return whole(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(owner, dies_at, dies)
        with pytest.raises(RuntimeError):
            workers.dispose_cases({}, None)
    assert not store.read_head(no).case.disposed
    assert disposal_store.sealed_parts(no)
    assert disposal.run().disposed == [no]
    assert (versions_of(), disposal_store.sealed_parts(no)) == ([], {})
    (record,) = disposal_store.records(engine.clock.now().year)
    assert record["documents"] == len(keys)
    assert disposal.run().disposed == []
    assert len(list(disposal_store.records(engine.clock.now().year))) == 1


def test_planning_twice_plans_once(engine, closed):
    no, _, day = closed
    plan_now()
    assert list(disposal_store.planned(day)) == [(no, day)]
    disposal.run()
    assert plan_now() == 0
    assert list(disposal_store.planned(day)) == []


def test_an_open_case_and_a_permanent_one_have_no_day(engine, monkeypatch):
    monkeypatch.setattr(disposal, "SETTLE", timedelta(seconds=-1))
    no = taken_in(engine)
    assert plan_now() == 0
    withdrawn(engine, no)
    monkeypatch.setattr(disposal, "_period", lambda case: "永久")
    assert plan_now() == 0


def test_a_case_that_was_objected_to_later_is_kept_as_long_after_the_objection(engine, monkeypatch):
    monkeypatch.setattr(disposal, "SETTLE", timedelta(seconds=-1))
    no = taken_in(engine)
    withdrawn(engine, no)
    closed = engine.clock.now()
    engine.clock.move_to(closed.year + 1, 3, 2, 10, 0)
    objected = engine.client(CITIZEN).post(f"/v1/cases/{no}/objection", {"text": "不同意"})
    assert objected.status == 200, objected.text
    plan_now()
    day = disposal.day_of(store.read_head(no).case)
    engine.clock.move_to(day.year, day.month, day.day, 3, 0)
    assert disposal.run().held == {no: "自提出异议起保管期限未满"}
    assert service.person_of(no)["name"] == person()["name"]
    engine.clock.move_to(day.year + 1, 1, 1, 3, 0)
    assert disposal.run().held == {}


def test_a_document_that_another_case_of_the_person_needs_stays(engine, monkeypatch):
    monkeypatch.setattr(disposal, "SETTLE", timedelta(seconds=-1))
    first = taken_in(engine, "one")
    second = taken_in(engine, "two")
    same = put_material(first)
    assert same == put_material(second)
    withdrawn(engine, first)
    plan_now()
    day = disposal.day_of(store.read_head(first).case)
    engine.clock.move_to(day.year, day.month, day.day, 3, 0)
    assert disposal.run().disposed == [first]
    assert set(versions_of()) == set(same)
    withdrawn(engine, second)
    plan_now()
    day = disposal.day_of(store.read_head(second).case)
    engine.clock.move_to(day.year, day.month, day.day, 3, 0)
    assert disposal.run().disposed == [second]
    assert versions_of() == []


def test_only_kept_documents_can_be_destroyed(engine):
    for key in ("uploads/x", "", "documents/", "/documents/x"):
        with pytest.raises(ValueError, match="only kept"):
            documents.destroy(key)


def test_no_person_may_dispose(engine):
    for account in ("office", "supervisor", "ga.chief"):
        with pytest.raises(Forbidden):
            disposal.run(principal_of(account))


def test_the_command_line_lists_runs_and_reports(engine, closed):
    no, _, day = closed

    def said(*arguments: str) -> str:
        answer = CliRunner().invoke(cli, ["retention", *arguments], env={"COLUMNS": "200"})
        assert answer.exit_code == 0, answer.output
        return answer.output

    assert no in said("due")
    assert "没有到期" in said("due", "--until", "2030-01-01")
    assert "销毁 1 件" in said("run")
    assert no in said("report", str(day.year))
    assert "没有到期" in said("due")
