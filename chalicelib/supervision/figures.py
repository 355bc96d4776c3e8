"""What readers ask of the figures: indicators, their breakdown, the cases under them, the wall.

Every answer reads a fixed number of items: four boards a month or of now, the census, and the few
entries that it shows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from chalicelib.aws.settings import clock
from chalicelib.core.errors import InvalidInput, NotFound
from chalicelib.core.time import to_text
from chalicelib.supervision import alarm_store, board_store, case_store
from chalicelib.supervision.boards import EVERYTHING, NOW, Filter, Sheet
from chalicelib.supervision.case_store import Page, Shelf
from chalicelib.supervision.indicators import BY_KEY, LISTED, MONTHLY, monthly, six_rates
from chalicelib.supervision.measures import ONLINE, Cell
from chalicelib.supervision.model import AlarmState, Level

DIMENSIONS: Final = ("body", "point", "item")
TIMELINESS: Final = ("late", "timely", "untimed")
HOURS_SHOWN: Final = 12
OLDEST_SHOWN: Final = 6
ALARMS_SHOWN: Final = 5


def this_month() -> str:
    """The month now, as `2026-11`."""
    return f"{clock().now():%Y-%m}"


def indicators(month: str, wanted: Filter = EVERYTHING) -> dict[str, Any]:
    """The six rates and a month's indicators. Reads four boards and the census: five items."""
    total = board_store.read([month])[month].total(wanted)
    census = board_store.read_census()
    if wanted == EVERYTHING:
        total.update(proofs(census))
    return {
        "items": six_rates(census.get("rates", {})),
        "counted_at": census.get("taken_at"),
        "month": month,
        "monthly": monthly(total),
    }


def proofs(census: Mapping[str, Any]) -> dict[str, int]:
    """How many odd proofs the catalogue's checks ever found, and how many of them are gone."""
    found = census.get("proofs", {})
    removed = len(found.get("removed", []))
    return {"proofs_removed": removed, "proofs_found": removed + len(found.get("standing", []))}


def breakdown(key: str, month: str, by: str, wanted: Filter = EVERYTHING) -> dict[str, Any]:
    """One indicator by body, point or item. The parts' numerators and denominators add up.

    Raises NotFound for an unknown indicator, InvalidInput for an unknown dimension.
    """
    indicator = BY_KEY.get(key)
    if indicator is None:
        raise NotFound("没有这个指标")
    if by not in DIMENSIONS:
        raise InvalidInput.at("/query/by", f"须为:{'、'.join(DIMENSIONS)}")
    apart = board_store.read([month])[month].by(by, wanted)
    rows = [{"name": name, **_number(indicator.value(m))} for name, m in sorted(apart.items())]
    kept = [row for row in rows if row["numerator"] or row["denominator"]]
    return {"key": key, "name": indicator.name, "formula": indicator.formula, "rows": kept}


def _number(value: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value[name] for name in ("numerator", "denominator", "rate")}


# --- from a number to its cases --------------------------------------------------------------------


def cases(
    key: str,
    month: str,
    wanted: Filter,
    *,
    timeliness: str | None,
    limit: int,
    start: Mapping[str, Any] | None,
    day: date | None = None,
) -> Page:
    """The cases that a number was counted from, each with its share in it.

    `day` narrows what was received, closed or raised to one day of the month. A number of one body
    or one point is one Query; a district's number walks through its bodies, a page taking as many
    Queries as it needs to fill, rarely more than one. Raises NotFound, InvalidInput.
    """
    indicator = LISTED.get(key)
    if indicator is None:
        raise NotFound("没有这个指标")
    if indicator.cases == "proofs":
        return Page(tuple(board_store.read_census().get("proofs", {}).get("removed", [])), None)
    shelves = _shelves(indicator.cases, month, wanted, timeliness)
    if day is not None:
        shelves = _of_day(indicator.cases, month, shelves, timeliness, day)

    def takes(card: Mapping[str, Any]) -> bool:
        stray = indicator.cases == "visits" and card.get("type") != "visit.rated"
        return not stray and wanted.takes(_place(card))

    return case_store.walk(shelves, takes, limit, start)


def _place(card: Mapping[str, Any]) -> Cell:
    """The cell that something listed was counted in, its year aside.

    A case's card names its deciding body as `organisation`, an alarm's as `body`; a signal is an
    event as it was heard, with its facts beside it.
    """
    about = card.get("facts") if card.get("type") == "visit.rated" else card
    about = about or {}
    return Cell(
        year=0,
        body=about.get("body") or about.get("organisation") or "-",
        point=about.get("point") or about.get("origin") or ONLINE,
        item=about.get("item_code") or "-",
    )


