"""The signed document: what it covers, what may be withheld, what is found out."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.aws import signing
from chalicelib.aws.signing import PublicKey, raw_from_der
from chalicelib.certificates import document
from chalicelib.certificates.model import Certificate, Opened, Signature
from chalicelib.certificates.verify import verify_file
from chalicelib.core.identifiers import certificate_identifier

PRIVATE = ec.generate_private_key(ec.SECP256R1())
KEY = signing.from_subject_public_key_info(
    PRIVATE.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
)[1]
TYPE, ISSUER = "11410102DEM000014W001", "11410102DEM000014W"
SEED = b"sixteen bytes!!!"
PERSONAL = {"CZZT": "张三丰", "CZZTDM": "11010519491231002X"}
CLAIMS = st.dictionaries(
    st.sampled_from(["KZ_A", "KZ_B", "KZ_C", "KZ_D"]), st.text(max_size=30), max_size=4
)


def sign(root: bytes) -> bytes:
    return raw_from_der(PRIVATE.sign(root, ec.ECDSA(SHA256())))


def opened(fields: dict[str, str], serial: str = "A1", path=(), root: bytes | None = None):
    certificate = Certificate(
        identifier=certificate_identifier(TYPE, ISSUER, serial),
        type_code=TYPE,
        issuer_uscc=ISSUER,
        serial=serial,
        version=1,
        name="就业创业证",
        issuer_name="区人社局",
        holder="0" * 32,
        holder_kind="111",
        issued_on=date(2026, 3, 2),
        valid_from=date(2026, 3, 2),
        valid_to=None,
        fields=fields,
        sealed=b"",
        signature=Signature(KEY.key_id, b"", path),
    )
    whole = Opened(certificate, PERSONAL, SEED)
    value = sign(root or leaf_of(whole))
    signed = Signature(KEY.key_id, value, path)
    return Opened(replace(certificate, signature=signed), PERSONAL, SEED)


def leaf_of(whole: Opened) -> bytes:
    return document.leaf(document.statement_of(whole.certificate, whole.claims, SEED))


@given(CLAIMS, st.data())
def test_a_copy_verifies_whatever_is_withheld_and_shows_only_what_was_chosen(fields, data):
    whole = opened(fields)
    chosen = data.draw(st.sets(st.sampled_from(sorted(whole.claims))))
    file = json.loads(json.dumps(document.to_file(whole, frozenset(chosen))))
    verdict = verify_file(file, [KEY])
    assert verdict.genuine
    assert dict(verdict.shown) == {name: whole.claims[name] for name in chosen}
    text = json.dumps(file, ensure_ascii=False)
    assert all(value not in text for name, value in PERSONAL.items() if name not in chosen)


@given(st.data())
def test_every_change_of_a_file_is_found(data):
    file = document.to_file(opened({"KZ_A": "甲", "KZ_B": "乙"}), frozenset({"KZ_A", "CZZT"}))
    assert verify_file(file, [KEY]).genuine
    paths = sorted(_leaves(file))
    where = data.draw(st.sampled_from(paths))
    forged = json.loads(json.dumps(file))
    at = forged
    for step in where[:-1]:
        at = at[step]
    at[where[-1]] = at[where[-1]] + "x"
    assert not verify_file(forged, [KEY]).genuine


def _leaves(value, path=()):
    if isinstance(value, dict):
        for name, each in value.items():
            yield from _leaves(each, (*path, name))
    elif isinstance(value, str):
        yield path


def test_a_claim_cannot_be_added_dropped_or_moved():
    file = document.to_file(opened({"KZ_A": "甲", "KZ_B": "乙"}))
    for change in (
        lambda claims: claims.pop("KZ_A"),
        lambda claims: claims.update(KZ_Z=claims["KZ_A"]),
        lambda claims: claims.update(KZ_A=claims["KZ_B"], KZ_B=claims["KZ_A"]),
    ):
        forged = json.loads(json.dumps(file))
        change(forged["claims"])
        assert not verify_file(forged, [KEY]).genuine


def test_another_key_does_not_verify():
    other = ec.generate_private_key(ec.SECP256R1()).public_key()
    stranger = signing.from_subject_public_key_info(
        other.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    )[1]
    file = document.to_file(opened({}))
    assert not verify_file(file, [stranger]).genuine
    file["signature"]["kid"] = stranger.key_id
    assert not verify_file(file, [stranger]).genuine


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=70))
def test_every_leaf_climbs_to_the_root_by_its_own_path(leaves):
    root, paths = document.tree(leaves)
    assert [document.climb(leaf, path) for leaf, path in zip(leaves, paths, strict=True)] == [
        root
    ] * len(leaves)


@given(st.lists(st.binary(min_size=32, max_size=32), min_size=2, max_size=9, unique=True))
def test_a_leaf_does_not_climb_by_anothers_path(leaves):
    root, paths = document.tree(leaves)
    assert document.climb(leaves[0], paths[1]) != root


def test_the_tree_is_that_of_rfc_6962():
    leaves = [document.leaf(bytes([n])) for n in range(3)]
    left = hashlib.sha256(b"\x01" + leaves[0] + leaves[1]).digest()
    assert document.tree(leaves)[0] == hashlib.sha256(b"\x01" + left + leaves[2]).digest()
    assert leaves[0] == hashlib.sha256(b"\x00\x00").digest()


def test_a_batch_is_signed_once_and_each_of_it_verifies():
    serials = [f"S{n}" for n in range(5)]
    root, paths = document.tree([leaf_of(opened({}, serial)) for serial in serials])
    for serial, path in zip(serials, paths, strict=True):
        file = document.to_file(opened({}, serial, path, root))
        assert verify_file(file, [KEY]).genuine
        file["signature"]["path"] = file["signature"]["path"][:-1]
        assert not verify_file(file, [KEY]).genuine


def test_an_identifier_that_contradicts_the_metadata_is_told():
    file = document.to_file(opened({}))
    file["meta"]["ZZBS"] = certificate_identifier(TYPE, ISSUER, "OTHER")
    assert any("不一致" in reason for reason in verify_file(file, [KEY]).reasons)
    file["meta"]["ZZBS"] = file["meta"]["ZZBS"][:-1] + "?"
    assert any("校验位" in reason for reason in verify_file(file, [KEY]).reasons)


@pytest.mark.parametrize(
    "file",
    [
        {},
        {"format": "other"},
        {"format": document.FORMAT},
        {"format": document.FORMAT, "claims": 1},
    ],
)
def test_what_is_no_certificate_file_is_refused_not_raised(file):
    assert not verify_file(file, [KEY]).genuine


def test_a_key_survives_its_jwk_and_is_named_by_its_thumbprint():
    jwk = KEY.to_jwk()
    assert PublicKey.from_jwk(jwk) == KEY
    members = json.dumps(
        {name: jwk[name] for name in ("crv", "kty", "x", "y")}, separators=(",", ":")
    )
    assert jwk["kid"] == document.b64(hashlib.sha256(members.encode()).digest())


@pytest.mark.parametrize("change", [{"kty": "RSA"}, {"crv": "P-384"}, {"alg": "none"}])
def test_a_foreign_key_is_refused(change):
    with pytest.raises(ValueError, match=r"key|algorithm"):
        PublicKey.from_jwk(KEY.to_jwk() | change)


def test_the_metadata_carries_the_short_names_of_the_standard():
    meta = document.metadata(opened({}).certificate)
    assert meta["ZZBS"].startswith("1.2.156.3005.2.")
    assert meta["ZZYXQJZRQ"] == "长期"
    assert set(meta) == {
        "ZZMC",
        "ZZLXDM",
        "ZZBH",
        "ZZBS",
        "ZZBFJG",
        "ZZBFJGDM",
        "ZZBFRQ",
        "ZZYXQQSRQ",
        "ZZYXQJZRQ",
        "CZZTDMLXDM",
        "CZZTDMLX",
    }
