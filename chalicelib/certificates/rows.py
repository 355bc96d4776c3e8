"""One row of a bulk import: from a line of bytes to a certificate, or the reasons why not; pure.

Columns carry the short names of GB/T 36903 (`KZ_…` for a licence's own items), in CSV with a header
line or as one JSON object a line. One record is one line: a line break inside quotes is refused, so
that a broken line can never swallow its neighbours. Two columns are our own: `BBH` (version, 1 if
absent) and `ZZZT` (status code, 01 if absent).
"""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from chalicelib.certificates.fit import require_fit
from chalicelib.certificates.model import (
    HOLDER_NAME,
    HOLDER_NUMBER,
    Certificate,
    CertificateType,
    Grade,
    Signature,
)
from chalicelib.certificates.status import Status
from chalicelib.core.errors import FieldError, NotFound, Problem
from chalicelib.core.identifiers import CertificateIdentifier, parse_certificate_identifier

LONGEST_LINE = 64 * 1024  # bytes
FOR_GOOD = "长期"
REQUIRED = (
    "ZZLXDM",
    "ZZBH",
    "ZZBFJG",
    "ZZBFJGDM",
    "ZZBFRQ",
    "ZZYXQQSRQ",
    "CZZT",
    "CZZTDM",
    "CZZTDMLXDM",
)
OPTIONAL = ("ZZBS", "ZZMC", "ZZYXQJZRQ", "CZZTDMLX", "BBH", "ZZZT")
_COLUMNS = frozenset(REQUIRED) | frozenset(OPTIONAL)
_POINTERS = {
    "/issuer_uscc": "ZZBFJGDM",
    "/issuer_name": "ZZBFJG",
    "/holder_kind": "CZZTDMLXDM",
    "/serial": "ZZBH",
    "/version": "BBH",
    "/valid_to": "ZZYXQJZRQ",
    "/type_code": "ZZLXDM",
}


