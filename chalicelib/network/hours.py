"""When a service point is open.

Two calendars are kept apart (clause 12): *service days*, on which a window is open, and *working
days*, which the statutory clocks count. A point that offers 365 service opens on rest days too, and
no limit becomes shorter by that. Whether a date is a working day is therefore an argument here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

from chalicelib.core.errors import FieldError, InvalidInput
from chalicelib.core.time import SHANGHAI

SEARCHED_DAYS = 62
"""How far ahead `next_opening` looks: longer than any closure for holidays."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A stretch of one day, Asia/Shanghai, closed at its start and open at its end."""

    opens: time
    closes: time

    @classmethod
    def parse(cls, text: str) -> Span:
        """The span written `HH:MM-HH:MM`. Raises ValueError unless it opens before it closes."""
        opens, closes = (time.fromisoformat(part) for part in text.split("-"))
        if opens >= closes:
            raise ValueError(f"a span opens before it closes: {text}")
        return cls(opens, closes)

    def __str__(self) -> str:
        return f"{self.opens:%H:%M}-{self.closes:%H:%M}"

    def __contains__(self, moment: object) -> bool:
        return isinstance(moment, time) and self.opens <= moment < self.closes


Spans = tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hours:
    """Opening hours: spans of a working day, of a rest day, and of dates that differ from both.

    No spans on rest days means no 365 service. The spans of a day are in order and do not overlap.
    """

    working_day: Spans
    rest_day: Spans = ()
    exceptions: Mapping[date, Spans] = field(default_factory=dict)

    def on(self, day: date, working: bool) -> Spans:
        """The spans in which the point is open on `day`, in order; empty when it is closed."""
        if day in self.exceptions:
            return self.exceptions[day]
        return self.working_day if working else self.rest_day

    def open_at(self, instant: datetime, working: bool) -> bool:
        """Whether the point is open at `instant`, given whether its Shanghai date is working."""
        local = instant.astimezone(SHANGHAI)
        return any(local.time() in span for span in self.on(local.date(), working))

    def next_opening(self, after: datetime, is_working: Callable[[date], bool]) -> datetime | None:
        """The first instant from `after` on at which the point is open; None when none is near."""
        local = after.astimezone(SHANGHAI)
        for offset in range(SEARCHED_DAYS):
            day = local.date() + timedelta(days=offset)
            for span in self.on(day, is_working(day)):
                opens = datetime.combine(day, span.opens, SHANGHAI)
                closes = datetime.combine(day, span.closes, SHANGHAI)
                if local < closes:
                    return max(local, opens)
        return None

    def through_noon(self, office: Spans) -> bool:
        """午间不间断: open all through the noon break of the regular `office` hours."""
        breaks = [Span(before.closes, after.opens) for before, after in pairwise(office)]
        stretches = _joined(self.working_day)
        return bool(breaks) and all(
            any(span.opens <= gap.opens and gap.closes <= span.closes for span in stretches)
            for gap in breaks
        )

    def extended(self, office: Spans) -> bool:
        """延时: open on working days before or after the regular `office` hours."""
        if not self.working_day or not office:
            return False
        return self.working_day[0].opens < office[0].opens or (
            self.working_day[-1].closes > office[-1].closes
        )

    @property
    def all_year(self) -> bool:
        """365 办理: open on rest days as well."""
        return bool(self.rest_day)

    def to_dict(self) -> dict[str, Any]:
        return {
            "working_day": [str(span) for span in self.working_day],
            "rest_day": [str(span) for span in self.rest_day],
            "exceptions": {
                day.isoformat(): [str(span) for span in spans]
                for day, spans in sorted(self.exceptions.items())
            },
        }

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], pointer: str = "/hours") -> Hours:
        """The hours in `raw`. Raises InvalidInput that points at the day whose spans are wrong."""
        return cls(
            working_day=_spans(raw["working_day"], f"{pointer}/working_day"),
            rest_day=_spans(raw.get("rest_day", ()), f"{pointer}/rest_day"),
            exceptions={
                _day(day, pointer): _spans(spans, f"{pointer}/exceptions/{day}")
                for day, spans in raw.get("exceptions", {}).items()
            },
        )


def _joined(spans: Spans) -> list[Span]:
    """The same hours with spans that touch made one."""
    joined: list[Span] = []
    for span in spans:
        if joined and joined[-1].closes == span.opens:
            joined[-1] = Span(joined[-1].opens, span.closes)
        else:
            joined.append(span)
    return joined


def _day(text: str, pointer: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InvalidInput.at(f"{pointer}/exceptions", f"“{text}”不是日期") from None


def _spans(texts: Iterable[str], pointer: str) -> Spans:
    spans: list[Span] = []
    for index, text in enumerate(texts):
        try:
            span = Span.parse(text)
        except ValueError:
            message = f"“{text}”应写成“开始-结束”,如 09:00-12:00"
            raise InvalidInput(message, [FieldError(f"{pointer}/{index}", message)]) from None
        if spans and span.opens < spans[-1].closes:
            raise InvalidInput.at(f"{pointer}/{index}", "时段应按先后排列且不重叠")
        spans.append(span)
    return tuple(spans)
