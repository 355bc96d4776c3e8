"""Numbers that prove themselves, against published examples."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.core import identifiers as ids

USCCS = [
    "11100000000013338W",
    "11430000006122244L",
    "11330105002500287C",
    "11370800MB28559184",
    "91370406L24894136J",
    "11100000MB03271699",
    "113700000045046442",
]
PUBLISHED = [
    "1.2.156.3005.2.11100000000013338W011.11430000006122244L.20230000403.001.U",
    "1.2.156.3005.2.11100000MB03271699022.340100.000000016.001.9",
    "1.2.156.3005.2.11100000000013338W009.11330105002500287C.2025052201.002.0",
]
CITIZENS = ["11010519491231002X", "440524188001010014"]


@pytest.mark.parametrize("number", CITIZENS)
def test_the_examples_of_gb_11643_are_citizen_numbers(number):
    assert ids.valid_citizen_number(number)


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002x",
        "110105194912310020",
        "1101051949123100",
        "110105194912310021X",
        " 11010519491231002X",
        "11010519491231002X\n",
        "０10105194912310020",
        "",
    ],
)
def test_a_malformed_or_mistyped_citizen_number_is_none(number):
    assert not ids.valid_citizen_number(number)


def test_a_right_check_digit_does_not_save_a_day_that_never_was():
    never = "11010519490230002"
    assert not ids.valid_citizen_number(never + ids.citizen_check(never))


def test_nobody_now_living_was_born_before_1800():
    early = "11010517991231002"
    assert not ids.valid_citizen_number(early + ids.citizen_check(early))


def test_nobody_is_born_tomorrow():
    first = "11010520260303002"
    number = first + ids.citizen_check(first)
    assert ids.valid_citizen_number(number)
    assert ids.valid_citizen_number(number, today=date(2026, 3, 3))
    assert not ids.valid_citizen_number(number, today=date(2026, 3, 2))


@given(st.sampled_from(CITIZENS), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_always_caught(number, at, step):
    wrong = str((int(number[at]) + step) % 10)
    assert not ids.valid_citizen_number(number[:at] + wrong + number[at + 1 :])


@pytest.mark.parametrize("code", USCCS)
def test_real_credit_codes_pass(code):
    assert ids.valid_uscc(code)
    assert ids.valid_organisation_code(code[8:17])


@pytest.mark.parametrize(
    "code",
    ["11100000000013338X", "11100000000013339W", "1110000000001333", "I1100000000013338W", ""],
)
def test_wrong_credit_codes_fail(code):
    assert not ids.valid_uscc(code)


def test_a_credit_code_with_a_wrong_organisation_code_inside_fails():
    first = "1110000000001334" + "8"
    code = first + ids.uscc_check(first)
    assert not ids.valid_organisation_code(code[8:17])
    assert not ids.valid_uscc(code)


@given(
    st.sampled_from(USCCS), st.integers(0, 17), st.sampled_from("0123456789ABCDEFGHJKLMNPQRTUWXY")
)
def test_one_wrong_character_of_a_credit_code_is_always_caught(code, at, character):
    changed = code[:at] + character + code[at + 1 :]
    assert ids.valid_uscc(changed) == (changed == code)


@pytest.mark.parametrize("text", PUBLISHED)
def test_published_certificate_identifiers_are_taken_apart_and_put_together(text):
    assert str(ids.parse_certificate_identifier(text)) == text


@pytest.mark.parametrize(
    "text",
    [
        # A documentation placeholder whose check character is wrong, and a vendor's wrong root.
        "1.2.156.3005.2.11100000000013661B006.113700000045046442"
        ".209FA4E88F9E4C878F3E9BED2CE7EA49.001.M",
        PUBLISHED[0].replace("3005", "3003"),
        PUBLISHED[0].removesuffix(".U"),
        PUBLISHED[0] + ".U",
        PUBLISHED[0].lower(),
        PUBLISHED[0].replace(".001.", ".002."),
        "",
    ],
)
def test_a_wrong_certificate_identifier_is_refused(text):
    assert not ids.valid_certificate_identifier(text)
    with pytest.raises(ValueError, match="certificate identifier"):
        ids.parse_certificate_identifier(text)


def test_building_gives_the_published_identifier_and_a_reissue_keeps_the_serial():
    built = ids.certificate_identifier("11100000000013338W011", USCCS[1], "20230000403")
    assert built == PUBLISHED[0]
    again = ids.parse_certificate_identifier(built).reissued()
    assert (again.serial, again.version) == ("20230000403", 2)
    assert ids.valid_certificate_identifier(str(again))


@pytest.mark.parametrize(
    ("type_code", "issuer", "serial", "version"),
    [
        ("11100000000013338W01", USCCS[1], "1", 1),
        ("11100000000013338W011", "11430000006122244M", "1", 1),
        ("11100000000013338W011", USCCS[1], "a1", 1),
        ("11100000000013338W011", USCCS[1], "", 1),
        ("11100000000013338W011", USCCS[1], "1", 0),
        ("11100000000013338W011", USCCS[1], "1", 1000),
    ],
)
def test_a_malformed_part_builds_no_identifier(type_code, issuer, serial, version):
    with pytest.raises(ValueError, match=r"\w"):
        ids.certificate_identifier(type_code, issuer, serial, version)


def test_the_check_character_takes_alphanumerics_only():
    with pytest.raises(ValueError, match="0-9A-Z"):
        ids.iso7064_mod37_36("AB-1")


@given(st.binary(min_size=7, max_size=16))
def test_a_case_number_is_made_of_its_entropy_and_says_so(entropy):
    number = ids.case_number("410102", entropy)
    assert number == ids.case_number("410102", entropy)
    assert ids.valid_case_number(number)
    assert number.startswith("410102-")
    assert not set(number[7:]) & set("ILOU")


@given(st.binary(min_size=7, max_size=7), st.data())
def test_one_wrong_character_of_a_case_number_is_always_caught(entropy, data):
    number = ids.case_number("410102", entropy)
    at = data.draw(st.sampled_from([at for at, c in enumerate(number) if c != "-"]))
    other = data.draw(st.sampled_from(ids.CASE_ALPHABET).filter(lambda c: c != number[at]))
    assert not ids.valid_case_number(number[:at] + other + number[at + 1 :])


@given(st.binary(min_size=7, max_size=7))
def test_a_case_number_read_aloud_and_typed_carelessly_is_found(entropy):
    number = ids.case_number("410102", entropy)
    careless = number.lower().replace("-", " ").replace("0", "O").replace("1", "l")
    assert ids.tidy_case_number(careless) == number
    assert ids.tidy_case_number(number.replace("-", "")) == number


def test_what_is_no_case_number_is_not_tidied_into_one():
    number = ids.case_number("410102", bytes(range(7)))
    assert ids.tidy_case_number(number + "0") is None
    assert ids.tidy_case_number("") is None
    assert not ids.valid_case_number(number.lower())


def test_all_fifty_bits_of_entropy_count():
    numbers = {ids.case_number("410102", (1 << bit).to_bytes(7, "big")) for bit in range(50)}
    assert len(numbers) == 50


@pytest.mark.parametrize(("district", "entropy"), [("41010", bytes(7)), ("410102", bytes(6))])
def test_a_case_number_needs_a_district_and_enough_chance(district, entropy):
    with pytest.raises(ValueError, match=r"district|entropy"):
        ids.case_number(district, entropy)
