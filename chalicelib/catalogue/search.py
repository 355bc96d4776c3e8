"""Finding an item the way people speak: the index, and the one scorer that reads it.

The index is one compact JSON document, built once for each published catalogue. The same document
is scored here for the API and in the citizen's browser, by the same rules (`docs/search.md`), so
both give the same order. A query meets an item in four ways:

* everyday words: 孩子, 上户口, 开饭店 each name a concept, and concepts point at items, with weights;
* pairs of characters that the query shares with the item's name, the rarer the stronger;
* the query, or a run of it, standing in the name as it is;
* pinyin, whole or by initials, of the name and of the everyday words.

Pure. `chalicelib.catalogue.indexing` builds the document.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

COLUMNS = (
    "code",
    "name",
    "also",
    "domain",
    "body",
    "reach",
    "audience",
    "promise",
    "project_type",
    "charged",
    "version",
)
"""The columns of an item's row, in order. `also` holds its former name and its result's name;
`domain` and `body` are positions in the index's lists; `reach` is a bit mask (1 subdistrict, 2
community), `audience` one of 服务对象 (bit n-1 for code n), `promise` the encoded limit (`5w`)."""
REACH_BITS: Mapping[str, int] = {"街道": 1, "社区": 2}
CODE, NAME, ALSO, DOMAIN, BODY, REACH, AUDIENCE = range(7)

NAME_PAIR, ALSO_PAIR = 1.0, 0.4
IN_NAME, WHOLE_NAME = 2.0, 4.0
SOUND, WORD_SOUND_PREFIX = 3.0, 0.5
KEPT_OF_BEST = 0.25
WEIGHT_UNIT = 10
GAP, LONGEST_GAP = "*", 4

HAN = re.compile("[\u3400-\u9fff]+")
LATIN = re.compile("[a-z0-9]+")

Row = Sequence[Any]
Sounds = Sequence[Sequence[str]]
"""For each character of a text, the syllables it can be read as."""


@dataclass(frozen=True, slots=True)
class Found:
    """One item found: its row in the index and the score that ranks it (only relative)."""

    row: Row
    score: float


@dataclass(frozen=True, slots=True)
class Concept:
    """Everyday words that mean the same, and the items they point at, with weights."""

    words: tuple[str, ...]
    weights: tuple[tuple[int, float], ...]
    rarity: float


class SearchIndex:
    """An index document made ready: what is derived from it is derived once, here."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.rows: list[Row] = document["items"]
        self.domains: list[str] = document["domains"]
        self.bodies: list[list[str]] = document["bodies"]
        self._fillers = sorted(document["fillers"], key=lambda word: (-len(word), word))
        self._readings = _readings(document["sounds"])
        self._concepts = [self._concept(raw) for raw in document["concepts"]]
        self._by_head = _by_first_character(self._concepts)
        self._pairs = self._index_pairs()

    def find(
        self, query: str, limit: int = 20, wanted: Callable[[Row], bool] | None = None
    ) -> list[Found]:
        """The best items for a query, best first, `wanted` ones only; none for an empty query."""
        scores: dict[int, float] = {}
        text = normalise(query)
        for concept, part in self._concepts_in(text):
            for position, weight in concept.weights:
                _add(scores, position, concept.rarity * weight * part)
        for run in HAN.findall(self._without_fillers(text)):
            self._score_run(run, scores)
        for run in LATIN.findall("".join(text.split()) if text.isascii() else text):
            self._score_sound(run, scores)
        found = [
            Found(self.rows[position], score)
            for position, score in scores.items()
            if score > 0 and (wanted is None or wanted(self.rows[position]))
        ]
        if not found:
            return []
        least = KEPT_OF_BEST * max(each.score for each in found)
        found = [each for each in found if each.score >= least]
        found.sort(key=lambda each: (-round(each.score, 6), len(each.row[NAME]), each.row[CODE]))
        return found[:limit]

    def _concept(self, raw: Sequence[Any]) -> Concept:
        words, flat = raw
        weights = tuple((flat[at], flat[at + 1] / WEIGHT_UNIT) for at in range(0, len(flat), 2))
        return Concept(tuple(words.split(" ")), weights, self._rarity(len(weights)))

    @cached_property
    def _name_sounds(self) -> list[Sounds]:
        return [self._sounds(row[NAME]) for row in self.rows]

    @cached_property
    def _word_sounds(self) -> list[list[Sounds]]:
        return [
            [self._sounds(word) for word in concept.words if HAN.fullmatch(word)]
            for concept in self._concepts
        ]

    def _sounds(self, text: str) -> Sounds:
        return [self._readings[each] for each in text if each in self._readings]

    def _rarity(self, items: int) -> float:
        return math.log(1 + len(self.rows) / items)

    def _index_pairs(self) -> dict[str, dict[int, float]]:
        pairs: dict[str, dict[int, float]] = {}
        for position, row in enumerate(self.rows):
            for text, weight in ((row[ALSO], ALSO_PAIR), (row[NAME], NAME_PAIR)):
                for run in HAN.findall(text):
                    for pair in _pairs(run):
                        pairs.setdefault(pair, {})[position] = weight
        return pairs

    def _concepts_in(self, text: str) -> Iterator[tuple[Concept, float]]:
        """Each concept with a word in the text, once.

        A word that stands within a longer one, 登记 in 结婚登记, does not count; within one with a gap,
        火锅 in 开*店, it does.
        """
        spans = [
            (at, end, GAP not in word, concept)
            for at in range(len(text))
            for word, concept in self._by_head.get(text[at], ())
            if (end := _word_end(text, at, word))
        ]
        met: set[int] = set()
        for start, end, _, concept in spans:
            inside = any(
                solid and s <= start and end <= e and e - s > end - start
                for s, e, solid, _ in spans
            )
            if not inside and concept not in met:
                met.add(concept)
                yield self._concepts[concept], 1.0

    def _without_fillers(self, text: str) -> str:
        for filler in self._fillers:
            text = text.replace(filler, " ")
        return text

    def _score_run(self, run: str, scores: dict[int, float]) -> None:
        for pair in dict.fromkeys(_pairs(run)):
            postings = self._pairs.get(pair)
            if postings:
                rarity = self._rarity(len(postings))
                for position, weight in postings.items():
                    _add(scores, position, rarity * weight)
        for position, row in enumerate(self.rows):
            name: str = row[NAME]
            if run in name:
                _add(scores, position, IN_NAME + WHOLE_NAME * len(run) / len(name))

    def _score_sound(self, run: str, scores: dict[int, float]) -> None:
        if len(run) < 2:
            return
        for position, sounds in enumerate(self._name_sounds):
            share = _share_sounded(run, sounds)
            if share:
                _add(scores, position, SOUND * (1 + share))
        for concept, words in zip(self._concepts, self._word_sounds, strict=True):
            part = max((_word_sounded(run, sounds) for sounds in words), default=0.0)
            if part:
                for position, weight in concept.weights:
                    _add(scores, position, concept.rarity * weight * part)


