"""Ledgers for tests: short ways to write one down, and random ones."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from hypothesis import strategies as st

from chalicelib.core.deadlines import (
    Correction,
    Extension,
    Ledger,
    Limit,
    Origin,
    OriginatedLimit,
    ReceiptPolicy,
    StepClock,
    Suspension,
    SuspensionKind,
    Unit,
)
from chalicelib.core.time import SHANGHAI

DAY = timedelta(days=1)


def working(days):
    return Limit(days, Unit.WORKING_DAY)


def natural(days):
    return Limit(days, Unit.CALENDAR_DAY)


def months(count):
    return Limit(count, Unit.MONTH)


def on(month, day, year=2026):
    return date(year, month, day)


def at(month, day, hour=9, minute=0, year=2026):
    return datetime(year, month, day, hour, minute, tzinfo=SHANGHAI)


def ledger(received, promise=working(5), statutory=None, origin=Origin.ACCEPTANCE, **more):
    """A ledger whose promise and statutory limit run from `origin` (acceptance unless said)."""
    legal = OriginatedLimit(statutory, Origin.ACCEPTANCE) if statutory else None
    return Ledger(
        received, promise=OriginatedLimit(promise, origin), **{"statutory": legal, **more}
    )


def accepted(day, promise=working(5), statutory=None, **more):
    """Received and accepted expressly on the same day."""
    received = datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)
    return ledger(received, promise, statutory, **more).accept(day)


LIMITS = st.builds(
    Limit, st.integers(1, 60), st.sampled_from([Unit.WORKING_DAY, Unit.CALENDAR_DAY])
)
ANY_LIMIT = st.one_of(LIMITS, st.builds(Limit, st.integers(1, 4), st.just(Unit.MONTH)))
DATES = st.dates(date(2025, 12, 20), date(2026, 11, 30))


@st.composite
def suspensions(draw, start, longest=120):
    """Up to four procedures of any kind after `start`, overlapping as they come; one may be open."""
    found = []
    for number in range(draw(st.integers(0, 4))):
        begin = start + draw(st.integers(-10, longest)) * DAY
        end = draw(st.one_of(st.none(), st.integers(0, 40).map(lambda n, b=begin: b + n * DAY)))
        kind = draw(st.sampled_from(list(SuspensionKind)))
        found.append(Suspension(f"s{number}", kind, begin, end))
    return tuple(found)


@st.composite
def random_ledgers(draw):
    """Ledgers in any shape that a case can bring them into, and some that it cannot."""
    received = datetime.combine(draw(DATES), draw(st.times()), SHANGHAI)
    day = received.date()

    def later(limit=90):
        return day + draw(st.integers(0, limit)) * DAY

    corrections = ()
    if draw(st.booleans()):
        noticed = later(5)
        supplemented = draw(
            st.one_of(st.none(), st.integers(0, 30).map(lambda n: noticed + n * DAY))
        )
        corrections = (Correction(noticed, supplemented),)
    accepted_on = draw(st.one_of(st.none(), st.just(later(15))))
    decided_on = accepted_on and draw(
        st.one_of(st.none(), st.integers(0, 90).map(lambda n: accepted_on + n * DAY))
    )
    ended_on = draw(
        st.one_of(st.none(), st.integers(0, 30).map(lambda n: (decided_on or day) + n * DAY))
    )
    extension = draw(st.one_of(st.none(), st.builds(Extension, LIMITS, st.just(later()))))
    steps = draw(
        st.lists(
            st.builds(
                StepClock,
                st.sampled_from(["review", "hearing", "上报"]),
                LIMITS,
                st.just(later(20)),
                st.none() | st.just(day + 60 * DAY),
                st.booleans(),
            ),
            max_size=2,
            unique_by=lambda step: step.name,
        )
    )
    return Ledger(
        received_at=received,
        promise=draw(st.builds(OriginatedLimit, ANY_LIMIT, st.sampled_from(list(Origin)[:2]))),
        statutory=draw(
            st.none() | st.builds(OriginatedLimit, ANY_LIMIT, st.sampled_from(list(Origin)[:2]))
        ),
        acceptance=draw(st.sampled_from([working(5), working(2), None])),
        delivery=draw(st.sampled_from([working(10), None])),
        receipt_policy=draw(st.sampled_from(list(ReceiptPolicy))),
        correction_freezes_promise=draw(st.booleans()),
        accepted_on=accepted_on,
        deemed_on=accepted_on if accepted_on and draw(st.booleans()) else None,
        decided_on=decided_on,
        ended_on=ended_on,
        corrections=corrections,
        suspensions=draw(suspensions(day)),
        extension=extension,
        steps=tuple(steps),
    )
