"""The running handling of an alarm: what its state machine asks, and what follows a change.

The machine waits with a task token kept in the alarm's item beside the version that the wait saw.
A person's act is one write and nothing else; the stream carries it here, and from here the machine
is woken, people are told, and rules that listen to alarms are judged. All of it may come twice.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.core.errors import StaleVersion
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import SYSTEM
from chalicelib.supervision import alarm_store, edges, judging, limit_store
from chalicelib.supervision.handling import ACT_TEXTS, Act, next_step, perform
from chalicelib.supervision.model import LEVEL_NAMES, Alarm, AlarmState

SETTLED: Final = "Settled"
MOST_ACTS: Final = 10
"""Acts that may be due at once after an outage; more would be a loop."""

GRACE: Final = timedelta(minutes=10)
"""How long after its time an act may still be on its way before the chaser looks after it."""


def advance(identifier: str) -> dict[str, Any]:
    """Do everything that is due in an alarm's handling; answer what its machine waits for next."""
    for _ in range(MOST_ACTS):
        stored = alarm_store.read(identifier)
        calendar, now = working_calendar(), clock().now()
        policy = limit_store.limits().alarms
        step = next_step(stored.alarm, calendar, now, policy)
        if step.act is None or step.at is None or step.at > now:
            return told(stored.alarm)
        try:
            changed = perform(stored.alarm, step.act, now, calendar, policy)
            alarm_store.save(stored, changed, by_time=True)
        except StaleVersion:
            continue
    raise RuntimeError(f"alarm {identifier} does not come to rest")


def told(alarm: Alarm) -> dict[str, Any]:
    """An alarm's next step as a state machine reads it: the state, and real seconds to wait."""
    now = clock().now()
    step = next_step(alarm, working_calendar(), now, limit_store.limits().alarms)
    answer: dict[str, Any] = {"step": SETTLED, "version": alarm.version}
    if step.wait is not None and step.at is not None:
        seconds = math.ceil(clock().real_seconds(step.at - now))
        answer |= {"step": step.wait.value, "seconds": max(1, seconds)}
    return answer


def keep_waiting(identifier: str, token: str, seen: int) -> bool:
    """Keep the token of a wait; if the alarm has moved meanwhile, wake the wait at once.

    Whichever comes second, change or token, resumes the machine. Answers whether it still waits.
    """
    if alarm_store.keep_token(identifier, token, seen):
        return True
    edges.wake(token, told(alarm_store.read(identifier).alarm))
    return False


def follow(stored: alarm_store.Stored) -> None:
    """What follows a change of an alarm, as the stream shows it: start, wake, tell, judge."""
    alarm = stored.alarm
    if stored.token and stored.seen >= alarm.version:
        return  # a wait kept its token; the alarm itself did not change
    if alarm.state is AlarmState.RAISED:
        edges.start_handling(alarm.id, alarm.version)
        return
    if stored.token:
        edges.wake(stored.token, told(alarm))
    _tell(alarm)
    _judge(alarm)


def chase() -> int:
    """Start again the handling of alarms in which something is overdue. Answers how many."""
    overdue = alarm_store.due_before(clock().now() - GRACE)
    for alarm in overdue:
        edges.start_handling(alarm.id, alarm.version)
    return len(overdue)


def _tell(alarm: Alarm) -> None:
    """Notify of the last act. Nothing in it names a person."""
    act = alarm.history[-1].act
    edges.notify(
        f"{LEVEL_NAMES[alarm.level]} {alarm.rule} {alarm.rule_name}"[:100],
        {
            "alarm": alarm.id,
            "case_no": alarm.facts.get("case_no"),
            "level": alarm.level.value,
            "rule": alarm.rule,
            "organisation": alarm.organisation,
            "act": act,
            "text": ACT_TEXTS.get(Act(act), "") if act in set(Act) else "",
            "reply_due_at": alarm.to_dict()["reply_due_at"],
        },
        {
            "organisation": alarm.organisation,
            "level": alarm.level.value,
            "escalation": str(alarm.escalation),
        },
    )


_HEARD_AS: Final[Mapping[str, str]] = {
    Act.ASSIGN.value: "alarm.raised",
    Act.OVERDUE.value: "alarm.overdue",
}


def _judge(alarm: Alarm) -> None:
    """Alarms are events too: three yellow cards in a quarter, a card not answered in time."""
    last = alarm.history[-1]
    heard_as = _HEARD_AS.get(last.act)
    if heard_as is None:
        return
    event = Event(
        subject=str(alarm.facts.get("case_no") or alarm.subject),
        seq=alarm.version,
        type=heard_as,
        at=last.at,
        actor=Actor(SYSTEM, SYSTEM),
        data={
            "alarm": alarm.id,
            "level": alarm.level.value,
            "rule": alarm.rule,
            "organisation": alarm.organisation,
            "point": alarm.point,
        },
    )
    about = {
        "body": alarm.body,
        "origin": alarm.point,
        "item_code": alarm.item_code,
        "item_name": alarm.item_name,
    }
    judging.notice(event, about, key=f"{alarm.id}#{last.act}")
