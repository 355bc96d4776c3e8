"""A person corrects what a case holds of them: contact data at once, a name by decision, on record."""

from __future__ import annotations

import json

import pytest

from chalicelib.cases import corrections_api, disclosure, service, store
from chalicelib.cases.model import replay
from chalicelib.certificates import readlog
from chalicelib.http.app import compose
from tests.support.api import Answer, ApiClient
from tests.support.applications import CITIZEN, STATION, person
from tests.support.engine import principal_of

NEW_PHONE, NEW_NAME = "13800009999", "张三丰"


@pytest.fixture
def ask(engine, residence_case):
    """Call a path as an account."""
    app = compose("corrections", corrections_api.bp)

    def call(account: str, path: str, body=None, key: str | None = None) -> Answer:
        client = ApiClient(app, principal_of(account))
        if body is None:
            return client.get(path)
        return client.post(path, body, headers={"Idempotency-Key": key} if key else None)

    return call


def wanted(no: str, field: str = "phone", value: str = NEW_PHONE) -> dict[str, str]:
    return {"case_no": no, "field": field, "value": value, "reason": "换号了"}


def log_of(no: str) -> str:
    return json.dumps([each.event.to_dict() for each in store.read_log(no)], ensure_ascii=False)


def test_contact_data_is_corrected_at_once_and_exported_corrected(ask, residence_case):
    no = residence_case
    answer = ask(CITIZEN, "/v1/me/corrections", wanted(no))
    assert (answer.status, answer.json["applied"], answer.json["pending"]) == (200, True, False)
    assert service.person_of(no)["phone"] == NEW_PHONE
    assert service.person_of(no)["name"] == person()["name"]
    (exported,), _ = disclosure.own_data(principal_of(CITIZEN).holder, 10, None)
    assert exported["submitted"]["phone"] == NEW_PHONE
    last = store.read_log(no)[-1].event
    assert (last.type, dict(last.data)) == ("case.data_corrected", {"fields": ["phone"]})
    assert NEW_PHONE not in log_of(no)
    assert replay(store.read_log(no)).to_state() == store.read_head(no).case.to_state()


def test_what_it_was_and_why_stay_with_the_record(ask, residence_case):
    from chalicelib.aws.sealing import unseal

    no, before = residence_case, service.person_of(residence_case)["phone"]
    ask(CITIZEN, "/v1/me/corrections", wanted(no))
    event = store.read_event(no, store.read_head(no).case.version)
    assert unseal(event.sealed, no) == {
        "field": "phone",
        "before": before,
        "after": NEW_PHONE,
        "reason": "换号了",
    }


def test_a_name_waits_for_who_decides_and_changes_the_head_with_it(ask, residence_case):
    no = residence_case
    asked = ask(CITIZEN, "/v1/me/corrections", wanted(no, "name", NEW_NAME))
    assert (asked.json["applied"], asked.json["pending"]) == (False, True)
    assert service.person_of(no)["name"] == person()["name"]
    again = ask(CITIZEN, "/v1/me/corrections", wanted(no, "name", "张四"))
    assert again.status == 409
    shown = ask(STATION, f"/v1/cases/{no}/correction")
    assert (shown.json["value"], shown.json["before"]) == (NEW_NAME, person()["name"])
    (line,), _ = readlog.of_holder(principal_of(CITIZEN).holder, 1, None)
    assert (line.act, line.fields, line.case_no) == ("person.decide_correction", ("name",), no)
    decided = ask(STATION, f"/v1/cases/{no}/correction/decision", {"correct": True})
    assert (decided.status, decided.json["pending"]) == (200, False)
    assert service.person_of(no)["name"] == NEW_NAME
    assert store.read_head(no).row["applicant"] == "张*丰"
    assert replay(store.read_log(no)).to_state() == store.read_head(no).case.to_state()
    assert NEW_NAME not in log_of(no)


def test_a_refusal_gives_its_reason_and_changes_nothing(ask, residence_case):
    no = residence_case
    ask(CITIZEN, "/v1/me/corrections", wanted(no, "name", NEW_NAME))
    path = f"/v1/cases/{no}/correction/decision"
    assert ask("ga.acceptor", path, {"correct": False}).pointers == ["/reason"]
    refused = ask("ga.acceptor", path, {"correct": False, "reason": "与身份证不符"})
    assert (refused.status, refused.json["pending"]) == (200, False)
    assert service.person_of(no)["name"] == person()["name"]
    assert "与身份证不符" in log_of(no)
    assert ask("ga.acceptor", path, {"correct": True}).status == 409
    assert ask(STATION, f"/v1/cases/{no}/correction").status == 409


@pytest.mark.parametrize("account", ["citizen.li", "citizen.wang"])
def test_nobody_corrects_another_person(ask, residence_case, account):
    assert ask(account, "/v1/me/corrections", wanted(residence_case)).status == 403


@pytest.mark.parametrize(
    "account", ["station.shiqiao", "rs.acceptor", "window.police", "supervisor"]
)
def test_nobody_decides_out_of_scope(ask, residence_case, account):
    no = residence_case
    ask(CITIZEN, "/v1/me/corrections", wanted(no, "name", NEW_NAME))
    assert ask(account, f"/v1/cases/{no}/correction").status == 403
    answer = ask(account, f"/v1/cases/{no}/correction/decision", {"correct": True})
    assert answer.status == 403
    assert service.person_of(no)["name"] == person()["name"]


def test_the_same_request_again_corrects_once(ask, residence_case):
    no = residence_case
    first = ask(CITIZEN, "/v1/me/corrections", wanted(no), key="k")
    second = ask(CITIZEN, "/v1/me/corrections", wanted(no), key="k")
    assert first.json == second.json
    assert store.read_head(no).case.version == first.json["version"]
    assert (
        ask(CITIZEN, "/v1/me/corrections", wanted(no, value="13800001111"), key="k").status == 422
    )


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"value": person()["phone"]}, "/value"),
        ({"field": "id_number"}, "/field"),
        ({"reason": ""}, "/reason"),
    ],
)
def test_what_cannot_be_corrected_is_said(ask, residence_case, change, pointer):
    answer = ask(CITIZEN, "/v1/me/corrections", wanted(residence_case) | change)
    assert (answer.status, answer.pointers) == (422, [pointer])
