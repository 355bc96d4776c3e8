"""Certificates and inquiries on the deployed template: import, reading in a case, proof, an answer."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from chalicelib.aws.signing import PublicKey
from chalicelib.certificates.verify import verify_file
from chalicelib.core.identifiers import certificate_identifier
from local.demo import DATA
from local.deployment import Deployment
from tests.infra.people import Person, applicant, eventually, item_named, materials_for

CATALOGUE = json.loads((DATA / "demo_catalogue.json").read_text("utf-8"))


def body_named(key: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in CATALOGUE["bodies"] if each["key"] == key)
    return found


def rows(count: int) -> list[dict[str, str]]:
    """Household registers of citizen.zhang's, as the police would hand them in."""
    person = applicant("citizen.zhang")
    kind = next(each for each in CATALOGUE["certificate_types"] if each["key"] == "id_card")
    return [
        {
            "ZZLXDM": kind["type_code"],
            "ZZBH": f"D{number:05d}",
            "ZZBFJG": body_named("ga")["name"],
            "ZZBFJGDM": body_named("ga")["uscc"],
            "ZZBFRQ": "2020-05-06",
            "ZZYXQQSRQ": "2020-05-06",
            "CZZT": person["name"],
            "CZZTDM": person["id_number"],
            "CZZTDMLXDM": "111",
        }
        for number in range(count)
    ]


def imported(system: Person, content: bytes) -> dict[str, Any]:
    """A file through the front door: slot, upload, start, end."""
    asked = {"format": "jsonl", "size": len(content)}
    made = system.post("/v1/certificate-imports", asked).raise_for_status().json()
    upload = made["upload"]
    put = httpx.put(upload["url"], content=content, headers=upload["headers"], trust_env=False)
    put.raise_for_status()
    where = f"/v1/certificate-imports/{made['id']}"
    system.post(f"{where}/start", {}).raise_for_status()

    def ended() -> dict[str, Any] | None:
        shown: dict[str, Any] = system.get(where).raise_for_status().json()
        return shown if shown["state"] in ("done", "failed") else None

    return eventually(ended, 60)


@pytest.fixture(scope="module")
def held(deployment: Deployment) -> str:
    """The identifier of an imported identity card of citizen.zhang's."""
    content = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows(3))
    done = imported(Person(deployment, "ga.system"), content + b"{broken\n")
    assert done["state"] == "done", done
    assert (done["rows"], done["stored"] + done["unchanged"], done["rejected"]) == (4, 3, 1)
    rejects = httpx.get(done["rejects_url"], trust_env=False).raise_for_status()
    assert json.loads(rejects.text)["line"] == 4
    row = rows(1)[0]
    return certificate_identifier(row["ZZLXDM"], row["ZZBFJGDM"], row["ZZBH"])


@pytest.fixture(scope="module")
def case_no(deployment: Deployment) -> str:
    """A residence permit that a station took in for citizen.zhang."""
    clerk = Person(deployment, "station.yingchun")
    item = clerk.get(f"/v1/items/{item_named('居住证申领')['task_code']}").raise_for_status().json()
    receipt = clerk.post(
        "/v1/cases",
        {
            "item_code": item["code"],
            "on_behalf_of": applicant("citizen.zhang"),
            "materials": materials_for(clerk, item),
        },
    )
    number: str = receipt.raise_for_status().json()["case_no"]
    return number


def test_the_same_file_again_changes_nothing(deployment: Deployment, held: str) -> None:
    content = b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows(3))
    done = imported(Person(deployment, "ga.system"), content)
    assert (done["stored"], done["unchanged"], done["rejected"]) == (0, 3, 0)


def test_the_deciding_body_reads_in_its_case_and_the_holder_sees_it(
    deployment: Deployment, held: str, case_no: str
) -> None:
    why = {"purpose": "核对申请人身份", "case_no": case_no}
    reviewer = Person(deployment, "ga.reviewer")
    file = reviewer.get(f"/v1/certificates/{quote(held)}", **why).raise_for_status().json()
    assert file["claims"]["CZZTDM"]["value"] == applicant("citizen.zhang")["id_number"]
    published = httpx.get(
        f"{deployment.base_url}/v1/certificates/keys", trust_env=False
    ).raise_for_status()
    keys = [PublicKey.from_jwk(jwk) for jwk in published.json()["keys"]]
    assert verify_file(file, keys).genuine

    stranger = Person(deployment, "wj.reviewer").get(f"/v1/certificates/{quote(held)}", **why)
    assert stranger.status_code == 403

    reads = Person(deployment, "citizen.zhang").all("/v1/me/certificate-reads")
    lines = [line for line in reads if line["case_no"] == case_no]
    assert [line["outcome"] for line in lines] == ["refused", "given"]


