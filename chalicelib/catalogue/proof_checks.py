"""The proof checks of clause 9: what in a catalogue asks people for proofs that make no sense.

Pure. Five questions are put to every item and material: does it go in a circle, has it a legal
basis, does anybody issue it, does the certificate store hold it already, and may the body that is
asked for it issue it. Each finding says its path in words and what would put an end to it.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.catalogue.proofs import (
    BY_APPLICANT,
    Circle,
    Edge,
    ProofCatalogue,
    ProofGraph,
    Requirement,
    Step,
)
from chalicelib.catalogue.undisturbed import undisturbed

WELL_KNOWN_ROOTS = frozenset({"id_card", "hukou", "birth_med"})
"""Keys of the root credentials of 居民身份证, 居民户口簿, 出生医学证明 in the demo catalogue and in
documents that name certificates without describing them."""
SHARED = frozenset({"无条件共享", "有条件共享"})


class Kind(StrEnum):
    """What is wrong. `DETOUR` is only a remark: there is a way, and it is not the obvious one."""

    CIRCULAR = "circular"
    BASELESS = "baseless"
    NOBODY_ISSUES = "nobody_issues"
    ALREADY_HELD = "already_held"
    GRASS_ROOTS = "grass_roots"
    DETOUR = "detour"


TITLES: Mapping[Kind, str] = {
    Kind.CIRCULAR: "循环证明",
    Kind.BASELESS: "没有法律依据的证明",
    Kind.NOBODY_ISSUES: "无处开具的证明",
    Kind.ALREADY_HELD: "证照库已有的证明",
    Kind.GRASS_ROOTS: "基层组织不应出具的证明",
    Kind.DETOUR: "可绕开的循环",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong: in a sentence, step by step, and what would end it.

    `items` are the ids of the items concerned, `pointers` the places in the checked document.
    """

    kind: Kind
    message: str
    path: tuple[str, ...]
    remedy: str
    items: tuple[str, ...]
    certificates: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()

    @property
    def is_alarm(self) -> bool:
        return self.kind is not Kind.DETOUR

    def to_dict(self) -> dict[str, Any]:
        return {
            "kind": str(self.kind),
            "title": TITLES[self.kind],
            "alarm": self.is_alarm,
            "message": self.message,
            "path": list(self.path),
            "remedy": self.remedy,
            "items": list(self.items),
            "certificates": list(self.certificates),
            "pointers": list(self.pointers),
        }


@dataclass(frozen=True, slots=True)
class Report:
    """What a check looked at and found."""

    items: int
    materials: int
    findings: tuple[Finding, ...]

    @property
    def counts(self) -> dict[str, int]:
        counted = Counter(str(finding.kind) for finding in self.findings)
        return {str(kind): counted[str(kind)] for kind in Kind}

    @property
    def clean(self) -> bool:
        return not any(finding.is_alarm for finding in self.findings)

    def to_dict(self) -> dict[str, Any]:
        return {
            "items": self.items,
            "materials": self.materials,
            "clean": self.clean,
            "counts": self.counts,
            "findings": [finding.to_dict() for finding in self.findings],
        }


@undisturbed()
def check(catalogue: ProofCatalogue) -> Report:
    """Put every question to a catalogue. Linear in items plus materials."""
    circles = ProofGraph(catalogue).circles()
    circular = [_circular(circle, catalogue) for circle in circles]
    # A baseless link of a circle is told with the circle, not a second time.
    told = {
        pointer
        for finding in circular
        if finding.kind is Kind.CIRCULAR
        for pointer in finding.pointers
    }
    findings = [*circular, *_of_materials(catalogue, told), *_of_items(catalogue)]
    order = list(Kind)
    findings.sort(key=lambda finding: order.index(finding.kind))
    return Report(
        items=len(catalogue.steps),
        materials=sum(len(step.requires) for step in catalogue.steps),
        findings=tuple(findings),
    )


def _circular(circle: Circle, catalogue: ProofCatalogue) -> Finding:
    names = [catalogue.certificate_name(key) for key in circle.certificates]
    shown = "、".join(names[:6]) + ("等" if len(names) > 6 else "")
    if circle.avoidable:
        message = f"{shown}共{len(names)}种证明在部分事项中互为前提,可从其他事项取得"
    else:
        message = f"{shown}共{len(names)}种证明互为前提,申请人一个也办不成"
    return Finding(
        kind=Kind.DETOUR if circle.avoidable else Kind.CIRCULAR,
        message=message,
        path=tuple(_in_words(edge, catalogue) for edge in circle.path),
        remedy=_ending(circle, catalogue),
        items=tuple(dict.fromkeys(edge.step.id for edge in circle.path)),
        certificates=circle.certificates,
        pointers=tuple(edge.requirement.pointer for edge in circle.path),
    )


