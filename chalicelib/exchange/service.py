"""What departments do with inquiries: ask, answer, withdraw, look; and what time does to them."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from chalicelib.aws.documents import Document
from chalicelib.aws.sealing import seal, unseal
from chalicelib.calendars.service import working_calendar
from chalicelib.certificates import readlog, types
from chalicelib.certificates import service as certificates
from chalicelib.certificates.chain import Line, Outcome
from chalicelib.certificates.ports import case_relation
from chalicelib.core import access
from chalicelib.core.errors import (
    Conflict,
    Forbidden,
    InvalidInput,
    KeyReused,
    NotFound,
    StaleVersion,
)
from chalicelib.core.events import Actor, Event
from chalicelib.core.principal import SYSTEM, Principal
from chalicelib.exchange import model, store
from chalicelib.exchange.model import Inquiry
from chalicelib.network import service as network

TOPIC_LIMIT, TEXT_LIMIT = 40, 2000  # characters
CANDIDATE_MONTHS, CANDIDATE_LEAST = 3, 3
THE_SYSTEM = Actor("system", SYSTEM)
_NUMBERS = re.compile(r"[0-9]{6,}")


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked: of whom, in which case, of what kind, and in words.

    `certificate_type` names the certificate that would answer it, where there is one.
    """

    asked: str
    case_no: str
    topic: str
    text: str
    reply_class: str
    certificate_type: str | None = None


