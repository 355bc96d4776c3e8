"""A zip file that has one form only: members stored, in a given order, with nothing else in it.

Stored members cannot be bombs, and a file of one form can be compared byte for byte with what its
members give, so that nothing hides between them. No date, no comment, no extra field; names are
ASCII. (APPNOTE.TXT 6.3.10, without zip64: at most 65,534 members and 4 GiB.)
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

VERSION: Final = 20
MADE_BY_UNIX: Final = 3 << 8 | VERSION
MIDNIGHT_1980: Final = (0, 1 << 5 | 1)  # DOS time and date: the format's first instant
READABLE: Final = 0o100644 << 16
LARGEST: Final = 0xFFFFFFFF
MOST_MEMBERS: Final = 0xFFFE

LOCAL: Final = struct.Struct("<4s5H3I2H")
CENTRAL: Final = struct.Struct("<4s6H3I5H2I")
END: Final = struct.Struct("<4s4H2IH")


@dataclass(frozen=True, slots=True)
class Packed:
    """One member: its path, CRC-32 and size in bytes, and its content in chunks."""

    path: str
    crc: int
    size: int
    chunks: Iterable[bytes]

    @classmethod
    def of(cls, path: str, content: bytes) -> Packed:
        return cls(path, zlib.crc32(content), len(content), (content,))


def pack(members: Iterable[Packed]) -> Iterator[bytes]:
    """The zip file's bytes, chunk by chunk; a member's content is asked for in its turn.

    Raises ValueError for more than the format holds, and for a content of another size than said.
    """
    central: list[bytes] = []
    offset = 0
    for member in members:
        name = member.path.encode("ascii")
        shared = (0, 0, *MIDNIGHT_1980, member.crc, member.size, member.size, len(name), 0)
        if offset + member.size > LARGEST or len(central) >= MOST_MEMBERS:
            raise ValueError("more than a plain zip file holds")
        central.append(
            CENTRAL.pack(b"PK\1\2", MADE_BY_UNIX, VERSION, *shared, 0, 0, 0, READABLE, offset)
            + name
        )
        yield LOCAL.pack(b"PK\3\4", VERSION, *shared) + name
        written = 0
        for chunk in member.chunks:
            written += len(chunk)
            yield chunk
        if written != member.size:
            raise ValueError(f"{member.path} is not of the size it was said to be")
        offset += LOCAL.size + len(name) + member.size
    directory = b"".join(central)
    if offset + len(directory) > LARGEST:
        raise ValueError("more than a plain zip file holds")
    count = len(central)
    yield directory + END.pack(b"PK\5\6", 0, 0, count, count, len(directory), offset, 0)
