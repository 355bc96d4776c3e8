"""Does a certificate fit its type? Every misfit is named by its field; pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from chalicelib.certificates import model
from chalicelib.certificates.model import (
    HOLDER_KINDS,
    HOLDER_NAME,
    HOLDER_NUMBER,
    Certificate,
    CertificateType,
)
from chalicelib.core.errors import FieldError, InvalidInput
from chalicelib.core.identifiers import valid_citizen_number, valid_uscc

FIELD_NAME = re.compile(r"KZ_[A-Z][A-Z0-9_]{0,30}")
SERIAL = re.compile(r"[0-9A-Z]{1,64}")
TYPE_SERIAL = re.compile(r"[0-9A-Z]{3}")
VALUE_LIMIT = 400  # characters of one item
_TELLING = 7  # characters from which on a number of another kind names somebody


def require_fit(kind: CertificateType, draft: Certificate, personal: Mapping[str, str]) -> None:
    """Raise InvalidInput with every field of `draft` that does not fit `kind`."""
    if misfits := [
        *_issuer(kind, draft),
        *_holder(kind, draft, personal),
        *_serial_and_dates(draft, personal.get(HOLDER_NUMBER, "")),
        *_fields(kind, draft.fields, personal),
    ]:
        raise InvalidInput(misfits[0].message, misfits)


def require_sound_type(kind: CertificateType) -> None:
    """Raise InvalidInput with every field of a type's definition that is wrong."""
    errors = []
    if not valid_uscc(kind.code[:18]) or not TYPE_SERIAL.fullmatch(kind.code[18:]):
        errors.append(
            FieldError("/code", "证照类型代码应为21位:定义机构统一社会信用代码18位加3位流水号")
        )
    if not kind.name.strip():
        errors.append(FieldError("/name", "证照类型名称不能为空"))
    if not kind.issuers or not all(map(valid_uscc, kind.issuers)):
        errors.append(FieldError("/issuers", "颁发机构的统一社会信用代码缺失或校验不通过"))
    if not kind.holder_kinds or not kind.holder_kinds <= HOLDER_KINDS.keys():
        errors.append(FieldError("/holder_kinds", "持证主体代码类型不在代码表内"))
    if kind.validity_months is not None and kind.validity_months < 1:
        errors.append(FieldError("/validity_months", "有效期应为正整数个月,长期有效则不填"))
    errors += [
        FieldError(f"/fields/{position}/name", "照面项名称应以 KZ_ 开头,由大写字母和数字组成")
        for position, each in enumerate(kind.fields)
        if not FIELD_NAME.fullmatch(each.name)
    ]
    if errors:
        raise InvalidInput(errors[0].message, errors)


def _issuer(kind: CertificateType, draft: Certificate) -> Iterator[FieldError]:
    if (
        draft.issuer_uscc not in kind.issuers
    ):  # whose codes were proved when the type was registered
        wrong = (
            "该机构不是“{}”的颁发机构"
            if valid_uscc(draft.issuer_uscc)
            else "“{}”的颁发机构代码校验不通过"
        )
        yield FieldError("/issuer_uscc", wrong.format(kind.name))
    if not draft.issuer_name.strip():
        yield FieldError("/issuer_name", "颁发机构名称不能为空")


def _holder(
    kind: CertificateType, draft: Certificate, personal: Mapping[str, str]
) -> Iterator[FieldError]:
    if draft.holder_kind not in kind.holder_kinds:
        yield FieldError("/holder_kind", f"“{kind.name}”不能由此类主体持有")
    if not personal.get(HOLDER_NAME, "").strip():
        yield FieldError(f"/personal/{HOLDER_NAME}", "持证主体名称不能为空")
    number = personal.get(HOLDER_NUMBER, "")
    if not _sound_number(draft.holder_kind, number):
        yield FieldError(f"/personal/{HOLDER_NUMBER}", "持证主体代码校验不通过")


def _sound_number(kind: str, number: str) -> bool:
    match kind:
        case model.CITIZEN_NUMBER:
            return valid_citizen_number(number)
        case model.UNIFIED_SOCIAL_CREDIT_CODE:
            return valid_uscc(number)
        case _:
            return bool(number.strip())


def _serial_and_dates(draft: Certificate, number: str) -> Iterator[FieldError]:
    if not SERIAL.fullmatch(draft.serial):
        yield FieldError("/serial", "流水号只能由大写字母和数字组成,最长64位")
    # The serial is part of the identifier, and so of keys, addresses and the log.
    if _names_a_person(draft, number):
        yield FieldError("/serial", "流水号中不能含有公民身份号码等个人号码")
    if not 1 <= draft.version <= 999:
        yield FieldError("/version", "版本号应在 1 至 999 之间")
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        yield FieldError("/valid_to", "有效期截止日期早于起始日期")


def _names_a_person(draft: Certificate, number: str) -> bool:
    """Whether the serial holds the holder's own number, or anybody's citizen number."""
    own = draft.holder_kind != model.UNIFIED_SOCIAL_CREDIT_CODE and len(number) >= _TELLING
    pieces = (draft.serial[at : at + 18] for at in range(len(draft.serial) - 17))
    return (own and number.upper() in draft.serial) or any(map(valid_citizen_number, pieces))


def _fields(
    kind: CertificateType, plain: Mapping[str, str], personal: Mapping[str, str]
) -> Iterator[FieldError]:
    declared = {each.name: each for each in kind.fields}
    for place, items in (("fields", plain), ("personal", personal)):
        for name, value in items.items():
            pointer = f"/{place}/{name}"
            if place == "personal" and name in (HOLDER_NAME, HOLDER_NUMBER):
                continue
            if not FIELD_NAME.fullmatch(name):
                yield FieldError(pointer, "照面项名称应以 KZ_ 开头,由大写字母和数字组成")
            elif declared and name not in declared:
                yield FieldError(pointer, f"“{kind.name}”没有此照面项")
            elif place == "fields" and name in kind.personal_fields:
                yield FieldError(pointer, "此照面项含个人信息,应放在个人信息中加密保存")
            if not isinstance(value, str) or len(value) > VALUE_LIMIT:
                yield FieldError(pointer, f"照面项应为不超过{VALUE_LIMIT}字的文本")
    for each in kind.fields:
        if each.required and not (plain.get(each.name) or personal.get(each.name)):
            place = "personal" if each.personal else "fields"
            yield FieldError(f"/{place}/{each.name}", f"缺少照面项“{each.label}”")
