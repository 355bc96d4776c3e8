"""Bearer tokens: only a token that an issuer of ours really signed, for us, now, says who calls."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time

import jwt
import pytest
from chalice.app import Blueprint
from cryptography.hazmat.primitives.asymmetric import rsa

from chalicelib.aws.sealing import holder_key
from chalicelib.core import access_table
from chalicelib.core.access_terms import act, own
from chalicelib.core.principal import CITIZEN
from chalicelib.http import tokens
from chalicelib.http.app import compose
from chalicelib.http.authorizer import jwt_authorizer
from chalicelib.http.identity import from_context, to_context
from chalicelib.http.tokens import BadTokenError, KeysUnavailableError, authenticate
from chalicelib.http.view import Call, view
from local.issuer import Account
from tests.support.api import ApiClient
from tests.support.identity import AUDIENCE, ISSUER, new_issuer, trust, use_test_keyring

ZHANG = Account(
    "citizen.zhang",
    "张示例",
    ("citizen",),
    holder_id_type="111",
    holder_id_number="410102190001010011",
)
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
CHIEF = Account("ga.chief", "首席示例", ("chief_representative",), "ga", "centre")


@pytest.fixture
def issuer(monkeypatch):
    use_test_keyring(monkeypatch)
    made = new_issuer([ZHANG, CHIEF])
    trust(monkeypatch, made)
    return made


def bearer(token: str) -> str:
    return f"Bearer {token}"


def changed(issuer, **changes) -> str:
    """A token of this issuer with other claims; None takes a claim away."""
    claims = {**issuer.claims(ZHANG), **changes}
    return issuer.sign({name: value for name, value in claims.items() if value is not None})


def unsigned(claims: dict, header: dict, signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(claims).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def test_a_citizen_is_known_by_the_hash_of_the_number(issuer):
    principal = authenticate(bearer(issuer.token("citizen.zhang")))
    assert principal.account == "citizen.zhang"
    assert principal.roles == {"citizen"}
    assert principal.assurance == 2
    assert principal.holder == holder_key("111", "410102190001010011")
    assert "410102190001010011" not in repr(principal)


def test_staff_carry_their_organisation_and_point(issuer):
    principal = authenticate(bearer(issuer.token("ga.chief")))
    assert (principal.organisation, principal.point) == ("ga", "centre")
    assert (principal.holder, principal.assurance) == (None, 1)


def test_an_identity_counts_only_with_a_real_name_login(issuer):
    principal = authenticate(bearer(changed(issuer, acr="1")))
    assert (principal.holder, principal.assurance) == (None, 1)


@pytest.mark.parametrize("claimed", [["system"], ["anyone", "system"], "root admin", 7, None])
def test_roles_that_are_not_to_be_claimed_are_dropped(issuer, claimed):
    token = changed(issuer, roles=claimed if claimed != 7 else [7])
    assert authenticate(bearer(token)).roles == {"citizen"}


def test_roles_may_come_as_text(issuer):
    token = changed(issuer, roles="reviewer acceptor")
    assert authenticate(bearer(token)).roles == {"reviewer", "acceptor"}


def bad_tokens(issuer) -> dict[str, str]:
    """One of each kind of token that proves nothing."""
    now = int(time.time())
    claims, kid = issuer.claims(ZHANG), issuer.key_id
    stranger = new_issuer([ZHANG])
    public = json.dumps(issuer.jwks()["keys"][0]).encode()
    confused = unsigned(claims, {"alg": "HS256", "kid": kid, "typ": "JWT"})
    signing_input = confused.rpartition(".")[0]
    forged_mac = hmac.digest(public, signing_input.encode(), hashlib.sha256)
    good = issuer.token("citizen.zhang")
    head, body, signature = good.split(".")
    other_body = unsigned({**claims, "roles": ["office"]}, {}).split(".")[1]
    return {
        "expired": changed(issuer, exp=now - 60, iat=now - 3600),
        "not yet valid": changed(issuer, nbf=now + 3600),
        "issued in the future": changed(issuer, iat=now + 3600),
        "without expiry": changed(issuer, exp=None),
        "without issue time": changed(issuer, iat=None),
        "without subject": changed(issuer, sub=None),
        "subject that is no text": changed(issuer, sub=7),
        "wrong audience": changed(issuer, aud="another-service"),
        "no audience": changed(issuer, aud=None),
        "unknown issuer": changed(issuer, iss="https://evil.test"),
        "no issuer": changed(issuer, iss=None),
        "alg none": unsigned(claims, {"alg": "none", "kid": kid}),
        "alg None": unsigned(claims, {"alg": "None", "kid": kid}, b"x"),
        "mac with the public key": f"{signing_input}.{base64.urlsafe_b64encode(forged_mac).rstrip(b'=').decode()}",
        "another key under our key id": jwt.encode(
            claims, stranger._key, algorithm="ES256", headers={"kid": kid}
        ),
        "another algorithm under our key id": jwt.encode(
            claims, RSA_KEY, algorithm="RS256", headers={"kid": kid}
        ),
        "unknown key id": stranger.sign(claims),
        "no key id": jwt.encode(claims, stranger._key, algorithm="ES256"),
        "another body": f"{head}.{other_body}.{signature}",
        "no signature": f"{head}.{body}.",
        "half a token": good[: len(good) // 2],
        "one part": "abc",
        "nothing": "",
        "not base64": "å.ß.ç",
        "endless": "a" * 100_000,
    }


KINDS = [
    "expired",
    "not yet valid",
    "issued in the future",
    "without expiry",
    "without issue time",
    "without subject",
    "subject that is no text",
    "wrong audience",
    "no audience",
    "unknown issuer",
    "no issuer",
    "alg none",
    "alg None",
    "mac with the public key",
    "another key under our key id",
    "another algorithm under our key id",
    "unknown key id",
    "no key id",
    "another body",
    "no signature",
    "half a token",
    "one part",
    "nothing",
    "not base64",
    "endless",
]


def test_every_kind_of_bad_token_is_tried(issuer):
    assert sorted(bad_tokens(issuer)) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_bad_token_is_refused(issuer, kind):
    token = bad_tokens(issuer)[kind]
    with pytest.raises(BadTokenError):
        authenticate(bearer(token))


@pytest.mark.parametrize("scheme", ["", "Basic ", "Token ", "Bearer"])
def test_only_a_bearer_token_is_one(issuer, scheme):
    with pytest.raises(BadTokenError):
        authenticate(scheme + issuer.token("citizen.zhang"))


def test_a_little_clock_skew_is_forgiven(issuer):
    now = int(time.time())
    authenticate(bearer(changed(issuer, exp=now - 10)))
    authenticate(bearer(changed(issuer, iat=now + 10, nbf=now + 10)))


def test_one_issuers_key_does_not_speak_for_another(issuer, monkeypatch):
    other = new_issuer([ZHANG], "https://other.test")
    trust(monkeypatch, issuer, other)
    authenticate(bearer(other.token("citizen.zhang")))
    with pytest.raises(BadTokenError):
        authenticate(bearer(other.sign({**other.claims(ZHANG), "iss": ISSUER})))


class Endpoint:
    """A key set's address that counts its callers and may be down."""

    def __init__(self, monkeypatch, document):
        self.calls, self.down, self.document = 0, False, document
        monkeypatch.setattr(tokens, "fetch_jwks", self.fetch)

    def fetch(self, _uri):
        self.calls += 1
        if self.down:
            raise OSError("connection refused")
        return self.document