def _shelves(kind: str, month: str, wanted: Filter, timeliness: str | None) -> Sequence[Shelf]:
    if kind == "open":
        if wanted.body or wanted.point:
            index, unit = ("unit", wanted.body) if wanted.body else ("point", wanted.point)
            return [Shelf(index, f"{case_store.OPEN}#{unit}")]
        return [Shelf("district", case_store.OPEN)]
    if kind == "visits":
        return [Shelf("time", f"SIGNALS#{month}")]
    if kind == "alarms":
        levels = sorted(Level, key=lambda level: -level.gravity)
        return [Shelf("district", alarm_store.ALL, f"{one.gravity}#{month}") for one in levels]
    prefix = f"{timeliness}#" if timeliness and kind == "closed" else ""
    if kind == "closed" and wanted.point and not wanted.body:
        return [Shelf("point", f"CLOSED#{month}#{wanted.point}", prefix)]
    bodies = [wanted.body] if wanted.body else _bodies(month, wanted)
    index, group = {
        "closed": ("unit", "CLOSED"),
        "received": ("time", "RECEIVED"),
        "rated": ("district", "RATED"),
        "redress": ("district", "REDRESS"),
    }[kind]
    return [Shelf(index, f"{group}#{month}#{body}", prefix) for body in bodies]


def _of_day(
    kind: str, month: str, shelves: Sequence[Shelf], timeliness: str | None, day: date
) -> Sequence[Shelf]:
    """The same shelves narrowed to one day, whose mark begins with the date."""
    if f"{day:%Y-%m}" != month:
        raise InvalidInput.at("/query/day", "日期须在所选月份之内")
    if kind in ("received", "visits"):
        return [replace(shelf, prefix=day.isoformat()) for shelf in shelves]
    if kind == "closed":
        groups = [timeliness] if timeliness else TIMELINESS
        return [replace(shelf, prefix=f"{group}#{day}") for shelf in shelves for group in groups]
    if kind == "alarms":
        return [
            replace(shelf, prefix=shelf.prefix.replace(f"#{month}", f"#{day}")) for shelf in shelves
        ]
    raise InvalidInput.at("/query/day", "这个指标不按日列出")


def _bodies(month: str, wanted: Filter) -> list[str]:
    return sorted(board_store.read([month])[month].by("body", wanted))


# --- the wall ----------------------------------------------------------------------------------------


def wall() -> dict[str, Any]:
    """What the supervision wall shows. Reads nineteen items, however many cases there are."""
    now = clock().now()
    month = this_month()
    sheets = board_store.read([NOW, month])
    current, so_far = sheets[NOW], sheets[month]
    standing = current.total()
    hours = current.hourly(now, 24)
    today = [one for one in hours if one["hour"].startswith(f"{now:%Y-%m-%d}")]
    return {
        "at": to_text(now),
        "open": standing["open"],
        "received_today": sum(one["received"] for one in today),
        "closed_today": sum(one["closed"] for one in today),
        "alarms": _alarms(standing),
        "month": {one["key"]: _number(one) for one in monthly(so_far.total())},
        "bodies": _lights(current, "body"),
        "points": _lights(current, "point"),
        "hours": hours[-HOURS_SHOWN:],
        "oldest": list(case_store.oldest_open(OLDEST_SHOWN)),
        "gravest": [
            {
                "id": alarm.id,
                "case_no": alarm.facts.get("case_no"),
                "level": alarm.level.value,
                "rule": alarm.rule,
                "rule_name": alarm.rule_name,
                "organisation": alarm.organisation,
                "item_name": alarm.item_name,
                "raised_at": to_text(alarm.raised_at),
                "state": alarm.state.value,
            }
            for alarm in alarm_store.page(state=AlarmState.ASSIGNED, limit=ALARMS_SHOWN).alarms
        ],
    }


def _alarms(standing: Counter[str]) -> dict[str, int]:
    return {level.value: standing[f"alarm.{level.value}"] for level in Level}


def _lights(sheet: Sheet, dimension: str) -> list[dict[str, Any]]:
    """Each body or point with its open cases, its open alarms, and the light they make."""
    rows = []
    for name, standing in sorted(sheet.by(dimension).items()):
        alarms = _alarms(standing)
        if standing["open"] or any(alarms.values()):
            rows.append({"name": name, "open": standing["open"], **alarms, "light": _light(alarms)})
    return rows


def _light(alarms: Mapping[str, int]) -> str:
    for level in sorted(Level, key=lambda level: -level.gravity):
        if alarms[level.value]:
            return level.value
    return "green"


def month_of(text: str | None) -> str:
    """A month that a reader asked for, or this one. Raises InvalidInput for what is none."""
    if text is None:
        return this_month()
    try:
        return f"{datetime.strptime(text, '%Y-%m'):%Y-%m}"  # noqa: DTZ007 - a month has no zone
    except ValueError:
        raise InvalidInput.at("/query/month", "月份须写作 2026-11") from None


__all__ = ["DIMENSIONS", "MONTHLY", "breakdown", "cases", "indicators", "month_of", "wall"]
