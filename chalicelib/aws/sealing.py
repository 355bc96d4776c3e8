"""Personal data at rest: a keyed hash to find it by, and sealed bytes to keep it in.

One secret in Secrets Manager (itself encrypted by the deployment's KMS key) holds numbered masters:

    {"current": "2", "1": "<random text, at least 32 characters>", "2": "<…>"}

Every working key is derived from a master by HKDF-SHA256 (RFC 5869) under its own purpose, so no
key serves two ends. Holder keys and tokens come from master 1 for ever, because what was indexed
must stay findable; sealing uses the current master and writes its number into the blob, so that a
rotation (add a master, move `current`) leaves what was sealed before readable.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from chalicelib.aws.settings import settings
from chalicelib.core.jsontext import canonical

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from mypy_boto3_secretsmanager import SecretsManagerClient

FORMAT = b"\x01"
NONCE_BYTES = 12
TAG_BYTES = 16
RELOAD_AFTER_SECONDS = 60.0
SHORTEST_MASTER = 32


class UnreadableError(Exception):
    """A blob that no known key opens in this context: damaged, moved, or sealed elsewhere."""


def derive(master: bytes, purpose: str, length: int = 32) -> bytes:
    """HKDF-SHA256 without salt: `length` bytes (at most 8160) that serve `purpose` alone."""
    pseudo_random = hmac.digest(b"\x00" * 32, master, "sha256")
    derived, block = b"", b""
    for counter in range(1, -(-length // 32) + 1):
        block = hmac.digest(pseudo_random, block + purpose.encode() + bytes([counter]), "sha256")
        derived += block
    return derived[:length]


@dataclass(frozen=True)
class Keyring:
    """The masters by number, and which one seals now."""

    current: int
    masters: Mapping[int, bytes]

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """The keyring that a secret's text holds. Raises ValueError when it cannot serve."""
        raw = json.loads(text)
        masters = {int(name): value.encode() for name, value in raw.items() if name.isdecimal()}
        current = int(raw["current"])
        if current not in masters or 1 not in masters:
            raise ValueError("the secret lacks its current or its first master")
        if min(map(len, masters.values())) < SHORTEST_MASTER:
            raise ValueError("a master of the secret is too short")
        return cls(current, masters)

    def with_master(self, fresh: str) -> Keyring:
        """The keyring after a rotation: one more master, which seals from now on."""
        number = max(self.masters) + 1
        return Keyring(number, {**self.masters, number: fresh.encode()})

    def to_text(self) -> str:
        """The secret's text, as `parse` reads it."""
        masters = {str(number): master.decode() for number, master in self.masters.items()}
        return json.dumps({"current": str(self.current), **masters})

    def fixed_key(self, purpose: str) -> bytes:
        """A key that rotation does not change."""
        return derive(self.masters[1], purpose)


@cache
def _secrets() -> SecretsManagerClient:
    import boto3  # noqa: PLC0415 - import time: only processes that touch personal data pay it

    return boto3.client("secretsmanager")


@dataclass
class _Loaded:
    keyring: Keyring | None = None
    at: float = 0.0


_loaded = _Loaded()


def keyring() -> Keyring:
    """This process's keyring, fetched once."""
    return _loaded.keyring or _reload()


def use(replacement: Keyring | None) -> None:
    """Put a keyring in place of the one that is kept; None lets the next use fetch it anew."""
    _loaded.keyring, _loaded.at = replacement, time.monotonic()
    _fixed_key.cache_clear()
    _sealing_key.cache_clear()


def _reload() -> Keyring:
    answer = _secrets().get_secret_value(SecretId=settings().secret_name)
    fetched = Keyring.parse(answer["SecretString"])
    use(fetched)
    return fetched


def rotate() -> int:
    """Add a random master to the secret and seal with it from now on. Its number.

    The secret is read first: a rotation by somebody else in the same second would be lost, so it is
    one operator's act. Other processes go on with the old master until they meet the new one.
    """
    following = _reload().with_master(secrets.token_urlsafe(48))
    _secrets().put_secret_value(SecretId=settings().secret_name, SecretString=following.to_text())
    use(following)
    return following.current


