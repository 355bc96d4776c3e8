"""Inquiries and subscriptions as values: limits, rungs, matching, signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import date, datetime, timedelta

import pytest

from chalicelib.core.errors import InvalidInput, OutOfTurn
from chalicelib.core.events import Actor, Event
from chalicelib.core.notices import shipped_calendar
from chalicelib.core.time import SHANGHAI
from chalicelib.exchange import model, subscriptions
from chalicelib.exchange.model import Inquiry, Rung, State
from chalicelib.exchange.subscriptions import Subscription

CALENDAR = shipped_calendar()
ACTOR = Actor("rs.reviewer", "reviewer", "rs")
ASKED_AT = datetime(2026, 2, 10, 9, 0, tzinfo=SHANGHAI)


def opened(due_on: str = "2026-02-25") -> Event:
    data = {
        "asking": "rs",
        "asked": "mz",
        "case_no": "no",
        "holder": "h",
        "topic": "是否领取低保",
        "reply_class": "conditional",
        "due_on": due_on,
    }
    return Event("INQUIRY#i", 1, model.OPENED, ASKED_AT, ACTOR, data)


def event(seq: int, kind: str, **data: str) -> Event:
    return Event("INQUIRY#i", seq, kind, ASKED_AT + timedelta(days=seq), ACTOR, data)


def at(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=SHANGHAI)


HEAD = model.evolve(None, opened())


def test_the_log_gives_the_head_and_the_head_survives_its_card():
    answered = model.evolve(HEAD, event(2, model.ANSWERED))
    assert (answered.state, answered.version) == (State.ANSWERED, 2)
    assert answered.answered_at is not None
    assert model.evolve(HEAD, event(2, model.WITHDRAWN)).state is State.WITHDRAWN
    assert Inquiry.from_dict(answered.to_dict()) == answered


@pytest.mark.parametrize(
    "bad", [event(3, model.ANSWERED), event(1, model.ANSWERED), event(2, "inquiry.else")]
)
def test_a_log_with_a_gap_or_a_stranger_is_refused(bad):
    with pytest.raises(ValueError, match=r"cannot take|unknown"):
        model.evolve(HEAD, bad)
    with pytest.raises(ValueError, match="begins"):
        model.evolve(None, event(1, model.ANSWERED))


def test_the_rungs_come_at_midnight_over_the_working_days():
    # due on Wednesday 25 February; three more working days end on Saturday 28, a make-up day
    assert list(model.alerts(HEAD, CALENDAR)) == [
        (Rung.WARNING, at(2, 25)),
        (Rung.YELLOW, at(2, 26)),
        (Rung.RED, at(3, 1)),
    ]


def test_what_is_due_is_raised_once_and_in_order():
    assert model.due_alerts(HEAD, CALENDAR, at(2, 24, 23)) == []
    assert model.due_alerts(HEAD, CALENDAR, at(2, 25)) == [Rung.WARNING]
    assert model.due_alerts(HEAD, CALENDAR, at(3, 5)) == list(Rung)
    warned = model.evolve(HEAD, event(2, model.ALERT_RAISED, rung="warning"))
    assert model.due_alerts(warned, CALENDAR, at(2, 25)) == []
    assert model.next_alert(warned, CALENDAR) == at(2, 26)


def test_a_settled_inquiry_raises_nothing_more():
    answered = model.evolve(HEAD, event(2, model.ANSWERED))
    assert model.due_alerts(answered, CALENDAR, at(12, 1)) == []
    assert model.next_alert(answered, CALENDAR) is None
    with pytest.raises(OutOfTurn):
        model.require_open(answered)


def test_every_limit_says_where_it_comes_from_and_how_sure_that_is():
    for limit in model.reply_classes().values():
        assert limit.source
        assert limit.confidence in ("high", "medium", "low")
        assert limit.working_days > 0
    with pytest.raises(InvalidInput) as refused:
        model.reply_class("tomorrow")
    assert refused.value.errors[0].pointer == "/reply_class"


# --- subscriptions -----------------------------------------------------------------------------------


def subscription(audience: str = "rs", *types: str) -> Subscription:
    return Subscription("s", "rs", audience, types or ("case.*",), "https://x", "2026")


@pytest.mark.parametrize(
    ("audience", "types", "event_type", "bodies", "wanted"),
    [
        ("rs", ("case.*",), "case.granted", {"rs"}, True),
        ("rs", ("case.granted",), "case.granted", {"rs", "mz"}, True),
        ("rs", ("case.granted",), "case.refused", {"rs"}, False),
        ("rs", ("*",), "inquiry.opened", {"rs"}, True),
        ("rs", ("case.*",), "casement.opened", {"rs"}, False),
        ("rs", ("*",), "case.granted", {"mz"}, False),
        ("rs", ("*",), "case.granted", set(), False),
        ("*", ("case.*",), "case.granted", {"mz"}, True),
    ],
)
def test_a_department_hears_of_its_own_and_the_office_of_all(
    audience, types, event_type, bodies, wanted
):
    assert subscription(audience, *types).wants(event_type, frozenset(bodies)) is wanted


def test_an_events_bodies_are_in_its_facts():
    detail = {"facts": {"body": "mz", "bodies": ["rs", "mz"]}}
    assert subscriptions.bodies_of(detail) == {"rs", "mz"}
    assert subscriptions.bodies_of({}) == frozenset()


@pytest.mark.parametrize("types", [[], ["Case.*"], ["case"], ["case.*", "case.**"], ["../x"]])
def test_a_pattern_that_is_none_is_named(types):
    with pytest.raises(InvalidInput) as refused:
        subscriptions.require_types(types)
    assert refused.value.errors[0].pointer.startswith("/types")


@pytest.mark.parametrize(
    "url",
    [
        "http://systems.example.gov.cn/x",
        "https://user:pw@systems.example.gov.cn/",
        "https://127.0.0.1/",
        "https://169.254.169.254/latest",
        "https://[::1]/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://evil.cn/",
        "https://notexample.gov.cn/",
        "https://example.gov.cn.evil.cn/",
        "https://systems.example.gov.cn/#f",
        "ftp://systems.example.gov.cn/",
        "",
    ],
)
def test_an_address_outside_the_allowed_domains_is_refused(url):
    with pytest.raises(InvalidInput) as refused:
        subscriptions.require_url(url, ["example.gov.cn"])
    assert refused.value.errors[0].pointer == "/url"


@pytest.mark.parametrize(
    "url", ["https://systems.example.gov.cn/hook?x=1", "https://example.gov.cn:8443/"]
)
def test_an_allowed_address_is_taken(url):
    assert subscriptions.require_url(url, ["example.gov.cn"]) == url


@pytest.mark.parametrize(
    ("address", "private_too", "allowed"),
    [
        ("8.8.8.8", False, True),
        ("10.1.2.3", False, False),
        ("10.1.2.3", True, True),
        ("127.0.0.1", True, False),
        ("169.254.169.254", True, False),
        ("::1", True, False),
        ("fe80::1", True, False),
        ("0.0.0.0", True, False),
        ("nonsense", True, False),
    ],
)
def test_only_addresses_that_may_be_called_are_called(address, private_too, allowed):
    assert subscriptions.reachable(address, private_too=private_too) is allowed


def test_a_signature_is_that_of_the_standard():
    secret = subscriptions.secret_from(b"k" * 32)
    signed = subscriptions.sign(secret, "msg", 1614265330, b'{"test": 2432232314}')
    mac = hmac.new(b"k" * 32, b'msg.1614265330.{"test": 2432232314}', hashlib.sha256)
    assert signed == "v1," + base64.b64encode(mac.digest()).decode()
    # The example of the Standard Webhooks specification
    assert subscriptions.sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    ) == ("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=")


def test_waits_grow_until_the_delivery_is_given_up():
    waits = [
        subscriptions.wait_after(attempt) for attempt in range(1, len(subscriptions.WAITS) + 2)
    ]
    assert waits[-1] is None
    assert waits[:-1] == sorted(waits[:-1])


def test_a_date_of_an_inquiry_is_a_shanghai_day():
    late = Event(
        "INQUIRY#i",
        1,
        model.OPENED,
        datetime.fromisoformat("2026-02-10T17:30:00+00:00"),
        ACTOR,
        opened().data,
    )
    assert model.evolve(None, late).asked_on == date(2026, 2, 11)
