"""An application asks for a real-name login: its case belongs to whom the login vouches for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.http.claims import principal_of as claimed
from tests.support.applications import CITIZEN, application, item_named, person
from tests.support.engine import principal_of


@pytest.mark.parametrize("item", ["居住证申领", "居民身份证补领"])
def test_a_plain_login_applies_for_nothing_and_is_told_why(engine, item):
    known = principal_of(CITIZEN)
    plain = replace(known, holder=None, assurance=1)
    body = application(item_named(item), CITIZEN, applicant=person())
    refused = engine.client(CITIZEN).act_as(plain).post("/v1/cases", body)
    assert (refused.status, refused.json["detail"]) == (403, "需要实名认证后办理")
    assert engine.client(CITIZEN).act_as(known).post("/v1/cases", body).status == 201


def test_an_identity_that_the_login_does_not_vouch_for_is_nobodys(engine):
    number = person()["id_number"]
    who = claimed({"sub": "x", "acr": "1", "holder_id_type": "111", "holder_id_number": number})
    assert (who.holder, who.assurance) == (None, 1)
    vouched = claimed({"sub": "x", "acr": "2", "holder_id_type": "111", "holder_id_number": number})
    assert (vouched.holder, vouched.assurance) == (principal_of(CITIZEN).holder, 2)
