"""Charging and changing on the deployed template: over HTTP, through the streams, to the alarm."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from local.deployment import Deployment
from tests.infra.people import Person, applicant, eventually, item_named, materials_for

STATION, CITIZEN = "station.yingchun", "citizen.li"
FEE = "证件工本费"


@pytest.fixture
def clerk(deployment: Deployment) -> Person:
    return Person(deployment, STATION)


def ready_to_sign(deployment: Deployment, clerk: Person) -> str:
    """A 居民身份证补领 with everything done but the signature and the payment."""
    code = item_named("居民身份证补领")["task_code"]
    guide = clerk.get(f"/v1/items/{code}").json()
    body = {
        "item_code": code,
        "on_behalf_of": applicant(CITIZEN),
        "materials": materials_for(clerk, guide),
    }
    no: str = clerk.post("/v1/cases", body).raise_for_status().json()["case_no"]
    acts: list[tuple[str, str, dict[str, Any]]] = [
        ("ga.acceptor", "acceptance", {}),
        ("ga.reviewer", "review", {"opinion": "材料齐全", "recommendation": "grant"}),
    ]
    for account, act, said in acts:
        Person(deployment, account).post(f"/v1/cases/{no}/{act}", said).raise_for_status()
    return no


def test_a_case_pays_at_the_fee_systems_counter_and_only_then_is_granted(
    deployment: Deployment, clerk: Person
) -> None:
    no = ready_to_sign(deployment, clerk)
    chief = Person(deployment, "ga.chief")
    early = chief.post(f"/v1/cases/{no}/sign-off", {"decision": "grant"})
    assert (early.status_code, early.json()["type"]) == (409, "urn:yichuang:problem:unpaid")
    order = clerk.post("/v1/payment-orders", {"case_no": no, "charges": [{"name": FEE}]})
    page = f"{deployment.base_url}{order.raise_for_status().json()['page']}"
    assert "40.00元" in httpx.get(page, trust_env=False).text
    paid = httpx.post(page, data={"action": "pay"}, timeout=60, trust_env=False)
    assert "缴费成功" in paid.text
    citizen = Person(deployment, CITIZEN)
    (seen,) = citizen.get("/v1/payment-orders", case_no=no).json()["items"]
    assert (seen["stage"], seen["receipt_no"][:2]) == ("paid", "PJ")
    chief.post(f"/v1/cases/{no}/sign-off", {"decision": "grant"}).raise_for_status()
    day = seen["paid_at"][:10]
    address = f"{deployment.base_url}/local/fees/statements/{day}"
    statement = httpx.get(address, trust_env=False).json()
    treasury = Person(deployment, "cz.owner")
    assert treasury.post("/v1/payment-statements", statement).json()["agrees"]
    back = treasury.post(
        f"/v1/payment-orders/{seen['id']}/refund", {"amount_fen": 4000, "reason": "重复缴费"}
    )
    assert back.raise_for_status().json()["refunds"]
    supervisor = Person(deployment, "supervisor")
    eventually(
        lambda: [
            alarm
            for alarm in supervisor.all("/v1/alarms", limit=100)
            if alarm["rule"] == "F03" and alarm["case_no"] == no
        ]
    )


def test_a_change_is_reviewed_approved_and_read_by_everybody(deployment: Deployment) -> None:
    editor, office = Person(deployment, "mz.editor"), Person(deployment, "office")
    code = item_named("最低生活保障对象认定、保障金给付")["task_code"]
    item = editor.get(f"/v1/items/{code}/document").json()
    item["promise_limit"]["value"] -= 1
    change = editor.post(
        "/v1/item-changes",
        {
            "action": "amend",
            "item_code": code,
            "item": item,
            "reason": "压缩时限",
            "legal_basis": "社会救助暂行办法",
        },
    )
    made = change.raise_for_status().json()
    edition = editor.get("/v1/catalogue").json()["edition"]
    for review in made["reviews"]:
        owner = Person(deployment, f"{review['owner']}.owner")
        owner.post(f"/v1/item-changes/{made['id']}/review", {"decision": "approve"})
    done = office.post(f"/v1/item-changes/{made['id']}/publication", {"decision": "approve"})
    assert done.raise_for_status().json()["stage"] == "in_force"
    # Each process keeps what it reads of the catalogue for a minute.
    eventually(lambda: editor.get("/v1/catalogue").json()["edition"] > edition, seconds=100)
    version = item["task_version"] + 1
    eventually(lambda: editor.get(f"/v1/items/{code}").json()["version"] == version, seconds=100)
