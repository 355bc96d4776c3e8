"""The signed document: what is signed, how items can be withheld, how a file is checked.

The signature covers the open metadata and one salted digest an item, so a copy may show some items
and withhold the others and still verify: the reader recomputes the digests of what he sees and
takes the others as given. Salts come from one seed a certificate, which follows from its identifier by a keyed function.
Documents are leaves of a hash tree (RFC 6962 §2.1 prefixes), so a batch of imported certificates
costs one signature; a certificate signed alone is a tree of one.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from chalicelib.certificates.model import HOLDER_KINDS, Certificate, Opened
from chalicelib.core import jsontext

FORMAT = "yichuang-certificate/1"
Json: TypeAlias = "str | int | bool | Sequence[Json] | Mapping[str, Json] | None"

LEFT, RIGHT = b"\x00", b"\x01"


def canonical(value: Json) -> bytes:
    """The one byte form of a JSON value: sorted keys, no spaces, UTF-8."""
    return jsontext.canonical(value).encode()


def b64(raw: bytes) -> str:
    """Base64url without padding, as in JOSE."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes that `b64` wrote. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def metadata(certificate: Certificate) -> dict[str, str]:
    """The open GB/T 36903 metadata: nothing of the holder but the kind of the number."""
    return {
        "ZZMC": certificate.name,
        "ZZLXDM": certificate.type_code,
        "ZZBH": certificate.serial,
        "ZZBS": certificate.identifier,
        "ZZBFJG": certificate.issuer_name,
        "ZZBFJGDM": certificate.issuer_uscc,
        "ZZBFRQ": certificate.issued_on.isoformat(),
        "ZZYXQQSRQ": certificate.valid_from.isoformat(),
        "ZZYXQJZRQ": certificate.valid_to.isoformat() if certificate.valid_to else "长期",
        "CZZTDMLXDM": certificate.holder_kind,
        "CZZTDMLX": HOLDER_KINDS.get(certificate.holder_kind, "其他"),
    }


def salt(seed: bytes, name: str) -> bytes:
    """The salt of one item: without the seed, a withheld value cannot be guessed and tested."""
    return hashlib.blake2s(name.encode(), key=seed, digest_size=16).digest()


def digest(item_salt: bytes, name: str, value: str) -> str:
    """What the signed document says of one item."""
    return b64(hashlib.sha256(item_salt + canonical([name, value])).digest())


def statement(meta: Mapping[str, str], grade: str, digests: Mapping[str, str]) -> bytes:
    """The bytes that are signed: open metadata, trust grade and a digest for every item."""
    return canonical(
        {"format": FORMAT, "meta": dict(meta), "grade": grade, "claims": dict(digests)}
    )


def statement_of(certificate: Certificate, claims: Mapping[str, str], seed: bytes) -> bytes:
    """The statement of a certificate whose items are `claims`."""
    digests = {name: digest(salt(seed, name), name, value) for name, value in claims.items()}
    return statement(metadata(certificate), certificate.grade.value, digests)


def leaf(message: bytes) -> bytes:
    """The hash of one document in the tree."""
    return hashlib.sha256(b"\x00" + message).digest()


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree(leaves: Sequence[bytes]) -> tuple[bytes, list[tuple[bytes, ...]]]:
    """Root of a hash tree and, for each leaf, its path. An odd node rises unpaired.

    Raises ValueError for no leaf.
    """
    if not leaves:
        raise ValueError("a tree needs a leaf")
    paths: list[list[bytes]] = [[] for _ in leaves]
    level = [(each, [position]) for position, each in enumerate(leaves)]
    while len(level) > 1:
        above = []
        for (left, under_left), (right, under_right) in zip(level[::2], level[1::2], strict=False):
            for position in under_left:
                paths[position].append(RIGHT + right)
            for position in under_right:
                paths[position].append(LEFT + left)
            above.append((_node(left, right), under_left + under_right))
        if len(level) % 2:
            above.append(level[-1])
        level = above
    return level[0][0], [tuple(path) for path in paths]


def climb(start: bytes, path: Sequence[bytes]) -> bytes:
    """The root that a leaf reaches by a path. Raises ValueError for a step that is none."""
    at = start
    for step in path:
        side, sibling = step[:1], step[1:]
        if side not in (LEFT, RIGHT) or len(sibling) != hashlib.sha256().digest_size:
            raise ValueError("a step of the path is broken")
        at = _node(sibling, at) if side == LEFT else _node(at, sibling)
    return at


def to_file(opened: Opened, show: frozenset[str] | None = None) -> dict[str, Any]:
    """The exchange format: metadata, items (shown or withheld), signature.

    `show` names the items to disclose; None discloses all. A withheld item leaves its digest.
    """
    certificate = opened.certificate
    claims: dict[str, dict[str, str]] = {}
    for name, value in opened.claims.items():
        item_salt = salt(opened.seed, name)
        if show is None or name in show:
            claims[name] = {"value": value, "salt": b64(item_salt)}
        else:
            claims[name] = {"digest": digest(item_salt, name, value)}
    return {
        "format": FORMAT,
        "meta": metadata(certificate),
        "grade": certificate.grade.value,
        "claims": claims,
        "signature": {
            "kid": certificate.signature.key_id,
            "path": [b64(step) for step in certificate.signature.path],
            "value": b64(certificate.signature.value),
        },
    }


def signed_root(file: Mapping[str, Any]) -> bytes:
    """The root that a file's signature must sign, computed from what the file shows.

    Raises ValueError for a file that is not in the format.
    """
    try:
        if file["format"] != FORMAT:
            raise ValueError("not a certificate file of this format")
        digests = {
            name: str(claim["digest"])
            if "digest" in claim
            else digest(unb64(claim["salt"]), name, claim["value"])
            for name, claim in file["claims"].items()
        }
        message = statement(file["meta"], file["grade"], digests)
        return climb(leaf(message), [unb64(step) for step in file["signature"]["path"]])
    except (KeyError, TypeError, AttributeError) as missing:
        raise ValueError(f"the file lacks {missing}") from missing
