"""An appraisal from draft to signature: who may do what, and the working out of the figures."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from chalicelib.aws import signing
from chalicelib.aws.settings import clock
from chalicelib.calendars.service import working_calendar
from chalicelib.core.access import Resource, allows, require
from chalicelib.core.deadlines import midnight
from chalicelib.core.errors import Conflict, InvalidInput, NotFound
from chalicelib.core.principal import Principal
from chalicelib.core.time import to_text
from chalicelib.supervision import (
    alarm_store,
    answers,
    appraisal_store,
    board_store,
    case_store,
    roster,
    stocktaking,
)
from chalicelib.supervision.appraisal import (
    Deduction,
    Grade,
    Posted,
    Result,
    Scheme,
    graded,
    of_body,
    of_person,
    quota,
    weighted,
)
from chalicelib.supervision.appraisal_road import (
    OBJECTION_DAYS,
    Appraisal,
    Period,
    Stage,
    digest_of,
)
from chalicelib.supervision.appraisal_store import BODY, PERSON
from chalicelib.supervision.performance import Ledger, Tally, merged

A_BATCH = 100


# --- drafting ------------------------------------------------------------------------------------------


def begin(
    principal: Principal, period: Period, scheme: Scheme, asked: answers.Asked
) -> Mapping[str, Any]:
    """Begin a draft, or begin it anew; a worker does the rest. Raises Forbidden, Conflict."""
    require(principal, "appraisal.write")
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    now = clock().now()
    if now.date() <= period.last_day:
        raise Conflict("考核周期尚未结束")
    try:
        head = appraisal_store.read(period.text).again(scheme, now)
    except NotFound:
        head = Appraisal(period.text, Stage.DRAFTING, scheme, now)
    shown = head.to_dict()
    appraisal_store.save(head, asked.answered(shown))
    return shown


def draft(period: Period) -> Appraisal | None:
    """Work out a period that was begun; None where it was not, or has been already.

    Reads every case closed in the period, a batch at a time, and writes one item a posting and a
    body. Running it twice gives the same draft.
    """
    head = appraisal_store.read(period.text)
    if head.stage is not Stage.DRAFTING:
        return None
    ledger = _ledger(period)
    posted = list(roster.posted_on(period.last_day))
    before = appraisal_store.excellent_in(period.year_before) if period.yearly else frozenset()
    tallies = {one.id: _tally_of(one, ledger) for one in posted}
    people = [of_person(one, tallies[one.id], head.scheme) for one in posted]
    people = graded(people, len(posted), head.scheme, before)
    bodies = list(_bodies(period, ledger, head.scheme))
    appraisal_store.replace_results(
        period.text,
        [
            *((PERSON, one, tallies[one.subject]) for one in people),
            *((BODY, one, ledger.body(one.subject)) for one in bodies),
        ],
    )
    done = head.drafted(len(posted), quota(len(posted)))
    appraisal_store.save(done)
    return done


def _tally_of(posted: Posted, ledger: Ledger) -> Tally:
    """A posting's own acts and those of its stand-ins."""
    names = dict.fromkeys((posted.account, *posted.substitutes))
    return merged(ledger.accounts[name] for name in names if name in ledger.accounts)


def _bodies(period: Period, ledger: Ledger, scheme: Scheme) -> Iterator[Result]:
    first = date.fromisoformat(f"{period.months[0]}-01")
    deciding = {name for name, tally in ledger.bodies.items() if tally.figures["cases"]}
    for body in sorted(deciding.union(stocktaking.bodies())):
        gaps = roster.undelegated(body, first, period.last_day)
        yield of_body(body, ledger.body(body), scheme, gaps)


def _ledger(period: Period) -> Ledger:
    """Everything that counts in a period: cases closed in it, alarms raised in it."""
    ledger = Ledger()
    for month in period.months:
        for body in sorted(board_store.read([month])[month].by("body")):
            _add_cases(ledger, list(case_store.closed_in(month, body)))
        for alarm in alarm_store.raised_in(month):
            ledger.add_alarm(alarm)
    return ledger


def _add_cases(ledger: Ledger, numbers: Sequence[str]) -> None:
    for start in range(0, len(numbers), A_BATCH):
        for stored in case_store.read_many(numbers[start : start + A_BATCH]):
            ledger.add_case(stored.heard, stored.timing)


# --- the road --------------------------------------------------------------------------------------------


def show(principal: Principal, period: Period, asked: answers.Asked) -> Mapping[str, Any]:
    """Show the draft to the bodies for their objections. Raises Forbidden, OutOfTurn."""
    require(principal, "appraisal.write")
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    now = clock().now()
    last = working_calendar().add_working_days(now.date(), OBJECTION_DAYS)
    head = appraisal_store.read(period.text).show(now, midnight(last + timedelta(days=1)))
    shown = head.to_dict()
    appraisal_store.save(head, asked.answered(shown))
    return shown


def object_to(
    principal: Principal, period: Period, subject: str, text: str, asked: answers.Asked
) -> Mapping[str, Any]:
    """A body objects to its own result or to that of one of its people. Raises Forbidden."""
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    _, result = _result(period, subject)
    require(principal, "appraisal.object", Resource(organisation=result.organisation))
    if not text.strip():
        raise InvalidInput.at("/text", "请写明异议的事实和理由")
    now = clock().now()
    head = appraisal_store.read(period.text).objected(now)
    objection = {
        "id": f"{head.version:04d}",
        "subject": subject,
        "organisation": result.organisation,
        "text": text.strip(),
        "by": principal.account,
        "at": to_text(now),
        "state": "open",
    }
    row = appraisal_store.objection_row(period.text, objection)
    appraisal_store.save(head, asked.answered(objection), row)
    return objection


