"""What visitors say of their visits: one rating each, on five grades, and objections."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.aws.sealing import read_token
from chalicelib.core.access import Resource
from chalicelib.core.errors import Gone
from chalicelib.hall import visits
from chalicelib.hall.commands import By, Change, Command, once
from chalicelib.hall.visit_records import RATING, about, append, facts_of, read
from chalicelib.hall.visits import Visit


def rate(command: Command, visit_id: str, grade: int, comment: str) -> Visit:
    """One rating a visit. Raises Forbidden, OutOfTurn, Conflict, InvalidInput."""

    def decide(change: Change) -> Visit:
        known = read(visit_id)
        by = command.require(facts_of(known))
        return _rated(change, known.rate(grade, command.now), by, comment)

    return once(command, decide, Visit)


def rate_by_code(command: Command, code: str, grade: int, comment: str) -> Visit:
    """The rating of whoever holds the visit's slip, on the terminal before the window.

    Raises Gone for a code that this deployment did not give out.
    """
    claims = read_token(code, RATING)
    if claims is None:
        raise Gone("评价码无效,请扫描取号单上的评价码。")
    # All who do not sign in are one account: their keys are told apart by the slip.
    command = replace(command, key=f"{claims['v']}:{command.key}")

    def decide(change: Change) -> Visit:
        by = command.require(Resource())
        return _rated(change, read(str(claims["v"])).rate(grade, command.now), by, comment)

    return once(command, decide, Visit)


def object_to(command: Command, visit_id: str, text: str) -> Visit:
    """Object to how one was received; it is answered like an objection to a case."""

    def decide(change: Change) -> Visit:
        known = read(visit_id)
        by = command.require(facts_of(known))
        after = known.object(command.now)
        append(change, after, visits.OBJECTED, by, data=about(known), words={"text": text})
        return after

    return once(command, decide, Visit)


def _rated(change: Change, after: Visit, by: By, comment: str) -> Visit:
    words = {"comment": comment.strip()} if comment.strip() else None
    append(change, after, visits.RATED, by, data=about(after) | {"grade": after.grade}, words=words)
    return after
