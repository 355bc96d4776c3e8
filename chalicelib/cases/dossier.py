"""The dossier 卷宗 of a case: everything there is about it, in order, hashed and chained; pure.

An entry is one thing: an event of the log, a document, a material. Each has a SHA-256, and a link
that is the hash over the link before, the entry's name and its hash; the last link is the chain's
head. The manifest names every entry with hash and link and is signed, so that nothing can be
altered, left out, put in or moved unseen. Events are entries of their own inside `log.jsonl`, so
that a check can name the one that was touched.

Source: clause 7 of 中原政〔2016〕3号 (the dossier comes from the system); 国务院令716号 art. 12.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from chalicelib.cases.dossier_pages import index_page, notice_page
from chalicelib.cases.intake import sha256_of
from chalicelib.cases.model import Recorded, Stage, replay
from chalicelib.cases.notices import Notice, addressee_of, notices
from chalicelib.cases.titles import EVENT_TITLES
from chalicelib.catalogue.model import Item
from chalicelib.certificates.document import canonical
from chalicelib.core.filetypes import EXTENSIONS
from chalicelib.core.time import to_text

FORMAT: Final = "yichuang-dossier/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "signature.json"
KEYS: Final = "keys.json"
LOG: Final = "log.jsonl"
INDEX: Final = "index.html"

_UNSAFE: Final = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, slots=True)
class Stored:
    """A content that lies in the documents bucket: its key, SHA-256 (hex) and size in bytes."""

    key: str
    sha256: str
    size: int


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that goes into a dossier. `name` is its path, for an event `log.jsonl#<seq>`."""

    name: str
    kind: str
    title: str
    content: bytes | Stored = field(repr=False)
    at: str = ""

    @property
    def path(self) -> str:
        """The member of the archive that holds it."""
        return member_of(self.name)

    @property
    def sha256(self) -> str:
        if isinstance(self.content, Stored):
            return self.content.sha256
        return hashlib.sha256(self.content).hexdigest()

    @property
    def size(self) -> int:
        return self.content.size if isinstance(self.content, Stored) else len(self.content)


@dataclass(frozen=True, slots=True)
class Entry:
    """A part as the manifest names it; `link` is the chain's value up to and over it."""

    name: str
    kind: str
    title: str
    at: str
    size: int
    sha256: str
    link: str

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Entry:
        """Raises ValueError for what `to_dict` did not write."""
        if set(raw) != set(cls.__slots__) or not isinstance(raw["size"], int):
            raise ValueError("not an entry of a manifest")
        if not all(isinstance(raw[name], str) for name in cls.__slots__ if name != "size"):
            raise ValueError("not an entry of a manifest")
        return cls(**raw)


@dataclass(frozen=True, slots=True)
class CaseFile:
    """All that a dossier is made of, read from the stores.

    `person` is the sealed part of the first event, `certificate` the whole exchange file of what
    the case yielded, `keys` the JWKs that signed it and will sign the manifest. `found` gives size in bytes
    and media type of stored files of which the log says the key alone.
    """

    no: str
    item: Item
    log: Sequence[Recorded]
    person: Mapping[str, Any] = field(repr=False)
    keys: Sequence[Mapping[str, str]] = ()
    certificate: Mapping[str, Any] | None = field(default=None, repr=False)
    found: Mapping[str, tuple[int, str]] = field(default_factory=dict)

    @property
    def final(self) -> bool:
        """Whether the case is closed, so that the dossier is its last word."""
        return replay(self.log).stage is Stage.CLOSED

    @property
    def notices(self) -> list[Notice]:
        events = [recorded.event for recorded in self.log]
        return notices(events, self.item, addressee_of(self.person, masked=False))


def member_of(name: str) -> str:
    """The archive member that holds an entry: `log.jsonl` for `log.jsonl#3`."""
    return name.partition("#")[0]


# --- the chain ------------------------------------------------------------------------------------


def genesis(case_no: str) -> str:
    """The link before the first: no chain of one case continues another's."""
    return hashlib.sha256(f"{FORMAT}\n{case_no}".encode()).hexdigest()


def next_link(previous: str, name: str, sha256: str) -> str:
    """The hash over the link before, an entry's name and its hash (lines of text, UTF-8)."""
    return hashlib.sha256(f"{previous}\n{name}\n{sha256}".encode()).hexdigest()


def chained(case_no: str, parts: Iterable[Part]) -> list[Entry]:
    """The parts as entries, in their order."""
    link, entries = genesis(case_no), []
    for part in parts:
        link = next_link(link, part.name, part.sha256)
        entries.append(
            Entry(part.name, part.kind, part.title, part.at, part.size, part.sha256, link)
        )
    return entries


# --- the parts ------------------------------------------------------------------------------------


def line_of(recorded: Recorded) -> bytes:
    """One event as a line of JSON, without its line end; with the request that caused it."""
    request = {"request": recorded.request} if recorded.request else {}
    return canonical({**recorded.event.to_dict(), **request})


def _keys(file: CaseFile) -> Iterator[Part]:
    jwks = {"keys": [dict(key) for key in file.keys]}
    yield Part(KEYS, "keys", "验签公钥", canonical(jwks) + b"\n")


def _application(file: CaseFile) -> Iterator[Part]:
    at = to_text(file.log[0].event.at)
    content = canonical(dict(file.person)) + b"\n"
    yield Part("application.json", "application", "申请表", content, at)


