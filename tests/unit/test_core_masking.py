"""Personal data is shown masked."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core.masking import mask_address, mask_id_number, mask_name, mask_phone


@pytest.mark.parametrize(
    ("name", "masked"),
    [("张三", "张*"), ("李小明", "李*明"), ("欧阳修文", "欧**文"), ("张", "*"), ("", "*")],
)
def test_a_name_keeps_its_surname(name, masked):
    assert mask_name(name) == masked


def test_an_identity_number_keeps_its_first_six_and_last_four():
    assert mask_id_number("410102199001011234") == "410102********1234"


def test_a_phone_keeps_its_first_three_and_last_four():
    assert mask_phone("13812341234") == "138****1234"


@pytest.mark.parametrize(
    ("address", "masked"),
    [
        ("河南省郑州市中原区桐柏路街道1号院2号楼", "河南省郑州市中原区桐柏路街道****"),
        ("中原区建设西路100号", "中原区建设西路****"),
        ("某处1号", "****"),
    ],
)
def test_an_address_ends_at_its_street(address, masked):
    assert mask_address(address) == masked


@given(st.text(alphabet="0123456789X", min_size=1, max_size=20))
def test_something_is_hidden_of_every_number_and_its_length_is_kept(number):
    for masked in (mask_id_number(number), mask_phone(number)):
        assert len(masked) == len(number)
        assert masked.count("*") >= min(2, max(len(number) - 1, 1))
