"""Sums of money, kept in fen, as people and receipts write them."""

from __future__ import annotations

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("", "拾", "佰", "仟")
GROUPS = ("", "万", "亿", "万亿")


def yuan(fen: int) -> str:
    """`1234.50元`."""
    return f"{fen // 100}.{fen % 100:02d}元"


def in_capitals(fen: int) -> str:
    """A sum as receipts write it: `壹佰贰拾元伍角整`, `壹仟元零伍分`."""
    whole, jiao, rest = fen // 100, fen // 10 % 10, fen % 10
    words = f"{_whole(whole)}元" if whole else ""
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif rest and whole:
        words += "零"
    return f"{words}{DIGITS[rest]}分" if rest else f"{words or '零元'}整"


def _whole(number: int) -> str:
    """A whole number by groups of four; a gap of zeros inside it is one 零."""
    groups = []
    while number:
        number, group = divmod(number, 10_000)
        groups.append(group)
    words, gap = "", False
    for place in range(len(groups) - 1, -1, -1):
        group = groups[place]
        if group == 0:
            gap = bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words += _group(group) + GROUPS[place]
        gap = False
    return words


def _group(number: int) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = number // 10**place % 10
        if digit == 0:
            gap = gap or bool(words)
            continue
        words += ("零" if gap else "") + DIGITS[digit] + PLACES[place]
        gap = False
    return words
