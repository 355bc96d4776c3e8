"""Generated requests against every operation, as each role: no 5xx, and nothing undocumented.

Schemathesis makes the requests from the OpenAPI document, sound ones and broken ones; they go to the
real app on moto. Identifiers in paths are now and then real ones, so that more than 404 is seen.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter
from typing import Any
from urllib.parse import quote

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from jsonschema import Draft202012Validator
from schemathesis.generation import GenerationMode

from chalicelib.http import openapi
from tests.support import hall
from tests.support.api import Answer, ApiClient
from tests.support.applications import CITIZEN, STATION, application, item_named
from tests.support.engine import Engine, principal_of

ACCOUNTS = (
    None,
    CITIZEN,
    STATION,
    "window.centre",
    "ga.acceptor",
    "ga.reviewer",
    "ga.chief",
    "supervisor",
    "office",
    "ga.editor",
    "fz.owner",
    "ga.system",
)
EXAMPLES = {GenerationMode.POSITIVE: 2, GenerationMode.NEGATIVE: 1}


@pytest.fixture
def known(engine: Engine) -> dict[str, list[str]]:
    """Identifiers that exist, by the name of their path parameter."""
    item = item_named("居住证申领")
    numbers = []
    for account in (STATION, CITIZEN):
        answer = engine.client(account).post("/v1/cases", application(item, account))
        assert answer.status == 201, answer.text
        numbers.append(answer.json["case_no"])
    return {
        "no": numbers,
        "item_code": [item.code],
        "point": ["centre", "yingchun"],
        "organisation": ["ga", "wj"],
        "queue": ["acceptance", "delivery"],
        "year": ["2026", "2027"],
        **known_in_the_hall(engine),
    }


def known_in_the_hall(engine: Engine) -> dict[str, list[str]]:
    slot = {"point": "centre", "day": "2026-03-03", "start": "09:00"}
    booked = hall.done(hall.post(engine, CITIZEN, "/v1/appointments", slot))
    visit = hall.done(hall.post(engine, CITIZEN, "/v1/visits", {"point": "centre"}))
    asked = hall.done(hall.post(engine, CITIZEN, "/v1/consultations", {"text": "要带什么?"}))
    return {
        "mandate_id": [hall.given(engine)],
        "booking_id": [booked["id"]],
        "visit_id": [visit["id"]],
        "consultation_id": [asked["id"]],
    }


@pytest.mark.parametrize("part", [0, 1])
def test_no_role_meets_a_fault_or_an_answer_that_is_not_documented(engine, known, part):
    """In two parts of every second operation, so that two workers share it."""
    document = openapi.openapi(engine.app)
    operations = [
        each.ok() for each in schemathesis.openapi.from_dict(document).get_all_operations()
    ][part::2]
    tried: Counter[int] = Counter()
    wrong: list[str] = []
    for operation in operations:
        documented = Documented(document, operation.path, operation.method)
        for mode, times in EXAMPLES.items():
            cases = generated(operation, mode, times * len(ACCOUNTS))
            for turn in range(times * len(ACCOUNTS) if cases else 0):
                account = ACCOUNTS[turn % len(ACCOUNTS)]
                case, real = cases[turn % len(cases)], turn % 3 != 0
                client = ApiClient(engine.app, principal_of(account) if account else None)
                answer = send(client, case, known if real else {}, turn)
                if answer is None:
                    continue
                tried[answer.status] += 1
                fault = documented.fault(answer)
                if fault:
                    wrong.append(f"{case.method} {case.path} as {account}: {fault}")
    print(f"{tried.total()} generated requests, {len(operations)} operations: {dict(tried)}")
    assert not wrong, f"{len(wrong)}\n" + "\n".join(dict.fromkeys(wrong))
    assert tried.total() > len(operations) * len(ACCOUNTS) * 2


def generated(operation: Any, mode: GenerationMode, count: int) -> list[Any]:
    """Requests that follow the document, or that break it; none where nothing can be broken."""
    cases: list[Any] = []

    @settings(
        max_examples=count,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def collect(case: Any) -> None:
        cases.append(case)

    with contextlib.suppress(Unsatisfiable):
        collect()
    return cases


def send(client: ApiClient, case: Any, known: dict[str, list[str]], which: int) -> Answer | None:
    """The generated request as the gateway would pass it on; None for what cannot be sent."""
    path = case.path
    for name, value in (case.path_parameters or {}).items():
        choices = known.get(name)
        chosen = choices[which % len(choices)] if choices else str(value)
        encoded = quote(chosen, safe="", errors="replace")
        if not encoded or encoded in (".", ".."):
            return None
        path = path.replace(f"{{{name}}}", encoded)
    query = {
        str(name): [_text(each) for each in value] if isinstance(value, list) else _text(value)
        for name, value in (case.query or {}).items()
    }
    headers = {
        name: str(value)
        for name, value in (case.headers or {}).items()
        if name.lower() != "authorization"
    }
    body = case.body
    if not isinstance(body, bytes | str | int | float | bool | list | dict | type(None)):
        body = None
    return client.request(case.method.upper(), path, body=body, query=query, headers=headers)


def _text(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


class Documented:
    """What the document says of one operation's answers."""

    def __init__(self, document: dict[str, Any], path: str, method: str) -> None:
        self.document = document
        self.responses = document["paths"][path][method.lower()]["responses"]

    def fault(self, answer: Answer) -> str | None:
        """What is wrong with the answer, or None."""
        if answer.status >= 500:
            return f"{answer.status} {answer.text}"
        stated = self.responses.get(str(answer.status))
        if stated is None:
            return f"{answer.status} is not documented: {answer.text}"
        if "$ref" in stated:
            stated = self.document["components"]["responses"][stated["$ref"].rpartition("/")[2]]
        content = stated.get("content", {})
        kind = str(answer.headers.get("Content-Type", ""))
        if content and not {kind, kind.partition(";")[0], "*/*"} & set(content):
            return f"{answer.status} came as {kind or 'nothing'}"
        schema = content.get(kind, {}).get("schema")
        if schema is None:
            return None
        whole = {**schema, "components": self.document["components"]}
        errors = list(Draft202012Validator(whole).iter_errors(answer.json))
        return f"{answer.status} {errors[0].message[:200]}" if errors else None
