"""How personal data looks when it is shown to anyone but the person: masked, unless revealed.

A full value leaves the platform only through an audited reveal bound to a purpose and a case.
"""

from __future__ import annotations

STAR = "*"


def mask_name(name: str) -> str:
    """张三 → 张*, 欧阳修文 → 欧**文: the surname stays, and the last character of a longer name."""
    name = name.strip()
    match len(name):
        case 0 | 1:
            return STAR
        case 2:
            return name[0] + STAR
        case length:
            return name[0] + STAR * (length - 2) + name[-1]


def mask_id_number(number: str) -> str:
    """First six and last four characters of an identity number; the rest is stars.

    A number too short to hide anything that way keeps only its last character.
    """
    return _keep(number.strip(), 6, 4)


def mask_phone(phone: str) -> str:
    """138****1234: first three and last four digits."""
    return _keep(phone.strip(), 3, 4)


def mask_serial(serial: str) -> str:
    """A certificate's own number 证照编号: its last four characters; some numbers name a person."""
    return _keep(serial.strip(), 0, 4)


def mask_address(address: str) -> str:
    """The address down to its street or road; what is behind it is not shown."""
    address = address.strip()
    ends = [address.find(mark) for mark in ("街道", "路", "街", "镇", "乡", "区", "县", "市")]
    cut = next((end for end in ends if end >= 0), -1)
    if cut < 0:
        return STAR * 4
    width = 2 if address.startswith("街道", cut) else 1
    return address[: cut + width] + STAR * 4


def _keep(text: str, head: int, tail: int) -> str:
    hidden = len(text) - head - tail
    if hidden >= 2:
        return text[:head] + STAR * hidden + text[-tail:]
    return STAR * max(len(text) - 1, 1) + text[-1:] if len(text) > 1 else STAR