def answer_objection(
    principal: Principal,
    period: Period,
    identifier: str,
    asked: answers.Asked,
    *,
    points: int,
    reason: str,
) -> Mapping[str, Any]:
    """The office answers: `points` are given back (or taken, negative) with the reason on record.

    Zero dismisses the objection. Raises Forbidden, NotFound, Conflict, InvalidInput.
    """
    require(principal, "appraisal.write")
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    if not reason.strip():
        raise InvalidInput.at("/reason", "请写明答复的理由")
    objection = next(
        (one for one in appraisal_store.objections(period.text) if one["id"] == identifier), None
    )
    if objection is None:
        raise NotFound("没有这件异议")
    if objection["state"] != "open":
        raise Conflict("该异议已答复")
    head = appraisal_store.read(period.text).answered()
    answered = {
        **objection,
        "state": "upheld" if points else "dismissed",
        "points": points,
        "reason": reason.strip(),
        "answered_by": principal.account,
        "answered_at": to_text(clock().now()),
    }
    row = appraisal_store.objection_row(period.text, answered)
    appraisal_store.save(head, asked.answered(answered), row)
    return answered


def finalise(principal: Principal, period: Period, asked: answers.Asked) -> Mapping[str, Any]:
    """Apply what objections changed, grade again, sign, freeze. Raises Forbidden, OutOfTurn."""
    require(principal, "appraisal.write")
    earlier = answers.earlier(asked)
    if earlier is not None:
        return earlier
    now = clock().now()
    head = appraisal_store.read(period.text)
    head.require_ripe(now)
    people, bodies = _adjusted(period, head)
    for one in people:
        appraisal_store.change_result(period.text, PERSON, one)
    for one in bodies:
        appraisal_store.change_result(period.text, BODY, one)
    digest = digest_of(head, people, bodies)
    signer = signing.signer()
    signature = base64.urlsafe_b64encode(signer.sign(digest.encode())).decode().rstrip("=")
    done = head.finalise(now, digest, signature, signer.public_key.key_id)
    shown = done.to_dict()
    appraisal_store.save(done, asked.answered(shown))
    return shown


def _adjusted(period: Period, head: Appraisal) -> tuple[list[Result], list[Result]]:
    """The results with each upheld objection's points in them, once, and graded by them."""
    adjustments: dict[str, list[Deduction]] = {}
    for objection in appraisal_store.objections(period.text):
        if objection["state"] == "upheld":
            reason = f"objection {objection['id']}: {objection['reason']}"
            deduction = Deduction(reason, -objection["points"])
            adjustments.setdefault(objection["subject"], []).append(deduction)

    def adjusted(result: Result) -> Result:
        own = [one for one in result.deductions if not one.reason.startswith("objection ")]
        return replace(result, deductions=(*own, *adjustments.get(result.subject, [])))

    people = [adjusted(one) for one in appraisal_store.results(period.text, PERSON)]
    bodies = [adjusted(one) for one in appraisal_store.results(period.text, BODY)]
    before = appraisal_store.excellent_in(period.year_before) if period.yearly else frozenset()
    return graded(people, head.headcount, head.scheme, before), bodies


# --- reading ---------------------------------------------------------------------------------------------


def read(principal: Principal, period: Period) -> dict[str, Any]:
    """A period's appraisal; a body sees its own results, the office and the supervision all."""
    head = appraisal_store.read(period.text)
    own = None
    if not allows(principal, "appraisal.read"):
        own = principal.organisation
        require(principal, "appraisal.read", Resource(organisation=own))
    people = _ranked(appraisal_store.results(period.text, PERSON), own)
    bodies = _ranked(appraisal_store.results(period.text, BODY), own)
    objections = [
        one for one in appraisal_store.objections(period.text) if own in (None, one["organisation"])
    ]
    return {
        **head.to_dict(),
        "people": [one.to_dict() for one in people],
        "bodies": [{**one.to_dict(), "weighted": weighted(one, head.scheme)} for one in bodies],
        "recommended": [one.subject for one in people if one.recommended],
        "excellent": sum(one.grade is Grade.EXCELLENT for one in people),
        "objections": objections,
    }


def _ranked(results: Sequence[Result], own: str | None) -> list[Result]:
    kept = [one for one in results if own in (None, one.organisation)]
    return sorted(kept, key=lambda one: (-(one.score or 0), one.subject))


def cases_under(principal: Principal, period: Period, subject: str) -> dict[str, Any]:
    """The figures of one result and the cases of each. Raises NotFound, Forbidden."""
    prefix, result = _result(period, subject)
    require(principal, "appraisal.read", Resource(organisation=result.organisation))
    return {"subject": subject, **appraisal_store.under(period.text, prefix, subject).to_dict()}


def _result(period: Period, subject: str) -> tuple[str, Result]:
    for prefix in (PERSON, BODY):
        for result in appraisal_store.results(period.text, prefix):
            if result.subject == subject:
                return prefix, result
    raise NotFound("没有这个考核对象")


def holds(period: Period) -> bool:
    """Whether a final appraisal is still what was signed."""
    head = appraisal_store.read(period.text)
    people = appraisal_store.results(period.text, PERSON)
    bodies = appraisal_store.results(period.text, BODY)
    return head.stage is Stage.FINAL and digest_of(head, people, bodies) == head.digest
