"""A founding is repeatable, and holds to every rule of the room."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import Conflict, InvalidInput
from chalicelib.network import founding, service
from tests.support.network_room import NOW, document, empty_room, founded_room

NO_CHIEFS = {"chief_representatives": []}


def test_founding_again_writes_nothing():
    with founded_room() as written:
        assert set(founding.found(written, NOW).values()) == {0}


def test_a_founding_that_broke_off_is_completed_by_the_next():
    whole = document()
    with empty_room():
        founding.found({**whole, "points": whole["points"][:5], "postings": []} | NO_CHIEFS, NOW)
        written = founding.found(whole, NOW)
        assert written["organisations"] == 0
        assert written["points"] == 14
        assert written["chief_representatives"] == 18
        assert len(service.network().points) == 19


def test_a_document_with_a_wrong_name_founds_no_points():
    wrong = document()
    wrong["points"][8]["name"] = "望春社区服务中心"
    with empty_room():
        with pytest.raises(InvalidInput, match="应为“望春社区便民服务站”"):
            founding.found(wrong, NOW)
        assert service.network().points == {}


def test_a_document_with_two_owners_of_one_list_is_refused():
    wrong = document()
    for organisation in wrong["organisations"]:
        if organisation["key"] == "cz":
            organisation["duties"].append("list.power.review")
    with empty_room(), pytest.raises(Conflict, match="审核权力清单"):
        founding.found(wrong, NOW)


def test_a_chief_representative_who_is_not_posted_for_sign_off_is_refused():
    wrong = document()
    wrong["chief_representatives"][0]["account"] = "rs.reviewer"
    with empty_room(), pytest.raises(InvalidInput, match="专司签批"):
        founding.found(wrong, NOW)
