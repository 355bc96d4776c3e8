"""Holding the store to its promises: the read log is whole, and no closed case lacks its certificate.

Both proofs stream: memory does not grow with the log or with the number of cases.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import IO

from chalicelib.aws.signing import PublicKey
from chalicelib.certificates import keys, readlog
from chalicelib.certificates.chain import CHAINS, Checkpoint, Finding, Link, Walk
from chalicelib.certificates.document import b64, unb64
from chalicelib.certificates.model import Certificate
from chalicelib.certificates.verify import signature_fits

CHECKPOINT = "checkpoint"
PAGE = 100


# --- the read log ------------------------------------------------------------------------------------


@dataclass(slots=True)
class LogReport:
    """What a verification of the read log found."""

    lines: int = 0
    checkpoints: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify_log(progress: Callable[[int], None] = lambda _lines: None) -> LogReport:
    """Verify the log in the table: every chain from its beginning, against every checkpoint."""
    signed, ends = list(readlog.checkpoints()), readlog.heads()
    report = _checkpoints(signed, published_keys())
    for chain in CHAINS:
        walk = Walk(chain, [each.heads[chain] for each in signed if chain in each.heads])
        for link in readlog.walk(chain):
            report.findings += walk.step(link)
            report.lines += 1
            progress(report.lines)
        report.findings += walk.finish(_end_to_expect(ends[chain], walk))
    return report


def verify_export(lines: Iterable[str], public: Sequence[PublicKey]) -> LogReport:
    """Verify an exported log: checkpoints first, then links, in the chains' order."""
    signed: list[Checkpoint] = []
    report, walks = LogReport(), dict[str, Walk]()
    for number, text in enumerate(lines, 1):
        entry = _entry(text)
        match entry:
            case Checkpoint() if walks:
                report.findings.append(Finding(CHECKPOINT, number, "检查点应在所有行之前"))
            case Checkpoint():
                signed.append(entry)
            case Link():
                if not walks:
                    report = _checkpoints(signed, public)
                    walks = _walks(signed)
                report.lines += 1
                walk = walks.get(entry.chain)
                if walk is None:
                    report.findings.append(Finding(entry.chain, entry.seq, "没有这条链"))
                else:
                    report.findings += walk.step(entry)
            case None:
                report.findings.append(Finding("", number, "此行无法读取"))
    if not walks:
        report, walks = _checkpoints(signed, public), _walks(signed)
    for walk in walks.values():
        report.findings += walk.finish()
    return report


def export_log(out: IO[str]) -> int:
    """Write the whole log as JSON Lines, checkpoints first; how many lines of the log."""
    for each in readlog.checkpoints():
        entry = {
            "checkpoint": each.at,
            "heads": {chain: list(head) for chain, head in each.heads.items()},
            "key_id": each.key_id,
            "signature": b64(each.signature),
        }
        out.write(json.dumps(entry) + "\n")
    count = 0
    for chain in CHAINS:
        for link in readlog.walk(chain):
            out.write(json.dumps(link.to_dict(), ensure_ascii=False) + "\n")
            count += 1
    return count


def published_keys() -> list[PublicKey]:
    """The keys that certificates and checkpoints are verified with."""
    return [PublicKey.from_jwk(jwk) for jwk in keys.jwks()["keys"]]


def _checkpoints(signed: Sequence[Checkpoint], public: Sequence[PublicKey]) -> LogReport:
    by_id = {key.key_id: key for key in public}
    report = LogReport(checkpoints=len(signed))
    for number, each in enumerate(signed, 1):
        key = by_id.get(each.key_id)
        if key is None or not signature_fits(key, each.message, each.signature):
            report.findings.append(Finding(CHECKPOINT, number, f"检查点 {each.at} 的签名不符"))
    return report


def _walks(signed: Sequence[Checkpoint]) -> dict[str, Walk]:
    return {
        chain: Walk(chain, [each.heads[chain] for each in signed if chain in each.heads])
        for chain in CHAINS
    }


def _end_to_expect(end: tuple[int, str], walk: Walk) -> tuple[int, str] | None:
    """The end that was read before the walk, unless readers have gone on beyond it since."""
    return None if walk.seq > end[0] else end


def _entry(text: str) -> Checkpoint | Link | None:
    try:
        raw = json.loads(text)
        if CHECKPOINT in raw:
            heads = {chain: (int(seq), digest) for chain, (seq, digest) in raw["heads"].items()}
            return Checkpoint(raw["checkpoint"], heads, raw["key_id"], unb64(raw["signature"]))
        return Link(raw["chain"], raw["seq"], raw["prev"], raw["line"], raw["digest"])
    except (ValueError, KeyError, TypeError):
        return None


# --- closed cases and their certificates -------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Closed:
    """A closed case, as far as its certificate goes: `yields` is the type it owed, or None."""

    case_no: str
    yields: str | None
    identifier: str | None


@dataclass(frozen=True, slots=True)
class Missing:
    """A closed case without the certificate it owed, and what is wrong."""

    case_no: str
    identifier: str | None
    what: str


@dataclass(slots=True)
class Audit:
    """What an audit went through and what it missed."""

    cases: int = 0
    certificates: int = 0
    missing: list[Missing] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        return not self.missing


def reconcile(
    closed: Iterable[Closed], find: Callable[[Sequence[str]], Mapping[str, Certificate]]
) -> Audit:
    """Hold closed cases against the store, a page at a time; pure but for what `find` reads."""
    audit = Audit()
    cases = iter(closed)
    while page := list(islice(cases, PAGE)):
        audit.cases += len(page)
        owed = [case for case in page if case.yields is not None]
        stored = find([case.identifier for case in owed if case.identifier])
        audit.certificates += len(stored)
        audit.missing += _missing(owed, stored)
    return audit


def _missing(owed: Iterable[Closed], stored: Mapping[str, Certificate]) -> Iterator[Missing]:
    for case in owed:
        certificate = stored.get(case.identifier or "")
        if case.identifier is None:
            yield Missing(case.case_no, None, "办件已办结,没有证照标识")
        elif certificate is None:
            yield Missing(case.case_no, case.identifier, "证照不在证照库中")
        elif certificate.case_no != case.case_no:
            yield Missing(case.case_no, case.identifier, "证照属于另一办件")
        elif certificate.type_code != case.yields:
            yield Missing(case.case_no, case.identifier, "证照类型与办理结果不符")
