"""The sealed part of a certificate: the holder's data, and the salts of the signed document."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import lru_cache

from chalicelib.aws.sealing import derive, keyring, seal, unseal
from chalicelib.certificates.model import Certificate, Opened


def close(identifier: str, personal: Mapping[str, str]) -> bytes:
    """The personal items as bytes that open under this identifier alone."""
    return seal(personal, identifier)


def open_sealed(certificate: Certificate) -> Opened:
    """Break a certificate's seal. The caller has written the read log's line before."""
    personal = unseal(certificate.sealed, certificate.identifier)
    return Opened(certificate, personal, seed_of(certificate.identifier))


def seed_of(identifier: str) -> bytes:
    """16 bytes from which a certificate's salts come: always the same, and only here.

    They make a document's hash a fingerprint of its content that nobody outside can compute, so
    that an import recognises a row it has stored before.
    """
    key = _salting_key(keyring().masters[1])
    return hashlib.blake2s(identifier.encode(), key=key, digest_size=16).digest()


@lru_cache(maxsize=1)
def _salting_key(master: bytes) -> bytes:
    return derive(master, "yichuang certificate salts")
