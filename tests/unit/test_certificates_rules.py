"""Status, fit, sharing and checks: the certificates room's pure rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.certificates import checks, sharing, status
from chalicelib.certificates.fit import require_fit, require_sound_type
from chalicelib.certificates.model import (
    Certificate,
    CertificateType,
    Grade,
    Opened,
    ShareClass,
    Signature,
    TypeField,
)
from chalicelib.certificates.ports import CaseTie
from chalicelib.certificates.sharing import Reader, Refusal
from chalicelib.certificates.status import Status
from chalicelib.core.errors import InvalidInput

TYPE, ISSUER = "11410102DEM000014W001", "11410102DEM000014W"
OTHER = "11430000006122244L"
KIND = CertificateType(
    code=TYPE,
    name="就业创业证",
    definition="就业创业证",
    kind="证照",
    issuers=frozenset({ISSUER}),
    holder_kinds=frozenset({"111"}),
    share_class=ShareClass.CONDITIONAL,
    fields=(
        TypeField("KZ_GZ", "工种", required=True),
        TypeField("KZ_ZZ", "住址", personal=True),
    ),
)
DRAFT = Certificate(
    identifier="",
    type_code=TYPE,
    issuer_uscc=ISSUER,
    serial="A1",
    version=1,
    name="就业创业证",
    issuer_name="区人社局",
    holder="h",
    holder_kind="111",
    issued_on=date(2026, 3, 2),
    valid_from=date(2026, 3, 2),
    valid_to=date(2027, 3, 1),
    fields={"KZ_GZ": "电工"},
    sealed=b"",
    signature=Signature("", b""),
)
PERSONAL = {"CZZT": "张三丰", "CZZTDM": "11010519491231002X"}


def refused_fields(draft: Certificate = DRAFT, personal: dict[str, str] = PERSONAL) -> list[str]:
    with pytest.raises(InvalidInput) as refused:
        require_fit(KIND, draft, personal)
    return [error.pointer for error in refused.value.errors]


def test_a_certificate_that_fits_its_type_passes():
    require_fit(KIND, DRAFT, PERSONAL | {"KZ_ZZ": "某路1号"})


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"issuer_uscc": OTHER}, "/issuer_uscc"),
        ({"issuer_uscc": ISSUER[:-1] + "X"}, "/issuer_uscc"),
        ({"issuer_name": " "}, "/issuer_name"),
        ({"holder_kind": "001"}, "/holder_kind"),
        ({"serial": "a-1"}, "/serial"),
        ({"serial": "11010519491231002X"}, "/serial"),
        ({"serial": "A11010519491231002X7"}, "/serial"),
        ({"serial": "X440524188001010014"}, "/serial"),
        ({"version": 0}, "/version"),
        ({"version": 1000}, "/version"),
        ({"valid_to": date(2026, 3, 1)}, "/valid_to"),
        ({"fields": {}}, "/fields/KZ_GZ"),
        ({"fields": {"KZ_GZ": "电工", "KZ_XX": "?"}}, "/fields/KZ_XX"),
        ({"fields": {"KZ_GZ": "电工", "KZ_ZZ": "某路"}}, "/fields/KZ_ZZ"),
        ({"fields": {"KZ_GZ": "字" * 401}}, "/fields/KZ_GZ"),
    ],
)
def test_a_misfit_is_named_by_its_field(changes, pointer):
    assert pointer in refused_fields(replace(DRAFT, **changes))


@pytest.mark.parametrize(
    ("personal", "pointer"),
    [
        ({"CZZT": "", "CZZTDM": "11010519491231002X"}, "/personal/CZZT"),
        ({"CZZT": "张三丰", "CZZTDM": "110105194912310020"}, "/personal/CZZTDM"),
        ({"CZZT": "张三丰"}, "/personal/CZZTDM"),
        (PERSONAL | {"name": "x"}, "/personal/name"),
    ],
)
def test_a_holder_that_does_not_fit_is_named(personal, pointer):
    assert pointer in refused_fields(personal=personal)


def test_every_misfit_is_told_at_once():
    assert len(refused_fields(replace(DRAFT, serial="!", issuer_name="", fields={}))) == 3


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"code": TYPE[:-1]}, "/code"),
        ({"code": "X" * 21}, "/code"),
        ({"name": ""}, "/name"),
        ({"issuers": frozenset()}, "/issuers"),
        ({"issuers": frozenset({"X"})}, "/issuers"),
        ({"holder_kinds": frozenset({"999"})}, "/holder_kinds"),
        ({"validity_months": 0}, "/validity_months"),
        ({"fields": (TypeField("gz", "工种"),)}, "/fields/0/name"),
    ],
)
def test_an_unsound_type_is_refused(changes, pointer):
    with pytest.raises(InvalidInput) as refused:
        require_sound_type(replace(KIND, **changes))
    assert [error.pointer for error in refused.value.errors] == [pointer]


# --- status ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new"), [("01", "02"), ("02", "01"), ("01", "03"), ("04", "03"), ("05", "04")]
)
def test_a_status_that_may_follow_follows(old, new):
    assert status.require_change(old, new, "行政许可法第七十条") == Status(new)


@pytest.mark.parametrize(
    ("old", "new", "basis", "pointer"),
    [
        ("03", "01", "依据", "/status"),
        ("04", "01", "依据", "/status"),
        ("07", "02", "依据", "/status"),
        ("01", "01", "依据", "/status"),
        ("01", "42", "依据", "/status"),
        ("01", "02", "  ", "/basis"),
        ("01", "02", "字" * 201, "/basis"),
    ],
)
def test_a_status_that_cannot_follow_is_refused(old, new, basis, pointer):
    with pytest.raises(InvalidInput) as refused:
        status.require_change(old, new, basis)
    assert refused.value.errors[0].pointer == pointer


@pytest.mark.parametrize(
    ("day", "label", "usable"),
    [
        (date(2026, 3, 1), "未到有效期", False),
        (date(2026, 3, 2), "有效", True),
        (date(2027, 3, 1), "有效", True),
        (date(2027, 3, 2), "已过有效期", False),
    ],
)
def test_expiry_follows_from_the_day(day, label, usable):
    assert (status.label(DRAFT, day), status.usable(DRAFT, day)) == (label, usable)


def test_a_suspended_certificate_is_not_usable_and_says_so():
    suspended = replace(DRAFT, status="02")
    assert status.label(suspended, date(2028, 1, 1)) == "暂扣"
    assert not status.usable(suspended, date(2026, 6, 1))


def test_only_what_the_issuer_answers_for_stands_in_for_a_material():
    assert [grade for grade in Grade if grade.satisfies_material] == [
        Grade.SYSTEM_ISSUED,
        Grade.ISSUER_CONFIRMED,
    ]


# --- sharing ---------------------------------------------------------------------------------------

READER = Reader("mz", OTHER, None)
TIE = CaseTie("no", frozenset({"h"}), frozenset({"mz"}), frozenset({"p1"}))


@pytest.mark.parametrize(
    ("reader", "holder", "tie"),
    [
        (READER, "h", None),
        (Reader("rs", "", None), "h", TIE),
        (Reader(None, "", "p2"), "h", TIE),
        (Reader(None, "", None), "h", TIE),
        (READER, "other", TIE),
        (READER, "h", replace(TIE, open=False)),
    ],
)
def test_who_does_not_act_on_this_holder_in_an_open_case_is_refused(reader, holder, tie):
    assert isinstance(sharing.tied(reader, holder, tie), Refusal)


@pytest.mark.parametrize("reader", [READER, Reader(None, "", "p1")])
def test_a_department_or_point_that_acts_may_go_on(reader):
    assert sharing.tied(reader, "h", TIE) is None


def shown(share_class: ShareClass, *, needs=None, uscc: str = OTHER, **changes):
    certificate = replace(DRAFT, **changes)
    kind = replace(KIND, share_class=share_class)
    tie = replace(TIE, needs={} if needs is None else {TYPE: needs.get("fields")})
    return sharing.shown(Reader("mz", uscc, None), certificate, kind, tie)


def test_a_conditional_type_is_shown_only_where_the_item_declares_it():
    assert isinstance(shown(ShareClass.CONDITIONAL), Refusal)
    assert shown(ShareClass.CONDITIONAL, needs={}) == {"KZ_GZ", "CZZT", "CZZTDM"}
    assert shown(ShareClass.CONDITIONAL, needs={"fields": frozenset({"KZ_GZ"})}) == {"KZ_GZ"}


def test_an_unconditional_type_shows_nothing_of_the_holder_where_it_is_not_declared():
    assert shown(ShareClass.UNCONDITIONAL) == {"KZ_GZ"}


def test_a_type_that_is_not_shared_is_the_issuers_alone():
    assert isinstance(shown(ShareClass.NOT_SHARED, needs={}), Refusal)
    assert shown(ShareClass.NOT_SHARED, uscc=ISSUER) == {"KZ_GZ"}


def test_the_cases_own_result_is_shown_whole():
    own = shown(ShareClass.NOT_SHARED, case_no="no", source="case")
    assert own == {"KZ_GZ", "KZ_ZZ", "CZZT", "CZZTDM"}


def test_an_imported_certificate_that_names_a_case_is_not_its_result():
    assert isinstance(shown(ShareClass.CONDITIONAL, case_no="no", source="import:x"), Refusal)


@pytest.mark.parametrize(
    ("purpose", "case_no", "pointer"),
    [
        (" ", "no", "/purpose"),
        ("字" * 201, "no", "/purpose"),
        ("核对11010519491231002X", "no", "/purpose"),
        ("致电13800138000", "no", "/purpose"),
        ("核对", " ", "/case_no"),
    ],
)
def test_a_purpose_is_given_and_holds_no_numbers(purpose, case_no, pointer):
    with pytest.raises(InvalidInput) as refused:
        sharing.require_purpose(purpose, case_no)
    assert refused.value.errors[0].pointer == pointer


# --- checks ----------------------------------------------------------------------------------------

OPENED = Opened(DRAFT, PERSONAL, b"")


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (checks.Belongs("张三丰", "11010519491231002x"), True),
        (checks.Belongs("张 三丰", "11010519491231002X"), True),
        (checks.Belongs("李四", "11010519491231002X"), False),
        (checks.Belongs("张三丰", "440524188001010014"), False),
        (checks.Equals("KZ_GZ", "电工"), True),
        (checks.Equals("KZ_GZ", "焊工"), False),
        (checks.Equals("KZ_GZ", ""), False),
        (checks.AgeAtLeast(60, date(2009, 12, 31)), True),
        (checks.AgeAtLeast(60, date(2009, 12, 30)), False),
        (checks.ValidOn(date(2026, 5, 1)), True),
        (checks.ValidOn(date(2027, 3, 2)), False),
    ],
)
def test_a_question_is_answered_without_showing(question, answer):
    assert checks.answer(OPENED, question) is answer


def test_a_birthday_on_leap_day_is_completed_on_the_first_of_march():
    number = "110105200402290010"
    assert checks.age(number, date(2022, 2, 28)) == 17
    assert checks.age(number, date(2022, 3, 1)) == 18


def test_a_question_that_the_certificate_cannot_answer_is_refused():
    with pytest.raises(InvalidInput):
        checks.answer(OPENED, checks.Equals("KZ_QQ", "x"))
    organisation = Opened(replace(DRAFT, holder_kind="001"), PERSONAL, b"")
    with pytest.raises(InvalidInput):
        checks.answer(organisation, checks.AgeAtLeast(60, date(2026, 1, 1)))


def test_a_comparison_from_outside_has_one_answer_for_all():
    assert checks.matches(OPENED, {"CZZT": "张三丰", "KZ_GZ": "电工"})
    assert not checks.matches(OPENED, {"CZZT": "张三丰", "KZ_GZ": "焊工"})
    assert not checks.matches(OPENED, {"KZ_QQ": ""})
    assert not checks.matches(OPENED, {})