def test_what_is_held_is_offered_attached_and_not_asked_for_again(
    deployment: Deployment, held: str, case_no: str
) -> None:
    citizen = Person(deployment, "citizen.zhang")
    item = (
        citizen.get(f"/v1/items/{item_named('居住证申领')['task_code']}").raise_for_status().json()
    )
    found = citizen.get(f"/v1/me/prefill/{item['code']}").raise_for_status().json()["items"]
    offer = next(each for each in found if each["name"] == "居民身份证")
    assert (offer["grade"], offer["issuer_name"]) == ("B", body_named("ga")["name"])

    clerk = Person(deployment, "station.yingchun")
    asked = {"item_code": item["code"], "on_behalf_of": applicant("citizen.zhang")}
    offered = clerk.post("/v1/prefill", asked).raise_for_status().json()["items"]
    assert offer["certificate"] in [each["certificate"] for each in offered]
    taken = {each["material_id"] for each in offered}
    materials = [
        *({"material_id": e["material_id"], "certificate": e["certificate"]} for e in offered),
        *(m for m in materials_for(clerk, item) if m["material_id"] not in taken),
    ]
    receipt = clerk.post("/v1/cases", {**asked, "materials": materials}).raise_for_status().json()
    assert offer["certificate"] in [each["certificate"] for each in receipt["documents"]]

    again = Person(deployment, "ga.acceptor").post(
        f"/v1/cases/{case_no}/correction-notice",
        {"missing": [{"material_id": offer["material_id"], "text": "请补交身份证"}]},
    )
    assert again.status_code == 409, again.text
    assert again.json()["errors"][0]["pointer"] == "/missing/0/material_id"
    supervisor = Person(deployment, "supervisor")

    def heard() -> bool:
        alarms = supervisor.all("/v1/alarms", organisation="ga", limit=100)
        return any(each["rule"] == "I04" for each in alarms)

    eventually(heard, 60)


def test_a_departments_system_hears_of_its_events_and_of_them_again_from_the_archive(
    deployment: Deployment, case_no: str
) -> None:
    system = Person(deployment, "ga.system")
    asked = {"types": ["inquiry.*"], "url": "https://systems.example/events"}
    made = system.post("/v1/subscriptions", asked).raise_for_status().json()
    assert made["secret"].startswith("whsec_")
    elsewhere = system.post("/v1/subscriptions", asked | {"url": "https://elsewhere.test/"})
    assert (elsewhere.status_code, elsewhere.json()["errors"][0]["pointer"]) == (422, "/url")
    where = f"/v1/subscriptions/{made['id']}"

    def under_way() -> list[dict[str, Any]]:
        return system.all(f"{where}/deliveries", state="pending")

    begun = datetime.now(UTC)
    question = {"asked": "rs", "case_no": case_no, "topic": "是否参保", "text": "请核对参保情况"}
    asker = Person(deployment, "ga.reviewer")

    def delivered() -> list[dict[str, Any]]:
        # A process that was up before asks for its subscriptions once a minute.
        asker.post("/v1/inquiries", question).raise_for_status()
        time.sleep(2)
        return under_way()

    # The name is an example's and answers nobody, so the delivery waits for its next attempt.
    first = eventually(delivered, 100)[0]
    assert (first["type"], first["attempts"]) == ("inquiry.opened", 1)
    assert first["reason"]

    span = {"since": begun.isoformat(), "until": datetime.now(UTC).isoformat()}
    replay = system.post(f"{where}/replay", span)
    assert replay.status_code == 202, replay.text
    name = replay.json()["replay"]
    eventually(lambda: any(name in each["key"] for each in under_way()), 60)


def test_a_code_shows_once(deployment: Deployment, held: str) -> None:
    citizen = Person(deployment, "citizen.zhang")
    made = citizen.post(f"/v1/me/certificates/{quote(held)}/presentations", {"fields": ["CZZT"]})
    body = {"presentation_code": made.raise_for_status().json()["code"]}
    where = f"{deployment.base_url}/v1/certificates/verify"
    shown = httpx.post(where, json=body, trust_env=False).raise_for_status().json()
    assert shown["certificate"]["claims"]["CZZT"]["value"] == applicant("citizen.zhang")["name"]
    assert "value" not in shown["certificate"]["claims"]["CZZTDM"]
    assert httpx.post(where, json=body, trust_env=False).status_code == 410


def test_a_department_asks_another_and_gets_its_answer(
    deployment: Deployment, case_no: str
) -> None:
    asker, asked = Person(deployment, "ga.reviewer"), Person(deployment, "rs.reviewer")
    made = asker.post(
        "/v1/inquiries",
        {"asked": "rs", "case_no": case_no, "topic": "是否在本区就业", "text": "请核对就业情况"},
    )
    inquiry = made.raise_for_status().json()
    assert inquiry["id"] in [each["id"] for each in asked.all("/v1/inquiries")]
    where = f"/v1/inquiries/{inquiry['id']}"
    asked.post(f"{where}/answer", {"text": "在本区就业"}).raise_for_status()
    assert asker.get(where).raise_for_status().json()["answer"] == "在本区就业"

    machines = deployment.client("stepfunctions")
    arn = next(
        machine["stateMachineArn"]
        for machine in machines.list_state_machines()["stateMachines"]
        if "inquiry" in machine["name"]
    )

    def settled() -> bool:
        execution = arn.replace(":stateMachine:", ":execution:") + f":inquiry-{inquiry['id']}"
        try:
            found = machines.describe_execution(executionArn=execution)
        except machines.exceptions.ExecutionDoesNotExist:
            return False
        return bool(found["status"] == "SUCCEEDED")

    eventually(settled)
