"""The words that rules are written in: facts of one event in the course of its case.

A fact is a scalar under a dotted name. `known` says whether a name can ever have a value, so that a
rule with a misspelt fact is refused when it is written instead of never firing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

from chalicelib.cases.model import Case, Outcome
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import ClockKind, due
from chalicelib.core.events import Event
from chalicelib.core.limits import SuspensionKind
from chalicelib.supervision.heard import Moment

ART_45_KINDS: Final = (
    SuspensionKind.HEARING,
    SuspensionKind.TENDER,
    SuspensionKind.AUCTION,
    SuspensionKind.INSPECTION,
    SuspensionKind.TEST,
    SuspensionKind.QUARANTINE,
    SuspensionKind.APPRAISAL,
    SuspensionKind.EXPERT_REVIEW,
)
"""The eight procedures that stop the statutory clock (行政许可法 45)."""

WORDS: Final[Mapping[str, str]] = {
    "type": "事件类型",
    "hour": "发生时刻(0 至 23 时)",
    "working_day": "是否工作日",
    "actor.account": "经办账号",
    "actor.role": "经办角色",
    "actor.organisation": "经办单位",
    "actor.point": "经办网点",
    "item_code": "事项编码",
    "body": "实施主体",
    "origin": "收件网点",
    "sunk": "是否下沉事项",
    "project_type": "办件类型",
    "case.stage": "办理前所处环节",
    "case.acceptor": "受理人",
    "case.reviewer": "审查人",
    "case.signer": "签批人",
    "case.result_due": "本件是否准予且应产生证照",
    "days_left.acceptance": "受理期限剩余工作日",
    "days_left.promise": "承诺时限剩余工作日",
    "days_left.statutory": "法定时限剩余工作日",
    "days_left.delivery": "送达期限剩余工作日",
    "procedure.in_article_45": "特别程序是否属于行政许可法第四十五条所列",
    "procedure.same_kind": "同类特别程序第几次启动",
    "procedure.stopping": "停止计时的特别程序第几次启动",
    "procedure.days_over": "特别程序超出书面告知时间的天数",
}
"""Facts with fixed names, and what they mean to whoever writes a rule."""

FAMILIES: Final[Mapping[str, str]] = {
    "data.": "事件所载内容",
    "size.": "事件所载内容的长度或项数(文字去首尾空白)",
    "first.": "事件所载列表的首项",
    "count.": "本件至此该类事件的次数",
    "minutes_since.": "距本件上一次该类事件的分钟数",
    "days_since.": "距本件上一次该类事件的工作日数",
    "same_actor.": "与本件上一次该类事件是否同一人经办",
}
"""Prefixes of facts that are named after a field (`data.reason`) or an event (`count.accepted`)."""


def known(name: str) -> bool:
    """Whether a fact of that name can exist."""
    return name in WORDS or any(
        name.startswith(prefix) and len(name) > len(prefix) for prefix in FAMILIES
    )


def facts_alone(
    event: Event, about: Mapping[str, Any], calendar: WorkingCalendar
) -> dict[str, Any]:
    """Facts of an event outside a case's course. `about` is what the bus event says beside it."""
    local = event.at
    facts: dict[str, Any] = {
        "type": event.type,
        "hour": local.hour,
        "working_day": calendar.is_working(local.date()),
        "actor.account": event.actor.account,
        "actor.role": event.actor.role,
        "actor.organisation": event.actor.organisation,
        "actor.point": event.actor.point,
    }
    for name in ("item_code", "body", "origin", "sunk", "project_type"):
        facts[name] = about.get(name)
    for name, value in event.data.items():
        if isinstance(value, str | int | float | bool):
            facts[f"data.{name}"] = value
        if isinstance(value, list) and value and isinstance(value[0], str):
            facts[f"first.{name}"] = value[0]
        facts[f"size.{name}"] = _size(value)
    return facts


def _size(value: Any) -> int:
    if isinstance(value, str):
        return len(value.strip())
    if isinstance(value, list | dict):
        return len(value)
    return 0 if value is None else 1


def facts_of(moment: Moment, about: Mapping[str, Any], calendar: WorkingCalendar) -> dict[str, Any]:
    """Facts of one event in the course of its case."""
    facts = facts_alone(moment.event, about, calendar)
    facts["body"] = moment.after.body
    if moment.before is not None:
        facts |= {
            "case.stage": moment.before.stage.value,
            "case.acceptor": moment.before.acceptor,
            "case.reviewer": moment.before.reviewer,
            "case.signer": moment.before.signer,
            "case.result_due": _result_due(moment.before),
        }
        facts |= _days_left(moment.before, moment.event.at, calendar)
    facts |= _history(moment, calendar)
    facts |= _procedure(moment)
    return facts


def _result_due(case: Case) -> bool:
    return case.outcome is Outcome.GRANTED and case.result is not None


def _days_left(case: Case, at: datetime, calendar: WorkingCalendar) -> dict[str, Any]:
    left = {}
    for kind in (
        ClockKind.ACCEPTANCE,
        ClockKind.PROMISE,
        ClockKind.STATUTORY,
        ClockKind.DELIVERY,
    ):
        clock = due(case.ledger, kind, calendar)
        if clock is not None and clock.running and clock.due_on is not None:
            left[f"days_left.{kind}"] = calendar.working_days_between(at.date(), clock.due_on)
    return left


def _history(moment: Moment, calendar: WorkingCalendar) -> dict[str, Any]:
    facts: dict[str, Any] = {}
    for event in moment.so_far:
        noun = event.type.partition(".")[2]
        facts[f"count.{noun}"] = facts.get(f"count.{noun}", 0) + 1
        if event.seq == moment.event.seq:
            continue
        elapsed = moment.event.at - event.at
        facts[f"minutes_since.{noun}"] = elapsed.total_seconds() / 60
        facts[f"days_since.{noun}"] = calendar.working_days_between(
            event.at.date(), moment.event.at.date()
        )
        facts[f"same_actor.{noun}"] = event.actor.account == moment.event.actor.account
    return facts


def _procedure(moment: Moment) -> dict[str, Any]:
    event = moment.event
    if event.type == "case.procedure_started":
        starts = [one for one in moment.so_far if one.type == event.type]
        kind = event.data.get("kind")
        return {
            "procedure.in_article_45": kind in ART_45_KINDS,
            "procedure.same_kind": sum(1 for one in starts if one.data.get("kind") == kind),
            "procedure.stopping": sum(1 for one in starts if one.data.get("stops")),
        }
    if event.type == "case.procedure_finished":
        return {"procedure.days_over": _days_over(moment)}
    return {}


def _days_over(moment: Moment) -> int | None:
    ended = moment.event.data
    for event in moment.so_far:
        started = event.data
        if event.type == "case.procedure_started" and started.get("id") == ended.get("id"):
            expected = started.get("expected_on")
            if expected is None:
                return None
            over = date.fromisoformat(ended["ended_on"]) - date.fromisoformat(expected)
            return max(0, over.days)
    return None
