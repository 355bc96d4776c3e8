"""Disposal of what closed cases hold, once the period of their item is over.

Two steps, each made to be run again. `plan` gives every case that closed since the last run its day,
from the journal of events. `run` disposes of the cases whose day has come: first the documents, in
every version that the bucket keeps; then, in one transaction, the sealed personal data, the event
that records it and the entry of the year's register. A crash in between leaves the case on its list,
and deleting what is gone is nothing.

What stays is the log without the person: that the case was, what was decided, by whom and when, and
the hashes of what was handed in. The log replays as before, and the chained read log has a line.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Final

from chalicelib.aws import documents
from chalicelib.aws.settings import clock
from chalicelib.cases import disposal_store, retention, store
from chalicelib.cases.model import Case, Recorded
from chalicelib.cases.recording import THE_SYSTEM as ACTOR
from chalicelib.catalogue import service as catalogue
from chalicelib.certificates import readlog
from chalicelib.certificates.chain import Line, Outcome
from chalicelib.core.access import require
from chalicelib.core.events import Event
from chalicelib.core.jsontext import canonical
from chalicelib.core.principal import THE_SYSTEM, Principal
from chalicelib.core.time import SystemClock

ACT: Final = "case.dispose"
SETTLE: Final = timedelta(minutes=5)
"""Journal entries younger than this may still be on their way."""

FIRST_LOOK_BACK: Final = timedelta(days=2)
STEP: Final = timedelta(days=1)
FIELDS: Final = ("address", "form", "id_number", "materials", "name", "phone")


@dataclass(slots=True)
class Report:
    """What one run did, as case numbers; `held` says why; what `failed` comes again."""

    planned: int = 0
    disposed: list[str] = field(default_factory=list)
    held: dict[str, str] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)


def run(principal: Principal = THE_SYSTEM, since: datetime | None = None) -> Report:
    """Plan what closed and dispose of what is due today. Raises Forbidden by the access table."""
    require(principal, ACT)
    report = Report(planned=plan(since))
    today = clock().now().date()
    for no, _ in list(disposal_store.planned(today)):
        try:
            why = dispose(no, clock().now())
        except Exception:
            report.failed.append(no)
            continue
        if why is None:
            report.disposed.append(no)
        else:
            report.held[no] = why
    return report


def plan(since: datetime | None = None) -> int:
    """Give the cases that closed since the last run, or since `since`, their day. How many."""
    now = SystemClock().now()
    start = since or disposal_store.read_cursor() or now - FIRST_LOOK_BACK
    until, planned = now - SETTLE, 0
    while start < until:
        end = min(start + STEP, until)
        numbers = sorted({no for no, _ in store.journal_between(start, end)})
        for begin in range(0, len(numbers), 100):
            for head in store.read_heads(numbers[begin : begin + 100]):
                planned += _plan(head.case)
        disposal_store.write_cursor(end)
        start = end
    return planned


def day_of(case: Case) -> date | None:
    """The day from which a case may be disposed of; None while it is open, and for never."""
    if case.open or case.disposed or case.ledger.ended_on is None:
        return None
    return retention.disposal_day(_period(case), case.ledger.ended_on)


def _period(case: Case) -> str:
    return catalogue.item_version(case.item_code, case.item_version).archive_retention


def _plan(case: Case) -> int:
    day = day_of(case)
    if day is None:
        return 0
    disposal_store.plan(case.no, day)
    return 1


def dispose(no: str, now: datetime) -> str | None:
    """Dispose of one case on the list. Why not, in words, or None when it is done.

    Doing it again is nothing. A case that moved in the meantime comes again with the next run.
    """
    head = store.read_head(no)
    day = day_of(head.case) if head is not None else None
    if head is None or day is None:
        disposal_store.unplan(no)
        return None
    if now.date() < day:
        disposal_store.plan(no, day)
        return "保管期限未满"
    log = store.read_log(no)
    why = retention.held_back(log, _period(head.case), now.date())
    if why is not None:
        return why
    case, sealed, period = head.case, disposal_store.sealed_parts(no), _period(head.case)
    named = sorted(set(_documents_of(log)))
    shared = _kept_by_others(case, named)
    for key in named:
        if key not in shared:
            documents.destroy(key)
    documents.destroy(f"{documents.DOCUMENTS}/dossiers/{no}/", everything_below=True)
    readlog.append(_line(case, period, now))
    _record(head, sealed, named, period, now)
    return None


def _documents_of(log: Iterable[Recorded]) -> Iterator[str]:
    """Keys of the uploaded documents that a log names."""
    for recorded in log:
        data = recorded.event.data
        for entry in data.get("materials", ()):
            if entry.get("key"):
                yield entry["key"]
        if data.get("document"):
            yield data["document"]


def _kept_by_others(case: Case, keys: list[str]) -> set[str]:
    """Those of the documents that another case of the person, not disposed of yet, also names."""
    wanted, found = set(keys), set[str]()
    start: dict[str, Any] | None = None
    while wanted:
        heads, start = store.applicant_page(case.holder, 50, start)
        for head in heads:
            if head.case.no != case.no and not head.case.disposed:
                found |= wanted.intersection(_documents_of(store.read_log(head.case.no)))
        if start is None:
            break
    return found


def _record(
    head: store.Head,
    sealed: dict[int, bytes],
    named: list[str],
    period: str,
    now: datetime,
) -> None:
    """One transaction: the event, the register's entry, and the sealed parts gone."""
    case = head.case
    data = {
        "basis": retention.basis_of(period),
        "retention": period,
        "closed_on": case.ledger.ended_on.isoformat() if case.ledger.ended_on else None,
        "sealed": len(sealed),
        "documents": len(named),
        "digest": digest_of(sealed, named),
    }
    event = Event(case.no, case.version + 1, "case.disposed", now, ACTOR, data)
    write = store.Append(case, [Recorded(event)])
    disposal_store.dispose_in(write, event, sealed)
    row = {name: value for name, value in head.row.items() if name != "applicant"}
    write.commit(row=row, queue=None, written_at=SystemClock().now())


def digest_of(sealed: dict[int, bytes], named: list[str]) -> str:
    """SHA-256 (hex) over what is destroyed: the hash of each sealed part, and each document's."""
    parts = {
        "sealed": {str(seq): hashlib.sha256(sealed[seq]).hexdigest() for seq in sorted(sealed)},
        "documents": [key.rpartition("/")[2] for key in named],
    }
    text = canonical(parts)
    return hashlib.sha256(text.encode()).hexdigest()


def _line(case: Case, period: str, now: datetime) -> Line:
    return Line(
        at=now,
        act=ACT,
        outcome=Outcome.GIVEN,
        reader=ACTOR,
        purpose=f"{retention.basis_of(period)},予以销毁",
        case_no=case.no,
        holder=case.holder,
        fields=FIELDS,
    )
