"""The supervision table and its queries.

| pk | sk | what |
|---|---|---|
| `ALARM#<id>` | `ALARM` | one alarm, whole |

Alarms stand in four indexes, gravest and newest first: all of them or one unit's, with and without
the state before the level. So any combination of level, unit and state is one Query without a
filter.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.connection import Connection
from pynamodb.exceptions import PutError
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from chalicelib.aws.settings import settings
from chalicelib.aws.tables import region
from chalicelib.core.errors import NotFound, StaleVersion
from chalicelib.core.time import to_text
from chalicelib.supervision.model import Alarm, AlarmState, Level

PAGE = 50
ALL_ALARMS = "ALARM"


class _Shown:
    """What a list shows without a second read; set beside `index_name` in an index's Meta."""

    projection = IncludeProjection(["card"])
    billing_mode = "PAY_PER_REQUEST"


class ByDistrict(GlobalSecondaryIndex["Row"]):
    class Meta(_Shown):
        index_name = "by_district"

    district = UnicodeAttribute(hash_key=True)
    rank = UnicodeAttribute(range_key=True)


class ByDistrictState(GlobalSecondaryIndex["Row"]):
    class Meta(_Shown):
        index_name = "by_district_state"

    district = UnicodeAttribute(hash_key=True)
    state_rank = UnicodeAttribute(range_key=True)


class ByUnit(GlobalSecondaryIndex["Row"]):
    class Meta(_Shown):
        index_name = "by_unit"

    unit = UnicodeAttribute(hash_key=True)
    rank = UnicodeAttribute(range_key=True)


class ByUnitState(GlobalSecondaryIndex["Row"]):
    class Meta(_Shown):
        index_name = "by_unit_state"

    unit = UnicodeAttribute(hash_key=True)
    state_rank = UnicodeAttribute(range_key=True)


class Row(Model):
    """One item of the table; which one, its key says. `card` is the JSON document."""

    class Meta:
        table_name = settings().table_supervision or "supervision"
        region = region()
        billing_mode = "PAY_PER_REQUEST"

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    version = NumberAttribute(null=True)
    card = UnicodeAttribute(null=True)
    district = UnicodeAttribute(null=True)
    unit = UnicodeAttribute(null=True)
    rank = UnicodeAttribute(null=True)
    state_rank = UnicodeAttribute(null=True)
    by_district = ByDistrict()
    by_district_state = ByDistrictState()
    by_unit = ByUnit()
    by_unit_state = ByUnitState()


TABLES: tuple[type[Model], ...] = (Row,)


@cache
def connection() -> Connection:
    """The connection that transactions go through."""
    return Connection(region=region())


def dump(document: Mapping[str, Any]) -> str:
    """Compact JSON, Chinese as it is, empty fields left out."""
    kept = {key: value for key, value in document.items() if value not in (None, "", [], False)}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def alarm_row(alarm: Alarm) -> Row:
    """The item of an alarm, with the keys of every list it stands in."""
    rank = f"{alarm.level.gravity}#{to_text(alarm.raised_at)}#{alarm.id}"
    return Row(
        f"ALARM#{alarm.id}",
        "ALARM",
        version=alarm.version,
        card=dump(alarm.to_dict()),
        district=ALL_ALARMS,
        unit=f"{ALL_ALARMS}#{alarm.organisation}",
        rank=rank,
        state_rank=f"{alarm.state.value}#{rank}",
    )


def raise_alarm(alarm: Alarm) -> bool:
    """Put the alarm if nobody has. Returns False for one that stands already."""
    try:
        alarm_row(alarm).save(condition=Row.pk.does_not_exist())
    except PutError as refused:
        if refused.cause_response_code == "ConditionalCheckFailedException":
            return False
        raise
    return True


def alarm(identifier: str) -> Alarm:
    """The alarm as stored. Raises NotFound."""
    try:
        row = Row.get(f"ALARM#{identifier}", "ALARM", consistent_read=True)
    except Row.DoesNotExist:
        raise NotFound("没有这条预警") from None
    return Alarm.from_dict(json.loads(row.card))


def save_alarm(changed: Alarm) -> None:
    """Write the next version of an alarm. Raises StaleVersion when somebody was quicker."""
    try:
        alarm_row(changed).save(condition=Row.version == changed.version - 1)
    except PutError as refused:
        if refused.cause_response_code == "ConditionalCheckFailedException":
            raise StaleVersion("该预警已被他人处理,请刷新后重试") from refused
        raise


@dataclass(frozen=True, slots=True)
class Page:
    """Alarms in order, and the key to go on from (None at the end)."""

    alarms: tuple[Alarm, ...]
    last_key: dict[str, Any] | None


def alarms(
    level: Level | None = None,
    organisation: str | None = None,
    state: AlarmState | None = None,
    limit: int = PAGE,
    start: Mapping[str, Any] | None = None,
) -> Page:
    """One page of alarms, gravest and newest first: one Query, no filter."""
    hash_key = f"{ALL_ALARMS}#{organisation}" if organisation else ALL_ALARMS
    prefix = f"{level.gravity}#" if level else ""
    index: GlobalSecondaryIndex[Row]
    if state:
        prefix = f"{state.value}#{prefix}"
        index = Row.by_unit_state if organisation else Row.by_district_state
        key = Row.state_rank
    else:
        index = Row.by_unit if organisation else Row.by_district
        key = Row.rank
    found = index.query(
        hash_key,
        key.startswith(prefix) if prefix else None,
        scan_index_forward=False,
        limit=limit,
        page_size=limit,
        last_evaluated_key=cast(Any, start),
    )
    rows = tuple(Alarm.from_dict(json.loads(row.card)) for row in found)
    return Page(rows, cast("dict[str, Any] | None", found.last_evaluated_key))