@dataclass(frozen=True, slots=True)
class Opened:
    """An inquiry with its words, for those whom they concern. Never to be logged."""

    inquiry: Inquiry
    question: str | None
    answer: str | None
    evidence: tuple[Mapping[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A kind of question that keeps being asked: it should be a shared certificate type."""

    asked: str
    topic: str
    times: int
    askers: tuple[str, ...]
    known_type: str | None


def ask(
    principal: Principal, question: Question, *, key: str, fingerprint: str, now: datetime
) -> Inquiry:
    """Open an inquiry. The same key names the same inquiry again.

    Raises InvalidInput, Forbidden (`/case_no`: not this body's case), Conflict
    (`/certificate_type`: the store holds the answer), KeyReused.
    """
    asking = _organisation(principal, "inquiry.create")
    limit = model.reply_class(question.reply_class)
    _require_sound(question, asking)
    tie = case_relation(question.case_no)
    if tie is None or not tie.open or asking not in tie.organisations:
        raise Forbidden.at("/case_no", "本单位没有正在办理这个办件")
    holder = min(tie.holders, default=None)
    _require_not_held(question, holder)
    inquiry_id = hashlib.sha256(f"{principal.account}\n{key}".encode()).hexdigest()[:20]
    event = Event(
        subject=store.pk_of(inquiry_id),
        seq=1,
        type=model.OPENED,
        at=now,
        actor=certificates.actor_of(principal),
        data={
            "asking": asking,
            "asked": question.asked,
            "case_no": question.case_no,
            "holder": holder,
            "topic": question.topic,
            "reply_class": limit.key,
            "due_on": working_calendar()
            .add_working_days(now.date(), limit.working_days)
            .isoformat(),
        },
    )
    inquiry = model.evolve(None, event)
    sealed = seal({"text": question.text}, _context(inquiry_id, 1))
    try:
        store.append(inquiry, event, request=fingerprint, sealed=sealed)
    except StaleVersion:
        if store.log(inquiry_id)[0].request != fingerprint:
            raise KeyReused from None
        return store.read(inquiry_id)
    return inquiry


def answer(
    principal: Principal,
    inquiry_id: str,
    text: str,
    evidence: Sequence[Document],
    *,
    fingerprint: str,
    now: datetime,
) -> Inquiry:
    """Answer, with evidence. Raises NotFound, Forbidden, InvalidInput, OutOfTurn (answered)."""
    _require_text("/text", text, "答复")
    inquiry = store.read(inquiry_id)
    access.require(principal, "inquiry.answer", access.Resource(organisation=inquiry.asked))
    if (done := _repeated(inquiry, fingerprint)) is not None:
        return done
    model.require_open(inquiry)
    sealed = {
        "text": text,
        "evidence": [
            {"key": each.key, "name": each.name, "content_type": each.content_type}
            for each in evidence
        ],
    }
    data = {"evidence": [each.sha256 for each in evidence], **_parties(inquiry)}
    return _append(
        inquiry,
        model.ANSWERED,
        data,
        certificates.actor_of(principal),
        now,
        request=fingerprint,
        sealed=sealed,
    )


def withdraw(
    principal: Principal, inquiry_id: str, reason: str, *, fingerprint: str, now: datetime
) -> Inquiry:
    """Take a question back, by the body that asked. Raises as `answer` does."""
    _require_text("/reason", reason, "撤回理由")
    inquiry = store.read(inquiry_id)
    access.require(principal, "inquiry.create", access.Resource(organisation=inquiry.asking))
    if (done := _repeated(inquiry, fingerprint)) is not None:
        return done
    model.require_open(inquiry)
    return _append(
        inquiry,
        model.WITHDRAWN,
        _parties(inquiry),
        certificates.actor_of(principal),
        now,
        request=fingerprint,
        sealed={"text": reason},
    )


def look(principal: Principal, inquiry_id: str, now: datetime) -> Opened:
    """An inquiry with its words for the two bodies; its course alone for who watches.

    That the asking body reads an answer about a person is a line in the read log.
    """
    inquiry = store.read(inquiry_id)
    own = principal.organisation in (inquiry.asking, inquiry.asked)
    organisation = principal.organisation if own else None
    access.require(principal, "inquiry.read", access.Resource(organisation=organisation))
    if not own:
        return Opened(inquiry, None, None, ())
    opened = _open(inquiry)
    if opened.answer is not None and principal.organisation == inquiry.asking:
        _log_reading(principal, inquiry, now)
    return opened


def pass_time(inquiry_id: str, now: datetime) -> Inquiry:
    """Raise what is due, each rung once, whoever comes first: the machine or the sweep."""
    inquiry = store.read(inquiry_id)
    for rung in model.due_alerts(inquiry, working_calendar(), now):
        data = {
            "clock": model.CLOCK,
            "rung": rung.value,
            "due_on": inquiry.due_on.isoformat(),
            "responsible": inquiry.asked,
            **_parties(inquiry),
        }
        try:
            inquiry = _append(inquiry, model.ALERT_RAISED, data, THE_SYSTEM, now)
        except StaleVersion:
            return store.read(inquiry_id)
    return inquiry


def sweep(now: datetime) -> list[str]:
    """Raise what should have been raised by now, over every body; the inquiries that were."""
    swept = []
    today = now.date().isoformat()
    for body in network.network().organisations:
        for inquiry in store.open_until(body, today):
            if model.due_alerts(inquiry, working_calendar(), now):
                pass_time(inquiry.id, now)
                swept.append(inquiry.id)
    return swept


def candidates(today: date) -> list[Candidate]:
    """Kinds of question asked at least `CANDIDATE_LEAST` times in the last months, oftenest first.

    One Query a month.
    """
    times: Counter[tuple[str, str]] = Counter()
    askers: dict[tuple[str, str], set[str]] = {}
    for month in _months(today, CANDIDATE_MONTHS):
        for asked, topic, count, by in store.topics(month):
            times[asked, topic] += count
            askers.setdefault((asked, topic), set()).update(by)
    known = {kind.name: kind.code for kind in types.everything()}
    return [
        Candidate(asked, topic, count, tuple(sorted(askers[asked, topic])), known.get(topic))
        for (asked, topic), count in times.most_common()
        if count >= CANDIDATE_LEAST
    ]


def _organisation(principal: Principal, act: str) -> str:
    if principal.organisation is None:
        raise Forbidden("只有单位可以发起征询")
    access.require(principal, act, access.Resource(organisation=principal.organisation))
    return principal.organisation


def _require_sound(question: Question, asking: str) -> None:
    if question.asked == asking:
        raise InvalidInput.at("/asked", "不能向本单位征询")
    try:
        network.organisation(question.asked)
    except NotFound:
        raise InvalidInput.at("/asked", "没有这个单位") from None
    topic = question.topic
    if not topic.strip() or len(topic) > TOPIC_LIMIT or "#" in topic or _NUMBERS.search(topic):
        raise InvalidInput.at("/topic", f"请用不超过{TOPIC_LIMIT}字写明征询事由,不含个人号码和“#”")
    _require_text("/text", question.text, "征询内容")


def _require_text(pointer: str, text: str, what: str) -> None:
    if not text.strip() or len(text) > TEXT_LIMIT:
        raise InvalidInput.at(pointer, f"请填写{what},不超过{TEXT_LIMIT}字")


def _require_not_held(question: Question, holder: str | None) -> None:
    """What the store can tell is not asked of people."""
    wanted = question.certificate_type
    if wanted is None or holder is None:
        return
    types.in_force(wanted)
    held = certificates.held_for(holder, [wanted])
    if wanted in held:
        raise Conflict.at(
            "/certificate_type", f"证照库中已有{held[wanted].name},请直接查询,无须征询"
        )


def _repeated(inquiry: Inquiry, fingerprint: str) -> Inquiry | None:
    """The inquiry as it is, if this very request was carried out before."""
    if inquiry.state is model.State.OPEN:
        return None
    done = any(item.request == fingerprint for item in store.log(inquiry.id))
    return inquiry if done else None


def _append(
    inquiry: Inquiry,
    event_type: str,
    data: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    *,
    request: str = "",
    sealed: Mapping[str, Any] | None = None,
) -> Inquiry:
    seq = inquiry.version + 1
    event = Event(store.pk_of(inquiry.id), seq, event_type, now, actor, data)
    after = model.evolve(inquiry, event)
    blob = seal(sealed, _context(inquiry.id, seq)) if sealed is not None else None
    store.append(after, event, request=request, sealed=blob)
    return after


def _parties(inquiry: Inquiry) -> dict[str, Any]:
    return {"asking": inquiry.asking, "asked": inquiry.asked, "case_no": inquiry.case_no}


def _context(inquiry_id: str, seq: int) -> str:
    return f"inquiry:{inquiry_id}:{seq}"


def _open(inquiry: Inquiry) -> Opened:
    question, answered, evidence = None, None, ()
    for item in store.log(inquiry.id):
        event = Event.from_dict(item.event)
        if item.sealed is None:
            continue
        words = unseal(item.sealed, _context(inquiry.id, event.seq))
        if event.type == model.OPENED:
            question = words["text"]
        elif event.type == model.ANSWERED:
            answered, evidence = words["text"], tuple(words["evidence"])
    return Opened(inquiry, question, answered, evidence)


def _log_reading(principal: Principal, inquiry: Inquiry, now: datetime) -> None:
    if inquiry.holder is None:
        return
    readlog.append(
        Line(
            at=now,
            act="inquiry.read",
            outcome=Outcome.GIVEN,
            reader=certificates.actor_of(principal),
            purpose=f"信息征询:{inquiry.topic}",
            case_no=inquiry.case_no,
            holder=inquiry.holder,
            fields=("答复",),
        )
    )


def _months(today: date, count: int) -> list[str]:
    months = []
    for back in range(count):
        years, month = divmod(today.month - 1 - back, 12)
        months.append(f"{today.year + years:04d}-{month + 1:02d}")
    return months
