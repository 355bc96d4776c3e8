"""Checking without showing: yes or no to a named question about a certificate; pure."""

from __future__ import annotations

import hmac
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from chalicelib.certificates import status
from chalicelib.certificates.model import CITIZEN_NUMBER, HOLDER_NAME, HOLDER_NUMBER, Opened
from chalicelib.core.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Equals:
    """Is the item exactly this? Spaces, width and letter case do not count."""

    field: str
    value: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (self.field,)


@dataclass(frozen=True, slots=True)
class Belongs:
    """Do this name and this number belong together?"""

    name: str
    number: str

    @property
    def fields(self) -> tuple[str, ...]:
        return (HOLDER_NAME, HOLDER_NUMBER)


@dataclass(frozen=True, slots=True)
class AgeAtLeast:
    """Has the holder completed so many years on that day?"""

    years: int
    on: date

    @property
    def fields(self) -> tuple[str, ...]:
        return (HOLDER_NUMBER,)


@dataclass(frozen=True, slots=True)
class ValidOn:
    """Is the certificate in force on that day?"""

    on: date

    @property
    def fields(self) -> tuple[str, ...]:
        return ()


Question: TypeAlias = Equals | Belongs | AgeAtLeast | ValidOn


def answer(opened: Opened, question: Question) -> bool:
    """Yes or no. Raises InvalidInput where the certificate cannot answer the question at all."""
    claims = opened.claims
    match question:
        case Equals(name, value):
            return _same(_item(claims, name), value)
        case Belongs(name, number):
            # Both are compared whatever the first says: time must not tell which one was wrong.
            same_name = _same(_item(claims, HOLDER_NAME), name)
            return _same(_item(claims, HOLDER_NUMBER), number) and same_name
        case AgeAtLeast(years, on):
            if opened.certificate.holder_kind != CITIZEN_NUMBER:
                raise InvalidInput.at("/checks", "只有公民身份号码持证的证照可以核对年龄")
            return age(_item(claims, HOLDER_NUMBER), on) >= years
        case ValidOn(on):
            return status.usable(opened.certificate, on)


def age(citizen_number: str, on: date) -> int:
    """Completed years on a day, from the date of birth in a citizen number (GB 11643).

    A birthday on 29 February is completed on 1 March of a common year.
    """
    born = (int(citizen_number[6:10]), int(citizen_number[10:12]), int(citizen_number[12:14]))
    years = on.year - born[0]
    return years if (on.month, on.day) >= born[1:] else years - 1


def matches(opened: Opened, expected: Mapping[str, str]) -> bool:
    """Whether every named item is as expected; which one is not stays untold."""
    claims = opened.claims
    results = [_same(claims.get(name, ""), value) for name, value in expected.items()]
    return bool(results) and all(results)


def _item(claims: Mapping[str, str], name: str) -> str:
    try:
        return claims[name]
    except KeyError:
        raise InvalidInput.at("/checks", f"该证照没有照面项 {name}") from None


def _same(held: str, given: str) -> bool:
    return hmac.compare_digest(_plain(held).encode(), _plain(given).encode()) and bool(held)


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).upper()