class Time:
    def __init__(self, monkeypatch):
        self.now = 1000.0
        monkeypatch.setattr(tokens.time, "monotonic", lambda: self.now)


@pytest.fixture
def endpoint(issuer, monkeypatch):
    return Endpoint(monkeypatch, issuer.jwks())


@pytest.fixture
def passing(monkeypatch):
    return Time(monkeypatch)


def test_the_key_set_is_fetched_once_an_hour(issuer, endpoint, passing):
    token = bearer(issuer.token("citizen.zhang"))
    for _ in range(5):
        authenticate(token)
    assert endpoint.calls == 1
    passing.now += 3601
    authenticate(token)
    assert endpoint.calls == 2


def test_known_keys_outlive_the_issuers_outage(issuer, endpoint, passing):
    token = bearer(issuer.token("citizen.zhang"))
    authenticate(token)
    endpoint.down = True
    passing.now += 7200
    authenticate(token)
    authenticate(token)
    assert endpoint.calls == 2  # tried once, not at every request


def test_without_any_key_nobody_is_let_in_and_nobody_is_called_a_liar(issuer, endpoint, passing):
    endpoint.down = True
    token = bearer(issuer.token("citizen.zhang"))
    for _ in range(3):
        with pytest.raises(KeysUnavailableError):
            authenticate(token)
    assert endpoint.calls == 1
    endpoint.down = False
    passing.now += 31
    authenticate(token)


def test_a_new_key_is_learnt_when_it_is_met_but_made_up_ones_do_not_hammer(
    issuer, endpoint, passing
):
    authenticate(bearer(issuer.token("citizen.zhang")))
    rotated = new_issuer([ZHANG])
    endpoint.document = {"keys": [*issuer.jwks()["keys"], *rotated.jwks()["keys"]]}
    passing.now += 31
    authenticate(bearer(rotated.token("citizen.zhang")))
    assert endpoint.calls == 2
    for _ in range(20):
        with pytest.raises(BadTokenError):
            authenticate(bearer(new_issuer([ZHANG]).token("citizen.zhang")))
    assert endpoint.calls == 2


