"""The tables, declared once: a room's key schema, its indexes, its stream.

The rooms' PynamoDB models name the same keys and indexes; a contract test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Index:
    """A global secondary index. Both its keys are strings, named `<name>_pk` and `<name>_sk`.

    `include` lists what is projected beside the keys; None projects everything.
    """

    name: str
    include: tuple[str, ...] | None = ()

    @property
    def hash_key(self) -> str:
        return f"{self.name}_pk"

    @property
    def range_key(self) -> str:
        return f"{self.name}_sk"


@dataclass(frozen=True, slots=True)
class Table:
    """A room's table. `pk` and `sk` are strings; `expires_at` is its time to live."""

    room: str
    indexes: tuple[Index, ...] = ()
    publishes: bool = False
    """Whether the room publishes from its stream (new images)."""


TABLES = (
    Table("calendars"),
    Table(
        "network",
        indexes=(Index("organisation", None), Index("point", None), Index("due")),
        publishes=True,
    ),
    Table("catalogue", indexes=(Index("queue", None),), publishes=True),
    Table("certificates", indexes=(Index("holder", None),), publishes=True),
    Table(
        "cases",
        indexes=(Index("queue", ("row",)), Index("applicant"), Index("journal"), Index("sweep")),
        publishes=True,
    ),
    Table(
        "exchange",
        indexes=(Index("asked", ("card",)), Index("asking", ("card",)), Index("due")),
        publishes=True,
    ),
    Table(
        "hall",
        indexes=(
            Index("person", ("document",)),
            Index("agent", ("document",)),
            Index("desk", ("document",)),
            Index("due"),
        ),
        publishes=True,
    ),
    Table(
        "supervision",
        indexes=tuple(
            Index(name, ("card",))
            for name in ("district", "district_state", "unit", "unit_state", "point", "time")
        ),
        publishes=True,
    ),
)

DECLARED = {table.room: table for table in TABLES}
