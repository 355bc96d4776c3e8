"""Departments' systems hear of events: signed, retried, set aside, sent again, replayed."""

from __future__ import annotations

import http.server
import json
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.core.errors import Conflict, Forbidden, InvalidInput, KeyReused, NotFound
from chalicelib.core.principal import DEPARTMENT_SYSTEM, OFFICE
from chalicelib.exchange import deliveries, posting, store, subscribing, subscription_api, workers
from chalicelib.exchange.subscriptions import WAITS, DeliveryState, Subscription, sign
from chalicelib.http.app import compose
from tests.support.api import ApiClient
from tests.support.certificates_room import staff
from tests.support.exchange_room import exchange_room

SYSTEM, OTHER = staff(DEPARTMENT_SYSTEM, "rs"), staff(DEPARTMENT_SYSTEM, "mz")
THE_OFFICE = staff(OFFICE, "office")
URL = "https://hooks.example.gov.cn/in"


@pytest.fixture
def room(monkeypatch):
    monkeypatch.setenv("YICHUANG_WEBHOOK_DOMAINS", "example.gov.cn")
    with exchange_room(monkeypatch) as opened:
        yield opened


class Receiver:
    """The other side: answers `status`, remembers what it got."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.got: list[tuple[str, bytes, dict[str, str]]] = []

    def __call__(self, url: str, body: bytes, headers: dict[str, str]) -> int:
        self.got.append((url, body, dict(headers)))
        if self.status == 0:
            raise ConnectionError("down")
        return self.status


def subscribed(who=SYSTEM, types=("case.*",), key: str = "k") -> tuple[Subscription, str]:
    return subscribing.subscribe(who, types, URL, key=key, fingerprint="/".join(types))


def envelope(number: int = 1, body: str = "rs", kind: str = "case.granted", **more: Any) -> dict:
    return {
        "detail-type": kind,
        "source": "yichuang.cases",
        "detail": {
            "id": f"no#{number}",
            "type": kind,
            "at": f"2026-03-02T09:00:{number:02d}.000+08:00",
            "facts": {"body": body},
        },
        **more,
    }


def states(subscription: Subscription) -> list[DeliveryState]:
    items = store.ExchangeItem.query(deliveries._pk(subscription))
    return [DeliveryState(item.state) for item in items]


def later(monkeypatch, span: timedelta) -> None:
    now = datetime.now(UTC) + span
    monkeypatch.setattr(deliveries, "_real_now", lambda: now)


def test_an_event_is_delivered_signed_so_that_the_receiver_can_tell(room):
    made, secret = subscribed()
    receiver = Receiver()
    assert deliveries.fan_out(envelope(), receiver) == 1
    ((url, body, headers),) = receiver.got
    assert url == URL
    assert json.loads(body)["id"] == "no#1"
    assert headers["webhook-signature"] == sign(
        secret, headers["webhook-id"], int(headers["webhook-timestamp"]), body
    )
    assert headers["webhook-id"].startswith(made.id)
    assert states(made) == [DeliveryState.DONE]


def test_the_same_event_again_is_not_delivered_again(room):
    subscribed()
    receiver = Receiver()
    deliveries.fan_out(envelope(), receiver)
    assert deliveries.fan_out(envelope(), receiver) == 0
    assert len(receiver.got) == 1


def test_a_department_hears_of_its_own_cases_and_the_office_of_all(room):
    subscribed()
    subscribed(THE_OFFICE, ("case.granted",))
    receiver = Receiver()
    assert deliveries.fan_out(envelope(1, "rs"), receiver) == 2
    assert deliveries.fan_out(envelope(2, "mz"), receiver) == 1
    assert deliveries.fan_out(envelope(3, "mz", "case.refused"), receiver) == 0


@pytest.mark.parametrize("status", [0, 301, 404, 500])
def test_a_failure_is_tried_again_when_its_time_comes(room, monkeypatch, status):
    made, _ = subscribed()
    receiver = Receiver(status)
    deliveries.fan_out(envelope(), receiver)
    assert states(made) == [DeliveryState.PENDING]
    assert deliveries.redeliver(post=receiver) == 0  # too early
    receiver.status = 204
    later(monkeypatch, WAITS[0] + timedelta(seconds=1))
    assert deliveries.redeliver(post=receiver) == 1
    assert states(made) == [DeliveryState.DONE]
    first, second = receiver.got
    assert first[2]["webhook-id"] == second[2]["webhook-id"]
    assert deliveries.redeliver(post=receiver) == 0


def test_after_the_last_wait_it_is_a_dead_letter_and_can_be_sent_again(room, monkeypatch):
    made, _ = subscribed()
    receiver, passed = Receiver(500), timedelta()
    deliveries.fan_out(envelope(), receiver)
    for wait in WAITS:
        passed += wait + timedelta(minutes=3)
        later(monkeypatch, passed)
        assert deliveries.redeliver(post=receiver) == 1
    assert states(made) == [DeliveryState.DEAD]
    later(monkeypatch, passed + timedelta(days=2))
    assert deliveries.redeliver(post=receiver) == 0

    (dead,), _ = deliveries.deliveries(made, DeliveryState.DEAD, 10, None)
    assert (dead.attempts, dead.reason) == (len(WAITS) + 1, "HTTP 500")
    receiver.status = 200
    deliveries.send_again(made, dead.key)
    assert deliveries.redeliver(post=receiver) == 1
    assert states(made) == [DeliveryState.DONE]
    with pytest.raises(Conflict):
        deliveries.send_again(made, dead.key)


def test_one_endpoint_that_is_down_holds_nobody_up(room):
    subscribed()
    subscribed(THE_OFFICE, ("*",))
    seen: list[str] = []

    def post(url: str, body: bytes, headers: Any) -> int:
        seen.append(headers["webhook-id"])
        if len(seen) == 1:
            raise TimeoutError
        return 200

    assert deliveries.fan_out(envelope(), post) == 2
    assert len(seen) == 2


def test_an_attempt_under_way_is_not_made_twice(room):
    made, _ = subscribed()

    def post(url: str, body: bytes, headers: Any) -> int:
        assert deliveries.attempt(made, "2026-03-02T09:00:01.000+08:00#no#1", post) is None
        return 200

    assert deliveries.fan_out(envelope(), post) == 1


def test_what_waits_for_a_subscription_that_ended_is_dropped(room, monkeypatch):
    made, _ = subscribed()
    deliveries.fan_out(envelope(), Receiver(500))
    subscribing.unsubscribe(SYSTEM, made.id)
    later(monkeypatch, WAITS[0] + timedelta(seconds=1))
    receiver = Receiver()
    assert deliveries.redeliver(post=receiver) == 0
    assert receiver.got == []
    assert states(made) == []


def test_a_replay_reaches_the_one_who_asked_and_repeats_what_was_delivered(room):
    made, _ = subscribed()
    subscribed(THE_OFFICE, ("*",), key="o")
    receiver = Receiver()
    deliveries.fan_out(envelope(), receiver)
    receiver.got.clear()
    replayed = envelope(**{"replay-name": f"sub-{made.id}-abc"})
    assert deliveries.fan_out(replayed, receiver) == 1
    assert deliveries.fan_out(replayed, receiver) == 0
    assert receiver.got[0][2]["webhook-id"].startswith(made.id)


def test_a_replay_is_asked_of_the_archive_once(room, monkeypatch):
    made, _ = subscribed()
    events = boto3.client("events")
    bus = events.create_event_bus(Name="yichuang")["EventBusArn"]
    archive = events.create_archive(ArchiveName="a", EventSourceArn=bus)["ArchiveArn"]
    monkeypatch.setenv("YICHUANG_ARCHIVE", archive)
    monkeypatch.setenv("YICHUANG_BUS_ARN", bus)
    monkeypatch.setenv("YICHUANG_FAN_OUT_RULE", f"{bus.replace('event-bus', 'rule')}/fan")
    now = datetime.now(UTC)
    span = (now - timedelta(hours=2), now - timedelta(hours=1))
    name = deliveries.replay(made, *span, key="k")
    assert deliveries.replay(made, *span, key="k") == name
    assert [each["ReplayName"] for each in events.list_replays()["Replays"]] == [name]
    assert name.startswith(f"sub-{made.id}-")
    with pytest.raises(Conflict):
        deliveries.replay(made, now, now + timedelta(hours=1), key="k2")
    with pytest.raises(Conflict):
        deliveries.replay(made, span[1], span[0], key="k3")


# --- who may --------------------------------------------------------------------------------------------


def test_a_subscription_belongs_to_its_body(room):
    made, _ = subscribed()
    assert subscribing.subscriptions_of(SYSTEM) == [made]
    assert subscribing.subscriptions_of(OTHER) == []
    with pytest.raises(NotFound):
        subscribing.unsubscribe(OTHER, made.id)
    with pytest.raises(Forbidden):
        subscribing.subscriptions_of(staff())
    with pytest.raises(NotFound):
        subscribing.unsubscribe(SYSTEM, "unknown")


def test_a_busy_store_does_not_deny_that_there_is_a_subscription(room, monkeypatch):
    made, _ = subscribed()
    original = BaseClient._make_api_call

    def busy(self: BaseClient, operation: str, asked: dict[str, Any]) -> Any:
        if operation == "DeleteItem":
            raise ClientError({"Error": {"Code": "ThrottlingException", "Message": ""}}, operation)
        return original(self, operation, asked)

    client = ApiClient(compose("subscriptions", subscription_api.bp), SYSTEM)
    with monkeypatch.context() as throttled:
        throttled.setattr(BaseClient, "_make_api_call", busy)
        assert client.request("DELETE", f"/v1/subscriptions/{made.id}").status == 503
    assert client.request("DELETE", f"/v1/subscriptions/{made.id}").status == 204
    assert client.request("DELETE", f"/v1/subscriptions/{made.id}").status == 404


def test_the_same_request_is_one_subscription_with_one_secret(room):
    assert subscribed() == subscribed()
    assert subscribed()[1] != subscribed(key="other")[1]
    with pytest.raises(KeyReused):
        subscribed(types=("*",))


def test_without_allowed_domains_nothing_leaves(room, monkeypatch):
    monkeypatch.delenv("YICHUANG_WEBHOOK_DOMAINS")
    with pytest.raises(InvalidInput):
        subscribed()


def test_the_table_does_not_hold_the_secret_open(room):
    _, secret = subscribed()
    items = boto3.client("dynamodb").scan(TableName="yichuang-exchange")["Items"]
    assert secret not in repr(items)


def test_over_http_the_secret_is_shown_once_and_dead_letters_are_listed(room, monkeypatch):
    client = ApiClient(compose("subscriptions", subscription_api.bp), SYSTEM)
    made = client.post("/v1/subscriptions", {"types": ["case.*"], "url": URL})
    assert made.status == 201
    assert made.json["secret"].startswith("whsec_")
    (listed,) = client.get("/v1/subscriptions").json["items"]
    assert listed["secret"] is None
    bad = client.post("/v1/subscriptions", {"types": ["case.*", "?"], "url": URL})
    assert bad.pointers == ["/types/1"]
    worse = client.post("/v1/subscriptions", {"types": ["*"], "url": "https://10.0.0.1/"})
    assert worse.pointers == ["/url"]

    monkeypatch.setattr(deliveries, "wait_after", lambda attempts: None)
    deliveries.fan_out(envelope(), Receiver(500))
    where = f"/v1/subscriptions/{made.json['id']}"
    (dead,) = client.get(f"{where}/deliveries").json["items"]
    assert (dead["type"], dead["reason"]) == ("case.granted", "HTTP 500")
    again = client.post(f"{where}/redelivery", {"key": dead["key"]})
    assert again.status == 202
    assert client.get(f"{where}/deliveries").json["items"] == []
    assert client.request("DELETE", where).status == 204
    assert client.get(f"{where}/deliveries").status == 404


def test_the_workers_are_the_services(room, monkeypatch):
    made, _ = subscribed()
    receiver = Receiver(500)
    monkeypatch.setattr(deliveries, "https_post", receiver)
    assert workers.deliver_event(envelope(), None) == {"new": 1}
    later(monkeypatch, WAITS[0] + timedelta(seconds=1))
    assert workers.redeliver_events({}, None) == {"tried": 1}
    assert len(receiver.got) == 2
    assert states(made) == [DeliveryState.PENDING]


# --- the call itself --------------------------------------------------------------------------------------


class _Handler(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.seen.append((self.path, self.headers["webhook-id"], body))
        self.send_response(302 if self.path.startswith("/moved") else 202)
        self.send_header("location", "https://elsewhere/")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """A TLS server that calls itself hooks.example.gov.cn, and a process that trusts it."""
    key, certificate = _self_signed(tmp_path)
    served = http.server.HTTPServer(("127.0.0.1", 0), _Handler)
    served.seen = []
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    served.socket = context.wrap_socket(served.socket, server_side=True)
    thread = threading.Thread(target=served.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setattr(posting, "_resolve", lambda host, port: "127.0.0.1")
    trusting = ssl.create_default_context(cafile=certificate)
    monkeypatch.setattr(posting.ssl, "create_default_context", lambda: trusting)
    yield served
    served.shutdown()
    served.server_close()


def _self_signed(directory):
    private = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "hooks.example.gov.cn")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(private.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("hooks.example.gov.cn")]), critical=False
        )
        .sign(private, hashes.SHA256())
    )
    key_file, certificate_file = directory / "key.pem", directory / "certificate.pem"
    key_file.write_bytes(
        private.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    certificate_file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return str(key_file), str(certificate_file)


def test_a_body_is_posted_over_tls_and_redirects_are_not_followed(server):
    port = server.server_address[1]
    where = f"https://hooks.example.gov.cn:{port}"
    headers = {"webhook-id": "m1", "content-type": "application/json"}
    assert posting.https_post(f"{where}/in?x=1", b"{}", headers) == 202
    assert posting.https_post(f"{where}/moved", b"{}", headers) == 302
    assert server.seen == [("/in?x=1", "m1", b"{}"), ("/moved", "m1", b"{}")]


def test_another_name_than_the_certificates_is_not_talked_to(server):
    port = server.server_address[1]
    with pytest.raises(OSError, match="certificate"):
        posting.https_post(f"https://other.example.gov.cn:{port}/", b"{}", {})
    assert server.seen == []


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.7"])
def test_a_name_that_leads_inside_is_not_called(monkeypatch, address):
    def resolve(host: str, port: int, **_: Any) -> list:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))]

    monkeypatch.setattr(posting.socket, "getaddrinfo", resolve)
    monkeypatch.delenv("YICHUANG_WEBHOOK_PRIVATE", raising=False)
    with pytest.raises(PermissionError):
        posting.https_post(URL, b"{}", {})
