"""Circles are exactly the strongly connected components; what is offered as a cut really cuts."""

from __future__ import annotations

import networkx as nx
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalogue.proofs import Certificate, ProofCatalogue, ProofGraph, Requirement, Step

UNHURRIED = settings(deadline=None)


def needs(certificate, role="本人", required=True, group=None):
    return Requirement(certificate, f"材料{certificate}", role, required, group, "法")


def catalogue(edges, roots=()):
    """One item a certificate; `edges` are (issued, required) numbers."""
    numbers = sorted({number for edge in edges for number in edge})
    steps = [
        Step(f"i{n}", f"事项{n}", f"c{n}", [needs(f"c{b}") for a, b in edges if a == n])
        for n in numbers
    ]
    return ProofCatalogue(steps, {f"c{n}": Certificate(f"c{n}", f"证{n}", True) for n in roots})


def as_digraph(edges):
    graph = nx.DiGraph()
    graph.add_edges_from((f"c{a}", f"c{b}") for a, b in edges if a != b)
    return graph


EDGES = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=40)


@UNHURRIED
@given(EDGES)
def test_circles_are_the_strongly_connected_components(edges):
    found = {frozenset(circle.certificates) for circle in ProofGraph(catalogue(edges)).circles()}
    expected = {
        frozenset(part)
        for part in nx.strongly_connected_components(as_digraph(edges))
        if len(part) > 1
    }
    assert found == expected


@UNHURRIED
@given(EDGES)
def test_the_path_of_a_circle_is_a_shortest_ring_in_it(edges):
    graph = as_digraph(edges)
    for circle in ProofGraph(catalogue(edges)).circles():
        asked = [edge.requirement.certificate for edge in circle.path]
        issued = [edge.step.issues for edge in circle.path]
        assert asked == issued[1:] + issued[:1]
        assert all(graph.has_edge(a, b) for a, b in zip(issued, asked, strict=True))
        assert len(set(issued)) == len(issued)
        lengths = [
            nx.shortest_path_length(graph, after, issued[0]) + 1
            for after in graph.successors(issued[0])
            if nx.has_path(graph, after, issued[0])
        ]
        assert len(issued) == min(lengths)


@UNHURRIED
@given(EDGES)
def test_without_the_cut_nothing_of_the_circle_is_left(edges):
    graph = as_digraph(edges)
    for circle in ProofGraph(catalogue(edges)).circles():
        rest = graph.subgraph(circle.certificates).copy()
        rest.remove_edges_from(
            [(edge.step.issues, edge.requirement.certificate) for edge in circle.cut]
        )
        assert nx.is_directed_acyclic_graph(rest)


@UNHURRIED
@given(EDGES, st.sets(st.integers(0, 12)))
def test_edges_to_root_credentials_do_not_count(edges, roots):
    found = {
        frozenset(circle.certificates) for circle in ProofGraph(catalogue(edges, roots)).circles()
    }
    graph = as_digraph([(a, b) for a, b in edges if b not in roots])
    assert found == {
        frozenset(part) for part in nx.strongly_connected_components(graph) if len(part) > 1
    }


@UNHURRIED
@given(EDGES, st.sampled_from(["父母", "法定代表人", "监护人"]))
def test_what_somebody_else_holds_is_no_edge(edges, role):
    steps = [
        Step(f"i{a}", "事项", f"c{a}", [needs(f"c{b}", role) for x, b in edges if x == a])
        for a in {a for edge in edges for a in edge}
    ]
    assert ProofGraph(ProofCatalogue(steps)).circles() == []


@UNHURRIED
@given(EDGES)
def test_any_of_groups_and_optional_materials_are_no_edges(edges):
    for change in ({"group": "三选一"}, {"required": False}):
        steps = [
            Step(f"i{a}", "事项", f"c{a}", [needs(f"c{b}", **change) for x, b in edges if x == a])
            for a in {a for edge in edges for a in edge}
        ]
        assert ProofGraph(ProofCatalogue(steps)).circles() == []


ITEMS = st.lists(st.tuples(st.integers(0, 8), st.lists(st.integers(0, 8), max_size=4)), max_size=20)


@UNHURRIED
@given(ITEMS)
def test_a_circle_that_nobody_can_avoid_is_one_whose_certificates_cannot_be_had(items):
    steps = [
        Step(f"i{at}", "事项", f"c{issued}", [needs(f"c{need}") for need in wanted])
        for at, (issued, wanted) in enumerate(items)
    ]
    issuable = {issued for issued, _ in items}
    had: set[int] = set()
    while True:
        more = {
            issued
            for issued, wanted in items
            if all(need in had or need not in issuable or need == issued for need in wanted)
        }
        if more <= had:
            break
        had |= more
    circles = ProofGraph(ProofCatalogue(steps)).circles()
    for circle in circles:
        numbers = {int(key[1:]) for key in circle.certificates}
        assert circle.avoidable or not numbers & had
    stuck = issuable - had
    graph = nx.DiGraph()
    graph.add_edges_from(
        (issued, need)
        for issued, wanted in items
        for need in wanted
        if need in stuck and issued in stuck and need != issued
    )
    assert {
        frozenset(int(key[1:]) for key in circle.certificates)
        for circle in circles
        if not circle.avoidable
    } == {frozenset(part) for part in nx.strongly_connected_components(graph) if len(part) > 1}


def test_a_long_ring_needs_no_recursion():
    count = 20_000
    ring = [(n, (n + 1) % count) for n in range(count)]
    (circle,) = ProofGraph(
        ProofCatalogue([Step(f"i{a}", "事项", f"c{a}", [needs(f"c{b}")]) for a, b in ring])
    ).circles()
    assert len(circle.certificates) == len(circle.path) == count
    assert len(circle.cut) == 1
