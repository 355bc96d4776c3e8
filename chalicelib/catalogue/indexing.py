"""Building the search index of a published catalogue. Needs pypinyin, so only where it is built."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.catalogue.model import Item
from chalicelib.catalogue.search import COLUMNS, HAN, REACH_BITS, WEIGHT_UNIT

FILLERS = (
    "怎么办理 怎么申请 怎么办 怎么 怎样 如何 哪里 哪儿 去哪 在哪 什么 需要 材料 手续 流程 条件 办理 办个 办 申请 "
    "申领 我想 我要 想要 想 要 可以 能不能 能否 可不可以 能 吗 呢 吧 的 了 请问 一下 多少钱 谁 为什么 是不是 "
    "有没有 有 去 给 和 与 及 我 我家 我们 俺 咱 应该 一个 这个 那个"
)
"""What a query says without meaning anything of an item: taken out before pairs are compared."""
OWN_NAME = 0.8
"""How strongly a word points at an item whose name contains it, unless the file says otherwise."""


def build_index(items: Sequence[Item]) -> dict[str, Any]:
    """The index document of a catalogue, in the order given; `docs/search.md` explains its shape."""
    domains = sorted({item.domain for item in items})
    bodies = sorted({(item.body, item.body_name) for item in items})
    return {
        "columns": list(COLUMNS),
        "domains": domains,
        "bodies": [list(each) for each in bodies],
        "fillers": FILLERS.split(),
        "sounds": _sounds(items),
        "items": [_row(item, domains, [key for key, _ in bodies]) for item in items],
        "concepts": _concepts(items),
    }


def _row(item: Item, domains: Sequence[str], bodies: Sequence[str]) -> list[Any]:
    also = [item.former_name or "", item.result.name if item.result else "", item.domain]
    return [
        item.code,
        item.name,
        " ".join(part for part in also if part),
        domains.index(item.domain),
        bodies.index(item.body),
        sum(REACH_BITS[level] for level in item.sunk_levels),
        sum(1 << (int(code) - 1) for code in set(item.service_objects)),
        item.promise.encode(),
        str(item.project_type),
        int(item.fee.charged),
        item.version,
    ]


def _concepts(items: Sequence[Item]) -> list[list[Any]]:
    """The everyday words that mean something in this catalogue, with the items they point at."""
    found = []
    names = [f"{item.name} {item.former_name or ''}" for item in items]
    for entry in everyday():
        words = entry["words"].split()
        weights = _weights(words, entry["items"], names)
        if not weights:
            continue
        flat: list[int] = []
        for position, weight in sorted(weights.items()):
            flat += [position, round(weight * WEIGHT_UNIT)]
        found.append([" ".join(words), flat])
    return found


def _sounds(items: Sequence[Item]) -> dict[str, str]:
    """Syllable → the characters read so, of every name and everyday word.

    A character that is read in two ways, 行 in 行政 and 银行, stands under both.
    """
    read: dict[str, set[str]] = {}
    words = (word for entry in everyday() for word in entry["words"].split())
    for text in (*(item.name for item in items), *words):
        for run in HAN.findall(text):
            for character, syllable in zip(run, syllables(run), strict=True):
                read.setdefault(syllable, set()).add(character)
    return {syllable: "".join(sorted(read[syllable])) for syllable in sorted(read)}


def _weights(
    words: Iterable[str], pointed: Mapping[str, float], names: Sequence[str]
) -> dict[int, float]:
    weights: dict[int, float] = {}
    for position, name in enumerate(names):
        said = [weight for phrase, weight in pointed.items() if phrase in name]
        own = [OWN_NAME for word in words if word in name]
        if said or own:
            weights[position] = max(said or own)
    return weights


@cache
def everyday() -> list[dict[str, Any]]:
    """The packaged everyday words: what people say, and phrases of the names of what they mean."""
    text = Path(__file__).with_name("everyday.json").read_text(encoding="utf-8")
    loaded: list[dict[str, Any]] = json.loads(text)
    return [each | {"words": each["words"].lower()} for each in loaded]


@cache
def syllables(text: str) -> tuple[str, ...]:
    """The pinyin of a run of Han characters, a syllable each, without tones."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - 4 MB that only a publication needs

    return tuple(lazy_pinyin(text))
