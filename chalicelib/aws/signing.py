"""Signatures that outlive the platform: a KMS asymmetric key signs, anyone verifies.

The key's own specification names the algorithm (ECDSA on P-256, or SM2 where the partition's KMS
has it), so the deployment's setting is the key and the two can never disagree. Signatures are
kept in the raw form `r || s` of JOSE (64 bytes); a key is known by its RFC 7638 thumbprint.
Callers see `Signer`; another crypto module or a national cipher machine is another `Signer`.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.aws.settings import settings
from chalicelib.core.jsontext import canonical

if TYPE_CHECKING:
    from mypy_boto3_kms.client import KMSClient

COORDINATE = 32  # bytes of a coordinate, of r and of s, on both curves
ALGORITHMS = {
    bytes.fromhex("06082a8648ce3d030107"): ("ECDSA_SHA_256", "ES256", "P-256"),
    bytes.fromhex("06082a811ccf5501822d"): ("SM2DSA", "SM2", "SM2"),
}
"""By the curve's object identifier in the public key (1.2.840.10045.3.1.7 and 1.2.156.10197.1.301):
KMS signing algorithm, JWS `alg`, JWK `crv`. SM2 has no registered JOSE names."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A verification key: JWS algorithm, curve and the point's coordinates."""

    alg: str
    curve: str
    x: bytes
    y: bytes

    @property
    def key_id(self) -> str:
        """RFC 7638: the SHA-256 thumbprint of the required members, base64url."""
        members = {"crv": self.curve, "kty": "EC", "x": _b64(self.x), "y": _b64(self.y)}
        text = canonical(members)
        return _b64(hashlib.sha256(text.encode()).digest())

    def to_jwk(self) -> dict[str, str]:
        return {
            "kty": "EC",
            "crv": self.curve,
            "x": _b64(self.x),
            "y": _b64(self.y),
            "alg": self.alg,
            "use": "sig",
            "kid": self.key_id,
        }

    @classmethod
    def from_jwk(cls, jwk: dict[str, Any]) -> PublicKey:
        """Raises ValueError for a key that is none of ours."""
        try:
            if jwk["kty"] != "EC":
                raise ValueError("not an elliptic-curve key")
            key = cls(jwk["alg"], jwk["crv"], _unb64(jwk["x"]), _unb64(jwk["y"]))
        except KeyError as missing:
            raise ValueError(f"the key lacks {missing}") from missing
        if (key.alg, key.curve) not in {(alg, curve) for _, alg, curve in ALGORITHMS.values()}:
            raise ValueError(f"unknown algorithm {key.alg} on {key.curve}")
        return key


class Signer(Protocol):
    """Signs with one key."""

    @property
    def public_key(self) -> PublicKey: ...

    def sign(self, message: bytes) -> bytes:
        """`r || s`, 64 bytes, over `message` (at most 4,096 bytes)."""
        ...


class KmsSigner:
    """A KMS key as a `Signer`. The public half is fetched once."""

    def __init__(self, client: KMSClient, key: str) -> None:
        self._client = client
        self._key = key
        self._algorithm, self._public = from_subject_public_key_info(
            client.get_public_key(KeyId=key)["PublicKey"]
        )

    @property
    def public_key(self) -> PublicKey:
        return self._public

    def sign(self, message: bytes) -> bytes:
        answer = self._client.sign(
            KeyId=self._key,
            Message=message,
            MessageType="RAW",
            SigningAlgorithm=self._algorithm,  # type: ignore[arg-type]  # SM2DSA included
        )
        return raw_from_der(answer["Signature"])


@cache
def signer() -> Signer:
    """This deployment's signer (`YICHUANG_SIGNING_KEY`: a KMS key id, ARN or alias)."""
    import boto3  # noqa: PLC0415  # 300 ms that a function which signs nothing must not pay

    return KmsSigner(boto3.client("kms"), settings().signing_key)


def from_subject_public_key_info(der: bytes) -> tuple[str, PublicKey]:
    """KMS signing algorithm and key of a DER public key (RFC 5480), which ends in 04 || x || y.

    Raises ValueError for a curve that the platform does not sign with.
    """
    for identifier, (algorithm, alg, curve) in ALGORITHMS.items():
        if identifier in der and der[-2 * COORDINATE - 1] == 0x04:
            point = der[-2 * COORDINATE :]
            return algorithm, PublicKey(alg, curve, point[:COORDINATE], point[COORDINATE:])
    raise ValueError("the signing key is neither on P-256 nor on the SM2 curve")


def raw_from_der(der: bytes) -> bytes:
    """`SEQUENCE { INTEGER r, INTEGER s }` as `r || s`. Raises ValueError."""
    if len(der) < 8 or der[0] != 0x30 or der[1] != len(der) - 2:
        raise ValueError("not a DER signature")
    at, numbers = 2, []
    for _ in range(2):
        if der[at] != 0x02:
            raise ValueError("not a DER signature")
        end = at + 2 + der[at + 1]
        numbers.append(int.from_bytes(der[at + 2 : end], "big"))
        at = end
    return b"".join(number.to_bytes(COORDINATE, "big") for number in numbers)


def _b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
