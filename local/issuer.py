"""A small OIDC issuer for the local deployment: demo accounts, one signing key, tokens, key set.

It stands where a district's real identity provider would. The deployment trusts it as it would trust
that one, by its key set's address in `YICHUANG_ISSUERS`; nothing in the product knows it. It answers
on loopback only, to whoever sits at the machine, and so asks for no password.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

ALGORITHM = "ES256"
KEY_FILE = "issuer-key.pem"
LIFETIME_SECONDS = 8 * 3600
REAL_NAME = "2"
PLAIN = "1"


class UnknownAccountError(LookupError):
    """No demo account has this name."""


@dataclass(frozen=True, slots=True)
class Account:
    """A demo account. `holder_id_number` is fictional; with one the login counts as real-name."""

    account: str
    name: str
    roles: tuple[str, ...]
    organisation: str | None = None
    point: str | None = None
    holder_id_type: str | None = None
    holder_id_number: str | None = None

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Account:
        fields = {name: raw.get(name) for name in cls.__dataclass_fields__}
        return cls(**{**fields, "roles": tuple(raw["roles"])})  # type: ignore[arg-type]

    def shown(self) -> dict[str, Any]:
        """What `GET /local/accounts` tells of it."""
        return {
            "account": self.account,
            "name": self.name,
            "roles": list(self.roles),
            "organisation": self.organisation,
            "point": self.point,
        }


class Issuer:
    """Signs tokens for its accounts with a key that outlives a restart."""

    def __init__(
        self,
        issuer: str,
        audience: str,
        key: ec.EllipticCurvePrivateKey,
        accounts: Iterable[Account],
    ) -> None:
        self.issuer = issuer
        self.audience = audience
        self._key = key
        self._accounts = {each.account: each for each in accounts}

    @classmethod
    def open(cls, state: Path, issuer: str, audience: str, accounts: Iterable[Account]) -> Issuer:
        """The issuer whose key lies in the directory `state`; the first time, one is made."""
        return cls(issuer, audience, _kept_key(state / KEY_FILE), accounts)

    @property
    def key_id(self) -> str:
        """The RFC 7638 thumbprint of the public key."""
        public = {name: self._public()[name] for name in ("crv", "kty", "x", "y")}
        canonical = json.dumps(public, separators=(",", ":"), sort_keys=True).encode()
        return base64.urlsafe_b64encode(hashlib.sha256(canonical).digest()).rstrip(b"=").decode()

    def jwks(self) -> dict[str, Any]:
        """The key set that `GET /local/jwks.json` answers."""
        key = {**self._public(), "kid": self.key_id, "use": "sig", "alg": ALGORITHM}
        return {"keys": [key]}

    def accounts(self) -> list[dict[str, Any]]:
        """The accounts that `GET /local/accounts` lists, without their identity numbers."""
        return [each.shown() for each in self._accounts.values()]

    def token(self, account: str, lifetime: int = LIFETIME_SECONDS) -> str:
        """An access token for a demo account, for `lifetime` real seconds.

        Raises UnknownAccountError.
        """
        try:
            known = self._accounts[account]
        except KeyError:
            raise UnknownAccountError(account) from None
        return self.sign(self.claims(known, lifetime))

    def claims(self, account: Account, lifetime: int = LIFETIME_SECONDS) -> dict[str, Any]:
        """The claims of a token for this account, as of now."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "sub": account.account,
            "iat": now,
            "exp": now + lifetime,
            "jti": str(uuid.uuid4()),
            "name": account.name,
            "roles": list(account.roles),
            "organisation": account.organisation,
            "point": account.point,
            "acr": REAL_NAME if account.holder_id_number else PLAIN,
            "holder_id_type": account.holder_id_type,
            "holder_id_number": account.holder_id_number,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def sign(self, claims: Mapping[str, Any]) -> str:
        """The claims under this issuer's key."""
        return jwt.encode(
            dict(claims), self._key, algorithm=ALGORITHM, headers={"kid": self.key_id}
        )

    def _public(self) -> dict[str, str]:
        algorithm = jwt.algorithms.ECAlgorithm(jwt.algorithms.ECAlgorithm.SHA256)
        public: dict[str, str] = algorithm.to_jwk(self._key.public_key(), as_dict=True)
        return public


def load_accounts(path: Path) -> list[Account]:
    """The demo accounts of a JSON file: a list of objects with `Account`'s fields."""
    return [Account.from_dict(raw) for raw in json.loads(path.read_text(encoding="utf-8"))]


def _kept_key(path: Path) -> ec.EllipticCurvePrivateKey:
    """The key in the file, readable by its owner alone; made where there is none."""
    if path.exists():
        key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise ValueError(f"{path.name} holds another kind of key")
        return key
    key = ec.generate_private_key(ec.SECP256R1())
    text = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    # Written aside and renamed, so that a start that is interrupted leaves no half key behind.
    fresh = path.with_suffix(".new")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(text)
    fresh.replace(path)
    return key
