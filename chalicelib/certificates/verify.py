"""Checking a certificate file without a network: the file, the public keys, and nothing else.

Only arithmetic is asked: does the signature fit what the file shows, and do the identifier and the
metadata agree. Whether the certificate was suspended or revoked since, only the store can say; the
annotation tells what it said when the copy was made.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.aws.signing import PublicKey
from chalicelib.certificates import sm2
from chalicelib.certificates.document import canonical, signed_root, unb64
from chalicelib.core.identifiers import parse_certificate_identifier


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the file is genuine; if not, every reason found. `shown` are the disclosed items."""

    reasons: tuple[str, ...]
    shown: Mapping[str, str]

    @property
    def genuine(self) -> bool:
        return not self.reasons


def verify_file(file: Mapping[str, Any], keys: Iterable[PublicKey]) -> Verdict:
    """Verify a certificate file against the issuer's public keys."""
    by_id = {key.key_id: key for key in keys}
    reasons: list[str] = []
    try:
        root = signed_root(file)
        reasons += _identifier(file["meta"])
        if not _signed(by_id, file["signature"], root):
            reasons.append("签名不符:内容被改动,或不是由所给公钥的持有者签发")
        if "annotation" in file and not _annotation_signed(by_id, file, root):
            reasons.append("加注签名不符:加注内容被改动,或加注属于另一份证照")
    except (ValueError, KeyError, TypeError, AttributeError):
        return Verdict(("文件不是完整的证照文件",), {})
    claims = file["claims"].items()
    return Verdict(
        tuple(reasons), {name: claim["value"] for name, claim in claims if "value" in claim}
    )


def signature_fits(key: PublicKey, message: bytes, signature: bytes) -> bool:
    """Whether `r || s` is this key's signature of the message."""
    if len(signature) != 64:
        return False
    if key.alg == "SM2":
        return sm2.verify((key.x, key.y), message, signature)
    return _ecdsa_fits(key, message, signature)


def annotation_message(annotation: Mapping[str, Any], root: bytes) -> bytes:
    """What an annotation's signature covers: the annotation, bound to one document."""
    return hashlib.sha256(b"yichuang annotation\n" + root + canonical(dict(annotation))).digest()


def _ecdsa_fits(key: PublicKey, message: bytes, signature: bytes) -> bool:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - import time
    from cryptography.hazmat.primitives.asymmetric import ec, utils  # noqa: PLC0415
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415

    numbers = ec.EllipticCurvePublicNumbers(
        int.from_bytes(key.x, "big"), int.from_bytes(key.y, "big"), ec.SECP256R1()
    )
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        numbers.public_key().verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _signed(keys: Mapping[str, PublicKey], signature: Mapping[str, str], root: bytes) -> bool:
    key = keys.get(signature["kid"])
    return key is not None and signature_fits(key, root, unb64(signature["value"]))


def _annotation_signed(keys: Mapping[str, PublicKey], file: Mapping[str, Any], root: bytes) -> bool:
    return _signed(keys, file["annotation_signature"], annotation_message(file["annotation"], root))


def _identifier(meta: Mapping[str, str]) -> list[str]:
    try:
        parts = parse_certificate_identifier(meta["ZZBS"])
    except ValueError:
        return ["证照标识的格式或校验位不符 (GB/T 36904)"]
    said = (meta["ZZLXDM"], meta["ZZBFJGDM"], meta["ZZBH"])
    if said != (parts.type_code, parts.issuer, parts.serial):
        return ["证照标识与类型代码、颁发机构或编号不一致"]
    return []