@cache
def _fixed_key(purpose: str) -> bytes:
    return keyring().fixed_key(purpose)


@lru_cache(maxsize=1024)
def _sealing_key(version: int, context: str) -> bytes:
    return derive(_master(version), f"yichuang seal {context}")


def _master(version: int) -> bytes:
    """The numbered master; a number not known yet may come from a rotation since the last fetch."""
    ring = keyring()
    if version not in ring.masters and time.monotonic() - _loaded.at > RELOAD_AFTER_SECONDS:
        ring = _reload()
    try:
        return ring.masters[version]
    except KeyError as missing:
        raise UnreadableError(f"no master {version}") from missing


def holder_key(id_type: str, id_number: str) -> str:
    """32 hex digits that stand for a person or a body wherever a key is needed.

    `id_type` is a code of 持证主体代码类型 (111 公民身份号码, 001 统一社会信用代码); letters in the
    number count as capitals. The same number always gives the same key, and only this deployment
    can make it.
    """
    subject = f"{id_type}:{id_number.strip().upper()}".encode()
    return hmac.digest(_fixed_key("yichuang holder"), subject, "sha256").hex()[:32]


def seal(data: Mapping[str, Any], context: str) -> bytes:
    """The JSON-able mapping as AES-256-GCM bytes that open only under the same context.

    `context` names where the blob lives (for example `case:4101…`): a blob copied to another place
    does not open there. Each context has a key of its own, so random nonces do not wear out.
    """
    version = keyring().current
    nonce = os.urandom(NONCE_BYTES)
    head = FORMAT + version.to_bytes(2, "big")
    plain = canonical(data).encode()
    body = _aes(version, context).encrypt(nonce, plain, head + context.encode())
    return head + nonce + body


def unseal(blob: bytes, context: str) -> dict[str, Any]:
    """What `seal` was given. Raises UnreadableError for anything else."""
    from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - import time

    blob = bytes(blob)
    head, nonce, body = blob[:3], blob[3 : 3 + NONCE_BYTES], blob[3 + NONCE_BYTES :]
    if head[:1] != FORMAT or len(body) < TAG_BYTES:
        raise UnreadableError("not a sealed blob")
    try:
        plain = _aes(int.from_bytes(head[1:], "big"), context).decrypt(
            nonce, body, head + context.encode()
        )
    except InvalidTag as refused:
        raise UnreadableError("sealed under another key or context, or damaged") from refused
    opened: dict[str, Any] = json.loads(plain)
    return opened


def version_of(blob: bytes) -> int:
    """The number of the master that sealed this blob; re-sealing after a rotation goes by it."""
    if blob[:1] != FORMAT or len(blob) < 3 + NONCE_BYTES + TAG_BYTES:
        raise UnreadableError("not a sealed blob")
    return int.from_bytes(blob[1:3], "big")


def _aes(version: int, context: str) -> AESGCM:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - import time

    return AESGCM(_sealing_key(version, context))


def sign_token(payload: Mapping[str, Any], purpose: str) -> str:
    """A compact URL-safe token: the payload as base64url JSON and its MAC under `purpose`.

    Readable by whoever holds it, changeable by nobody. 22 characters of MAC (128 bits).
    """
    text = canonical(payload)
    body = _b64(text.encode())
    return f"{body}.{_mac(body, purpose)}"


def read_token(token: str, purpose: str) -> dict[str, Any] | None:
    """The payload of a token that this deployment signed for this purpose, else None."""
    body, dot, mac = token.rpartition(".")
    if not dot or not token.isascii() or not hmac.compare_digest(mac, _mac(body, purpose)):
        return None
    payload: dict[str, Any] = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    return payload


def _mac(body: str, purpose: str) -> str:
    key = _fixed_key(f"yichuang token {purpose.partition(':')[0]}")
    return _b64(hmac.digest(key, f"{purpose}\n{body}".encode(), "sha256")[:16])


def _b64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