class RejectedError(Exception):
    """A row that is not taken in, with every field that is wrong."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        super().__init__(errors[0].message)
        self.errors = tuple(errors)

    @classmethod
    def at(cls, column: str, message: str) -> RejectedError:
        return cls([FieldError(f"/{column}" if column else "", message)])


@dataclass(frozen=True, slots=True)
class Scope:
    """What an import may bring in: its own id, whose it is, which types exist, whose hash is whose.

    `issuer` is the only social credit code that rows may name, None for any of the type's issuers.
    `kinds` raises NotFound for an unknown type; `holder_key` makes the keyed hash of a number.
    """

    source: str
    issuer: str | None
    kinds: Callable[[str], CertificateType]
    holder_key: Callable[[str, str], str]
    today: date


@dataclass(frozen=True, slots=True)
class Row:
    """A certificate to be, not yet sealed and signed."""

    draft: Certificate
    personal: Mapping[str, str]


def header_of(line: bytes) -> tuple[str, ...]:
    """The columns of a CSV file. Raises RejectedError where it lacks one or has one twice."""
    names = tuple(name.strip() for name in _csv(line.removeprefix(b"\xef\xbb\xbf")))
    if missing := [name for name in REQUIRED if name not in names]:
        raise RejectedError.at("", f"表头缺少列:{'、'.join(missing)}")
    if len(set(names)) != len(names):
        raise RejectedError.at("", "表头有重复的列")
    return names


def values_of(line: bytes, header: Sequence[str] | None) -> dict[str, str]:
    """The columns of one line: CSV under `header`, or a JSON object. Raises RejectedError."""
    if header is None:
        return _json(line)
    values = _csv(line)
    if len(values) != len(header):
        raise RejectedError.at("", f"应有{len(header)}列,实有{len(values)}列")
    return dict(zip(header, values, strict=True))


def row_of(values: Mapping[str, str], scope: Scope) -> Row:
    """The certificate that a line describes. Raises RejectedError naming its columns."""
    if missing := [name for name in REQUIRED if not values.get(name)]:
        raise RejectedError([FieldError(f"/{name}", "必填") for name in missing])
    if unknown := [
        name
        for name, value in values.items()
        if value and name not in _COLUMNS and not name.startswith("KZ_")
    ]:
        raise RejectedError([FieldError(f"/{name}", "不认识的列") for name in unknown])
    kind = _kind(values["ZZLXDM"], scope)
    own = {name: value for name, value in values.items() if name.startswith("KZ_") and value}
    hidden = kind.personal_fields
    personal = {name: value for name, value in own.items() if name in hidden}
    personal[HOLDER_NAME] = values["CZZT"]
    personal[HOLDER_NUMBER] = values["CZZTDM"].upper()
    named = CertificateIdentifier(
        kind.code,
        values["ZZBFJGDM"],
        values["ZZBH"].upper(),
        _version(values.get("BBH") or "1"),
    )
    draft = Certificate(
        identifier=_identifier(named),
        type_code=kind.code,
        issuer_uscc=named.issuer,
        serial=named.serial,
        version=named.version,
        name=kind.name,
        issuer_name=values["ZZBFJG"],
        holder=scope.holder_key(values["CZZTDMLXDM"], personal[HOLDER_NUMBER]),
        holder_kind=values["CZZTDMLXDM"],
        issued_on=_day(values, "ZZBFRQ"),
        valid_from=_day(values, "ZZYXQQSRQ"),
        valid_to=_last_day(values),
        fields={name: value for name, value in own.items() if name not in hidden},
        sealed=b"",
        signature=Signature("", b""),
        status=_status(values.get("ZZZT") or Status.VALID.value),
        grade=Grade.ISSUER_CONFIRMED,
        source=scope.source,
    )
    _require_fit(kind, draft, personal, scope)
    if given := values.get("ZZBS"):
        _require_same(given, draft.identifier)
    return Row(draft, personal)


def _identifier(named: CertificateIdentifier) -> str:
    """The identifier, or nothing where a part is malformed: the fit will name that part."""
    try:
        return str(named)
    except ValueError:
        return ""


def _require_fit(
    kind: CertificateType, draft: Certificate, personal: Mapping[str, str], scope: Scope
) -> None:
    if draft.issued_on > scope.today:
        raise RejectedError.at("ZZBFRQ", "颁证日期晚于今天")
    if scope.issuer is not None and draft.issuer_uscc != scope.issuer:
        raise RejectedError.at("ZZBFJGDM", "只能导入本单位颁发的证照")
    try:
        require_fit(kind, draft, personal)
    except Problem as misfit:
        raise RejectedError([_in_columns(error) for error in misfit.errors]) from None


def _require_same(given: str, identifier: str) -> None:
    try:
        parse_certificate_identifier(given)
    except ValueError:
        raise RejectedError.at("ZZBS", "证照标识的格式或校验位不符 (GB/T 36904)") from None
    if given != identifier:
        raise RejectedError.at("ZZBS", "证照标识与类型代码、颁发机构、编号或版本不一致")


def _in_columns(error: FieldError) -> FieldError:
    column = _POINTERS.get(error.pointer) or error.pointer.rsplit("/", 1)[-1]
    return FieldError(f"/{column}", error.message)


def _kind(code: str, scope: Scope) -> CertificateType:
    try:
        return scope.kinds(code)
    except NotFound:
        raise RejectedError.at("ZZLXDM", "没有此证照类型") from None


def _csv(line: bytes) -> list[str]:
    try:
        rows = list(csv.reader([_text(line)], strict=True))
    except csv.Error:
        raise RejectedError.at("", "引号不配对或引号内有换行") from None
    return rows[0] if rows else []


def _json(line: bytes) -> dict[str, str]:
    try:
        raw: Any = json.loads(_text(line))
    except ValueError:
        raise RejectedError.at("", "不是完整的 JSON 对象") from None
    if not isinstance(raw, dict):
        raise RejectedError.at("", "每行应为一个 JSON 对象")
    values: dict[str, str] = {}
    for name, value in raw.items():
        if value is None:
            continue
        if not isinstance(value, str):
            raise RejectedError.at(name, "应为文本")
        values[name] = value.strip()
    return values


def _text(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        raise RejectedError.at("", "不是 UTF-8 编码") from None


def _day(values: Mapping[str, str], column: str) -> date:
    try:
        return date.fromisoformat(values[column])
    except ValueError:
        raise RejectedError.at(column, "日期应写作 2026-03-02") from None


def _last_day(values: Mapping[str, str]) -> date | None:
    return None if values.get("ZZYXQJZRQ", "") in ("", FOR_GOOD) else _day(values, "ZZYXQJZRQ")


def _version(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise RejectedError.at("BBH", "版本号应为数字")
    return int(text)


def _status(text: str) -> str:
    try:
        return Status(text).value
    except ValueError:
        raise RejectedError.at("ZZZT", "没有此证照状态") from None
