"""Circular proofs: which certificates can never be had, because each needs another one first.

Pure. The graph is over certificates of one and the same person. An item that issues a certificate
leads from it to every certificate that it requires of the applicant. Left out are, because they
are no circle (see the fixture's negative cases):

* what another person holds (父母, 法定代表人): an edge is keyed by certificate *and* holder role;
* root credentials (身份证, 户口簿, 出生医学证明), which everybody has from elsewhere;
* the same certificate that the item issues: a renewal, a reissue, a transfer;
* any-of groups and materials that are not required: there is another way.

A certificate that several items issue can be had by any of them. So what can be had is found first,
as the least fixed point, in one pass over the edges; strongly connected components are looked for
only in the rest. Time and memory are linear in items plus edges.
"""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

APPLICANT_ROLES = frozenset(
    {"", "本人", "申请人", "申请单位", "本单位", "本企业", "本户", "self", "双方", "夫妻双方"}
)
"""Holder roles that are, or include, the applicant."""


BY_APPLICANT = "申请人自备"
"""The source of what the applicant brings himself."""


class Requirement(NamedTuple):
    """One material of an item, as the checks see it.

    `certificate` is a certificate's key or None. `basis` is the legal basis as written, empty when
    there is none, None when the document does not speak of bases at all.
    """

    certificate: str | None
    name: str
    holder_role: str
    required: bool
    group: str | None
    basis: str | None
    issuer: str = ""
    source: str = ""
    pointer: str = ""

    @property
    def is_doubtful(self) -> bool:
        """Whether the material by itself raises a question: of basis, issuer or source."""
        return self.basis == "" or bool(self.issuer) or self.source == BY_APPLICANT


