"""Violation reports: taken in without a trace of who, handled by the supervision, answered by code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pynamodb.exceptions import PutError

from chalicelib.aws.sealing import holder_key, seal, unseal
from chalicelib.aws.settings import clock
from chalicelib.aws.tables import Transaction
from chalicelib.core.access import Resource, require
from chalicelib.core.errors import Forbidden, InvalidInput, NotFound, StaleVersion
from chalicelib.core.principal import Principal
from chalicelib.core.time import to_text
from chalicelib.supervision import alarm_store, answers
from chalicelib.supervision.model import Alarm, Entry, Level
from chalicelib.supervision.store import CONDITION_FAILED, Row, dump
from chalicelib.supervision.violations import Kind, Report, State, received

ALL: Final = "VIOLATION"


def take(
    principal: Principal,
    asked: answers.Asked,
    kind: Kind,
    text: str,
    about: Mapping[str, Any],
) -> Mapping[str, Any]:
    """Take a report in; answer its number and the code that asks after it. Raises InvalidInput.

    The account is sealed under the report's own context. Even the answer kept for a repeated
    request stands under a keyed hash, so no item of the table links an account to a report.
    """
    require(principal, "violation.report", Resource(account=principal.account))
    unlinked = answers.Asked(
        holder_key("reporter", f"{asked.account}|{asked.key}"), "REPORT", asked.fingerprint
    )
    earlier = answers.earlier(unlinked)
    if earlier is not None:
        return earlier
    report, code = received(kind, text, clock().now(), about)
    shown = {"number": report.number, "code": code, "received_at": to_text(report.received_at)}
    row = _row(report)
    row.packed = seal({"account": principal.account}, _context(report.number))
    with Transaction() as transaction:
        transaction.save(row, condition=Row.pk.does_not_exist())
        answers.add_to(transaction, unlinked.answered(shown))
    return shown


def _context(number: str) -> str:
    return f"violation:{number}"


def _row(report: Report) -> Row:
    rank = f"{report.state.value}#{to_text(report.received_at)}#{report.number}"
    return Row(
        f"{ALL}#{report.number}",
        ALL,
        version=report.version,
        card=dump(report.to_dict()),
        district_state_pk=ALL,
        district_state_sk=rank,
    )


def _read(number: str) -> tuple[Report, bytes]:
    try:
        row = Row.get(f"{ALL}#{number}", ALL, consistent_read=True)
    except Row.DoesNotExist:
        raise NotFound("没有这件举报") from None
    return Report.from_dict(json.loads(row.card or "{}")), row.packed or b""


def _save(changed: Report, sealed: bytes) -> None:
    row = _row(changed)
    row.packed = sealed
    try:
        row.save(condition=Row.version == changed.version - 1)
    except PutError as refused:
        if refused.cause_response_code == CONDITION_FAILED:
            raise StaleVersion("该举报已被他人处理,请刷新后重试") from refused
        raise


def follow_up(number: str, code: str) -> dict[str, Any]:
    """How a report stands, for whoever has its code. Raises NotFound for a wrong pair alike."""
    try:
        report, _ = _read(number)
    except NotFound:
        report = None
    if report is None or not report.opens_with(code):
        raise NotFound("编号或查询码不正确")
    return {
        "number": report.number,
        "state": report.state.value,
        "received_at": to_text(report.received_at),
        "result": report.result,
    }


@dataclass(frozen=True, slots=True)
class Page:
    """Reports as the supervision sees them, newest last, and the key to go on from."""

    reports: tuple[dict[str, Any], ...]
    last_key: dict[str, Any] | None


def page(
    principal: Principal, state: State | None, limit: int, start: Mapping[str, Any] | None
) -> Page:
    """One page, by state: one Query. Raises Forbidden for anyone but the supervision."""
    _require_handler(principal)
    index: Any = Row.district_state
    found = index.query(
        ALL,
        Row.district_state_sk.startswith(f"{state.value}#") if state else None,
        limit=limit,
        page_size=limit,
        last_evaluated_key=start,
    )
    reports = tuple(public(Report.from_dict(json.loads(row.card or "{}"))) for row in found)
    return Page(reports, found.last_evaluated_key)


def _require_handler(principal: Principal) -> None:
    """The supervision window alone handles reports: no unit reads what is said of it."""
    require(principal, "alarm.close")


def decide(
    principal: Principal,
    number: str,
    asked: answers.Asked,
    *,
    upheld: bool,
    result: str,
    level: Level | None,
) -> Mapping[str, Any]:
    """Uphold or dismiss a report; an upheld one raises an alarm on the unit it is about.

    The alarm names the report's number and nothing that the reporter wrote. Raises NotFound,
    Forbidden, OutOfTurn, InvalidInput.
    """
    _require_handler(principal)
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    report, sealed = _read(number)
    _no_own_cause(principal, sealed, number)
    alarm = _alarm(report, level or Level.YELLOW) if upheld else None
    if upheld and not report.organisation:
        raise InvalidInput.at("/upheld", "举报未指明单位,请先核实责任单位后再认定")
    by = Entry(clock().now(), "", principal.account, principal.organisation)
    changed = report.decide(upheld, result, by, alarm.id if alarm else "")
    if alarm is not None:
        alarm_store.put(alarm)
    _save(changed, sealed)
    return public(changed)


def _no_own_cause(principal: Principal, sealed: bytes, number: str) -> None:
    """Nobody judges a report of their own. The comparison tells nothing to anybody else."""
    if unseal(sealed, _context(number)).get("account") == principal.account:
        raise Forbidden("不能处理本人提交的举报")


def _alarm(report: Report, level: Level) -> Alarm:
    return Alarm(
        subject=report.number,
        clock="V01",
        level=level,
        rule="V01",
        rule_name="举报属实的违规",
        dimension="process",
        organisation=report.organisation,
        raised_at=clock().now(),
        facts={
            "case_no": report.case_no or None,
            "report": report.number,
            "kind": report.kind.value,
            "happened_on": report.happened_on.isoformat() if report.happened_on else None,
        },
        body=report.organisation,
        point=report.point,
        item_code=report.item_code,
    )


def reveal(principal: Principal, number: str, reason: str) -> dict[str, Any]:
    """Who reported: an act of its own, with its reason on the report's record before the answer."""
    _require_handler(principal)
    report, sealed = _read(number)
    by = Entry(clock().now(), "", principal.account, principal.organisation)
    _save(report.revealed(reason, by), sealed)
    return {"number": number, "account": unseal(sealed, _context(number))["account"]}


def public(report: Report) -> dict[str, Any]:
    """A report as its handlers see it: everything but the way to its reporter."""
    raw = report.to_dict()
    del raw["code_hash"]
    return raw
