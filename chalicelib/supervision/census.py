"""The six rates of §二, counted from what there is: pure, from plain facts of the other rooms.

Each is a numerator, a denominator and the list of what is missing, so that a rate below 100 % says
what to do next. A thing that does not exist yet makes no rate: zero of zero is not 100 %.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from chalicelib.supervision.indicators import Census
from chalicelib.supervision.rules import Condition, Dimension, Rule, holds

ONLINE_FORMS = frozenset({"2", "3"})
"""办理形式 (GB/T 39046): 2 电脑端网上, 3 移动端网上."""

WINDOW_FORM = "1"


@dataclass(frozen=True, slots=True)
class ItemSeen:
    """An item in force, as far as the rates need it."""

    code: str
    base_code: str
    name: str
    body: str
    sunk: bool
    project_type: str
    forms: frozenset[str]
    result_type: str | None = None
    result_name: str = ""


@dataclass(frozen=True, slots=True)
class Stock:
    """What there is in the district. Lists map a base code to the item's name on the list."""

    communities: Mapping[str, bool]
    items: Sequence[ItemSeen]
    powers: Mapping[str, str]
    services: Mapping[str, str]
    shared_types: Mapping[str, bool]
    """Certificate types defined in the store: whether they are shared at all."""

    rules: Sequence[Rule]


def take(stock: Stock) -> list[Census]:
    """All six rates."""
    in_force = {item.base_code: item for item in stock.items}
    watched = {item.base_code for item in stock.items if is_watched(item, stock.rules)}
    at_window = {item.base_code for item in stock.items if WINDOW_FORM in item.forms or item.sunk}
    listed = {**stock.powers, **stock.services}
    return [
        Census.of("point_coverage", stock.communities),
        Census.of("certificate_sharing", _sharing(stock)),
        Census.of(
            "online_application",
            _named((item.code, item.name, bool(item.forms & ONLINE_FORMS)) for item in stock.items),
        ),
        Census.of("online_operation", _of_list(stock.powers, in_force.keys())),
        Census.of("supervision", _of_list(listed, watched)),
        Census.of("stationing", _of_list(stock.services, at_window)),
    ]


def _named(things: Iterable[tuple[str, str, bool]]) -> dict[str, bool]:
    """Keyed by name and code together, for two things may bear one name."""
    return {f"{name}({code})": counts for code, name, counts in things}


def _of_list(entries: Mapping[str, str], done: Iterable[str]) -> dict[str, bool]:
    kept = frozenset(done)
    return _named((ref, name, ref in kept) for ref, name in entries.items())


def _sharing(stock: Stock) -> dict[str, bool]:
    """Types that items yield and that are to be shared: in the store's register, or missing."""
    yielded = {
        item.result_type: item.result_name for item in stock.items if item.result_type is not None
    }
    return _named(
        (code, name, code in stock.shared_types)
        for code, name in yielded.items()
        if stock.shared_types.get(code, True)
    )


def follow_proofs(
    known: Mapping[str, Any], standing: Mapping[str, str], at: str
) -> dict[str, list[dict[str, str]]]:
    """What was found of circular and baseless proofs, what of it stands, and what is gone.

    `standing` maps each finding of today's check to its words; `known` is what this answered the
    last time. A finding that is not made any more is removed; one that comes back stands again.
    """
    since = {one["key"]: one["found_at"] for one in known.get("standing", [])}
    gone = {one["key"]: one for one in known.get("removed", [])}
    for one in known.get("standing", []):
        if one["key"] not in standing:
            gone[one["key"]] = {**one, "removed_at": at}
    return {
        "standing": [
            {"key": key, "message": message, "found_at": since.get(key, at)}
            for key, message in sorted(standing.items())
        ],
        "removed": [one for key, one in sorted(gone.items()) if key not in standing],
    }


def is_watched(item: ItemSeen, rules: Iterable[Rule]) -> bool:
    """Whether at least one time rule and one process rule can concern cases of this item."""
    known = {
        "item_code": item.code,
        "body": item.body,
        "sunk": item.sunk,
        "project_type": item.project_type,
    }
    concerned = {rule.dimension for rule in rules if rule.active and could_hold(rule.when, known)}
    return {Dimension.TIME, Dimension.PROCESS} <= concerned


def could_hold(condition: Condition, known: Mapping[str, Any]) -> bool:
    """Whether a condition can hold given these facts, whatever the facts not given are."""
    if "all" in condition:
        return all(could_hold(part, known) for part in condition["all"])
    if "any" in condition:
        return any(could_hold(part, known) for part in condition["any"])
    if "not" in condition:
        return not must_hold(condition["not"], known)
    return not _decided(condition, known) or holds(condition, known)


def must_hold(condition: Condition, known: Mapping[str, Any]) -> bool:
    """Whether a condition holds given these facts, whatever the facts not given are."""
    if "all" in condition:
        return all(must_hold(part, known) for part in condition["all"])
    if "any" in condition:
        return any(must_hold(part, known) for part in condition["any"])
    if "not" in condition:
        return not could_hold(condition["not"], known)
    return _decided(condition, known) and holds(condition, known)


def _decided(leaf: Condition, known: Mapping[str, Any]) -> bool:
    """Whether these facts alone decide a comparison: both of its sides are among them."""
    operand = leaf.get("to")
    literal = not isinstance(operand, Mapping) or operand.get("fact") in known
    return leaf["fact"] in known and literal
