"""The read log: whatever is done to it afterwards is found."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.certificates.chain import GENESIS, Line, Link, Outcome, Walk, digest_of, link
from chalicelib.core.events import Actor
from chalicelib.core.time import SHANGHAI

START = datetime(2026, 3, 2, 9, 0, tzinfo=SHANGHAI)
HOLDER = "ab" * 16


def line(number: int) -> Line:
    return Line(
        at=START + timedelta(minutes=number),
        act="certificate.read",
        outcome=Outcome.GIVEN,
        reader=Actor(f"clerk{number}", "reviewer", "rs"),
        purpose="核对",
        case_no="410102-7K3M9-QX24T-C",
        holder=HOLDER,
        identifiers=("1.2.156.3005.2.X",),
        fields=("CZZT",),
    )


def chain(length: int) -> list[Link]:
    links, prev = [], GENESIS
    for number in range(1, length + 1):
        links.append(link(line(number), number, prev))
        prev = links[-1].digest
    return links


def findings(links: list[Link], signed=(), head=None) -> list[str]:
    walk = Walk(line(1).chain, signed)
    found = [finding for each in links for finding in walk.step(each)]
    return [finding.what for finding in (*found, *walk.finish(head))]


@given(st.integers(0, 12))
def test_an_untouched_chain_has_no_findings(length):
    links = chain(length)
    signed = [(each.seq, each.digest) for each in links]
    head = (length, links[-1].digest) if links else (0, GENESIS)
    assert findings(links, signed, head) == []


@given(st.integers(2, 12), st.data())
def test_an_altered_line_is_found(length, data):
    links = chain(length)
    at = data.draw(st.integers(0, length - 1))
    name = data.draw(st.sampled_from(["purpose", "case_no", "outcome", "at", "holder", "act"]))
    links[at] = replace(links[at], line={**links[at].line, name: "改"})
    assert findings(links)


@given(st.integers(2, 12), st.data())
def test_a_dropped_repeated_or_moved_line_is_found(length, data):
    links = chain(length)
    at = data.draw(st.integers(0, length - 2))
    dropped = links[:at] + links[at + 1 :]
    repeated = links[: at + 1] + links[at:]
    swapped = [*links[:at], links[at + 1], links[at], *links[at + 2 :]]
    assert findings(dropped)
    assert findings(repeated)
    assert findings(swapped)


@given(st.integers(2, 12), st.data())
def test_a_chain_recomputed_after_a_forged_line_is_found_by_the_checkpoint(length, data):
    links = chain(length)
    at = data.draw(st.integers(0, length - 1))
    forged, prev = links[:at], links[at].prev
    for each in links[at:]:
        raw = {**each.line, "purpose": "改"} if each.seq == at + 1 else each.line
        fresh = Link(each.chain, each.seq, prev, raw, digest_of(each.chain, each.seq, prev, raw))
        forged.append(fresh)
        prev = fresh.digest
    head = (length, prev)
    assert findings(forged, head=head) == []  # consistent in itself: only a signature tells
    assert findings(forged, [(length, links[-1].digest)], head)


@given(st.integers(1, 12), st.data())
def test_a_cut_end_is_found_by_the_head_or_the_checkpoint(length, data):
    links = chain(length)
    kept = data.draw(st.integers(0, length - 1))
    end = (length, links[-1].digest)
    assert findings(links[:kept], head=end)
    assert findings(links[:kept], signed=[end])


@given(st.integers(0, 40))
def test_a_line_survives_its_dictionary(number):
    assert Line.from_dict(line(number).to_dict()) == line(number)
