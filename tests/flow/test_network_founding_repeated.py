"""A founding is repeatable, and holds to every rule of the room."""

from __future__ import annotations

import pytest

from chalicelib.core.errors import Conflict, InvalidInput
from chalicelib.network import founding, service
from tests.support.network_room import NOW, document, empty_room, founded_room, part_of_it

NO_CHIEFS = {"chief_representatives": []}


def test_founding_again_writes_nothing():
    with founded_room() as written:
        assert set(founding.found(written, NOW).values()) == {0}


def test_a_founding_that_broke_off_is_completed_by_the_next():
    whole = part_of_it(document())
    with empty_room():
        founding.found({**whole, "points": whole["points"][:3], "postings": []} | NO_CHIEFS, NOW)
        written = founding.found(whole, NOW)
        assert written["organisations"] == 0
        assert written["points"] == len(whole["points"]) - 3
        assert written["chief_representatives"] == 2
        assert len(service.network().points) == len(whole["points"])


def test_a_document_with_a_wrong_name_founds_no_points():
    wrong = part_of_it(document())
    for point in wrong["points"]:
        if point["key"] == "wangchun":
            point["name"] = "望春社区服务中心"
    with empty_room():
        with pytest.raises(InvalidInput, match="应为“望春社区便民服务站”"):
            founding.found(wrong, NOW)
        assert service.network().points == {}


def test_a_document_with_two_owners_of_one_list_is_refused():
    wrong = part_of_it(document())
    for organisation in wrong["organisations"]:
        if organisation["key"] == "cz":
            organisation["duties"].append("list.power.review")
    with empty_room(), pytest.raises(Conflict, match="审核权力清单"):
        founding.found(wrong, NOW)


def test_a_chief_representative_who_is_not_posted_for_sign_off_is_refused():
    wrong = part_of_it(document())
    wrong["chief_representatives"][0]["account"] = "rs.reviewer"
    with empty_room(), pytest.raises(InvalidInput, match="专司签批"):
        founding.found(wrong, NOW)
