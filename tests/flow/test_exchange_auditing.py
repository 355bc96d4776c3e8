"""The auditor: no closed case without its certificate, and an alarm where one is missing."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from chalicelib.cases.model import Outcome, Stage
from chalicelib.certificates.auditing import Closed, reconcile
from chalicelib.exchange import auditing, store, workers
from tests.support.certificates_room import CASE, NOW
from tests.support.exchange_room import exchange_room


@pytest.fixture
def room(monkeypatch):
    with exchange_room(monkeypatch) as opened:
        yield opened


def test_every_lack_is_found_and_nothing_else(room):
    held = room.certificates.stored()
    other = room.certificates.stored("id_card", serial="X", case_no="410102-OTHER")
    unstored = room.certificates.prepared(serial="Y")
    owed = held.type_code
    audit = reconcile(
        [
            Closed(CASE, owed, held.identifier),
            Closed("refused", None, None),
            Closed("none", owed, None),
            Closed("lost", owed, unstored.identifier),
            Closed("broken", owed, "1.2.3"),
            Closed("foreign", owed, held.identifier),
            Closed("410102-OTHER", owed, other.identifier),
        ],
        auditing.stored,
    )
    assert (audit.cases, audit.complete) == (7, False)
    assert {missing.case_no: missing.what for missing in audit.missing} == {
        "none": "办件已办结,没有证照标识",
        "lost": "证照不在证照库中",
        "broken": "证照不在证照库中",
        "foreign": "证照属于另一办件",
        "410102-OTHER": "证照类型与办理结果不符",
    }


def test_a_page_at_a_time_over_any_number_of_cases(room):
    asked: list[int] = []

    def find(identifiers):
        asked.append(len(identifiers))
        return {}

    audit = reconcile((Closed(str(n), None, None) for n in range(250)), find)
    assert (audit.cases, len(asked), audit.missing) == (250, 3, [])


def test_what_cases_closed_is_read_from_their_journal(room, monkeypatch):
    class Head:
        def __init__(self, no, stage, outcome, result, certificate):
            self.case = type("C", (), {})()
            self.case.no, self.case.stage, self.case.outcome = no, stage, outcome
            self.case.result, self.case.certificate = result, certificate

    heads = {
        "a": Head("a", Stage.CLOSED, Outcome.GRANTED, "T", "I"),
        "b": Head("b", Stage.CLOSED, Outcome.REFUSED, "T", None),
        "c": Head("c", Stage.REVIEW, None, "T", None),
    }
    journal = [("a", 1), ("b", 1), ("a", 2), ("c", 1), ("a", 3)]
    monkeypatch.setattr(auditing.cases, "journal_between", lambda since, until: iter(journal))
    monkeypatch.setattr(auditing.cases, "read_heads", lambda page: [heads[no] for no in page])
    found = list(auditing.closed_between(NOW, NOW))
    assert found == [Closed("a", "T", "I"), Closed("b", None, None)]


def test_a_lack_is_raised_once(room, monkeypatch):
    closed = [Closed("none", "T", None)]
    monkeypatch.setattr(auditing, "closed_between", lambda since, until: iter(closed))
    assert workers.audit_certificates({}, None)["reported"] == ["none"]
    assert workers.audit_certificates({}, None)["reported"] == []
    event = store.ExchangeItem.get("AUDIT#none", "EVENT#0001").event
    assert (event["type"], event["data"]["case_no"]) == ("certificate.missing", "none")
    audit = auditing.audit_between(datetime.now(UTC), datetime.now(UTC))
    assert [missing.case_no for missing in audit.missing] == ["none"]
