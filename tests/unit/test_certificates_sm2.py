"""SM2 and SM3 against the vectors of their standards."""

from __future__ import annotations

import pytest

from chalicelib.aws.signing import PublicKey, from_subject_public_key_info
from chalicelib.certificates import sm2
from chalicelib.certificates.verify import signature_fits

# GB/T 32918.5-2017, A.2: message "message digest", identity 1234567812345678
PRIVATE = 0x3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8
X = bytes.fromhex("09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020")
Y = bytes.fromhex("CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13")
R = bytes.fromhex("F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3")
S = bytes.fromhex("B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA")
MESSAGE = b"message digest"


@pytest.mark.parametrize(
    ("message", "digest"),
    [  # GB/T 32905-2016, A.1 and A.2
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
)
def test_sm3_gives_the_standards_digests(message, digest):
    assert sm2.sm3(message).hex() == digest


def test_sm2_accepts_the_standards_signature():
    assert sm2.multiply(PRIVATE, sm2.G) == (int.from_bytes(X, "big"), int.from_bytes(Y, "big"))
    assert sm2.verify((X, Y), MESSAGE, R + S)


@pytest.mark.parametrize(
    ("message", "signature"),
    [
        (MESSAGE + b".", R + S),
        (MESSAGE, S + R),
        (MESSAGE, bytes(64)),
        (MESSAGE, R + sm2.N.to_bytes(32, "big")),
        (MESSAGE, R + ((sm2.N - int.from_bytes(R, "big")) % sm2.N).to_bytes(32, "big")),
    ],
)
def test_sm2_refuses_everything_else(message, signature):
    assert not sm2.verify((X, Y), message, signature)


def test_a_point_off_the_curve_is_no_key():
    assert not sm2.verify((X, X), MESSAGE, R + S)


def test_an_sm2_key_verifies_by_its_own_algorithm():
    key = PublicKey("SM2", "SM2", X, Y)
    assert signature_fits(key, MESSAGE, R + S)
    assert not signature_fits(key, MESSAGE, R + S + b"\x00")
    assert PublicKey.from_jwk(key.to_jwk()) == key


def test_the_curve_is_read_from_the_key_that_kms_gives():
    der = bytes.fromhex("301306072a8648ce3d020106082a811ccf5501822d03420004") + X + Y
    algorithm, key = from_subject_public_key_info(der)
    assert (algorithm, key.alg, key.x, key.y) == ("SM2DSA", "SM2", X, Y)
    with pytest.raises(ValueError, match="curve"):
        from_subject_public_key_info(der.replace(bytes.fromhex("822d"), bytes.fromhex("822e")))
