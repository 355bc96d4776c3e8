"""How a case is shown: to the applicant, to the clerk, in a list, on the timeline.

Names come from the network and the pinned item version, both cached in the process. Personal data
is masked; a full value leaves only through an audited reveal.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any, Final

from chalicelib.aws.settings import clock
from chalicelib.calendars.service import calendar_at, working_calendar
from chalicelib.cases import service, store
from chalicelib.cases.agency import agent_view
from chalicelib.cases.intake import CITIZEN_NUMBER, file_tag, sha256_of
from chalicelib.cases.model import OUTCOME_NAMES, STAGE_NAMES, Case, Recorded, Stage
from chalicelib.cases.recording import holding_point
from chalicelib.cases.submission import Received
from chalicelib.cases.titles import EVENT_TITLES, clock_name, summary_of
from chalicelib.catalogue import service as catalogue
from chalicelib.core.access import allows
from chalicelib.core.access_terms import ROLE_NAMES
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.deadlines import Colour, Due, colour, enforced_due, lit_clocks, midnight
from chalicelib.core.events import Actor
from chalicelib.core.masking import mask_id_number, mask_name, mask_phone
from chalicelib.core.principal import CITIZEN, Principal
from chalicelib.core.time import to_text
from chalicelib.network import service as network

_HOLDERS: Final = {
    Stage.ACCEPTANCE: "acceptor",
    Stage.REVIEW: "reviewer",
    Stage.SIGN_OFF: "chief_representative",
    Stage.CERTIFICATE: "system",
}

_ACTS: Final = {
    Stage.ACCEPTANCE: ("case.accept", "case.notify_correction", "case.reject", "case.withdraw"),
    Stage.CORRECTION: ("case.supplement", "case.withdraw"),
    Stage.REVIEW: (
        "case.review",
        "special.start",
        "special.finish",
        "case.extend",
        "case.withdraw",
    ),
    Stage.SIGN_OFF: ("case.sign", "case.extend", "case.withdraw"),
    Stage.CERTIFICATE: (),
    Stage.DELIVERY: ("case.deliver",),
    Stage.CLOSED: ("case.rate", "case.object"),
}


def organisation_name(key: str | None) -> str | None:
    return network.organisation(key).name if key else None


def point_name(key: str | None) -> str | None:
    return network.point(key).name if key else None


def clock_view(due: Due, calendar: WorkingCalendar, light: Colour) -> dict[str, Any]:
    """One clock: dates are Asia/Shanghai days; remaining working days are negative when overdue."""
    today = clock().now().date()
    remaining = None
    if due.running and due.due_on:
        remaining = calendar.working_days_between(today, due.due_on)
    return {
        "clock": due.clock,
        "name": clock_name(due.clock),
        "started_on": due.started_on,
        "due_on": due.due_on,
        "ended_on": due.ended_on,
        "state": due.state,
        "colour": light,
        "provisional": due.provisional,
        "remaining_working_days": remaining,
    }


def calendar_of(case: Case) -> WorkingCalendar:
    """The calendar in force; for a closed case that of its end, so that its colour is frozen."""
    ended_on = case.ledger.ended_on
    if ended_on is None:
        return working_calendar()
    return calendar_at(midnight(ended_on + timedelta(days=1)))


def clock_views(case: Case) -> list[dict[str, Any]]:
    calendar = calendar_of(case)
    lit = lit_clocks(case.ledger, calendar, clock().now())
    return [clock_view(due, calendar, light) for due, light in lit]


def receipt(received: Received) -> dict[str, Any]:
    """The receipt 收件回执: number, instant of receipt, a SHA-256 of each document, the clocks."""
    case, data = received.case, received.event.data
    return {
        "case_no": case.no,
        "received_at": received.event.at,
        "item": {"code": case.item_code, "version": case.item_version, "name": received.item_name},
        "item_name": received.item_name,
        "point": case.origin,
        "stage": case.stage,
        "documents": [
            {
                "material_id": entry["id"],
                "sha256": sha256_of(entry),
                "size": entry.get("size"),
                "certificate": entry.get("certificate"),
            }
            for entry in data.get("materials", [])
        ],
        "owed": data.get("owed", []),
        "clocks": [clock_view(due, working_calendar(), light) for due, light in received.clocks],
        "version": case.version,
    }


def applicant_view(person: dict[str, Any], *, own: bool) -> dict[str, Any]:
    """The applicant, masked; the person himself sees his own phone and address."""
    number = person["id_number"]
    person_name = person["name"]
    natural = person["id_type"] == CITIZEN_NUMBER
    shown = {
        "id_type": person["id_type"],
        "name": person_name if own or not natural else mask_name(person_name),
        "id_number": mask_id_number(number) if natural else number,
        "phone": mask_phone(person["phone"]) if person.get("phone") else "",
    }
    if own:
        shown["address"] = person.get("address", "")
    return shown


def holder_now(case: Case) -> dict[str, Any] | None:
    """Who has the case in hand now, since when; None when it is closed."""
    if not case.open:
        return None
    since = {"since": case.since}
    if case.stage is Stage.CORRECTION:
        return {"role": CITIZEN, "role_name": ROLE_NAMES[CITIZEN], **since}
    if case.stage is Stage.DELIVERY:
        key = holding_point(case)
        return {
            "role": "window_clerk",
            "role_name": ROLE_NAMES["window_clerk"],
            "point": key,
            "point_name": point_name(key),
            **since,
        }
    role = _HOLDERS[case.stage]
    return {
        "role": role,
        "role_name": ROLE_NAMES[role],
        "organisation": case.body,
        "organisation_name": organisation_name(case.body),
        **since,
    }


def case_view(case: Case, principal: Principal) -> dict[str, Any]:
    """A whole case as this person may see it, with the acts that he may do now."""
    item = catalogue.item_version(case.item_code, case.item_version)
    log, person = service.log_and_person(case.no)
    own = principal.holder == case.holder
    files = person.get("files", {})
    return {
        "case_no": case.no,
        "version": case.version,
        "item": {
            "code": item.code,
            "name": item.name,
            "version": item.version,
            "body": item.body,
            "body_name": item.body_name,
        },
        "stage": case.stage,
        "stage_name": stage_name(case),
        "outcome": case.outcome,
        "outcome_name": OUTCOME_NAMES[case.outcome] if case.outcome else None,
        "received_at": case.ledger.received_at,
        "accepted_on": case.ledger.accepted_on,
        "decided_on": case.ledger.decided_on,
        "closed_on": case.ledger.ended_on,
        "applicant": applicant_view(person, own=own),
        "origin": {"point": case.origin, "name": point_name(case.origin) or "网上申请"},
        "holder_now": holder_now(case),
        "colour": colour(case.ledger, calendar_of(case), clock().now()),
        "clocks": clock_views(case),
        "materials": [material_view(entry, item, files) for entry in materials_of(log)],
        "owed": [m.name for m in item.materials if m.id in case.owed],
        "procedures": [
            {"id": p.id, "kind": p.kind, "started_on": p.started_on, "expected_on": p.expected_on}
            for p in case.procedures
        ],
        "recommendation": case.recommendation,
        "certificate": {"identifier": case.certificate, "name": item.result.name}
        if case.certificate and item.result
        else None,
        "delivery": {"channel": case.channel, "point": holding_point(case)},
        "rated": case.rated,
        "agent": agent_view(log[0].event.data),
        "acts": acts_of(case, principal),
    }


def materials_of(log: Iterable[Recorded]) -> list[dict[str, Any]]:
    """What was handed in so far, in order: at intake, and with every supplement."""
    return [dict(entry) for each in log for entry in each.event.data.get("materials", ())]


def material_view(entry: dict[str, Any], item: Any, files: dict[str, str]) -> dict[str, Any]:
    """One material that was handed in: an upload with its hash, or a certificate of the store."""
    known = item.material(entry["id"])
    return {
        "material_id": entry["id"],
        "name": known.name if known else entry["id"],
        "file": files.get(file_tag(entry.get("key", ""))),
        "sha256": sha256_of(entry),
        "size": entry.get("size"),
        "content_type": entry.get("type"),
        "certificate": entry.get("certificate"),
        "certificate_source": entry.get("from"),
        "source": "certificate" if entry.get("certificate") else "upload",
    }


def stage_name(case: Case) -> str:
    if case.stage is Stage.CLOSED and case.outcome:
        return f"{STAGE_NAMES[Stage.CLOSED]}({OUTCOME_NAMES[case.outcome]})"
    if case.stage is Stage.REVIEW and case.procedures:
        return "特别程序进行中"
    return STAGE_NAMES[case.stage]


def acts_of(case: Case, principal: Principal) -> list[str]:
    """The acts that the access table lets this person do on the case as it stands."""
    return [
        act
        for act in _ACTS[case.stage]
        if not _done_once(act, case)
        and allows(principal, act, service.resource_of(case, principal, act))
    ]


def _done_once(act: str, case: Case) -> bool:
    """What is done once a case: everything is said in one notice (art. 32 (4)), one rating."""
    if act == "case.notify_correction":
        return bool(case.ledger.corrections)
    return act == "case.rate" and case.rated is not None


def due_day(case: Case) -> date | None:
    """The day by which the office must decide: the earlier of promise and statute."""
    due = enforced_due(case.ledger, calendar_of(case))
    return due.due_on if due else None


def summary_view(head: store.Head) -> dict[str, Any]:
    """A case in its applicant's list."""
    case = head.case
    return {
        "case_no": case.no,
        "item_name": head.row.get("item", ""),
        "stage": case.stage,
        "stage_name": stage_name(case),
        "received_at": case.ledger.received_at,
        "due_on": due_day(case),
        "colour": colour(case.ledger, calendar_of(case), clock().now()),
        "holder_now": holder_now(case),
    }


def event_view(recorded: Recorded) -> dict[str, Any]:
    """One line of the timeline: what, when, by which role where. No account names."""
    event = recorded.event
    return {
        "seq": event.seq,
        "type": event.type,
        "title": EVENT_TITLES.get(event.type, event.type),
        "at": to_text(event.at),
        "actor": actor_view(event.actor),
        "summary": summary_of(event.type, event.data),
        "agent": agent_view(event.data),
        "data": {key: value for key, value in event.data.items() if key not in _INNER},
    }


_INNER: Final = frozenset({"holder", "ledger", "materials", "calendar", "agent"})


def actor_view(actor: Actor) -> dict[str, Any]:
    return {
        "role": actor.role,
        "role_name": ROLE_NAMES.get(actor.role, actor.role),
        "organisation": actor.organisation,
        "organisation_name": organisation_name(actor.organisation),
        "point": actor.point,
        "point_name": point_name(actor.point),
    }