def _events(file: CaseFile) -> Iterator[Part]:
    for recorded in file.log:
        event = recorded.event
        title = f"办理记录:{EVENT_TITLES.get(event.type, event.type)}"
        yield Part(f"{LOG}#{event.seq}", "event", title, line_of(recorded), to_text(event.at))


def _notices(file: CaseFile) -> Iterator[Part]:
    at = {recorded.event.seq: to_text(recorded.event.at) for recorded in file.log}
    for notice in file.notices:
        stem, moment = f"notices/{notice.number}", at[notice.seq]
        yield Part(f"{stem}.txt", "notice", notice.title, notice.to_text().encode(), moment)
        title = f"{notice.title}(打印版)"
        yield Part(f"{stem}.html", "notice_page", title, notice_page(notice), moment)


def _materials(file: CaseFile) -> Iterator[Part]:
    """What was handed in, at receipt and later, in order; a certificate goes by its identifier."""
    handed_in = [
        (entry, to_text(recorded.event.at))
        for recorded in file.log
        if recorded.event.type in ("case.received", "case.supplemented")
        for entry in recorded.event.data.get("materials", ())
    ]
    for place, (entry, at) in enumerate(handed_in, start=1):
        known = file.item.material(entry["id"])
        title = known.name if known else entry["id"]
        # What is supplemented names its material itself: nothing of it may become a path.
        stem = f"materials/{place:02d}-{_UNSAFE.sub('_', entry['id'])}"
        if entry.get("certificate"):
            content = canonical({"material_id": entry["id"], "certificate": entry["certificate"]})
            yield Part(f"{stem}.json", "material", f"{title}(取自证照库)", content + b"\n", at)
        else:
            size, media_type = int(entry["size"]), entry.get("type", "")
            stored = Stored(str(entry["key"]), sha256_of(entry) or "", size)
            yield Part(f"{stem}.{_extension(media_type)}", "material", title, stored, at)


def _extension(media_type: str) -> str:
    return EXTENSIONS.get(media_type, "bin")


def _procedures(file: CaseFile) -> Iterator[Part]:
    """Each special procedure's record (GB/T 39046 §6.4), and the document of its result."""
    started = {}
    for recorded in file.log:
        event, data = recorded.event, recorded.event.data
        if event.type == "case.procedure_started":
            started[data["id"]] = data
        if event.type != "case.procedure_finished":
            continue
        begun, at = started[data["id"]], to_text(event.at)
        stem, title = f"procedures/{data['id']}", f"特别程序结果:{data['name']}"
        lines = (
            f"特别程序种类:{data['name']}",
            f"启动日期:{begun['started_on']}",
            f"启动理由:{begun['reason']}",
            f"结束日期:{data['ended_on']}",
            f"结果:{data['result']}",
            f"工作人员:{'、'.join(data['staff']) or '未登记'}",
        )
        yield Part(f"{stem}.txt", "procedure", title, ("\n".join(lines) + "\n").encode(), at)
        if data.get("document"):
            key = data["document"]
            size, media_type = file.found[key]
            stored = Stored(key, sha256_of({"key": key}) or "", size)
            name = f"{stem}-document.{_extension(media_type)}"
            yield Part(name, "procedure", f"{title}(文件)", stored, at)


def _certificate(file: CaseFile) -> Iterator[Part]:
    if file.certificate is not None:
        meta = file.certificate["meta"]
        content = canonical(dict(file.certificate)) + b"\n"
        yield Part(f"certificate/{meta['ZZBS']}.json", "certificate", str(meta["ZZMC"]), content)


SECTIONS: Final = (
    _keys,
    _application,
    _events,
    _notices,
    _materials,
    _procedures,
    _certificate,
)


# --- the dossier ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dossier:
    """A case's parts in order and the manifest over them. Not signed yet."""

    file: CaseFile
    parts: tuple[Part, ...]
    entries: tuple[Entry, ...]
    created_at: datetime

    @property
    def head(self) -> str:
        """The chain's last link: it stands for everything in the dossier."""
        return self.entries[-1].link

    @property
    def manifest(self) -> dict[str, Any]:
        """What is signed: which case in which state, and every entry in order."""
        last = self.file.log[-1].event
        item = self.file.item
        return {
            "format": FORMAT,
            "case_no": self.file.no,
            "item": {"code": item.code, "version": item.version, "name": item.name},
            "final": self.file.final,
            "as_of": {"seq": last.seq, "at": to_text(last.at)},
            "created_at": to_text(self.created_at),
            "entries": [entry.to_dict() for entry in self.entries],
            "head": self.head,
        }

    def members(self) -> Iterator[tuple[str, bytes | Stored]]:
        """The archive's members behind manifest and signature: the lines of the log are one."""
        lines = b"".join(
            part.content + b"\n"
            for part in self.parts
            if part.path == LOG and isinstance(part.content, bytes)
        )
        seen = set()
        for part in self.parts:
            if part.path not in seen:
                seen.add(part.path)
                yield part.path, lines if part.path == LOG else part.content


def dossier(file: CaseFile, created_at: datetime) -> Dossier:
    """The dossier of a case as it stands. The printable list of its contents is its last part."""
    parts = tuple(part for section in SECTIONS for part in section(file))
    before = chained(file.no, parts)
    index = Part(INDEX, "index", "卷宗目录(打印版)", index_page(file, before))
    whole = (*parts, index)
    return Dossier(file, whole, tuple(chained(file.no, whole)), created_at)


def signed_message(manifest_sha256: str) -> bytes:
    """What the manifest's signature covers: the hash (hex) of the manifest's bytes."""
    return f"{FORMAT}\n{manifest_sha256}".encode()
