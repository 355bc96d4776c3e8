"""Checking a dossier's archive without a network: the file, the public keys, and nothing else.

What is asked, in this order: is the file a zip of the one form that dossiers have; does the
signature fit the manifest; does the chain run through it; is every entry there, unaltered and in
its place, and nothing besides; is there nothing between the members. The first thing that is wrong
is named. Nothing is unpacked to disk, nothing is inflated, and no content but the log's and the
manifest's is held in memory.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, Final

from chalicelib.aws.signing import PublicKey
from chalicelib.cases.dossier import (
    FORMAT,
    KEYS,
    LOG,
    MANIFEST,
    SIGNATURE,
    Entry,
    genesis,
    member_of,
    next_link,
    signed_message,
)
from chalicelib.cases.zipping import LOCAL, Packed, pack
from chalicelib.certificates.document import b64, canonical, unb64
from chalicelib.certificates.verify import signature_fits

SAFE_PATH: Final = re.compile(r"(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9._/-]{0,199}")
CHUNK: Final = 1 << 20
LARGEST_TEXT: Final = 64 << 20
"""What is read whole (manifest, log, keys) may have this many bytes."""

BROKEN: Final = (
    zipfile.BadZipFile,
    struct.error,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    OverflowError,
    ValueError,
)
"""What the standard library says of a file that is no zip, or is meant to upset its reader."""

MALFORMED: Final = (ValueError, KeyError, TypeError, AttributeError, RecursionError)
"""What JSON of another shape brings about."""


class Flaw(Exception):
    """The first thing wrong with a dossier: `where` is the entry or member, `what` is wrong."""

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}:{what}")
        self.where = where
        self.what = what


@dataclass(frozen=True, slots=True)
class Verified:
    """What was found whole: the manifest, its entries, and the key that signed.

    `trusted` tells whether that key came from outside the archive; a key from inside proves only
    that nothing changed since whoever made the archive signed it.
    """

    manifest: Mapping[str, Any]
    entries: tuple[Entry, ...]
    key_id: str
    trusted: bool


def verify(path: Path, keys: Iterable[PublicKey] | None = None) -> Verified:
    """Check a whole archive. Raises Flaw for the first thing that was altered, missing, added or
    re-ordered; OSError for a file that cannot be read."""
    with path.open("rb") as raw:
        archive = _Archive(raw)
        trusted = keys is not None
        manifest, key_id = _manifest(archive, keys)
        entries = _entries(manifest)
        _members(archive, entries)
        _form(archive)
    return Verified(manifest, entries, key_id, trusted)


# --- the zip file ---------------------------------------------------------------------------------


class _Archive:
    """A zip file of which only the directory is believed; contents are read as they lie there."""

    def __init__(self, raw: BinaryIO) -> None:
        self._raw = raw
        try:
            with zipfile.ZipFile(raw) as opened:
                self.infos = opened.infolist()
        except BROKEN as broken:
            raise Flaw("文件", "不是完整的卷宗压缩包(zip)") from broken
        self.length = raw.seek(0, 2)
        self.by_path = {info.filename: info for info in self.infos}
        for info in self.infos:
            self._refuse_unsafe(info)
        twice = [i.filename for i in self.infos if self.by_path[i.filename] is not i]
        if twice:
            raise Flaw(twice[0], "在压缩包中出现了两次")

    def _refuse_unsafe(self, info: zipfile.ZipInfo) -> None:
        """A dossier's members are stored, so one that is not is somebody else's: perhaps a bomb."""
        name = info.filename
        if not SAFE_PATH.fullmatch(name):
            raise Flaw(repr(name), "文件名不安全,卷宗中不会有这样的文件名")
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise Flaw(name, "经过压缩;卷宗中的文件一律不压缩,未予解压")
        if info.flag_bits or info.header_offset + info.file_size > self.length:
            raise Flaw(name, "在压缩包中的记录已损坏")

    @property
    def paths(self) -> list[str]:
        return [info.filename for info in self.infos]

    def chunks(self, path: str) -> Iterator[bytes]:
        """A member's bytes as they lie in the file, whatever its checksum says."""
        info = self.by_path[path]
        self._raw.seek(info.header_offset)
        try:
            header = LOCAL.unpack(self._raw.read(LOCAL.size))
        except struct.error:
            raise Flaw(path, "在压缩包中的记录已损坏") from None
        at, left = info.header_offset + LOCAL.size + header[-2] + header[-1], info.file_size
        while left:
            # Others read the same file in between: each chunk finds its place again.
            self._raw.seek(at)
            chunk = self._raw.read(min(CHUNK, left))
            if not chunk:
                raise Flaw(path, "在压缩包中的记录已损坏")
            at, left = at + len(chunk), left - len(chunk)
            yield chunk

    def whole(self, path: str) -> bytes:
        """A member that is small by its nature."""
        if path not in self.by_path:
            raise Flaw(path, "缺失")
        if self.by_path[path].file_size > LARGEST_TEXT:
            raise Flaw(path, "大得不合常理,未予读取")
        return b"".join(self.chunks(path))

    def sha256(self, path: str) -> str:
        digest = hashlib.sha256()
        for chunk in self.chunks(path):
            digest.update(chunk)
        return digest.hexdigest()

    def crc(self, path: str) -> int:
        crc = 0
        for chunk in self.chunks(path):
            crc = zlib.crc32(chunk, crc)
        return crc

    def differs(self) -> bool:
        """Whether the file has a byte that its members in their form do not give."""
        members = (
            Packed(path, self.crc(path), self.by_path[path].file_size, self.chunks(path))
            for path in self.paths
        )
        at = 0
        for expected in pack(members):
            self._raw.seek(at)
            if self._raw.read(len(expected)) != expected:
                return True
            at += len(expected)
        return at != self.length


