"""Sums as receipts write them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.catalogue.money import DIGITS, GROUPS, PLACES, in_capitals, yuan

UNHURRIED = settings(deadline=None)


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        (0, "零元整"),
        (5, "伍分"),
        (50, "伍角整"),
        (8000, "捌拾元整"),
        (55000, "伍佰伍拾元整"),
        (100005, "壹仟元零伍分"),
        (12050, "壹佰贰拾元伍角整"),
        (12055, "壹佰贰拾元伍角伍分"),
        (1001000, "壹万零壹拾元整"),
        (10700000, "壹拾万柒仟元整"),
        (10000000000, "壹亿元整"),
        (10001000100, "壹亿零壹万零壹元整"),
    ],
)
def test_sums_are_written_as_on_a_receipt(fen, words):
    assert in_capitals(fen) == words


def value(words):
    """The sum in fen that the words say: the inverse, written another way round."""
    total = {"元": 0, "角": 0, "分": 0}
    rest = words.replace("整", "")
    for unit in ("元", "角", "分"):
        if unit in rest:
            part, rest = rest.split(unit)
            total[unit] = whole(part)
    return total["元"] * 100 + total["角"] * 10 + total["分"]


def whole(words):
    for group in reversed(GROUPS[1:]):
        if group in words:
            high, low = words.split(group, 1)
            return whole(high) * 10 ** (4 * GROUPS.index(group)) + whole(low)
    sum_, digit = 0, 0
    for character in words:
        if character in DIGITS:
            digit = DIGITS.index(character)
        else:
            sum_ += digit * 10 ** PLACES.index(character)
            digit = 0
    return sum_ + digit


@UNHURRIED
@given(st.integers(0, 99_999_999_99))
def test_the_words_say_the_sum_and_never_two_zeros_in_a_row(fen):
    words = in_capitals(fen)
    assert value(words) == fen
    assert "零零" not in words
    assert yuan(fen).removesuffix("元").replace(".", "").lstrip("0") == str(fen).lstrip("0")
