"""Who is asking: the verified claims of a token, in the platform's own terms."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

ANYONE = "anyone"
CITIZEN = "citizen"
STATION_CLERK = "station_clerk"
WINDOW_CLERK = "window_clerk"
ACCEPTOR = "acceptor"
REVIEWER = "reviewer"
CHIEF_REPRESENTATIVE = "chief_representative"
SUPERVISOR = "supervisor"
OFFICE = "office"
ITEM_EDITOR = "item_editor"
LIST_OWNER = "list_owner"
DEPARTMENT_SYSTEM = "department_system"
SYSTEM = "system"


class Assurance(IntEnum):
    """How surely a login vouches for a person; each level does for all below it."""

    NONE = 0
    PLAIN = 1
    REAL_NAME = 2


@dataclass(frozen=True, slots=True)
class Principal:
    """An authenticated caller.

    `organisation` and `point` are keys of the service network; `holder` is the keyed hash of a
    citizen's identity number (never the number itself); `assurance` is how surely the login
    vouches for the person.
    """

    account: str
    name: str
    roles: frozenset[str]
    organisation: str | None = None
    point: str | None = None
    holder: str | None = None
    assurance: int = Assurance.PLAIN


NOBODY = Principal(
    account="anonymous", name="", roles=frozenset({ANYONE}), assurance=Assurance.NONE
)
THE_SYSTEM = Principal(account="system", name="系统", roles=frozenset({SYSTEM}))