def _form(archive: _Archive) -> None:
    if archive.differs():
        raise Flaw("压缩包", "文件之间或目录中有被改动、夹带的内容")


# --- the signature --------------------------------------------------------------------------------


def _manifest(archive: _Archive, keys: Iterable[PublicKey] | None) -> tuple[dict[str, Any], str]:
    """The manifest with the id of the key that signed it."""
    manifest, signature = archive.whole(MANIFEST), archive.whole(SIGNATURE)
    try:
        signed = json.loads(signature)
        kid, said, value = signed["kid"], signed["manifest_sha256"], unb64(signed["value"])
        shape = {"kid": kid, "manifest_sha256": said, "value": b64(value)}
        whole = signature == canonical(shape) + b"\n"
    except MALFORMED:
        raise Flaw(SIGNATURE, "被改动") from None
    if not whole:
        raise Flaw(SIGNATURE, "被改动")
    key = _key(archive, kid, keys, manifest)
    if not signature_fits(key, signed_message(said), value):
        raise Flaw(SIGNATURE, "被改动,或不是由所给公钥的持有者签发")
    if hashlib.sha256(manifest).hexdigest() != said:
        raise Flaw(MANIFEST, "被改动:与签名不符")
    return json.loads(manifest), kid


def _key(
    archive: _Archive, kid: str, keys: Iterable[PublicKey] | None, manifest: bytes
) -> PublicKey:
    """The key that the signature names: from those given, or else from the archive's own."""
    if keys is not None:
        found = next((key for key in keys if key.key_id == kid), None)
        if found is None:
            raise Flaw(SIGNATURE, "签名所用的公钥不在所给的公钥之中")
        return found
    inside = archive.whole(KEYS)
    try:
        own = [PublicKey.from_jwk(jwk) for jwk in json.loads(inside)["keys"]]
    except MALFORMED:
        own = []
    found = next((key for key in own if key.key_id == kid), None)
    if found is None:
        # Without the key nothing is proved; what the manifest says of keys.json tells who is wrong.
        named = hashlib.sha256(inside).hexdigest().encode() in manifest
        raise Flaw(*((SIGNATURE, "被改动:所指的公钥不在卷宗之中") if named else (KEYS, "被改动")))
    return found


# --- the entries ----------------------------------------------------------------------------------


def _entries(manifest: Mapping[str, Any]) -> tuple[Entry, ...]:
    """The entries of a signed manifest; the chain must run through all of them to the head."""
    try:
        if manifest["format"] != FORMAT:
            raise Flaw(MANIFEST, "不是本格式的卷宗清单")
        entries = tuple(Entry.from_dict(raw) for raw in manifest["entries"])
        link = genesis(manifest["case_no"])
        head = manifest["head"]
    except MALFORMED:
        raise Flaw(MANIFEST, "不是本格式的卷宗清单") from None
    for entry in entries:
        link = next_link(link, entry.name, entry.sha256)
        if link != entry.link:
            raise Flaw(entry.name, "链在此处断开")
    if link != head:
        raise Flaw(MANIFEST, "链值与最后一项不符")
    return entries


def _members(archive: _Archive, entries: Sequence[Entry]) -> None:
    """Every entry is there and unaltered; nothing else is; all lies in the manifest's order."""
    known = {entry.sha256: entry for entry in entries if member_of(entry.name) != LOG}
    events = [entry for entry in entries if member_of(entry.name) == LOG]
    expected = list(dict.fromkeys(member_of(entry.name) for entry in entries))
    by_name = {entry.name: entry for entry in entries}
    for path in expected:
        if path not in archive.by_path:
            raise Flaw(events[0].name if path == LOG else path, "缺失")
        if path == LOG:
            _log(archive.whole(LOG), events)
            continue
        entry = by_name[path]
        found = archive.sha256(path)
        if found == entry.sha256:
            continue
        other = known.get(found)
        raise Flaw(path, f"被换成了 {other.name} 的内容" if other else "被改动:与清单的摘要不符")
    order = [MANIFEST, SIGNATURE, *expected]
    named = frozenset(order)
    for path in archive.paths:
        if path not in named:
            raise Flaw(path, "是后来加入的,清单中没有")
    for path, place in zip(archive.paths, order, strict=True):
        if path != place:
            raise Flaw(path, f"被移动了位置,此处应为 {place}")


def _log(content: bytes, events: Sequence[Entry]) -> None:
    """Line by line; what stands in the place of an event tells what was done to it."""
    lines = content.split(b"\n")
    rest = lines.pop()
    have = [hashlib.sha256(line).hexdigest() for line in lines]
    want = [entry.sha256 for entry in events]
    for place, entry in enumerate(events):
        here = have[place] if place < len(have) else None
        if here == entry.sha256:
            continue
        later = entry.sha256 in have[place + 1 :]
        if here in want and here not in have[:place]:
            raise Flaw(entry.name, "被移动了位置" if later else "缺失")
        if later:
            raise Flaw(entry.name, "此处被插入了一条记录")
        raise Flaw(entry.name, "缺失" if here is None and not rest else "被改动:与清单的摘要不符")
    if len(have) > len(want) or rest:
        raise Flaw(f"{LOG}#{len(want) + 1}", "是后来加入的,清单中没有")
