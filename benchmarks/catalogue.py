"""What the catalogue costs: the proof check against its like and its own growth, search, the index.

Run `python -m benchmarks.catalogue`. Times are CPU times of one process, the least of repeated
rounds, taken in turn so that a busy machine slows both sides. Graphs are made by a fixed seed: every
item needs ten certificates of earlier items, which makes no circle; then rings of three and knots of
eight are planted, which make known ones.
"""

from __future__ import annotations

import gzip
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from sys import intern

import networkx

from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.indexing import build_index
from chalicelib.catalogue.model import Item
from chalicelib.catalogue.proof_checks import check
from chalicelib.catalogue.proof_reading import of_document
from chalicelib.catalogue.proofs import ProofCatalogue, ProofGraph, Requirement, Step
from chalicelib.catalogue.samples import sample_for
from chalicelib.catalogue.search import CODE, SearchIndex

Row = tuple[str, float, str]

DATA = Path(__file__).parents[1] / "data"
NEEDS = 10
RINGS, RING = 20, 3
KNOTS, KNOT = 5, 6
SEARCHED = 5_000


def graph(items: int, knots: int = KNOTS, seed: int = 7) -> ProofCatalogue:
    """A catalogue of that many items, with planted rings and knots."""
    rng = random.Random(seed)
    needs: list[list[int]] = [
        [rng.randrange(at) for _ in range(NEEDS)] if at else [] for at in range(items)
    ]
    for _ in range(RINGS):
        first = len(needs)
        needs += [[first + (at + 1) % RING] for at in range(RING)]
    for _ in range(knots):
        first = len(needs)
        needs += [[first + to for to in range(KNOT) if to != at] for at in range(KNOT)]
    return ProofCatalogue(
        [
            Step(f"i{at}", f"事项{at}", intern(f"c{at}"), [_asks(need) for need in wanted])
            for at, wanted in enumerate(needs)
        ]
    )


def _asks(number: int) -> Requirement:
    """Keys and names are one object each, as the readers of `proof_reading` make them."""
    key, name = intern(f"c{number}"), intern(f"证明{number}")
    return Requirement(key, name, "本人", True, None, "某法第一条")


def as_networkx(catalogue: ProofCatalogue) -> networkx.DiGraph:
    made = networkx.DiGraph()
    made.add_nodes_from(step.issues for step in catalogue.steps)
    made.add_edges_from(
        (step.issues, each.certificate) for step in catalogue.steps for each in step.requires
    )
    return made


def in_turn(acts: Sequence[Callable[[], object]], rounds: int = 5) -> list[float]:
    """The least CPU time of each act, in seconds, over rounds in which they take turns."""
    least = [float("inf")] * len(acts)
    for _ in range(rounds):
        for at, act in enumerate(acts):
            begin = time.process_time()
            act()
            least[at] = min(least[at], time.process_time() - begin)
    return least


def growing() -> list[Row]:
    """The whole check, all five questions, of catalogues of 2,000 and of 20,000 items.

    Ten small ones are checked in turn against one large one: checked over and over, a single small
    one would stay in the processor's cache, and the ratio would measure that.
    """
    small = [graph(2_000, seed=seed) for seed in range(10)]
    large = graph(20_000)
    edges = sum(len(step.requires) for step in large.steps)
    few, many = in_turn([lambda: [check(each) for each in small], lambda: check(large)], rounds=9)
    posted_few = [as_posted(each) for each in small]
    posted_many = as_posted(large)
    read_few, read_many = in_turn(
        [
            lambda: [check(of_document(each)) for each in posted_few],
            lambda: check(of_document(posted_many)),
        ],
        rounds=3,
    )
    return [
        (f"proof check, 20,000 items and {edges:,} materials, s", many, ""),
        ("proof check, 20,000 items ÷ 2,000 items", many / (few / len(small)), "≤ 12"),
        (
            "the same with a posted catalogue read first",
            read_many / (read_few / len(small)),
            "≤ 12",
        ),
    ]


def as_posted(catalogue: ProofCatalogue) -> dict[str, object]:
    """The catalogue as somebody else would post it."""
    return {
        "items": [
            {
                "id": step.id,
                "item_name": step.name,
                "issues": step.issues,
                "requires": [
                    {"cert": each.certificate, "name": each.name, "legal_basis": each.basis}
                    for each in step.requires
                ],
            }
            for step in catalogue.steps
        ]
    }


def against_networkx() -> list[Row]:
    """The circles of one graph, prepared for each side in its own form.

    `simple_cycles` lists every cycle one by one, and a knot has very many; so it is also asked about
    the graph without knots, where it lists no more than there are rings.
    """
    rows: list[Row] = []
    for name, knots in (("with rings and knots", KNOTS), ("with rings only", 0)):
        catalogue = graph(20_000, knots)
        ours, theirs = ProofGraph(catalogue), as_networkx(catalogue)
        found = len(ours.circles())
        if found != RINGS + knots:
            raise AssertionError(f"{found} circles found, {RINGS + knots} planted")
        mine, other = in_turn(
            [ours.circles, lambda theirs=theirs: sum(1 for _ in networkx.simple_cycles(theirs))],
            rounds=3,
        )
        rows.append((f"networkx.simple_cycles ÷ ours, {name}", other / mine, "≥ 10"))
    return rows


def demo_items() -> tuple[Item, ...]:
    raw = json.loads((DATA / "demo_catalogue.json").read_text(encoding="utf-8"))
    return read_document(raw, sample_for).items


def many_items(count: int) -> list[Item]:
    """The demo's items over and over, each under a name and a code of its own."""
    items = demo_items()
    return [
        replace(
            items[at % len(items)],
            name=f"{items[at % len(items)].name}{chr(0x4E00 + at // len(items))}",
            code=f"{items[at % len(items)].code[:19]}{at:012d}",
        )
        for at in range(count)
    ]


def phrasings() -> list[tuple[str, list[str]]]:
    text = (DATA / "search_phrasings.json").read_text(encoding="utf-8")
    return [(each["says"], each["wants"]) for each in json.loads(text)["phrasings"]]


def searching() -> list[Row]:
    """Quality on the phrasings written beforehand, and the API's own search over 5,000 items."""
    items = demo_items()
    keys = {item.code: item.key for item in items}
    demo = SearchIndex(build_index(items))
    found = sum(
        bool({keys[each.row[CODE]] for each in demo.find(says, 3)} & set(wants))
        for says, wants in phrasings()
    )
    document = build_index(many_items(SEARCHED))
    index = SearchIndex(document)
    index.find("jzz")
    times = []
    for says, _ in phrasings():
        begin = time.process_time()
        index.find(says, 20)
        times.append(time.process_time() - begin)
    packed = _packed(build_index(items))
    return [
        ("everyday phrasings found in the first three, %", 100 * found / len(phrasings()), "≥ 90"),
        ("search over 5,000 items in the API, p95, ms", 1e3 * sorted(times)[-len(times) // 20], ""),
        ("search index of the demo catalogue, compressed, KB", packed / 1024, "part of 120"),
        ("search index of 5,000 items, compressed, KB", _packed(document) / 1024, ""),
    ]


def _packed(document: object) -> int:
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return len(gzip.compress(text.encode(), 9))


def run() -> list[Row]:
    return [*growing(), *against_networkx(), *searching()]
