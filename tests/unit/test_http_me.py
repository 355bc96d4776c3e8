"""Who I am and what I may do, as the pages ask it."""

from __future__ import annotations

from chalicelib.core.access_table import TABLE
from chalicelib.core.principal import Principal
from chalicelib.http import me
from chalicelib.http.app import compose
from tests.support.api import ApiClient

ZHANG = Principal("zhang", "张示例", frozenset({"citizen"}), holder="a" * 32, assurance=2)
CHIEF = Principal("ga.chief", "首席", frozenset({"chief_representative"}), "ga", "centre")


def test_the_caller_is_told_who_they_are_and_what_is_theirs_to_do():
    answer = ApiClient(compose("me", me.bp)).act_as(CHIEF).get("/v1/me").json
    assert (answer["account"], answer["role_names"]) == ("ga.chief", ["首席代表"])
    assert (answer["organisation"], answer["point"], answer["real_name"]) == ("ga", "centre", False)
    assert "case.sign" in answer["acts"]
    assert "case.review" not in answer["acts"]


def test_the_holder_key_stays_inside():
    answer = ApiClient(compose("me", me.bp)).act_as(ZHANG).get("/v1/me")
    assert answer.json["real_name"] is True
    assert "a" * 32 not in answer.text


def test_staff_read_the_table_in_words_and_citizens_do_not():
    client = ApiClient(compose("me", me.bp))
    items = client.act_as(CHIEF).get("/v1/access").json["items"]
    assert [each["act"] for each in items] == list(TABLE)
    sign = next(each for each in items if each["act"] == "case.sign")
    assert sign["rows"] == [
        {
            "role": "chief_representative",
            "role_name": "首席代表",
            "scope": "organisation",
            "scope_name": "本单位",
            "conditions": [
                "没有覆盖该事项的有效首席代表任命",
                "受理人、审查人不能签批同一办件",
            ],
        }
    ]
    assert client.act_as(ZHANG).get("/v1/access").status == 403
