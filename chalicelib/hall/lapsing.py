"""What the end of a day does to visits: nobody waits overnight, and no window keeps a client.

A number holds for its day. Whoever still waits at midnight was not attended to, and the record says
so: how far he had come, who was asked first, whom he waited for. A clerk who forgot to end a visit
finds his window free in the morning, and nothing on it of the person from the day before.
"""

from __future__ import annotations

from datetime import datetime

from chalicelib.core.access import Resource
from chalicelib.hall import visits
from chalicelib.hall.commands import Change, Command, each_due, once
from chalicelib.hall.visit_records import DUE, about, append, leave_desk, read
from chalicelib.hall.visits import State, Visit


def pass_days(now: datetime) -> list[str]:
    """Close every visit whose day is over; again changes nothing. Their ids."""
    return each_due(DUE, "visit.lapse", now, _pass_day)


def _pass_day(command: Command, visit_id: str) -> Visit:
    def decide(change: Change) -> Visit:
        known = read(visit_id)
        by = command.require(Resource())
        after = known.pass_day(command.now)
        leave_desk(change, known)
        kind = visits.ENDED if after.state is State.ENDED else visits.LAPSED
        data = about(after) | {
            "regime": after.regime.value,
            "was": known.state.value,
            "named": known.named,
        }
        append(change, after, kind, by, data=data)
        return after

    return once(command, decide, Visit)
