"""The hall's small rules: regimes by the hour, names, what may be made public, whom an event is of."""

from __future__ import annotations

from datetime import date, datetime, time

import pytest

from chalicelib.core.errors import InvalidInput
from chalicelib.core.events import Actor, Event
from chalicelib.core.time import SHANGHAI
from chalicelib.hall import workers
from chalicelib.hall.consultations import check_public
from chalicelib.hall.regimes import regimes
from chalicelib.hall.visits import Regime, regime_at
from chalicelib.network.hours import Span

OFFICE = (Span(time(9), time(12)), Span(time(13, 30), time(17, 30)))


@pytest.mark.parametrize(
    ("clock", "working", "expected"),
    [
        ("09:00", True, Regime.REGULAR),
        ("11:59", True, Regime.REGULAR),
        ("12:00", True, Regime.NOON),
        ("13:29", True, Regime.NOON),
        ("13:30", True, Regime.REGULAR),
        ("17:30", True, Regime.EXTENDED),
        ("08:59", True, Regime.EXTENDED),
        ("10:00", False, Regime.REST_DAY),
        ("12:30", False, Regime.REST_DAY),
    ],
)
def test_the_regime_goes_by_the_districts_regular_hours(clock, working, expected):
    at = datetime.combine(date(2026, 3, 2), time.fromisoformat(clock), SHANGHAI)
    assert regime_at(at, working, OFFICE) is expected


@pytest.mark.parametrize(
    "words",
    ["电话13800001234", "138-0000-1234", "410102190001010011", "41010219000101001X", "张示例来问"],
)
def test_what_names_a_person_is_not_made_public(words):
    with pytest.raises(InvalidInput) as refused:
        check_public("/answer", words, "张示例")
    assert refused.value.errors[0].pointer == "/answer"


@pytest.mark.parametrize(
    "words", ["中原政〔2016〕3号第十二条", "20 个工作日,0371-12345", "材料 3 份"]
)
def test_ordinary_numbers_are(words):
    check_public("/answer", words, "张示例")


def test_every_figure_of_the_regimes_says_where_it_comes_from_and_how_sure_it_is():
    import json
    from pathlib import Path

    raw = json.loads(Path(workers.__file__).with_name("regimes.json").read_text("utf-8"))
    for block in ("mandates", "appointments", "consultations"):
        assert raw[block]["source"]
        assert raw[block]["confidence"] in ("high", "medium", "low")
    assert regimes().appointments.slot_minutes % 15 == 0


def test_an_event_says_whom_it_concerns_by_the_body_that_runs_the_point(monkeypatch):
    from chalicelib.core.errors import NotFound

    def point(key):
        if key != "centre":
            raise NotFound("没有这个网点")
        return type("Point", (), {"organisation": "xx"})

    monkeypatch.setattr(workers.network, "point", point)
    actor = Actor("c", "citizen")

    def facts(**data):
        at = datetime(2026, 3, 2, tzinfo=SHANGHAI)
        return workers.facts_of(Event("VISIT#1", 1, "visit.rated", at, actor, data))

    assert facts(point="centre", item_code="i") == {
        "body": "xx",
        "origin": "centre",
        "item_code": "i",
    }
    assert facts(organisation="ga") == {"body": "ga"}
    assert facts(point="gone") == {"origin": "gone"}
    assert facts() == {}
