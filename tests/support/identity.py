"""Keys and tokens for tests: a fixed keyring, and an issuer that the authorizer trusts."""

from __future__ import annotations

import json
from collections.abc import Iterable

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.aws import sealing
from chalicelib.aws.settings import settings
from chalicelib.http import tokens
from local.issuer import Account, Issuer

ISSUER = "https://issuer.test"
AUDIENCE = "yichuang-test"
KEYRING = sealing.Keyring(1, {1: b"the first master of every test, 1"})


def use_test_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seal, hash and sign with a fixed keyring instead of the one in Secrets Manager."""
    monkeypatch.setattr(sealing, "_loaded", sealing._Loaded())
    sealing.use(KEYRING)


def new_issuer(accounts: Iterable[Account] = (), issuer: str = ISSUER) -> Issuer:
    return Issuer(issuer, AUDIENCE, ec.generate_private_key(ec.SECP256R1()), accounts)


def trust(monkeypatch: pytest.MonkeyPatch, *issuers: Issuer) -> None:
    """Let the authorizer trust these issuers, their key sets answered from memory."""
    named = [{"issuer": each.issuer, "jwks_uri": f"{each.issuer}/jwks.json"} for each in issuers]
    monkeypatch.setenv("YICHUANG_ISSUERS", json.dumps(named))
    monkeypatch.setenv("YICHUANG_AUDIENCE", AUDIENCE)
    settings.cache_clear()
    tokens.issuers.cache_clear()
    served = {f"{each.issuer}/jwks.json": each.jwks() for each in issuers}
    monkeypatch.setattr(tokens, "fetch_jwks", lambda uri: served[uri])
