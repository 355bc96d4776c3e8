"""The supervision table: one row class, its indexes, and the lists of alarms.

| pk | sk | what | written by |
|---|---|---|---|
| `ALARM#<id>` | `ALARM` | one alarm, whole | `alarm_store` |
| `CASE#<no>` | `HEARD` | the log of a case as heard, and its frozen timing | `case_store` |
| `CELLS#<year>#<shard>` | `CELL#<body>#<point>#<item>` | counters | `case_store`, `alarm_store` |
| `BOARD#<month or now>` | `<shard>` | copies of cells for readers | `board_store` |
| `RULES` | `<code>` | the rule in force; `RULE#<code>` / `VERSION#<n>` its past | `rule_store` |
| `REPEAT#<key>` | `EVENTS` | events that one repeated finding was made of | `rule_store` |
| `SIGNAL#<event>` | `SIGNAL` | an event of another room that a rule listens to | `rule_store` |
| `REDRESS#<id>` | `REDRESS` | a bad rating or an objection on its way | `redress_store` |
| `CENSUS` | `CENSUS` | what the six rates were last counted from | `board_store` |
| `LIMITS` | `LIMITS` | the handling limits in force; `VERSION#<n>` their past | `limit_store` |
| `KEY#<account>` | `<Idempotency-Key>` | the answer that a repeated key gets again | `answers` |

Alarms stand in four indexes, gravest and newest first: all of them or one unit's, with and without
the state before the level. So any combination of level, unit and state is one Query without a
filter. Cases stand under `OPEN…`, then under `CLOSED#<month>…`, by body and by point.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from pynamodb.attributes import (
    BinaryAttribute,
    NumberAttribute,
    TTLAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
)
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import TableMeta
from chalicelib.core.jsontext import compact

SHOWN: Final = IncludeProjection(["card"])
"""What a list shows without a second read."""


class DistrictIndex(GlobalSecondaryIndex["Row"]):
    """`ALARM` / gravity, instant, id; `OPEN` / receipt, number: the oldest open cases."""

    class Meta(TableMeta):
        index_name = "district"
        projection = SHOWN

    district_pk = UnicodeAttribute(hash_key=True)
    district_sk = UnicodeAttribute(range_key=True)


class DistrictStateIndex(GlobalSecondaryIndex["Row"]):
    """`ALARM` / state, gravity, instant, id."""

    class Meta(TableMeta):
        index_name = "district_state"
        projection = SHOWN

    district_state_pk = UnicodeAttribute(hash_key=True)
    district_state_sk = UnicodeAttribute(range_key=True)


class UnitIndex(GlobalSecondaryIndex["Row"]):
    """`ALARM#<unit>`; `OPEN#<body>`; `CLOSED#<month>#<body>` / late or timely, instant, number."""

    class Meta(TableMeta):
        index_name = "unit"
        projection = SHOWN

    unit_pk = UnicodeAttribute(hash_key=True)
    unit_sk = UnicodeAttribute(range_key=True)


class UnitStateIndex(GlobalSecondaryIndex["Row"]):
    """`ALARM#<unit>` / state, gravity, instant, id."""

    class Meta(TableMeta):
        index_name = "unit_state"
        projection = SHOWN

    unit_state_pk = UnicodeAttribute(hash_key=True)
    unit_state_sk = UnicodeAttribute(range_key=True)


class PointIndex(GlobalSecondaryIndex["Row"]):
    """`OPEN#<point>`; `CLOSED#<month>#<point>`."""

    class Meta(TableMeta):
        index_name = "point"
        projection = SHOWN

    point_pk = UnicodeAttribute(hash_key=True)
    point_sk = UnicodeAttribute(range_key=True)


class TimeIndex(GlobalSecondaryIndex["Row"]):
    """`RECEIVED#<month>#<body>` / receipt, number: a month's cases whatever became of them.
    `SIGNALS#<month>` / instant, event. `DUE` / instant, id: open alarms by when time next acts."""

    class Meta(TableMeta):
        index_name = "time"
        projection = SHOWN

    time_pk = UnicodeAttribute(hash_key=True)
    time_sk = UnicodeAttribute(range_key=True)


class Row(Model):
    """Any item of the table. An item carries only the attributes of its kind.

    `card` is its JSON document as lists show it, `packed` compressed bytes. `token` and `seen` are
    of an alarm whose handling waits: the task token and the version that the wait saw; `carried`
    are counts that a new alarm brings to the cells when it is assigned.
    """

    class Meta(TableMeta):
        table_name = settings().table_supervision or "yichuang-supervision"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(null=True)
    card = UnicodeAttribute(null=True)
    packed = BinaryAttribute(null=True, legacy_encoding=False)
    carried = UnicodeAttribute(null=True)
    timing = UnicodeAttribute(null=True)
    token = UnicodeAttribute(null=True)
    seen = NumberAttribute(null=True)
    members = UnicodeSetAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    district_pk = UnicodeAttribute(null=True)
    district_sk = UnicodeAttribute(null=True)
    district_state_pk = UnicodeAttribute(null=True)
    district_state_sk = UnicodeAttribute(null=True)
    unit_pk = UnicodeAttribute(null=True)
    unit_sk = UnicodeAttribute(null=True)
    unit_state_pk = UnicodeAttribute(null=True)
    unit_state_sk = UnicodeAttribute(null=True)
    point_pk = UnicodeAttribute(null=True)
    point_sk = UnicodeAttribute(null=True)
    time_pk = UnicodeAttribute(null=True)
    time_sk = UnicodeAttribute(null=True)
    district = DistrictIndex()
    district_state = DistrictStateIndex()
    unit = UnitIndex()
    unit_state = UnitStateIndex()
    point = PointIndex()
    time = TimeIndex()


TABLES: Final[tuple[type[Model], ...]] = (Row,)

CONDITION_FAILED: Final = "ConditionalCheckFailedException"


def dump(document: Mapping[str, Any]) -> str:
    """Compact JSON, Chinese as it is, empty fields left out."""
    kept = {key: value for key, value in document.items() if value not in (None, "", [], {})}
    return compact(kept)


def load(text: str | None) -> Any:
    """What `dump` wrote; an empty object for nothing."""
    return json.loads(text) if text else {}