def _in_words(edge: Edge, catalogue: ProofCatalogue) -> str:
    step, requirement = edge
    basis = "" if requirement.basis or requirement.basis is None else ",这一要求没有法律依据"
    asked = catalogue.certificate_name(requirement.certificate or "")
    return (
        f"要取得“{catalogue.certificate_name(step.issues or '')}”须办理“{step.name}”,"
        f"而它要求先有“{asked}”{basis}"
    )


def _ending(circle: Circle, catalogue: ProofCatalogue) -> str:
    cuts = [
        f"“{edge.step.name}”不再要求“{catalogue.certificate_name(edge.requirement.certificate or '')}”"
        for edge in circle.cut[:5]
    ]
    more = f"等{len(circle.cut)}处" if len(circle.cut) > 5 else ""
    together = "、".join(cuts) + more
    return f"{together},或改由部门间核验,循环即解除"


def _of_materials(catalogue: ProofCatalogue, told: set[str]) -> Iterator[Finding]:
    issued = {step.issues for step in catalogue.steps if step.issues is not None}
    known = catalogue.certificates
    held = _HeldNames(catalogue)
    nobody: dict[str, list[tuple[Step, Requirement]]] = {}
    unknown: set[str] = set()
    for step in catalogue.steps:
        unknown.update(step.named)
    unknown -= issued
    unknown -= known.keys()
    unknown -= WELL_KNOWN_ROOTS
    for step in catalogue.steps:
        if unknown and not unknown.isdisjoint(step.named):
            for each in step.requires:
                if each.certificate in unknown:
                    nobody.setdefault(each.certificate, []).append((step, each))
        for each in step.doubtful:
            if each.basis == "" and each.pointer not in told:
                yield _baseless(step, each, catalogue)
            if (issuer := _grass_roots_issuer(each)) and (
                (proof := _listed_proof(_said(each, catalogue))) or each.basis == ""
            ):
                yield _from_grass_roots(step, each, issuer, proof, catalogue)
            if (certificate_name := held.asked_although_held(each)) is not None:
                yield _already_held(step, each, certificate_name)
    for certificate, asked in nobody.items():
        yield _nobody_issues(certificate, asked)


def _of_items(catalogue: ProofCatalogue) -> Iterator[Finding]:
    """Items whose very result is a proof that grass-roots bodies should not issue."""
    for step in catalogue.steps:
        if step.issues is None or (step.body_name and not _is_grass_roots(step.body_name)):
            continue
        known = catalogue.certificates.get(step.issues)
        proof = _listed_proof(f"{step.name} {step.issues} {known.name if known else ''}")
        if proof is not None:
            yield Finding(
                kind=Kind.GRASS_ROOTS,
                message=f"“{step.name}”出具的是{proof},不应由基层群众性自治组织出具",
                path=(f"办理“{step.name}”取得“{catalogue.certificate_name(step.issues)}”",),
                remedy=f"取消“{step.name}”,由需要的部门向掌握信息的部门核验",
                items=(step.id,),
                certificates=(step.issues,),
                pointers=(step.pointer,),
            )


def _baseless(step: Step, asked: Requirement, catalogue: ProofCatalogue) -> Finding:
    name = _name(asked, catalogue)
    return Finding(
        kind=Kind.BASELESS,
        message=f"“{step.name}”要求“{name}”,没有法律依据",
        path=(f"办理“{step.name}”要求提交{asked.holder_role}的“{name}”",),
        remedy=f"写明要求“{name}”的法律、法规或国务院决定依据;没有依据的,取消这一材料",
        items=(step.id,),
        certificates=(asked.certificate,) if asked.certificate else (),
        pointers=(asked.pointer,),
    )


def _nobody_issues(certificate: str, asked: Sequence[tuple[Step, Requirement]]) -> Finding:
    names = "、".join(f"“{step.name}”" for step, _ in asked[:5])
    return Finding(
        kind=Kind.NOBODY_ISSUES,
        message=f"{names}要求“{certificate}”,目录中没有事项出具它,也没有登记出具机构",
        path=tuple(f"办理“{step.name}”要求“{certificate}”" for step, _ in asked),
        remedy=f"写明“{certificate}”由哪个机构依什么事项出具;无处出具的,取消这一材料",
        items=tuple(step.id for step, _ in asked),
        certificates=(certificate,),
        pointers=tuple(requirement.pointer for _, requirement in asked),
    )


