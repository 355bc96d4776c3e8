"""Bearer tokens: verified against the JWKS of the issuers that this deployment trusts.

Everything here goes by real time. A deployment's own clock may be sped up for a demonstration; the
life of a token may not.
"""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast

import jwt

from chalicelib.aws.settings import settings
from chalicelib.core.principal import Principal
from chalicelib.http.claims import principal_of
from chalicelib.http.logs import logger

# Asymmetric signatures only: with a shared secret every verifier could sign, and "none" is nothing.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
REQUIRED = ("exp", "iat", "iss", "sub", "aud")
LEEWAY_SECONDS = 30
LONGEST_TOKEN = 8192
FETCH_TIMEOUT_SECONDS = 3.0
FRESH_SECONDS = 3600.0
REFETCH_AFTER_SECONDS = 30.0
LARGEST_JWKS = 256 * 1024


class BadTokenError(Exception):
    """A token that proves nothing. `reason` is for the log, not for whoever sent it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason

    def log(self) -> None:
        """Note the reason; the token and its claims stay out of the log."""
        logger().info("token refused", reason=self.reason)


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be fetched and none are known: nobody can be told apart now."""


def fetch_jwks(uri: str) -> dict[str, Any]:
    """The key set at an address of our own settings."""
    if not uri.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise KeysUnavailableError("a key set is fetched over https only")
    request = urllib.request.Request(uri, headers={"Accept": "application/json"})
    with urllib.request.urlopen(request, timeout=FETCH_TIMEOUT_SECONDS) as answer:
        return cast("dict[str, Any]", json.loads(answer.read(LARGEST_JWKS)))


@dataclass
class KeySet:
    """One issuer's signing keys, kept for an hour and through the issuer's outages.

    A key id that is not known may be new, so it causes a fetch, but at most one in half a minute:
    made-up key ids cannot be used to hammer the issuer.
    """

    uri: str
    keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    fetched_at: float = float("-inf")
    tried_at: float = float("-inf")

    def key(self, kid: str) -> jwt.PyJWK:
        """The key of this id. Raises BadTokenError, KeysUnavailableError while there are none."""
        now = time.monotonic()
        stale = now - self.fetched_at > FRESH_SECONDS
        if (stale or kid not in self.keys) and now - self.tried_at > REFETCH_AFTER_SECONDS:
            self._fetch(now)
        if kid in self.keys:
            return self.keys[kid]
        if not self.keys:
            raise KeysUnavailableError(self.uri)
        raise BadTokenError("unknown key id")

    def _fetch(self, now: float) -> None:
        self.tried_at = now
        try:
            keys = dict(filter(None, map(_signing_key, fetch_jwks(self.uri)["keys"])))
        except (OSError, ValueError, LookupError, TypeError) as failure:
            logger().warning("key set not fetched", fault=type(failure).__name__)
            keys = {}
        if keys:
            self.keys, self.fetched_at = keys, now
        # Else the known keys stay good: an issuer's outage must not lock everybody out.


def _signing_key(entry: object) -> tuple[str, jwt.PyJWK] | None:
    """A usable key by its id; None for one of another use or kind."""
    if not isinstance(entry, dict) or "kid" not in entry:
        return None
    if entry.get("use", "sig") != "sig" or entry.get("kty") == "oct":
        return None
    try:
        key = jwt.PyJWK(entry)
    except jwt.PyJWTError:
        return None
    return (str(entry["kid"]), key) if key.algorithm_name in ALGORITHMS else None


@cache
def issuers() -> Mapping[str, KeySet]:
    """The trusted issuers, from `YICHUANG_ISSUERS`: a JSON list of {issuer, jwks_uri}."""
    return {
        entry["issuer"]: KeySet(entry["jwks_uri"])
        for entry in json.loads(settings().issuers or "[]")
    }


def authenticate(authorization: str) -> Principal:
    """Who the `Authorization` header says is calling.

    Raises BadTokenError for a token that is missing, malformed, expired, not yet valid, of an
    unknown issuer, for another audience, or not signed by the issuer's key under an allowed
    algorithm; KeysUnavailableError when the issuer's keys have never been reachable.
    """
    return principal_of(verified_claims(authorization))


def verified_claims(authorization: str) -> dict[str, Any]:
    """The claims of the header's token after every check. Raises as `authenticate` does."""
    scheme, _, token = authorization.strip().partition(" ")
    token = token.strip()
    if scheme.lower() != "bearer" or not token or len(token) > LONGEST_TOKEN:
        raise BadTokenError("not a bearer token")
    try:
        header = jwt.get_unverified_header(token)
        unverified = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError as malformed:
        raise BadTokenError("malformed") from malformed
    if header.get("alg") not in ALGORITHMS:
        raise BadTokenError("algorithm not allowed")
    key_set = issuers().get(str(unverified.get("iss")))
    if key_set is None:
        raise BadTokenError("unknown issuer")
    key = key_set.key(str(header.get("kid")))
    try:
        return jwt.decode(
            token,
            key=key,
            algorithms=[key.algorithm_name],
            audience=_audience(),
            issuer=str(unverified["iss"]),
            leeway=LEEWAY_SECONDS,
            options={"require": list(REQUIRED), "strict_aud": False},
        )
    except jwt.PyJWTError as refused:
        raise BadTokenError(type(refused).__name__) from refused


def _audience() -> str:
    audience = settings().audience
    if not audience:
        raise KeysUnavailableError("YICHUANG_AUDIENCE is not set")
    return audience