@pytest.mark.parametrize(
    "document",
    [
        {},
        {"keys": None},
        [],
        {"keys": []},
        {"keys": ["kid"]},
        {"keys": [{"kid": "x", "kty": "?"}]},
        {"keys": [{"kid": "x", "kty": "oct", "k": "AAAA", "alg": "HS256"}]},
    ],
)
def test_a_broken_key_set_is_no_key_set(issuer, endpoint, passing, document):
    endpoint.document = document
    with pytest.raises(KeysUnavailableError):
        authenticate(bearer(issuer.token("citizen.zhang")))


def test_an_empty_answer_does_not_take_away_the_keys_that_are_known(issuer, endpoint, passing):
    token = bearer(issuer.token("citizen.zhang"))
    authenticate(token)
    endpoint.document = {"keys": []}
    passing.now += 7200
    authenticate(token)


def test_a_key_for_another_use_does_not_verify(issuer, endpoint, passing):
    (key,) = issuer.jwks()["keys"]
    endpoint.document = {"keys": [{**key, "use": "enc"}]}
    with pytest.raises(KeysUnavailableError):
        authenticate(bearer(issuer.token("citizen.zhang")))


@pytest.mark.parametrize("uri", ["http://issuer.test/jwks", "file:///etc/passwd", "ftp://x/y"])
def test_a_key_set_is_fetched_over_https_or_loopback_only(uri):
    with pytest.raises(KeysUnavailableError):
        tokens.fetch_jwks(uri)


def test_an_audience_that_is_not_configured_accepts_nothing(issuer, monkeypatch):
    monkeypatch.setenv("YICHUANG_AUDIENCE", "")
    tokens.settings.cache_clear()
    with pytest.raises(KeysUnavailableError):
        authenticate(bearer(issuer.token("citizen.zhang")))


def test_the_context_carries_the_principal_and_no_number(issuer):
    principal = authenticate(bearer(issuer.token("citizen.zhang")))
    context = to_context(principal)
    assert all(isinstance(value, str) for value in context.values())
    assert "410102190001010011" not in json.dumps(context)
    assert from_context(context) == principal


@pytest.fixture
def client(issuer, monkeypatch):
    rows = {"test.own": act("试", own(CITIZEN))}
    monkeypatch.setattr("chalicelib.core.access.TABLE", {**access_table.TABLE, **rows})
    bp = Blueprint(__name__)

    @bp.route("/me", methods=["GET"], authorizer=jwt_authorizer)
    @view(act="test.own")
    def me(call: Call):
        return {"account": call.principal.account, "name": call.principal.name}

    return ApiClient(compose("tokens", bp))


def test_a_good_token_reaches_the_view(client, issuer):
    answer = client.bearing(issuer.token("citizen.zhang")).get("/me")
    assert answer.json == {"account": "citizen.zhang", "name": "张示例"}


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "nothing"])
def test_a_bad_token_is_a_401_problem_that_does_not_say_which(client, issuer, kind):
    answer = client.bearing(bad_tokens(issuer)[kind]).get("/me")
    assert answer.status == 401
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.json["detail"] == client.get("/me").json["detail"]


def test_a_remembered_answer_does_not_outlive_its_token(client, issuer, monkeypatch):
    """API Gateway keeps an authorizer's answer for five minutes, whatever the token's own end."""
    bearing = client.bearing(issuer.token("citizen.zhang", lifetime=60))
    (route,) = client.app.routes["/me"].values()
    ask, remembered = route.authorizer, []

    def cached(event, context):
        if not remembered:
            remembered.append(ask(event, context))
        return remembered[0]

    monkeypatch.setattr(route, "authorizer", cached)
    assert bearing.get("/me").status == 200
    monkeypatch.setattr("chalicelib.http.view.time", lambda: time.time() + 61)
    assert bearing.get("/me").status == 401


def test_an_outage_is_a_503(client, issuer, endpoint, passing):
    endpoint.down = True
    answer = client.bearing(issuer.token("citizen.zhang")).get("/me")
    assert (answer.status, answer.json["type"]) == (503, "urn:yichuang:problem:unavailable")


def test_a_refusal_is_logged_without_the_token(client, issuer, monkeypatch):
    lines = []

    class Log:
        def info(self, message, **fields):
            lines.append({"message": message, **fields})

    monkeypatch.setattr(tokens, "logger", Log)
    token = bad_tokens(issuer)["expired"]
    client.bearing(token).get("/me")
    assert lines == [{"message": "token refused", "reason": "ExpiredSignatureError"}]


def test_the_audience_of_the_tests_is_the_one_configured(issuer):
    assert issuer.claims(ZHANG)["aud"] == AUDIENCE
