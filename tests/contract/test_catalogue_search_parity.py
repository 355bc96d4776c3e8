"""`data/search_parity.json` is what the browser's scorer is held to: it must be what ours answers.

Set UPDATE_FIXTURES=1 to write it anew after a deliberate change of the vocabulary or the rules.
"""

from __future__ import annotations

import json
import os

from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.indexing import build_index
from chalicelib.catalogue.search import CODE, SearchIndex
from tests.support.catalogue_room import DATA, demo_document

FIXTURE = DATA / "search_parity.json"
ODD = [
    "",
    "的",
    "开一个很大很大很大的店",
    "ktv办证",
    "低保 shenqing",
    "jzz办理",
    "x",
    "juzhux",
    "JUZHU",
]


def expected():
    index = build_index(read_document(demo_document()).items)
    scorer = SearchIndex(index)
    queries = [
        each["says"]
        for name in ("search_phrasings.json", "search_phrasings_later.json")
        for each in json.loads((DATA / name).read_text(encoding="utf-8"))["phrasings"]
    ]
    answers = [
        [query, [[found.row[CODE], round(found.score, 6)] for found in scorer.find(query, 10)]]
        for query in queries + ODD
    ]
    return {"index": index, "answers": answers}


def test_the_parity_fixture_is_what_the_search_answers():
    made = expected()
    if os.environ.get("UPDATE_FIXTURES"):
        text = json.dumps(made, ensure_ascii=False, separators=(",", ":"))
        FIXTURE.write_text(text + "\n", encoding="utf-8")
    kept = json.loads(FIXTURE.read_text(encoding="utf-8"))
    assert kept["index"] == json.loads(json.dumps(made["index"]))
    assert kept["answers"] == json.loads(json.dumps(made["answers"]))
