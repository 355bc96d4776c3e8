"""Every route × every role × every kind of token, against the access table: no cell left out.

Each call carries a parameter that no route knows and a body that is no JSON. The role is checked
before either is read, so a role that may do the act is told about the parameter (422) or the body
(400), and one that may not is refused (403): the decision shows, and nothing is done.
"""

from __future__ import annotations

import base64
import json
import time

import jwt
import pytest

from app import app
from chalicelib.core import access, principal
from chalicelib.http.claims import CLAIMABLE
from chalicelib.http.openapi import Operation, operations
from local.issuer import Account
from tests.support.api import Answer, ApiClient
from tests.support.identity import new_issuer, trust, use_test_keyring

OPERATIONS = operations(app)
GUARDED = [each for each in OPERATIONS if not each.declaration.public]
PUBLIC = [each for each in OPERATIONS if each.declaration.public]
ROLES = sorted(CLAIMABLE)


def named(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


@pytest.fixture
def issuer(monkeypatch):
    use_test_keyring(monkeypatch)
    accounts = [Account(role, "示例", (role,), "ga", "centre") for role in ROLES]
    made = new_issuer(accounts)
    trust(monkeypatch, made)
    return made


def probe(operation: Operation, token: str | None) -> Answer:
    path = operation.path
    for name in operation.parameters:
        path = path.replace(f"{{{name}}}", "x")
    client = ApiClient(app).bearing(token)
    return client.request(operation.method, f"{path}?no_such_parameter=1", "{")


def test_there_is_something_to_test():
    assert len(GUARDED) > 20
    assert PUBLIC
    every_role = {v for k, v in vars(principal).items() if k.isupper() and isinstance(v, str)}
    assert every_role - {principal.ANYONE, principal.SYSTEM} == set(ROLES)


@pytest.mark.parametrize("operation", GUARDED, ids=named)
def test_each_role_gets_what_the_table_says(operation, issuer):
    allowed = {rule.role for rule in access.rules_for(operation.declaration.act)}
    statuses = {role: probe(operation, issuer.token(role)).status for role in ROLES}
    assert statuses == {role: (statuses[role] if role in allowed else 403) for role in ROLES}
    assert {statuses[role] for role in allowed & set(ROLES)} <= {400, 422}


@pytest.mark.parametrize("operation", GUARDED, ids=named)
def test_without_a_token_nobody_gets_in(operation, issuer):
    assert probe(operation, None).status == 401


@pytest.mark.parametrize("operation", GUARDED, ids=named)
def test_no_bad_token_gets_in_whatever_role_it_claims(operation, issuer):
    for role in sorted({rule.role for rule in access.rules_for(operation.declaration.act)}):
        for kind, token in bad_tokens(issuer, role).items():
            answer = probe(operation, token)
            assert answer.status == 401, (kind, role)
            assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("operation", PUBLIC, ids=named)
def test_what_is_public_needs_no_token(operation, issuer):
    assert probe(operation, None).status in (400, 422)


def test_a_token_with_several_roles_may_do_what_any_of_them_may(issuer):
    both = Account("both", "示例", ("citizen", "supervisor"), "ga", "centre")
    token = issuer.sign(issuer.claims(both))
    for operation in GUARDED:
        roles = {rule.role for rule in access.rules_for(operation.declaration.act)}
        expected = {400, 422} if roles & {"citizen", "supervisor"} else {403}
        assert probe(operation, token).status in expected


def test_nobody_becomes_the_system_by_claiming_it(issuer):
    claims = issuer.claims(Account("sly", "示例", ("system", "anyone")))
    for operation in GUARDED:
        roles = {rule.role for rule in access.rules_for(operation.declaration.act)}
        refused = probe(operation, issuer.sign(claims)).status == 403
        assert refused == (principal.CITIZEN not in roles)


def bad_tokens(issuer, role: str) -> dict[str, str]:
    """Expired, forged, for another audience, unsigned: each claims the role."""
    claims = issuer.claims(Account(role, "示例", (role,), "ga", "centre"))
    now = int(time.time())
    header = {"alg": "none", "kid": issuer.key_id, "typ": "JWT"}
    unsigned = ".".join(
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode()
        for part in (header, claims)
    )
    stranger = new_issuer()
    return {
        "expired": issuer.sign({**claims, "exp": now - 60, "iat": now - 3600}),
        "forged": jwt.encode(
            claims, stranger._key, algorithm="ES256", headers={"kid": issuer.key_id}
        ),
        "unknown key": stranger.sign(claims),
        "wrong audience": issuer.sign({**claims, "aud": "another"}),
        "alg none": f"{unsigned}.",
        "garbage": "x.y.z",
    }
