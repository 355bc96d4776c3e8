"""What items name: the bodies that implement them, the kinds of certificate they ask for and yield."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CertificateType:
    """A kind of certificate as the catalogue knows it. `code` has 21 characters."""

    code: str
    key: str
    name: str
    issuer: str
    kind: str
    holder_type: str
    is_root: bool
    share_class: str
    validity_months: int | None = None

    def to_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> CertificateType:
        return cls(**raw)


@dataclass(frozen=True, slots=True)
class Body:
    """An implementing body as a catalogue document names it."""

    key: str
    name: str
    uscc: str

    def to_dict(self) -> dict[str, str]:
        return {"key": self.key, "name": self.name, "uscc": self.uscc}
