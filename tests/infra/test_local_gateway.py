"""The one address: what is a file, what is passed on, and what is refused."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import jwt
import pytest

from chalicelib.catalogue.charging import Callback
from chalicelib.catalogue.signatures import sign
from chalicelib.catalogue.stand_in import page_of
from chalicelib.core.time import SHANGHAI, to_text
from local.fees import FeeCounter
from local.gateway import Gateway, Upstream
from local.issuer import Account, Issuer

UPSTREAM = Upstream("http://emulator.invalid", "abc123", "api", "documents-bucket")
KEY = b"k" * 32
LONG = "一窗受理" * 1000
NOW = datetime(2026, 3, 2, 10, 0, tzinfo=SHANGHAI)
PEOPLE = [Account("clerk", "王示例", ("window_clerk",), "ga", "centre")]


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    root = tmp_path / "dist"
    for name, content in {
        "index.html": "citizen",
        "staff/index.html": "staff",
        "wall/index.html": "wall",
        "assets/citizen-1a2b.js": "code",
        "favicon.svg": "<svg/>",
        "assets/long-1a2b.js": LONG,
    }.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)
    (tmp_path / "secret.txt").write_text("not a page")
    return root


@pytest.fixture
def forwarded() -> list[httpx.Request]:
    """What arrived behind the gateway."""
    return []


@pytest.fixture
def gateway(tmp_path: Path, pages: Path, forwarded: list[httpx.Request]) -> Iterator[Gateway]:
    issuer = Issuer.open(tmp_path, "http://127.0.0.1/local", "yichuang", PEOPLE)
    counter = FeeCounter(lambda: KEY, lambda: NOW, tmp_path / "fees.jsonl")
    gateway = Gateway(UPSTREAM, issuer, pages, counter)

    async def answer(request: httpx.Request) -> httpx.Response:
        await request.aread()
        forwarded.append(request)
        headers = [("Content-Type", "text/plain"), ("Connection", "close"), ("ETag", '"7"')]
        if request.url.path.endswith("/long"):
            kind = {"Content-Type": "application/json; charset=utf-8"}
            return httpx.Response(200, headers=kind, content=_chunks(b'"', LONG.encode(), b'"'))
        if request.url.path.endswith("/payment-callbacks"):
            return httpx.Response(200, json={"stage": "paid"})
        return httpx.Response(207, headers=headers, content=_chunks(b"from ", b"behind"))

    gateway._client = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    yield gateway
    asyncio.run(gateway.close())


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def ask(gateway: Gateway, method: str, path: str, **options: Any) -> httpx.Response:
    async def once() -> httpx.Response:
        transport = httpx.ASGITransport(app=gateway)  # type: ignore[arg-type]
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await client.request(method, path, **options)

    return asyncio.run(once())


@pytest.mark.parametrize(
    ("path", "content"),
    [
        ("/", "citizen"),
        ("/items/123", "citizen"),
        ("/staff", "staff"),
        ("/staff/queues/review", "staff"),
        ("/wall", "wall"),
        ("/favicon.svg", "<svg/>"),
    ],
)
def test_a_page_application_answers_for_all_its_addresses(
    gateway: Gateway, path: str, content: str
) -> None:
    assert ask(gateway, "GET", path).text == content


def test_only_files_with_a_hash_in_their_name_are_kept_by_browsers(gateway: Gateway) -> None:
    assert "immutable" in ask(gateway, "GET", "/assets/citizen-1a2b.js").headers["cache-control"]
    assert ask(gateway, "GET", "/staff").headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("path", ["/assets/gone.js", "/../secret.txt", "/%2e%2e/secret.txt"])
def test_what_is_no_page_is_not_found(gateway: Gateway, path: str) -> None:
    answer = ask(gateway, "GET", path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/staff", "/assets/citizen-1a2b.js"])
def test_pages_run_nothing_but_what_comes_from_here(gateway: Gateway, path: str) -> None:
    policy = ask(gateway, "GET", path).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize("path", ["/assets/long-1a2b.js", "/v1/long"])
def test_long_texts_travel_compressed_to_whoever_can_unpack_them(
    gateway: Gateway, path: str
) -> None:
    packed = ask(gateway, "GET", path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(LONG) / 10
    plain = ask(gateway, "GET", path, headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert LONG in plain.text


def test_a_head_request_has_the_length_and_no_body(gateway: Gateway) -> None:
    answer = ask(gateway, "HEAD", "/")
    assert answer.headers["content-length"] == str(len("citizen"))
    assert not answer.content


def test_pages_are_only_read(gateway: Gateway) -> None:
    assert ask(gateway, "POST", "/staff", json={}).status_code == 405


def test_the_api_is_reached_with_path_query_headers_and_body_as_they_came(
    gateway: Gateway, forwarded: list[httpx.Request]
) -> None:
    answer = ask(
        gateway,
        "POST",
        "/v1/items/a%2Fb?q=%E5%B1%85&q=2",
        headers={"Authorization": "Bearer t", "Idempotency-Key": "k"},
        content=b'{"a": 1}',
    )
    (request,) = forwarded
    assert request.url.raw_path == (
        b"/restapis/abc123/api/_user_request_/v1/items/a%2Fb?q=%E5%B1%85&q=2"
    )
    assert request.method == "POST"
    assert request.headers["authorization"] == "Bearer t"
    assert request.headers["idempotency-key"] == "k"
    assert request.content == b'{"a": 1}'
    assert (answer.status_code, answer.text, answer.headers["etag"]) == (207, "from behind", '"7"')
    assert "connection" not in answer.headers


def test_a_document_goes_to_its_bucket(gateway: Gateway, forwarded: list[httpx.Request]) -> None:
    ask(gateway, "PUT", "/documents-bucket/uploads/1?X-Amz-Signature=s", content=b"%PDF")
    (request,) = forwarded
    assert request.url.raw_path == b"/documents-bucket/uploads/1?X-Amz-Signature=s"
    assert request.content == b"%PDF"


def test_another_bucket_is_no_business_of_the_gateway(
    gateway: Gateway, forwarded: list[httpx.Request]
) -> None:
    ask(gateway, "GET", "/cdk-assets/code.zip")
    assert not forwarded


def test_a_question_without_a_body_is_passed_on_without_one(
    gateway: Gateway, forwarded: list[httpx.Request]
) -> None:
    ask(gateway, "GET", "/v1/health")
    (request,) = forwarded
    assert "transfer-encoding" not in request.headers
    assert "content-length" not in request.headers


def test_an_emulator_that_is_away_is_a_problem_and_no_crash(gateway: Gateway) -> None:
    def away(_request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    gateway._client = httpx.AsyncClient(transport=httpx.MockTransport(away))
    answer = ask(gateway, "GET", "/v1/health")
    assert answer.status_code == 503
    assert answer.json()["status"] == 503


def test_the_demo_accounts_are_listed(gateway: Gateway) -> None:
    (account,) = ask(gateway, "GET", "/local/accounts").json()
    assert account == {
        "account": "clerk",
        "name": "王示例",
        "roles": ["window_clerk"],
        "organisation": "ga",
        "point": "centre",
    }


def test_a_token_is_signed_by_the_key_that_is_published(gateway: Gateway) -> None:
    token = ask(gateway, "POST", "/local/tokens", json={"account": "clerk"}).json()["access_token"]
    (key,) = ask(gateway, "GET", "/local/jwks.json").json()["keys"]
    claims = jwt.decode(token, jwt.PyJWK(key), algorithms=["ES256"], audience="yichuang")
    assert claims["sub"] == "clerk"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (json.dumps({"account": "nobody"}), 404),
        (json.dumps({}), 400),
        (json.dumps(["clerk"]), 400),
        (json.dumps({"account": ["clerk"]}), 400),
        ("{", 400),
        (" " * 5000, 413),
    ],
)
def test_a_wrong_request_for_a_token_is_refused(gateway: Gateway, body: str, status: int) -> None:
    answer = ask(gateway, "POST", "/local/tokens", content=body)
    assert answer.status_code == status
    assert answer.json()["status"] == status


def test_there_is_nothing_else_under_local(gateway: Gateway) -> None:
    assert ask(gateway, "GET", "/local/keys").status_code == 404


ORDER = "JF20260302ABCDEF1234"
FEE_PAGE = page_of(ORDER, 4000, "居民身份证补领")


def test_the_fee_page_shows_the_sum_and_paying_calls_back_under_the_shared_key(
    gateway: Gateway, forwarded: list[httpx.Request]
) -> None:
    shown = ask(gateway, "GET", FEE_PAGE)
    assert "40.00元" in shown.text
    assert "居民身份证补领" in shown.text
    assert forwarded == []
    paid = ask(gateway, "POST", f"{FEE_PAGE}&back=/cases/1", data={"action": "pay"})
    assert 'href="/cases/1"' in paid.text
    (told,) = forwarded
    said = json.loads(told.content)
    assert told.url.path.endswith("/v1/payment-callbacks")
    true = Callback(ORDER, "paid", 4000, f"LS{ORDER}", NOW)
    assert (said["at"], said["signature"]) == (to_text(NOW), sign(true, KEY))


def test_not_paying_tells_nobody(gateway: Gateway, forwarded: list[httpx.Request]) -> None:
    left = ask(gateway, "POST", FEE_PAGE, data={"action": "refuse"})
    assert "没有缴费" in left.text
    assert ask(gateway, "POST", FEE_PAGE).status_code == 400
    assert forwarded == []


def test_the_statement_of_a_day_has_each_payment_once(gateway: Gateway) -> None:
    for _ in range(2):
        ask(gateway, "POST", FEE_PAGE, data={"action": "pay"})
    line = {"order_id": ORDER, "transaction": f"LS{ORDER}", "amount_fen": 4000}
    day = ask(gateway, "GET", "/local/fees/statements/2026-03-02").json()
    assert day == {"day": "2026-03-02", "payments": [line]}
    assert ask(gateway, "GET", "/local/fees/statements/2026-03-03").json()["payments"] == []


@pytest.mark.parametrize(
    "path",
    ["/local/fees/JF1", f"/local/fees/{ORDER}", f"/local/fees/{ORDER}?amount_fen=-1"],
)
def test_a_page_without_an_order_or_a_sum_is_not_there(gateway: Gateway, path: str) -> None:
    assert ask(gateway, "GET", path).status_code == 404


@pytest.mark.parametrize("back", ["https://elsewhere.example", "//elsewhere.example", "/%5Celse"])
def test_the_way_back_leads_nowhere_else(gateway: Gateway, back: str) -> None:
    paid = ask(gateway, "POST", f"{FEE_PAGE}&back={back}", data={"action": "pay"})
    assert 'href="/"' in paid.text
