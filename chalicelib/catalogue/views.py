"""How changes are shown: to the proposer, the lists' owners and the office."""

from __future__ import annotations

from typing import Any

from chalicelib.catalogue import changes
from chalicelib.catalogue.changes import STAGE_WORDS, Change
from chalicelib.catalogue.lists import LISTS
from chalicelib.core.calendar import WorkingCalendar
from chalicelib.core.time import to_text


def summary_of(change: Change, calendar: WorkingCalendar) -> dict[str, Any]:
    """A change in a list."""
    due = changes.due_on(change, calendar)
    return {
        "id": change.id,
        "stage": str(change.stage),
        "stage_text": STAGE_WORDS[change.stage],
        "action": str(change.action),
        "item_code": change.item.code,
        "item_name": change.item.name,
        "organisation": change.organisation,
        "summary": change.checks["summary"],
        "proposed_at": to_text(change.proposed_at),
        "due_on": due and due.isoformat(),
        "waits_for": sorted(changes.responsible(change)),
        "effective_at": change.effective_at and to_text(change.effective_at),
    }


def change_view(change: Change, calendar: WorkingCalendar) -> dict[str, Any]:
    """A change with everything that its reader decides by."""
    return summary_of(change, calendar) | {
        "version": change.version,
        "item_version": change.item.version,
        "base_version": change.base_version,
        "reason": change.reason,
        "legal_basis": change.legal_basis,
        "checks": dict(change.checks),
        "reviews": [
            each.to_dict() | {"list_title": LISTS[each.list].title} for each in change.reviews
        ],
        "wished_on": change.wished_on and change.wished_on.isoformat(),
        "closing_reason": change.closing_reason,
        "alerts": sorted(change.alerts),
        "item": change.item.to_dict(),
    }
