"""The read log as a hash chain: lines that cannot be altered, dropped or re-ordered unseen; pure.

Lines form sixteen chains, chosen by whom or what they concern, so that readers seldom wait for each
other and one person's lines lie in one chain in order. Each line holds the hash of the one before.
Whoever can write the table could recompute a chain from any point on; so the heads of all chains
are signed together from time to time (a checkpoint), and a verifier holds the chains against every
checkpoint: nothing that a checkpoint covers can change, vanish from the end, or come in between.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from chalicelib.certificates.document import canonical
from chalicelib.core.events import Actor
from chalicelib.core.time import from_text, to_text

CHAINS = tuple(f"{number:02x}" for number in range(16))
GENESIS = "0" * 64


class Outcome(StrEnum):
    """What a reader got."""

    GIVEN = "given"
    REFUSED = "refused"
    YES = "yes"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Line:
    """One read, check, showing, print or refusal. No personal data: fields by name only.

    `holder` is the keyed hash of the person concerned, where one is known; `identifiers` are the
    certificates looked at.
    """

    at: datetime
    act: str
    outcome: Outcome
    reader: Actor
    purpose: str
    case_no: str | None
    holder: str | None
    identifiers: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    reason: str = ""

    @property
    def chain(self) -> str:
        """The chain it belongs to."""
        about = self.holder or "".join(self.identifiers)
        return CHAINS[hashlib.sha256(about.encode()).digest()[0] % len(CHAINS)]

    def to_dict(self) -> dict[str, Any]:
        return {
            "at": to_text(self.at),
            "act": self.act,
            "outcome": self.outcome.value,
            "reader": self.reader.to_dict(),
            "purpose": self.purpose,
            "case_no": self.case_no,
            "holder": self.holder,
            "identifiers": list(self.identifiers),
            "fields": list(self.fields),
            "reason": self.reason,
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> Line:
        return cls(
            at=from_text(raw["at"]),
            act=raw["act"],
            outcome=Outcome(raw["outcome"]),
            reader=Actor.from_dict(raw["reader"]),
            purpose=raw["purpose"],
            case_no=raw["case_no"],
            holder=raw["holder"],
            identifiers=tuple(raw["identifiers"]),
            fields=tuple(raw["fields"]),
            reason=raw["reason"],
        )


@dataclass(frozen=True, slots=True)
class Link:
    """A line in its place: `seq` counts from 1 in its chain, `digest` covers line and `prev`."""

    chain: str
    seq: int
    prev: str
    line: Mapping[str, Any]
    digest: str

    def to_dict(self) -> dict[str, Any]:
        return {
            "chain": self.chain,
            "seq": self.seq,
            "prev": self.prev,
            "line": dict(self.line),
            "digest": self.digest,
        }


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The heads of the chains at one time, signed. `heads` gives (seq, digest) a chain."""

    at: str
    heads: Mapping[str, tuple[int, str]]
    key_id: str
    signature: bytes = field(repr=False)

    @property
    def message(self) -> bytes:
        return checkpoint_message(self.at, self.heads)


def digest_of(chain: str, seq: int, prev: str, line: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical JSON of a line and its place, hex."""
    text = canonical({"chain": chain, "seq": seq, "prev": prev, "line": dict(line)})
    return hashlib.sha256(text).hexdigest()


def link(line: Line, seq: int, prev: str) -> Link:
    """A line put after (`seq` - 1, `prev`)."""
    raw = line.to_dict()
    return Link(line.chain, seq, prev, raw, digest_of(line.chain, seq, prev, raw))


def checkpoint_message(at: str, heads: Mapping[str, tuple[int, str]]) -> bytes:
    """The bytes that a checkpoint's signature covers: a digest, so their length is fixed."""
    text = canonical({"at": at, "heads": {chain: list(head) for chain, head in heads.items()}})
    return hashlib.sha256(b"yichuang read log checkpoint\n" + text).digest()


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong, and where."""

    chain: str
    seq: int
    what: str


class Walk:
    """Walks one chain line by line in constant memory, and holds it against signed heads."""

    def __init__(self, chain: str, signed: Iterable[tuple[int, str]] = ()) -> None:
        self.chain = chain
        self.seq = 0
        self.digest = GENESIS
        self._signed: dict[int, set[str]] = {}
        for seq, digest in signed:
            self._signed.setdefault(seq, set()).add(digest)

    def step(self, found: Link) -> Iterator[Finding]:
        """Findings about the next line. The walk goes on from what the line itself says."""
        if found.seq != self.seq + 1:
            yield Finding(self.chain, found.seq, f"应为第{self.seq + 1}行:缺行、重复或顺序被调换")
        if found.prev != self.digest:
            yield Finding(self.chain, found.seq, "与上一行的摘要不衔接")
        if found.chain != self.chain:
            yield Finding(self.chain, found.seq, f"此行属于链 {found.chain}")
        if digest_of(found.chain, found.seq, found.prev, found.line) != found.digest:
            yield Finding(self.chain, found.seq, "内容与摘要不符:此行被改动")
        if any(digest != found.digest for digest in self._signed.pop(found.seq, ())):
            yield Finding(self.chain, found.seq, "与已签名的检查点不符:此行或之前的行被重写")
        self.seq, self.digest = found.seq, found.digest

    def finish(self, head: tuple[int, str] | None = None) -> Iterator[Finding]:
        """Findings once no line is left: lost ends. `head` is what the table says of the end."""
        for seq in sorted(seq for seq in self._signed if seq > 0):
            yield Finding(self.chain, seq, "检查点签名过的行不见了")
        if head is not None and head != (self.seq, self.digest):
            yield Finding(self.chain, self.seq, f"链尾应为第{head[0]}行:末尾被截去或被追加")
