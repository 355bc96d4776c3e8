"""SM2 signatures and the SM3 hash in plain Python, for verification where no library has them.

GB/T 32918.2-2016 (signature algorithm) with the curve of GB/T 32918.5-2017, and GB/T 32905-2016
(SM3). Verification handles public data alone, so its running time need not be constant; signing is
KMS's business and is not here.
"""

from __future__ import annotations

import struct

P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
A = P - 3
B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
N = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFF7203DF6B21C6052B53BBF40939D54123
G = (
    0x32C4AE2C1F1981195F9904466A39C9948FE30BBFF2660BE1715A4589334C74C7,
    0xBC3736A2F4F6779C59BDCEE36B692153D0A9877CC62A474002DF32E52139F0A0,
)
DEFAULT_USER = b"1234567812345678"  # GM/T 0009-2012, clause 10: where no identity is agreed

_Point = tuple[int, int] | None
_WORD = 0xFFFFFFFF
_INITIAL = (
    0x7380166F,
    0x4914B2B9,
    0x172442D7,
    0xDA8A0600,
    0xA96F30BC,
    0x163138AA,
    0xE38DEE4D,
    0xB0FB0E4E,
)


def sm3(message: bytes) -> bytes:
    """The 32-byte SM3 hash."""
    state: tuple[int, ...] = _INITIAL
    padded = message + b"\x80" + b"\x00" * ((55 - len(message)) % 64)
    padded += struct.pack(">Q", 8 * len(message))
    for at in range(0, len(padded), 64):
        state = _compress(state, padded[at : at + 64])
    return struct.pack(">8I", *state)


def verify(
    public: tuple[bytes, bytes], message: bytes, signature: bytes, user: bytes = DEFAULT_USER
) -> bool:
    """Whether `signature` (r || s, 64 bytes) is the key's over `message`."""
    point = (int.from_bytes(public[0], "big"), int.from_bytes(public[1], "big"))
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    t = (r + s) % N
    if not (on_curve(point) and 0 < r < N and 0 < s < N and t):
        return False
    reached = add(multiply(s, G), multiply(t, point))
    if reached is None:
        return False
    return (digest(point, message, user) + reached[0]) % N == r


def digest(public: tuple[int, int], message: bytes, user: bytes = DEFAULT_USER) -> int:
    """The number that is signed: SM3 over the signer's identity hash Z and the message."""
    numbers = b"".join(each.to_bytes(32, "big") for each in (A, B, *G, *public))
    identity = sm3(struct.pack(">H", 8 * len(user)) + user + numbers)
    return int.from_bytes(sm3(identity + message), "big")


def on_curve(point: tuple[int, int]) -> bool:
    x, y = point
    return 0 <= x < P and 0 <= y < P and (y * y - x * x * x - A * x - B) % P == 0


def add(left: _Point, right: _Point) -> _Point:
    """The sum of two points; None is the point at infinity."""
    if left is None or right is None:
        return left or right
    if left[0] == right[0]:
        if (left[1] + right[1]) % P == 0:
            return None
        slope = (3 * left[0] * left[0] + A) * pow(2 * left[1], -1, P)
    else:
        slope = (right[1] - left[1]) * pow(right[0] - left[0], -1, P)
    x = (slope * slope - left[0] - right[0]) % P
    return x, (slope * (left[0] - x) - left[1]) % P


def multiply(times: int, point: _Point) -> _Point:
    """The point added to itself so many times, by double and add."""
    total: _Point = None
    while times:
        if times & 1:
            total = add(total, point)
        point, times = add(point, point), times >> 1
    return total


def _rotate(word: int, by: int) -> int:
    by %= 32
    return (word << by | word >> (32 - by)) & _WORD


def _p0(word: int) -> int:
    return word ^ _rotate(word, 9) ^ _rotate(word, 17)


def _p1(word: int) -> int:
    return word ^ _rotate(word, 15) ^ _rotate(word, 23)


def _expand(block: bytes) -> list[int]:
    words = list(struct.unpack(">16I", block))
    for j in range(16, 68):
        mixed = _p1(words[j - 16] ^ words[j - 9] ^ _rotate(words[j - 3], 15))
        words.append(mixed ^ _rotate(words[j - 13], 7) ^ words[j - 6])
    return words


def _compress(state: tuple[int, ...], block: bytes) -> tuple[int, ...]:
    words = _expand(block)
    a, b, c, d, e, f, g, h = state
    for j in range(64):
        constant = 0x79CC4519 if j < 16 else 0x7A879D8A
        ss1 = _rotate((_rotate(a, 12) + e + _rotate(constant, j)) & _WORD, 7)
        ss2 = ss1 ^ _rotate(a, 12)
        ff = a ^ b ^ c if j < 16 else a & b | a & c | b & c
        gg = e ^ f ^ g if j < 16 else e & f | ~e & g & _WORD
        tt1 = (ff + d + ss2 + (words[j] ^ words[j + 4])) & _WORD
        tt2 = (gg + h + ss1 + words[j]) & _WORD
        a, b, c, d = tt1, a, _rotate(b, 9), c
        e, f, g, h = _p0(tt2), e, _rotate(f, 19), g
    return tuple(old ^ new for old, new in zip(state, (a, b, c, d, e, f, g, h), strict=True))