def _from_grass_roots(
    step: Step, asked: Requirement, issuer: str, proof: str | None, catalogue: ProofCatalogue
) -> Finding:
    name = _name(asked, catalogue)
    what = f"属于{proof}" if proof else "没有法律依据"
    return Finding(
        kind=Kind.GRASS_ROOTS,
        message=f"“{step.name}”要求由{issuer}出具“{name}”,{what},基层组织不应出具",
        path=(f"办理“{step.name}”要求{issuer}出具“{name}”",),
        remedy="取消这一材料,由受理部门通过部门间共享、信息征询或告知承诺核实",
        items=(step.id,),
        certificates=(asked.certificate,) if asked.certificate else (),
        pointers=(asked.pointer,),
    )


def _already_held(step: Step, asked: Requirement, certificate_name: str) -> Finding:
    return Finding(
        kind=Kind.ALREADY_HELD,
        message=f"“{step.name}”要求申请人自带“{asked.name}”,证照库已有“{certificate_name}”",
        path=(f"办理“{step.name}”要求申请人提交“{asked.name}”",),
        remedy=f"把这一材料关联到证照类型“{certificate_name}”,来源改为共享核验",
        items=(step.id,),
        certificates=(asked.certificate,) if asked.certificate else (),
        pointers=(asked.pointer,),
    )


class _HeldNames:
    """Which certificates the store holds and shares, found by key or by name in a material's name."""

    def __init__(self, catalogue: ProofCatalogue) -> None:
        shared = [each for each in catalogue.certificates.values() if each.share_class in SHARED]
        self._by_key = {each.key: each.name for each in shared}
        self._names = {each.name for each in shared if len(each.name) >= 3}
        self._lengths = sorted({len(name) for name in self._names}, reverse=True)
        self._found: dict[str, str | None] = {}

    def asked_although_held(self, asked: Requirement) -> str | None:
        """The certificate's name, if the store holds what the applicant is told to bring."""
        if asked.source != BY_APPLICANT:
            return None
        if asked.certificate is not None:
            return self._by_key.get(asked.certificate)
        if asked.name not in self._found:
            self._found[asked.name] = self._name_in(asked.name)
        return self._found[asked.name]

    def _name_in(self, text: str) -> str | None:
        for length in self._lengths:
            for at in range(len(text) - length + 1):
                if text[at : at + length] in self._names:
                    return text[at : at + length]
        return None


@cache
def grass_roots_rules() -> dict[str, Any]:
    """The configured list of proofs, with its source and how sure it is. Data, not law in code."""
    path = Path(__file__).with_name("grass_roots.json")
    rules: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return rules


@cache
def _listed_words() -> tuple[re.Pattern[str], Mapping[str, str]]:
    """All words of the list in one expression, and the proof that each stands for."""
    proofs = {
        word: str(each["name"]) for each in grass_roots_rules()["proofs"] for word in each["words"]
    }
    return re.compile("|".join(map(re.escape, proofs))), proofs


def _listed_proof(said: str) -> str | None:
    """The proof of the list that a name speaks of."""
    words, proofs = _listed_words()
    found = words.search(said)
    return proofs[found[0]] if found else None


@cache
def _grass_roots_issuers() -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, grass_roots_rules()["issuers"])))


def _is_grass_roots(issuer: str) -> bool:
    return _grass_roots_issuers().search(issuer) is not None


def _grass_roots_issuer(asked: Requirement) -> str:
    return asked.issuer if asked.issuer and _is_grass_roots(asked.issuer) else ""


def _said(asked: Requirement, catalogue: ProofCatalogue) -> str:
    return f"{asked.name} {asked.certificate or ''} {_name(asked, catalogue)}"


def _name(asked: Requirement, catalogue: ProofCatalogue) -> str:
    if asked.name:
        return asked.name
    return catalogue.certificate_name(asked.certificate or "")


def newly_found(before: Report, after: Report) -> tuple[Finding, ...]:
    """The findings that a change brings, by what they are about rather than how they are worded."""
    known = {_about(finding) for finding in before.findings}
    return tuple(finding for finding in after.findings if _about(finding) not in known)


def _about(finding: Finding) -> tuple[Kind, frozenset[str], frozenset[str]]:
    return finding.kind, frozenset(finding.items), frozenset(finding.certificates)