def normalise(query: str) -> str:
    """Full-width and capital letters made plain; everything but Han, letters, digits a space."""
    plain = unicodedata.normalize("NFKC", query[:100]).lower()
    return re.sub("[^\u3400-\u9fffa-z0-9]+", " ", plain).strip()


def sounds_like(run: str, sounds: Sounds, start: int = 0) -> int:
    """How many characters from `start` the letters spell, each by the beginning of its syllable.

    `juzz` spells 居住证: ju, z(hu), z(heng). The whole run must be used up; 0 if it cannot be.
    """
    if start == len(sounds):
        return 0
    for syllable in sounds[start]:
        longest = 0
        while longest < min(len(run), len(syllable)) and run[longest] == syllable[longest]:
            longest += 1
        for used in range(longest, 0, -1):
            if used == len(run):
                return 1
            further = sounds_like(run[used:], sounds, start + 1)
            if further:
                return further + 1
    return 0


def _share_sounded(run: str, sounds: Sounds) -> float:
    """The part of a name that the letters spell, from any character on; more from the first."""
    best = 0.0
    for start in range(len(sounds)):
        count = sounds_like(run, sounds, start)
        if count:
            best = max(best, count / len(sounds) + (0.5 if start == 0 else 0))
    return best


def _word_sounded(run: str, sounds: Sounds) -> float:
    """1 if the letters spell a word, or contain it in full; part of 1 if they only begin it."""
    spelt = sounds_like(run, sounds)
    if spelt == len(sounds):
        return 1.0
    if len(sounds) > 1 and "".join(each[0] for each in sounds) in run:
        return 1.0
    return WORD_SOUND_PREFIX if spelt > 1 else 0.0


def _readings(sounds: Mapping[str, str]) -> dict[str, list[str]]:
    readings: dict[str, list[str]] = {}
    for syllable, characters in sounds.items():
        for character in characters:
            readings.setdefault(character, []).append(syllable)
    return readings


def _by_first_character(concepts: Sequence[Concept]) -> dict[str, list[tuple[str, int]]]:
    heads: dict[str, list[tuple[str, int]]] = {}
    for number, concept in enumerate(concepts):
        for word in concept.words:
            heads.setdefault(word[0], []).append((word, number))
    return heads


def _word_end(text: str, at: int, word: str) -> int:
    """Where a word that stands at `at` ends; 0 if it does not stand there.

    A word may have one gap: 开*店 is 开, at most four other characters, 店.
    """
    head, gap, tail = word.partition(GAP)
    if not text.startswith(head, at):
        return 0
    end = at + len(head)
    if not gap:
        return end
    found = text.find(tail, end, end + LONGEST_GAP + len(tail))
    if found < 0 or " " in text[end:found]:
        return 0
    return found + len(tail)


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run) - 1)]


def _add(scores: dict[int, float], position: int, score: float) -> None:
    scores[position] = scores.get(position, 0.0) + score
