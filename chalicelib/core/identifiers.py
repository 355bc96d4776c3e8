"""Numbers that carry their own proof: citizens, organisations, certificates, cases.

Check digits catch a slip of the pen, not a forgery. Nothing here knows whether a number was issued.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_VALUES = {character: value for value, character in enumerate(ALPHANUMERIC)}

# --- GB 11643: citizen identity numbers -----------------------------------------------------------

_CITIZEN = re.compile(r"[1-9][0-9]{16}[0-9X]")
_CITIZEN_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CITIZEN_CHECKS = "10X98765432"


def citizen_check(first17: str) -> str:
    """The check character of a citizen number (GB 11643, ISO 7064 MOD 11-2)."""
    total = sum(
        int(digit) * weight for digit, weight in zip(first17, _CITIZEN_WEIGHTS, strict=True)
    )
    return _CITIZEN_CHECKS[total % 11]


def valid_citizen_number(text: str, today: date | None = None) -> bool:
    """Whether the text is a citizen number by GB 11643: form, date of birth and check character.

    18 characters, an upper-case X. With `today`, a date of birth in the future is refused too.
    """
    if not _CITIZEN.fullmatch(text) or citizen_check(text[:17]) != text[17]:
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return born.year >= 1800 and (today is None or born <= today)


# --- GB 32100 and GB 11714: organisations ---------------------------------------------------------

_USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_VALUES = {character: value for value, character in enumerate(_USCC_ALPHABET)}
_USCC = re.compile(rf"[{_USCC_ALPHABET}]{{2}}[0-9]{{6}}[{_USCC_ALPHABET}]{{10}}")
_ORGANISATION = re.compile(r"[0-9A-Z]{8}[0-9X]")
_ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)


def organisation_check(first8: str) -> str:
    """The check character of an organisation code (GB 11714)."""
    total = sum(_VALUES[c] * w for c, w in zip(first8, _ORGANISATION_WEIGHTS, strict=True))
    remainder = 11 - total % 11
    return {10: "X", 11: "0"}.get(remainder, str(remainder))


def valid_organisation_code(text: str) -> bool:
    """Whether the nine characters are an organisation code by GB 11714."""
    return bool(_ORGANISATION.fullmatch(text)) and organisation_check(text[:8]) == text[8]


def uscc_check(first17: str) -> str:
    """The check character of a unified social credit code (GB 32100). KeyError outside its set."""
    total = sum(_USCC_VALUES[character] * pow(3, at, 31) for at, character in enumerate(first17))
    return _USCC_ALPHABET[-total % 31]


def valid_uscc(text: str) -> bool:
    """Whether the text is a unified social credit code by GB 32100.

    Form, its own check character, and that of the organisation code inside it (GB 11714).
    """
    return (
        bool(_USCC.fullmatch(text))
        and uscc_check(text[:17]) == text[17]
        and valid_organisation_code(text[8:17])
    )


# --- ISO/IEC 7064 MOD 37,36 -----------------------------------------------------------------------


def iso7064_mod37_36(text: str) -> str:
    """The check character of an alphanumeric string (ISO/IEC 7064 MOD 37,36; GB/T 17710).

    The string is of 0-9 and A-Z. Raises ValueError for any other character.
    """
    product = 36
    for character in text:
        if character not in _VALUES:
            raise ValueError(f"not one of 0-9A-Z: {character!r}")
        product = ((product + _VALUES[character]) % 36 or 36) * 2 % 37
    return ALPHANUMERIC[(37 - product) % 36]


# --- GB/T 36904: certificate identifiers ----------------------------------------------------------

CERTIFICATE_ROOT = "1.2.156.3005.2"
_TYPE_CODE = re.compile(r"[0-9A-Z]{21}")
_ISSUER = re.compile(r"[0-9A-Z]{6,18}")
_SERIAL = re.compile(r"[0-9A-Z]{1,64}")
_VERSION = re.compile(r"[0-9]{3}")


@dataclass(frozen=True, slots=True)
class CertificateIdentifier:
    """A 证照标识, taken apart.

    `type_code` is the 21-character 证照类型代码 (the defining body's USCC and three characters),
    `issuer` the issuing body's code, `serial` of 0-9A-Z; `version` counts re-issues from 1.
    """

    type_code: str
    issuer: str
    serial: str
    version: int

    @property
    def check(self) -> str:
        """Over the four parts without root and dots."""
        return iso7064_mod37_36(f"{self.type_code}{self.issuer}{self.serial}{self.version:03d}")

    def __str__(self) -> str:
        parts = (self.type_code, self.issuer, self.serial, f"{self.version:03d}", self.check)
        return ".".join((CERTIFICATE_ROOT, *parts))

    def reissued(self) -> CertificateIdentifier:
        """The identifier of the next issue: same serial, next version."""
        return CertificateIdentifier(self.type_code, self.issuer, self.serial, self.version + 1)


def certificate_identifier(type_code: str, issuer_uscc: str, serial: str, version: int = 1) -> str:
    """The 证照标识 of a certificate that this platform issues (GB/T 36904).

    Raises ValueError where a part is malformed, the issuer's USCC fails its check, or the version
    is not 1 to 999.
    """
    if not _TYPE_CODE.fullmatch(type_code):
        raise ValueError(f"not a certificate type code of 21 characters: {type_code!r}")
    if not valid_uscc(issuer_uscc):
        raise ValueError(f"not a unified social credit code: {issuer_uscc!r}")
    if not _SERIAL.fullmatch(serial):
        raise ValueError(f"a serial is of 0-9A-Z, up to 64 characters: {serial!r}")
    if not 1 <= version <= 999:
        raise ValueError(f"a version is 1 to 999: {version}")
    return str(CertificateIdentifier(type_code, issuer_uscc, serial, version))


def parse_certificate_identifier(text: str) -> CertificateIdentifier:
    """Take a 证照标识 apart and prove it, whoever issued it.

    Some issuers use a district code in place of a USCC, so the issuer part is held to its form
    only. Raises ValueError for a wrong root, a malformed part or a wrong check character.
    """
    prefix = CERTIFICATE_ROOT + "."
    parts = text.removeprefix(prefix).split(".")
    if not text.startswith(prefix) or len(parts) != 5:
        raise ValueError("not a certificate identifier by GB/T 36904")
    forms = (_TYPE_CODE, _ISSUER, _SERIAL, _VERSION)
    if not all(form.fullmatch(part) for form, part in zip(forms, parts, strict=False)):
        raise ValueError("a part of the certificate identifier is malformed")
    identifier = CertificateIdentifier(parts[0], parts[1], parts[2], int(parts[3]))
    if identifier.check != parts[4]:
        raise ValueError("the certificate identifier's check character is wrong")
    return identifier


def valid_certificate_identifier(text: str) -> bool:
    """Whether `parse_certificate_identifier` accepts the text."""
    try:
        parse_certificate_identifier(text)
    except ValueError:
        return False
    return True


# --- case numbers ---------------------------------------------------------------------------------

CASE_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and capitals without I, L, O, U: read over a telephone or from a smudged receipt."""

CASE_ENTROPY_BYTES = 7
_CASE_SYMBOLS = 10
_CASE_FORM = re.compile(
    rf"[0-9]{{6}}-[{CASE_ALPHABET}]{{5}}-[{CASE_ALPHABET}]{{5}}-[{CASE_ALPHABET}]"
)
_LOOKALIKES = str.maketrans("OIL", "011", " -–—")


def case_number(district: str, entropy: bytes) -> str:
    """A case number such as `410102-7K3M9-QX24T-C`, made of nothing but district and chance.

    Fifty bits of `entropy` (at least seven bytes; the same bytes give the same number) and a
    MOD 37,36 check character over all that goes before. Where that character would be one of
    I, L, O, U the last symbol steps on until it is not, so that the whole number stays unambiguous.
    It tells nothing of when or in what order cases came. Raises ValueError for bad arguments.
    """
    if not re.fullmatch(r"[0-9]{6}", district):
        raise ValueError(f"a district code is six digits: {district!r}")
    if len(entropy) < CASE_ENTROPY_BYTES:
        raise ValueError(f"a case number needs {CASE_ENTROPY_BYTES} bytes of entropy")
    chance = int.from_bytes(entropy[:CASE_ENTROPY_BYTES], "big")
    symbols = [chance >> 5 * at & 31 for at in reversed(range(_CASE_SYMBOLS))]
    while True:
        body = "".join(CASE_ALPHABET[symbol] for symbol in symbols)
        check = iso7064_mod37_36(district + body)
        if check in CASE_ALPHABET:
            return f"{district}-{body[:5]}-{body[5:]}-{check}"
        symbols[-1] = (symbols[-1] + 1) % 32


def valid_case_number(text: str) -> bool:
    """Whether the text is a case number in its canonical form with the right check character."""
    if not _CASE_FORM.fullmatch(text):
        return False
    characters = text.replace("-", "")
    return iso7064_mod37_36(characters[:-1]) == characters[-1]


def tidy_case_number(text: str) -> str | None:
    """The canonical form of a case number as somebody typed it, or None where it is not one.

    Forgives lower case, missing or odd hyphens and spaces, and the look-alikes O, I and L.
    """
    plain = text.upper().translate(_LOOKALIKES)
    tidy = f"{plain[:6]}-{plain[6:11]}-{plain[11:16]}-{plain[16:]}"
    return tidy if valid_case_number(tidy) else None
