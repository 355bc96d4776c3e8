"""The local issuer stands where a district's identity provider would."""

from __future__ import annotations

import json
import stat

import jwt
import pytest

from local.issuer import Account, Issuer, UnknownAccountError, load_accounts

ACCOUNTS = [
    Account("citizen.zhang", "张示例", ("citizen",), None, None, "111", "410102190001010011"),
    Account("ga.chief", "首席示例", ("chief_representative",), "ga", "centre"),
]


@pytest.fixture
def issuer(tmp_path):
    return Issuer.open(tmp_path / "state", "http://127.0.0.1:8000/local", "yichuang", ACCOUNTS)


def test_the_key_outlives_a_restart_and_is_its_owners_alone(tmp_path, issuer):
    again = Issuer.open(tmp_path / "state", issuer.issuer, issuer.audience, ACCOUNTS)
    assert again.key_id == issuer.key_id
    assert again.jwks() == issuer.jwks()
    (file,) = (tmp_path / "state").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_token_verifies_against_the_key_set(issuer):
    token = issuer.token("citizen.zhang")
    (key,) = issuer.jwks()["keys"]
    assert jwt.get_unverified_header(token) == {"alg": "ES256", "typ": "JWT", "kid": key["kid"]}
    claims = jwt.decode(
        token, jwt.PyJWK(key), algorithms=["ES256"], audience="yichuang", issuer=issuer.issuer
    )
    assert claims["sub"] == "citizen.zhang"
    assert claims["acr"] == "2"
    assert claims["exp"] - claims["iat"] == 8 * 3600


def test_the_key_set_shows_the_public_half_only(issuer):
    (key,) = issuer.jwks()["keys"]
    assert "d" not in key
    assert (key["kty"], key["crv"], key["use"]) == ("EC", "P-256", "sig")


def test_staff_log_in_plainly(issuer):
    claims = jwt.decode(issuer.token("ga.chief"), options={"verify_signature": False})
    assert (claims["acr"], claims["organisation"], claims["point"]) == ("1", "ga", "centre")
    assert "holder_id_number" not in claims


def test_the_list_of_accounts_shows_no_identity_number(issuer):
    assert issuer.accounts()[0] == {
        "account": "citizen.zhang",
        "name": "张示例",
        "roles": ["citizen"],
        "organisation": None,
        "point": None,
    }
    assert "410102190001010011" not in json.dumps(issuer.accounts())


def test_an_unknown_account_gets_no_token(issuer):
    with pytest.raises(UnknownAccountError):
        issuer.token("nobody")


def test_two_tokens_are_never_the_same(issuer):
    assert issuer.token("ga.chief") != issuer.token("ga.chief")


def test_a_key_of_another_kind_is_not_used(tmp_path, issuer):
    (tmp_path / "state" / "issuer-key.pem").write_text("junk")
    with pytest.raises(ValueError, match=r".+"):
        Issuer.open(tmp_path / "state", issuer.issuer, issuer.audience, ACCOUNTS)


def test_the_demo_accounts_load_and_are_unique(pytestconfig):
    accounts = load_accounts(pytestconfig.rootpath / "data" / "demo_accounts.json")
    assert len({each.account for each in accounts}) == len(accounts) > 50
    assert {role for each in accounts for role in each.roles} >= {
        "citizen",
        "station_clerk",
        "window_clerk",
        "acceptor",
        "reviewer",
        "chief_representative",
        "supervisor",
        "office",
    }