@dataclass(frozen=True, slots=True)
class Step:
    """One item: what it issues and what it asks for. `body_name` is empty where it is not said.

    What the checks ask of every item is picked out once, here, while the materials are at hand: a
    check then reads little else of twenty thousand items. `needs` are the certificates that the
    applicant cannot do without, `named` all that are asked for, `doubtful` the materials whose
    basis, issuer or source raises a question.
    """

    id: str
    name: str
    issues: str | None
    requires: Sequence[Requirement]
    body_name: str = ""
    pointer: str = ""
    needs: tuple[str, ...] = field(init=False, repr=False, compare=False)
    named: tuple[str, ...] = field(init=False, repr=False, compare=False)
    doubtful: tuple[Requirement, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        asked = self.requires
        needs = tuple(each.certificate for each in asked if self.is_need(each))
        named = tuple(each.certificate for each in asked if each.certificate is not None)
        doubtful = tuple(each for each in asked if each.is_doubtful)
        object.__setattr__(self, "needs", needs)
        # Most items name what they need and nothing else; one tuple then serves for both.
        object.__setattr__(self, "named", needs if len(needs) == len(named) else named)
        object.__setattr__(self, "doubtful", doubtful)

    def is_need(self, asked: Requirement) -> bool:
        """Whether a material is an edge of the graph, as far as the item itself can tell."""
        return (
            asked.certificate is not None
            and asked.required
            and asked.group is None
            and asked.holder_role in APPLICANT_ROLES
            and asked.certificate != self.issues
        )


@dataclass(frozen=True, slots=True)
class Certificate:
    """What is known of a kind of certificate."""

    key: str
    name: str
    is_root: bool = False
    issuer: str = ""
    share_class: str = ""


@dataclass(frozen=True)
class ProofCatalogue:
    """A catalogue reduced to who asks for what."""

    steps: Sequence[Step]
    certificates: Mapping[str, Certificate] = field(default_factory=dict)

    def certificate_name(self, key: str) -> str:
        """The certificate's name; where it is not described, that of the item that issues it."""
        known = self.certificates.get(key)
        return known.name if known else self._issuing_items.get(key, key)

    @cached_property
    def _issuing_items(self) -> dict[str, str]:
        return {step.issues: f"{step.name}的结果" for step in self.steps if step.issues is not None}


class Edge(NamedTuple):
    """To have what the step issues, one needs what the requirement names."""

    step: Step
    requirement: Requirement


@dataclass(frozen=True, slots=True)
class Circle:
    """Certificates that need each other.

    `certificates` are all of them; `path` is one shortest way round, each edge's requirement being
    what the next edge's step issues; `cut` is a set of edges without which nothing of it is left
    (a single one for a plain ring). `avoidable` says that another item issues one of them without
    going round.
    """

    certificates: tuple[str, ...]
    path: tuple[Edge, ...]
    cut: tuple[Edge, ...]
    avoidable: bool = False

    @property
    def steps(self) -> tuple[Step, ...]:
        return tuple(edge.step for edge in self.path)


class ProofGraph:
    """Who needs what, with only the edges that count, ready to be searched.

    Certificates that some item issues are numbered; what nobody here issues cannot be part of a
    circle. The needs of all steps lie one after another in one array, those of step `i` from
    `_starts[i]` to `_starts[i + 1]`: a list a step would cost a cache miss and a visit of the
    garbage collector for each, and the check would no longer grow linearly.
    """

    def __init__(self, catalogue: ProofCatalogue) -> None:
        roots = {key for key, each in catalogue.certificates.items() if each.is_root}
        self._steps = [step for step in catalogue.steps if step.issues is not None]
        self._keys = list(dict.fromkeys(step.issues or "" for step in self._steps))
        numbers = {key: number for number, key in enumerate(self._keys)}
        self._issued = array("l", (numbers[step.issues or ""] for step in self._steps))
        for root in roots & numbers.keys():
            del numbers[root]
        self._needs = array("l")
        self._starts = array("l", [0])
        for step in self._steps:
            self._needs.extend(
                [number for key in step.needs if (number := numbers.get(key)) is not None]
            )
            self._starts.append(len(self._needs))

    def circles(self) -> list[Circle]:
        """Every circle, those that nobody can avoid first, larger ones before smaller.

        Each certificate is in at most one circle: circles that share one are one knot.
        """
        circles = [self._circle(knot) for knot in self._knots(self._unobtainable([1] * self._size))]
        if self._size < len(self._steps):
            taken = {key for circle in circles for key in circle.certificates}
            issuers = [0] * self._size
            for number in self._issued:
                issuers[number] += 1
            detours = [
                self._circle(knot, avoidable=True)
                for knot in self._knots(self._unobtainable(issuers))
            ]
            circles += [each for each in detours if taken.isdisjoint(each.certificates)]
        circles.sort(key=lambda circle: (circle.avoidable, -len(circle.certificates)))
        return circles

    @property
    def _size(self) -> int:
        return len(self._keys)

    def _unobtainable(self, left: list[int]) -> list[int]:
        """The certificates that cannot be had, starting from steps that need nothing.

        `left[i]` says of how many items that issue certificate `i` all needs must be met before it
        counts as had: one, or all. Each step waits for one certificate at a time and never looks at
        a need twice, so the whole costs one look at each edge.
        """
        needs, issued = self._needs, self._issued
        seen = self._starts[:-1]
        waiting: dict[int, list[int]] = {}
        ready: list[int] = []
        for first in range(len(issued)):
            ready.append(first)
            while ready:
                step = ready.pop()
                at, end = seen[step], self._starts[step + 1]
                while at < end and left[needs[at]] <= 0:
                    at += 1
                if at < end:
                    seen[step] = at + 1
                    waiting.setdefault(needs[at], []).append(step)
                    continue
                left[issued[step]] -= 1
                if left[issued[step]] == 0:
                    ready += waiting.pop(issued[step], ())
        return [number for number in range(self._size) if left[number] > 0]

    def _knots(self, among: Sequence[int]) -> list[list[int]]:
        """Strongly connected components of two or more certificates (Tarjan, without recursion)."""
        following = self._following(among)
        order: dict[int, int] = {}
        low: dict[int, int] = {}
        open_: list[int] = []
        is_open: set[int] = set()
        found: list[list[int]] = []
        for root in following:
            walk: list[tuple[int, Iterator[int]]] = []
            descend = root if root not in order else None
            while descend is not None or walk:
                if descend is not None:
                    order[descend] = low[descend] = len(order)
                    open_.append(descend)
                    is_open.add(descend)
                    walk.append((descend, iter(following[descend])))
                    descend = None
                here, ahead = walk[-1]
                for there in ahead:
                    if there not in order:
                        descend = there
                        break
                    if there in is_open:
                        low[here] = min(low[here], order[there])
                if descend is not None:
                    continue
                walk.pop()
                if walk:
                    before = walk[-1][0]
                    low[before] = min(low[before], low[here])
                if low[here] == order[here]:
                    knot = _close(open_, here)
                    is_open.difference_update(knot)
                    if len(knot) > 1:
                        found.append(knot)
        return found

    def _following(self, among: Sequence[int]) -> dict[int, list[int]]:
        following: dict[int, list[int]] = {number: [] for number in among}
        if following:
            for step, issued in enumerate(self._issued):
                if issued in following:
                    needs = self._needs[self._starts[step] : self._starts[step + 1]]
                    following[issued] += [need for need in needs if need in following]
        return following

    def _circle(self, knot: Sequence[int], *, avoidable: bool = False) -> Circle:
        edges = self._edges(knot)
        return Circle(tuple(edges), _shortest_ring(edges), _cut(edges), avoidable)

    def _edges(self, knot: Sequence[int]) -> dict[str, list[Edge]]:
        """The edges within a knot, by the certificate they lead from, in the catalogue's order."""
        inside = {self._keys[number] for number in knot}
        steps = [self._steps[at] for at in sorted(at for n in knot for at in self._positions[n])]
        edges: dict[str, list[Edge]] = {step.issues or "": [] for step in steps}
        for step in steps:
            edges[step.issues or ""] += [
                Edge(step, requirement)
                for requirement in step.requires
                if requirement.certificate in inside and step.is_need(requirement)
            ]
        return edges

    @cached_property
    def _positions(self) -> list[list[int]]:
        """Which steps issue each certificate."""
        positions: list[list[int]] = [[] for _ in self._keys]
        for at, number in enumerate(self._issued):
            positions[number].append(at)
        return positions


def _close(open_: list[int], root: int) -> list[int]:
    """Take a finished component off Tarjan's stack."""
    at = len(open_) - 1
    while open_[at] != root:
        at -= 1
    knot = open_[at:]
    del open_[at:]
    return knot


def _shortest_ring(edges: Mapping[str, list[Edge]]) -> tuple[Edge, ...]:
    """A shortest way round from the first certificate: breadth first, until back at it."""
    start = next(iter(edges))
    came: dict[str, Edge] = {}
    queue = deque([start])
    while queue:
        here = queue.popleft()
        for edge in edges[here]:
            there = edge.requirement.certificate or ""
            if there == start:
                ring = [edge]
                while (ring[-1].step.issues or "") != start:
                    ring.append(came[ring[-1].step.issues or ""])
                return tuple(reversed(ring))
            if there not in came:
                came[there] = edge
                queue.append(there)
    raise AssertionError("a strongly connected component has a way round")


def _cut(edges: Mapping[str, list[Edge]]) -> tuple[Edge, ...]:
    """Edges whose removal leaves no circle, preferring one that has no legal basis.

    Of a plain ring, one edge. Of a knot, the edges that lead back in a depth-first walk: without
    them every edge that is left leads forward.
    """
    if all(len(leading) == 1 for leading in edges.values()):
        ring = [leading[0] for leading in edges.values()]
        baseless = [edge for edge in ring if not edge.requirement.basis]
        return ((baseless or ring)[-1],)
    back: list[Edge] = []
    state: dict[str, int] = {}
    for root in edges:
        if root in state:
            continue
        state[root] = 1
        walk = [(root, iter(edges[root]))]
        while walk:
            here, ahead = walk[-1]
            for edge in ahead:
                there = edge.requirement.certificate or ""
                if state.get(there) == 1:
                    back.append(edge)
                elif there not in state:
                    state[there] = 1
                    walk.append((there, iter(edges[there])))
                    break
            else:
                state[here] = 2
                walk.pop()
    return tuple(back)
