"""Visits as they are kept: keys, heads with their logs, and the lists that are read of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from chalicelib.aws.sealing import sign_token, unseal
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import NotFound
from chalicelib.core.principal import Principal
from chalicelib.core.time import to_text
from chalicelib.hall import store
from chalicelib.hall.booking import resource_of
from chalicelib.hall.commands import By, Change
from chalicelib.hall.store import SESSION
from chalicelib.hall.visits import SUBJECT, State, Visit

DUE: Final = "VISITS"
"""The visits that are not over, by the midnight after their day."""

RATING: Final = "visit-rating"
"""The purpose of the codes by which the holder of a slip rates his visit."""

Page = tuple[list[Visit], Mapping[str, Any] | None]


def visit_pk(visit_id: str) -> str:
    return f"{SUBJECT}{visit_id}"


def visit_id_of(point: str, day: date, number: int) -> str:
    return f"{point}-{day:%Y%m%d}-{number:04d}"


def numbers_pk(point: str, day: date) -> str:
    return f"NUMBERS#{point}#{day.isoformat()}"


def desk_pk(account: str) -> str:
    return f"DESK#{account}"


def read(visit_id: str) -> Visit:
    """Raises NotFound."""
    document = store.read(visit_pk(visit_id))
    if document is None:
        raise NotFound("没有这次来访")
    return Visit.from_dict(document)


def facts_of(visit: Visit) -> Resource:
    """What the access table decides by. A nameless walk-in's visit is nobody's own."""
    return resource_of(visit.person or "-", visit.point)


def look(principal: Principal, visit_id: str) -> Visit:
    """A visit, for the visitor, the point's clerks and who watches. Raises NotFound, Forbidden."""
    known = read(visit_id)
    require(principal, "visit.read", facts_of(known))
    return known


def session_of(principal: Principal) -> Visit | None:
    """The visitor whom this clerk has before him now."""
    held = store.read(desk_pk(principal.account), SESSION)
    return read(held["visit"]) if held else None


def name_of(visit: Visit) -> str:
    """The name that the visitor gave, unsealed; empty where he gave none."""
    sealed = store.sealed_of(visit_pk(visit.id), 1)
    if sealed is None:
        return ""
    return str(unseal(sealed, f"{visit_pk(visit.id)}#1").get("name", ""))


def words_of(visit: Visit) -> dict[str, str]:
    """What the visitor wrote of the visit, by the kind of event: a comment, an objection."""
    said = {}
    for item in store.under(visit_pk(visit.id), "EVENT#"):
        if item.sealed is not None and int(item.sk.removeprefix("EVENT#")) > 1:
            raw: Any = item.event
            said[str(raw["type"])] = " ".join(unseal(item.sealed, raw["id"]).values())
    return said


def rating_code(visit: Visit) -> str:
    """What the slip carries, by which its holder rates the visit without signing in."""
    return sign_token({"v": visit.id}, RATING)


def own(person: str, limit: int, start: Mapping[str, Any] | None) -> Page:
    """A page of a person's visits, the latest first."""
    rows, last = store.page("person", f"VISITS#{person}", limit, start)
    return [Visit.from_dict(row) for row in rows], last


def at_point(
    point: str, day: date, state: State, *, limit: int, start: Mapping[str, Any] | None
) -> Page:
    """A page of a point's visits of a day in one state, in the order in which they are called."""
    key = _desk_key(point, day, state)
    rows, last = store.page("desk", key, limit, start, newest_first=False)
    return [Visit.from_dict(row) for row in rows], last


MOST_COUNTED: Final = 100


def ahead_of(visit: Visit) -> int | None:
    """How many are called before this visitor, counted up to a hundred; None unless he waits."""
    if visit.state is not State.WAITING:
        return None
    waiting, _ = at_point(visit.point, visit.day, State.WAITING, limit=MOST_COUNTED, start=None)
    return sum((other.rank, other.number) < (visit.rank, visit.number) for other in waiting)


def about(visit: Visit) -> dict[str, Any]:
    """What supervision needs to know of a visit to say whom it concerns."""
    return {
        "point": visit.point,
        "case_no": visit.case_no,
        "item_code": visit.item_code,
        "server": visit.server,
        "first_asked": visit.first_asked,
    }


def append(
    change: Change,
    after: Visit,
    kind: str,
    by: By,
    *,
    data: Mapping[str, Any],
    words: Mapping[str, Any] | None = None,
) -> None:
    """One event of a visit, and the head after it with the keys of its lists."""
    change.event(by.event(visit_pk(after.id), after.version, kind, data), words)
    keys = {
        "desk_pk": _desk_key(after.point, after.day, after.state),
        "desk_sk": f"{to_text(after.rank)}#{after.number:04d}",
    }
    if after.person is not None:
        keys |= {"person_pk": f"VISITS#{after.person}", "person_sk": to_text(after.arrived_at)}
    if not after.over:
        keys |= {"due_pk": DUE, "due_sk": to_text(after.day_over_at)}
    change.head(visit_pk(after.id), after.version, after.to_dict(), keys)


def leave_desk(change: Change, visit: Visit) -> None:
    """The window of whoever has this visitor before him is free for the next client."""
    if visit.server is not None and not visit.over:
        change.delete(desk_pk(visit.server), SESSION)


def _desk_key(point: str, day: date, state: State) -> str:
    return f"VISITS#{point}#{day.isoformat()}#{state.value}"
