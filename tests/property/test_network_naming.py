"""Uniform names (clause 2): what is generated is right, what is off is answered with the right one."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.errors import InvalidInput
from chalicelib.network.naming import (
    District,
    Tier,
    check_name,
    guess_place,
    point_name,
    read_place,
)

DISTRICT = District("410102", "中原区", "郑州市")
stems = st.text(alphabet="春夏秋冬和锦实青柳岸望迎山水一二三", min_size=1, max_size=8)
LOWER = (Tier.SUB_CENTRE, Tier.SUBDISTRICT, Tier.COMMUNITY)


@st.composite
def places(draw, tiers=LOWER):
    tier = draw(st.sampled_from(tiers))
    endings = {
        Tier.SUB_CENTRE: ["", "登记", "业务"],
        Tier.SUBDISTRICT: ["街道"],
        Tier.COMMUNITY: ["社区", "村"],
    }[tier]
    return tier, draw(stems) + draw(st.sampled_from(endings))


@pytest.mark.parametrize(
    ("tier", "place", "name"),
    [
        (Tier.CENTRE, "", "中原区政务服务中心"),
        (Tier.SUB_CENTRE, "不动产登记", "郑州市中原区政务服务中心不动产登记分中心"),
        (Tier.SUBDISTRICT, "春和街道", "春和街道便民服务中心"),
        (Tier.COMMUNITY, "迎春社区", "迎春社区便民服务站"),
        (Tier.COMMUNITY, "柳岸村", "柳岸村便民服务站"),
    ],
)
def test_the_five_patterns_of_the_clause(tier, place, name):
    assert point_name(DISTRICT, tier, place) == name
    assert check_name(DISTRICT, tier, name, "") == (place, name)
    assert check_name(DISTRICT, tier, "", place) == (place, name)


@pytest.mark.parametrize(
    ("tier", "wrong", "right"),
    [
        (Tier.CENTRE, "中原区行政服务大厅", "中原区政务服务中心"),
        (Tier.SUB_CENTRE, "不动产登记中心", "郑州市中原区政务服务中心不动产登记分中心"),
        (Tier.SUBDISTRICT, "春和街道办事处政务服务中心", "春和街道便民服务中心"),
        (Tier.SUBDISTRICT, "中原区春和街道服务大厅", "春和街道便民服务中心"),
        (Tier.COMMUNITY, "迎春社区居委会", "迎春社区便民服务站"),
        (Tier.COMMUNITY, "春和街道迎春社区服务站", "迎春社区便民服务站"),
        (Tier.COMMUNITY, "柳岸村村民委员会代办点", "柳岸村便民服务站"),
        (Tier.COMMUNITY, "迎春便民服务站", "迎春社区便民服务站"),
    ],
)
def test_a_wrong_name_is_refused_with_the_right_one(tier, wrong, right):
    with pytest.raises(InvalidInput) as refused:
        check_name(DISTRICT, tier, wrong, "")
    (error,) = refused.value.errors
    assert error.pointer == "/name"
    assert f"“{right}”" in error.message


@pytest.mark.parametrize("tier", LOWER)
@pytest.mark.parametrize("name", ["便民服务中心", "!!!", "服务站", "中原区"])
def test_a_name_that_says_no_place_is_refused_with_what_to_fill_in(tier, name):
    with pytest.raises(InvalidInput) as refused:
        check_name(DISTRICT, tier, name, "")
    assert refused.value.errors[0].pointer == "/name"


@given(places())
def test_a_generated_name_is_accepted_and_says_its_place(case):
    tier, place = case
    name = point_name(DISTRICT, tier, place)
    assert read_place(DISTRICT, tier, name) == place
    assert check_name(DISTRICT, tier, name, "") == (place, name)
    assert check_name(DISTRICT, tier, name, place) == (place, name)


@given(places(), places())
def test_a_name_never_passes_for_another_tier(case, other):
    tier, place = case
    name = point_name(DISTRICT, tier, place)
    if other[0] is not tier:
        assert read_place(DISTRICT, other[0], name) is None


@given(st.sampled_from(Tier), st.text(max_size=40))
def test_whatever_is_typed_the_suggestion_itself_is_a_right_name(tier, typed):
    try:
        _, name = check_name(DISTRICT, tier, typed, "")
    except InvalidInput as refused:
        (error,) = refused.errors
        suggested = re.search(r"应为“(.+)”", error.message)
        if suggested:
            assert read_place(DISTRICT, tier, suggested.group(1)) is not None
            assert check_name(DISTRICT, tier, suggested.group(1), "")[1] == suggested.group(1)
        else:
            assert error.pointer in {"/name", "/place"}
    else:
        assert not typed or name == typed


@given(
    st.sampled_from(LOWER), st.text(alphabet="迎春社区村街道中心分服务站便民郑州市原", max_size=14)
)
def test_a_guess_is_a_place_of_its_tier_or_nothing(tier, typed):
    place = guess_place(DISTRICT, tier, typed)
    if place:
        assert read_place(DISTRICT, tier, point_name(DISTRICT, tier, place)) == place


@given(places(), places())
def test_a_name_that_is_not_the_stated_places_is_refused(case, other):
    tier, place = case
    wrong = point_name(DISTRICT, *other)
    if wrong != point_name(DISTRICT, tier, place):
        with pytest.raises(InvalidInput):
            check_name(DISTRICT, tier, wrong, place)
