"""Items are found by what people say, by pinyin and by initials; nothing said breaks the search."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.catalogue.document import read_document
from chalicelib.catalogue.indexing import build_index, everyday
from chalicelib.catalogue.search import BODY, CODE, HAN, SearchIndex, normalise, sounds_like
from tests.support.catalogue_room import DATA, code_of, demo_document

UNHURRIED = settings(deadline=None)

DOCUMENT = build_index(read_document(demo_document()).items)
INDEX = SearchIndex(DOCUMENT)
CODES = {item["id"]: item["task_code"] for item in demo_document()["items"]}


def first(query, count=3):
    return [found.row[CODE] for found in INDEX.find(query, count)]


def phrasings(name):
    return json.loads((DATA / name).read_text(encoding="utf-8"))["phrasings"]


@pytest.mark.parametrize("name", ["search_phrasings.json", "search_phrasings_later.json"])
def test_nine_in_ten_everyday_phrasings_find_their_item_in_the_first_three(name):
    asked = phrasings(name)
    missed = [
        each["says"]
        for each in asked
        if not {CODES[key] for key in each["wants"]} & set(first(each["says"]))
    ]
    assert len(asked) >= 60
    assert len(missed) <= len(asked) / 10, missed


def test_every_item_is_found_first_by_its_own_name():
    for item in demo_document()["items"]:
        assert first(item["item_name"], 1) == [item["task_code"]]


@pytest.mark.parametrize(
    ("letters", "key"),
    [
        ("juzhuzhengshenling", "residence_permit"),
        ("jzz", "residence_permit"),
        ("juzz", "residence_permit"),
        ("ju zhu zheng", "residence_permit"),
        ("JZZ", "residence_permit"),
        ("shanghukou", "birth_hukou"),
        ("yyzz", "self_employed"),
    ],
)
def test_pinyin_and_initials_find_it_too(letters, key):
    assert first(letters, 1) == [CODES[key]]


def test_a_character_with_two_readings_answers_to_both():
    sounds = INDEX._sounds("执行")
    assert sounds_like("zhixing", sounds) == 2
    assert sounds_like("zhihang", sounds) in (0, 2)
    assert {"xing"} <= set(INDEX._readings["行"])


def test_letters_must_be_used_up_to_spell():
    sounds = [["ju"], ["zhu"], ["zheng"]]
    assert sounds_like("juzhu", sounds) == 2
    assert sounds_like("juzhux", sounds) == 0
    assert sounds_like("j", sounds) == 1
    assert sounds_like("", sounds) == 0


def test_a_word_with_a_gap_spans_at_most_four_characters():
    assert CODES["self_employed"] in first("我想开个服装店")
    assert CODES["self_employed"] not in first("开一个很大很大很大的店", 50)


def test_full_width_letters_and_punctuation_do_not_matter():
    assert normalise("  JZZ,怎么办?? ") == "jzz 怎么办"
    assert first("【身份证】丢了!!!", 1) == [code_of("id_card_reissue")]


def test_filters_are_asked_before_the_best_are_taken():
    at_school = INDEX.find("孩子", 5, lambda row: INDEX.bodies[row[BODY]][0] == "jy")
    assert at_school
    assert all(INDEX.bodies[found.row[BODY]][0] == "jy" for found in at_school)


@pytest.mark.parametrize("nothing", ["", "  ", "???", "的", "怎么办"])
def test_a_query_that_says_nothing_finds_nothing(nothing):
    assert INDEX.find(nothing) == []


@UNHURRIED
@given(st.text(max_size=200))
def test_whatever_is_typed_the_answer_is_in_order_and_without_repeats(query):
    found = INDEX.find(query, 50)
    scores = [round(each.score, 6) for each in found]
    assert scores == sorted(scores, reverse=True)
    codes = [each.row[CODE] for each in found]
    assert len(codes) == len(set(codes))


@UNHURRIED
@given(st.sampled_from(demo_document()["items"]), st.data())
def test_any_stretch_of_four_characters_of_a_name_finds_the_item(item, data):
    name = item["item_name"]
    start = data.draw(st.integers(0, max(0, len(name) - 4)))
    stretch = name[start : start + 4]
    assume(HAN.fullmatch(stretch) and not any(word in stretch for word in INDEX._fillers))
    assert item["task_code"] in [found.row[CODE] for found in INDEX.find(stretch, 50)]


def test_the_vocabulary_has_no_empty_or_doubled_entry():
    for entry in everyday():
        words = entry["words"].split()
        assert words
        assert len(words) == len(set(words)), words
        assert all(0 < weight <= 4 for weight in entry["items"].values())


def test_the_index_of_the_demo_catalogue_stays_small_on_the_wire():
    import gzip

    packed = gzip.compress(json.dumps(DOCUMENT, ensure_ascii=False).encode(), 9)
    assert len(packed) < 20_000
