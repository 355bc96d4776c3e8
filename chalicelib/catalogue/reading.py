"""Reading somebody's document field by field, and saying exactly which fields are wrong.

A `Reader` wraps one JSON object and its place. Every read answers a value of the right type, and
notes a `FieldError` at its pointer when the document has another; so one pass over a catalogue
reports everything that is wrong with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from chalicelib.core.errors import FieldError

T = TypeVar("T")

MOST_PROBLEMS = 1000
"""A document that is wrong through and through is not worth more than this many lines."""


@dataclass
class Problems:
    """What was found wrong, in the order of reading."""

    found: list[FieldError] = field(default_factory=list)

    def add(self, pointer: str, message: str) -> None:
        if len(self.found) < MOST_PROBLEMS:
            self.found.append(FieldError(pointer, message))

    def under(self, pointer: str) -> bool:
        """Whether anything was wrong at or below a place."""
        return any(
            each.pointer == pointer or each.pointer.startswith(f"{pointer}/") for each in self.found
        )


def escape(token: str) -> str:
    """One reference token of a JSON pointer (RFC 6901)."""
    return token.replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True)
class Reader:
    """One JSON object at `pointer`. An absent object reads as an empty one, noted once."""

    raw: Mapping[str, Any]
    pointer: str
    problems: Problems

    def at(self, name: str) -> str:
        return f"{self.pointer}/{escape(name)}"

    def refuse(self, name: str, message: str) -> None:
        self.problems.add(self.at(name), message)

    def text(self, name: str, *, empty: bool = False, longest: int = 4000) -> str:
        value = self.raw.get(name)
        if value is None and empty:
            return ""
        if not isinstance(value, str):
            self.refuse(name, "应填写文字")
            return ""
        value = value.strip()
        if not value and not empty:
            self.refuse(name, "不能为空")
        if len(value) > longest:
            self.refuse(name, f"超过{longest}字")
        return value

    def optional_text(self, name: str) -> str | None:
        return self.text(name, empty=True) or None

    def integer(self, name: str, least: int = 0, most: int = 1_000_000_000) -> int:
        value = self.raw.get(name)
        if isinstance(value, bool) or not isinstance(value, int):
            self.refuse(name, "应填写整数")
            return least
        if not least <= value <= most:
            self.refuse(name, f"应在{least}到{most}之间")
            return least
        return value

    def optional_integer(self, name: str, least: int = 0, most: int = 1_000_000_000) -> int | None:
        return None if self.raw.get(name) is None else self.integer(name, least, most)

    def optional_money(self, name: str) -> int | None:
        """A sum in yuan with at most two decimals, as fen."""
        value = self.raw.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.refuse(name, "应填写金额(元)")
            return None
        fen = round(value * 100)
        if value < 0 or abs(value * 100 - fen) > 1e-6 or fen > 10_000_000_000:
            self.refuse(name, "金额应不小于零,最多两位小数")
            return None
        return fen

    def flag(self, name: str, default: bool | None = None) -> bool:
        value = self.raw.get(name)
        if value is None and default is not None:
            return default
        if not isinstance(value, bool):
            self.refuse(name, "应填写是或否")
            return False
        return value

    def choice(self, name: str, choices: Mapping[str, T]) -> T | None:
        """The meaning of a coded value; None, and a problem, where the code is unknown."""
        value = self.raw.get(name)
        if isinstance(value, str) and value in choices:
            return choices[value]
        self.refuse(name, f"应为下列之一:{'、'.join(choices)}")
        return None

    def optional_choice(self, name: str, choices: Mapping[str, T], default: T) -> T:
        """The same, with a meaning for a value that is not there."""
        if self.raw.get(name) is None:
            return default
        found = self.choice(name, choices)
        return default if found is None else found

    def texts(self, name: str, *, empty: bool = False) -> tuple[str, ...]:
        value = self.raw.get(name)
        if value is None and empty:
            return ()
        if not isinstance(value, list):
            self.refuse(name, "应为列表")
            return ()
        if not value and not empty:
            self.refuse(name, "不能为空")
        for index, each in enumerate(value):
            if not isinstance(each, str) or not each.strip():
                self.problems.add(f"{self.at(name)}/{index}", "应填写文字")
        return tuple(each.strip() for each in value if isinstance(each, str))

    def child(self, name: str) -> Reader:
        value = self.raw.get(name)
        if not isinstance(value, Mapping):
            self.refuse(name, "应为对象")
            value = {}
        return Reader(value, self.at(name), self.problems)

    def optional_child(self, name: str) -> Reader | None:
        return None if self.raw.get(name) is None else self.child(name)

    def children(self, name: str, *, absent: bool = False) -> Iterator[Reader]:
        value = self.raw.get(name)
        if value is None and absent:
            return
        if not isinstance(value, list):
            self.refuse(name, "应为列表")
            return
        for index, each in enumerate(value):
            pointer = f"{self.at(name)}/{index}"
            if isinstance(each, Mapping):
                yield Reader(each, pointer, self.problems)
            else:
                self.problems.add(pointer, "应为对象")
